"""The rules, and what is not permitted, at the end of the ways into demand: whose they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.data import FLOW_KEYS
from solver.levers.production_rules import Overtime, SmallestRuns, VersionShares
from solver.levers.sourcing_rules import OrderSizes, SourcingShares
from solver.levers.stability import FLOW_TABLES
from solver.model import Model
from solver.program import Floats, Ints
from solver.reasons.elastic import (
    FLOORS,
    FROZEN,
    LEVERS,
    LOTS,
    PERMISSION,
    RUNS,
    SHARES,
    Elastic,
)
from solver.reasons.relaxation import Step
from solver.reasons.tracing import Ways, limit_use
from supplychain.overrides import owners
from supplychain.schema import KEY_SEPARATOR

_TINY = 1e-7
_BESIDE_KEY = ("period", "receipt", "dispatch")  # columns of the keys of decisions that are no key
Names = npt.NDArray[np.object_]


def rule_leaves(
    base: Elastic, before: Step, after: Step, found: Ways, used: Ints
) -> list[pd.DataFrame]:
    """Rules and permissions that ``after`` relaxes on the ways ``used``, as leaves."""
    find = _FINDERS.get(after.name)
    return [] if find is None else [_finished(base, found, f) for f in find(
        base, before, after, found, used) if len(f)]  # fmt: skip


def _finished(base: Elastic, found: Ways, leaves: pd.DataFrame) -> pd.DataFrame:
    """Leaves with the period of their way, and nothing left of a limit."""
    way = leaves["way"].to_numpy(np.int64)
    standing = pd.DataFrame({"period": found.target[way] % base.model.data.periods, "use": 1.0,
                             "price": 1.0, "left": np.nan}, index=leaves.index)  # fmt: skip
    return leaves.combine_first(standing)


def _decided(found: Ways, used: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """Ways that are among ``columns``, and the place of each there."""
    order = np.argsort(columns)
    column = found.column[used]
    if not len(columns):
        return used[:0], used[:0]
    place = order[np.minimum(np.searchsorted(columns, column, sorter=order), len(order) - 1)]
    inside = columns[place] == column
    return used[inside], place[inside]


def option_names(model: Model, name: str) -> Names:
    """Keys of the variables of a flow, joined by |."""
    flow = model.flow(name)
    names = owners(FLOW_TABLES[name][1], flow.options).to_numpy(dtype=object)
    return np.asarray(names[flow.option])


# --- lots, minimum orders, runs ----------------------------------------------------------------


def _lot_leaves(
    base: Elastic, before: Step, after: Step, found: Ways, used: Ints
) -> list[pd.DataFrame]:
    """Orders that a minimum keeps away, or whole lots."""
    sizes = base.model.lever(OrderSizes)
    assert sizes is not None
    names, start = option_names(base.model, "order"), base.program.column_blocks["order"].start
    none = before.solution.values[start + sizes.minimum_column] <= _TINY
    kept_away = sizes.minimum_column[none]
    in_lots = np.setdiff1d(sizes.lot_column, kept_away)
    frames = []
    for kind, orders in (("minimum_order", kept_away), ("lot_size", in_lots)):
        ways, place = _decided(found, used, start + orders)
        frames.append(pd.DataFrame({"way": ways, "kind": kind, "owner": names[orders[place]]}))
    return frames


def _run_leaves(
    base: Elastic, before: Step, after: Step, found: Ways, used: Ints
) -> list[pd.DataFrame]:
    """Builds whose smallest run is too much."""
    runs = base.model.lever(SmallestRuns)
    assert runs is not None
    start = base.program.column_blocks["build"].start
    ways, place = _decided(found, used, start + runs.column)
    names = option_names(base.model, "build")[runs.column[place]]
    return [pd.DataFrame({"way": ways, "kind": "smallest_run", "owner": names})]


# --- shares ------------------------------------------------------------------------------------


def _share_leaves(
    base: Elastic, before: Step, after: Step, found: Ways, used: Ints
) -> list[pd.DataFrame]:
    """Shares that bind, by the price of what each way takes of them."""
    used = used[found.column[used] >= 0]
    frames = []
    for block, share_owners in _share_owners(base.model).items():
        rows = base.program.row_blocks[block]
        use = limit_use(before.program, rows)[found.column[used]].tocoo()
        asked = np.isin(rows.start + use.col, base.rows[SHARES])
        frames.append(pd.DataFrame({
            "way": used[use.row], "kind": block, "owner": share_owners[use.col], "use": use.data,
            "price": before.solution.row_prices[rows][use.col],
        })[asked])  # fmt: skip
    return frames


def _share_owners(model: Model) -> dict[str, Names]:
    """Owner of every row of the blocks of shares."""
    found: dict[str, Names] = {}
    orders, builds = model.data.orders.options, model.data.builds.options
    if shares := model.lever(SourcingShares):
        for block, numbers in (("max_share", shares.most), ("min_share", shares.least)):
            found[block] = owners("sourcing", orders.iloc[numbers]).to_numpy(dtype=object)
    if versions := model.lever(VersionShares):
        rows = builds.iloc[versions.options]
        found["version_share"] = owners("production", rows).to_numpy(dtype=object)
    return found


def floor_names(base: Elastic) -> list[tuple[str, str]]:
    """Kind and owner of the floors, and of the even use of plants, that hold."""
    floors = owners("floors", base.model.data.network.table("floors")).tolist()
    block = base.program.row_blocks.get("floors", slice(0, 0))
    return [("floor", floors[row - block.start]) if block.start <= row < block.stop
            else ("plant_spread", "locations") for row in base.rows[FLOORS].tolist()]  # fmt: skip


# --- frozen periods, permission ----------------------------------------------------------------


def _frozen_leaves(
    base: Elastic, before: Step, after: Step, found: Ways, used: Ints
) -> list[pd.DataFrame]:
    return list(_closed(base, found, used, FROZEN, "frozen"))


def _closed_leaves(
    base: Elastic, before: Step, after: Step, found: Ways, used: Ints
) -> list[pd.DataFrame]:
    """Options and levers that the plan may not use; overtime by the lines on the way."""
    frames = list(_closed(base, found, used, PERMISSION, "not_permitted"))
    overtime = base.model.lever(Overtime)
    if overtime is not None:
        frames.append(_overtime(base, overtime, after.solution.values, found, used))
    return frames


def _closed(base: Elastic, found: Ways, used: Ints, step: str, kind: str) -> list[pd.DataFrame]:
    """Ways that are decisions which the step sets free."""
    closed, names = base.columns[step], decision_names(base.model)
    frames = []
    for name in (*FLOW_KEYS, *LEVERS):
        block = base.program.column_blocks.get(name, slice(0, 0))
        mine = closed[(closed >= block.start) & (closed < block.stop)]
        ways, place = _decided(found, used, mine)
        if len(ways):
            owner = names[name][mine[place] - block.start]
            frames.append(pd.DataFrame({"way": ways, "kind": kind, "owner": owner}))
    return frames


def decision_names(model: Model) -> dict[str, Names]:
    """Every decision in short: its block (of a new source: qualify), and its key joined by |."""
    names = {}
    for name in FLOW_KEYS:
        flow = model.flow(name)
        words = np.where(flow.is_new[flow.option], "qualify", name).astype(object)
        names[name] = np.asarray(words + " " + option_names(model, name))
    for lever in model.levers:
        for name, keys in lever.keys().items():
            parts = [keys[key].astype("str") for key in keys if key not in _BESIDE_KEY]
            joined = map(KEY_SEPARATOR.join, zip(*parts, strict=True))
            names[name] = np.array([f"{name} {key}" for key in joined], dtype=object)
    return names


def _overtime(
    base: Elastic, overtime: Overtime, values: Floats, found: Ways, used: Ints
) -> pd.DataFrame:
    """Builds on lines that work overtime which is not permitted."""
    block = base.program.column_blocks["overtime"]
    closed = np.isin(np.arange(block.start, block.stop), base.columns[PERMISSION])
    worked = np.flatnonzero(closed & (values[block] > _TINY))
    table = base.model.data.network.table("overtime")
    resource = base.model.data.resource_numbers(table["resource"])[overtime.step[worked]]
    row = base.model.data.capacities["resources"].rows[resource, overtime.period[worked]]
    names = decision_names(base.model)["overtime"][worked] if len(worked) else worked
    used = used[found.column[used] >= 0]
    use = limit_use(base.program, base.program.row_blocks["resources"])
    taken = use[found.column[used]].tocoo()
    ways = pd.DataFrame({"way": used[taken.row], "row": taken.col})
    lines = pd.DataFrame({"row": row, "owner": names}).drop_duplicates("row")
    return ways.merge(lines, on="row").drop(columns="row").assign(kind="not_permitted")


_FINDERS: dict[
    str, Callable[[Elastic, Step, Step, Ways, Ints], list[pd.DataFrame]]
] = {
    LOTS: _lot_leaves, RUNS: _run_leaves, SHARES: _share_leaves, FROZEN: _frozen_leaves,
    PERMISSION: _closed_leaves,
}  # fmt: skip
