"""The checker passes a plan worked out by hand, and names the equation of every wrong number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from supplychain.checker import CheckReport, check_plan
from supplychain.checker.chain import read_chain
from supplychain.checker.values import premium_a_unit, recompute_values
from supplychain.network import Network

Tables = dict[str, pd.DataFrame]
WEEK = pd.date_range("2026-03-02", periods=12, freq="7D")
BACKLOG = pd.Timestamp("2026-02-23")
HORIZON = 6


@dataclass(frozen=True)
class Allowed:
    reallocation: bool = True
    transfers: bool = True
    alternates: bool = True
    substitutes: bool = True
    expedite: bool = True
    short_builds: bool = True
    overtime: bool = True
    plant_spread: float | None = None
    budget: float | None = 12.0


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def settings(**values: object) -> pd.DataFrame:
    values = {"start": "2026-03-02", "periods": HORIZON, **values}
    return frame("name value", *((name, str(value)) for name, value in values.items()))


def car_inputs() -> Tables:
    """Two chips make a car: bought by sea or air, built, sent to the market by road or air."""
    return {
        "settings": settings(holding_rate=0.52, closing_target=1),
        "items": frame("item unit_cost", ("CAR", 20.0), ("CHIP", 4.0)),
        "locations": frame("location", ("PLANT",), ("MARKET",), ("FAB",)),
        "bom": frame("item component quantity_per", ("CAR", "CHIP", 2.0)),
        "production": frame("item location lead_time unit_cost", ("CAR", "PLANT", 1, 5.0)),
        "production_resources": frame("item location resource", ("CAR", "PLANT", "LINE")),
        "resources": frame("resource location capacity", ("LINE", "PLANT", 10.0)),
        "sourcing": frame(
            "item location supplier mode lead_time transit_time unit_cost capacity group "
            "group_per_unit routine",
            ("CHIP", "PLANT", "FAB", "sea", 2, 1, 3.0, 20.0, "chips", 1.0, True),
            ("CHIP", "PLANT", "FAB", "air", 1, None, 5.0, None, "chips", 2.0, False),
        ),
        "supplier_capacity": frame("supplier group capacity", ("FAB", "chips", 25.0)),
        "lanes": frame(
            "item origin destination mode lead_time unit_cost capacity routine",
            ("CAR", "PLANT", "MARKET", "road", 1, 1.0, 12.0, True),
            ("CAR", "PLANT", "MARKET", "air", 0, 4.0, None, False),
        ),
        "capacities": frame(
            "kind owner valid_from valid_to capacity",
            ("sourcing", "CHIP|PLANT|FAB|sea", WEEK[0], WEEK[0], 4.0),
            ("production", "CAR|PLANT|standard", WEEK[0], None, 9.0),
        ),
        "stock": frame("item location quantity", ("CHIP", "PLANT", 10.0), ("CAR", "MARKET", 1.0)),
        "scheduled_receipts": frame(
            "order_id item location origin quantity due",
            ("R1", "CHIP", "PLANT", "FAB", 6.0, WEEK[1]),
            ("R2", "CHIP", "PLANT", "", 3.0, WEEK[7]),
        ),
        "demand": frame(
            "item location period customer quantity unit_revenue backorder_cost lost_after "
            "lost_cost",
            ("CAR", "MARKET", BACKLOG, "A", 2.0, 50.0, 2.0, None, 7.0),
            ("CAR", "MARKET", WEEK[3], "A", 10.0, 50.0, 2.0, 1, 7.0),
            ("CAR", "MARKET", WEEK[4], "A", 5.0, 50.0, 2.0, None, 7.0),
        ),
    }


@cache
def car_network() -> Network:
    return Network.from_frames(car_inputs())


def inventory(places: dict[tuple[str, str], tuple[list[float], ...]]) -> pd.DataFrame:
    """Rows of item-locations from their on_hand, arrivals and uses by period."""
    rows = [
        (item, location, WEEK[period], *numbers)
        for (item, location), columns in places.items()
        for period, numbers in enumerate(zip(*columns, strict=True))
    ]
    return frame("item location period on_hand arrivals uses", *rows)


def costs(**amounts: float) -> pd.DataFrame:
    """The costs table; the profit follows from the other terms."""
    names = "revenue purchase production freight holding backorder lost closing premium"
    terms = dict.fromkeys(names.split(), 0.0) | amounts
    paid = sum(terms[name] for name in names.split()[1:7])
    terms["profit"] = terms["revenue"] + terms["closing"] - paid
    return frame("term amount", *terms.items())


def car_plan() -> Tables:
    """A response plan for the car, by hand.

    R1 waits: 4 chips leave in week 0, 2 in week 1. Holding 0.01 a week: 0.04 * 22 chips + 0.20 * 3
    cars. Backorder 2 * (3 backlog + 3 late + 1 lost + 3 * 2 open). A chip is worth 0.9 * 3 at the
    end, a car 0.9 * (5 + 2 * 3).
    """
    return {
        "orders": frame(
            "item location supplier mode period dispatch receipt quantity unit_cost cost premium "
            "routine",
            ("CHIP", "PLANT", "FAB", "sea", WEEK[0], WEEK[1], WEEK[2], 10.0, 3.0, 30.0, 0.0, True),
            ("CHIP", "PLANT", "FAB", "air", WEEK[1], WEEK[2], WEEK[2], 2.0, 5.0, 10.0, 4.0, False),
        ),
        "builds": frame(
            "item location version period receipt quantity unit_cost cost premium routine",
            ("CAR", "PLANT", "standard", WEEK[1], WEEK[2], 5.0, 5.0, 25.0, 0.0, True),
            ("CAR", "PLANT", "standard", WEEK[2], WEEK[3], 8.0, 5.0, 40.0, 0.0, True),
        ),
        "transfers": frame(
            "item origin destination mode period receipt quantity unit_cost cost premium routine",
            ("CAR", "PLANT", "MARKET", "road", WEEK[2], WEEK[3], 5.0, 1.0, 5.0, 0.0, True),
            ("CAR", "PLANT", "MARKET", "road", WEEK[3], WEEK[4], 5.0, 1.0, 5.0, 0.0, True),
            ("CAR", "PLANT", "MARKET", "air", WEEK[3], WEEK[3], 2.0, 4.0, 8.0, 8.0, False),
        ),
        "receipts": frame(
            "order_id line item location origin due dispatch receipt quantity",
            ("R1", "1", "CHIP", "PLANT", "FAB", WEEK[1], WEEK[0], WEEK[1], 4.0),
            ("R1", "1", "CHIP", "PLANT", "FAB", WEEK[1], WEEK[1], WEEK[2], 2.0),
            ("R2", "1", "CHIP", "PLANT", "", WEEK[7], pd.NaT, pd.NaT, 3.0),
        ),
        "inventory": inventory(
            {
                ("CHIP", "PLANT"): ([10, 4, 2, 2, 2, 2], [0, 4, 14, 0, 0, 0], [0, 10, 16, 0, 0, 0]),
                ("CAR", "PLANT"): ([0, 0, 0, 1, 1, 1], [0, 0, 5, 8, 0, 0], [0, 0, 5, 7, 0, 0]),
                ("CAR", "MARKET"): ([0, 0, 0, 0, 0, 0], [0, 0, 0, 7, 5, 0], [1, 0, 0, 7, 5, 0]),
            }
        ),
        "deliveries": frame(
            "item location period customer served quantity",
            ("CAR", "MARKET", BACKLOG, "A", WEEK[0], 1.0),
            ("CAR", "MARKET", BACKLOG, "A", WEEK[3], 1.0),
            ("CAR", "MARKET", WEEK[3], "A", WEEK[3], 6.0),
            ("CAR", "MARKET", WEEK[3], "A", WEEK[4], 3.0),
            ("CAR", "MARKET", WEEK[4], "A", WEEK[4], 2.0),
        ),
        "service": frame(
            "item location period customer quantity on_time late lost open",
            ("CAR", "MARKET", BACKLOG, "A", 2.0, 0.0, 2.0, 0.0, 0.0),
            ("CAR", "MARKET", WEEK[3], "A", 10.0, 6.0, 3.0, 1.0, 0.0),
            ("CAR", "MARKET", WEEK[4], "A", 5.0, 2.0, 0.0, 0.0, 3.0),
        ),
        "closing": frame(
            "item on_hand beyond target quantity value",
            ("CAR", 1.0, 0.0, 17 / 6, 1.0, 9.9),
            ("CHIP", 2.0, 3.0, 17 / 3, 5.0, 13.5),
        ),
        "costs": costs(
            revenue=650, purchase=40, production=65, freight=18, holding=1.48, backorder=26,
            lost=7, closing=23.4, premium=12,
        ),
        "capacity_use": frame(
            "kind owner period capacity committed used",
            ("sourcing", "CHIP|PLANT|FAB|sea", WEEK[0], 4.0, 4.0, 0.0),
            ("sourcing", "CHIP|PLANT|FAB|sea", WEEK[1], 20.0, 2.0, 10.0),
            ("supplier_capacity", "FAB|chips", WEEK[0], 25.0, 4.0, 0.0),
            ("supplier_capacity", "FAB|chips", WEEK[1], 25.0, 2.0, 10.0),
            ("supplier_capacity", "FAB|chips", WEEK[2], 25.0, 0.0, 4.0),
            ("resources", "LINE", WEEK[1], 10.0, 0.0, 5.0),
            ("resources", "LINE", WEEK[2], 10.0, 0.0, 8.0),
            ("production", "CAR|PLANT|standard", WEEK[1], 9.0, 0.0, 5.0),
            ("production", "CAR|PLANT|standard", WEEK[2], 9.0, 0.0, 8.0),
            ("lanes", "CAR|PLANT|MARKET|road", WEEK[2], 12.0, 0.0, 5.0),
            ("lanes", "CAR|PLANT|MARKET|road", WEEK[3], 12.0, 0.0, 5.0),
        ),
        "lines": frame(
            "resource location period load calm_load capacity down waits_for",
            ("LINE", "PLANT", WEEK[1], 5.0, 6.0, 10.0, False, ""),
            ("LINE", "PLANT", WEEK[3], 0.0, 8.0, 10.0, True, "CHIP"),
        ),
    }  # fmt: skip


def check_car(
    plan: Tables, inputs: Tables | None = None, allowed: Allowed | None = None
) -> CheckReport:
    network = Network.from_frames(inputs) if inputs else car_network()
    return check_plan(network, plan, "response", allowed or Allowed())


def equations(report: CheckReport) -> set[str]:
    return {violation.equation for violation in report.violations}


def changed(tables: Tables, table: str, row: int, column: str, value: object) -> Tables:
    """A copy of ``tables`` with one cell changed."""
    copy = tables[table].copy()
    cells: list[object] = [
        value if number == row else old for number, old in enumerate(copy[column])
    ]
    copy[column] = pd.Series(cells, index=copy.index)
    return {**tables, table: copy}


def extended(tables: Tables, table: str, row: tuple[object, ...]) -> Tables:
    """A copy of ``tables`` with one row more."""
    columns = " ".join(map(str, tables[table].columns))
    return {**tables, table: pd.concat([tables[table], frame(columns, row)], ignore_index=True)}


def revalued(plan: Tables, **differences: float) -> Tables:
    """A copy of ``plan`` with differences added to terms of its costs."""
    terms = dict(zip(plan["costs"]["term"], plan["costs"]["amount"], strict=True))
    del terms["profit"]
    return {**plan, "costs": costs(**{k: v + differences.get(k, 0.0) for k, v in terms.items()})}


def test_the_plan_made_by_hand_passes_with_its_profit() -> None:
    report = check_car(car_plan())
    assert report.violations == ()
    assert report.passed
    assert report.objective == pytest.approx(650 + 23.4 - 40 - 65 - 18 - 1.48 - 26 - 7)
    equations = ("tables", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C13", "C15")
    assert all(report.checked[name] for name in equations)


WRONG_NUMBERS = [
    ("orders", 0, "quantity", np.nan, "tables"),
    ("orders", 0, "quantity", -1.0, "tables"),
    ("orders", 0, "quantity", 0.0, "tables"),
    ("orders", 0, "mode", "rail", "tables"),
    ("orders", 0, "period", WEEK[0] + pd.Timedelta(days=1), "tables"),
    ("orders", 0, "period", WEEK[7], "tables"),
    ("orders", 0, "receipt", pd.NaT, "tables"),
    ("orders", 0, "routine", "perhaps", "tables"),
    ("orders", 0, "unit_cost", np.inf, "tables"),
    ("builds", 0, "version", "other", "tables"),
    ("transfers", 0, "mode", "rail", "tables"),
    ("transfers", 1, "period", WEEK[2], "tables"),  # repeats the key of row 0
    ("receipts", 0, "order_id", "R9", "tables"),
    ("inventory", 0, "location", "MARKET", "tables"),
    ("deliveries", 0, "customer", "B", "tables"),
    ("service", 0, "customer", "B", "tables"),
    ("closing", 0, "item", "BUS", "tables"),
    ("costs", 0, "term", "luck", "tables"),
    ("capacity_use", 0, "owner", "CHIP|PLANT|FAB|rail", "tables"),
    ("capacity_use", 0, "kind", "weather", "tables"),
    ("lines", 0, "resource", "OTHER", "tables"),
    ("inventory", 1, "on_hand", 4.1, "C1"),
    ("inventory", 2, "arrivals", 14.1, "C1"),
    ("inventory", 2, "uses", 16.1, "C1"),
    ("orders", 0, "dispatch", WEEK[0], "C6"),
    ("orders", 0, "receipt", WEEK[3], "C6"),
    ("builds", 0, "receipt", WEEK[1], "C6"),
    ("transfers", 0, "receipt", WEEK[2], "C6"),
    ("service", 1, "quantity", 11.0, "C8"),
    ("service", 1, "on_time", 7.0, "C8"),
    ("service", 1, "late", 2.0, "C8"),
    ("service", 1, "lost", 0.0, "C8"),
    ("service", 2, "open", 2.0, "C8"),
    ("orders", 1, "premium", 3.0, "C9"),
    ("transfers", 2, "premium", 0.0, "C9"),
    ("builds", 0, "premium", 1.0, "C9"),
    ("orders", 0, "routine", False, "responses"),
    ("receipts", 0, "quantity", 3.0, "receipts"),
    ("receipts", 1, "dispatch", WEEK[0], "receipts"),
    ("receipts", 2, "receipt", WEEK[5], "receipts"),
    ("receipts", 0, "due", WEEK[2], "receipts"),
    ("orders", 0, "unit_cost", 3.1, "money"),
    ("orders", 0, "cost", 31.0, "money"),
    ("builds", 0, "cost", 26.0, "money"),
    ("transfers", 0, "cost", 6.0, "money"),
    ("transfers", 0, "unit_cost", 2.0, "money"),
    ("closing", 0, "on_hand", 2.0, "closing"),
    ("closing", 1, "beyond", 2.0, "closing"),
    ("closing", 0, "target", 3.0, "closing"),
    ("closing", 0, "quantity", 2.0, "closing"),
    ("closing", 0, "value", 10.0, "closing"),
    ("capacity_use", 0, "capacity", 5.0, "capacity_use"),
    ("capacity_use", 0, "capacity", np.nan, "capacity_use"),
    ("capacity_use", 0, "committed", 3.0, "capacity_use"),
    ("capacity_use", 1, "used", 9.0, "capacity_use"),
    ("lines", 0, "load", 4.0, "lines"),
    ("lines", 0, "capacity", 11.0, "lines"),
    ("lines", 0, "location", "MARKET", "lines"),
    ("lines", 0, "down", True, "lines"),
    *(("costs", row, "amount", -5.0, "money") for row in range(10)),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "equation"), WRONG_NUMBERS)
def test_one_wrong_number_breaks_its_equation_and_no_other(
    table: str, row: int, column: str, value: object, equation: str
) -> None:
    report = check_car(changed(car_plan(), table, row, column, value))
    assert equations(report) == {equation}


@pytest.mark.parametrize(
    ("table", "equation"),
    [("inventory", "C1"), ("service", "C8"), ("receipts", "receipts"), ("closing", "closing"),
     ("costs", "money"), ("capacity_use", "capacity_use")],
)  # fmt: skip
def test_a_row_left_out_breaks_the_equation_of_its_table(table: str, equation: str) -> None:
    plan = car_plan()
    assert equations(check_car({**plan, table: plan[table].iloc[1:]})) == {equation}


SIGNED = {("inventory", "on_hand"), ("costs", "amount")}
BLANK = {("capacity_use", "capacity"), ("lines", "calm_load"), ("lines", "capacity")}


@pytest.mark.parametrize(
    ("value", "allowed", "message"),
    [(np.nan, BLANK, "not a finite number"), (-1.0, SIGNED, "negative")],
)
def test_no_number_of_any_table_is_blank_or_negative(
    value: float, allowed: set[tuple[str, str]], message: str
) -> None:
    """All numbers of all tables at once; each column is named."""
    plan = {
        name: rows.assign(**{str(c): value for c in rows.select_dtypes("number")})
        for name, rows in car_plan().items()
    }
    columns = {(name, str(c)) for name in plan for c in plan[name].select_dtypes("number")}
    report = check_car(plan)
    named = {(v.key.split("|")[0], f"{v.message}") for v in report.violations}
    assert named == {(name, f"{column} is {message}") for name, column in columns - allowed}


@pytest.mark.parametrize("table", ["orders", "inventory", "costs"])
def test_a_table_or_column_left_out_is_named(table: str) -> None:
    plan = car_plan()
    without_column = {**plan, table: plan[table].iloc[:, 1:]}
    without_table = {name: rows for name, rows in plan.items() if name != table}
    for broken in (without_column, without_table):
        report = check_car(broken)
        assert equations(report) == {"tables"}
        assert table in {violation.key for violation in report.violations}
        assert np.isnan(report.objective)


@pytest.mark.parametrize(
    ("table", "row", "new", "kind", "equation"),
    [("sourcing", 0, 11.9, "sourcing", "C2"),
     ("supplier_capacity", 0, 11.9, "supplier_capacity", "C3"),
     ("resources", 0, 7.9, "resources", "C4"), ("capacities", 1, 7.9, "production", "C4"),
     ("lanes", 0, 4.9, "lanes", "C5")],
)  # fmt: skip
def test_a_plan_beyond_a_capacity_breaks_its_equation(
    table: str, row: int, new: float, kind: str, equation: str
) -> None:
    """The table of the capacity use and the lines are told of the smaller capacity."""
    plan = car_plan()
    used = plan["capacity_use"].copy()
    free = used["owner"].str.endswith("sea") & (used["period"] == WEEK[0])
    used.loc[(used["kind"] == kind) & ~free, "capacity"] = new
    lines = plan["lines"].assign(capacity=new if kind == "resources" else 10.0)
    plan = {**plan, "capacity_use": used, "lines": lines}
    inputs = changed(car_inputs(), table, row, "capacity", new)
    assert equations(check_car(plan, inputs)) == {equation}


@pytest.mark.parametrize(
    ("table", "row", "column", "value"),
    [("sourcing", 0, "qualified_from", WEEK[1]), ("sourcing", 1, "available_to", WEEK[0]),
     ("sourcing", 1, "qualification_time", 2), ("sourcing", 1, "qualification_cost", 9.0),
     ("production", 0, "valid_from", WEEK[2]), ("production", 0, "valid_to", WEEK[1])],
)  # fmt: skip
def test_an_option_used_outside_of_its_dates_breaks_c6(
    table: str, row: int, column: str, value: object
) -> None:
    inputs = car_inputs()
    inputs[table] = inputs[table].assign(**{column: None})
    report = check_car(car_plan(), changed(inputs, table, row, column, value))
    assert equations(report) == {"C6"}


def test_an_order_that_arrives_after_the_horizon_breaks_c6() -> None:
    plan = revalued(car_plan(), purchase=3.0)
    late = ("CHIP", "PLANT", "FAB", "sea", WEEK[5], WEEK[6], WEEK[7], 1.0, 3.0, 3.0, 0.0, True)
    assert equations(check_car(extended(plan, "orders", late))) == {"C6"}


def test_stock_below_zero_breaks_c1() -> None:
    """Five chips of the opening stock come in week 2 instead: week 1 is one short."""
    inputs = changed(car_inputs(), "stock", 0, "quantity", 5.0)
    late = frame("order_id item location quantity due", ("R3", "CHIP", "PLANT", 5.0, WEEK[2]))
    inputs["scheduled_receipts"] = pd.concat([inputs["scheduled_receipts"], late]).fillna("")
    plan = revalued(car_plan(), holding=-0.4)
    receipt = ("R3", "1", "CHIP", "PLANT", "", WEEK[2], pd.NaT, WEEK[2], 5.0)
    plan = extended(plan, "receipts", receipt)
    stock = plan["inventory"].astype({"on_hand": float})
    stock.loc[:2, "on_hand"] = [5.0, -1.0, 2.0]
    stock.loc[2, "arrivals"] = 19
    report = check_car({**plan, "inventory": stock}, inputs)
    assert [str(v).split(":")[0] for v in report.violations] == ["C1 CHIP|PLANT 2026-03-09 (W11)"]


def test_a_delivery_after_the_demand_is_lost_breaks_c8() -> None:
    inputs = changed(car_inputs(), "demand", 1, "lost_after", 0)
    assert equations(check_car(revalued(car_plan(), backorder=-2.0), inputs)) == {"C8"}


def test_a_delivery_before_it_is_due_or_above_demand_breaks_c8() -> None:
    early = check_car(changed(car_plan(), "deliveries", 3, "served", WEEK[2]))
    assert "served before it is due" in {v.message for v in early.violations if v.equation == "C8"}
    above = check_car(changed(car_plan(), "deliveries", 3, "quantity", 4.1))
    assert "more is served than wanted" in {
        v.message for v in above.violations if v.equation == "C8"
    }


def test_premium_above_the_budget_breaks_c9() -> None:
    assert check_car(car_plan(), allowed=Allowed(budget=None)).passed
    assert equations(check_car(car_plan(), allowed=Allowed(budget=11.9))) == {"C9"}


@pytest.mark.parametrize("allowed", [Allowed(transfers=False), Allowed(alternates=False)])
def test_an_option_that_the_responses_forbid_is_named(allowed: Allowed) -> None:
    assert equations(check_car(car_plan(), allowed=allowed)) == {"responses"}


def test_the_as_is_plan_uses_routine_options_only() -> None:
    network = car_network()
    report = check_plan(network, car_plan(), "as-is", None)
    assert equations(report) == {"responses"}
    assert report.failed["responses"] == 2
    with pytest.raises(ValueError, match="responses"):
        check_plan(network, car_plan(), "response", None)


def test_tables_read_back_as_text_pass() -> None:
    plan = {name: rows.astype("str").replace("NaT", "") for name, rows in car_plan().items()}
    assert check_car(plan).passed


def test_a_difference_within_the_tolerance_passes_and_beyond_it_fails() -> None:
    """Row 2 of the stock has 10 + 18 + 26 chips through it: 5.4e-5 is allowed."""
    assert check_car(changed(car_plan(), "inventory", 2, "on_hand", 2 + 5.3e-5)).passed
    assert not check_car(changed(car_plan(), "inventory", 2, "on_hand", 2 + 5.5e-5)).passed


def chip_inputs() -> Tables:
    """A fab makes chips for two plants; the plant's order draws the fab's stock."""
    return {
        "settings": settings(periods=4),
        "items": frame("item unit_cost", ("CHIP", 6.0)),
        "locations": frame("location", ("PLANT",), ("FAB",)),
        "production": frame("item location lead_time unit_cost", ("CHIP", "FAB", 1, 2.0)),
        "sourcing": frame("item location supplier lead_time", ("CHIP", "PLANT", "FAB", 1)),
        "stock": frame("item location quantity", ("CHIP", "FAB", 3.0)),
        "demand": frame(
            "item location period quantity unit_revenue", ("CHIP", "PLANT", WEEK[3], 7.0, 10.0)
        ),
        "lead_times": frame(
            "kind owner valid_from lead_time",
            ("sourcing", "CHIP|PLANT|FAB|standard", WEEK[1], 2),
        ),
        "unit_costs": frame(
            "kind owner valid_from unit_cost", ("production", "CHIP|FAB|standard", WEEK[0], 3.0)
        ),
    }


def chip_plan() -> Tables:
    """Order 7 in week 1: lead time and transit are 2 from then on; drawn at once."""
    chip = ("CHIP", "PLANT", "FAB", "standard")
    orders = (*chip, WEEK[1], WEEK[1], WEEK[3], 7.0, 0.0, 0.0, 0.0, True)
    builds = ("CHIP", "FAB", "standard", WEEK[0], WEEK[1], 4.0, 3.0, 12.0, 0.0, True)
    return extended(extended(no_plan(), "orders", orders), "builds", builds) | {
        "inventory": inventory(
            {
                ("CHIP", "FAB"): ([3, 0, 0, 0], [0, 4, 0, 0], [0, 7, 0, 0]),
                ("CHIP", "PLANT"): ([0, 0, 0, 0], [0, 0, 0, 7], [0, 0, 0, 7]),
            }
        ),
        "deliveries": frame(
            "item location period customer served quantity",
            ("CHIP", "PLANT", WEEK[3], "", WEEK[3], 7.0),
        ),
        "service": frame(
            "item location period customer quantity on_time late lost open",
            ("CHIP", "PLANT", WEEK[3], "", 7.0, 7.0, 0.0, 0.0, 0.0),
        ),
        "costs": costs(revenue=70, production=12),
    }


def test_an_order_draws_the_stock_of_a_supplier_that_makes_the_item() -> None:
    network = Network.from_frames(chip_inputs())
    report = check_plan(network, chip_plan(), "as-is", None)
    assert report.violations == ()
    assert report.objective == pytest.approx(58.0)


@pytest.mark.parametrize(
    ("table", "equation"), [("lead_times", "C6"), ("unit_costs", "money"), ("stock", "C1")]
)
def test_overrides_and_opening_stock_count(table: str, equation: str) -> None:
    inputs = chip_inputs()
    del inputs[table]
    report = check_plan(Network.from_frames(inputs), chip_plan(), "as-is", None)
    assert equation in equations(report)


def test_fair_share_leaves_no_stock_idle_while_demand_goes_unserved() -> None:
    network = Network.from_frames(chip_inputs())
    plan = chip_plan() | {"costs": costs(revenue=60, production=12)}
    for table, column, value in (("deliveries", "quantity", 6), ("service", "on_time", 6)):
        plan = changed(plan, table, 0, column, value)
    plan = changed(plan, "service", 0, "open", 1)
    plan = changed(changed(plan, "inventory", 7, "on_hand", 1), "inventory", 7, "uses", 6)
    closing = ("CHIP", 1.0, 0.0, 0.0, 0.0, 0.0)
    plan["closing"] = frame("item on_hand beyond target quantity value", closing)
    assert check_plan(network, plan, "response", Allowed()).passed
    blind = check_plan(network, plan, "response", Allowed(reallocation=False))
    for report in (blind, check_plan(network, plan, "as-is", None)):
        assert equations(report) == {"fair_share"}


def test_a_transit_longer_than_the_lead_time_in_force_is_cut_to_it() -> None:
    """Week 1's lead time falls to 1, below the given transit of 2: dispatched at once."""
    inputs = changed(chip_inputs(), "lead_times", 0, "lead_time", 1)
    inputs["sourcing"] = inputs["sourcing"].assign(lead_time=2, transit_time=2)
    plan = changed(chip_plan(), "orders", 0, "receipt", WEEK[2])
    chips = ("CHIP", "PLANT")
    plan["inventory"] = pd.concat(
        [
            plan["inventory"].iloc[:4],
            inventory({chips: ([0, 0, 7, 0], [0, 0, 7, 0], [0, 0, 0, 7])}),
        ]
    )
    assert check_plan(Network.from_frames(inputs), plan, "as-is", None).violations == ()


def test_premium_and_replacement_count_what_is_modelled_upstream() -> None:
    """A kit of 2 chips: 7 by hand, 3 by machine; chips 4 from MILL, 6 made by FAB of 5 of sand.

    Chip: min(4, 1 + 5 * 1) = 4. Kit: min(3, 7) + 2 * 4 = 11. Hand-made kits cost 4 more than
    machine-made. FAB's chips: 0.5 + 4 is 0.5 above MILL's. Sand: no source, its unit cost. The
    version of the first week, of 9 chips, has gone by the last.
    """
    inputs: Tables = {
        "settings": settings(periods=4, closing_target=2),
        "items": frame("item unit_cost", ("KIT", None), ("CHIP", 100.0), ("SAND", 1.0)),
        "locations": frame("location", ("PLANT",), ("FAB",), ("MILL",)),
        "bom": frame(
            "item version component quantity_per valid_from valid_to",
            ("KIT", "hand", "CHIP", 2.0, WEEK[1], None),
            ("KIT", "machine", "CHIP", 2.0, None, None),
            ("KIT", "machine", "SAND", 9.0, None, WEEK[0]),
            ("CHIP", "standard", "SAND", 5.0, None, None),
        ),
        "production": frame(
            "item location version unit_cost routine",
            ("KIT", "PLANT", "hand", 7.0, False),
            ("KIT", "PLANT", "machine", 3.0, True),
            ("CHIP", "FAB", "standard", 1.0, True),
        ),
        "sourcing": frame(
            "item location supplier lead_time unit_cost routine",
            ("CHIP", "PLANT", "MILL", 0, 4.0, True),
            ("CHIP", "PLANT", "FAB", 0, 0.5, False),
        ),
        "stock": frame("item location quantity", ("KIT", "PLANT", 1.0)),
        "demand": frame("item location period quantity", ("KIT", "PLANT", WEEK[3], 6.0)),
    }
    chain = read_chain(Network.from_frames(inputs))
    values = recompute_values(chain)
    assert list(values.items.frame["item"]) == ["CHIP", "KIT", "SAND"]
    assert values.replacement == pytest.approx([4, 11, 1])
    assert values.closing == pytest.approx([3.6, 9.9, 0.9])
    assert values.target == pytest.approx([2 * 12 / 4, 2 * 6 / 4, 2 * 60 / 4])
    assert premium_a_unit(chain.production, values)[:, 0] == pytest.approx([0, 4, 0])
    assert premium_a_unit(chain.sourcing, values)[:, 0] == pytest.approx([0.5, 0])


def test_a_long_list_of_violations_is_cut_but_counted() -> None:
    plan = car_plan()
    many = pd.concat([plan["orders"].assign(quantity=-1.0)] * 150)
    report = check_car({**plan, "orders": many})
    assert len(report.violations) == 200
    assert report.failed == {"tables": 300 + 298}


QUEUE = "order_id item location origin quantity due"


def no_plan() -> Tables:
    """Result tables without rows."""
    return {name: rows.iloc[:0] for name, rows in car_plan().items()}


def test_the_queue_shares_group_capacity_in_order_of_planned_dispatch() -> None:
    """A week of the fab does 10 units of work; CHIP takes 1, DIE 2; DIE travels one week.

    Planned: B1 (DIE, 4) and A1 (CHIP, 5) in week 0, A1 first by name; A2 (CHIP, 9) in week 1.
    Week 0: A1 5, B1 2.5; week 1: B1 1.5, A2 7; week 2: A2 2. Z1, planned in week 2, sends 4 of 20
    then and 5 more in week 3, both beyond the horizon at the end of it, 11 never leave.
    """
    overdue, thursday = WEEK[0] - pd.Timedelta(days=9), WEEK[1] + pd.Timedelta(days=3)
    inputs: Tables = {
        "settings": settings(periods=4),
        "items": frame("item", ("CHIP",), ("DIE",)),
        "locations": frame("location", ("PLANT",), ("FAB",)),
        "supplier_capacity": frame("supplier group capacity", ("FAB", "work", 10.0)),
        "sourcing": frame(
            "item location supplier mode lead_time transit_time group group_per_unit routine",
            ("CHIP", "PLANT", "FAB", "b", 3, 0, "work", 1.0, True),
            ("CHIP", "PLANT", "FAB", "a", 3, 2, "work", 1.0, False),
            ("DIE", "PLANT", "FAB", "a", 3, 1, "work", 2.0, True),
        ),
        "scheduled_receipts": frame(
            QUEUE,
            ("B1", "DIE", "PLANT", "FAB", 4.0, WEEK[1]),
            ("A1", "CHIP", "PLANT", "FAB", 5.0, overdue),
            ("A2", "CHIP", "PLANT", "FAB", 9.0, thursday),
            ("Z1", "DIE", "PLANT", "FAB", 20.0, WEEK[3]),
        ),
        "demand": frame("item location period quantity", ("CHIP", "PLANT", WEEK[3], 0.0)),
    }
    week = WEEK[:4]
    plan = no_plan() | {
        "receipts": frame(
            "order_id line item location origin due dispatch receipt quantity",
            ("A1", "1", "CHIP", "PLANT", "FAB", overdue, week[0], week[0], 5.0),
            ("B1", "1", "DIE", "PLANT", "FAB", week[1], week[0], week[1], 2.5),
            ("B1", "1", "DIE", "PLANT", "FAB", week[1], week[1], week[2], 1.5),
            ("A2", "1", "CHIP", "PLANT", "FAB", thursday, week[1], week[1], 7.0),
            ("A2", "1", "CHIP", "PLANT", "FAB", thursday, week[2], week[2], 2.0),
            ("Z1", "1", "DIE", "PLANT", "FAB", week[3], week[2], week[3], 4.0),
            ("Z1", "1", "DIE", "PLANT", "FAB", week[3], week[3], pd.NaT, 5.0),
            ("Z1", "1", "DIE", "PLANT", "FAB", week[3], pd.NaT, pd.NaT, 11.0),
        ),
        "capacity_use": frame(
            "kind owner period capacity committed used",
            *(("supplier_capacity", "FAB|work", day, 10.0, 10.0, 0.0) for day in week),
        ),
        "service": frame(
            "item location period customer quantity on_time late lost open",
            ("CHIP", "PLANT", week[3], "", 0.0, 0.0, 0.0, 0.0, 0.0),
        ),
        "costs": costs(),
    }
    assert check_plan(Network.from_frames(inputs), plan, "as-is", None).violations == ()


def test_a_receipt_by_lane_waits_for_the_lane_and_one_without_a_way_arrives_when_due() -> None:
    """L1 (lane of 1 week, 2 units a week from week 1 on) sends 2 + 1; N1 names no way to come."""
    inputs: Tables = {
        "settings": settings(periods=4),
        "items": frame("item", ("CAR",)),
        "locations": frame("location", ("PLANT",), ("MARKET",), ("DEPOT",)),
        "lanes": frame(
            "item origin destination lead_time capacity", ("CAR", "PLANT", "MARKET", 1, 2.0)
        ),
        "stock": frame("item location quantity", ("CAR", "PLANT", 1.0)),
        "scheduled_receipts": frame(
            QUEUE,
            ("L1", "CAR", "MARKET", "PLANT", 3.0, WEEK[2]),
            ("N1", "CAR", "MARKET", "DEPOT", 4.0, WEEK[0] - pd.Timedelta(days=1)),
        ),
        "demand": frame("item location period quantity", ("CAR", "MARKET", WEEK[3], 1.0)),
    }
    receipts = frame(
        "order_id line item location origin due dispatch receipt quantity",
        ("L1", "1", "CAR", "MARKET", "PLANT", WEEK[2], WEEK[1], WEEK[2], 2.0),
        ("L1", "1", "CAR", "MARKET", "PLANT", WEEK[2], WEEK[2], WEEK[3], 1.0),
        ("N1", "1", "CAR", "MARKET", "DEPOT", BACKLOG + pd.Timedelta(days=6), pd.NaT, WEEK[0], 4.0),
    )
    report = check_plan(
        Network.from_frames(inputs), no_plan() | {"receipts": receipts}, "as-is", None
    )
    assert "receipts" not in equations(report)
