"""Values of tables as plain data, for JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:
    """A cell as JSON knows it: dates as text, what is missing as None, numbers of Python."""
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, dt.datetime):
        return str(value.date())
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, a dictionary each."""
    names = [str(name) for name in table.columns]
    columns = (map(plain, table[name].tolist()) for name in table.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
