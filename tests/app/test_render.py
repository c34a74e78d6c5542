"""Text for people: numbers that can be read, tables that fit, nothing that acts on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pytest
from rich.console import Console, RenderableType

from app.figures import count, money_scale, numbers, percent, printable, unit_scale
from app.layout import facts, more, show, table
from app.render import plan, what_if
from app.render_data import structure, verification, written

Json = dict[str, Any]


def text(parts: Iterable[RenderableType], width: int = 80) -> str:
    """What a console of ``width`` columns prints of ``parts``, without trailing spaces."""
    file = io.StringIO()
    show(parts, Console(file=file, width=width, markup=False, highlight=False, emoji=False))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def units(on_time: float, late: float, lost: float, left: float) -> Json:
    return {"demanded": 155_799.0, "on_time": on_time, "late": late, "lost": lost, "open": left}


def costs(profit: float, premium: float = 0.0) -> Json:
    return {"revenue": 4_954_694_070.39, "purchase": 2_244_175_473.49, "lost": 37_249.28,
            "holding": 0.0, "profit": profit, "premium": premium}  # fmt: skip


def solved(objective: float | None) -> Json:
    return {"status": "optimal" if objective else "no plan", "objective": objective,
            "bound": objective, "gap": 0.0 if objective else None, "rows": 26_491,
            "columns": 36_857, "seconds": 15.421}  # fmt: skip


def action(rank: int, kind: str, worth: float | None, **values: object) -> Json:
    row = {"rank": rank, "kind": kind, "item": "SOC-VISION-1", "quantity": 10_741.0,
           "unit": "piece", "origin": "BROKER-SG", "destination": "T1-DE-1", "mode": "spot",
           "decide_by_label": "2026-01-05 (W02)", "cost": 902_244.0, "worth": worth}  # fmt: skip
    return {**row, **values}


def stop(label: str, waits_for: str) -> Json:
    return {"down_from": label[:10] or None, "label": label, "periods_down": 5 if label else 0,
            "waits_for": waits_for}  # fmt: skip


DATASET: Json = {
    "items": 79, "locations": 32, "item_locations": 321, "sourcing_options": 429,
    "production_options": 67, "lanes": 334, "scheduled_receipts": 1389, "start": "2026-01-05",
    "end": "2026-06-29", "periods": 26, "bucket": "week", "currency": "EUR", "demand_rows": 1170,
    "demand_units": 155_799.0, "note": "synthetic data", "notices": ["left aside: visits"],
}  # fmt: skip
CALM = {"units": units(155_799, 0, 0, 0), "costs": costs(2_098_247_860.0), "solve": solved(2e9)}


def scenario(name: str = "chip-shortage") -> Json:
    as_is, response = units(115_375.4, 18_327.2, 28.3, 22_068.1), units(145_241, 5_840, 0, 4_718)
    brand = {"name": "Avenor", "demanded": 155_799.0, "as-is": as_is, "response": response}
    return {
        "name": name, "description": "the largest fab stands still",
        "changes": ["Allocation: semiconductor at 60 %: 25 supplier groups, 607,070 -> 364,242"],
        "responses": {"reallocation": True, "transfers": True, "alternates": False,
                      "budget": 1_500_000.0},
        "units": {"as-is": as_is, "response": response},
        "costs": {"as-is": costs(1_967_504_775.0), "response": costs(2_083_102_277.3, 1_500_000)},
        "by_kind": [], "by_brand": [brand],
        "by_plant": [{"name": "PLANT-DE", "calm": 60_015.0, "as-is": 47_842.0,
                      "response": 59_652.0}],
        "lines": [
            {"name": "LINE-DE-1", "location": "PLANT-DE", "response": stop("", ""),
             "as-is": stop("2026-04-27 (W18)", "ADAS-1 from T1-DE-1")},
            {"name": "LINE-ES-1", "location": "PLANT-ES", "as-is": stop("", ""),
             "response": stop("", "")},
        ],
        "levers": [{"lever": "alternates", "item": "", "premium": 1.4e6, "worth": 6.1e7},
                   {"lever": "supply", "item": "CHIP-1", "premium": 1.0, "worth": 9.9e6}],
        "actions": [action(1, "order", 6_013_256.5), action(2, "build", None)],
        "solve": {"as-is": solved(1_967_504_775.0), "response": solved(2_083_102_277.0)},
        "seconds": {"plans": 16.02},
    }  # fmt: skip


def compared(name: str) -> Json:
    return {"scenario": name, "not_served_as_is": 22_096.4, "not_served_response": 4_717.8,
            "profit_as_is": 1_967_504_775.0, "profit_response": 2_083_102_277.0,
            "saved": 115_597_502.0, "premium": 1_500_000.0, "first_line_down": "2026-04-27",
            "first_line": "LINE-DE-1"}  # fmt: skip


def whole(*scenarios: Json) -> Json:
    return {"dataset": DATASET, "calm": CALM, "scenarios": list(scenarios), "out": "OUT",
            "comparison": [compared(s["name"]) for s in scenarios],
            "seconds": {"read": 2.4, "write": 0.1}}  # fmt: skip


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "largest", "shown"),
    [
        (1_976_000_000, 0, "1,976.0 M EUR"),
        (37_249_300, 1e9, "37.2 M EUR"),
        (-902_244, 0, "-902.2 k EUR"),
        (12_345.6, 0, "12,346 EUR"),
        (12.345, 0, "12.35 EUR"),
        (0.0, 5e9, "0 M EUR"),
        (None, 9, "- EUR"),
    ],
)
def test_money_is_scaled_by_the_largest_amount_of_a_table(
    value: float | None, largest: float, shown: str
) -> None:
    assert money_scale([value, largest], "EUR").named(value) == shown


def test_zero_is_told_from_what_rounds_to_zero() -> None:
    scale = money_scale([5e9], "EUR")
    assert [scale.show(v) for v in (0.0, -1e-3, 40_000.0, -40_000.0)] == ["0", "0", "0.0", "0.0"]
    assert scale.change(0.0, 40_000.0) == "0.0"
    assert scale.change(2e9, 1e9) == "-1,000.0"
    assert scale.change(None, 1e9) == "-"


def test_quantities_have_a_decimal_only_where_they_are_few() -> None:
    assert unit_scale([1234.5]).show(1234.5) == "1,234"
    assert unit_scale([1.5, 20]).show(20) == "20.0"
    assert unit_scale([1.0000000001, 20]).show(20) == "20"


def test_numbers_are_found_in_nested_data() -> None:
    assert numbers({"a": [1, {"b": 2.5}], "c": "3", "d": None, "e": True}) == [1.0, 2.5]


def test_shares_and_counts() -> None:
    assert [percent(1, 3), percent(0.5), percent(None, 3), percent(1, 0)] == [
        "33.3 %", "50.0 %", "-", "-",
    ]  # fmt: skip
    assert [count(1, "row"), count(1170, "row")] == ["1 row", "1,170 rows"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable({"a": ["x\x1b[31m", "two\nlines", 5, None]}) == {
        "a": ["x\ufffd[31m", "two lines", 5, None]
    }


# --- blocks ------------------------------------------------------------------------------------


def test_numbers_are_aligned_and_never_wrapped() -> None:
    rows = [("a long name of several words", "1,234,567"), ("b", "8")]
    lines = text(table("Title", ("name", ">count"), rows, "a note"), 30).splitlines()
    assert lines[0] == "Title"
    assert [line for line in lines if line.endswith("1,234,567")]
    assert max(map(len, lines)) <= 30
    assert lines[-2:] == ["a note", ""]
    assert next(line for line in lines if line.startswith("b")).endswith(" 8")


def test_a_fact_wraps_beside_its_label_and_is_left_out_without_text() -> None:
    lines = text(facts([("Label", "one two three"), ("Empty", "")]), 16).splitlines()
    assert lines == ["Label  one two", "       three", ""]


def test_a_cut_list_says_so() -> None:
    assert (more(10, 1234), more(10, 10)) == ("1,224 more: see --json", "")


# --- documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_of_a_what_if_fits(width: int) -> None:
    for document in (whole(scenario()), whole(scenario(), scenario("a much longer name"))):
        for full in (False, True):
            lines = text(what_if(document, width, full), width).splitlines()
            assert max(map(len, lines)) <= width


def test_a_what_if_names_units_money_and_changes() -> None:
    shown = text(what_if(whole(scenario()), 80))
    for part in (
        "26 weeks from 2026-01-05", "1,170 rows", "money in EUR", "left aside: visits",
        "Permitted  reallocation, transfers; a premium of up to 1.5 M EUR",
        "22,096 of 155,799 units not served by the end (14.2 %)",
        "profit 130.7", "M EUR below the calm plan", "profit 115.6 M", "Money, in M EUR",
        "runs on", "never down: LINE-ES-1", "ADAS-1 from T1-DE-1", "1 more: see --json",
        "other suppliers, modes, versions", "all extra supply of CHIP-1", "Written to  OUT",
    ):  # fmt: skip
        assert part in shown, part
    line = next(line for line in shown.splitlines() if line.startswith("late "))
    assert line.split() == ["late", "0", "18,327", "5,840", "-12,487"]
    line = next(line for line in shown.splitlines() if line.startswith("= profit"))
    assert line.split()[2:] == ["2,098.2", "1,967.5", "2,083.1", "+115.6"]


def test_actions_read_as_sentences() -> None:
    rows = [
        action(1, "order", 5.0), action(2, "build", 4.0, origin="P", destination="P", mode="v2"),
        action(3, "reallocation", 3.0, origin="EU, US", destination="B, C", mode="fleet"),
        action(4, "transfer", 2.0, unit="kg", quantity=2.5, mode=""),
    ]  # fmt: skip
    shown = text(what_if(whole({**scenario(), "actions": rows}), 120), 120)
    for part in (
        "order: 10,741 SOC-VISION-1 from BROKER-SG to T1-DE-1, spot",
        "build: 10,741 SOC-VISION-1 at P, v2",
        "reallocation: 10,741 SOC-VISION-1 less in EU, US, fleet; goes to B, C",
        "transfer: 2.5 SOC-VISION-1 (kg) from BROKER-SG to T1-DE-1",
    ):
        assert part in shown, part


def test_where_nothing_is_lost_the_text_says_so() -> None:
    kinds = ("as-is", "response")
    units_of, costs_of = (dict.fromkeys(kinds, CALM[name]) for name in ("units", "costs"))
    calm = {**scenario(), "actions": [], "units": units_of, "costs": costs_of}
    shown = text(what_if(whole(calm), 80))
    assert "all 155,799 units served by the end; profit as in the calm plan" in shown
    assert "the response does nothing that as-is does not do" in shown


def test_a_scenario_without_a_plan_is_told_and_compared() -> None:
    nothing: Json = {"as-is": {}, "response": {}}
    failed = {**scenario(), "units": nothing, "costs": nothing, "by_brand": [], "by_plant": [],
              "lines": [], "actions": [], "levers": [],
              "solve": {"as-is": solved(None), "response": solved(None)}}  # fmt: skip
    document = whole(failed, scenario("other"))
    row = dict.fromkeys(compared(""), None)
    document["comparison"][0] = {**row, "scenario": "failed"}
    for full in (True, False):
        shown = text(what_if(document, 80, full))
        assert "no plan was found in time" in shown
        line = next(line for line in shown.splitlines() if line.startswith("failed "))
        assert line.split() == ["failed", *"------", "none"]


def test_a_plan_shows_one_column() -> None:
    found = scenario()
    document = {
        "kind": "response", "scenario": "base", "changes": [],
        "dataset": DATASET, "solve": solved(2e9), "seconds": {}, "out": None, "model": "M",
        "units": found["units"]["response"], "costs": found["costs"]["response"],
        "by_brand": found["by_brand"],
    }  # fmt: skip
    shown = text(plan(document, 80))
    assert "Response plan, scenario base" in shown
    assert "profit 2,083.1 M EUR" in " ".join(shown.split())
    assert "Model" in shown
    assert "less as-is" not in shown


def test_a_check_that_fails_shows_where() -> None:
    violation = {"equation": "C1", "key": "A|P", "period": "2026-01-05 (W02)", "value": 3.0,
                 "limit": None, "message": "stock does not add up"}  # fmt: skip
    document = {
        "path": "DIR", "kind": "as-is", "scenario": "base", "status": "optimal", "currency": "EUR",
        "passed": False, "objective": {"manifest": 1.5, "recomputed": None},
        "equations": [{"equation": "C1", "checked": 1200, "violated": 25}],
        "violations": [violation] * 25, "disagreements": ["the plan was made from other data"],
    }  # fmt: skip
    shown = text(verification(document, 80))
    for part in ("1,200", "A|P", "5 more", "FAILED", "other data", "1.50 EUR"):
        assert part in shown, part
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("width", [80, 120])
def test_the_structure_of_a_dataset_fits(width: int) -> None:
    source = {"item": "TRIM-DUSKAR-EV-COMPACT", "kind": "component", "source": "SUP-US-1",
              "products": 1, "share": 0.042}  # fmt: skip
    shared = {"supplier": "FAB-TW-1", "group": "logic", "items": 3, "sole_source": 1,
              "products": 13, "share": 1.0}  # fmt: skip
    found = {
        "sizes": {f"table_number_{n}": 1000 * n for n in range(20)},
        "tiers": [{"tier": 0, "item_locations": 39, "items": 13, "locations": 7,
                   "kinds": {"product": 11, "unclassified": 2}}],
        "single_sourced": [source] * 12, "one_routine_source": [], "no_routine_source": ["A"],
        "suppliers": [shared, {**shared, "supplier": "ALONE", "products": 1}], "groups": [shared],
        "unneeded": [f"OLD-{n}" for n in range(30)],
    }  # fmt: skip
    document = {"path": "DATASET", "dataset": DATASET, "structure": found}
    shown = text(structure(document, width), width)
    assert max(map(len, shown.splitlines())) <= width
    for part in ("2 more: see --json", "FAB-TW-1 logic", "100.0 %", "30 items: OLD-0", "10 more"):
        assert part in shown, part
    assert "ALONE" not in shown


def test_what_was_written_is_summed_up() -> None:
    document = {"out": "DIR", "format": "csv", "tables": {"items": 1, "demand": 1200},
                "scenarios": ["a.yaml"], "notes": ["no prices"]}  # fmt: skip
    shown = text(written(document, 80))
    for part in ("DIR, csv: 2 tables, 1,201 rows", "a.yaml", "no prices"):
        assert part in shown
