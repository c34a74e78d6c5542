"""A backtest on disk: its table, and one page with charts that opens offline."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import pandas as pd

from app.service.forecasts.charts import calibration, drift, fan
from forecasts.demand.backtest import Backtest
from supplychain.files import write_tables
from supplychain.network import Network

_FANS = 6
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #667; --line: #c9d1da; --page: #fff;
  --band: #9ec5e8; --core: #4a8fc7; --seen: #1d2733; --mark: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9aa5b1; --line: #3a4450;
  --page: #14191f; --band: #24506f; --core: #4a8fc7; --seen: #e6ebf0; --mark: #fb923c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 1240px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
p.note { color: var(--soft) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child { text-align: left }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); gap: 1.2rem }
svg { width: 100%; height: auto } svg text { fill: var(--soft); font-size: 11px }
svg .title { fill: var(--ink); font-size: 13px } .axis { stroke: var(--line) }
.band { fill: var(--band) } .core { fill: var(--core); opacity: .55 }
.middle { stroke: var(--core); fill: none; stroke-width: 2 }
.seen { stroke: var(--seen); fill: none; stroke-width: 1.3 } .dot { fill: var(--mark) }
.ideal { stroke: var(--soft); stroke-dasharray: 4 4 }
"""
_COLUMNS = {
    "method": "method", "weighted_quantile_loss": "quantile loss",
    "scaled_quantile_loss": "scaled loss", "coverage_80": "80 % covered",
    "coverage_95": "95 % covered", "coverage_P90": "P90 covered", "bias": "bias",
    "rmsse": "RMSSE", "series": "series", "seconds": "seconds",
}  # fmt: skip


def write_backtest(result: Backtest, network: Network | None, folder: Path) -> None:
    """Write ``backtest.csv`` and ``report.html`` into the new folder ``folder``."""
    write_tables({"backtest": result.table}, folder, "csv")
    (folder / "report.html").write_text(_page(result, network), encoding="utf-8")


def _page(result: Backtest, network: Network | None) -> str:
    parts = ["<h1>Forecast backtest</h1>", _measures(result.table), _fans(result),
             _section("Calibration", calibration(result.transform),
                      "Share of outcomes below each level; on the line the quantiles are right. "
                      "Ties at random.")]  # fmt: skip
    receipts = None if network is None else network.table("receipt_history")
    if receipts is not None and receipts["received_on"].notna().any():
        parts.append(_section("Lead times", drift(receipts),
                              "Order to receipt in days, by month of the order: median, and the "
                              "range of the middle 80 %."))  # fmt: skip
    body = "".join(parts)
    return (f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
            f'content="width=device-width"><title>Forecast backtest</title><style>{_STYLE}</style>'
            f"<body>{body}</body></html>")  # fmt: skip


def _section(title: str, content: str, note: str) -> str:
    return f"<h2>{title}</h2><p class=note>{note}</p><div class=charts>{content}</div>"


def _measures(table: pd.DataFrame) -> str:
    parts = []
    for name in table["class"].unique():
        rows = table[table["class"] == name]
        head = "".join(f"<th>{label}</th>" for label in _COLUMNS.values())
        cells = "".join("<tr>" + "".join(f"<td>{_cell(column, row[column])}</td>"
                                         for column in _COLUMNS) + "</tr>"
                        for row in rows.to_dict("records"))  # fmt: skip
        parts.append(f"<h2>Demand: {html.escape(name)}</h2><table><tr>{head}</tr>{cells}</table>")
    return "".join(parts)


def _cell(column: str, value: object) -> str:
    if not isinstance(value, float):
        return html.escape(f"{value:,}" if isinstance(value, int) else str(value))
    if np.isnan(value):
        return "-"
    if column.startswith("coverage") or column == "bias":
        return f"{100 * value:.1f} %"
    return f"{value:.1f}" if column == "seconds" else f"{value:.3f}"


def _fans(result: Backtest) -> str:
    """Fan charts of the series with most demand, at the last origin."""
    if result.last is None:
        return ""
    known = result.last.panel.values
    volume = np.where(np.isnan(known), 0.0, known).sum(axis=1)[: len(result.actual)]
    chosen = np.argsort(-volume, kind="stable")[:_FANS]
    charts = "".join(fan(result.last, result.actual, int(row)) for row in chosen)
    return _section("Largest series", charts,
                    "Past demand, the forecast at the last origin (median, middle 80 and 95 %) and "
                    "what came (dots).")  # fmt: skip
