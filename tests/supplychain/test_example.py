"""The example company: what it promises about itself, checked on the tables that it makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from solver.data import model_data
from solver.optimizer import SolverOptions
from solver.plan import Plan, plan_as_is
from supplychain.disruptions import KINDS
from supplychain.example import Size, generate, scenarios
from supplychain.files import read_dataset, write_dataset
from supplychain.network import Network
from supplychain.scenario import apply, describe, parse_scenario
from supplychain.schema import TABLES
from supplychain.scope import expand, needed_item_locations

Frames = dict[str, pd.DataFrame]
COMMITTED = Path(__file__).parents[2] / "data" / "automaker"
NAMES = {
    "calm-baseline", "chip-shortage", "fab-fire", "port-closure", "plant-outage", "demand-surge",
    "quality-hold", "tariff", "combination",
}  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Frames:
    return generate("small", 1)


@pytest.fixture(scope="module")
def network(small: Frames) -> Network:
    return expand(Network.from_frames(small))


def product_service(plan: Plan, network: Network) -> pd.Series:
    """Shares of the demand for products that are served on time, late, lost and open."""
    service = plan.tables["service"]
    kind = network.table("items").set_index("item")["kind"]
    served = service[service["item"].map(kind) == "product"]
    outcome = served[["on_time", "late", "lost", "open"]].sum()
    return outcome / served["quantity"].sum()


def test_equal_seeds_give_equal_tables_and_others_do_not(small: Frames) -> None:
    again, other = generate("small", 1), generate("small", 2)
    for name, frame in small.items():
        pd.testing.assert_frame_equal(frame, again[name])
    assert not small["demand"]["quantity"].equals(other["demand"]["quantity"])


def test_tables_do_not_depend_on_the_order_of_hashes() -> None:
    code = (
        "from supplychain.example import generate; from supplychain.network import Network;"
        "print(Network.from_frames(generate('small', 1)).input_hash)"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(seen) == 1


def test_every_table_of_the_contract_has_rows_and_only_its_columns(small: Frames) -> None:
    assert set(small) == set(TABLES)
    for name, frame in small.items():
        assert len(frame), name
        assert set(frame.columns) <= set(TABLES[name].column_names), name


@pytest.mark.parametrize("size", ["small", "medium"])
def test_the_data_pass_every_check_of_the_contract(size: Size) -> None:
    Network.from_frames(generate(size, 3))


@pytest.mark.parametrize(("size", "low", "high"), [("small", 250, 450), ("medium", 4_500, 5_500)])
def test_the_demand_needs_as_many_item_locations_as_the_size_says(
    size: Size, low: int, high: int
) -> None:
    needed = needed_item_locations(Network.from_frames(generate(size, 1)))
    assert low <= len(needed) <= high


@pytest.mark.slow
def test_large_has_about_thirty_thousand_item_locations() -> None:
    assert 27_000 <= len(needed_item_locations(Network.from_frames(generate("large", 1)))) <= 33_000


def test_vehicles_have_four_levels_of_components(small: Frames) -> None:
    graph = nx.from_pandas_edgelist(small["bom"], "item", "component", create_using=nx.DiGraph)
    path = nx.dag_longest_path(graph)
    kind = small["items"].set_index("item")["kind"]
    assert [kind[item] for item in path] == ["product", "assembly", "assembly", "component"]


def test_an_electric_car_needs_more_power_chips_than_one_with_an_engine(small: Frames) -> None:
    bom = small["bom"][small["bom"]["version"] == "standard"].set_index("item")

    def chips(item: str) -> float:
        if item not in bom.index:
            return float(item.startswith(("MOSFET", "SIC-SWITCH", "GATE-DRIVER")))
        rows = bom.loc[[item]]
        return float(
            sum(
                quantity * chips(component)
                for component, quantity in zip(rows["component"], rows["quantity_per"], strict=True)
            )
        )

    assert chips("AVENOR-EV-COMPACT") > 1.3 * chips("AVENOR-COMPACT")


def test_margins_are_those_of_a_carmaker(small: Frames) -> None:
    cost = small["items"].set_index("item")["unit_cost"]
    cars = small["demand"][small["demand"]["unit_revenue"] > 10_000]
    margin = 1 - cars["item"].map(cost) / cars["unit_revenue"]
    assert cars["unit_revenue"].between(18_000, 62_000).all()
    assert margin.between(0.05, 0.32).all()


def test_plants_suppliers_and_fabs_stand_on_several_continents(small: Frames) -> None:
    places = small["locations"]
    plants = places[places["kind"] == "plant"]
    fabs = places[places["location"].str.startswith("FAB-")]
    assert len(plants) >= 3
    assert plants["region"].nunique() == 3
    assert len(fabs) in (4, 5)
    assert fabs["region"].nunique() == 3
    assert places[["latitude", "longitude"]].notna().all(axis=None)


def test_some_chips_are_single_sourced_and_fab_groups_are_shared(small: Frames) -> None:
    chips = small["items"].loc[small["items"]["commodity"] == "semiconductor", "item"]
    options = small["sourcing"][small["sourcing"]["item"].isin(chips)]
    fabs = options[options["supplier"].str.startswith("FAB-")]
    suppliers = fabs.groupby("item")["supplier"].nunique()
    assert suppliers.min() == 1
    assert suppliers.max() == 2
    assert fabs.groupby(["supplier", "group"])["item"].nunique().max() >= 3


def test_long_lead_times_are_covered_by_open_orders(small: Frames) -> None:
    fabs = small["sourcing"][
        small["sourcing"]["supplier"].str.startswith("FAB-")
        & small["sourcing"]["routine"]
        & ~small["sourcing"]["location"].str.startswith("HUB-")
    ]
    orders = small["scheduled_receipts"].rename(columns={"origin": "supplier"})
    open_weeks = orders.groupby(["item", "location", "supplier"]).size()
    keys = pd.MultiIndex.from_frame(fabs[["item", "location", "supplier"]])
    covered = open_weeks.reindex(keys).to_numpy()
    used = ~np.isnan(covered)
    assert fabs["lead_time"].between(10, 18).all()
    assert used.mean() > 0.9  # the others are at sites kept in reserve
    assert (covered[used] == fabs["lead_time"].to_numpy()[used]).all()


def test_history_has_launches_phase_outs_gaps_and_intermittent_spares(small: Frames) -> None:
    history = small["demand_history"]
    weeks = history.groupby("item")["period"].nunique()
    launched = small["predecessors"]["item"].iloc[0]
    replaced = small["predecessors"]["predecessor"].iloc[0]
    spares = history[history["location"].str.startswith("SERVICE-")]
    assert weeks.max() == 156
    assert weeks[launched] < 80
    last = history["period"].max()
    assert history.loc[history["item"] == replaced, "period"].max() < last - pd.Timedelta(weeks=13)
    assert (spares["quantity"] == 0).mean() > 0.4
    assert 0.005 < 1 - history["in_stock"].mean() < 0.05


def test_lead_times_step_up_in_the_allocation_regime(small: Frames) -> None:
    past = small["receipt_history"].dropna(subset="received_on")
    past = past[(past["supplier"] == "FAB-TW-1") & past["item"].str.startswith("MCU-BODY")]
    weeks = (past["received_on"] - past["ordered_on"]).dt.days / 7
    regime = past["ordered_on"].between("2023-11-13", "2024-09-23")
    assert weeks[regime].median() > 20
    assert weeks[~regime].median() < 18
    assert small["receipt_history"]["received_on"].isna().any()
    assert 1_500 <= len(small["receipt_history"]) <= 3_000


def test_the_data_say_that_they_are_synthetic(small: Frames) -> None:
    settings = small["settings"].set_index("name")["value"]
    assert "synthetic" in settings["note"]
    own = small["locations"].loc[small["locations"]["kind"] == "plant", "company"]
    assert own.str.contains("synthetic").all()
    assert all("synthetic" in text for text in scenarios(small).values())


def test_scenarios_name_what_the_company_has_and_change_it(small: Frames, network: Network) -> None:
    texts = scenarios(small)
    assert set(texts) == {f"{name}.yaml" for name in NAMES}
    kinds = set()
    for name, text in texts.items():
        scenario = parse_scenario(text, name)
        changed = apply(scenario, network)
        kinds |= {disruption.kind for disruption in scenario.disruptions}
        assert len(describe(scenario, network)) == len(scenario.disruptions)
        assert (changed.input_hash == network.input_hash) == (name == "calm-baseline.yaml")
    assert kinds >= set(KINDS) - {"region_outage"}


def test_files_of_small_are_small_and_lossless(small: Frames, tmp_path: Path) -> None:
    network = Network.from_frames(small)
    write_dataset(network.tables, tmp_path / "small")
    files = list((tmp_path / "small").iterdir())
    assert sum(file.stat().st_size for file in files) < 3_000_000
    assert read_dataset(tmp_path / "small").input_hash == network.input_hash


@pytest.mark.skipif(not COMMITTED.exists(), reason="the committed company is not there")
def test_the_committed_company_is_small_with_seed_one(small: Frames) -> None:
    committed = read_dataset(COMMITTED)
    assert committed.input_hash == Network.from_frames(small).input_hash
    for name, text in scenarios(small).items():
        assert (COMMITTED / "scenarios" / name).read_text(encoding="utf-8") == text


def test_calm_is_calm(network: Network) -> None:
    plan = plan_as_is(model_data(network), SolverOptions())
    assert product_service(plan, network)["on_time"] >= 0.995


@pytest.mark.slow
def test_the_chip_shortage_is_serious(small: Frames, network: Network) -> None:
    text = scenarios(small)["chip-shortage.yaml"]
    hit = apply(parse_scenario(text, "chip-shortage.yaml"), network)
    share = product_service(plan_as_is(model_data(hit), SolverOptions()), network)
    assert 0.05 <= share["lost"] + share["open"] <= 0.20
    assert np.isclose(share.sum(), 1.0)
