"""Several cases side by side: units, money, lines that stop, by what their boards say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.service.report.tables import INCOME, TERMS

Json = dict[str, Any]
PROFIT, PREMIUM = "profit", "premium, within the costs"


def side_by_side(boards: Mapping[str, Json]) -> pd.DataFrame:
    """One row a case: case, at_risk, at_risk_response, saved, premium, missed (units not served by
    the end as-is: lost or open), missed_response, late, late_response, lines (that stop as-is),
    first_line, first_stop, waits_for.
    """
    return pd.DataFrame([{"case": name, **_row(board)} for name, board in boards.items()])


def _row(board: Json) -> Json:
    totals, lines = board["totals"], board["lines"]
    first: Json = min(lines, key=lambda line: line["down_from"], default={})
    bottleneck = board["bottleneck"] or {}
    return {
        **{name: totals[name] for name in ("at_risk", "at_risk_response", "saved", "premium")},
        "missed": _missed(totals.get("as-is")), "missed_response": _missed(totals.get("response")),
        **{name: totals.get(kind, {}).get("late")
           for name, kind in (("late", "as-is"), ("late_response", "response"))},
        "lines": len(lines), "first_line": first.get("line"), "first_stop": first.get("down_from"),
        "waits_for": bottleneck.get("item"),
    }  # fmt: skip


def _missed(units: Mapping[str, float] | None) -> float | None:
    return None if units is None else units["lost"] + units["open"]


def money_side_by_side(costs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What each term adds to the profit (rows) by case (columns), costs below 0; then the premium.

    The terms add up to the profit; of its costs the premium is a part. Terms that are 0 everywhere
    are left out.
    """
    table = pd.DataFrame({name: rows.set_index("term")["amount"].astype(float)
                          for name, rows in costs.items()})  # fmt: skip
    return signed(table)


def signed(amounts: pd.DataFrame) -> pd.DataFrame:
    """Amounts by term (rows) as what they add to the profit, the costs below 0."""
    order = [term for term in (*TERMS, "profit", "premium") if term in amounts.index]
    table = amounts.loc[order].mul([term_sign(term) for term in order], axis=0) + 0.0
    table = table[table.ne(0.0).any(axis=1)]
    return table.rename(index={**TERMS, "profit": PROFIT, "premium": PREMIUM})


def term_sign(term: str) -> float:
    """1 for what adds to the profit, -1 for what costs."""
    return 1.0 if term in (*INCOME, "profit") else -1.0


def stops_side_by_side(boards: Mapping[str, Json]) -> pd.DataFrame:
    """The first period in which each line (rows) is down as-is, by case (columns)."""
    columns = {name: {line["line"]: line["down_from"] for line in board["lines"]}
               for name, board in boards.items()}  # fmt: skip
    return pd.DataFrame(columns).rename_axis("line").sort_index()
