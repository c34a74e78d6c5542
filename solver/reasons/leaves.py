"""The limits at the end of the ways into demand: whose they are, and what they are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from solver.costs import supplier_makes
from solver.data import FLOW_KEYS, ModelData
from solver.program import Ints
from solver.reasons.elastic import EARLIER, FLOORS, HELD, LIMITS, SHARES, SUPPLY, TIME, Elastic
from solver.reasons.relaxation import Step
from solver.reasons.rule_leaves import rule_leaves
from solver.reasons.tracing import Ways, limit_use

KIND_OF = {"supplier_capacity": "supplier_capacity", "sourcing_capacity": "sourcing",
           "resources": "resources", "production_capacity": "production",
           "lane_capacity": "lanes", "budget": "budget"}  # fmt: skip
_COLUMNS = ["way", "kind", "owner", "receipt", "period", "until", "left", "use", "price"]


def leaf_table(base: Elastic, before: Step, after: Step, found: Ways, used: Ints) -> pd.DataFrame:
    """Limits that ``after`` relaxes on the ways ``used``: a row for each way and limit.

    Columns way, kind, owner, receipt (held back by it), period and until (in which it binds), left
    (capacity left for the plan), use (of the limit by a unit of the way), price (of a unit of the
    limit before).
    """
    blocks = () if after.name in (SHARES, FLOORS) else LIMITS.get(after.name, ())
    frames = [_limit_leaves(base, before, found, used, block) for block in blocks]
    if after.name == SUPPLY:
        frames.append(_held_leaves(base, before, found, used))
    if after.name == TIME:
        frames.append(_early_leaves(base, before, found, used))
    frames += rule_leaves(base, before, after, found, used)
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    leaves = pd.concat(frames, ignore_index=True).reindex(columns=_COLUMNS)
    leaves["until"] = leaves["until"].fillna(leaves["period"])
    leaves["receipt"] = leaves["receipt"].astype(object).fillna("")
    return leaves


def limit_rows(data: ModelData, block: str) -> tuple[list[str], Ints]:
    """Owner and period of every row of a block of limits; the budget is of the first period."""
    if block == "budget":
        return ["budget"], np.zeros(1, np.int64)
    capacity = data.capacities[KIND_OF[block]]
    owner, period = np.nonzero(~np.isnan(capacity.capacity))
    return [capacity.owners[number] for number in owner], np.asarray(period, np.int64)


def _limit_leaves(base: Elastic, before: Step, found: Ways, used: Ints, block: str) -> pd.DataFrame:
    rows = before.program.row_blocks[block]
    used = used[found.column[used] >= 0]
    use = limit_use(before.program, rows)[found.column[used]].tocoo()
    owners, periods = limit_rows(base.model.data, block)
    left = before.program.row_upper[rows][use.col]
    table = pd.DataFrame({
        "way": used[use.row], "kind": KIND_OF[block], "owner": [owners[n] for n in use.col],
        "period": periods[use.col] if block != "budget" else _period(base, found, used[use.row]),
        "left": left, "use": use.data, "price": before.solution.row_prices[rows][use.col],
    })  # fmt: skip
    return table[np.isfinite(left)]


def _period(base: Elastic, found: Ways, used: Ints) -> Ints:
    return np.asarray(found.target[used] % base.model.data.periods, np.int64)


def _of_block(base: Elastic, found: Ways, used: Ints, name: str) -> tuple[Ints, Ints]:
    """Ways that are columns of a block, and their numbers within it."""
    block = base.program.column_blocks[name]
    column = found.column[used]
    inside = (column >= block.start) & (column < block.stop)
    return used[inside], column[inside] - block.start


def _held_leaves(base: Elastic, before: Step, found: Ways, used: Ints) -> pd.DataFrame:
    """Receipts that their source holds back: put down to the limit in force at their dispatch."""
    ways, number = _of_block(base, found, used, HELD)
    part = base.held[number]
    data = base.model.data
    table = data.committed.table.iloc[part]
    receipt = (table["order_id"] + "|" + table["line"].astype("str")).tolist()
    limits = [_holding_limit(data, int(n)) for n in part]
    leaves = _filled(before, found, ways, [kind for kind, *_ in limits],
                     [owner for _, owner, _ in limits])  # fmt: skip
    last = np.where(data.committed.dispatch[part] >= 0, data.committed.dispatch[part] - 1,
                    data.periods - 1)  # fmt: skip
    first = np.array([planned for *_, planned in limits], np.int64)
    return leaves.assign(receipt=receipt, period=first, until=np.maximum(last, first))


def _holding_limit(data: ModelData, part: int) -> tuple[str, str, int]:
    """Kind and owner of the limit that a part of a receipt waits for, and its planned dispatch."""
    row = data.committed.table.iloc[part]
    due = max(int(data.network.calendar.index(pd.DatetimeIndex([row["due"]]))[0]), 0)
    sourcing = data.network.table("sourcing")
    found = sourcing[(sourcing["item"] == row["item"]) & (sourcing["location"] == row["location"])
                     & (sourcing["supplier"] == row["origin"])]  # fmt: skip
    if not len(found):
        key = [row["item"], row["origin"], row["location"]]
        return "lanes", "|".join(map(str, key)), due
    option = found.sort_values(["routine", "mode"], ascending=[False, True]).iloc[0]
    transit = option["transit_time"]
    if pd.isna(transit):
        transit = option["lead_time"] if _makes(data, option) else 0
    planned = max(due - int(transit), 0)
    group = f"{option['supplier']}|{option['group']}"
    capacity = data.capacities["supplier_capacity"]
    if group in capacity.owners and not np.isnan(
        capacity.capacity[capacity.owners.index(group), planned]
    ):
        return "supplier_capacity", group, planned
    return "sourcing", "|".join(str(option[key]) for key in FLOW_KEYS["order"]), planned


def _makes(data: ModelData, option: pd.Series) -> bool:
    return bool(supplier_makes(data.network, option.to_frame().T)[0])


def _early_leaves(base: Elastic, before: Step, found: Ways, used: Ints) -> pd.DataFrame:
    ways, _ = _of_block(base, found, used, EARLIER)
    pairs = base.model.data.pairs.iloc[found.target[ways] // base.model.data.periods]
    owner = (pairs["item"] + "|" + pairs["location"]).tolist()
    leaves = _filled(before, found, ways, ["lead_time"] * len(ways), owner)
    return leaves.assign(period=_period(base, found, ways))


def _filled(
    before: Step, found: Ways, ways: Ints, kinds: list[str], owners: list[str]
) -> pd.DataFrame:
    """Leaves that are units into a balance row, at its price."""
    price = before.solution.row_prices[found.target[ways]]
    return pd.DataFrame({"way": ways, "kind": kinds, "owner": owners, "left": 0.0, "use": 1.0,
                         "price": price})  # fmt: skip
