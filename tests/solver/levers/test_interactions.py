"""One scarcity, several ways out: the cheapest is chosen, and the choice flips where costs cross.

Cars need a chip that none has in weeks 0 to 2, and the line runs in these weeks only. The ways out:
a substitute at ``substitute`` a car; a new source, ready in week 2, at ``qualification`` once; or
cars built short in week 2, parked for a week at 1 and completed with the chips of week 3 at
``retrofit`` a car.
"""

from __future__ import annotations

import pytest

from solver.plan import Plan
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import planned
from tests.support import money, profit, served, tiny, total


def scarcity(
    substitute: float,
    qualification: float,
    retrofit: float,
    *,
    cars: float = 10,
    places: object = "-",
    approved: int = 0,
    revenue: float = 20,
) -> Network:
    return tiny(
        periods=5,
        production="item location\nCAR PLANT",
        production_resources="item location resource\nCAR PLANT LINE",
        resources="resource location capacity\nLINE PLANT 100",
        capacities="kind owner valid_from valid_to capacity\nresources LINE 3 - 0",
        bom="item component quantity_per\nCAR CHIP 1",
        stock="item location quantity\nCLONE PLANT 100",
        sourcing=f"""
            item  location  supplier  lead_time  qualification_time  qualification_cost
            CHIP  PLANT     NEW       0          2                   {qualification}
        """,
        scheduled_receipts=f"""
            order_id  item  location  quantity  due
            PO        CHIP  PLANT     {cars}    3
        """,
        substitutes=f"""
            item  component  substitute  location  extra_cost    approved_from
            CAR   CHIP       CLONE       PLANT     {substitute}  {approved}
        """,
        short_builds=f"""
            item  component  location  places    weekly_cost  retrofit_cost
            CAR   CHIP       PLANT     {places}  1            {retrofit}
        """,
        demand=f"""
            item  location  period  quantity  unit_revenue
            CAR   PLANT     0       {cars}    {revenue}
        """,
    )


def ways(plan: Plan) -> list[float]:
    """Cars sold with a substitute, with a chip of the new source, and built short."""
    replaced, completed = total(plan, "substitutions"), total(plan, "retrofits")
    bought = sum(served(plan)) - replaced - completed
    return [pytest.approx(units, abs=1e-6) for units in (replaced, bought, completed)]


@pytest.mark.parametrize(
    ("costs", "cars", "paid"),
    [
        ((2.9, 30.0, 2.0), [10, 0, 0], 29.0),  # 29 against 30 and 10 x (1 + 2) = 30
        ((3.1, 30.0, 2.1), [0, 10, 0], 30.0),  # 31, 30, 31
        ((3.1, 31.0, 1.9), [0, 0, 10], 29.0),  # 31, 31, 29
        ((3.1, 28.9, 1.9), [0, 10, 0], 28.9),
        ((2.8, 28.9, 1.9), [10, 0, 0], 28.0),
        ((21.0, 201.0, 20.0), [0, 0, 0], 0.0),  # a car earns 20: none of them pays
        ((21.0, 199.0, 20.0), [0, 10, 0], 199.0),
        ((21.0, 201.0, 18.9), [0, 0, 10], 199.0),
    ],
)
def test_the_cheapest_way_out_is_taken_for_all_cars(
    costs: tuple[float, float, float], cars: list[float], paid: float
) -> None:
    plan = planned(scarcity(*costs))
    assert ways(plan) == cars
    assert money(plan, "premium") == [pytest.approx(paid)]
    assert profit(plan) == pytest.approx(sum(cars) * 20 - paid)


@pytest.mark.parametrize(("cars", "substituted"), [(9.9, 9.9), (10.1, 0.0)])
def test_a_qualification_pays_from_the_number_of_cars_that_share_its_cost(
    cars: float, substituted: float
) -> None:
    plan = planned(scarcity(3, 30, 9, cars=cars))  # 30 / 3 = 10 cars
    assert total(plan, "substitutions") == pytest.approx(substituted)
    assert sum(served(plan)) == pytest.approx(cars)


@pytest.mark.parametrize(
    ("qualification", "cars"),
    [(26.1, [6, 0, 4]), (25.9, [0, 10, 0])],
)
def test_two_limited_ways_together_stand_against_one_that_serves_all(
    qualification: float, cars: list[float]
) -> None:
    # 4 places: 4 x (1 + 1) + 6 x 3 = 26
    assert ways(planned(scarcity(3, qualification, 1, places=4))) == cars


def test_a_way_that_comes_too_late_is_no_way() -> None:
    # approved when the line stands still
    assert ways(planned(scarcity(0.1, 30, 2.1, approved=3))) == [0, 10, 0]


@pytest.mark.parametrize(
    ("forbidden", "cars"),
    [
        ({}, [10, 0, 0]),
        ({"substitutes": False}, [0, 10, 0]),
        ({"substitutes": False, "alternates": False}, [0, 0, 10]),
        ({"substitutes": False, "alternates": False, "short_builds": False}, [0, 0, 0]),
        ({"budget": 28.0}, [10, 0, 0]),  # cars that the budget buys: 28 / 2 > 10
        ({"substitutes": False, "budget": 29.0}, [0, 0, 29 / 4]),  # 30 is above it: 1 + 3 a car
    ],
)
def test_the_next_best_way_is_taken_where_the_best_is_not_permitted(
    forbidden: dict[str, object], cars: list[float]
) -> None:
    plan = planned(scarcity(2, 30, 3), responses=Responses(**forbidden))  # type: ignore[arg-type]
    assert ways(plan) == cars
