"""The commands explain and compare, on plans that whatif wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app as commands

TABLES = {
    "items": "item,kind,brand\nCAR,product,NORD\nCHIP,component,\n",
    "locations": "location\nPLANT\nFAB\nBROKER\n",
    "bom": "item,component,quantity_per\nCAR,CHIP,2\n",
    "production": "item,location,lead_time,unit_cost\nCAR,PLANT,0,10\n",
    "sourcing": "item,location,supplier,mode,lead_time,unit_cost,capacity,routine\n"
    "CHIP,PLANT,FAB,sea,0,1,10,true\nCHIP,PLANT,BROKER,air,0,3,4,false\n"
    "CHIP,PLANT,BROKER,spot,0,90,,false\n",
    "demand": "item,location,period,quantity,unit_revenue,lost_after\n"
    "CAR,PLANT,2026-W02,10,100,0\nCAR,PLANT,2026-W03,4,100,0\n",
    "settings": "name,value\nstart,2026-W02\nperiods,2\n",
}
Folders = tuple[Path, Path]


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """PLAN_DIRs as-is and in response: 10 chips a week, 2 a car, and 4 more from a broker."""
    folder = tmp_path_factory.mktemp("company")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    found = []
    for kind in ("as-is", "response"):
        out = folder.parent / f"{folder.name}-{kind}"
        run("plan", folder, "--kind", kind, "--out", out)
        found.append(out)
    return found[0], found[1]


def run(*arguments: object, code: int = 0, width: int = 80) -> Result:
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(commands, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def document(*arguments: object) -> dict[str, Any]:
    content = json.loads(run(*arguments, "--json").stdout)
    assert isinstance(content, dict)
    return content


def test_explain_tells_why_and_what_would_fix_it_with_the_keys_of_the_rows(plans: Folders) -> None:
    content = document("explain", plans[1])
    (cause,) = content["why"]
    # 7 of 10 cars in W02 from 14 chips; in W03 stock and 10 chips are enough for 4
    assert (cause["lost"], cause["late"], cause["keys"]["demand"]) == (
        pytest.approx(3), 0, ["CAR|PLANT|2026-01-05|"])  # fmt: skip
    assert cause["keys"]["owner"] in ("CHIP|PLANT|FAB|sea", "CHIP|PLANT|BROKER|air")
    assert "CAR waits for CHIP at PLANT" in cause["text"]
    assert sum(row["quantity"] for row in content["causes"]) == pytest.approx(3)
    assert content["fixes"][0]["worth"] > 0
    assert all(fix["keys"] and fix["text"] for fix in content["fixes"])
    assert content["notes"] == []


def test_text_of_explain_fits_its_width(plans: Folders) -> None:
    asked = ((), ("--pegging",), ("--why-not", "order CHIP from BROKER"))
    texts = [(80, run("explain", plans[1], *arguments).stdout) for arguments in asked]
    texts.append((120, run("explain", plans[1], "--pegging", width=120).stdout))
    assert all(max(map(len, text.splitlines())) <= width for width, text in texts)
    words = " ".join(texts[2][1].split())
    assert "it does not pay" in words
    assert "it is in the plan, with 4 units" in words


def test_why_not_names_the_fall_in_price(plans: Folders) -> None:
    (answer,) = document("explain", plans[1], "--why-not", "order CHIP from BROKER by spot")[
        "why_not"
    ]
    # a car earns 100 - 10 with two chips: 45 each, and spot costs 90
    assert answer["price_change"] == pytest.approx(45 - 90)
    assert answer["keys"] == {"option": ["order CHIP from BROKER to PLANT by spot"]}


def test_a_question_about_nothing_is_told_the_nearest(plans: Folders) -> None:
    result = run("explain", plans[1], "--why-not", "order CHIP from BROKRE", code=2)
    assert "order CHIP from BROKER to PLANT by air" in result.stderr
    result = run("explain", plans[1], "--demand", "CRA", code=2)
    assert "did you mean 'CAR'" in result.stderr or "CAR" in result.stderr


def test_pegging_of_a_demand_is_its_whole_chain(plans: Folders) -> None:
    content = document("explain", plans[0], "--pegging", "--demand", "CAR@PLANT")
    assert "why" not in content
    rows = content["pegging"]["rows"]
    chips = sum(row["quantity"] for row in rows if row["item"] == "CHIP")
    cars = sum(row["quantity"] for row in rows if row["item"] == "CAR")
    assert chips == pytest.approx(2 * cars)


def test_pegging_of_a_supply_tells_the_demand_that_it_serves(plans: Folders) -> None:
    rows = document("explain", plans[0], "--supply", "CHIP")["pegging"]["rows"]
    by_period: dict[str, float] = {}
    for row in rows:
        by_period[row["demand_period"]] = by_period.get(row["demand_period"], 0) + row["quantity"]
    # 10 chips a week, all in W02; 4 cars of W03 take 8
    assert by_period == {"2026-01-05": pytest.approx(10), "2026-01-12": pytest.approx(8)}
    assert "CHIP" in run("explain", plans[0], "--supply", "CHPI", code=2).stderr


def test_compare_tells_what_is_added_and_why_the_money_moves(plans: Folders) -> None:
    content = document("compare", *plans)
    assert content["input"] == []
    first = content["decisions"][0]
    # 4 chips of the broker at 3 are two cars more, at 100
    assert (first["group"], first["change"], first["after"]) == ("choice", "added", 4)
    assert "order CHIP from BROKER to PLANT by air, 0 to 4" in first["text"]
    terms = {row["term"]: row["profit"] for row in content["terms"]}
    assert [terms["revenue"], terms["purchase"]] == pytest.approx([200, -12])
    text = run("compare", *plans).stdout
    assert "Why the money moves" in text
    assert "the same data and the same scenario" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_plan_compared_with_itself_is_the_same(plans: Folders) -> None:
    content = document("compare", plans[0], plans[0])
    assert content["decisions"] == []


def test_a_folder_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    assert "manifest.json" in run("explain", tmp_path, code=2).stderr
