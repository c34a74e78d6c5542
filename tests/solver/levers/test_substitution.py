"""(C12) Substitutes: the green list."""

from __future__ import annotations

import pytest

from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import planned, with_settings
from tests.support import by_period, money, profit, served, tiny, total


def cars(
    *,
    stock: dict[str, float],
    green: str,
    wanted: tuple[float, ...] = (10,),
    revenue: float = 20,
    per_car: float = 1,
    extra: str = "",
    **tables: str,
) -> Network:
    """A car of ``per_car`` units of OLD (and more in ``extra``), with a green list."""
    held = "\n".join(f"{item} PLANT {units}" for item, units in stock.items())
    due = "\n".join(f"CAR PLANT {t} {q} {revenue} 0" for t, q in enumerate(wanted))
    return tiny(
        periods=len(wanted),
        production="item location\nCAR PLANT",
        bom=f"item component quantity_per\nCAR OLD {per_car}\n{extra}",
        stock=f"item location quantity\n{held}",
        demand=f"item location period quantity unit_revenue lost_after\n{due}",
        substitutes=green,
        **tables,
    )


GREEN = """
    item  component  substitute  location  ratio  extra_cost
    CAR   OLD        NEW         PLANT     1      3
"""


def test_old_and_new_are_mixed_within_one_week() -> None:
    plan = planned(cars(stock={"OLD": 6, "NEW": 9}, green=GREEN))
    # six cars of the old component, four of the new at 3 more each
    assert served(plan) == [10]
    assert by_period(plan, "substitutions") == [4]
    assert by_period(plan, "substitutions", "used") == [4]
    assert money(plan, "substitution") == [12]
    assert profit(plan) == pytest.approx(10 * 20 - 12)


def test_a_ratio_takes_more_of_the_substitute() -> None:
    green = GREEN.replace("1      3", "2      3")
    plan = planned(cars(stock={"OLD": 6, "NEW": 5}, green=green))
    # two of the new for each of the old: 5 / 2 more cars
    assert served(plan) == [8.5]
    assert by_period(plan, "substitutions") == [2.5]
    assert by_period(plan, "substitutions", "used") == [5]
    assert money(plan, "substitution") == [7.5]


def test_no_more_is_replaced_than_the_builds_use() -> None:
    plan = planned(cars(stock={"NEW": 100}, green=GREEN, per_car=2))
    assert by_period(plan, "substitutions") == [20]
    assert by_period(plan, "inventory", "on_hand", item="NEW") == [80]
    assert by_period(plan, "inventory", "on_hand", item="OLD") == [0]


@pytest.mark.parametrize(("extra_cost", "built"), [(19.9, 10.0), (20.1, 6.0)])
def test_a_substitute_is_used_where_it_costs_less_than_the_unit_earns(
    extra_cost: float, built: float
) -> None:
    green = GREEN.replace("1      3", f"1      {extra_cost}")
    assert served(planned(cars(stock={"OLD": 6, "NEW": 9}, green=green))) == [built]


def test_a_substitute_counts_from_its_approval() -> None:
    green = """
        item  component  substitute  location  approved_from
        CAR   OLD        NEW         PLANT     1
    """
    plan = planned(cars(stock={"OLD": 4, "NEW": 20}, green=green, wanted=(10, 10)))
    assert served(plan) == [4, 10]
    assert by_period(plan, "substitutions")[0] == 0


def test_a_frozen_week_has_no_substitution() -> None:
    network = cars(stock={"OLD": 4, "NEW": 20}, green=GREEN, wanted=(10, 10))
    plan = planned(with_settings(network, frozen_periods=1))
    assert served(plan) == [4, 10]
    assert by_period(plan, "substitutions")[0] == 0


def test_a_chain_of_substitutes_multiplies_ratios_and_adds_costs() -> None:
    green = """
        item  component  substitute  location  ratio  extra_cost
        CAR   OLD        NEW         PLANT     2      3
        CAR   NEW        LATEST      PLANT     3      1
    """
    plan = planned(cars(stock={"OLD": 1, "NEW": 4, "LATEST": 12}, green=green))
    # one car of OLD, 4 / 2 = 2 of NEW, 12 / 3 / 2 = 2 of LATEST, which replaces NEW
    assert served(plan) == [5]
    assert [total(plan, "substitutions", component=c) for c in ("OLD", "NEW")] == [4, 4]
    assert total(plan, "substitutions", "used", substitute="LATEST") == 12
    assert money(plan, "substitution") == [pytest.approx(4 * 3 + 4 * 1)]


def test_a_substitute_that_the_car_has_anyway_is_replaced_in_both_uses() -> None:
    green = """
        item  component  substitute  location
        CAR   OLD        NEW         PLANT
        CAR   NEW        LATEST      PLANT
    """
    network = cars(stock={"NEW": 4, "LATEST": 16}, green=green, extra="CAR NEW 1")
    plan = planned(network)
    # two components a car, from 4 + 16 units: all that is NEW in the car or in place of OLD
    assert served(plan) == [10]
    assert total(plan, "substitutions", component="OLD") == 10
    assert total(plan, "substitutions", component="NEW") == 16


def test_an_approval_holds_for_its_parent_and_its_plant_only() -> None:
    network = tiny(
        periods=1,
        production="""
            item  location
            CAR   NORTH
            CAR   SOUTH
            VAN   NORTH
        """,
        bom="""
            item  component  quantity_per
            CAR   OLD        1
            VAN   OLD        1
        """,
        stock="""
            item  location  quantity
            NEW   NORTH     50
            NEW   SOUTH     50
            OLD   NORTH     0
        """,
        demand="""
            item  location  period  quantity  unit_revenue
            CAR   NORTH     0       5         20
            CAR   SOUTH     0       5         20
            VAN   NORTH     0       5         20
        """,
        sourcing="""
            item  location  supplier  lead_time  capacity
            OLD   NORTH     FAB       0          1
            OLD   SOUTH     FAB       0          0
        """,
        substitutes="""
            item  component  substitute  location
            CAR   OLD        NEW         NORTH
        """,
    )
    plan = planned(network)
    sold = [total(plan, "deliveries", item="CAR", location=p) for p in ("NORTH", "SOUTH")]
    assert sold == [5, 0]
    assert total(plan, "deliveries", item="VAN") == 1


def test_a_wildcard_approves_for_every_parent_and_plant() -> None:
    green = """
        item  component  substitute  location
        *     OLD        NEW         *
    """
    assert served(planned(cars(stock={"NEW": 10}, green=green))) == [10]


def test_substitutes_are_a_response_and_never_as_is() -> None:
    network = cars(stock={"OLD": 6, "NEW": 9}, green=GREEN)
    assert served(planned(network, "as-is")) == [6]
    assert served(planned(network, responses=Responses(substitutes=False))) == [6]


PRICES = """
    item  location  supplier  lead_time  unit_cost  capacity
    OLD   PLANT     FAB       0          5          4
    NEW   PLANT     FAB       0          4          -
"""


@pytest.mark.parametrize(
    ("ratio", "extra", "premium"),
    [
        (1, 3, 2.0),  # 3 + 4 - 5
        (2, 3, 6.0),  # 3 + 2 x 4 - 5
        (1, 0.5, 0.0),  # 0.5 + 4 - 5 is below nothing
    ],
)
def test_the_premium_is_what_the_substitute_costs_more_than_the_component(
    ratio: float, extra: float, premium: float
) -> None:
    green = f"""
        item  component  substitute  location  ratio  extra_cost
        CAR   OLD        NEW         PLANT     {ratio}  {extra}
    """
    plan = planned(cars(stock={}, green=green, sourcing=PRICES))
    replaced = total(plan, "substitutions")
    assert replaced == (6 if premium else 10)  # the cheaper component is used throughout
    assert total(plan, "substitutions", "premium") == pytest.approx(premium * replaced)
    assert money(plan, "premium") == [pytest.approx(premium * replaced)]


def test_a_budget_limits_substitution() -> None:
    network = cars(stock={}, green=GREEN, sourcing=PRICES)
    plan = planned(network, responses=Responses(budget=5))
    assert total(plan, "substitutions") == pytest.approx(2.5)  # 5 / (3 + 4 - 5)


def test_the_substitute_itself_is_bought_for_the_purpose() -> None:
    plan = planned(cars(stock={}, green=GREEN, sourcing=PRICES))
    # 4 cars of OLD at 5 and 6 of NEW at 4 + 3
    assert [total(plan, "orders", item=i) for i in ("OLD", "NEW")] == [4, 6]
    assert profit(plan) == pytest.approx(10 * 20 - 4 * 5 - 6 * 7)
