"""Values of tables as plain data, for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:
    """A cell as JSON knows it: dates as text, what is missing as None, numbers of Python."""
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, a dictionary each."""
    return [{str(name): plain(value) for name, value in row.items()}
            for row in table.to_dict("records")]  # fmt: skip
