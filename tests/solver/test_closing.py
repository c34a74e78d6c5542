"""(C11) Closing stock: valued up to its target, at most at 0.9 of a replacement, never hoarded."""

from __future__ import annotations

import pytest

from supplychain.network import Network
from tests.support import money, plan_and_check, profit, rows_of, tiny, total


def closing_case(stock: int, price: float, periods: int = 4, due: str = "") -> Network:
    """Four units are wanted in four periods, so that a target of two periods is two units."""
    return tiny(
        periods,
        closing_target=2,
        items="""
            item  unit_cost
            CHIP  10
        """,
        stock=f"""
            item  location  quantity
            CHIP  PLANT     {stock}
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       0          8
        """,
        unit_costs=f"""
            kind      owner                    valid_from  valid_to  unit_cost
            sourcing  CHIP|PLANT|FAB|standard  0           0         {price}
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       4         20            0
        """,
        **({"scheduled_receipts": due} if due else {}),
    )


def test_closing_stock_counts_up_to_its_target_at_most_at_nine_tenths_of_its_replacement() -> None:
    plan = plan_and_check(closing_case(stock=10, price=8))
    # 6 are left; 2 * min(10, 0.9 * 8)
    assert money(plan, "closing") == [pytest.approx(2 * 7.2)]
    assert profit(plan) == pytest.approx(4 * 20 + 2 * 7.2)


def test_closing_stock_is_not_bought_at_its_price() -> None:
    plan = plan_and_check(closing_case(stock=0, price=8))
    assert total(plan, "orders") == 4
    assert money(plan, "closing") == [0]


def test_closing_stock_is_not_hoarded_even_where_it_is_cheap_for_a_while() -> None:
    plan = plan_and_check(closing_case(stock=0, price=1))
    # the cheapest replacement of all periods costs 1: closing stock is worth 0.9
    assert total(plan, "orders") == 4
    assert profit(plan) == pytest.approx(4 * 20 - 4 * 1)


def test_a_unit_is_kept_where_its_sale_earns_less_than_its_closing_value() -> None:
    network = tiny(
        closing_target=2,
        items="""
            item  unit_cost
            CHIP  7
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     4
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       0          8
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     1       4         5             0
        """,
    )
    plan = plan_and_check(network)
    # the target is two periods of 4 / 4: two are kept at 7 each, two are sold at 5
    assert total(plan, "deliveries") == 2
    assert profit(plan) == pytest.approx(2 * 5 + 2 * 7)


def test_scheduled_receipts_after_the_horizon_count_as_closing_stock() -> None:
    due = """
        order_id  item  location  quantity  due
        PO-1      CHIP  PLANT     1.5       9
    """
    plan = plan_and_check(closing_case(stock=5, price=8, due=due))
    closing = rows_of(plan, "closing", item="CHIP").iloc[0]
    # one of five is left, 1.5 are on their way; two of the 2.5 count
    assert (closing["on_hand"], closing["beyond"]) == (1, 1.5)
    assert money(plan, "closing") == [pytest.approx(2 * 7.2)]


def test_the_replacement_of_what_cannot_be_bought_or_made_is_its_unit_cost() -> None:
    network = tiny(
        periods=2,
        closing_target=1,
        items="""
            item  unit_cost
            CHIP  10
            CORE  -
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     5
            CORE  PLANT     5
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       4         20            0
            CORE  PLANT     0       4         20            0
        """,
    )
    # one of each is left, the target is 4 / 2 periods = 2; CORE has no value at all
    assert money(plan_and_check(network), "closing") == [pytest.approx(1 * 0.9 * 10)]


def test_the_closing_target_of_a_component_follows_the_cheapest_routine_version() -> None:
    network = tiny(
        periods=1,
        closing_target=1,
        items="""
            item  unit_cost
            CHIP  10
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     100
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  PLANT     FAB       0          20
        """,
        production="""
            item  location  version  unit_cost  routine
            CAR   PLANT     lean     90         true
            CAR   PLANT     simple   10         true
            CAR   PLANT     secret   0          false
        """,
        bom="""
            item  version  component  quantity_per
            CAR   lean     CHIP       1
            CAR   simple   CHIP       3
            CAR   secret   CHIP       2
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     0       5         500
        """,
    )
    plan = plan_and_check(network, "as-is")
    # simple costs 10 + 3 * 20 = 70, lean 90 + 20 = 110, secret is not routine: 5 * 3 chips
    assert rows_of(plan, "closing", item="CHIP")["target"].tolist() == [15]
