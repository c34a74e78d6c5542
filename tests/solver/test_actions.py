"""Actions: what the response adds to the as-is plan, and what each of them is worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pandas as pd
import pytest

from solver.actions import NOT_VALUED, RESOLVED, action_table, lever_table
from solver.optimizer import SolverOptions
from solver.plan import Plan
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.test_allocation import HUNDRED_AND_FIFTY, sixty_chips
from tests.support import plan_and_check, tiny

Plans = tuple[Plan, Plan]


def plans_of(network: Network, responses: Responses | None = None) -> Plans:
    """The as-is plan and the response to it."""
    return plan_and_check(network, "as-is"), plan_and_check(network, "response", responses)


def table_of(plans: Plans, candidates: int = 16) -> pd.DataFrame:
    """The action table of two plans, indexed by kind."""
    with ThreadPoolExecutor(1) as executor:
        table = action_table(*plans, SolverOptions(), executor, candidates)
    return table.set_index("kind")


def actions(network: Network, responses: Responses | None = None) -> pd.DataFrame:
    """The action table of a network, indexed by kind."""
    return table_of(plans_of(network, responses))


def ten_wanted(sourcing: str, **more: str) -> Network:
    return tiny(
        periods=3,
        sourcing=f"""
            item  location  supplier  mode  lead_time  unit_cost  capacity  routine
            {sourcing}
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     2       10        20            0
        """,
        **more,
    )


STORE = {
    "stock": """
        item  location  quantity
        CHIP  STORE     100
    """,
    "lanes": """
        item  origin  destination  lead_time  unit_cost  capacity  routine
        CHIP  STORE   PLANT        1          3          4         false
    """,
}
BROKER = """CHIP  PLANT  FAB     sea   0  1  0  true
            CHIP  PLANT  BROKER  road  0  5  -  false"""


@cache
def moved_and_bought() -> Plans:
    """Eight chips come from the store, where the lane takes no more, two from the broker."""
    return plans_of(ten_wanted(BROKER, **STORE))


def test_every_action_is_worth_what_is_lost_without_it() -> None:
    table = table_of(moved_and_bought())
    # two periods of the lane: 8 moved at 3, 2 bought at 5, profit 8 * 17 + 2 * 15 = 166.
    # without the transfer all ten are bought: 150; without the broker two are lost: 136
    assert table.loc["transfer", ["quantity", "cost", "worth"]].tolist() == pytest.approx(
        [8, 24, 166 - 150]
    )
    assert table.loc["order", ["quantity", "cost", "worth"]].tolist() == pytest.approx(
        [2, 10, 166 - 136]
    )
    assert table["rank"].tolist() == [1, 2]
    assert table.index.tolist() == ["order", "transfer"]
    assert set(table["method"]) == {RESOLVED}


def test_an_action_tells_what_where_by_when_and_at_which_premium() -> None:
    table = table_of(moved_and_bought())
    row = table.loc["transfer"]
    assert (row["item"], row["unit"]) == ("CHIP", "piece")
    assert (row["origin"], row["destination"], row["mode"]) == ("STORE", "PLANT", "standard")
    assert row["decide_by"] == pd.Timestamp("2025-12-29")
    assert row["until"] == pd.Timestamp("2026-01-05")
    assert row["premium"] == pytest.approx(8 * 3)
    assert table.loc["order", "premium"] == pytest.approx(2 * (5 - 1))


def test_an_action_within_a_budget_is_worth_what_the_budget_cannot_do_otherwise() -> None:
    # 12 of premium: 4 moved at 3 each earn 4 * 17 = 68; the same 12 would buy 3 for 3 * 15 = 45
    table = actions(ten_wanted(BROKER, **STORE), Responses(budget=12))
    assert table.loc["transfer", ["quantity", "worth"]].tolist() == pytest.approx([4, 68 - 45])
    assert table.index.tolist() == ["transfer"]


def test_a_cheaper_alternative_is_a_switch_of_source() -> None:
    table = actions(
        ten_wanted("""CHIP  PLANT  FAB     sea  0  9  -  true
                      CHIP  PLANT  BROKER  sea  0  5  -  false""")
    )
    assert table.index.tolist() == ["switch source"]
    assert table.loc["switch source", ["quantity", "worth"]].tolist() == [10, 10 * (9 - 5)]
    assert table.loc["switch source", "origin"] == "BROKER"


def test_a_cheaper_mode_of_the_same_source_is_a_switch_of_mode() -> None:
    table = actions(
        ten_wanted("""CHIP  PLANT  FAB  air  0  9  -  true
                      CHIP  PLANT  FAB  sea  1  5  -  false""")
    )
    assert table.index.tolist() == ["switch mode"]
    assert table.loc["switch mode", ["mode", "worth"]].tolist() == ["sea", 10 * (9 - 5)]


def test_another_production_version_is_a_build() -> None:
    network = tiny(
        periods=2,
        production="""
            item  location  version  lead_time  unit_cost  routine
            CAR   PLANT     first    1          10         true
            CAR   PLANT     second   0          30         false
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CAR   PLANT     0       5         100           0
        """,
    )
    table = actions(network)
    assert table.index.tolist() == ["build"]
    assert table.loc["build", ["mode", "quantity", "premium", "worth"]].tolist() == pytest.approx(
        ["second", 5, 5 * (30 - 10), 5 * (100 - 30)]
    )


def test_serving_some_demand_less_than_as_is_is_a_reallocation() -> None:
    network = tiny(
        periods=1,
        stock="""
            item  location  quantity
            CHIP  PLANT     60
        """,
        production="""
            item  location
            CAR   PLANT
            VAN   PLANT
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
            VAN   CHIP       1
        """,
        demand="""
            item  location  period  customer  quantity  unit_revenue
            CAR   PLANT     0       retail    100       200
            VAN   PLANT     0       fleet     50        100
        """,
    )
    table = actions(network)
    assert table.index.tolist() == ["reallocation"]
    row = table.loc["reallocation"]
    assert (row["item"], row["destination"], row["mode"]) == ("VAN", "CAR", "fleet")
    # as-is 40 and 20, response 60 and 0: keeping the 20 vans costs 20 * (200 - 100)
    assert [row["quantity"], row["worth"]] == pytest.approx([20, 2000], rel=1e-5)


def test_without_reallocation_a_decision_is_worth_what_it_serves() -> None:
    broker = """
        item  location  supplier  lead_time  unit_cost  capacity  routine
        CHIP  PLANT     BROKER    1          7          30        false
    """
    network = sixty_chips(HUNDRED_AND_FIFTY, sourcing=broker)
    table = actions(network, Responses(reallocation=False))
    # with its 30 chips 60 cars and 30 vans, 60 * 200 + 30 * 100 - 30 * 7 = 14790; without them the
    # vans, which earn less, go unserved: 60 * 200
    assert table.index.tolist() == ["order"]
    assert table.loc["order", ["quantity", "worth"]].tolist() == pytest.approx([30, 2790])


def test_levers_are_worth_what_is_lost_without_all_their_decisions() -> None:
    with ThreadPoolExecutor(1) as executor:
        table = lever_table(*moved_and_bought(), SolverOptions(), executor)
    # the numbers of the first test; without any supply of the chip nothing is left of 166
    assert table["lever"].tolist() == ["alternates", "transfers", "reallocation", "supply"]
    assert table["worth"].tolist() == pytest.approx([166 - 136, 166 - 150, 0, 166])
    assert table["premium"].tolist() == pytest.approx([2 * 4, 8 * 3, 0, 2 * 4 + 8 * 3])


def test_what_is_not_valued_says_so_and_comes_last() -> None:
    table = table_of(moved_and_bought(), candidates=1)
    assert table["method"].tolist() == [RESOLVED, NOT_VALUED]
    assert np.isnan(table["worth"].iloc[1])


def test_a_response_that_adds_nothing_has_no_actions() -> None:
    table = actions(ten_wanted("CHIP  PLANT  FAB  sea  0  1  -  true"))
    assert not len(table)
