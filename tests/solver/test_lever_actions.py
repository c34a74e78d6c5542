"""Actions over the levers: worth, dependence, groups, and the last start that still pays."""

from __future__ import annotations

import pytest

from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.test_actions import actions, plans_of, table_of
from tests.support import profit, tiny

NEW_SOURCE = """
    item  location  supplier  lead_time  unit_cost  routine  qualification_time  qualification_cost
    CHIP  PLANT     NEW       1          2          false    1                   30
"""


def wanted(periods: int, period: int, **more: str) -> Network:
    return tiny(
        periods=periods,
        demand=f"""
            item  location  period    quantity  unit_revenue  lost_after
            CHIP  PLANT     {period}  10        20            0
        """,
        **more,
    )


def test_a_qualification_says_the_last_week_in_which_it_still_pays() -> None:
    # wanted in week 4, a week of lead time and one of qualification: start in week 2 at the latest
    network = wanted(5, 4, sourcing=NEW_SOURCE)
    qualify = actions(network).loc["qualify"]
    assert qualify["cost"] == 30
    assert qualify["worth"] == pytest.approx(10 * 20 - 10 * 2 - 30)
    assert qualify["latest"] == network.calendar.date(2)


def test_an_order_and_the_qualification_that_it_needs_pay_only_together() -> None:
    table = actions(wanted(5, 4, sourcing=NEW_SOURCE))
    assert table.loc["order", "group"] == table.loc["qualify", "group"] != ""
    assert table.loc["order", "depends_on"] == str(table.loc["qualify", "rank"])
    assert table.loc["qualify", "depends_on"] == str(table.loc["order", "rank"])
    assert table.loc["order", "worth"] == pytest.approx(150)


def test_overtime_and_substitutes_are_worth_what_is_lost_without_them() -> None:
    network = tiny(
        periods=1,
        bom="item component quantity_per\nCAR CHIP 1",
        production="item location\nCAR PLANT",
        production_resources="item location resource\nCAR PLANT LINE",
        resources="resource location capacity\nLINE PLANT 6",
        overtime="resource step capacity unit_cost\nLINE 1 2 5",
        stock="item location quantity\nCHIP PLANT 5\nCLONE PLANT 9",
        substitutes="item component substitute location extra_cost\nCAR CHIP CLONE * 1",
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CAR   PLANT     0       10        100           0
        """,
    )
    # 8 cars, 3 of them with the clone and 2 in overtime; without overtime 6, without the clone 5
    plans = plans_of(network)
    assert profit(plans[1]) == pytest.approx(8 * 100 - 3 * 1 - 2 * 5)
    table = table_of(plans)
    assert table.loc["overtime", "worth"] == pytest.approx(2 * 100 - 2 * 5 - 2 * 1)
    assert table.loc["substitute", "worth"] == pytest.approx(3 * 100 - 3 - 2 * 5)
    assert table.loc["overtime", "quantity"] == pytest.approx(2)
    assert table.loc["substitute", "origin"] == "CLONE"


def test_an_expedited_receipt_is_an_action_with_its_order() -> None:
    network = wanted(
        3,
        0,
        scheduled_receipts="""
        order_id  item  location  quantity  due  expedite_cost
        PO        CHIP  PLANT     10        2    3
    """,
    )
    table = actions(network)
    assert table.loc["expedite", "mode"] == "PO 1"
    assert table.loc["expedite", "worth"] == pytest.approx(10 * (20 - 3))


def test_the_last_order_from_a_source_that_ends_is_an_action() -> None:
    network = wanted(
        4,
        3,
        sourcing="""
        item  location  supplier  lead_time  unit_cost  available_to
        CHIP  PLANT     OLD       0          5          1
    """,
    )
    found = actions(network, Responses())
    assert "last-time buy" in found.index
    assert found.loc["last-time buy", "decide_by"] == network.calendar.date(1)
    assert found.loc["last-time buy", "quantity"] == pytest.approx(10)


def test_orders_from_a_routine_source_not_yet_qualified_are_one_action_not_two() -> None:
    sourcing = """
        item  location  supplier  lead_time  unit_cost  qualification_time  qualification_cost  available_to
        CHIP  PLANT     NEW       0          2          1                   30                  1
    """  # noqa: E501
    found = actions(wanted(4, 1, sourcing=sourcing))
    assert sorted(found.index) == ["order", "qualify"]
