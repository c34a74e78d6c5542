"""Panels of literal histories for tests of demand forecasts."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from forecasts.demand.forecast import DemandOptions
from forecasts.demand.forest import ForestOptions
from forecasts.demand.panel import Panel
from supplychain.calendar import Bucket, Calendar

SMALL = DemandOptions(
    probed=0, forest=ForestOptions(trees=10, rows=4000, grid=20, leaf=10),
    judging_forest=ForestOptions(trees=5, rows=1000, grid=10, leaf=10),
)  # fmt: skip


def panel(values: np.ndarray, bucket: Bucket = "month") -> Panel:
    """A panel of ``values``, series x periods, from January 2020."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    keys = pd.DataFrame({"item": [f"I{row:04}" for row in range(len(values))], "location": ""})
    start = dt.date(2020, 1, 6) if bucket == "week" else dt.date(2020, 1, 1)
    return Panel.of(keys, values, Calendar(start, values.shape[1], bucket))


def history(text: str) -> pd.DataFrame:
    """A raw history from a table in words, cells as text; - is blank."""
    rows = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame(rows[1:], columns=rows[0], dtype="str")
    return frame.replace("-", "")
