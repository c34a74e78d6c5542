"""Audit: who did what when, from what to what; and whether the record is whole."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.visit import Visit
from app.service.audit import entries, verify

_LIMIT = 200


def page(visit: Visit) -> None:
    """The audit."""
    st.title("Audit")
    with look.mended():
        left, middle, right = st.columns([2, 3, 1], vertical_alignment="bottom")
        actor = left.text_input("By", key="actor", bind="query-params", placeholder="anybody")
        subject = middle.text_input("Of", key="subject", bind="query-params",
                                    placeholder="anything, such as: dataset automaker")  # fmt: skip
        if right.button("Verify"):
            _verify(visit)
        found = entries(visit.service, visit.identity, actor=actor or None,
                        subject=subject or None, limit=_LIMIT)  # fmt: skip
        if not found:
            look.empty("No entry", "Nobody did that, or nothing was done yet.", "history")
            return
        frame = pd.DataFrame({
            "number": [entry.sequence for entry in found],
            "when": [f"{entry.at:%Y-%m-%d %H:%M:%S} UTC" for entry in found],
            "who": [entry.actor for entry in found], "did": [entry.action for entry in found],
            "to": [entry.subject for entry in found], "version": [entry.version for entry in found],
            "before": [_told(entry.before) for entry in found],
            "after": [_told(entry.after) for entry in found]})  # fmt: skip
        look.paged(frame, look.all_columns(frame), "audit")
        look.exports(frame, "audit")


def _verify(visit: Visit) -> None:
    result = verify(visit.service, visit.identity)
    if result.problems:
        st.error("The record was tampered with: " + "; ".join(result.problems[:5]))
    else:
        st.success(f"All {result.entries:,} entries are as they were written.")


def _told(content: dict[str, object]) -> str:
    return json.dumps(content, default=str, ensure_ascii=False) if content else ""
