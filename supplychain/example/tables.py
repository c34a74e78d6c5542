"""From working frames to frames of the data contract."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.schema import TABLES, Column

Numbers = npt.NDArray[np.float64]


def contract_frame(name: str, data: pd.DataFrame) -> pd.DataFrame:
    """Return the contract's columns of ``data``, in contract types, sorted by key."""
    table = TABLES[name]
    typed = {
        column.name: _typed(data[column.name], column)
        for column in table.columns
        if column.name in data.columns
    }
    return pd.DataFrame(typed).sort_values(list(table.key), ignore_index=True)


def _typed(values: pd.Series, column: Column) -> pd.Series:
    if column.type == "text":
        return values.astype("str")
    if column.type == "flag":
        return values.astype(bool)
    if column.type in ("number", "integer"):
        return values.astype(float)
    return values.astype("datetime64[ns]")


def records(columns: str, rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Return a frame of ``rows`` with the space-separated ``columns``."""
    return pd.DataFrame(rows, columns=columns.split())


def look_up(values: Mapping[str, float], keys: pd.Series) -> Numbers:
    """Return the value of each key; KeyError where one is missing."""
    return np.array([values[key] for key in keys], dtype=float)


def significant(values: npt.ArrayLike, digits: int = 2) -> Numbers:
    """Round up to ``digits`` significant digits, and to whole units: the numbers people set."""
    values = np.maximum(np.asarray(values, dtype=float), 1.0)
    step = np.maximum(10.0 ** (np.floor(np.log10(values)) - digits + 1), 1.0)
    return np.asarray(np.ceil(np.round(values / step, 6)) * step)


def whole(weekly: Numbers) -> Numbers:
    """Round rows of weekly quantities to whole units, keeping every running total."""
    totals = np.round(np.cumsum(weekly, axis=-1))
    return np.diff(totals, axis=-1, prepend=0.0)
