"""Planners' overrides of forecasts: in plans where wanted, stored with them, and judged later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from app.service import results
from app.service.context import Service, open_service
from app.service.forecasts.overrides import Wish, override, overrides, withdraw
from app.service.jobs import JobView
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from supplychain.network import Network
from tests.service.running import run_now
from tests.service.shops import PETRA, asked, stored
from tests.support import tiny

FIRST = datetime(2025, 12, 29)


def one_shop() -> Network:
    """TOY, 10 a week in the past and in the plan of two weeks, bought from MAKER at once."""
    past = "\n".join(f"TOY SHOP {-week} 10" for week in range(1, 30))
    return tiny(
        periods=2,
        items="item kind\nTOY product",
        sourcing="item location supplier lead_time unit_cost\nTOY SHOP MAKER 0 7",
        demand="""
            item location period quantity unit_revenue lost_after firm
            TOY  SHOP     0      10       50           0          false
            TOY  SHOP     1      10       50           0          false
        """,
        demand_history=f"item location period quantity\n{past}",
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with one shop, of which a planner has said that 25 are wanted in the first week."""
    found = open_service(ServiceSettings(folder=tmp_path_factory.mktemp("service")))
    upgrade(found.database)
    stored(found, "shop", one_shop())
    wish = Wish("TOY", "SHOP", FIRST, 10.0, 25.0, "campaign")
    override(found, PETRA, "shop", wish)
    yield found
    found.database.close()


def done(service: Service, kind: str, dataset: str | None = "shop", **parameters: Any) -> JobView:
    found = run_now(service, asked(service, PETRA, kind, dataset, **parameters).id)
    assert found.state == "succeeded", found.error
    return found


def demanded(service: Service, run_id: str) -> list[float]:
    """Units by week that a run's plan was made for."""
    (plan,) = results.plans(service, PETRA, run_id)
    rows = results.plan_table(service, PETRA, plan.id, "service").rows
    return [round(float(units)) for units in rows.groupby("period")["quantity"].sum()]


@pytest.fixture(scope="module")
def made(service: Service) -> JobView:
    """A plan with the override."""
    return done(service, "plan")


def test_a_plan_takes_the_planners_word_unless_told_otherwise(
    service: Service, made: JobView
) -> None:
    assert demanded(service, made.id) == [25, 10]
    without = done(service, "plan", overrides=False)
    assert demanded(service, without.id) == [10, 10]
    hashes = [results.run(service, PETRA, one.id).input_hash for one in (made, without)]
    assert hashes[0] != hashes[1] == one_shop().input_hash


def test_the_log_and_the_result_tell_how_many_were_used(service: Service, made: JobView) -> None:
    lines: list[str] = []
    run_now(service, asked(service, PETRA, "plan", "shop").id, lines.append)
    assert "forecast: 1 of 1 overrides used, +15 units" in lines
    result = results.run(service, PETRA, made.id).result
    assert result is not None
    told = result["forecast"]["overrides"]
    assert (told["given"], told["used"], round(told["units"])) == (1, 1, 15)


def test_what_is_simulated_knows_the_planners_word(service: Service, made: JobView) -> None:
    short = done(service, "shortages", samples=3)
    result = results.run(service, PETRA, short.id).result
    assert result is not None
    assert round(result["plan"]["quantity"]) == 35
    (plan,) = results.plans(service, PETRA, made.id)
    lived = done(service, "simulate", None, plan=plan.id, samples=20)
    told = results.run(service, PETRA, lived.id).result
    assert told is not None
    assert told["units"]["demanded"]["mean"] == pytest.approx(35.0, rel=0.1)


def test_a_run_is_made_again_with_the_overrides_that_it_had(
    service: Service, made: JobView
) -> None:
    (row,) = overrides(service, PETRA, "shop").to_dict("records")
    withdraw(service, PETRA, "shop", row["id"])
    again = done(service, "reproduce", None, run=made.id)
    result = results.run(service, PETRA, again.id).result
    assert result is not None
    assert (result["same"], result["same_input"]) == (True, True)
    assert demanded(service, done(service, "plan").id) == [10, 10]
