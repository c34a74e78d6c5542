"""Result tables of a PLAN_DIR as the solver makes them: dates, numbers and texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from app.service.plan_files import read_manifest
from supplychain.errors import FileError
from supplychain.files import read_dataset, read_frames
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, read_scenario
from supplychain.scope import expand

Json = dict[str, Any]
_DATES = ("period", "dispatch", "receipt", "due", "served", "ready", "planned", "decide_by",
          "until")  # fmt: skip
_FLAGS = ("routine", "down")
_TEXTS = ("item", "location", "supplier", "mode", "origin", "destination", "version", "component",
          "substitute", "order_id", "line", "customer", "kind", "owner", "resource", "step", "term",
          "contract", "rule", "waits_for", "lever", "unit", "method")  # fmt: skip


def read_plan_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """All result tables of PLAN_DIR ``folder``, typed; FileError where it holds no plan."""
    content = read_manifest(folder)
    if content.get("status") == "no plan":
        raise FileError(folder, "holds no plan: the solver found none in time", "plan again")
    source = folder / "plan.xlsx" if content.get("format") == "xlsx" else folder
    return {name: typed(frame) for name, frame in read_frames(source).items()}


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A table read as text with its dates, numbers and flags."""
    columns: Mapping[str, Any] = {str(name): frame[name] for name in frame.columns}
    made = {name: _typed(name, column) for name, column in columns.items()}
    return pd.DataFrame(made).reset_index(drop=True)


def _typed(name: str, column: pd.Series) -> pd.Series:
    if name in _DATES:
        return pd.to_datetime(column.astype("str").replace("", "NaT").replace("nan", "NaT"))
    if name in _FLAGS:
        return column.astype("str").str.lower().eq("true")
    if name in _TEXTS:
        return column.astype("str").replace({"nan": "", "None": ""})
    return pd.to_numeric(column, errors="coerce")


def read_plan_network(folder: Path) -> tuple[Network, Network, Scenario]:
    """The dataset of a PLAN_DIR, the network that the plan was made for, and its scenario."""
    own = folder / "scenario.yaml"
    scenario = read_scenario(own) if own.exists() else Scenario.calm()
    base = read_dataset(folder / "input")
    return base, apply(scenario, expand(base)), scenario
