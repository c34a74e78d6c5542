"""Scenario files: what they say, how they are written back, and how their faults are told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from supplychain.disruptions import KINDS, Allocation, Disruption, SupplierOutage
from supplychain.errors import FileError, ScenarioError
from supplychain.scenario import Responses, Scenario, parse_scenario, read_scenario

FULL = """
name: chip allocation, second half
description: A fab allocates.
disruptions:
  - kind: allocation          # commodity or supplier group cut to a share of its capacity
    commodity: semiconductor
    share: 0.6
    start: 2026-W10
    periods: 12
    recovery: 4
  - kind: supplier_outage
    location: FAB-TW-1
    start: 2026-03-16
    periods: 8
responses: {reallocation: true, transfers: no, substitutes: true, budget: 2e6}
"""


def parse(text: str) -> Scenario:
    return parse_scenario(text, "file.yaml")


def one(fields: str) -> str:
    """A scenario with one disruption, given as lines of fields."""
    lines = [line.strip() for line in fields.strip().splitlines()]
    return "name: x\ndisruptions:\n  - " + "\n    ".join(lines)


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


# --- reading -----------------------------------------------------------------------------------


def test_a_scenario_is_read_with_weeks_dates_and_switches() -> None:
    assert parse(FULL) == Scenario(
        "chip allocation, second half",
        "A fab allocates.",
        (
            Allocation(
                commodity="semiconductor",
                share=0.6,
                start=dt.date(2026, 3, 2),
                periods=12,
                recovery=4,
            ),
            SupplierOutage(location="FAB-TW-1", start=dt.date(2026, 3, 16), periods=8),
        ),
        Responses(transfers=False, budget=2_000_000),
    )


def test_what_is_left_out_has_its_default() -> None:
    scenario = parse("name: base")
    assert scenario == Scenario.calm("base")
    assert scenario.disruptions == ()
    assert scenario.responses.reallocation is True
    assert scenario.responses.budget is None
    assert parse("name: base\ndisruptions:\nresponses:\n") == scenario


def test_every_response_is_permitted_unless_it_is_left_out_and_none_is_asked_to_be_even() -> None:
    calm = Scenario.calm().responses.model_dump()
    assert [name for name, value in calm.items() if value is not True] == ["plant_spread", "budget"]
    asked = "name: x\nresponses: {overtime: false, priorities: false, plant_spread: 0.2}"
    assert parse(asked).responses == Responses(overtime=False, priorities=False, plant_spread=0.2)


def test_a_spread_is_a_share() -> None:
    with pytest.raises(ScenarioError, match="plant_spread value '2': is above 1"):
        parse("name: x\nresponses: {plant_spread: 2}")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2026-03-02", dt.date(2026, 3, 2)),
        ("2026-03-04", dt.date(2026, 3, 4)),
        ("2026-W10", dt.date(2026, 3, 2)),
        ("2026W10", dt.date(2026, 3, 2)),
        ("'2026-03'", dt.date(2026, 3, 1)),
        ('"2026-03-02"', dt.date(2026, 3, 2)),
        ("2026-03-02 08:00:00", dt.date(2026, 3, 2)),
    ],
)
def test_a_start_may_be_a_date_a_week_or_a_month(text: str, start: dt.date) -> None:
    read = parse(one(f"kind: demand_change\nfactor: 2\nstart: {text}"))
    assert read.disruptions[0].start == start


@pytest.mark.parametrize(
    ("text", "number"), [("1e6", 1e6), ("1_000", 1000), ("0.5", 0.5), (".5", 0.5), ("010", 10)]
)
def test_numbers_are_read_as_they_are_written(text: str, number: float) -> None:
    assert parse(f"name: x\nresponses: {{budget: {text}}}").responses.budget == number


def test_a_file_is_read_and_named_in_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "fire.yaml"
    path.write_text("\ufeff" + FULL, encoding="utf-8")
    assert read_scenario(path) == parse(FULL)
    path.write_text("nam: fire", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    assert {problem.table for problem in caught.value.problems} == {"fire.yaml"}


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_scenario(tmp_path / "none.yaml")
    with pytest.raises(FileError, match="cannot be read"):
        read_scenario(tmp_path)
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: Köln".encode("latin-1"))
    with pytest.raises(ScenarioError, match="is not UTF-8 text"):
        read_scenario(path)


# --- writing -----------------------------------------------------------------------------------

_START = dt.date(2026, 3, 2)
EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "supplier_outage", "location": "NO", "share": 0.25},
    {"kind": "region_outage", "country": "1e6"},
    {"kind": "allocation", "supplier": "FAB: 1", "group": "#logic", "share": 0.1},
    {"kind": "plant_outage", "location": "P", "resource": "010", "share": 1 / 3},
    {"kind": "lane_closure", "origin_region": "2026-03-02", "mode": "~"},
    {"kind": "lead_time_change", "item": "<<", "add": 3, "open_orders": False},
    {"kind": "demand_change", "brand": "Škoda", "factor": 1e-7},
    {"kind": "stock_quarantine", "item": "'", "quantity": 1e17},
    {"kind": "cost_change", "region": "- x", "tariff": 0.0},
]


def test_every_kind_is_written_and_read_back() -> None:
    events = tuple(
        KINDS[fields["kind"]](**fields, start=_START, periods=n + 1, recovery=n)
        for n, fields in enumerate(EVERY_KIND)
    )
    assert {event.kind for event in events} == set(KINDS)
    scenario = Scenario("all", "two\nlines", events, Responses(transfers=False, budget=0.5))
    assert parse(scenario.to_yaml()) == scenario


def test_what_is_asked_for_survives_writing() -> None:
    asked = parse(FULL)
    read = parse(asked.to_yaml())
    assert read.responses.model_fields_set == asked.responses.model_fields_set


_names = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text == text.strip())


@given(_names, _names, st.floats(0, 1), st.dates(), st.floats(0, 1e300))
@example("a\u2028b", "0\x850", 0.5, dt.date(2026, 1, 5), 1.0)  # line breaks that are no \n
@settings(max_examples=80, deadline=None)
def test_any_name_and_number_survives_writing(
    name: str, item: str, share: float, start: dt.date, budget: float
) -> None:
    event = Allocation(item=item, share=share, start=start)
    scenario = Scenario(name, name, (event,), Responses(budget=budget))
    assert parse(scenario.to_yaml()) == scenario


def test_scenarios_and_disruptions_cannot_be_changed() -> None:
    scenario = parse(FULL)
    with pytest.raises(AttributeError):
        scenario.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        scenario.disruptions[0].start = _START
    with pytest.raises(ValidationError):
        scenario.responses.transfers = True


@pytest.mark.parametrize(
    "fields",
    [
        {"share": 0.5},
        {"commodity": "c", "item": "i", "share": 0.5},
        {"commodity": "c", "share": 1.5},
        {"commodity": "c", "share": "0.5"},
        {"commodity": "c", "share": 0.5, "recovery": 2},
    ],
)
def test_records_made_in_code_follow_the_same_rules(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Allocation(start=_START, **fields)


# --- malformed ---------------------------------------------------------------------------------

ALLOCATION = "kind: allocation\ncommodity: chip\nstart: 2026-W10\n"
OUTAGE = "kind: supplier_outage\nlocation: FAB\nstart: 2026-W10\n"
LEAD = "kind: lead_time_change\nitem: CHIP\nstart: 2026-W10\n"
COST = "kind: cost_change\nitem: CHIP\nstart: 2026-W10\n"
HOLD = "kind: stock_quarantine\nitem: CHIP\nstart: 2026-W10\n"
DEMAND = "kind: demand_change\nstart: 2026-W10\n"

MALFORMED = {
    "empty": ("", "file.yaml: is empty"),
    "a list": ("- name: x", "file.yaml: is not a mapping of fields"),
    "a word": ("chip shortage", "file.yaml: is not a mapping of fields"),
    "bad indent": ("name: x\n disruptions: []", "is not valid YAML: mapping values are not all"),
    "open bracket": ("name: x\ndisruptions: [", "is not valid YAML"),
    "tab": ("name:\tx\n\tdisruptions: []", "is not valid YAML"),
    "control character": ("name: \x07", "is not valid YAML"),
    "python object": ("name: !!python/object:os.system x", "is not valid YAML"),
    "two documents": ("name: x\n---\nname: y", "is not valid YAML"),
    "bad tag": ("name: !!int many", "is not valid YAML"),
    "too deep": ("name: x\ndisruptions: " + "[" * 4000, "is not valid YAML: nested too deeply"),
    "list as key": ("? [a]\n: b", "is not valid YAML"),
    "given twice": ("name: x\nname: y", "column name: field is given twice (line 2)"),
    "field given twice": (one(OUTAGE + "share: 0\nshare: 0.5"), "field is given twice (line 7)"),
    "no name": ("disruptions: []", "column name: required field is missing; add name"),
    "name a number": ("name: 2026", "column name value '2026': is not text; write text; put num"),
    "name empty": ("name: ''", "column name: is empty"),
    "name blank": ("name:", "column name: is blank; fill it in, or remove the field"),
    "name spaces": ("name: ' x'", "column name value ' x': has spaces around it"),
    "unknown top field": ("name: x\ndisruption: []", "unknown field; remove it, did you mean disr"),
    "number as field": ("name: x\n1: 2", "column 1: unknown field; remove it"),
    "disruptions a mapping": ("name: x\ndisruptions: {}", "column disruptions: is not a list"),
    "disruption a word": ("name: x\ndisruptions: [fire]", "row 1 value 'fire': is not a mapping"),
    "no kind": (one("location: FAB"), "row 1 column kind: required field is missing; add one of "),
    "unknown kind": (
        one("kind: supplier_outag"),
        "row 1 column kind value 'supplier_outag': is not a kind of disruption; write one of "
        "supplier_outage, region_outage, allocation, plant_outage, lane_closure, lead_time_change,"
        " demand_change, stock_quarantine, cost_change, did you mean supplier_outage?",
    ),
    "kind a list": (one("kind: [allocation]"), "row 1 column kind: is not a kind of disruption"),
    "unknown field": (one(OUTAGE + "shear: 0"), "column shear: unknown field; remove it, did you"),
    "number as inner field": (one(OUTAGE + "5: 0"), "row 1 column 5: unknown field"),
    "field of another kind": (one(OUTAGE + "commodity: x"), "column commodity: unknown field"),
    "no start": (one("kind: supplier_outage\nlocation: A"), "column start: required field is"),
    "no location": (one("kind: supplier_outage\nstart: 2026-W10"), "column location: required"),
    "no share": (one(ALLOCATION), "row 1 column share: required field is missing; add share"),
    "no factor": (one(DEMAND), "row 1 column factor: required field is missing"),
    "share above": (one(OUTAGE + "share: 1.2"), "column share value '1.2': is above 1; write a nu"),
    "share below": (one(OUTAGE + "share: -0.1"), "column share value '-0.1': is negative"),
    "share a percentage": (one(OUTAGE + "share: 60 %"), "column share value '60 %': is not a num"),
    "share quoted": (one(OUTAGE + "share: '0.6'"), "column share value '0.6': is not a number"),
    "share a switch": (one(OUTAGE + "share: yes"), "column share value 'true': is not a number"),
    "share infinite": (one(OUTAGE + "share: .inf"), "column share value 'inf': is not finite"),
    "share not a number": (one(OUTAGE + "share: .nan"), "column share value 'nan': is not finite"),
    "share overflows": (one(OUTAGE + "share: 1e999"), "column share value 'inf': is not finite"),
    "share blank": (one(ALLOCATION + "share:"), "column share: is blank"),
    "periods zero": (one(OUTAGE + "periods: 0"), "column periods value '0': is below 1"),
    "periods half": (one(OUTAGE + "periods: 1.5"), "column periods value '1.5': is not a whole"),
    "periods a word": (one(OUTAGE + "periods: many"), "column periods value 'many': is not a who"),
    "periods endless": (one(OUTAGE + "periods: 99999"), "column periods value '99999': is above"),
    "recovery negative": (
        one(OUTAGE + "periods: 2\nrecovery: -1"),
        "column recovery value '-1': is negative; write a number from 0 up",
    ),
    "recovery never": (one(OUTAGE + "recovery: 2"), "column recovery value '2': is never reached"),
    "day does not exist": (
        one("kind: supplier_outage\nlocation: FAB\nstart: 2026-02-30"),
        "column start value '2026-02-30': is not a date; write a date such as 2026-03-02 or a week",
    ),
    "week does not exist": (
        one("kind: supplier_outage\nlocation: FAB\nstart: 2026-W60"),
        "column start value '2026-W60': is not a date",
    ),
    "date as a number": (
        one("kind: supplier_outage\nlocation: FAB\nstart: 20260302"),
        "column start value '20260302': is not a date",
    ),
    "country NO": (
        one("kind: region_outage\ncountry: NO\nstart: 2026-W10"),
        "column country value 'false': is not text; write text; put numbers, yes and no in quotes",
    ),
    "item a number": (one("kind: stock_quarantine\nitem: 4711\nstart: 2026-W10"), "is not text"),
    "region and country": (
        one("kind: region_outage\nregion: A\ncountry: B\nstart: 2026-W10"),
        "column country: region and country exclude each other; give one of region, country",
    ),
    "no region": (
        one("kind: region_outage\nstart: 2026-W10"),
        "column region: a required field is missing; give exactly one of region, country",
    ),
    "commodity and item": (
        one(ALLOCATION + "item: CHIP\nshare: 0.5"),
        "commodity and item exclude each other",
    ),
    "supplier alone": (
        one("kind: allocation\nsupplier: FAB\nshare: 0.5\nstart: 2026-W10"),
        "a required field is missing; give exactly one of commodity, item, group",
    ),
    "group alone": (
        one("kind: allocation\ngroup: logic\nshare: 0.5\nstart: 2026-W10"),
        "column supplier: a group needs its supplier; give the supplier as well",
    ),
    "lane of nothing": (
        one("kind: lane_closure\nstart: 2026-W10"),
        "nothing is selected; give at least one of item, origin, destination, mode,",
    ),
    "lead time of nothing": (
        one("kind: lead_time_change\nadd: 1\nstart: 2026-W10"),
        "nothing is selected; give at least one of item, commodity, supplier, location, mode",
    ),
    "costs of nothing": (one("kind: cost_change\nfactor: 2\nstart: 2026-W10"), "nothing is select"),
    "add and factor": (one(LEAD + "add: 1\nfactor: 2"), "add and factor exclude each other; give"),
    "neither add nor factor": (one(LEAD), "a required field is missing; give exactly one of add,"),
    "add half a week": (one(LEAD + "add: 0.5"), "column add value '0.5': is not a whole number"),
    "add negative": (one(LEAD + "add: -1"), "column add value '-1': is negative"),
    "factor negative": (one(LEAD + "factor: -2"), "column factor value '-2': is negative"),
    "factor endless": (
        one(DEMAND + "factor: 1e300"),
        "column factor value '1e+300': is above 1e+0",
    ),
    "open orders a word": (
        one(LEAD + "add: 1\nopen_orders: maybe"),
        "column open_orders value 'maybe': is not true or false",
    ),
    "factor and tariff": (one(COST + "factor: 1\ntariff: 1"), "factor and tariff exclude each oth"),
    "neither factor nor tariff": (one(COST), "give exactly one of factor, tariff"),
    "tariff a percentage": (one(COST + "tariff: 25%"), "column tariff value '25%': is not a numb"),
    "share and quantity": (one(HOLD + "share: 1\nquantity: 5"), "share and quantity exclude each"),
    "quantity negative": (one(HOLD + "quantity: -5"), "column quantity value '-5': is negative"),
    "responses a list": ("name: x\nresponses: [transfers]", "column responses: is not a mapping"),
    "unknown response": (
        "name: x\nresponses: {transfer: true}",
        "column transfer: unknown field; remove it, did you mean transfers?",
    ),
    "response a number": (
        "name: x\nresponses: {transfers: 1}",
        "column transfers value '1': is not true or false; write true or false",
    ),
    "response blank": ("name: x\nresponses: {transfers: }", "column transfers: is blank"),
    "budget negative": (
        "name: x\nresponses: {budget: -1}",
        "column budget value '-1': is negative",
    ),
    "budget a word": (
        "name: x\nresponses: {budget: 2 M}",
        "column budget value '2 M': is not a nu",
    ),
    "budget infinite": ("name: x\nresponses: {budget: .inf}", "value 'inf': is not finite"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_scenario_is_one_problem_with_its_place_and_remedy(case: str) -> None:
    text, message = MALFORMED[case]
    found = problems(text)
    if "name: x" in text or "\n" not in text:
        assert len(found) == 1, found
    assert any(message in problem for problem in found), found


def test_all_problems_of_a_scenario_are_told_at_once_with_the_number_of_the_disruption() -> None:
    text = """
names: x
disruptions:
  - kind: allocation
    share: 2
    start: soon
  - kind: flood
  - kind: demand_change
    factor: 1
    start: 2026-W10
  - kind: lead_time_change
    factor: -1
    add: -1
responses: {budget: lots, expedit: true}
"""
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    places = [(p.row, p.column) for p in caught.value.problems]
    assert sorted(places, key=str) == sorted(
        [
            (None, "names"), (None, "name"),
            (1, "commodity"), (1, "share"), (1, "start"),
            (2, "kind"),
            (4, ""), (4, "factor"), (4, "factor"), (4, "add"), (4, "start"),
            (None, "budget"), (None, "expedit"),
        ],
        key=str,
    )  # fmt: skip


def test_every_kind_is_listed_under_its_own_name() -> None:
    for name, model in KINDS.items():
        assert issubclass(model, Disruption)
        assert model.model_fields["kind"].default == name
        assert model.__doc__


def test_a_few_lines_that_stand_for_gigabytes_are_refused_at_once() -> None:
    bomb = "z0: &z0 {a: 1}\n" + "".join(
        f"z{n}: &z{n} {{<<: [{', '.join([f'*z{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
    )
    with pytest.raises(ScenarioError, match=r"an alias; write it out \(line 2"):
        parse_scenario(bomb, "bomb.yaml")
