"""(C8) Floors, priority classes and fairness across plants."""

from __future__ import annotations

import pytest

from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import broken, planned, with_settings
from tests.support import money, profit, served, tiny, total

DEMAND = """
    item  location  period  customer  quantity  unit_revenue  priority
    CAR   WEST      0       FLEET     10        {fleet}       {first}
    CAR   WEST      0       DEALER    10        20            {second}
    VAN   EAST      0       DEALER    10        15            {third}
"""


def scarce(
    chips: float,
    floors: str = "brand customer location share",
    classes: tuple[object, object, object] = ("-", "-", "-"),
    fleet: float = 10,
) -> Network:
    """Chips for some of 30 vehicles: a dealer's car earns 20, his van 15, a fleet car 10."""
    first, second, third = classes
    return tiny(
        periods=1,
        items="item brand\nCAR ALPHA\nVAN BETA",
        production="item location\nCAR WEST\nVAN EAST",
        bom="item component quantity_per\nCAR CHIP 1\nVAN CHIP 1",
        sourcing="""
            item  location  supplier  lead_time  group
            CHIP  WEST      FAB       0          all
            CHIP  EAST      FAB       0          all
        """,
        supplier_capacity=f"supplier group capacity\nFAB all {chips}",
        demand=DEMAND.format(first=first, second=second, third=third, fleet=fleet),
        floors=floors,
    )


def given(plan: object) -> list[float]:
    """Units for the fleet, the dealer's cars, the vans."""
    pairs = (("CAR", "FLEET"), ("CAR", "DEALER"), ("VAN", "DEALER"))
    units = [total(plan, "deliveries", item=i, customer=c) for i, c in pairs]  # type: ignore[arg-type]
    return [pytest.approx(number, abs=1e-6) for number in units]


def test_without_rules_the_best_margin_is_served() -> None:
    assert given(planned(scarce(15))) == [0, 10, 5]


@pytest.mark.parametrize(
    ("floor", "units"),
    [
        ("* FLEET * 0.3", [3, 10, 2]),  # a customer
        ("BETA * * 0.8", [0, 7, 8]),  # a brand
        ("* * WEST 0.9", [8, 10, 0]),  # a market: 18 of its 20 are more than there is: see below
        ("ALPHA DEALER * 0.2", [0, 10, 5]),  # holds anyway
        ("ALPHA FLEET WEST 0.5", [5, 10, 0]),
    ],
)
def test_a_floor_reserves_a_share_of_demand(floor: str, units: list[float]) -> None:
    chips = 18 if "0.9" in floor else 15
    plan = planned(scarce(chips, f"brand customer location share\n{floor}"))
    assert given(plan) == units
    assert broken(plan) == {}


def test_a_floor_above_the_supply_is_missed_by_no_more_than_it_must_be_and_costs_no_money() -> None:
    network = scarce(5, "brand customer location share\n* FLEET * 0.9")
    plan = planned(network)
    assert given(plan) == [5, 0, 0]
    assert broken(plan) == {"floor": pytest.approx(4)}
    row = plan.tables["broken_rules"].iloc[0]
    assert (row["owner"], row["penalty"]) == ("*|FLEET|*", pytest.approx(4 * 10 * 20))
    assert profit(plan) == pytest.approx(50)


def test_a_penalty_of_its_own_makes_a_floor_as_strong_as_stated() -> None:
    network = scarce(10, "brand customer location share\n* FLEET * 0.5")
    # a chip for the fleet instead of the dealer loses 10: worth it at a penalty above that
    assert given(planned(with_settings(network, rule_penalty=11))) == [5, 5, 0]
    assert given(planned(with_settings(network, rule_penalty=9))) == [0, 10, 0]


def test_floors_hold_in_a_plan_that_may_reallocate_and_in_no_other() -> None:
    network = scarce(6, "brand customer location share\n* FLEET * 0.5")
    for plan in (
        planned(network, "as-is"),
        planned(network, responses=Responses(reallocation=False)),
    ):
        assert given(plan) == [2, 2, 2]
        assert broken(plan) == {}
    assert given(planned(network))[0] == 5


def test_a_better_class_comes_first_whatever_it_earns() -> None:
    plan = planned(scarce(15, classes=(1, 2, 3)))
    assert given(plan) == [10, 5, 0]
    assert profit(plan) == pytest.approx(10 * 10 + 5 * 20)  # no weight is money


def test_demand_without_a_class_comes_last() -> None:
    assert given(planned(scarce(15, classes=("-", "-", 1)))) == [0, 5, 10]


def test_one_class_for_all_is_no_class() -> None:
    assert given(planned(scarce(15, classes=(2, 2, 2)))) == [0, 10, 5]


def test_classes_that_are_not_asked_for_do_not_count() -> None:
    plan = planned(scarce(15, classes=(1, 2, 3)), responses=Responses(priorities=False))
    assert given(plan) == [0, 10, 5]


def test_as_is_shares_fairly_within_a_class_and_classes_come_one_after_the_other() -> None:
    assert given(planned(scarce(15, classes=(1, 2, 2)), "as-is")) == [10, 2.5, 2.5]
    assert given(planned(scarce(6, classes=(2, 1, 1)), "as-is")) == [0, 3, 3]


def test_as_is_a_better_class_that_is_due_later_comes_first() -> None:
    network = tiny(
        periods=2,
        stock="item location quantity\nCHIP PLANT 10",
        demand="""
            item  location  period  customer  quantity  unit_revenue  priority
            CHIP  PLANT     0       B         10        9             2
            CHIP  PLANT     1       A         8         1             1
        """,
    )
    for kind in ("as-is", "response"):
        assert served(planned(network, kind)) == [2, 8]  # type: ignore[arg-type]


PLANTS = {
    "production": "item location unit_cost\nCAR WEST 1\nCAR EAST 2",
    "production_resources": """
        item  location  resource
        CAR   WEST      W
        CAR   EAST      E
    """,
    "resources": """
        resource  location  capacity
        W         WEST      20
        E         EAST      10
    """,
    "lanes": """
        item  origin  destination
        CAR   WEST    MARKET
        CAR   EAST    MARKET
    """,
    "demand": "item location period quantity unit_revenue\nCAR MARKET 0 12 20",
}


@pytest.mark.parametrize(
    ("spread", "west", "east"),
    [
        (None, 12, 0),
        (0.0, 8, 4),  # 12 of 30 places: both at 40 %
        (0.3, 10, 2),  # w / 20 - e / 10 = 0.3 with w + e = 12
        (0.6, 12, 0),  # 12 / 20 of the one and nothing of the other are just far enough apart
    ],
)
def test_plants_are_used_as_evenly_as_is_asked(
    spread: float | None, west: float, east: float
) -> None:
    plan = planned(tiny(periods=1, **PLANTS), responses=Responses(plant_spread=spread))
    made = [total(plan, "builds", location=p) for p in ("WEST", "EAST")]
    assert made == [pytest.approx(west), pytest.approx(east)]
    assert broken(plan) == {}


def test_a_spread_that_cannot_be_kept_is_missed_in_units_of_capacity() -> None:
    network = tiny(periods=1, **PLANTS, capacities="""
        kind       owner             valid_from  valid_to  capacity
        production CAR|EAST|standard 0           0         1
    """)  # fmt: skip
    network = with_settings(network, rule_penalty=1)
    plan = planned(network, responses=Responses(plant_spread=0.1))
    # 11 / 20 - 1 / 10 = 0.45 where 0.1 are asked: 0.35 of 30 units of capacity
    assert money(plan, "production") == [11 + 2]
    assert broken(plan) == {"plant_spread": pytest.approx(0.35 * 30)}
    assert plan.tables["broken_rules"]["penalty"].tolist() == [pytest.approx(0.35 * 30)]
    assert plan.tables["broken_rules"]["owner"].tolist() == ["locations"]


def test_resources_that_nothing_uses_are_no_plant_that_stands_still() -> None:
    tables = {**PLANTS, "resources": PLANTS["resources"] + "IDLE NORTH 5"}
    plan = planned(tiny(periods=1, **tables), responses=Responses(plant_spread=0.0))
    assert [total(plan, "builds", location=p) for p in ("WEST", "EAST")] == [8, 4]


def test_plants_are_not_evened_out_as_is() -> None:
    plan = planned(tiny(periods=1, **PLANTS), "as-is")
    assert [total(plan, "builds", location=p) for p in ("WEST", "EAST")] == [12, 0]
