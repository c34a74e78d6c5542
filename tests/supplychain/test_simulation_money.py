"""Money of a plan lived through: as planned without uncertainty, by hand with it, every lever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from solver.plan import Plan, PlanKind
from supplychain.files import read_dataset
from supplychain.network import Network
from supplychain.scenario import apply, read_scenario
from supplychain.scope import expand
from supplychain.simulation import (
    Futures,
    Simulation,
    certain_futures,
    simulate,
    simulated_profits,
)
from tests.solver.random_networks import networks
from tests.solver.test_properties import few
from tests.supplychain.test_simulation import KINDS
from tests.support import plan_only, tiny

AUTOMAKER = Path(__file__).resolve().parents[2] / "data" / "automaker"


def assert_money_as_planned(result: Simulation, plan: Plan) -> None:
    planned = plan.tables["costs"].set_index("term")["amount"].drop("premium")
    scale = max(1.0, float(planned.abs().max()))
    lived = result.money.mean().reindex(planned.index)
    np.testing.assert_allclose(lived, planned, rtol=1e-7, atol=1e-7 * scale)


def certain(network: Network, tables: dict[str, pd.DataFrame]) -> Simulation:
    return simulate(network, tables, certain_futures(network, tables, 2))


@few(3)
@given(networks(), KINDS)
def test_without_uncertainty_the_money_of_the_plan_is_earned(
    network: Network, kind: PlanKind
) -> None:
    network = expand(network)
    plan = plan_only(network, kind)
    assert_money_as_planned(certain(network, dict(plan.tables)), plan)


def test_a_response_plan_of_the_example_company_earns_its_profit() -> None:
    story = read_scenario(AUTOMAKER / "scenarios" / "chip-shortage.yaml")
    network = apply(story, expand(read_dataset(AUTOMAKER)))
    plan = plan_only(network)
    assert_money_as_planned(certain(network, dict(plan.tables)), plan)


# --- by hand --------------------------------------------------------------------------------------


def shop() -> Network:
    """Ten units a week ordered at 4, sold at 10; a waiting one costs 1 a week, a lost one 3."""
    return tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            TOY   SHOP      MAKER     1          4
        """,
        demand="""
            item  location  period  quantity  unit_revenue  backorder_cost  lost_cost  lost_after
            TOY   SHOP      1       10        10            1               3          1
        """,
    )


def test_a_late_order_is_paid_and_earns_less() -> None:
    network = shop()
    plan = plan_only(expand(network))
    late = np.array([[0, 1, 2]])
    futures = Futures(np.full((1, 3), 10.0), late, np.zeros((0, 3), dtype=int))
    money = simulate(expand(network), plan.tables, futures).money
    assert money["purchase"].tolist() == [40, 40, 40]
    assert money["revenue"].tolist() == [100, 100, 0]
    assert money["backorder"].tolist() == [0, 10, 10]  # waits a week, then it is lost
    alone = simulated_profits(expand(network), plan.tables, futures)
    assert alone.tolist() == money["profit"].tolist()
    assert money["lost"].tolist() == [0, 0, 30]
    assert money["profit"].tolist() == [60, 50, -80]


def test_less_demand_leaves_stock_that_costs_and_counts_at_the_end() -> None:
    network = tiny(
        periods=2,
        holding_rate=5.2,  # a tenth of the value a week
        closing_target=1.0,
        items="""
            item  unit_cost
            TOY   5
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            TOY   SHOP      MAKER     0          10
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            TOY   SHOP      0       8         20
        """,
    )
    plan = plan_only(expand(network))
    futures = Futures(np.array([[8.0, 6.0, 0.0]]), np.zeros((1, 3), int), np.zeros((0, 3), int))
    money = simulate(expand(network), plan.tables, futures).money
    assert money["revenue"].tolist() == [160, 120, 0]
    assert money["holding"].tolist() == pytest.approx([0, 2, 8])  # two ends of a week at 0.5 each
    assert money["closing"].tolist() == [0, 10, 20]  # the target is 4 units: the mean of 2 weeks


# --- levers: result tables as a plan with them writes them ----------------------------------------

CAR = """
    item  location  lead_time  unit_cost  price_reduction
    CAR   PLANT     0          100        -
"""
BOM = """
    item  component  quantity_per
    CAR   CHIP       2
    CAR   SEAT       1
"""


def car(**tables: str) -> Network:
    return expand(tiny(
        periods=4, production=CAR, bom=BOM, **tables,
        demand="""
            item  location  period  quantity  unit_revenue  backorder_cost
            CAR   PLANT     0       10        1000          10
        """,
    ))  # fmt: skip


def rows(columns: str, *values: object) -> pd.DataFrame:
    return pd.DataFrame([values], columns=columns.split())


def planned(network: Network, builds: float) -> dict[str, pd.DataFrame]:
    """The as-is plan, with so many cars built and served in the first period in its stead."""
    tables = dict(plan_only(network, "as-is").tables)
    date = network.calendar.date(0)
    tables["builds"] = rows("item location version period receipt quantity unit_cost cost premium",
                            "CAR", "PLANT", "standard", date, date, builds, 100.0, 100 * builds,
                            0.0).query("quantity > 0")  # fmt: skip
    tables["deliveries"] = rows("item location period customer served quantity", "CAR", "PLANT",
                                date, "", date, builds).query("quantity > 0")  # fmt: skip
    tables["inventory"] = tables["inventory"].assign(on_hand=0.0)
    return tables


def test_substitutes_are_used_instead_at_their_cost() -> None:
    network = car(stock="""
        item  location  quantity
        CHIP  PLANT     14
        MCU   PLANT     9
        SEAT  PLANT     10
    """)  # fmt: skip
    tables = planned(network, 10.0)
    places = tables["inventory"]
    mcu = places[places["item"] == "SEAT"].assign(item="MCU", uses=9.0)
    tables["inventory"] = pd.concat([places, mcu], ignore_index=True)
    tables["substitutions"] = rows(
        "item location version component substitute period quantity used cost", "CAR", "PLANT",
        "standard", "CHIP", "MCU", network.calendar.date(0), 6.0, 9.0, 30.0)  # fmt: skip
    result = certain(network, tables)
    assert result.money["substitution"].tolist() == [30, 30]
    assert result.totals["on_time"].tolist() == [10, 10]
    left = result.stock.groupby("item")["on_hand_mean"].last()
    assert left[["CHIP", "MCU", "SEAT"]].tolist() == pytest.approx([0, 0, 0])


def test_short_builds_are_parked_until_the_component_comes() -> None:
    network = car(stock="""
        item  location  quantity
        SEAT  PLANT     10
    """, scheduled_receipts="""
        order_id  line  item  location  quantity  due
        1         1     CHIP  PLANT     20        1
    """)  # fmt: skip
    tables, date = planned(network, 0.0), network.calendar.date
    way = ("CAR", "PLANT", "standard", "CHIP")
    columns = "item location version component "
    tables["short_builds"] = rows(columns + "period ready quantity unit_cost cost", *way,
                                  date(0), date(0), 10.0, 100.0, 1000.0)  # fmt: skip
    tables["retrofits"] = rows(columns + "period receipt quantity cost", *way, date(1), date(2),
                               10.0, 70.0)  # fmt: skip
    tables["parked"] = rows(columns + "period quantity cost", *way, date(0), 10.0, 20.0)
    tables["deliveries"] = rows("item location period customer served quantity", "CAR", "PLANT",
                                date(0), "", date(2), 10.0)  # fmt: skip
    certain_money = certain(network, tables).money.loc[0]
    assert certain_money["production"] == 1000
    assert certain_money["retrofit"] == 90  # fitting 70, parked for a week 20
    assert certain_money["backorder"] == 200
    assert certain_money["profit"] == 10_000 - 1000 - 90 - 200
    futures = Futures(np.full((1, 1), 10.0), np.zeros((0, 1), int), np.array([[1]]))
    late = simulate(network, tables, futures).money.loc[0]
    assert late["retrofit"] == 110  # the chips come a week later: parked for two weeks
    assert late["backorder"] == 300


def test_rescheduled_receipts_come_when_they_were_moved_to() -> None:
    network = car(stock="""
        item  location  quantity
        SEAT  PLANT     10
    """, scheduled_receipts="""
        order_id  line  item  location  quantity  due
        1         1     CHIP  PLANT     30        3
    """)  # fmt: skip
    tables, date = planned(network, 10.0), network.calendar.date
    tables["reschedules"] = rows(
        "order_id line item location origin kind planned receipt quantity cost", "1", "1", "CHIP",
        "PLANT", "", "expedite", date(3), date(0), 20.0, 50.0)  # fmt: skip
    result = certain(network, tables)
    assert result.totals["on_time"].tolist() == [10, 10]
    assert result.money["rescheduling"].tolist() == [50, 50]
    chips = result.stock[result.stock["item"] == "CHIP"]["on_hand_mean"]
    assert chips.tolist() == pytest.approx([0, 0, 0, 10])


def test_what_is_decided_beforehand_is_paid_whatever_happens() -> None:
    network = car(stock="""
        item  location  quantity
        SEAT  PLANT     10
        CHIP  PLANT     20
    """)  # fmt: skip
    tables, date = planned(network, 10.0), network.calendar.date(1)
    tables["overtime"] = rows("resource step period quantity cost", "LINE", 1, date, 2.0, 8.0)
    tables["qualifications"] = rows("item period cost", "CHIP", date, 500.0)
    tables["contracts"] = rows("contract shortfall cost", "C", 3.0, 90.0)
    tables["changes"] = rows("kind owner period cost", "order", "CHIP", date, 5.0)
    money = certain(network, tables).money.loc[0]
    assert money[["overtime", "qualification", "contracts", "changes"]].tolist() == [8, 500, 90, 5]
    assert money["profit"] == 10_000 - 1000 - 603
