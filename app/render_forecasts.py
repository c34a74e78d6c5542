"""Forecasts, backtests and shortages as text for a terminal."""

from __future__ import annotations

import csv as csv_files
import io
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from app.figures import count, percent, unit_scale
from app.layout import Parts, facts, heading, table

Json: TypeAlias = dict[str, Any]
_MOST = 12
WIDE = 110


def csv(rows: Sequence[Json]) -> str:
    """Rows as CSV text with a header; nothing for no rows."""
    text = io.StringIO()
    if rows:
        writer = csv_files.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def demand(document: Json, width: int) -> Parts:
    """What a demand forecast was made from, and with which methods."""
    bucket = document["bucket"]
    units = unit_scale([document["mean_before"], document["mean"]])
    yield from facts([
        ("History", f"{document['series']:,} series of {count(document['periods'], bucket)}"),
        ("Forecast", f"{count(document['horizon'], bucket)} from {document['from']}"),
        ("Mean", f"{units.named(document['mean_before'])} a {bucket} in the last season, "
                 f"{units.named(document['mean'])} forecast"),
        ("Note", "; ".join(document["notes"])),
        ("Written", ", ".join(document["out"])),
    ])  # fmt: skip
    rows = ((row["class"], f"{row['series']:,}", _methods(row["methods"]))
            for row in document["classes"])  # fmt: skip
    yield from table("Methods by class of demand", ("class", ">series", "methods and weights"),
                     rows, "chosen by quantile loss at earlier origins")  # fmt: skip
    yield from _seconds(document)


def _methods(weights: dict[str, float]) -> str:
    ranked = sorted(weights.items(), key=lambda one: -one[1])
    return ", ".join(f"{name} {percent(weight)}" for name, weight in ranked)


def lead_time(document: Json, width: int) -> Parts:
    """What a lead-time forecast was made from, and the regimes that were found."""
    yield from facts([
        ("History", f"{document['orders']:,} orders known on {document['as_of']}, "
                    f"{document['open']:,} of them open"),
        ("Forecast", f"{document['rows']:,} {document['of']}, in days from order to receipt"),
        ("Written", ", ".join(document["out"])),
    ])  # fmt: skip
    changes = document["changes"]
    if changes:
        rows = ((" ".join(str(row[key]) for key in ("item", "location", "supplier", "mode")
                          if row.get(key)), row["since"], f"{row['mean']:.0f}")
                for row in changes[:_MOST])  # fmt: skip
        more = f"{len(changes) - _MOST} more: see the table" if len(changes) > _MOST else ""
        yield from table("Lead times that have changed", ("option", "since", ">mean now, days"),
                         rows, more)  # fmt: skip
    yield from _seconds(document)


def backtest(document: Json, width: int) -> Parts:
    """Methods by class of demand, best first."""
    bucket = document["bucket"]
    done = f"{document['origins']} of {document['asked']}"
    yield from facts([
        ("History", f"{document['series']:,} series of {count(document['periods'], bucket)}"),
        ("Judged", f"{count(document['horizon'], bucket)} ahead at {done} origins"),
        ("Written", document["out"] or ""),
    ])  # fmt: skip
    classes = dict.fromkeys(row["class"] for row in document["table"])
    wide = width >= WIDE
    for name in classes:
        rows = [row for row in document["table"] if row["class"] == name]
        head = ["method", ">quantile\nloss", ">scaled\nloss", ">80 %\ncovered",
                ">95 %\ncovered", ">bias"]  # fmt: skip
        head += [">P90\ncovered", ">RMSSE", ">series", ">seconds"] if wide else []
        cells = (_measures(row, wide) for row in rows)
        yield from table(f"Demand: {name}", tuple(head), cells)
    yield from facts([
        ("Loss", "quantile loss at nine deciles by demand; scaled: by the error of the seasonal "
                 "naive in the history. zero is 1.000 by definition"),
        ("Covered", "share of outcomes within P10 to P90, P2.5 to P97.5, and below P90; ties at "
                    "random"),
    ])  # fmt: skip
    yield from _seconds(document)


def _measures(row: Json, wide: bool) -> tuple[str, ...]:
    cells = (row["method"], _figure(row["weighted_quantile_loss"]),
             _figure(row["scaled_quantile_loss"]), percent(row["coverage_80"]),
             percent(row["coverage_95"]), percent(row["bias"]))  # fmt: skip
    more = (percent(row["coverage_P90"]), _figure(row["rmsse"]), f"{row['series']:,}",
            f"{row['seconds']:.1f}")  # fmt: skip
    return cells + more if wide else cells


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def shortages(document: Json, width: int) -> Parts:
    """What runs short, and when each line and product is likely to stop."""
    plan, totals = document["plan"], document["totals"]
    units = unit_scale([plan["quantity"], *(row["mean"] for row in totals.values())])
    sure = [name for name, known in (("demand", document["uncertain"]["demand"]),
                                     ("lead times", document["uncertain"]["lead_times"]))
            if not known]  # fmt: skip
    yield from heading(f"Scenario {document['scenario']}")
    yield from facts([
        ("Changes", "; ".join(document["changes"])),
        ("Futures", f"{document['samples']:,} of the as-is plan, seed {document['seed']}"
                    + (f"; no history of {' and '.join(sure)}: taken as sure" if sure else "")),
        ("Written", document["out"] or ""),
    ])  # fmt: skip
    rows = ((label, units.show(plan[name]), *(units.show(totals[key][level])
             for level in ("mean", "P10", "P50", "P90")))
            for label, name, key in (("demanded", "quantity", "demanded"),
                                     ("on time", "on_time", "on_time"), ("late", "late", "late"),
                                     ("lost", "lost", "lost"),
                                     ("open at the end", "open", "open")))  # fmt: skip
    yield from table("Demand, in units", ("", ">plan", ">mean", ">P10", ">P50", ">P90"), rows,
                     "the plan is not mended on the way: it has no safety stock")  # fmt: skip
    yield from _down(document, "line", "Production lines")
    yield from _down(document, "product", "Products by plant")
    yield from _items(document)
    yield from _seconds(document)


def _down(document: Json, kind: str, title: str) -> Iterator[Any]:
    rows = [row for row in document["lines"] if row["kind"] == kind]
    if not rows:
        return
    rest = f"{len(rows) - _MOST} more: see --json" if len(rows) > _MOST else ""
    cells = ((f"{row['name']}, {row['location']}", percent(row["probability"]),
              *(row[f"down_P{level}"] or "-" for level in (10, 50, 90)),
              f"{row['stopped_by']} {percent(row['stopped_share'])}" if row["stopped_by"] else "-")
             for row in rows[:_MOST])  # fmt: skip
    yield from table(f"{title} that stop: when", ("", ">chance", "10 %", "50 %", "90 %",
                     "stopped most often by"), cells, rest)  # fmt: skip


def _items(document: Json) -> Iterator[Any]:
    rows = document["items"]
    units = unit_scale([row["expected_shortage"] for row in rows])
    cells = ((row["item"], row["location"], units.show(row["expected_shortage"]),
              row["likely_from"] or "-") for row in rows[:_MOST])  # fmt: skip
    yield from table("What runs short, by the revenue that waits for it",
                     ("item", "location", ">units short", "likely from"), cells,
                     "likely: a stock-out in half of the futures or more")  # fmt: skip


def _seconds(document: Json) -> Parts:
    shown = ", ".join(f"{name} {value:.1f}" for name, value in document["seconds"].items())
    yield from facts([("Seconds", shown)])
