"""What a PLAN_DIR holds, as the solver made it: tables with dates, numbers, flags and texts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from app.service.plans.files import LAST, read_manifest
from solver.options import LAST_TABLES, LastPlan
from supplychain.errors import FileError
from supplychain.files import read_dataset, read_frames
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, read_scenario
from supplychain.scope import expand

_DATES = frozenset({"period", "dispatch", "receipt", "due", "served", "ready", "planned",
                    "decide_by", "until", "latest"})  # fmt: skip
_FLAGS = frozenset({"routine", "down"})
_NUMBERS = frozenset({
    "quantity", "unit_cost", "cost", "premium", "on_hand", "arrivals", "uses", "on_time", "late",
    "lost", "open", "beyond", "target", "value", "capacity", "committed", "used", "load",
    "calm_load", "amount", "volume", "taken", "shortfall", "before", "after", "penalty", "worth",
    "rank", "confidence",
})  # fmt: skip
_NEEDED = ("orders", "transfers", "builds", "receipts", "inventory", "deliveries", "service",
           "closing", "costs", "capacity_use")  # fmt: skip


def read_plan_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """All result tables of PLAN_DIR ``folder``; FileError where it holds no plan or lacks some."""
    content = read_manifest(folder)
    if content.get("status") == "no plan":
        raise FileError(folder, "holds no plan: the solver found none in time", "plan again")
    frames = read_frames(folder / "plan.xlsx" if content.get("format") == "xlsx" else folder)
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
        return pd.to_datetime(values.replace("", None), errors="coerce").astype("datetime64[us]")
    if name in _NUMBERS:
        return pd.to_numeric(values, errors="coerce").astype("float64")
    text = values.astype("str").where(values.notna(), "").astype("str")
    return text.str.lower() == "true" if name in _FLAGS else text


def read_last(folder: Path) -> LastPlan:
    """The decisions of PLAN_DIR ``folder``, for a plan that follows it."""
    tables = read_plan_tables(folder)
    return LastPlan({name: _decided(tables[name]) for name in LAST_TABLES if name in tables})


def read_own_last(folder: Path) -> LastPlan | None:
    """The plan before that in PLAN_DIR ``folder``, if it followed one."""
    kept = folder / LAST
    if not kept.is_dir():
        return None
    return LastPlan({name: typed(frame) for name, frame in read_frames(kept).items()})


def _decided(table: pd.DataFrame) -> pd.DataFrame:
    """A table of decisions with their period; for a receipt that is moved, when it comes."""
    dated = table if "period" in table else table.assign(period=table["receipt"])
    return dated[dated["period"].notna()].reset_index(drop=True)


def read_plan_network(folder: Path) -> tuple[Network, Network, Scenario]:
    """The dataset of a PLAN_DIR, the network that the plan was made for, and its scenario."""
    own = folder / "scenario.yaml"
    scenario = read_scenario(own) if own.exists() else Scenario.calm()
    base = read_dataset(folder / "input")
    return base, apply(scenario, expand(base)), scenario
