"""(C7) Lots, minimum orders, shares, contracts and prices that rise with volume."""

from __future__ import annotations

import pytest

from supplychain.disruptions import SupplierOutage
from supplychain.scenario import Responses
from tests.solver.levers.support import broken, planned
from tests.support import by_period, money, profit, rows_of, served, tiny, total, under

TEN = """
    item  location  period  quantity  unit_revenue
    CHIP  PLANT     0       10        5
"""


@pytest.mark.parametrize("kind", ["as-is", "response"])
def test_an_order_is_rounded_up_to_whole_lots_where_the_rest_still_pays(kind: str) -> None:
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  lot_size
            CHIP  PLANT     FAB       0          2          4
        """,
        demand=TEN,
    )
    plan = planned(network, kind)
    # the third lot costs 4 x 2 = 8 and sells 2 units for 10
    assert by_period(plan, "orders") == [12]
    assert profit(plan) == pytest.approx(10 * 5 - 12 * 2)


def test_the_last_lot_is_left_out_where_it_costs_more_than_it_sells() -> None:
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  lot_size
            CHIP  PLANT     FAB       0          3          4
        """,
        demand=TEN,
    )
    plan = planned(network)
    # the third lot would cost 12 and sell 2 units for 10
    assert by_period(plan, "orders") == [8]
    assert profit(plan) == pytest.approx(8 * 5 - 8 * 3)


def test_lots_are_ordered_at_once_and_kept_for_later_periods() -> None:
    network = tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  lot_size
            CHIP  PLANT     FAB       0          1          9
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       3         5             0
            CHIP  PLANT     1       3         5             0
            CHIP  PLANT     2       3         5             0
        """,
    )
    plan = planned(network)
    assert by_period(plan, "orders") == [9, 0, 0]
    assert by_period(plan, "inventory", "on_hand") == [6, 3, 0]


def minimum(moq: float, unit_cost: float) -> dict[str, str]:
    return {
        "sourcing": f"""
            item  location  supplier  lead_time  unit_cost  moq
            CHIP  PLANT     FAB       0          {unit_cost}  {moq}
        """,
        "demand": TEN,
    }


@pytest.mark.parametrize(
    ("unit_cost", "ordered"),
    [(3.3, 15.0), (3.4, 0.0)],  # 10 x 5 = 50 pays for 15 units at 10 / 3 each, and no more
)
def test_a_minimum_order_is_placed_whole_or_not_at_all(unit_cost: float, ordered: float) -> None:
    plan = planned(tiny(periods=1, **minimum(15, unit_cost)))
    assert total(plan, "orders") == ordered


def test_above_its_minimum_an_order_has_any_size() -> None:
    assert total(planned(tiny(periods=1, **minimum(7, 1))), "orders") == 10


def test_an_option_whose_minimum_is_above_its_capacity_is_never_used() -> None:
    network = tiny(
        periods=2,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  moq  capacity
            CHIP  PLANT     FAB       0          1          20   12
        """,
        demand=TEN,
    )
    assert profit(planned(network)) == 0
    assert total(planned(network, "as-is"), "service", "open") == 10


def test_a_minimum_order_of_a_component_can_be_as_large_as_the_lot_of_its_assembly_needs() -> None:
    network = tiny(
        periods=1,
        production="""
            item  location
            ECU   TIER
        """,
        bom="""
            item  component  quantity_per
            ECU   CHIP       1
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  lot_size  moq
            ECU   PLANT     TIER      0          0          100       -
            CHIP  TIER      FAB       0          1          -         20
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            ECU   PLANT     0       10        50
        """,
    )
    plan = planned(network)
    # ten units are worth 500, the lot of 100 they come in needs 100 chips at 1
    assert total(plan, "orders", item="CHIP") == 100
    assert profit(plan) == pytest.approx(10 * 50 - 100)


SHARED = """
    item  location  supplier  lead_time  unit_cost  {column}
    CHIP  PLANT     CHEAP     0          1          {cheap}
    CHIP  PLANT     DEAR      0          3          {dear}
"""
TWO_PERIODS = """
    item  location  period  quantity  unit_revenue  lost_after
    CHIP  PLANT     0       10        5             0
    CHIP  PLANT     1       30        5             0
"""


@pytest.mark.parametrize("kind", ["as-is", "response"])
def test_a_largest_share_holds_over_the_horizon_not_in_every_period(kind: str) -> None:
    table = SHARED.format(column="max_share", cheap=0.75, dear="-")
    plan = planned(tiny(periods=2, sourcing=table, demand=TWO_PERIODS), kind)
    # three quarters of 40 come from the cheap source, in whichever period
    assert [total(plan, "orders", supplier=s) for s in ("CHEAP", "DEAR")] == [30, 10]
    assert money(plan, "purchase") == [pytest.approx(30 * 1 + 10 * 3)]


@pytest.mark.parametrize("kind", ["as-is", "response"])
def test_a_smallest_share_keeps_a_dear_source_alive(kind: str) -> None:
    table = SHARED.format(column="min_share", cheap="-", dear=0.2)
    plan = planned(tiny(periods=2, sourcing=table, demand=TWO_PERIODS), kind)
    assert [total(plan, "orders", supplier=s) for s in ("CHEAP", "DEAR")] == [32, 8]
    assert broken(plan) == {}


def test_a_smallest_share_of_a_scarce_source_is_missed_with_a_report_and_no_money() -> None:
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  min_share  capacity
            CHIP  PLANT     CHEAP     0          1          -          -
            CHIP  PLANT     DEAR      0          3          0.2        0.5
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     4
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CHIP  PLANT     0       10        9
        """,
    )
    # a unit of CHEAP misses 0.2 units of the share: it does not pay at a penalty of 90 a unit
    plan = planned(network)
    assert [total(plan, "orders", supplier=s) for s in ("CHEAP", "DEAR")] == [2, 0.5]
    assert broken(plan) == {}


def test_a_smallest_share_is_suspended_while_its_source_is_disrupted() -> None:
    table = SHARED.format(column="min_share", cheap="-", dear=0.2)
    network = tiny(periods=2, sourcing=table, demand=TWO_PERIODS)
    closed = under(network, SupplierOutage(location="DEAR", start="2026-W02", periods=1))
    plan = planned(closed)
    # only what is ordered in period 0 counts: 30 ordered in period 1 are all cheap
    assert by_period(plan, "orders", supplier="DEAR")[1] == 0
    first = by_period(plan, "orders", supplier="DEAR")[0]
    assert first == pytest.approx(0.2 * sum(by_period(plan, "orders")[:1]))
    assert first <= 2
    assert broken(plan) == {}


def test_a_longer_lead_time_suspends_a_smallest_share_too() -> None:
    network = tiny(
        periods=2,
        sourcing=SHARED.format(column="min_share", cheap="-", dear=0.2),
        lead_times="""
            kind      owner                     valid_from  valid_to  lead_time
            sourcing  CHIP|PLANT|DEAR|standard  0           1         1
        """,
        demand=TWO_PERIODS,
    )
    assert total(planned(network), "orders", supplier="DEAR") == 0


def test_a_smallest_share_of_an_option_that_is_not_permitted_asks_for_nothing() -> None:
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  min_share  routine
            CHIP  PLANT     CHEAP     0          1          -          true
            CHIP  PLANT     DEAR      0          3          0.2        false
        """,
        demand=TEN,
    )
    assert total(planned(network), "orders", supplier="DEAR") == 2
    for plan in (
        planned(network, "as-is"),
        planned(network, responses=Responses(alternates=False)),
    ):
        assert total(plan, "orders", supplier="CHEAP") == 10
        assert broken(plan) == {}


CONTRACT = """
    contract  item  location  supplier  valid_from  valid_to  quantity  penalty
    FRAME     {item}  *       DEAR      {first}     {last}    {quantity}  {penalty}
"""


def under_contract(
    penalty: float, *, first: object = "-", last: object = "-", quantity: float = 6, item: str = "*"
) -> dict[str, str]:
    row = {"first": first, "last": last, "quantity": quantity, "penalty": penalty, "item": item}
    table = SHARED.format(column="moq", cheap="-", dear="-")
    return {"sourcing": table, "demand": TWO_PERIODS, "contracts": CONTRACT.format(**row)}


@pytest.mark.parametrize(
    ("penalty", "taken"),
    [(2.1, 6.0), (1.9, 0.0)],  # the contract's supplier is dearer by 3 - 1 = 2 a unit
)
def test_a_contract_is_taken_where_its_penalty_is_above_what_it_costs_more(
    penalty: float, taken: float
) -> None:
    plan = planned(tiny(periods=2, **under_contract(penalty)))
    row = plan.tables["contracts"].iloc[0]
    assert total(plan, "orders", supplier="DEAR") == taken
    assert (row["volume"], row["taken"], row["shortfall"]) == (6, taken, 6 - taken)
    assert row["cost"] == pytest.approx(penalty * (6 - taken))
    assert money(plan, "contracts", "profit") == [
        pytest.approx(row["cost"]),
        pytest.approx(40 * 5 - 40 - 2 * taken - row["cost"]),
    ]


def test_a_contract_holds_as_is() -> None:
    plan = planned(tiny(periods=2, **under_contract(2.1)), "as-is")
    assert total(plan, "orders", supplier="DEAR") == 6


@pytest.mark.parametrize(
    ("first", "last", "volume"),
    [
        ("-", "-", 6.0),  # an end is blank: all of it
        (0, 1, 6.0),
        (-2, 1, 3.0),  # two of its four periods are in the calendar
        (1, 3, 2.0),  # one of three
        (-4, -1, 0.0),
        (2, 5, 0.0),
        ("-", 3, 6.0),
        (-2, "-", 6.0),
    ],
)
def test_a_contract_asks_for_its_volume_in_proportion_to_its_periods_in_the_calendar(
    first: object, last: object, volume: float
) -> None:
    plan = planned(tiny(periods=2, **under_contract(9, first=first, last=last)))
    assert plan.tables["contracts"]["volume"].tolist() == [pytest.approx(volume)]
    assert total(plan, "orders", supplier="DEAR") == pytest.approx(volume)


def test_only_orders_of_the_periods_of_a_contract_count() -> None:
    tables = under_contract(9, first=0, last=0)
    plan = planned(tiny(periods=2, **tables))
    assert by_period(plan, "orders", supplier="DEAR") == [6, 0]


def test_a_contract_without_quantity_is_no_rule() -> None:
    blank = CONTRACT.format(item="*", first="-", last="-", quantity="-", penalty=9)
    plan = planned(tiny(periods=2, **{**under_contract(9), "contracts": blank}))
    assert total(plan, "orders", supplier="DEAR") == 0
    assert not len(plan.tables["contracts"])


def test_orders_of_another_item_are_not_taken_under_a_contract() -> None:
    tables = under_contract(9, item="OTHER")
    tables["sourcing"] += "    OTHER PLANT DEAR 0 1 -"
    plan = planned(tiny(periods=2, **tables))
    assert total(plan, "orders", item="CHIP", supplier="DEAR") == 0
    assert total(plan, "orders", item="OTHER") == 0  # no demand needs it: it is in no model
    assert money(plan, "contracts") == [54]


STEPS = """
    item  location  supplier  step  up_to  unit_cost
    CHIP  PLANT     BROKER    a     4      2
    CHIP  PLANT     BROKER    b     9      4
    CHIP  PLANT     BROKER    c     {end}  {last}
"""


def stepped(end: object = "-", last: float = 6, routine: str = "false") -> dict[str, str]:
    return {
        "sourcing": f"""
            item  location  supplier  lead_time  unit_cost  routine  capacity
            CHIP  PLANT     FAB       0          1          true     3
            CHIP  PLANT     BROKER    0          99         {routine}  -
        """,
        "price_steps": STEPS.format(end=end, last=last),
    }


def wanted(quantity: float, revenue: float) -> str:
    return f"""
        item  location  period  quantity  unit_revenue  lost_after
        CHIP  PLANT     0       {quantity}  {revenue}   0
    """


@pytest.mark.parametrize(
    ("revenue", "bought", "cost"),
    [
        (1.9, 0, 0),
        (2.1, 4, 8),
        (4.1, 9, 8 + 20),
        (6.1, 17, 8 + 20 + 48),
    ],
)
def test_a_price_rises_in_steps_and_each_unit_has_the_price_of_its_step(
    revenue: float, bought: float, cost: float
) -> None:
    plan = planned(tiny(periods=1, **stepped(), demand=wanted(20, revenue)))
    assert total(plan, "orders", supplier="BROKER") == bought
    assert total(plan, "orders", "cost", supplier="BROKER") == pytest.approx(cost)
    # the routine source costs 1: premium is what each step is above it
    assert total(plan, "orders", "premium", supplier="BROKER") == pytest.approx(cost - bought)
    assert money(plan, "purchase", "premium") == [
        pytest.approx(cost + 3),
        pytest.approx(cost - bought),
    ]
    for row in rows_of(plan, "orders", supplier="BROKER").itertuples():
        assert row.unit_cost == pytest.approx(cost / bought)


def test_steps_count_anew_in_every_period() -> None:
    demand = """
        item  location  period  quantity  unit_revenue  lost_after
        CHIP  PLANT     0       7         3             0
        CHIP  PLANT     1       7         3             0
    """
    plan = planned(tiny(periods=2, **stepped(), demand=demand))
    assert by_period(plan, "orders", supplier="BROKER") == [4, 4]


def test_nothing_can_be_ordered_beyond_the_end_of_the_last_step() -> None:
    plan = planned(tiny(periods=1, **stepped(end=12), demand=wanted(20, 50)))
    assert total(plan, "orders", supplier="BROKER") == 12


def test_what_a_tariff_puts_on_the_unit_cost_it_puts_on_every_step() -> None:
    override = """
        kind      owner                       valid_from  valid_to  unit_cost
        sourcing  CHIP|PLANT|BROKER|standard  0           0         101.5
    """
    network = tiny(periods=1, **stepped(), unit_costs=override, demand=wanted(20, 6))
    plan = planned(network)
    # 101.5 - 99 = 2.5 on 2, 4 and 6: the last step is above the revenue of 6, and so is 4 + 2.5
    assert total(plan, "orders", supplier="BROKER") == 4
    assert total(plan, "orders", "cost", supplier="BROKER") == pytest.approx(4 * 4.5)
    assert money(plan, "premium") == [pytest.approx(4 * 3.5)]


def test_steps_of_a_routine_source_carry_no_premium_and_hold_as_is() -> None:
    network = tiny(periods=1, **stepped(routine="true"), demand=wanted(10, 50))
    plan = planned(network, "as-is")
    assert money(plan, "purchase", "premium") == [pytest.approx(3 + 4 * 2 + 3 * 4), 0]


def test_a_budget_buys_the_cheaper_steps_first() -> None:
    network = tiny(periods=1, **stepped(), demand=wanted(20, 50))
    plan = planned(network, responses=Responses(budget=10))
    # premium 1 a unit for four units, 3 a unit after that: 4 + 6 / 3 = 6 units
    assert total(plan, "orders", supplier="BROKER") == pytest.approx(6)


def test_a_source_that_ends_is_bought_from_ahead_as_long_as_it_lasts() -> None:
    network = tiny(
        periods=4,
        holding_rate=5.2,
        items="""
            item  unit_cost
            CHIP  10
        """,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  available_to
            CHIP  PLANT     OLD       0          10         1
        """,
        demand=f"""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       5         {11.5}           0
            CHIP  PLANT     1       5         {11.5}           0
            CHIP  PLANT     2       5         {11.5}           0
            CHIP  PLANT     3       5         {11.5}           0
        """,
    )
    plan = planned(network)
    # a unit is kept for 10 x 5.2 / 52 = 1 a week: kept for period 2 it earns 0.5, for 3 it loses
    assert by_period(plan, "orders") == [5, 10, 0, 0]
    assert served(plan) == [5, 5, 5, 0]
    assert profit(plan) == pytest.approx(15 * 1.5 - 5 * 1)
