"""Scenario files of the example company."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

ALL = {
    "reallocation": True, "transfers": True, "alternates": True,
    "substitutes": True, "expedite": True, "short_builds": True,
}  # fmt: skip


def scenarios(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return scenario files (name -> YAML text) that name what the tables ``frames`` have."""
    return {}
