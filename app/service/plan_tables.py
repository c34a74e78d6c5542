"""Result tables of a plan on disk, with the types that they had in memory."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from supplychain.errors import FileError
from supplychain.files import read_frames

_DATES = frozenset({"period", "dispatch", "receipt", "due", "served", "ready", "planned"})
_FLAGS = frozenset({"routine", "down"})
_NUMBERS = frozenset({
    "quantity", "unit_cost", "cost", "premium", "on_hand", "arrivals", "uses", "on_time", "late",
    "lost", "open", "beyond", "target", "value", "capacity", "committed", "used", "load",
    "calm_load", "amount", "volume", "taken", "shortfall", "before", "after", "penalty",
})  # fmt: skip
_NEEDED = ("orders", "transfers", "builds", "receipts", "inventory", "deliveries", "service",
           "closing", "costs", "capacity_use")  # fmt: skip


def read_plan_tables(folder: Path, form: str) -> dict[str, pd.DataFrame]:
    """All result tables in PLAN_DIR ``folder``; FileError where one that every plan has is not."""
    frames = read_frames(folder / "plan.xlsx" if form == "xlsx" else folder)
    missing = [name for name in _NEEDED if name not in frames]
    if missing:
        raise FileError(folder, f"lacks the tables {', '.join(missing)}", "plan again")
    return {name: typed(frame) for name, frame in frames.items()}


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with its columns as dates, numbers, flags or text, by their names."""
    return pd.DataFrame({name: _column(str(name), frame[name]) for name in frame})


def _column(name: str, values: pd.Series) -> pd.Series:
    values = values.reset_index(drop=True)
    if name in _DATES:
        return pd.to_datetime(values, errors="coerce").astype("datetime64[us]")
    if name in _NUMBERS:
        return pd.to_numeric(values, errors="coerce").astype("float64")
    text = values.astype("str").where(values.notna(), "").astype("str")
    return text.str.lower() == "true" if name in _FLAGS else text
