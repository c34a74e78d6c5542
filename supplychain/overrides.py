"""Values by period: the tables ``capacities``, ``lead_times`` and ``unit_costs`` laid over a table.

A row of these tables replaces one value of a row of another table (``kind``, ``owner``) for a range
of periods. :func:`effective` reads the result as a matrix of rows by periods; :func:`with_values`
writes such a matrix back as ranges. Both are vectorised over rows, ranges and periods.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.network import Network
from supplychain.schema import KEY_SEPARATOR, TABLES

FloatMatrix = npt.NDArray[np.float64]
BoolMatrix = npt.NDArray[np.bool_]
OverrideTable = Literal["capacities", "lead_times", "unit_costs"]

VALUE_COLUMN: dict[OverrideTable, str] = {
    "capacities": "capacity",
    "lead_times": "lead_time",
    "unit_costs": "unit_cost",
}


def owners(kind: str, rows: pd.DataFrame) -> pd.Series:
    """Owner of each of ``rows`` of table ``kind``: the key columns joined by ``|``."""
    first, *others = TABLES[kind].key
    owner = rows[first].astype("str")
    for column in others:
        owner = owner + KEY_SEPARATOR + rows[column].astype("str")
    return owner


def effective(
    network: Network, table: OverrideTable, kind: str, base: pd.DataFrame, value: str
) -> FloatMatrix:
    """Value in force by row and period, shape (rows of ``base``, periods); NaN: unlimited.

    ``base`` holds rows of table ``kind`` with at least its key columns; ``value`` names the column
    of ``base`` with the value that holds where ``table`` says nothing (NaN where ``base`` has no
    such column: ``production`` has no capacity). A date counts in the period that contains it;
    where two ranges meet in one period the later one holds.
    """
    stated = base[value].to_numpy(np.float64) if value in base else np.full(len(base), np.nan)
    matrix = np.repeat(stated[:, np.newaxis], network.calendar.periods, axis=1)
    return _lay_over(network, table, kind, base, matrix)


def with_values(
    network: Network,
    table: OverrideTable,
    kind: str,
    base: pd.DataFrame,
    values: FloatMatrix,
    touched: BoolMatrix,
) -> Network:
    """A network in which ``values`` hold in the ``touched`` periods of the rows ``base``.

    Both matrices have the shape (rows of ``base``, periods); no row comes twice. What ``table``
    says of other periods and owners stays; equal neighbours become one range. Ranges of a touched
    owner are cut off at the ends of the calendar.
    """
    changed = np.flatnonzero(touched.any(axis=1))
    if not len(changed):
        return network
    base, values, touched = base.iloc[changed], values[changed], touched[changed]
    current = _lay_over(network, table, kind, base, np.full(values.shape, np.nan))
    merged = np.where(touched, values, current)
    ranges = _ranges(network, table, kind, base, merged)
    stated = network.table(table)
    kept = stated[(stated["kind"] != kind) | ~stated["owner"].isin(owners(kind, base))]
    extra = dict.fromkeys(stated.columns.difference(ranges.columns), "")
    rows = ranges.assign(**extra)[stated.columns]
    return network.replace(**{table: pd.concat([kept, rows], ignore_index=True)})


def _lay_over(
    network: Network, table: OverrideTable, kind: str, base: pd.DataFrame, matrix: FloatMatrix
) -> FloatMatrix:
    """Write the ranges of ``table`` into ``matrix`` (rows of ``base``, periods) and return it."""
    stated = network.tables[table]
    stated = stated[stated["kind"] == kind]
    if not len(stated) or not len(base):
        return matrix
    known = pd.DataFrame({"owner": owners(kind, base).to_numpy(), "row": np.arange(len(base))})
    ranges = stated.merge(known, on="owner").sort_values("valid_from", kind="stable")
    calendar = network.calendar
    end = calendar.dates[-1]
    first = np.maximum(calendar.index(ranges["valid_from"]), 0)
    last = np.minimum(calendar.index(ranges["valid_to"].fillna(end)), calendar.periods - 1)
    lengths = np.maximum(last - first + 1, 0)
    offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    rows = np.repeat(ranges["row"].to_numpy(), lengths)
    value = ranges[VALUE_COLUMN[table]].to_numpy(np.float64)
    matrix[rows, np.repeat(first, lengths) + offsets] = np.repeat(value, lengths)
    return matrix


def _ranges(
    network: Network, table: OverrideTable, kind: str, base: pd.DataFrame, values: FloatMatrix
) -> pd.DataFrame:
    """``values`` (rows of ``base``, periods) as rows of ``table``; NaN gives none."""
    begins = np.ones(values.shape, dtype=bool)
    begins[:, 1:] = values[:, 1:] != values[:, :-1]
    row, first = np.nonzero(begins)
    last = np.append(first[1:], 0) - 1
    last[last < 0] = values.shape[1] - 1
    stated = ~np.isnan(values[row, first])
    row, first, last = row[stated], first[stated], last[stated]
    dates = network.calendar.dates
    return pd.DataFrame(
        {
            "kind": pd.Series(kind, index=range(len(row)), dtype="str"),
            "owner": owners(kind, base).to_numpy()[row],
            "valid_from": dates[first],
            "valid_to": dates[last],
            VALUE_COLUMN[table]: values[row, first],
        }
    ).astype({"owner": "str"})
