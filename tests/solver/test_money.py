"""(C9) and the objective: what is cheaper is chosen; premium and budget, prices, holding."""

from __future__ import annotations

import pytest

from supplychain.calendar import Bucket
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.support import by_period, money, plan_and_check, profit, rows_of, served, tiny, total

TEN_CHIPS = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     0       10        20            0
"""


def shortage(freight: float, price: float) -> Network:
    """The routine source is down; stock elsewhere and another source can help."""
    return tiny(
        periods=1,
        stock="""
            item  location  quantity
            CHIP  STORE     10
        """,
        sourcing=f"""
            item  location  supplier  lead_time  unit_cost  capacity  routine
            CHIP  PLANT     FAB       0          1          0         true
            CHIP  PLANT     BROKER    0          {price}    -         false
        """,
        lanes=f"""
            item  origin  destination  unit_cost  routine
            CHIP  STORE   PLANT        {freight}  false
        """,
        demand=TEN_CHIPS,
    )


def test_a_transfer_is_chosen_where_it_is_cheaper_than_the_alternative_source() -> None:
    plan = plan_and_check(shortage(freight=3, price=5))
    assert (total(plan, "transfers"), total(plan, "orders")) == (10, 0)
    assert profit(plan) == pytest.approx(10 * (20 - 3))


def test_the_alternative_source_is_chosen_where_it_is_cheaper_than_the_transfer() -> None:
    plan = plan_and_check(shortage(freight=7, price=5))
    assert (total(plan, "transfers"), total(plan, "orders")) == (0, 10)
    assert profit(plan) == pytest.approx(10 * (20 - 5))


def test_an_as_is_plan_uses_neither() -> None:
    plan = plan_and_check(shortage(freight=3, price=5), "as-is")
    assert total(plan, "service", "lost") == 10
    assert profit(plan) == 0


def test_responses_that_are_not_permitted_are_not_used() -> None:
    network = shortage(freight=3, price=5)
    without_lanes = plan_and_check(network, responses=Responses(transfers=False))
    assert (total(without_lanes, "transfers"), total(without_lanes, "orders")) == (0, 10)
    with_neither = Responses(transfers=False, alternates=False)
    assert profit(plan_and_check(network, responses=with_neither)) == 0


def test_a_binding_budget_limits_premium_spending() -> None:
    # premium of the source is 5 - 1 = 4, of the transfer its whole freight of 3: 12 / 3 = 4 moved
    plan = plan_and_check(shortage(freight=3, price=5), responses=Responses(budget=12))
    assert (total(plan, "transfers"), total(plan, "orders")) == (4, 0)
    assert money(plan, "premium") == [12]
    assert profit(plan) == pytest.approx(4 * (20 - 3))


def test_a_scarce_budget_is_spent_where_a_unit_of_it_earns_most() -> None:
    # a premium of 1 moves 1 / 6 unit for 20 - 6 = 14, or buys 1 / 4 unit for 20 - 5 = 15
    plan = plan_and_check(shortage(freight=6, price=5), responses=Responses(budget=12))
    assert (total(plan, "transfers"), total(plan, "orders")) == (0, 3)


def test_a_budget_of_zero_still_permits_alternatives_without_a_premium() -> None:
    plan = plan_and_check(shortage(freight=3, price=1), responses=Responses(budget=0))
    assert (total(plan, "transfers"), total(plan, "orders")) == (0, 10)


def premium_of(plan_tables: Network, table: str, **keys: object) -> float:
    """Premium a unit of the only row of a result table that matches."""
    rows = rows_of(plan_and_check(plan_tables), table, **keys)
    assert len(rows) == 1
    return float(rows["premium"].iloc[0] / rows["quantity"].iloc[0])


@pytest.mark.parametrize(
    ("routine_rows", "premium"),
    [
        ("CHIP PLANT FAB 0 3 true 0\n CHIP NORTH FAB 0 2 true -", 9 - 3),  # here, not elsewhere
        ("CHIP NORTH FAB 0 2 true -\n CHIP SOUTH FAB 0 4 true -", 9 - 2),  # elsewhere, the least
        ("CHIP PLANT FAB 0 12 true 0", 0),  # dearer than the alternative
        ("CORE NORTH FAB 0 2 true -", 9),  # no routine source of it anywhere
    ],
)
def test_the_premium_of_a_source_is_its_cost_above_the_cheapest_routine_one(
    routine_rows: str, premium: float
) -> None:
    network = tiny(
        periods=1,
        sourcing=f"""
            item  location  supplier  lead_time  unit_cost  routine  capacity
            CHIP  PLANT     BROKER    0          9          false    -
            {routine_rows}
        """,
        demand=TEN_CHIPS,
    )
    assert premium_of(network, "orders") == pytest.approx(premium)


def test_the_premium_of_a_build_includes_its_components() -> None:
    network = tiny(
        periods=1,
        production="""
            item  location  version   unit_cost  routine
            CAR   PLANT     standard  5          true
            CAR   PLANT     rich      4          false
        """,
        bom="""
            item  version   component  quantity_per
            CAR   standard  CHIP       1
            CAR   rich      CORE       2
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  capacity
            CHIP  PLANT     FAB       0          3          0
            CORE  PLANT     FAB       0          6          -
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     0       10        50
        """,
    )
    # rich: 4 + 2 * 6 = 16, standard: 5 + 3 = 8
    assert premium_of(network, "builds") == pytest.approx(16 - 8)


def test_the_premium_of_a_source_that_makes_the_item_includes_its_making() -> None:
    network = tiny(
        periods=1,
        production="""
            item  location  unit_cost
            CHIP  MAKER     4
        """,
        bom="""
            item  component  quantity_per
            CHIP  WAFER      2
        """,
        sourcing="""
            item   location  supplier  lead_time  unit_cost  routine  capacity
            WAFER  MAKER     MINE      0          1.5        true     -
            CHIP   PLANT     MAKER     0          3          false    -
            CHIP   PLANT     FAB       0          8          true     0
        """,
        demand=TEN_CHIPS,
    )
    # replacement of CHIP: the least of 4 + 2 * 1.5 = 7 and 8; MAKER costs 3 + 7 = 10, FAB 8
    assert premium_of(network, "orders", supplier="MAKER") == pytest.approx(10 - 8)


def test_prices_laid_over_an_option_hold_in_the_period_of_the_decision() -> None:
    network = tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  unit_cost
            CHIP  NORTH     FAB       1          2
        """,
        lanes="""
            item  origin  destination  lead_time  unit_cost
            CHIP  NORTH   PLANT        1          1
        """,
        production="""
            item  location  unit_cost
            CAR   PLANT     10
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
        """,
        unit_costs="""
            kind        owner                      valid_from  valid_to  unit_cost
            sourcing    CHIP|NORTH|FAB|standard    0           0         5
            lanes       CHIP|NORTH|PLANT|standard  1           1         4
            production  CAR|PLANT|standard         2           -         30
            sourcing    CHIP|NORTH|FAB|standard    1           -         7
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     2       10        100
        """,
    )
    plan = plan_and_check(network)
    assert money(plan, "purchase", "freight", "production") == [50, 40, 300]


def test_the_premium_follows_the_prices_of_its_period() -> None:
    network = tiny(
        periods=2,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  routine  capacity
            CHIP  PLANT     FAB       0          3          true     0
            CHIP  PLANT     BROKER    0          9          false    -
        """,
        unit_costs="""
            kind      owner                       valid_from  valid_to  unit_cost
            sourcing  CHIP|PLANT|FAB|standard     1           -         4
            sourcing  CHIP|PLANT|BROKER|standard  1           -         15
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       1         20            0
            CHIP  PLANT     1       1         20            0
        """,
    )
    plan = plan_and_check(network, responses=Responses(budget=100))
    # both are bought in 0, at 9, where the premium is 9 - 3; in 1 it would be 15 - 4
    assert by_period(plan, "orders", "premium") == [2 * (9 - 3), 0]


@pytest.mark.parametrize(("bucket", "rate"), [("week", 0.52), ("month", 0.12), ("day", 3.65)])
def test_stock_on_hand_at_the_end_of_a_period_costs_its_share_of_the_yearly_rate(
    bucket: Bucket, rate: float
) -> None:
    network = tiny(
        periods=3,
        bucket=bucket,
        start="2026-06-01",
        holding_rate=rate,
        items="""
            item  unit_cost
            CHIP  100
        """,
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       0          5
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     2       15        20            0
        """,
    )
    plan = plan_and_check(network)
    # a unit costs 100 * 0.01 = 1 a period: 5 on hand at the end of period 0 and 10 of period 1
    assert money(plan, "holding") == [pytest.approx(15)]
    assert profit(plan) == pytest.approx(15 * 20 - 15)


def test_holding_is_not_worth_more_than_the_unit_it_saves() -> None:
    network = tiny(
        periods=3,
        holding_rate=52,
        items="""
            item  unit_cost
            CHIP  12
        """,
        sourcing="""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       0          5
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     2       15        20            0
        """,
    )
    # 12 a period: a unit bought one period ahead still earns 8, two periods ahead it loses 4
    assert served(plan_and_check(network)) == [0, 0, 10]
