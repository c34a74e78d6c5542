"""How numbers, weeks, tables and errors look on every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from app.service import InputError, Problem, SupplyChainError
from app.service.availability import STORE_ERRORS, unavailable
from app.service.faults import Changed, ServiceError
from app.service.report.words import counted as counted
from app.service.report.words import large, units

AS_IS, RESPONSE = "#d55e00", "#0072b2"
PAGE_ROWS = 100
PAGES = "pages"  # of the visitor, in the state of the session, by path
_SHORT, _TALL = 10, 520  # rows that are shown whole; pixels of a table that scrolls
NOTHING = "\u2013"


class Card(NamedTuple):
    """One figure of a headline, as in the report."""

    name: str
    value: str
    note: str
    colour: str = "#8a94a0"


def cards(found: list[Card]) -> None:
    """Figures side by side, as in the report."""
    parts = [f"<div class='figure' style='border-color:{card.colour}'><p>{escape(card.name)}</p>"
             f"<p class='value'>{escape(card.value)}</p><p>{escape(card.note)}</p></div>"
             for card in found]  # fmt: skip
    st.html(f"<style>{_CARDS}</style><div class='figures'>{''.join(parts)}</div>")


_CARDS = """
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px; }
.figure { border-left: 5px solid; border-radius: 5px; padding: 10px 14px; background: var(--fill);
  --fill: rgba(90, 100, 112, .08); }
.figure p { margin: 0; font-size: 13px; }
.figure p.value { font-size: 22px; font-weight: 650; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
"""


def facts(found: Mapping[str, str]) -> None:
    """Short facts with their names, one beside the other."""
    parts = [f"<div><p>{escape(name)}</p><p class='said'>{escape(value)}</p></div>"
             for name, value in found.items()]  # fmt: skip
    st.html(f"<style>{_FACTS}</style><div class='facts'>{''.join(parts)}</div>")


_FACTS = """
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr));
  gap: 6px 14px; }
.facts p { margin: 0; font-size: 13px; } .facts p.said { font-size: 15px; font-weight: 600;
  font-variant-numeric: tabular-nums; }
"""


def is_dark() -> bool:
    """Whether the visitor's page is dark."""
    return st.context.theme.type == "dark"


def money(value: float | None, currency: str) -> str:
    """Money in words: EUR 130.7 million."""
    return NOTHING if value is None or pd.isna(value) else f"{currency} {large(value)}"


def quantity(value: float | None) -> str:
    """A quantity with separators."""
    return NOTHING if value is None or pd.isna(value) else units(value)


def week(value: Any) -> str:
    """A period by its first day, with its ISO week where it is a Monday: 2026-03-02 (W10)."""
    if value is None or pd.isna(value):
        return NOTHING
    date = pd.Timestamp(value)
    text = f"{date:%Y-%m-%d}"
    return f"{text} (W{date.isocalendar().week:02d})" if date.day_of_week == 0 else text


def weeks(values: pd.Series) -> pd.Series:
    """A column of dates as weeks and days."""
    return pd.to_datetime(values).map(week)


def money_column(label: str, currency: str, **options: Any) -> Any:
    """A column of money in thousands."""
    return st.column_config.NumberColumn(f"{label}, k {currency}", format="localized", **options)


def share_column(label: str, **options: Any) -> Any:
    """A column of shares, as percent."""
    return st.column_config.NumberColumn(label, format="percent", **options)


def number_column(label: str, **options: Any) -> Any:
    """A column of quantities, with separators."""
    return st.column_config.NumberColumn(label, format="localized", **options)


def thousands(values: pd.Series) -> pd.Series:
    """Money in thousands, whole."""
    return (values.astype(float) / 1000.0).round(0)


def table(frame: pd.DataFrame, columns: Mapping[str, Any], key: str, **options: Any) -> Any:
    """Show the ``columns`` of a frame, in that order; numbers are rounded for the eye."""
    shown = frame[list(columns)].copy()
    for name in shown.select_dtypes("number"):
        shown[name] = shown[name].round(2 if shown[name].abs().max() < 100 else 0)
    for name in shown.select_dtypes("datetime"):
        shown[name] = weeks(shown[name])
    return st.dataframe(shown, column_config=dict(columns), hide_index=True, key=key,
                        placeholder=NOTHING, **options)  # fmt: skip


def paged(frame: pd.DataFrame, columns: Mapping[str, Any], key: str) -> None:
    """A large table, a page of it at a time: only that page goes to the browser."""
    pages = max(1, -(-len(frame) // PAGE_ROWS))
    number = 1
    if pages > 1:
        number = st.pagination(pages, key=f"{key}_page", bind="query-params")
    first = (min(number, pages) - 1) * PAGE_ROWS
    rows = frame.iloc[first : first + PAGE_ROWS]
    table(rows, columns, key, height=_TALL if len(rows) > _SHORT else "auto")
    last = first + len(rows)
    st.caption(f"Rows {first + 1 if last else 0:,} to {last:,} of {len(frame):,}")


@contextmanager
def mended() -> Iterator[None]:
    """Errors of the service as a message with the mend, not as a trace."""
    try:
        yield
    except Changed as error:
        st.error(f"{error.message}. What you see was changed by somebody else meanwhile: look at "
                 "it again, then repeat your change.", icon=":material/group:")  # fmt: skip
    except InputError as error:
        problems(error.problems)
    except ServiceError as error:
        st.error(f"{error.message}. {error.remedy}".strip(), icon=":material/error:")
    except SupplyChainError as error:
        st.error(str(error), icon=":material/error:")
    except STORE_ERRORS as error:
        known = unavailable(error)
        if known is None:
            raise
        st.error(f"{known.message}; {known.remedy}. Nothing is lost.",
                 icon=":material/database_off:")  # fmt: skip


def problems(found: tuple[Problem, ...]) -> None:
    """Every problem of an upload or an edit, where it is, and its mend."""
    st.error(f"{len(found):,} to mend; nothing was changed." if len(found) > 1
             else "This has to be mended first; nothing was changed.",
             icon=":material/error:")  # fmt: skip
    frame = pd.DataFrame([problem.as_dict() for problem in found])
    names = {"table": "table", "row": "row", "column": "column", "value": "value",
             "message": "what is wrong", "remedy": "mend"}  # fmt: skip
    table(frame, names, f"problems_{abs(hash(found))}")


def empty(title: str, text: str, icon: str = "inbox") -> None:
    """What stands where there is nothing yet, with what to do about it."""
    with st.container(border=True):
        st.markdown(f"#### :material/{icon}: {title}")
        st.markdown(text)


def all_columns(frame: pd.DataFrame) -> dict[str, Any]:
    """All columns of a frame by their names."""
    return {str(name): str(name).replace("_", " ") for name in frame}


def height(rows: int, tall: int = _TALL) -> Any:
    """How tall a table with so many rows is: whole where it is short."""
    return tall if rows > tall // 48 else "content"


_STYLE = """
.stMainBlockContainer {{ padding: 1.1rem 1.75rem 3rem }}
[data-testid="stHeader"] {{ background: transparent; height: 2.5rem; min-height: 2.5rem }}
[data-testid="stSidebarHeader"] {{ height: 2.25rem; padding-bottom: 0; margin-bottom: 0 }}
[data-testid="stSidebarNav"] {{ margin-top: 0 }}
[data-testid="stMain"] h1 {{ padding: 0 2rem .5rem 0 }}
[data-testid="stMain"] h3 {{ padding: .5rem 0 .3rem }}
[data-testid="stCaptionContainer"] {{ opacity: 1 }}
[data-testid="stCaptionContainer"] p {{ color: {faint} }}
[data-testid^="stBaseButton-primary"]:not(:disabled) :is(p, span) {{ color: {on} }}
[data-testid="stMultiSelect"] span[title] {{ color: {on} }}
[data-testid="stHtml"] a {{ color: {link} }}
"""


def style() -> None:
    """What the theme cannot say: room on a laptop, and letters that are dark enough to read."""
    dark = {"faint": "#a3adb8", "on": "#10151a", "link": "#7cc6f0"}
    light = {"faint": "#5a6470", "on": "#ffffff", "link": "#00629a"}
    st.html(f"<style>{_STYLE.format(**(dark if is_dark() else light))}</style>")


def way(path: str, label: str, **address: str) -> None:
    """A link to another page, with what it is to be about; none where the visitor has no such."""
    page = st.session_state.get(PAGES, {}).get(path)
    if page is not None:
        st.page_link(page, label=label, query_params=address)


def tell(text: str) -> None:
    """Say ``text`` when the page is drawn next."""
    st.session_state["to_tell"] = text


def told() -> None:
    """Say what is to be said, once: in a corner, where it outlives the next drawing of the page."""
    if text := st.session_state.pop("to_tell", ""):
        st.toast(text, icon=":material/check:", duration="long")
