"""(C14) Build short and retrofit."""

from __future__ import annotations

import pytest

from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import planned, with_settings
from tests.support import by_period, money, profit, served, tiny, total


def cars(
    *,
    periods: int = 4,
    chips: int = 2,
    arrive: int = 2,
    line: object = 10,
    places: object = "-",
    weekly: float = 1,
    retrofit: float = 2,
    lead_time: int = 0,
    revenue: float = 20,
    due: int = 0,
    bucket: str = "week",
    start: str = "2025-12-29",
    **tables: str,
) -> Network:
    """Ten cars of ``chips`` chips wanted from ``due`` on; the chips arrive all at once.

    From period 1 on the line stands still, so that a car not built in 0 is not built at all.
    """
    return tiny(
        periods=periods,
        bucket=bucket,  # type: ignore[arg-type]
        start=start,
        production="item location unit_cost\nCAR PLANT 1",
        production_resources="item location resource\nCAR PLANT LINE",
        resources=f"resource location capacity\nLINE PLANT {line}",
        capacities="kind owner valid_from valid_to capacity\nresources LINE 1 - 0",
        bom=f"item component quantity_per\nCAR CHIP {chips}\nCAR BODY 1",
        stock="item location quantity\nBODY PLANT 50",
        scheduled_receipts=f"""
            order_id  item  location  quantity  due
            PO        CHIP  PLANT     100       {arrive}
        """,
        short_builds=f"""
            item  component  location  places  weekly_cost  retrofit_cost  lead_time
            CAR   CHIP       PLANT     {places}  {weekly}   {retrofit}     {lead_time}
        """,
        demand=f"""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     {due}   10        {revenue}
        """,
        **tables,
    )


def test_cars_are_built_short_parked_and_completed_when_the_chips_come() -> None:
    plan = planned(cars())
    # built in 0, parked at the end of 0 and 1, fitted and sold in 2
    assert by_period(plan, "short_builds") == [10, 0, 0, 0]
    assert by_period(plan, "parked") == [10, 10, 0, 0]
    assert by_period(plan, "retrofits") == [0, 0, 10, 0]
    assert served(plan) == [0, 0, 10, 0]
    assert money(plan, "production", "retrofit", "premium") == [10, 2 * 10 * 1 + 10 * 2, 40]
    assert profit(plan) == pytest.approx(10 * 20 - 10 - 40)


def test_the_component_is_used_at_the_retrofit_and_the_others_at_the_build() -> None:
    plan = planned(cars())
    assert by_period(plan, "inventory", "uses", item="CHIP") == [0, 0, 20, 0]
    assert by_period(plan, "inventory", "uses", item="BODY") == [10, 0, 0, 0]


def test_a_short_build_takes_the_capacity_of_a_build() -> None:
    plan = planned(cars(line=7))
    assert by_period(plan, "short_builds") == [7, 0, 0, 0]
    assert by_period(plan, "capacity_use", "used", kind="resources") == [7, 0, 0, 0]


def test_parking_places_limit_what_stands_at_the_end_of_a_period() -> None:
    plan = planned(cars(places=4))
    assert by_period(plan, "parked") == [4, 4, 0, 0]
    assert sum(served(plan)) == 4


def test_a_retrofit_takes_its_time() -> None:
    plan = planned(cars(lead_time=1))
    assert by_period(plan, "retrofits") == [0, 0, 10, 0]
    assert by_period(plan, "retrofits", at="receipt") == [0, 0, 0, 10]
    assert served(plan) == [0, 0, 0, 10]
    # parked only until the retrofit starts
    assert by_period(plan, "parked") == [10, 10, 0, 0]


def test_a_car_that_cannot_be_completed_by_the_end_earns_nothing_and_is_not_built() -> None:
    plan = planned(cars(lead_time=2))
    assert profit(plan) == 0
    assert total(plan, "short_builds") == 0


@pytest.mark.parametrize(("weekly", "built"), [(8.4, 10), (8.6, 0)])
def test_building_short_pays_up_to_the_price_of_parking(weekly: float, built: float) -> None:
    # 20 - 1 - 2 = 17 a car for two weeks of parking
    assert total(planned(cars(weekly=weekly)), "short_builds") == built


@pytest.mark.parametrize(
    ("bucket", "start", "weeks"),
    [
        ("week", "2025-12-29", 1.0),
        ("month", "2026-01-01", 52 / 12),
        ("day", "2026-01-01", 52 / 365),
    ],
)
def test_parking_is_paid_by_the_week_whatever_the_periods(
    bucket: str, start: str, weeks: float
) -> None:
    plan = planned(cars(bucket=bucket, start=start))
    assert total(plan, "parked", "cost") == pytest.approx(2 * 10 * weeks, rel=1e-3)


def test_parked_cars_are_never_in_stock() -> None:
    plan = planned(cars())
    assert by_period(plan, "inventory", "on_hand", item="CAR") == [0, 0, 0, 0]


def test_building_short_is_a_response_and_never_as_is() -> None:
    for plan in (
        planned(cars(), "as-is"),
        planned(cars(), responses=Responses(short_builds=False)),
    ):
        assert sum(served(plan)) == 0


def test_a_frozen_week_builds_nothing_short() -> None:
    assert profit(planned(with_settings(cars(), frozen_periods=1))) == 0


def test_a_budget_limits_building_short() -> None:
    # premium a car: two weeks at 1 and a retrofit at 2
    plan = planned(cars(), responses=Responses(budget=12))
    assert total(plan, "short_builds") == pytest.approx(3)


def test_only_the_listed_component_may_be_left_out_and_only_one() -> None:
    """Without bodies nothing can be built, short of a chip or not."""
    network = cars()
    stock = network.table("stock").assign(quantity=0.0)
    assert profit(planned(network.replace(stock=stock))) == 0
    both = """
        item  component  location
        CAR   CHIP       PLANT
        CAR   BODY       PLANT
    """
    tables = {
        "production": "item location\nCAR PLANT",
        "bom": "item component quantity_per\nCAR CHIP 1\nCAR BODY 1",
        "short_builds": both,
        "demand": "item location period quantity unit_revenue\nCAR PLANT 0 10 20",
        "production_resources": "item location resource\nCAR PLANT LINE",
        "resources": "resource location capacity\nLINE PLANT 10",
        "capacities": "kind owner valid_from valid_to capacity\nresources LINE 1 - 0",
    }
    late = """
        order_id  line  item  location  quantity  due
        PO        1     CHIP  PLANT     10        1
        PO        2     BODY  PLANT     10        {}
    """
    assert sum(served(planned(tiny(2, **tables, scheduled_receipts=late.format(0))))) == 10
    assert sum(served(planned(tiny(2, **tables, scheduled_receipts=late.format(1))))) == 0


def test_two_kinds_of_short_cars_of_one_version_share_line_and_demand_but_not_places() -> None:
    network = tiny(
        periods=2,
        production="item location\nCAR PLANT",
        production_resources="item location resource\nCAR PLANT LINE",
        resources="resource location capacity\nLINE PLANT 10",
        capacities="kind owner valid_from valid_to capacity\nresources LINE 1 - 0",
        bom="item component quantity_per\nCAR CHIP 1\nCAR BODY 1",
        stock="item location quantity\nCHIP PLANT 3\nBODY PLANT 4",
        scheduled_receipts="""
            order_id  line  item  location  quantity  due
            PO        1     CHIP  PLANT     10        1
            PO        2     BODY  PLANT     10        1
        """,
        short_builds="""
            item  component  location  places
            CAR   CHIP       PLANT     3
            CAR   BODY       PLANT     2
        """,
        demand="item location period quantity unit_revenue\nCAR PLANT 1 10 20",
    )
    plan = planned(network)
    # 3 without chip take 3 of 4 bodies, 2 without body 2 of 3 chips: what is left makes 1 whole car
    assert [total(plan, "short_builds", component=c) for c in ("CHIP", "BODY")] == [3, 2]
    assert total(plan, "builds") == 1
    assert sum(served(plan)) == 6


def test_a_version_with_a_price_reduction_keeps_it_when_built_short() -> None:
    network = cars()
    cheaper = network.table("production").assign(price_reduction=5.0)
    plan = planned(network.replace(production=cheaper))
    assert money(plan, "price_reduction") == [50]
    assert profit(plan) == pytest.approx(10 * (20 - 5) - 10 - 40)
