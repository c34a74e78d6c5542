"""The report: its numbers are those of the summary, and it opens anywhere whatever the data."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from app.service.plans.planning import Outcome, PlanningOptions, WhatIf, what_if
from app.service.plans.summary import summarize_outcome
from app.service.report import words
from app.service.report.graph import FRAME, MOST_BOXES, PLACE, Edge
from app.service.report.page import outcome_graph, render_report, write_report
from app.service.report.scarcity import scarce_items, scarcity_scores
from app.service.report.svg import round_values
from supplychain.calendar import Bucket
from supplychain.network import Network
from supplychain.scenario import Scenario, parse_scenario
from tests.support import tiny

# A chip goes into two cars; the fab stands still in periods 2 to 4, a broker has more at a price.
SUPPLY = """
    item  location  supplier  mode  lead_time  unit_cost  capacity  routine
    CHIP  PLANT     FAB       sea   0          2          40        true
    CHIP  PLANT     BROKER    air   0          9          15        false
    BODY  PLANT     MILL      road  0          5          -         true
"""
CARS = """
    item   location  lead_time  unit_cost
    SEDAN  PLANT     0          10
    SUV    PLANT     0          10
"""
LINES = """
    item   location  version   resource
    SEDAN  PLANT     standard  LINE
    SUV    PLANT     standard  LINE
"""
BOM = """
    item   version   component  quantity_per
    SEDAN  standard  CHIP       1
    SEDAN  standard  BODY       1
    SUV    standard  CHIP       2
    SUV    standard  BODY       1
"""
DEMAND = "\n".join(
    ["item location period quantity unit_revenue backorder_cost lost_after lost_cost customer"]
    + [f"{item} PLANT {period} 10 {price} 1 1 3 retail"
       for period in range(6) for item, price in (("SEDAN", 60), ("SUV", 100))]
)  # fmt: skip
OUTAGE = """
name: fab outage
description: the fab stands still
disruptions:
  - {kind: supplier_outage, location: FAB, start: 2026-W03, periods: 3}
responses: {budget: 400}
"""


def car_maker(bucket: Bucket = "week", start: str = "2025-12-29", **tables: str) -> Network:
    """A plant that makes two cars from one chip and a body."""
    frames = {
        "items": """
            item   kind       brand  unit
            SEDAN  product    NORD   piece
            SUV    product    SUED   piece
            CHIP   component  -      piece
        """,
        "sourcing": SUPPLY, "production": CARS, "production_resources": LINES, "bom": BOM,
        "demand": DEMAND,
        "resources": """
            resource  location  capacity
            LINE      PLANT     60
        """,
    }  # fmt: skip
    return tiny(6, bucket=bucket, start=start, **(frames | tables))


def planned(network: Network, scenario: str | Scenario = OUTAGE) -> tuple[WhatIf, Outcome]:
    """The what-if of one scenario, and its outcome."""
    if isinstance(scenario, str):
        scenario = parse_scenario(scenario, "test")
    result = what_if(network, [scenario], PlanningOptions())
    return result, result.outcomes[0]


@pytest.fixture(scope="module")
def outage() -> tuple[WhatIf, Outcome]:
    return planned(car_maker())


@pytest.fixture(scope="module")
def calm() -> tuple[WhatIf, Outcome]:
    return planned(car_maker(), "name: calm")


@dataclass
class Page(HTMLParser):
    """What a browser would make of the report: tables, texts, and everything that could act."""

    html: str
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._rows: list[list[str]] = []
        self._cell = False
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "table":
            self._rows = self.tables.setdefault(dict(attrs)["data-table"] or "", [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._cell:
            self._rows[-1][-1] += data

    @property
    def text(self) -> str:
        """All text of the page."""
        return " ".join(" ".join(self.texts).split())


def page(result: tuple[WhatIf, Outcome]) -> Page:
    return Page(render_report(*result))


@pytest.fixture(scope="module")
def shown(outage: tuple[WhatIf, Outcome]) -> Page:
    return page(outage)


def number(cell: str) -> float:
    """The number that a cell shows."""
    return float(re.sub(r"[^\d.eE-]", "", cell.replace("\u2212", "-")))


# --- numbers ------------------------------------------------------------------------------------


def test_the_headline_says_what_is_lost_saved_and_spent(
    outage: tuple[WhatIf, Outcome], shown: Page
) -> None:
    summary = summarize_outcome(outage[1], outage[0].calm)
    text = shown.text
    as_is, response = (summary["costs"][kind]["profit"] for kind in ("as-is", "response"))
    calm = float(outage[0].calm.objective)
    assert f"EUR {words.large(calm - as_is)} less than without the scenario" in text
    assert f"earns EUR {words.large(response - as_is)} more" in text
    assert f"spends EUR {words.large(summary['costs']['response']['premium'])} in premium" in text
    first = min(action["decide_by"] for action in summary["actions"])
    assert f"The first decision is due by {first}" in text


def test_tables_show_the_numbers_of_the_summary(
    outage: tuple[WhatIf, Outcome], shown: Page
) -> None:
    summary = summarize_outcome(outage[1], outage[0].calm)
    tables = shown.tables
    for kind, column in (("as-is", 1), ("response", 2)):
        found = [number(row[column]) for row in tables["units"][1:]]
        assert found == pytest.approx(list(summary["units"][kind].values()), abs=0.5)
        money = {row[0].split(" ", 1)[-1]: number(row[column + 1]) for row in tables["costs"][1:]}
        assert money["profit"] == pytest.approx(summary["costs"][kind]["profit"], abs=0.5)
        assert money["late delivery"] == pytest.approx(summary["costs"][kind]["backorder"], abs=0.5)
    worths = [number(row[11]) for row in tables["actions"][1:]]
    assert worths == pytest.approx([a["worth"] for a in summary["actions"]][:10], abs=0.5)
    assert [row[0] for row in tables["brands"][1:]] == [b["name"] for b in summary["by_brand"]]


def test_money_by_term_adds_up_to_what_the_response_saves(shown: Page) -> None:
    rows = shown.tables["costs"][1:]
    changes = [number(row[-1]) for row in rows if row[0][0] in "+\u2212"]
    profit = next(number(row[-1]) for row in rows if row[0] == "= profit")
    assert sum(changes) == pytest.approx(profit, abs=0.5 * len(changes))


def test_units_by_week_add_up_to_the_units_of_the_plan(
    outage: tuple[WhatIf, Outcome], shown: Page
) -> None:
    summary = summarize_outcome(outage[1], outage[0].calm)
    rows = shown.tables["service"][1:]
    assert len(rows) == 6
    for kind, column in (("as-is", 1), ("response", 3)):
        units = summary["units"][kind]
        assert sum(number(row[column]) for row in rows) == pytest.approx(units["late"], abs=0.3)
        unserved = units["lost"] + units["open"]
        assert sum(number(row[column + 1]) for row in rows) == pytest.approx(unserved, abs=0.3)


def test_the_report_names_data_solver_and_what_the_contract_does_not_know() -> None:
    network = car_maker(items="""
        item  colour
        CAR   red
    """)  # fmt: skip
    shown = page(planned(network, OUTAGE))
    assert network.input_hash in shown.text
    assert "not in the data contract, left aside: items.colour" in shown.text
    assert [row[1] for row in shown.tables["solve"][1:]] == ["optimal"] * 3


# --- scarcity and the graph ---------------------------------------------------------------------


def test_the_chip_is_scarce_and_not_the_cars_that_wait_for_it(
    outage: tuple[WhatIf, Outcome],
) -> None:
    items = scarce_items(outage[1], outage[0].calm, outage[0].expanded)
    assert items[0].item == "CHIP"
    assert [item.item for item in items] == ["CHIP"]
    limit = items[0].limit
    assert limit is not None
    assert limit.owner == "CHIP|PLANT|FAB|sea"
    assert limit.before.tolist() == [40] * 6
    assert limit.after.tolist() == [40, 40, 0, 0, 0, 40]


def test_behind_what_binds_first_come_items_whose_extra_supply_is_worth_most(
    outage: tuple[WhatIf, Outcome],
) -> None:
    result, outcome = outage
    rows = [("supply", "BODY", 0.0, 50.0), ("supply", "SUV", 0.0, 0.1), ("transfers", "", 0.0, 9.0)]
    levers = pd.DataFrame(rows, columns=["lever", "item", "premium", "worth"])
    items = scarce_items(replace(outcome, levers=levers), result.calm, result.expanded)
    assert [item.item for item in items] == ["CHIP", "BODY"]
    assert [item.worth for item in items] == [None, 50.0]


def test_without_scarcity_nothing_is_called_scarce(calm: tuple[WhatIf, Outcome]) -> None:
    result, outcome = calm
    assert scarcity_scores(outcome.plans["as-is"], result.calm).empty
    assert scarce_items(outcome, result.calm, result.expanded) == []


def test_a_late_item_is_found_by_its_price_where_all_is_served_in_the_end() -> None:
    patient = DEMAND.replace(" 1 1 3 retail", " 1 - 0 retail")
    supply = SUPPLY.replace("40        true", "90        true")
    short = OUTAGE.replace("W03, periods: 3", "W01, periods: 1")
    result, outcome = planned(car_maker(demand=patient, sourcing=supply), short)
    service = outcome.plans["as-is"].tables["service"]
    assert service[["lost", "open"]].to_numpy().sum() == 0
    assert service["late"].sum() > 0
    assert scarcity_scores(outcome.plans["as-is"], result.calm).index[0] == "CHIP"


def test_the_graph_leads_from_sources_to_markets_and_marks_what_the_response_uses(
    outage: tuple[WhatIf, Outcome],
) -> None:
    graph = outcome_graph(outage[1], "CHIP")
    titles = [sorted(node.title for node in layer) for layer in graph.layers]
    assert titles == [["BROKER", "FAB"], ["PLANT"], ["SEDAN", "SUV"], ["PLANT"]]
    assert Edge(("source", "FAB"), (PLACE, "PLANT")) in graph.edges
    assert Edge(("source", "BROKER"), (PLACE, "PLANT"), False, True) in graph.edges
    assert Edge(FRAME, ("item", "SUV")) in graph.edges
    assert Edge(("item", "SUV"), ("market", "PLANT")) in graph.edges


def test_a_graph_of_many_products_gathers_the_small_ones() -> None:
    cars = [f"CAR-{n:02}" for n in range(30)]
    network = car_maker(
        items="item kind\n" + "\n".join(f"{car} product" for car in cars),
        production="item location\n" + "\n".join(f"{car} PLANT" for car in cars),
        bom="item version component quantity_per\n"
        + "\n".join(f"{car} standard CHIP 1" for car in cars),
        production_resources="item location version resource\nCAR-00 PLANT standard LINE",
        demand="item location period quantity unit_revenue lost_after\n"
        + "\n".join(f"{car} PLANT 3 {n + 1} 50 0" for n, car in enumerate(cars)),
    )
    _, outcome = planned(network)
    products = outcome_graph(outcome, "CHIP").layers[2]
    assert len(products) == MOST_BOXES
    rest = next(node for node in products if node.title == f"{30 - MOST_BOXES + 1} more")
    service = outcome.plans["as-is"].tables["service"]
    missed = (service["quantity"] - service["on_time"]).sum()
    assert sum(node.values[0] for node in products) == pytest.approx(missed)
    assert rest.values[0] <= max(node.values[0] for node in products if node is not rest) * 30


# --- the page -----------------------------------------------------------------------------------


def test_the_page_asks_no_host_for_anything(shown: Page) -> None:
    links = [value for _, name, value in shown.attributes if name in ("src", "href", "srcset")]
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"url\(|@import|https?://|//[a-z]", shown.html)
    assert "default-src 'none'" in shown.html
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(shown.tags)


def test_links_within_the_page_lead_somewhere(shown: Page) -> None:
    targets = {value for _, name, value in shown.attributes if name == "id"}
    assert {v[1:] for _, name, v in shown.attributes if name == "href"} <= targets


HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img/src=x/onerror=alert(1)>",
    "\"onmouseover='alert(1)'",
    "{{7*7}}&amp;</title></svg>",
)


def test_names_in_the_data_stay_text() -> None:
    chip, sedan, plant, fab = HOSTILE
    names = {"CHIP": chip, "SEDAN": sedan, "PLANT": plant, "FAB": fab, "NORD": chip, "LINE": sedan}

    def renamed(text: str) -> str:
        return re.sub(r"\b(CHIP|SEDAN|PLANT|FAB|NORD|LINE)\b", lambda m: names[m[1]], text)

    plain = car_maker()
    tables = ("items", "sourcing", "production", "bom", "demand", "resources",
              "production_resources", "locations", "settings")  # fmt: skip
    frames = {
        name: plain.table(name).map(lambda v: renamed(v) if isinstance(v, str) else v)
        for name in tables
    }
    frames["settings"].loc[len(frames["settings"])] = ["note", "<script>alert(2)</script>"]
    network = Network.from_frames(frames)
    yaml = OUTAGE.replace("FAB", repr(fab)).replace("fab outage", f"'{chip}'")
    shown = page(planned(network, yaml.replace("the fab stands still", "'<b>bold</b>'")))
    assert shown.tags.count("script") == 1
    assert not {"img", "b"} & set(shown.tags)
    assert not [name for _, name, _ in shown.attributes if name.startswith("on")]
    for name in (chip, sedan, plant, fab, "<script>alert(2)</script>", "<b>bold</b>"):
        assert name in "".join(shown.texts)


def test_the_script_is_the_one_the_policy_names(shown: Page) -> None:
    html = shown.html
    script = html.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_write_report_leaves_one_file(outage: tuple[WhatIf, Outcome], tmp_path: Path) -> None:
    write_report(*outage, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert len(text) < 500_000


# --- edges --------------------------------------------------------------------------------------


def test_a_calm_scenario_has_a_report(calm: tuple[WhatIf, Outcome]) -> None:
    text = page(calm).text
    assert "Even if nothing is done, all 120 units are served on time." in text
    assert "The profit is that of the plan without the scenario." in text
    assert "Every unit is served on time" in text
    assert "The response takes no action beyond the routine." in text
    assert "There is no bottleneck to draw." in text
    assert "No line is ever down." in text


def test_a_response_that_may_do_nothing_has_a_report() -> None:
    levers = "reallocation transfers alternates substitutes expedite short_builds overtime"
    nothing = "{" + "".join(f"{name}: false, " for name in levers.split()) + "budget: 0}"
    text = page(planned(car_maker(), OUTAGE.replace("{budget: 400}", nothing))).text
    assert "Nothing that the scenario permits improves on that." in text
    assert "nothing beyond routine; premium: at most EUR 0" in text


def test_one_item_without_lines_has_a_report() -> None:
    network = tiny(
        sourcing="""
            item  location  supplier  lead_time  unit_cost  capacity
            CHIP  PLANT     FAB       0          2          5
        """,
        demand="""
            item  location  period  quantity  unit_revenue  lost_after
            CHIP  PLANT     0       10        5             0
            CHIP  PLANT     1       2         5             0
        """,
    )
    shown = page(planned(network, "name: calm"))
    assert "5 of 12 units (41.7 %) are not served on time" in shown.text
    assert "The data names no lines." in shown.text


@pytest.mark.parametrize(
    ("bucket", "start", "label"),
    [("day", "2026-03-30", "2026-04-01"), ("month", "2025-12-01", "2026-02")],
)
def test_days_and_months_are_named_as_such(bucket: Bucket, start: str, label: str) -> None:
    yaml = OUTAGE.replace("2026-W03", f"{label}-01" if bucket == "month" else label)
    shown = page(planned(car_maker(bucket, start), yaml))
    assert f"6 {bucket}s" in shown.text
    assert label in [row[0] for row in shown.tables["service"]]
    assert f"Numbers by {bucket}" in shown.text


@pytest.mark.parametrize("missing", [("as-is",), ("response",), ("as-is", "response")])
def test_a_missing_plan_is_told(outage: tuple[WhatIf, Outcome], missing: tuple[str, ...]) -> None:
    result, outcome = outage
    shown = page((result, without(outcome, *missing)))
    for kind in missing:
        name = "an as-is" if kind == "as-is" else "a response"
        assert f"There is no {name.split(' ', 1)[1]} plan" in shown.text
    assert "this cannot be told" in shown.text
    assert "takes no action beyond the routine" not in shown.text
    status = {row[0]: row[1] for row in shown.tables["solve"][1:]}
    assert all(status[kind] == "no plan" for kind in missing)


def test_a_missing_calm_plan_leaves_out_what_is_measured_against_it(
    outage: tuple[WhatIf, Outcome],
) -> None:
    result, outcome = outage
    lost = replace(result, calm=replace(result.calm, status="no plan", tables={}))
    text = page((lost, outcome)).text
    assert "without the scenario." not in text.split("What the scenario changes")[0]


def without(outcome: Outcome, *missing: str) -> Outcome:
    """The outcome as it is where the solver found no plan of these kinds."""
    plans = {kind: replace(plan, status="no plan", tables={}) if kind in missing else plan
             for kind, plan in outcome.plans.items()}  # fmt: skip
    tables = {kind: {} if kind in missing else kept for kind, kept in outcome.tables.items()}
    empty = outcome.actions.iloc[:0]
    return replace(outcome, plans=plans, tables=tables, actions=empty,
                   levers=outcome.levers.iloc[:0])  # fmt: skip


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (words.units, 155799.0, "155,799"),
        (words.units, 28.325, "28.3"),
        (words.units, 0.5, "0.5"),
        (words.units, -0.0001, "0"),
        (words.amount, 1234567.4, "1,234,567"),
        (words.amount, -12.5, "\u221212.50"),
        (words.amount, 0.0, "0"),
        (words.large, 130_743_085.78, "130.7 million"),
        (words.large, 1_967_504_775.0, "1.97 billion"),
        (words.large, 84_751.3, "84,751"),
        (words.gain, 5.0, "+5.00"),
        (words.gain, 0.0, "0"),
        (words.percent, 0.2594, "25.9 %"),
        (words.plural, "piece", "pieces"),
        (words.plural, "kg", "kg"),
    ],
)
def test_numbers_in_words(write: Callable[[object], str], value: object, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (0, 0, [0]), (-3, 7, [-2, 0, 2, 4, 6]), (0, 0.5, None)],
)
def test_axes_have_round_values(low: float, high: float, ticks: list[float] | None) -> None:
    found = round_values(low, high, 5)
    assert found == ticks if ticks is not None else len(found) == 6


def test_every_row_of_a_table_has_a_cell_for_every_column(shown: Page) -> None:
    for rows in shown.tables.values():
        assert len({len(row) for row in rows}) == 1
