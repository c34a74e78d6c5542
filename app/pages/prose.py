"""Tables whose text matters most: every sentence is shown whole, wrapped, before its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from app.pages.look import quantity

_ROWS = 50


def prose(
    frame: pd.DataFrame, columns: Mapping[str, str], key: str, page_rows: int = _ROWS
) -> None:
    """The ``columns`` of a frame with their labels, a page of rows at a time; texts wrap."""
    pages = max(1, -(-len(frame) // page_rows))
    number = st.pagination(pages, key=f"{key}_page", bind="query-params") if pages > 1 else 1
    first = (min(number, pages) - 1) * page_rows
    rows = frame.iloc[first : first + page_rows]
    head = "".join(f"<th scope='col' class='{_kind(frame[name])}'>{escape(label)}</th>"
                   for name, label in columns.items())  # fmt: skip
    body = "".join(f"<tr>{_row(row, columns)}</tr>" for row in rows[[*columns]].to_dict("records"))
    st.html(f"<style>{_STYLE}</style><div class='prose' tabindex='0' role='group'><table><thead>"
            f"<tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")  # fmt: skip
    if pages > 1:
        st.caption(f"Rows {first + 1:,} to {first + len(rows):,} of {len(frame):,}")


def _row(row: Mapping[Any, Any], columns: Mapping[str, str]) -> str:
    return "".join(f"<td class='number'>{escape(quantity(row[name]))}</td>"
                   if isinstance(row[name], int | float) else f"<td>{escape(str(row[name]))}</td>"
                   for name in columns)  # fmt: skip


def _kind(values: pd.Series) -> str:
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


_STYLE = """
.prose { overflow-x: auto; }
.prose table { border-collapse: collapse; width: 100%; font-size: 14px; }
.prose :is(th, td) { padding: 6px 10px; text-align: left; vertical-align: top;
  border-bottom: 1px solid rgba(128, 138, 148, .35); }
.prose th { font-weight: 600; white-space: nowrap; }
.prose td:first-child { min-width: 88px; }
.prose .number { text-align: right; white-space: nowrap; width: 1%;
  font-variant-numeric: tabular-nums; }
"""
