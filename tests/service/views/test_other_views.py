"""Views that stand alone: exports, comparison, forms of scenarios, what another quantity costs."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest

from app.service.views.answers import wish_fault
from app.service.views.comparison import money_side_by_side, side_by_side, stops_side_by_side
from app.service.views.export import file_of
from app.service.views.scenario_form import fields, from_yaml, suggested, to_yaml
from app.service.views.whatif_action import preview
from app.service.views.wording import option, place_of
from supplychain.errors import ScenarioError

OUTAGE = """
name: fab out
disruptions:
- {kind: supplier_outage, location: FAB, start: 2026-W02, periods: 3}
responses: {transfers: false, budget: 100}
"""


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@now", "\tx", "\rx"])
def test_a_text_that_would_act_in_a_spreadsheet_does_not(cell: str) -> None:
    frame = pd.DataFrame({"name": [cell, "plain"], "number": [-1.0, 2.0]})
    csv = pd.read_csv(io.BytesIO(file_of(frame, "names", "csv")), dtype="str")
    assert csv["name"].tolist() == [f"'{cell}", "plain"]
    assert csv["number"].tolist() == ["-1", "2"]
    book = pd.read_excel(io.BytesIO(file_of(frame, "a/b:c", "xlsx")), dtype="str",
                         engine="calamine")  # fmt: skip
    assert book["name"].tolist()[1] == "plain"
    assert book["name"].tolist()[0].strip() == cell.strip()


def test_a_scenario_goes_into_a_form_and_comes_out_the_same() -> None:
    form = from_yaml(OUTAGE)
    assert form["disruptions"][0]["location"] == "FAB"
    assert from_yaml(to_yaml(form)) == form
    with pytest.raises(ScenarioError):
        to_yaml({**form, "name": ""})


def test_what_comes_twice_in_a_form_is_written_out_twice() -> None:
    outage = {"kind": "supplier_outage", "location": "FAB", "start": "2026-W03", "periods": 2}
    text = to_yaml({"name": "twice", "disruptions": [outage, outage]})
    assert text.count("location: FAB") == 2


def test_when_and_how_long_come_last_in_a_form() -> None:
    names = [field.name for field in fields("allocation")]
    assert names[-3:] == ["start", "periods", "recovery"]
    assert {field.name for field in fields("allocation") if field.required} == {"share", "start"}


def test_a_click_on_a_plant_means_its_equipment_and_on_a_supplier_its_outage() -> None:
    places = pd.DataFrame({"location": ["PLANT", "FAB"], "kind": ["plant", "supplier"]})
    assert suggested("PLANT", places)["kind"] == "plant_outage"
    assert suggested("FAB", places)["kind"] == "supplier_outage"


def test_less_of_an_action_costs_at_most_its_share_of_the_worth() -> None:
    content = {"quantity": 10.0, "cost": 90.0, "premium": 70.0, "worth": 400.0}
    assert preview(content, 4.0).most_lost == 240.0
    assert preview(content, 10.0).most_lost == 0.0
    assert (preview(content, 4.0).cost, preview(content, 4.0).premium) == (36.0, 28.0)
    assert preview(content, 12.0).most_lost is None
    assert preview({**content, "worth": None}, 4.0).most_lost is None


def board(stop: str | None, at_risk: float) -> dict[str, Any]:
    """What a board says, as far as comparing goes."""
    lines = [{"line": "LINE", "down_from": stop}] if stop else []
    units = {"late": 1.0, "lost": 2.0, "open": 3.0}
    return {"lines": lines, "bottleneck": {"item": "CHIP"} if stop else None, "totals": {
        "at_risk": at_risk, "at_risk_response": 0.0, "saved": 5.0, "premium": 1.0,
        "as-is": units}}  # fmt: skip


def test_cases_stand_side_by_side() -> None:
    boards = {"bad": board("2026-01-12", 9.0), "calm": board(None, 0.0)}
    rows = side_by_side(boards).set_index("case")
    assert rows.loc["bad", ["missed", "lines", "first_line", "waits_for"]].tolist() == [
        5.0, 1, "LINE", "CHIP"]  # fmt: skip
    assert rows.loc["calm", "lines"] == 0
    assert stops_side_by_side(boards).loc["LINE", "bad"] == "2026-01-12"
    costs = pd.DataFrame({"term": ["revenue", "overtime", "profit"], "amount": [9.0, 0.0, 9.0]})
    assert money_side_by_side({"bad": costs}).index.tolist() == ["revenue", "profit"]


def test_a_key_is_told_in_words() -> None:
    told = option("order SOC-VISION-1|HUB-NL|FAB-TW-1|air")
    assert told == "order SOC-VISION-1 from FAB-TW-1 to HUB-NL by air"
    assert option("serve SUV|MARKET-CN|retail") == "serve SUV at MARKET-CN (retail)"
    assert option("delivery SUV|MARKET-CN") == "delivery of SUV at MARKET-CN"
    assert (place_of("PO-1|02"), place_of("A|B")) == ("PO-1/02", "A, B")


def test_a_wrong_question_is_told_in_the_words_of_the_page() -> None:
    fault = wish_fault("order FOO by air")
    assert "is no question that is understood. Write one of: order ITEM from SUPPLIER" in fault
    assert "--" not in fault
    assert wish_fault("order FOO from BAR by air") == ""
