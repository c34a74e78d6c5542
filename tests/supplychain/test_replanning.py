"""A plan mended on the way: what is known at a moment, and what planning again makes of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain.network import Network
from supplychain.scope import expand
from supplychain.simulation import Futures, Lifeline, certain_futures, simulate, simulate_replanned
from supplychain.simulation.replanned import Tables
from tests.support import plan_only, tiny


class Planner:
    """Plans what it is given, and keeps it."""

    def __init__(self) -> None:
        self.networks: list[Network] = []

    def __call__(self, network: Network, premium: float) -> tuple[Tables, np.ndarray]:
        self.networks.append(network)
        tables = plan_only(network).tables
        return tables, np.zeros((len(tables["orders"]), 1), dtype=np.int64)


def shop(periods: int = 4) -> Network:
    """A sea route of two weeks at 1, a flight within the week at 4; sold at 10, waiting costs 1."""
    return expand(tiny(
        periods=periods,
        sourcing="""
            item  location  supplier  mode  lead_time  transit_time  unit_cost
            TOY   SHOP      MAKER     sea   2          1             1
            TOY   SHOP      MAKER     air   0          0             4
        """,
        demand="""
            item  location  period  quantity  unit_revenue  backorder_cost
            TOY   SHOP      2       10        10            1
            TOY   SHOP      3       10        10            1
        """,
    ))  # fmt: skip


def lives(network: Network, futures: Futures, every: int, planner: Planner) -> Lifeline:
    return simulate_replanned(network, plan_only(network).tables, futures, every, planner)


def test_a_plan_without_surprises_earns_the_same_when_it_is_made_again() -> None:
    network = shop()
    plan, planner = plan_only(network), Planner()
    life = lives(network, certain_futures(network, plan.tables), 1, planner)
    assert life.plans == 3
    assert life.money["profit"].tolist() == pytest.approx([plan.objective])
    assert life.totals["on_time"].tolist() == pytest.approx([20])


def test_what_is_on_its_way_and_what_waits_is_known() -> None:
    network, planner = shop(), Planner()
    tables = plan_only(network).tables
    delays = np.where(tables["orders"]["period"].to_numpy() == network.calendar.date(0), 1, 0)
    futures = Futures(np.array([[10.0], [10.0]]), delays[:, None], np.zeros((0, 1), int))
    life = lives(network, futures, 3, planner)
    (moment,) = planner.networks
    assert moment.settings.start == network.calendar.date(3).date()
    assert moment.settings.periods == 1
    coming = moment.table("scheduled_receipts")
    assert coming["quantity"].sum() == 20  # the late order and the one due now
    assert coming["due"].unique().tolist() == [network.calendar.date(3)]
    waiting = moment.table("demand").set_index("period")["quantity"]
    assert waiting[network.calendar.date(2)] == 10
    assert life.totals.loc[0, ["on_time", "late"]].tolist() == [10, 10]
    assert life.money.loc[0, "purchase"] == 20  # nothing is ordered twice


def test_planning_again_orders_what_more_is_wanted() -> None:
    network, planner = shop(), Planner()
    tables = plan_only(network).tables
    futures = Futures(np.array([[16.0], [10.0]]), np.zeros((2, 1), int), np.zeros((0, 1), int))
    stands = simulate(network, tables, futures)
    assert stands.totals.loc[0, ["late", "open"]].tolist() == [6, 6]  # the older waiting first
    life = lives(network, futures, 3, planner)
    assert life.totals.loc[0, ["on_time", "late", "open"]].tolist() == pytest.approx([20, 6, 0])
    assert life.money.loc[0, "purchase"] == pytest.approx(20 + 6 * 4)
    assert life.money.loc[0, "backorder"] == pytest.approx(6)


def test_builds_under_way_are_finished() -> None:
    network = expand(tiny(
        periods=4,
        stock="""
            item  location  quantity
            CHIP  PLANT     10
        """,
        production="""
            item  location  lead_time  unit_cost
            CAR   PLANT     2          5
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     2       10        100
        """,
    ))  # fmt: skip
    planner, tables = Planner(), plan_only(network).tables
    life = lives(network, certain_futures(network, tables), 1, planner)
    assert life.totals["on_time"].tolist() == [10]
    assert life.money["production"].tolist() == [50]
    first = planner.networks[0]
    assert first.table("stock")["quantity"].sum() == 0
    rows = first.table("scheduled_receipts")
    assert rows[["item", "quantity"]].values.tolist() == [["CAR", 10.0]]


def test_parked_units_are_completed_under_the_new_plan() -> None:
    network = expand(tiny(
        periods=4,
        production="""
            item  location  lead_time  unit_cost
            CAR   PLANT     0          5
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            CAR   SEAT       1
        """,
        stock="""
            item  location  quantity
            SEAT  PLANT     10
        """,
        scheduled_receipts="""
            order_id  line  item  location  quantity  due
            1         1     CHIP  PLANT     10        2
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     0       10        100
        """,
    ))  # fmt: skip
    tables, date = dict(plan_only(network, "as-is").tables), network.calendar.date
    way = {"item": "CAR", "location": "PLANT", "version": "standard", "component": "CHIP"}
    tables["builds"] = tables["builds"].iloc[:0]
    tables["short_builds"] = pd.DataFrame([{**way, "period": date(0), "ready": date(0),
                                            "quantity": 10.0, "cost": 50.0}])  # fmt: skip
    tables["retrofits"] = pd.DataFrame([{**way, "period": date(2), "receipt": date(2),
                                         "quantity": 10.0, "cost": 20.0}])  # fmt: skip
    tables["parked"] = pd.DataFrame([{**way, "period": date(n), "quantity": 10.0, "cost": 10.0}
                                     for n in (0, 1)])  # fmt: skip
    tables["deliveries"] = tables["deliveries"].assign(served=date(2))
    futures = certain_futures(network, tables)
    life = simulate_replanned(network, tables, futures, 1, Planner())
    assert life.totals["late"].tolist() == [10]
    assert life.money["retrofit"].tolist() == [20 + 2 * 10]
