"""The report of one scenario: a page that opens anywhere, for the person who has to decide.

One HTML file without references to anything outside it. Its numbers are those of
:func:`app.service.plans.summary.summarize_outcome`; its charts are drawn from the tables of the
plans.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.service.plans.planning import Outcome, WhatIf
from app.service.plans.summary import solve_facts, summarize_outcome
from app.service.report import headline as words
from app.service.report import tables
from app.service.report.charts import (
    LineRow,
    Service,
    Spans,
    Stop,
    line_chart,
    service_chart,
    stock_chart,
)
from app.service.report.graph import SupplyGraph, supply_graph
from app.service.report.graph_chart import graph_chart
from app.service.report.reasons import reason_part
from app.service.report.scarcity import planned, scarce_items
from app.service.report.waterfall import waterfall
from app.service.report.words import counted, large
from supplychain.calendar import Calendar
from supplychain.network import Network

Json = dict[str, Any]
MOST_LINES = 30
_FOLDER = Path(__file__).parent
_TINY = 1e-9


def write_report(what_if: WhatIf, outcome: Outcome, path: Path) -> None:
    """Write the report of ``outcome``, one of ``what_if``, to the HTML file ``path``."""
    path.write_text(render_report(what_if, outcome), encoding="utf-8")


def render_report(what_if: WhatIf, outcome: Outcome) -> str:
    """The report of ``outcome`` as an HTML page."""
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    script = (_FOLDER / "script.html.j2").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment.get_template("page.html.j2")
    return page.render(script=Markup(script), script_hash=digest, **_content(what_if, outcome))


def _content(what_if: WhatIf, outcome: Outcome) -> Json:
    """Everything the page shows."""
    summary = summarize_outcome(outcome, what_if.calm)
    settings, calendar = what_if.base.settings, outcome.network.calendar
    calm, currency = _calm_costs(what_if), settings.currency
    return {
        "summary": summary, "complete": len(planned(outcome)) == len(outcome.plans),
        "currency": currency, "bucket": settings.bucket,
        "facts": _facts(what_if.base), "note": settings.note,
        "input_hash": what_if.base.input_hash, "version": version("supplychain-planner"),
        "headline": words.headline(summary, calm, currency),
        "cards": words.cards(summary, calm, currency),
        "permitted": _permitted(summary["responses"], currency),
        "notices": list(what_if.base.notices),
        **_service_part(outcome), **_scarcity_part(what_if, outcome),
        **_money_part(summary, calm, currency), **_line_part(outcome, summary),
        "actions": tables.action_table(summary, calendar), "levers": tables.lever_table(summary),
        **reason_part(outcome, what_if.options),
        "groups": _group_tables(summary),
        "solve": tables.solve_table(summary, solve_facts(what_if.calm)),
    }  # fmt: skip


def _facts(base: Network) -> list[str]:
    """How large the dataset is."""
    calendar = base.calendar
    return [f"{calendar.label(0)} to {calendar.label(calendar.periods - 1)}",
            *(counted(number, noun) for number, noun in (
                (calendar.periods, calendar.bucket), (len(base.tables["items"]), "item"),
                (len(base.tables["locations"]), "location"))),
            f"money in {base.settings.currency}"]  # fmt: skip


def _calm_costs(what_if: WhatIf) -> Json:
    """Money of the calm plan by term; empty where there is none."""
    if what_if.calm.status == "no plan":
        return {}
    costs = what_if.calm.tables["costs"]
    return dict(zip(costs["term"], costs["amount"].astype(float), strict=True))


def _permitted(responses: Json, currency: str) -> str:
    """What the response may do, in words."""
    allowed = [text for name, text in tables.LEVERS.items() if responses.get(name)]
    budget = responses["budget"]
    limit = "no limit" if budget is None else f"at most {currency} {large(budget)}"
    return f"{', '.join(allowed) or 'nothing beyond routine'}; premium: {limit}"


def _group_tables(summary: Json) -> list[tables.Table]:
    found = [tables.unit_table(summary),
             tables.group_table("brands", "Units by brand", summary["by_brand"]),
             tables.group_table("kinds", "Units by kind of item", summary["by_kind"]),
             tables.plant_table(summary)]  # fmt: skip
    return [table for table in found if table.rows]


# --- service ------------------------------------------------------------------------------------


def _service_part(outcome: Outcome) -> Json:
    calendar = outcome.network.calendar
    service = {kind: _service(plan.tables["service"], calendar)
               for kind, plan in planned(outcome).items()}  # fmt: skip
    total = sum(float(part.total.sum()) for part in service.values())
    if total <= _TINY:
        return {"service": None, "service_table": None}
    return {"service": service_chart(service, calendar, _spans(outcome)),
            "service_table": tables.service_table(service, calendar)}  # fmt: skip


def _service(table: pd.DataFrame, calendar: Calendar) -> Service:
    """Units late and not served by due period; demand due before the start counts in the first."""
    late, unserved = np.zeros(calendar.periods), np.zeros(calendar.periods)
    if len(table):
        due = np.clip(calendar.index(table["period"]), 0, calendar.periods - 1)
        np.add.at(late, due, table["late"].to_numpy(dtype=float))
        np.add.at(unserved, due, (table["lost"] + table["open"]).to_numpy(dtype=float))
    return Service(late, unserved)


def _spans(outcome: Outcome) -> Spans:
    """Periods in which a disruption acts, recovery included, as runs of periods."""
    calendar = outcome.network.calendar
    active = np.zeros(calendar.periods, bool)
    for disruption in outcome.scenario.disruptions:
        active |= disruption.recovered(calendar) < 1.0
    return _runs(active)


def _runs(flags: Any) -> list[tuple[int, int]]:
    """First and last number of every run of true flags."""
    padded = np.concatenate([[False], np.asarray(flags, bool), [False]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(padded) > 0), np.flatnonzero(np.diff(padded) < 0)
    return [(int(first), int(last) - 1) for first, last in zip(starts, ends, strict=True)]


# --- scarce items, money, lines -----------------------------------------------------------------


def _scarcity_part(what_if: WhatIf, outcome: Outcome) -> Json:
    items = scarce_items(outcome, what_if.calm, what_if.expanded)
    calendar = outcome.network.calendar
    if not items:
        return {"scarce": [], "stock": None, "stock_tables": [], "graph": None}
    return {
        "scarce": [item.item for item in items],
        "stock": stock_chart(items, calendar, _spans(outcome)),
        "stock_tables": [tables.stock_table(item, calendar) for item in items],
        "graph": graph_chart(outcome_graph(outcome, items[0].item)),
    }  # fmt: skip


def outcome_graph(outcome: Outcome, item: str) -> SupplyGraph:
    """The supply graph around ``item`` in the plans of ``outcome``."""
    plans = [plan.tables for plan in planned(outcome).values()]
    return supply_graph(outcome.network, plans, item)


def _money_part(summary: Json, calm: Json, currency: str) -> Json:
    costs = summary["costs"]
    changes = tables.term_changes(costs)
    chart = None
    if changes:
        steps = [(tables.TERMS[term], change) for term, change in changes
                 if term != "profit" and (change or term not in tables.LEVER_TERMS)]  # fmt: skip
        chart = waterfall(costs["as-is"]["profit"], steps, costs["response"]["profit"], currency)
    return {"money": chart, "costs": tables.cost_table(summary, calm, currency)}


def _line_part(outcome: Outcome, summary: Json) -> Json:
    final = {line["name"] for line in summary["lines"]}
    rows = sorted(_line_rows(outcome), key=lambda row: (row.name not in final, *_first_stop(row)))
    known = {kind: kept["lines"] for kind, kept in outcome.tables.items() if "lines" in kept}
    count = max((table["resource"].nunique() for table in known.values()), default=0)
    chart = None
    if rows:
        chart = line_chart(rows[:MOST_LINES], outcome.network.calendar, _spans(outcome))
    return {"lines": chart, "line_count": count, "down_count": len(rows),
            "line_table": tables.line_table(summary, outcome.network.calendar.bucket),
            "most_lines": MOST_LINES}  # fmt: skip


def _line_rows(outcome: Outcome) -> list[LineRow]:
    """Lines that are down in any plan."""
    rows: dict[str, LineRow] = {}
    for kind, kept in outcome.tables.items():
        for resource, table in kept["lines"].groupby("resource") if "lines" in kept else ():
            location = str(table["location"].iloc[0])
            row = rows.setdefault(str(resource), LineRow(str(resource), location, {}))
            row.stops[kind] = _stops(table, outcome.network.calendar)
    return [row for row in rows.values() if any(row.stops.values())]


def _first_stop(row: LineRow) -> tuple[int, str]:
    firsts = [stops[0].first for stops in row.stops.values() if stops]
    return (min(firsts), row.name)


def _stops(table: pd.DataFrame, calendar: Calendar) -> list[Stop]:
    """Runs of periods that are down and wait for the same."""
    waits = np.full(calendar.periods, "", dtype=object)
    down = table[table["down"]]
    if len(down):
        waits[calendar.index(down["period"])] = down["waits_for"].to_numpy(dtype=object)
    stops = [Stop(*run, cause) for cause in dict.fromkeys(waits) if cause
             for run in _runs(waits == cause)]  # fmt: skip
    return sorted(stops)
