"""Audit: who did what when, from what to what; and whether the record is whole."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.exports import api_link, exports
from app.pages.prose import prose
from app.pages.visit import Visit
from app.service.audit import Entry, entries, verify
from app.service.views.audited import change, deed, names_in, subject

_LIMIT = 200


def page(visit: Visit) -> None:
    """The audit."""
    st.title("Audit")
    with look.mended():
        left, middle, right = st.columns([2, 3, 1], vertical_alignment="bottom")
        actor = left.text_input("By", key="actor", bind="query-params", placeholder="anybody")
        of = middle.text_input("Of", key="subject", bind="query-params",
                               placeholder="anything, such as: dataset automaker")  # fmt: skip
        if right.button("Verify", help="Check that no entry was edited, moved or taken out"):
            _verify(visit)
        found = entries(visit.service, visit.identity, actor=actor or None, limit=_LIMIT)
        frame = _frame(visit, found)
        if of:
            frame = frame[_holds(frame, of)]
        if frame.empty:
            look.empty("No entry", "Nobody did that, or nothing was done yet.", "history")
            return
        _table(visit, frame)


def _table(visit: Visit, frame: pd.DataFrame) -> None:
    prose(frame, {name: name for name in ("when", "who", "did", "to", "before", "after")}, "audit")
    exports(frame, "audit", api_link(visit, "audit", limit=str(_LIMIT)))
    st.caption(f"The last {_LIMIT:,} entries. The export has the numbers, versions and ids too.")


def _frame(visit: Visit, found: list[Entry]) -> pd.DataFrame:
    """The entries in words."""
    names = names_in(visit.service, visit.identity, found)
    rows = []
    for entry in found:
        before, after = change(entry.before, entry.after, names)
        rows.append({
            "when": f"{entry.at:%Y-%m-%d %H:%M:%S} UTC", "who": entry.actor,
            "did": deed(entry.action), "to": subject(entry.subject, names), "before": before,
            "after": after, "version": entry.version, "number": entry.sequence,
            "subject": entry.subject,
        })  # fmt: skip
    columns = ["when", "who", "did", "to", "before", "after", "version", "number", "subject"]
    return pd.DataFrame(rows, columns=columns)


def _holds(frame: pd.DataFrame, text: str) -> pd.Series:
    """The entries whose subject, by name or id, holds a text."""
    told = frame["to"] + " " + frame["subject"] + " " + frame["did"]
    return told.str.casefold().str.contains(text.casefold(), regex=False)


def _verify(visit: Visit) -> None:
    result = verify(visit.service, visit.identity)
    if result.problems:
        st.error("The record was tampered with: " + "; ".join(result.problems[:5]))
    else:
        st.success(f"All {result.entries:,} entries are as they were written.")
