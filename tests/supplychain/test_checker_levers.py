"""The checker passes plans that pull every lever, made by hand, and names what is wrong in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from supplychain.checker import CheckReport, check_plan
from supplychain.network import Network
from tests.supplychain.test_checker import (
    WEEK,
    Allowed,
    Tables,
    car_inputs,
    car_plan,
    changed,
    equations,
    extended,
    frame,
    inventory,
    no_plan,
    settings,
)

ALL = Allowed(budget=None)
TERMS = [
    "revenue", "purchase", "production", "freight", "holding", "backorder", "lost", "substitution",
    "price_reduction", "retrofit", "overtime", "rescheduling", "qualification", "contracts",
    "changes", "closing",
]  # fmt: skip
SERVICE = "item location period customer quantity on_time late lost open"
DELIVERIES = "item location period customer served quantity"
CAPACITY = "kind owner period capacity committed used"
BROKEN = "rule owner period quantity penalty"


def costs(premium: float, **amounts: float) -> pd.DataFrame:
    """The costs table; the profit follows from the other terms."""
    terms = dict.fromkeys(TERMS, 0.0) | amounts
    earned = terms["revenue"] + terms["closing"]
    profit = 2 * earned - sum(terms.values())
    return frame("term amount", *terms.items(), ("profit", profit), ("premium", premium))


def served(item: str, location: str, quantities: dict[int, float]) -> Tables:
    """Deliveries and service of demand that is served in its own week."""
    return {
        "deliveries": frame(
            DELIVERIES,
            *((item, location, WEEK[t], "", WEEK[t], amount) for t, amount in quantities.items()),
        ),
        "service": frame(
            SERVICE,
            *(
                (item, location, WEEK[t], "", amount, amount, 0.0, 0.0, 0.0)
                for t, amount in quantities.items()
            ),
        ),
    }


def demand(item: str, location: str, revenue: float, quantities: dict[int, float]) -> pd.DataFrame:
    rows = ((item, location, WEEK[t], amount, revenue) for t, amount in quantities.items())
    return frame("item location period quantity unit_revenue", *rows)


@cache
def network_of(story: Callable[[], Tables]) -> Network:
    """The network of inputs as they stand, made once."""
    return Network.from_frames(story())


def check_with(
    story: Callable[[], Tables], plan: Tables, allowed: Allowed = ALL, last: Tables | None = None
) -> CheckReport:
    return check_plan(network_of(story), plan, "response", allowed, last=last)


def check(
    inputs: Tables, plan: Tables, allowed: Allowed = ALL, last: Tables | None = None
) -> CheckReport:
    network = Network.from_frames(inputs)
    return check_plan(network, plan, "response", allowed, last=last)


def with_broken(plan: Tables, *rows: tuple[object, ...]) -> Tables:
    return {**plan, "broken_rules": frame(BROKEN, *rows)}


# --- sourcing: lots, shares, price steps, contracts, qualification ------------------------------

CHIPS = {0: 9.0, 1: 4.0, 2: 6.0, 3: 4.0}


def sourcing_inputs() -> Tables:
    """Chips from the fab in lots, from a broker at rising prices, from a source to be qualified."""
    return {
        "settings": settings(periods=4),
        "items": frame("item", ("CHIP",)),
        "locations": frame("location", ("PLANT",), ("FAB",), ("BROKER",), ("NEW",)),
        "sourcing": frame(
            "item location supplier lead_time unit_cost moq lot_size min_share max_share routine "
            "qualification_time qualification_cost capacity",
            ("CHIP", "PLANT", "FAB", 0, 1.0, 4.0, 2.0, 0.5, None, True, None, None, 20.0),
            ("CHIP", "PLANT", "BROKER", 0, 3.0, None, None, None, 0.4, False, None, None, None),
            ("CHIP", "PLANT", "NEW", 0, 2.0, None, None, None, None, False, 1, 5.0, None),
        ),
        "price_steps": frame(
            "item location supplier step up_to unit_cost",
            ("CHIP", "PLANT", "BROKER", "a", 2.0, 3.0),
            ("CHIP", "PLANT", "BROKER", "b", 5.0, 4.0),
        ),
        "unit_costs": frame(
            "kind owner valid_from unit_cost",
            ("sourcing", "CHIP|PLANT|BROKER|standard", WEEK[2], 3.5),
        ),
        "contracts": frame(
            "contract item location supplier valid_from valid_to quantity penalty",
            ("C", "*", "*", "FAB", WEEK[0] - pd.Timedelta(days=7), WEEK[3], 25.0, 0.5),
        ),
        "demand": demand("CHIP", "PLANT", 10.0, CHIPS),
    }


def sourcing_plan() -> Tables:
    """Orders of 14 from the fab, 5 from the broker, 4 from the new source, qualified in week 1.

    Broker: 2 at 3 and 1 at 4 in week 0, 2 at 3 + 0.5 in week 2; premium above the fab's price of 1:
    2 * 2 + 1 * 3, and 2 * 2.5. Contract: 4 of its 5 weeks lie in the calendar: 20 of 25, 14 taken.
    """
    fab, broker, new = (("CHIP", "PLANT", s, "standard") for s in ("FAB", "BROKER", "NEW"))
    uses = list(CHIPS.values())
    return no_plan() | served("CHIP", "PLANT", CHIPS) | {
        "orders": frame(
            "item location supplier mode period dispatch receipt quantity unit_cost cost premium "
            "routine",
            (*fab, WEEK[0], WEEK[0], WEEK[0], 6.0, 1.0, 6.0, 0.0, True),
            (*broker, WEEK[0], WEEK[0], WEEK[0], 3.0, 10 / 3, 10.0, 7.0, False),
            (*fab, WEEK[1], WEEK[1], WEEK[1], 4.0, 1.0, 4.0, 0.0, True),
            (*broker, WEEK[2], WEEK[2], WEEK[2], 2.0, 3.5, 7.0, 5.0, False),
            (*new, WEEK[2], WEEK[2], WEEK[2], 4.0, 2.0, 8.0, 4.0, False),
            (*fab, WEEK[3], WEEK[3], WEEK[3], 4.0, 1.0, 4.0, 0.0, True),
        ),
        "inventory": inventory({("CHIP", "PLANT"): ([0.0] * 4, uses, uses)}),
        "qualifications": frame(
            "item location supplier mode period ready cost premium", (*new, WEEK[1], WEEK[2], 5, 5)
        ),
        "contracts": frame("contract volume taken shortfall cost", ("C", 20.0, 14.0, 6.0, 3.0)),
        "capacity_use": frame(
            CAPACITY,
            *(("sourcing", "|".join(fab), WEEK[t], 20.0, 0.0, q)
              for t, q in ((0, 6), (1, 4), (3, 4))),
        ),
        "costs": costs(21.0, revenue=230, purchase=39, qualification=5, contracts=3),
    }  # fmt: skip


def test_a_plan_with_every_rule_of_sourcing_passes_with_its_profit() -> None:
    report = check_with(sourcing_inputs, sourcing_plan())
    assert report.violations == ()
    assert report.objective == pytest.approx(230 - 39 - 5 - 3)


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "expected"),
    [
        ("sourcing", 0, "lot_size", 4.0, {"C7"}),
        ("sourcing", 0, "moq", 5.0, {"C7"}),
        ("sourcing", 1, "max_share", 0.2, {"C7"}),
        ("sourcing", 0, "min_share", 0.7, {"C7"}),  # and no row in broken_rules
        ("sourcing", 2, "qualification_time", 2, {"C6"}),
        ("sourcing", 2, "qualification_cost", 6.0, {"money", "C9"}),
        ("price_steps", 1, "up_to", 2.5, {"C7", "money", "C9"}),
        ("price_steps", 0, "unit_cost", 2.0, {"money", "C9"}),
        ("unit_costs", 0, "unit_cost", 3.0, {"money", "C9"}),
        ("contracts", 0, "quantity", 30.0, {"C7", "money"}),
        ("contracts", 0, "valid_to", WEEK[2], {"C7", "money"}),
        ("contracts", 0, "penalty", 0.6, {"money"}),
    ],
)
def test_another_rule_of_sourcing_breaks_its_equation(
    table: str, row: int, column: str, value: object, expected: set[str]
) -> None:
    inputs = changed(sourcing_inputs(), table, row, column, value)
    assert equations(check(inputs, sourcing_plan())) == expected


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("qualifications", "ready", WEEK[3], {"C6"}),
        ("qualifications", "cost", 4.0, {"money"}),
        ("qualifications", "premium", 0.0, {"C9"}),
        ("qualifications", "supplier", "BROKER", {"C6", "money", "C9"}),
        ("qualifications", "mode", "air", {"tables"}),
        ("contracts", "volume", 25.0, {"C7"}),
        ("contracts", "taken", 15.0, {"C7"}),
        ("contracts", "shortfall", 0.0, {"C7"}),
        ("contracts", "cost", 0.0, {"money"}),
        ("contracts", "contract", "D", {"tables"}),
    ],
)
def test_a_wrong_number_of_a_rule_of_sourcing_is_named(
    table: str, column: str, value: object, expected: set[str]
) -> None:
    plan = changed(sourcing_plan(), table, 0, column, value)
    assert equations(check_with(sourcing_inputs, plan)) == expected


def test_a_shortfall_or_a_qualification_left_out_is_found() -> None:
    plan = sourcing_plan()
    del plan["contracts"]
    assert equations(check_with(sourcing_inputs, plan)) == {"C7"}
    plan = sourcing_plan()
    del plan["qualifications"]
    assert equations(check_with(sourcing_inputs, plan)) == {"C6", "money"}


def test_a_source_is_qualified_once_and_only_where_alternates_are_permitted() -> None:
    again = ("CHIP", "PLANT", "NEW", "standard", WEEK[2], WEEK[3], 5.0, 5.0)
    plan = extended(sourcing_plan(), "qualifications", again)
    report = check_with(sourcing_inputs, plan)
    assert "qualified more than once" in {v.message for v in report.violations}
    blocked = check_with(sourcing_inputs, sourcing_plan(), Allowed(alternates=False, budget=None))
    assert equations(blocked) == {"responses"}
    assert any("qualifications" in violation.message for violation in blocked.violations)


def test_a_smallest_share_is_missed_by_what_the_table_says() -> None:
    """0.7 * 23 - 14 = 2.1 units, which weigh ten revenues of 10 each."""
    inputs = changed(sourcing_inputs(), "sourcing", 0, "min_share", 0.7)
    owner = "CHIP|PLANT|FAB|standard"
    right = ("min_share", owner, pd.NaT, 2.1, 210.0)
    assert check(inputs, with_broken(sourcing_plan(), right)).violations == ()
    for row, expected in (
        (("min_share", owner, pd.NaT, 2.0, 200.0), {"C7"}),
        (("min_share", owner, pd.NaT, 2.1, 21.0), {"money"}),
        (("floor", owner, pd.NaT, 2.1, 210.0), {"C7", "C8"}),
        (("luck", owner, pd.NaT, 2.1, 210.0), {"C7", "tables"}),
    ):
        assert equations(check(inputs, with_broken(sourcing_plan(), row))) == expected
    inputs["settings"] = settings(periods=4, rule_penalty=3)
    right = ("min_share", owner, pd.NaT, 2.1, 6.3)
    assert check(inputs, with_broken(sourcing_plan(), right)).passed


def test_a_smallest_share_is_suspended_while_the_source_is_disrupted() -> None:
    """Week 0 does not count: 0.7 * (23 - 9) - 8 = 1.8."""
    inputs = changed(sourcing_inputs(), "sourcing", 0, "min_share", 0.7)
    owner = "CHIP|PLANT|FAB|standard"
    inputs["capacities"] = frame(
        "kind owner valid_from valid_to capacity", ("sourcing", owner, WEEK[0], WEEK[0], 10.0)
    )
    plan = changed(sourcing_plan(), "capacity_use", 0, "capacity", 10.0)
    assert check(inputs, with_broken(plan, ("min_share", owner, pd.NaT, 1.8, 180.0))).passed
    assert equations(check(inputs, plan)) == {"C7"}


# --- production: substitutes, short builds, versions, overtime ----------------------------------

CARS = {0: 11.0, 1: 5.0, 3: 3.0}


def plant_inputs() -> Tables:
    """Cars with an ECU, which ECU2 may replace and ECU3 that; lean ones have none."""
    versions = (("CAR", "PLANT", "full"), ("CAR", "PLANT", "lean"))
    return {
        "settings": settings(periods=5),
        "items": frame(
            "item unit_cost",
            ("CAR", 0.0), ("ECU", 10.0), ("ECU2", 3.0), ("ECU3", 7.0), ("DOOR", 1.0),
        ),
        "locations": frame("location", ("PLANT",)),
        "production": frame(
            "item location version unit_cost max_share price_reduction min_run",
            (*versions[0], 5.0, None, None, None),
            (*versions[1], 4.0, 0.4, 3.0, 2.0),
        ),
        "bom": frame(
            "item version component quantity_per",
            ("CAR", "full", "ECU", 1.0), ("CAR", "full", "DOOR", 2.0), ("CAR", "lean", "DOOR", 2.0),
        ),
        "production_resources": frame(
            "item location version resource", *((*version, "LINE") for version in versions)
        ),
        "resources": frame("resource location capacity", ("LINE", "PLANT", 10.0)),
        "overtime": frame("resource step capacity unit_cost", ("LINE", "1", 4.0, 2.0)),
        "capacities": frame(
            "kind owner valid_from valid_to capacity", ("resources", "LINE", WEEK[1], WEEK[1], 5.0)
        ),
        "substitutes": frame(
            "item component substitute location ratio extra_cost approved_from",
            ("CAR", "ECU", "ECU2", "PLANT", 2.0, 0.5, WEEK[1]),
            ("CAR", "ECU2", "ECU3", "PLANT", 1.0, 0.0, None),
        ),
        "short_builds": frame(
            "item component location places weekly_cost retrofit_cost lead_time",
            ("CAR", "ECU", "PLANT", 3.0, 1.0, 4.0, 1),
        ),
        "stock": frame(
            "item location quantity",
            ("ECU", "PLANT", 6.0), ("ECU2", "PLANT", 4.0), ("ECU3", "PLANT", 2.0),
            ("DOOR", "PLANT", 100.0),
        ),
        "scheduled_receipts": frame(
            "order_id item location quantity due", ("R", "ECU", "PLANT", 3.0, WEEK[2])
        ),
        "demand": demand("CAR", "PLANT", 50.0, CARS),
    }  # fmt: skip


def plant_plan() -> Tables:
    """12 cars in week 0 with 2 hours of overtime, 7 in week 1, where half the line brings half.

    Week 0: 6 with all ECUs, 5 lean, 1 short. Week 1: 3 by 6 ECU2, of which 2 by ECU3, 2 lean,
    2 short. The 3 short ones get the ECUs of week 2 and are ready in week 3; parked 1, then 3.
    Premium: overtime 8, retrofits 12, parked 4, ECU3 costs 4 more than ECU2, twice.
    """
    full, lean = ("CAR", "PLANT", "full"), ("CAR", "PLANT", "lean")
    place = "PLANT"
    nothing, made = [0.0] * 5, [11.0, 5.0, 0.0, 3.0, 0.0]
    doors = ([76, 62, 62, 62, 62], nothing, [24, 14, 0, 0, 0])
    return no_plan() | served("CAR", "PLANT", CARS) | {
        "builds": frame(
            "item location version period receipt quantity unit_cost cost premium routine",
            (*full, WEEK[0], WEEK[0], 6.0, 5.0, 30.0, 0.0, True),
            (*lean, WEEK[0], WEEK[0], 5.0, 4.0, 20.0, 0.0, True),
            (*full, WEEK[1], WEEK[1], 3.0, 5.0, 15.0, 0.0, True),
            (*lean, WEEK[1], WEEK[1], 2.0, 4.0, 8.0, 0.0, True),
        ),
        "short_builds": frame(
            "item location version component period ready quantity unit_cost cost premium routine",
            (*full, "ECU", WEEK[0], WEEK[0], 1.0, 5.0, 5.0, 0.0, True),
            (*full, "ECU", WEEK[1], WEEK[1], 2.0, 5.0, 10.0, 0.0, True),
        ),
        "retrofits": frame(
            "item location version component period receipt quantity cost premium",
            (*full, "ECU", WEEK[2], WEEK[3], 3.0, 12.0, 12.0),
        ),
        "parked": frame(
            "item location version component period quantity cost premium",
            (*full, "ECU", WEEK[0], 1.0, 1.0, 1.0),
            (*full, "ECU", WEEK[1], 3.0, 3.0, 3.0),
        ),
        "substitutions": frame(
            "item location version component substitute period quantity used cost premium",
            (*full, "ECU", "ECU2", WEEK[1], 3.0, 6.0, 1.5, 0.0),
            (*full, "ECU2", "ECU3", WEEK[1], 2.0, 2.0, 0.0, 8.0),
        ),
        "overtime": frame(
            "resource step period quantity cost premium",
            ("LINE", "1", WEEK[0], 2.0, 4.0, 4.0),
            ("LINE", "1", WEEK[1], 2.0, 4.0, 4.0),
        ),
        "receipts": frame(
            "order_id line item location origin due dispatch receipt quantity",
            ("R", "1", "ECU", "PLANT", "", WEEK[2], pd.NaT, WEEK[2], 3.0),
        ),
        "inventory": inventory(
            {
                ("CAR", place): (nothing, made, made),
                ("ECU", place): (nothing, [0, 0, 3, 0, 0], [6, 0, 3, 0, 0]),
                ("ECU2", place): ([4, 0, 0, 0, 0], nothing, [0, 4, 0, 0, 0]),
                ("ECU3", place): ([2, 0, 0, 0, 0], nothing, [0, 2, 0, 0, 0]),
                ("DOOR", place): doors,
            }
        ),
        "closing": frame("item on_hand beyond target quantity value", ("DOOR", 62, 0, 0, 0, 0)),
        "capacity_use": frame(
            CAPACITY,
            ("resources", "LINE", WEEK[0], 10.0, 0.0, 12.0),
            ("resources", "LINE", WEEK[1], 5.0, 0.0, 7.0),
        ),
        "costs": costs(
            32.0, revenue=950, production=88, price_reduction=21, overtime=8, retrofit=16,
            substitution=1.5,
        ),
    }  # fmt: skip


def check_plant(plan: Tables, allowed: Allowed = ALL) -> CheckReport:
    return check_with(plant_inputs, plan, allowed)


def test_a_plan_with_every_lever_of_a_plant_passes_with_its_profit() -> None:
    report = check_plant(plant_plan())
    assert report.violations == ()
    assert report.objective == pytest.approx(950 - 88 - 21 - 8 - 16 - 1.5)
    used = ("C4", "C12", "C13", "C14", "C15", "C9", "money")
    assert all(report.checked[name] for name in used)


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "expected"),
    [
        ("substitutes", 0, "approved_from", WEEK[2], {"C12"}),
        ("substitutes", 0, "extra_cost", 0.6, {"money"}),
        ("production", 1, "max_share", 0.3, {"C13"}),
        ("production", 1, "min_run", 3.0, {"C15"}),
        ("production", 1, "price_reduction", 2.0, {"money"}),
        ("short_builds", 0, "places", 2.0, {"C14"}),
        ("short_builds", 0, "weekly_cost", 2.0, {"money", "C9"}),
        ("short_builds", 0, "retrofit_cost", 3.0, {"money", "C9"}),
        ("short_builds", 0, "lead_time", 2, {"C1", "C14"}),
        ("overtime", 0, "capacity", 3.0, {"C4"}),  # 1.5 of 3 in the week of half the line
        ("overtime", 0, "unit_cost", 1.0, {"money", "C9"}),
        ("items", 3, "unit_cost", 6.0, {"C9", "money"}),  # ECU3 costs 3 more than ECU2
    ],
)
def test_another_rule_of_the_plant_breaks_its_equation(
    table: str, row: int, column: str, value: object, expected: set[str]
) -> None:
    inputs = changed(plant_inputs(), table, row, column, value)
    assert equations(check(inputs, plant_plan())) == expected


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "expected"),
    [
        ("substitutions", 0, "used", 3.0, {"C12"}),
        ("substitutions", 0, "cost", 0.0, {"money"}),
        ("substitutions", 1, "premium", 0.0, {"C9"}),
        ("substitutions", 0, "version", "lean", {"C12"}),
        ("substitutions", 0, "substitute", "ECU3", {"tables"}),
        ("short_builds", 0, "ready", WEEK[1], {"C6"}),
        ("short_builds", 0, "cost", 0.0, {"money"}),
        ("short_builds", 0, "premium", 1.0, {"C9"}),
        ("short_builds", 0, "routine", False, {"responses"}),
        ("short_builds", 0, "version", "lean", {"tables"}),  # it has no ECU
        ("retrofits", 0, "receipt", WEEK[2], {"C14"}),
        ("retrofits", 0, "cost", 0.0, {"money"}),
        ("retrofits", 0, "premium", 0.0, {"C9"}),
        ("parked", 1, "quantity", 2.0, {"C14", "money", "C9"}),
        ("parked", 1, "cost", 2.0, {"money"}),
        ("parked", 1, "premium", 2.0, {"C9"}),
        ("overtime", 0, "cost", 2.0, {"money"}),
        ("overtime", 0, "premium", 2.0, {"C9"}),
        ("overtime", 0, "step", "2", {"tables"}),
        *(("costs", row, "amount", -5.0, {"money"}) for row in (7, 9, 12, 14)),
    ],
)
def test_a_wrong_number_of_a_lever_of_the_plant_is_named(
    table: str, row: int, column: str, value: object, expected: set[str]
) -> None:
    assert equations(check_plant(changed(plant_plan(), table, row, column, value))) == expected


def test_more_is_neither_replaced_nor_completed_than_there_is() -> None:
    plan = changed(plant_plan(), "substitutions", 0, "quantity", 4.0)
    messages = {v.message for v in check_plant(plan).violations if v.equation == "C12"}
    assert "more of the component is replaced than is used" in messages
    plan = changed(plant_plan(), "substitutions", 1, "quantity", 7.0)  # of 6 ECU2 in use
    assert "C12" in equations(check_plant(plan))
    plan = changed(plant_plan(), "retrofits", 0, "quantity", 4.0)
    messages = {v.message for v in check_plant(plan).violations if v.equation == "C14"}
    assert "more is completed than is parked (value: how much)" in messages


def test_overtime_and_parked_rows_left_out_are_found() -> None:
    plan = plant_plan()
    assert equations(check_plant({**plan, "parked": plan["parked"].iloc[1:]})) == {"C14"}
    assert equations(check_plant({**plan, "overtime": plan["overtime"].iloc[1:]})) == {
        "C4", "money",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["substitutes", "short_builds", "overtime"])
def test_a_lever_that_the_responses_forbid_is_named(name: str) -> None:
    allowed = Allowed(**{"budget": None, name: False})  # type: ignore[arg-type]
    assert equations(check_plant(plant_plan(), allowed)) == {"responses"}


def test_an_as_is_plan_pulls_no_lever_and_all_premium_counts_against_the_budget() -> None:
    assert equations(check_plan(network_of(plant_inputs), plant_plan(), "as-is", None)) == {
        "responses"
    }
    assert check_plant(plant_plan(), Allowed(budget=32.0)).passed
    assert equations(check_plant(plant_plan(), Allowed(budget=31.9))) == {"C9"}


# --- scheduled receipts moved -------------------------------------------------------------------

WANTED = {1: 5.0, 4: 9.0}


def receipt_inputs() -> Tables:
    """A fab a week away: R1 and R2 come in time, R4 a week late, R3 never leaves, R5 travels."""
    orders = "order_id item location origin quantity due expedite_cost earliest cancel_cost"
    way = ("CHIP", "PLANT", "FAB")
    return {
        "settings": settings(periods=5),
        "items": frame("item", ("CHIP",)),
        "locations": frame("location", ("PLANT",), ("FAB",)),
        "sourcing": frame(
            "item location supplier lead_time transit_time unit_cost capacity",
            (*way, 3, 1, 3.0, 10.0),
        ),
        "scheduled_receipts": frame(
            orders,
            ("R1", *way, 6.0, WEEK[2], 2.0, WEEK[1], None),
            ("R2", *way, 5.0, WEEK[3], None, None, 1.0),
            ("R3", *way, 2.0, WEEK[6], 1.0, None, 1.0),
            ("R4", *way, 4.0, WEEK[5], 1.0, None, None),
            ("R5", *way, 1.0, WEEK[0], None, None, 1.0),
        ),
        "demand": demand("CHIP", "PLANT", 10.0, WANTED),
    }


def receipt_plan() -> Tables:
    """4 of R1 a week earlier, R4 a week earlier, 3 of R2 a week later and 2 cancelled.

    Costs 4 * 2 + 4 * 1 + 2 * (1 - 3), premium 8 + 4 + 2. They leave the fab 4, 2, 0, 3 + 4.
    """
    way = ("CHIP", "PLANT", "FAB")
    due = {"R1": 2, "R2": 3, "R3": 6, "R4": 5, "R5": 0}
    sent = {"R1": WEEK[1], "R2": WEEK[2], "R3": pd.NaT, "R4": WEEK[4], "R5": pd.NaT}
    comes = {"R1": WEEK[2], "R2": WEEK[3], "R3": pd.NaT, "R4": pd.NaT, "R5": WEEK[0]}
    amount = {"R1": 6.0, "R2": 5.0, "R3": 2.0, "R4": 4.0, "R5": 1.0}
    return no_plan() | served("CHIP", "PLANT", WANTED) | {
        "receipts": frame(
            "order_id line item location origin due dispatch receipt quantity",
            *((r, "1", *way, WEEK[due[r]], sent[r], comes[r], amount[r]) for r in due),
        ),
        "reschedules": frame(
            "order_id line item location origin kind planned receipt quantity cost premium",
            ("R1", "1", *way, "expedite", WEEK[2], WEEK[1], 4.0, 8.0, 8.0),
            ("R2", "1", *way, "push out", WEEK[3], WEEK[4], 3.0, 0.0, 0.0),
            ("R2", "1", *way, "cancel", WEEK[3], pd.NaT, 2.0, -4.0, 2.0),
            ("R4", "1", *way, "expedite", pd.NaT, WEEK[4], 4.0, 4.0, 4.0),
        ),
        "inventory": inventory(
            {("CHIP", "PLANT"): ([1, 0, 2, 2, 0], [1, 4, 2, 0, 7], [0, 5, 0, 0, 9])}
        ),
        "capacity_use": frame(
            CAPACITY,
            *(("sourcing", "CHIP|PLANT|FAB|standard", WEEK[t], 10.0, q, 0.0)
              for t, q in ((0, 4.0), (1, 2.0), (3, 7.0))),
        ),
        "costs": costs(14.0, revenue=140, rescheduling=8),
    }  # fmt: skip


def test_receipts_pulled_forward_pushed_out_and_cancelled_pass_with_their_profit() -> None:
    report = check_with(receipt_inputs, receipt_plan())
    assert report.violations == ()
    assert report.objective == pytest.approx(140 - 8)
    blocked = check_with(receipt_inputs, receipt_plan(), Allowed(expedite=False, budget=None))
    assert equations(blocked) == {"responses"}


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        (0, "earliest", WEEK[2], {"C16"}),
        (0, "expedite_cost", None, {"C16", "money", "C9"}),
        (0, "expedite_cost", 3.0, {"money", "C9"}),
        (1, "cancel_cost", None, {"C16", "money", "C9"}),
    ],
)
def test_a_receipt_is_moved_as_its_order_lets_it(
    row: int, column: str, value: object, expected: set[str]
) -> None:
    inputs = changed(receipt_inputs(), "scheduled_receipts", row, column, value)
    assert equations(check(inputs, receipt_plan())) == expected


@pytest.mark.parametrize(
    ("row", "column", "value", "expected"),
    [
        (0, "quantity", 7.0, {"C16"}),
        (0, "kind", "push out", {"C16"}),
        (0, "kind", "swap", {"C16"}),
        (0, "receipt", WEEK[3], {"C16"}),
        (0, "planned", WEEK[3], {"C16"}),
        (1, "receipt", WEEK[5], {"C16"}),
        (2, "receipt", WEEK[4], {"C16"}),
        (3, "order_id", "R3", {"C16"}),  # it never leaves
        (2, "order_id", "R5", {"C16"}),  # on its way
        (0, "order_id", "R9", {"tables"}),
        (0, "cost", 7.0, {"money"}),
        (2, "cost", 0.0, {"money"}),
        (2, "premium", 0.0, {"C9"}),
    ],
)
def test_a_wrong_move_of_a_receipt_is_named(
    row: int, column: str, value: object, expected: set[str]
) -> None:
    plan = changed(receipt_plan(), "reschedules", row, column, value)
    if value == "R5":
        plan = changed(plan, "reschedules", row, "planned", WEEK[0])
    assert expected <= equations(check_with(receipt_inputs, plan))


def test_what_is_moved_takes_capacity_in_its_new_week() -> None:
    inputs = changed(receipt_inputs(), "sourcing", 0, "capacity", 6.0)
    plan = receipt_plan()
    plan["capacity_use"] = plan["capacity_use"].assign(capacity=6.0)
    assert equations(check(inputs, plan)) == {"C2"}


# --- floors, spread, the last plan --------------------------------------------------------------


def test_a_floor_is_missed_by_what_the_table_says() -> None:
    """13 of 17 cars are served; a floor of 0.8 lets 3.4 go: 0.6 too many, of 10 * 50 each."""
    inputs = car_inputs() | {"floors": frame("brand customer location share", ("*", "A", "*", 0.8))}
    told = with_broken(car_plan(), ("floor", "*|A|*", pd.NaT, 0.6, 300.0))
    assert check(inputs, told, Allowed()).violations == ()
    assert equations(check(inputs, car_plan(), Allowed())) == {"C8"}
    wrong = with_broken(car_plan(), ("floor", "*|A|*", pd.NaT, 0.5, 250.0))
    assert equations(check(inputs, wrong, Allowed())) == {"C8"}
    kept = inputs | {"floors": frame("brand customer location share", ("*", "A", "*", 0.75))}
    assert check(kept, car_plan(), Allowed()).passed
    network = Network.from_frames(inputs)
    blind = check_plan(network, car_plan(), "response", Allowed(reallocation=False))
    assert "C8" not in equations(blind)


def test_the_use_of_two_plants_differs_by_what_the_table_says() -> None:
    """10 of 20 hours at K, 4 of 20 at L: 0.5 - 0.2 is 0.2 beyond a spread of 0.1, of 40 hours."""
    cars = {"K": 10.0, "L": 4.0}
    inputs: Tables = {
        "settings": settings(periods=2),
        "items": frame("item", ("CAR",)),
        "locations": frame("location", ("K",), ("L",)),
        "production": frame("item location", ("CAR", "K"), ("CAR", "L")),
        "production_resources": frame(
            "item location resource", ("CAR", "K", "A"), ("CAR", "L", "B")
        ),
        "resources": frame("resource location capacity", ("A", "K", 10.0), ("B", "L", 10.0)),
        "demand": pd.concat([demand("CAR", place, 5.0, {0: q}) for place, q in cars.items()]),
    }
    tables = [served("CAR", place, {0: q}) for place, q in cars.items()]
    plan = no_plan() | {
        "builds": frame(
            "item location version period receipt quantity unit_cost cost premium routine",
            *(("CAR", p, "standard", WEEK[0], WEEK[0], q, 0.0, 0.0, 0.0, True)
              for p, q in cars.items()),
        ),
        "inventory": inventory({("CAR", p): ([0, 0], [q, 0], [q, 0]) for p, q in cars.items()}),
        "capacity_use": frame(
            CAPACITY,
            ("resources", "A", WEEK[0], 10.0, 0.0, 10.0),
            ("resources", "B", WEEK[0], 10.0, 0.0, 4.0),
        ),
        "costs": costs(0.0, revenue=70),
        **{name: pd.concat([part[name] for part in tables]) for name in tables[0]},
    }  # fmt: skip
    asked = Allowed(plant_spread=0.1)
    told = with_broken(plan, ("plant_spread", "locations", pd.NaT, 8.0, 400.0))
    assert check(inputs, plan).passed
    assert check(inputs, told, asked).violations == ()
    assert equations(check(inputs, plan, asked)) == {"C8"}
    assert check(inputs, plan, Allowed(plant_spread=0.3)).passed


def changing_inputs() -> Tables:
    values = {"holding_rate": 0.52, "closing_target": 1, "frozen_periods": 2, "change_cost": 2}
    return car_inputs() | {"settings": settings(**values)}


def changed_car() -> tuple[Tables, Tables]:
    """Two weeks frozen, 2 a unit changed; last time 8 chips by sea in week 0, 7 cars in week 2."""
    last = {name: car_plan()[name] for name in ("orders", "transfers", "builds")}
    last = changed(changed(last, "orders", 0, "quantity", 8.0), "builds", 1, "quantity", 7.0)
    earlier = ("CAR", "PLANT", "standard", WEEK[0] - pd.Timedelta(days=7), WEEK[0], 5.0)
    last["builds"] = pd.concat(
        [last["builds"], frame("item location version period receipt quantity", earlier)]
    )
    plan = car_plan() | {
        "changes": frame(
            "kind owner period before after cost",
            ("order", "CHIP|PLANT|FAB|sea", WEEK[0], 8.0, 10.0, 4.0),
            ("build", "CAR|PLANT|standard", WEEK[2], 7.0, 8.0, 2.0),
        ),
    }
    plan = with_broken(plan, ("frozen", "CHIP|PLANT|FAB|sea", WEEK[0], 2.0, 1000.0))
    amounts = {
        "revenue": 650.0, "purchase": 40.0, "production": 65.0, "freight": 18.0, "holding": 1.48,
        "backorder": 26.0, "lost": 7.0, "closing": 23.4, "changes": 6.0,
    }  # fmt: skip
    return plan | {"costs": costs(12.0, **amounts)}, last


def test_changes_of_the_last_plan_cost_and_frozen_ones_are_told() -> None:
    plan, last = changed_car()
    report = check_with(changing_inputs, plan, Allowed(), last)
    assert report.violations == ()
    assert report.objective == pytest.approx(car_profit() - 6)


def car_profit() -> float:
    return 650 + 23.4 - 40 - 65 - 18 - 1.48 - 26 - 7


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("changes", "before", 9.0, {"C10"}),
        ("changes", "after", 9.0, {"C10"}),
        ("changes", "cost", 3.0, {"money"}),
        ("changes", "owner", "CHIP|PLANT|FAB|rail", {"C10", "money"}),
        ("broken_rules", "quantity", 1.0, {"C10", "money"}),
        ("broken_rules", "penalty", 1.0, {"money"}),
        ("broken_rules", "period", WEEK[1], {"C10"}),
    ],
)
def test_a_wrong_number_of_the_changes_is_named(
    table: str, column: str, value: object, expected: set[str]
) -> None:
    plan, last = changed_car()
    wrong = changed(plan, table, 0, column, value)
    assert equations(check_with(changing_inputs, wrong, Allowed(), last)) == expected


def test_changes_left_out_are_found() -> None:
    plan, last = changed_car()
    without = {**plan, "changes": plan["changes"].iloc[1:]}
    assert equations(check_with(changing_inputs, without, Allowed(), last)) == {"C10"}
    del plan["broken_rules"]
    assert equations(check_with(changing_inputs, plan, Allowed(), last)) == {"C10"}
    last = changed(last, "orders", 0, "quantity", -1.0)
    assert equations(check_with(changing_inputs, plan, Allowed(), last)) == {"tables"}


def test_without_a_last_plan_only_the_routine_is_decided_in_frozen_periods() -> None:
    """The order by air is of week 1."""
    inputs = car_inputs()
    for frozen, expected in ((1, set()), (2, {"C10"})):
        values = {"holding_rate": 0.52, "closing_target": 1, "frozen_periods": frozen}
        inputs["settings"] = settings(**values)
        assert equations(check(inputs, car_plan(), Allowed())) == expected
    plant = plant_inputs() | {"settings": settings(periods=5, frozen_periods=1)}
    report = check(plant, plant_plan())
    assert equations(report) == {"C10"}
    assert report.failed["C10"] == 2  # a short build and overtime
    receipts = receipt_inputs() | {"settings": settings(periods=5, frozen_periods=2)}
    assert equations(check(receipts, receipt_plan())) == {"C10"}
