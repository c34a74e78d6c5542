"""Commands under uncertainty, as a user types them, on a shop with one toy and its history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from app.cli import app
from supplychain.files import read_dataset, write_dataset
from tests.solver.levers.support import with_settings
from tests.support import tiny


def run(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, f"{result.exit_code}: {result.output}{result.stderr}"
    return result


def document(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy wanted about 100 times a week for two years, and ordered a week ahead."""
    random = np.random.default_rng(1)
    past = "\n".join(f"TOY SHOP {-week} {int(random.poisson(100))}" for week in range(1, 105))
    week = "\n".join(f"TOY SHOP {n} 100 10 1 false" for n in range(1, 4))
    path = tmp_path_factory.mktemp("data") / "shop"
    network = tiny(
        periods=4,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            TOY   SHOP      MAKER     1          7
        """,
        demand=f"item location period quantity unit_revenue lost_after firm\n{week}",
        demand_history=f"item location period quantity\n{past}",
    )
    write_dataset(network.tables, path)
    return path


@pytest.fixture(scope="module")
def surge(shop: Path) -> Path:
    path = shop.parent / "surge.yaml"
    path.write_text("name: surge\ndisruptions:\n- {kind: demand_change, item: TOY, factor: 1.5, "
                    "start: 2026-W01, periods: 4}\n")  # fmt: skip
    return path


@pytest.fixture(scope="module")
def plan(shop: Path) -> Path:
    run("plan", shop, "--out", shop.parent / "plan")
    return shop.parent / "plan"


def test_a_plan_is_lived_through_with_the_spread_of_demand(shop: Path, plan: Path) -> None:
    found = document("simulate", shop, plan, "--samples", 300, "--seed", 3)
    assert found["uncertain"] == {"demand": True, "lead_times": False}
    units, planned = found["units"], found["planned"]
    assert units["demanded"]["mean"] == pytest.approx(planned["demanded"], rel=0.05)
    assert units["demanded"]["P10"] < planned["demanded"] < units["demanded"]["P90"]
    profit = found["money"]["profit"]
    assert profit["mean"] < planned["profit"]
    assert 0 < profit["plus_minus"] < planned["profit"] - profit["mean"]
    assert found["money"]["purchase"]["P10"] == pytest.approx(found["money"]["purchase"]["P90"])


def test_equal_seeds_give_equal_futures_and_tables_are_written(shop: Path, plan: Path) -> None:
    out = shop.parent / "futures"
    asked = ("simulate", shop, plan, "--samples", 60)
    first = document(*asked, "--out", out)
    again, other = document(*asked), document(*asked, "--seed", 5)
    assert first["money"] == again["money"] != other["money"]
    table = pd.read_csv(out / "futures.csv")
    assert len(table) == 60
    assert table["profit"].mean() == pytest.approx(first["money"]["profit"]["mean"])


def test_equal_seeds_give_equal_shortages_and_others_do_not(shop: Path) -> None:
    asked = ("shortages", shop, "--samples", 20, "--seed")
    first, again, other = (document(*asked, seed)["totals"] for seed in (3, 3, 4))
    assert first == again != other


def test_a_plan_meets_a_scenario_that_it_was_not_made_for(
    shop: Path, plan: Path, surge: Path
) -> None:
    shown = run("simulate", shop, plan, "--scenario", surge, "--samples", 50).stdout
    assert "scenario surge, which it was not made for" in shown
    found = document("simulate", shop, plan, "--scenario", surge, "--samples", 50)
    assert found["units"]["open"]["mean"] + found["units"]["lost"]["mean"] > 100


def test_planning_again_serves_what_a_standing_plan_does_not(
    shop: Path, plan: Path, surge: Path
) -> None:
    asked = ("simulate", shop, plan, "--scenario", surge, "--samples", 1, "--seed", 4)
    stands, again = document(*asked), document(*asked, "--replan", 1)
    assert again["plans"] == 3
    assert again["money"]["profit"]["mean"] > stands["money"]["profit"]["mean"]
    assert again["money"]["profit"]["plus_minus"] is None


def test_a_robust_plan_orders_the_fractile_that_the_margin_pays_for(shop: Path) -> None:
    out = shop.parent / "robust"
    asked = ("plan", shop, "--robust", "--futures", 20, "--common-periods", 4)
    found = document(*asked, "--risk-weight", 0, "--out", out)
    assert found["robust"]["futures"] == 20
    demanded = np.array([row["demanded"] for row in found["robust"]["table"]])
    ordered = pd.read_csv(out / "orders.csv")["quantity"].sum()
    # 3 of 10 are earned: P(demand <= order) = 0.3, and what waits may be served later
    assert np.mean(demanded < ordered) == pytest.approx(0.3, abs=0.06)
    careful = document(*asked, "--risk-weight", 1)["robust"]
    assert careful["tail_profit"] > found["robust"]["tail_profit"]
    assert careful["expected_profit"] < found["robust"]["expected_profit"]
    run("verify", shop, out)
    simulated = document("simulate", shop, out, "--samples", 20)
    assert simulated["planned"]["profit"] == pytest.approx(found["costs"]["profit"])


def test_a_robust_plan_repeats_the_frozen_weeks_of_the_last(shop: Path, plan: Path) -> None:
    base = read_dataset(shop)
    frozen, out = shop.parent / "frozen", shop.parent / "robust-again"
    write_dataset(with_settings(base, frozen_periods=2).tables, frozen)
    run("plan", frozen, "--robust", "--futures", 3, "--last", plan, "--out", out)
    orders, before = (pd.read_csv(path / "orders.csv") for path in (out, plan))
    early = [set(zip(table["period"], table["quantity"].round(6), strict=True))
             for table in (orders.head(2), before.head(2))]  # fmt: skip
    assert early[0] == early[1]
    run("verify", frozen, out)


def test_scenarios_have_weights(shop: Path, surge: Path, plan: Path) -> None:
    calm = plan / "scenario.yaml"
    asked = ("plan", shop, "--robust", "--futures", 2, "--scenario", calm)
    found = document(*asked, "--scenario", f"{surge}=0.25")["robust"]["table"]
    assert [row["probability"] for row in found] == [0.375, 0.375, 0.125, 0.125]
    assert [row["scenario"] for row in found] == ["base", "base", "surge", "surge"]
    assert "Futures" in run(*asked).stdout
    assert "exceed 1" in run(*asked, "--scenario", f"{surge}=1.0", code=2).stderr
    assert "not above 0" in run(*asked, "--scenario", f"{surge}=-1", code=2).stderr
    assert "does not exist" in run(*asked, "--scenario", f"{surge}=x", code=2).stderr
    run("plan", shop, "--scenario", calm, "--scenario", surge, code=2)
    run("plan", shop, "--robust", "--kind", "as-is", code=2)


def test_a_plan_of_other_data_is_refused(shop: Path, plan: Path, tmp_path: Path) -> None:
    base = read_dataset(shop)
    dearer = base.replace(sourcing=base.table("sourcing").assign(unit_cost=8.0))
    write_dataset(dearer.tables, tmp_path / "other")
    told = run("simulate", tmp_path / "other", plan, code=2).stderr
    assert "made from" in told
