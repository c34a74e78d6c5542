"""What another quantity of an action would do, all else as planned.

The plan is lived through the future that it was made for, with the rows of the action as planned,
in the changed quantity, and without them. What the changed supply feeds follows it: builds that
lack parts wait, demand that is not met is late or lost. Nothing is decided anew: where the rest of
the plan should change too, plan again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.service.futures.confidence import WHOLE, rows_of, without
from app.service.plans.planning import Progress, Stages
from app.service.plans.tables import read_plan_network, read_plan_tables
from supplychain.errors import InputError, Problem
from supplychain.network import Network
from supplychain.simulation import Futures, simulate

Json = dict[str, Any]
Tables = Mapping[str, pd.DataFrame]
_SCALED = ("quantity", "cost", "premium")


def run_preview(
    folder: Path, action: Json, quantity: float,
    progress: Progress = lambda text: None,
) -> Json:  # fmt: skip
    """The plan in PLAN_DIR ``folder`` with ``action``, a row of its actions, in another quantity.

    Units and money as planned, with the change, and without the action at all. InputError where
    the action has no quantity: one of priorities, which has no rows of its own, or a qualification.
    """
    stages = Stages(progress)
    with stages.stage("read"):
        tables = read_plan_tables(folder)
        _, network, _ = read_plan_network(folder)
    own = rows_of(tables, action)
    if action["kind"] in WHOLE or not any(rows.any() for rows in own.values()):
        raise InputError([Problem("action", "has no quantity to change",
                                  "approve or reject it", value=str(action["kind"]))])  # fmt: skip
    share = quantity / float(action["quantity"])
    plans = {"planned": tables, "without": without(tables, action),
             "changed": scaled(tables, own, share)}  # fmt: skip
    with stages.stage("live"):
        lived = {name: _lived(network, plan) for name, plan in plans.items()}
    return {
        "item": action["item"], "planned_quantity": float(action["quantity"]),
        "quantity": quantity, "currency": network.settings.currency, **lived,
        "difference": _difference(lived["planned"], lived["changed"]),
        "seconds": stages.rounded,
    }  # fmt: skip


def scaled(tables: Tables, own: Mapping[str, pd.Series], share: float) -> dict[str, pd.DataFrame]:
    """The result tables of a plan with ``share`` of the quantity in the ``own`` rows."""
    changed = dict(tables)
    for name, rows in own.items():
        table = tables[name]
        columns = [column for column in _SCALED if column in table]
        factor = np.where(rows, share, 1.0)
        new = table.assign(**{column: table[column] * factor for column in columns})
        changed[name] = new[new["quantity"] > 0].reset_index(drop=True)
    return changed


def _lived(network: Network, tables: Tables) -> Json:
    """Units and money of a plan in the future that it was made for."""
    demand = network.table("demand")["quantity"].to_numpy(dtype=float)[:, None]
    on_time = (np.zeros((len(tables[name]), 1), dtype=np.int64) for name in ("orders", "receipts"))
    lived = simulate(network, tables, Futures(demand, *on_time))
    units, money = lived.totals.iloc[0], lived.money.iloc[0]
    return {"units": {str(name): float(value) for name, value in units.items()},
            "money": {str(name): float(value) for name, value in money.items()}}  # fmt: skip


def _difference(before: Json, after: Json) -> Json:
    return {part: {name: after[part][name] - value for name, value in before[part].items()}
            for part in ("units", "money")}  # fmt: skip
