"""Tiny plans lived through futures that are solved by hand, and one with a known distribution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from solver.plan import Plan
from supplychain.disruptions import PlantOutage, SupplierOutage
from supplychain.network import Network
from supplychain.simulation import (
    Futures,
    Simulation,
    certain_futures,
    rank_item_locations,
    revenue_values,
    simulate,
)
from supplychain.simulation.execution import read_execution, sampled_arrivals
from supplychain.simulation.lines import OWN_CAPACITY, read_lines
from supplychain.simulation.step import Lived, initial_state, step
from tests.support import START, plan_only, tiny, under

WEEKS = pd.date_range(START, periods=8, freq="7D")


def lived_through(
    network: Network, tables: Mapping[str, pd.DataFrame], futures: Futures
) -> list[Lived]:
    execution = read_execution(network, tables)
    arrivals, state = sampled_arrivals(execution, futures), initial_state(execution, futures)
    periods = []
    for _ in range(execution.periods):
        state, lived = step(execution, futures, arrivals, state)
        periods.append(lived)
    return periods


def loads(network: Network, plan: Plan, futures: Futures, line: str) -> list[float]:
    """Load of a line by period, in the first sample."""
    execution = read_execution(network, plan.tables)
    lines = read_lines(execution, plan.tables["builds"], None)
    row = lines.table.index[lines.table["name"] == line][0]
    options = execution.activities.option[execution.activities.kind == 0]
    periods = lived_through(network, plan.tables, futures)
    return [float(lines.per_unit[row, options] @ lived.builds[:, 0]) for lived in periods]


def with_demand(futures: Futures, *samples: list[float]) -> Futures:
    """The same futures with this demand, a list by demand row for each sample."""
    demand = np.array(samples, dtype=float).T
    count = demand.shape[1]
    return Futures(demand, np.repeat(futures.order_delays[:, :1], count, axis=1),
                   np.repeat(futures.receipt_delays[:, :1], count, axis=1))  # fmt: skip


def with_late_orders(futures: Futures, plan: Plan, *late: tuple[int, str, int]) -> Futures:
    """The same futures with (sample, item, period of receipt) a period late."""
    delays = futures.order_delays.copy()
    orders = plan.tables["orders"]
    for sample, item, period in late:
        rows = (orders["item"] == item) & (orders["receipt"] == WEEKS[period])
        assert rows.sum() == 1
        delays[rows.to_numpy(), sample] = 1
    return Futures(futures.demand, delays, futures.receipt_delays)


def of_item(result: Simulation, column: str, item: str, location: str) -> list[float]:
    stock = result.stock
    rows = stock[(stock["item"] == item) & (stock["location"] == location)]
    return [float(value) for value in rows[column]]


def down(result: Simulation, name: str) -> pd.Series:
    return result.line_down.set_index("name").loc[name]


def car_line(capacity: int = 20, periods: int = 4) -> Network:
    """Ten cars a week, each with a chip that is ordered a week ahead as late as can be."""
    return tiny(
        periods=periods,
        holding_rate=0.1,
        items="""
            item  unit_cost
            CAR   20
            CHIP  5
        """,
        stock="""
            item  location  quantity
            CHIP  PLANT     10
        """,
        production="""
            item  location
            CAR   PLANT
        """,
        production_resources="""
            item  location  resource
            CAR   PLANT     LINE
        """,
        resources=f"""
            resource  location  capacity
            LINE      PLANT     {capacity}
        """,
        bom="""
            item  component  quantity_per
            CAR   CHIP       1
        """,
        sourcing="""
            item  location  supplier  lead_time
            CHIP  PLANT     FAB       1
        """,
        demand="item location period quantity unit_revenue backorder_cost\n"
        + "\n".join(f"CAR PLANT {n} 10 100 1" for n in range(periods)),
    )


# --- execution ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "expected"), [(20, [10, 0, 20, 10]), (15, [10, 0, 15, 15]), (10, [10, 0, 10, 10])]
)
def test_a_late_component_stops_the_line_which_catches_up_as_far_as_it_can(
    capacity: int, expected: list[float]
) -> None:
    network = car_line(capacity)
    plan = plan_only(network, "as-is")
    futures = with_late_orders(certain_futures(network, plan.tables), plan, (0, "CHIP", 1))
    assert loads(network, plan, futures, "LINE") == pytest.approx(expected)
    result = simulate(network, plan.tables, futures)
    # the oldest cars are delivered first, so that all that follow are a week late as well
    on_time = {20: 30, 15: 25, 10: 10}[capacity]
    assert result.totals["on_time"].tolist() == pytest.approx([on_time])
    assert result.totals["open"].tolist() == pytest.approx([40 - sum(expected)])
    assert of_item(result, "probability_of_stock_out", "CHIP", "PLANT") == [0, 1, 0, 0]
    assert of_item(result, "expected_shortage", "CHIP", "PLANT") == pytest.approx([0, 10, 0, 0])


def shop(stock: float, demand: list[float], lost_after: str = "-") -> Network:
    return tiny(
        periods=len(demand),
        stock=f"item location quantity\nCAR SHOP {stock}",
        demand="item location period quantity unit_revenue lost_after\n"
        + "\n".join(f"CAR SHOP {n} {units} 100 {lost_after}" for n, units in enumerate(demand)),
    )


def test_a_doubled_demand_drains_the_stock_and_then_waits() -> None:
    network = shop(40, [10, 10, 10, 10])
    plan = plan_only(network, "as-is")
    futures = with_demand(certain_futures(network, plan.tables), [20, 20, 20, 20])
    result = simulate(network, plan.tables, futures)
    assert of_item(result, "on_hand_mean", "CAR", "SHOP") == pytest.approx([20, 0, 0, 0])
    assert of_item(result, "expected_shortage", "CAR", "SHOP") == pytest.approx([0, 0, 20, 20])
    assert result.totals.iloc[0].tolist() == pytest.approx([80, 40, 0, 0, 40])


def test_what_waits_too_long_is_lost_and_what_still_may_be_served_is_open() -> None:
    network = shop(40, [10, 10, 10, 10], lost_after="1")
    plan = plan_only(network, "as-is")
    futures = with_demand(certain_futures(network, plan.tables), [20, 20, 20, 20])
    # of week 2, 20 units are lost after week 3; those of week 3 may wait for a week beyond
    assert simulate(network, plan.tables, futures).totals.iloc[0].tolist() == pytest.approx(
        [80, 40, 0, 20, 20]
    )


def test_demand_that_stays_away_leaves_its_stock() -> None:
    network = shop(40, [10, 10, 10, 10])
    plan = plan_only(network, "as-is")
    futures = with_demand(certain_futures(network, plan.tables), [5, 0, 10, 10])
    result = simulate(network, plan.tables, futures)
    assert of_item(result, "on_hand_mean", "CAR", "SHOP") == pytest.approx([35, 35, 25, 15])
    assert result.totals["on_time"].tolist() == pytest.approx([25])


def test_one_of_two_equally_likely_futures_is_a_probability_of_one_half() -> None:
    network = shop(12, [4, 4, 4])
    plan = plan_only(network, "as-is")
    futures = with_demand(certain_futures(network, plan.tables), [4, 4, 6], [2, 2, 2])
    result = simulate(network, plan.tables, futures)
    assert of_item(result, "probability_of_stock_out", "CAR", "SHOP") == [0, 0, 0.5]
    assert of_item(result, "expected_shortage", "CAR", "SHOP") == pytest.approx([0, 0, 1])
    assert of_item(result, "on_hand_P10", "CAR", "SHOP") == pytest.approx([8.2, 4.4, 0.6])


def test_the_share_that_a_plan_serves_of_its_demand_is_served_of_any_demand() -> None:
    # a plan that serves half of each customer, and keeps the half of B until week 1
    network = tiny(
        periods=2,
        stock="""
            item  location  quantity
            CAR   SHOP      10
        """,
        demand="""
            item  location  period  customer  quantity  unit_revenue  lost_after
            CAR   SHOP      0       A         10        100           0
            CAR   SHOP      1       B         10        100           0
        """,
    )
    tables = dict(plan_only(network, "as-is").tables)
    demand = network.table("demand")[["item", "location", "period", "customer"]]
    tables["deliveries"] = demand.assign(served=demand["period"], quantity=5.0)
    tables["inventory"] = tables["inventory"].assign(on_hand=[5.0, 0.0], uses=[5.0, 5.0])
    certain = certain_futures(network, tables)
    futures = with_demand(certain, [10, 10], [16, 16], [4, 10], [0, 10])
    first, second = (lived.delivered for lived in lived_through(network, tables, futures))
    # A gets half of what it wants, B half and what is spare
    assert first[0].tolist() == pytest.approx([5, 8, 4, 0])
    assert second[0].tolist() == pytest.approx([5, 2, 6, 10])


def test_the_oldest_demand_is_served_first_and_equals_share() -> None:
    network = tiny(
        periods=3,
        scheduled_receipts="""
            order_id  item  location  quantity  due
            PO        CAR   SHOP      30        0
        """,
        demand="""
            item  location  period  customer  quantity  unit_revenue
            CAR   SHOP      0       A         6         100
            CAR   SHOP      1       A         4         100
            CAR   SHOP      1       B         8         100
        """,
    )
    plan = plan_only(network, "as-is")
    certain = certain_futures(network, plan.tables)
    late = Futures(certain.demand * 2.5, certain.order_delays, certain.receipt_delays + 2)
    last = lived_through(network, plan.tables, late)[2]
    # 15 + 10 + 20 units wait for 30: 15 go to the first row, 15 to those of week 1 as 1 to 2
    assert last.delivered[:, 0].tolist() == pytest.approx([15, 5, 10])


def two_products(glass: int) -> Network:
    """A and B share 40 chips a week; each of them has a pane of its own, A's from a receipt."""
    return tiny(
        periods=1,
        scheduled_receipts=f"""
            order_id  item   location  quantity  due
            PO-1      CHIP   PLANT     20        0
            PO-2      CHIP   PLANT     20        0
            PO-3      GLASS  PLANT     {glass}   0
            PO-4      GLASS  PLANT     {10 - glass}   0
        """,
        production="""
            item  location
            A     PLANT
            B     PLANT
        """,
        bom="""
            item  component  quantity_per
            A     CHIP       1
            A     GLASS      1
            B     CHIP       3
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            A     PLANT     0       10        100
            B     PLANT     0       10        100
        """,
    )


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ([0, 1, 0, 0], [5, 5]),  # 20 of 40 chips: half of each
        ([0, 1, 1, 0], [1.25, 6.25]),  # A has panes for 2, so that 20 of 32 chips are there
        ([0, 1, 1, 1], [0, 20 / 3]),  # A has none: B takes all the chips
    ],
)
def test_builds_share_a_short_component_in_proportion_to_what_else_allows(
    late: list[int], expected: list[float]
) -> None:
    network = two_products(glass=8)
    plan = plan_only(network, "as-is")
    certain = certain_futures(network, plan.tables)
    delays = np.array(late)[:, None]
    futures = Futures(certain.demand, certain.order_delays, delays)
    builds = lived_through(network, plan.tables, futures)[0].builds[:, 0]
    assert builds.tolist() == pytest.approx(expected)


def test_a_transfer_waits_for_its_stock_and_catches_up_within_its_lane() -> None:
    network = tiny(
        periods=4,
        scheduled_receipts="""
            order_id  item  location  quantity  due
            PO        CAR   PLANT     30        0
        """,
        lanes="""
            item  origin  destination  lead_time  unit_cost  capacity
            CAR   PLANT   SHOP         1          1          12
        """,
        demand="""
            item  location  period  quantity  unit_revenue  backorder_cost
            CAR   SHOP      1       10        100           1
            CAR   SHOP      2       10        100           1
            CAR   SHOP      3       10        100           1
        """,
    )
    plan = plan_only(network, "as-is")
    certain = certain_futures(network, plan.tables)
    late = Futures(certain.demand, certain.order_delays, certain.receipt_delays + 1)
    result = simulate(network, plan.tables, late)
    assert of_item(result, "on_hand_mean", "CAR", "PLANT") == pytest.approx([0, 18, 6, 0])
    assert of_item(result, "probability_of_stock_out", "CAR", "PLANT") == [1, 0, 0, 0]
    # 12 and 12 arrive in weeks 2 and 3: 10 late and 2 on time, 8 late and 4 on time
    assert result.totals.iloc[0].tolist() == pytest.approx([30, 6, 18, 0, 6])


def test_nothing_arrives_before_it_is_ordered() -> None:
    network = car_line()
    plan = plan_only(network, "as-is")
    certain = certain_futures(network, plan.tables)
    early = Futures(certain.demand, certain.order_delays - 5, certain.receipt_delays)
    arrivals = [float(lived.arrivals[1, 0]) for lived in lived_through(network, plan.tables, early)]
    # chips planned for weeks 1 to 3 are ordered in weeks 0 to 2; no plan orders for week 4
    assert arrivals == pytest.approx([10, 10, 10, 0])


# --- measures -----------------------------------------------------------------------------------


def test_the_stock_out_probability_of_poisson_demand_is_its_tail() -> None:
    mean, stock, samples = 4.0, 34, 20_000
    network = shop(stock, [mean] * 8)
    plan = plan_only(network, "as-is")
    demand = np.random.default_rng(7).poisson(mean, (8, samples)).astype(float)
    certain = certain_futures(network, plan.tables, samples)
    futures = Futures(demand, certain.order_delays, certain.receipt_delays)
    result = simulate(network, plan.tables, futures)
    expected = poisson.sf(stock, mean * np.arange(1, 9))
    error = np.sqrt(expected * (1 - expected) / samples)
    found = np.array(of_item(result, "probability_of_stock_out", "CAR", "SHOP"))
    assert (np.abs(found - expected) <= 4 * error + 1e-9).all()
    # expected stock at the end is E max(34 - X, 0) of X Poisson with mean 32
    units = np.arange(stock)
    left = float(((stock - units) * poisson.pmf(units, 32)).sum())
    assert of_item(result, "on_hand_mean", "CAR", "SHOP")[-1] == pytest.approx(left, rel=0.02)


def test_days_of_supply_are_the_stock_over_the_mean_need_of_the_next_four_weeks() -> None:
    network = shop(60, [10, 10, 20, 0, 0, 10])
    plan = plan_only(network, "as-is")
    result = simulate(network, plan.tables, certain_futures(network, plan.tables))
    # 50 units for 30 in 4 weeks, 40 for 30 in 4, 20 for 10 in 3, 20 for 10 in 2, 20 for 10 in 1
    expected = [50 / 30 * 28, 40 / 30 * 28, 20 / 10 * 21, 20 / 10 * 14, 20 / 10 * 7]
    found = of_item(result, "days_of_supply", "CAR", "SHOP")
    assert found[:5] == pytest.approx(expected)
    assert np.isnan(found[5])


# --- lines --------------------------------------------------------------------------------------


def test_quantiles_of_the_first_week_down_over_ten_futures() -> None:
    network = car_line(periods=6)
    plan = plan_only(network, "as-is")
    first_late = [1, 1, 2, 2, 3, 3, 4, 4]  # and two futures in which nothing is late
    late = [(sample, "CHIP", period) for sample, period in enumerate(first_late)]
    futures = with_late_orders(certain_futures(network, plan.tables, 10), plan, *late)
    result = simulate(network, plan.tables, futures)
    for name in ("LINE", "CAR"):
        row = down(result, name)
        assert row["probability"] == pytest.approx(0.8)
        assert row["down_P10"] == WEEKS[1]
        assert row["down_P50"] == WEEKS[3]
        assert pd.isna(row["down_P90"])
        assert row[["stopped_by", "stopped_at", "stopped_share"]].tolist() == ["CHIP", "PLANT", 1]


def test_a_line_that_stops_while_nobody_waits_is_not_down() -> None:
    network = car_line()
    plan = plan_only(network, "as-is")
    futures = with_late_orders(certain_futures(network, plan.tables), plan, (0, "CHIP", 1))
    nobody = Futures(futures.demand * [[1], [0], [1], [1]], futures.order_delays,
                     futures.receipt_delays)  # fmt: skip
    assert down(simulate(network, plan.tables, nobody), "LINE")["probability"] == 0


def two_levels() -> Network:
    """Cars of PLANT with an ECU that TIER makes from a chip, and a pane of their own."""
    return tiny(
        periods=8,
        holding_rate=0.1,
        items="""
            item   unit_cost
            CAR    20
            ECU    10
            CHIP   5
            GLASS  5
        """,
        stock="""
            item   location  quantity
            ECU    PLANT     30
            CHIP   TIER      10
            GLASS  PLANT     10
        """,
        production="""
            item  location  lead_time
            CAR   PLANT     0
            ECU   TIER      1
        """,
        production_resources="""
            item  location  resource
            CAR   PLANT     LINE
            ECU   TIER      TIER-LINE
        """,
        resources="""
            resource   location  capacity
            LINE       PLANT     30
            TIER-LINE  TIER      30
        """,
        bom="""
            item  component  quantity_per
            CAR   ECU        1
            CAR   GLASS      1
            ECU   CHIP       1
        """,
        sourcing="""
            item   location  supplier  lead_time  capacity
            ECU    PLANT     TIER      1          -
            CHIP   TIER      FAB       1          12
            GLASS  PLANT     GLAZIER   1          -
        """,
        demand="item location period quantity unit_revenue backorder_cost\n"
        + "\n".join(f"CAR PLANT {n} 10 100 1" for n in range(8)),
    )


def test_the_item_that_stops_a_line_is_found_below_two_levels() -> None:
    network = two_levels()
    plan = plan_only(network, "as-is")
    orders = plan.tables["orders"]
    chips = (orders["item"] == "CHIP").to_numpy()
    certain = certain_futures(network, plan.tables, 3)
    delays = certain.order_delays.copy()
    delays[chips, :2] = 2
    panes = orders["item"] == "GLASS"
    delays[(panes & (orders["receipt"] == WEEKS[3])).to_numpy(), 2] = 1
    futures = Futures(certain.demand, delays, certain.receipt_delays)
    row = down(simulate(network, plan.tables, futures), "LINE")
    # cars stop for want of ECUs, and these for want of chips, two weeks before
    assert row[["stopped_by", "stopped_at"]].tolist() == ["CHIP", "TIER"]
    assert row["stopped_share"] == pytest.approx(2 / 3)
    assert row["probability"] == 1


def test_a_shortage_that_the_plan_foresees_is_found_against_the_calm_plan() -> None:
    network = two_levels()
    calm = plan_only(network, "as-is")
    disrupted = under(network, SupplierOutage(location="FAB", start=WEEKS[1].date(), periods=5))
    plan = plan_only(disrupted, "as-is")
    futures = certain_futures(disrupted, plan.tables)
    result = simulate(disrupted, plan.tables, futures, calm.tables)
    row = down(result, "LINE")
    # the plan orders no panes for the cars that it cannot build, and yet only chips are short
    assert row[["stopped_by", "stopped_at", "stopped_share"]].tolist() == ["CHIP", "TIER", 1]
    short = rank_item_locations(result).query("expected_shortage > 0")
    assert "GLASS" not in set(short["item"])
    assert {"CAR", "ECU", "CHIP"} == set(short["item"])


def test_a_line_without_capacity_is_stopped_by_it() -> None:
    network = car_line()
    calm = plan_only(network, "as-is")
    outage = PlantOutage(location="PLANT", start=WEEKS[1].date(), periods=1)
    disrupted = under(network, outage)
    plan = plan_only(disrupted, "as-is")
    futures = certain_futures(disrupted, plan.tables)
    result = simulate(disrupted, plan.tables, futures, calm.tables)
    row = down(result, "LINE")
    assert row["down_P50"] == WEEKS[1]
    assert row["stopped_by"] == OWN_CAPACITY


# --- ranking ------------------------------------------------------------------------------------


def test_item_locations_are_ranked_by_units_and_by_money_at_risk() -> None:
    network = tiny(
        periods=2,
        stock="""
            item  location  quantity
            BIKE  SHOP      20
            CAR   SHOP      20
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            BIKE  SHOP      0       10        5
            CAR   SHOP      0       10        100
        """,
    )
    plan = plan_only(network, "as-is")
    certain = certain_futures(network, plan.tables)
    result = simulate(network, plan.tables, with_demand(certain, [26, 22], [26, 10]))
    by_units = rank_item_locations(result)
    assert by_units["item"].tolist() == ["BIKE", "CAR"]
    assert by_units["expected_shortage"].tolist() == pytest.approx([6, 1])
    assert by_units["probability_of_stock_out"].tolist() == pytest.approx([1, 0.5])
    assert by_units["first_period"].tolist() == [WEEKS[0], WEEKS[0]]
    by_money = rank_item_locations(result, revenue_values(network))
    assert by_money["item"].tolist() == ["CAR", "BIKE"]
    assert by_money["money_at_risk"].tolist() == pytest.approx([100, 30])
    with pytest.raises(ValueError, match="no unit value for CAR"):
        rank_item_locations(result, pd.Series({"BIKE": 5.0}))


def test_a_component_is_worth_the_revenue_that_waits_for_one_of_it() -> None:
    values = revenue_values(two_products(glass=8))
    # a B needs 3 chips and an A one of 100
    assert values.to_dict() == pytest.approx({"A": 100, "B": 100, "CHIP": 100, "GLASS": 100})
