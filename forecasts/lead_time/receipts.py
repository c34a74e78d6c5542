"""From raw tables of receipts and of open orders to checked ones.

A history is an error (DataError, every problem listed) where

* ``order_id`` or ``ordered_on`` is missing or blank, or a cell cannot be read (dates with a time
  zone among them);
* a receipt precedes its order, or ``order_id, line`` is repeated;
* nothing is known: no row at all.

It is none where ``item``, ``location``, ``supplier``, ``mode`` or the promise are absent or blank
(blank is one value among others), where all orders are open, where a promise precedes its order
(such promises are learned from like others), or where further columns are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from forecasts.lead_time.options import KEY
from supplychain.cells import row_problems
from supplychain.errors import DataError, Problem
from supplychain.frames import typed_frame
from supplychain.schema import TABLES, Table

_HISTORY = TABLES["receipt_history"]
_BLANK = "is blank"


def check_receipts(raw: pd.DataFrame) -> pd.DataFrame:
    """Past orders, typed: order_id, line, ordered_on, promised_on, received_on (NaT: open), ...

    ``raw`` holds any cells (text from CSV, or typed); of the columns item, location, supplier and
    mode the result has those that ``raw`` has. Raises DataError with every problem of the table.
    """
    return _checked(raw, ("received_on",))


def check_orders(raw: pd.DataFrame) -> pd.DataFrame:
    """Orders whose arrival is asked for, typed, in the order of ``raw``.

    As ``check_receipts``, but a column received_on is left aside. ``raw`` may have no rows.
    """
    try:
        return _checked(raw.drop(columns="received_on", errors="ignore"), ())
    except DataError as error:
        raise DataError(replace(problem, table="orders") for problem in error.problems) from None


def _checked(raw: pd.DataFrame, dates: tuple[str, ...]) -> pd.DataFrame:
    given = {str(name).strip() for name in raw.columns}
    table = _variant(given, dates)
    frame, problems = typed_frame(table, raw)
    # the contract wants these of a dataset; a history alone may lack them
    problems = [p for p in problems if not (p.message == _BLANK and p.column in KEY)]
    problems += _order_problems(frame)
    if dates and frame.empty:
        remedy = "give at least one past order"
        problems.append(Problem(table.name, "holds no orders", remedy))
    if problems:
        raise DataError(sorted(problems, key=lambda problem: problem.row or 0))
    return frame


def _variant(given: Iterable[str], dates: tuple[str, ...]) -> Table:
    """The table of past orders with those of its optional columns that are given."""
    kept = {"order_id", "line", "ordered_on", "promised_on", *dates}
    columns = tuple(
        replace(column, required=False, default="") if column.name in KEY else column
        for column in _HISTORY.columns
        if column.name in kept or (column.name in given and column.name != "received_on")
    )
    return replace(_HISTORY, columns=columns)


def _order_problems(frame: pd.DataFrame) -> list[Problem]:
    if "received_on" not in frame:
        return []
    early = frame["received_on"] < frame["ordered_on"]
    message, remedy = "is before the order", "correct received_on or ordered_on"
    return row_problems(_HISTORY.name, frame, early, "received_on", message, remedy)


def add_attributes(
    frame: pd.DataFrame,
    items: pd.DataFrame | None = None,
    locations: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """``frame`` with commodity (of the item), country and supplier_country, where tables say so.

    ``items`` and ``locations`` are tables of the data contract. Columns that ``frame`` has already
    stay as they are; names that the tables do not know get a blank.
    """
    added = {}
    for name, key, table, column in (
        ("commodity", "item", items, "commodity"),
        ("country", "location", locations, "country"),
        ("supplier_country", "supplier", locations, "country"),
    ):
        if table is None or name in frame or key not in frame or column not in table:
            continue
        by = "item" if key == "item" else "location"
        known = table.drop_duplicates(by).set_index(by)[column]
        added[name] = frame[key].map(known).fillna("").astype("str")
    return frame.assign(**added)
