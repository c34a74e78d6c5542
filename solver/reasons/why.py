"""Why demand is late or lost: its causes, followed to the scarce supply, adding up to the loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from solver.optimizer import SolverOptions
from solver.plan import Plan
from solver.program import Floats, Ints
from solver.reasons.elastic import FLOORS, Elastic, elastic
from solver.reasons.leaves import leaf_table
from solver.reasons.relaxation import OVERDUE, WORTH, Step, relax
from solver.reasons.rule_leaves import floor_names
from solver.reasons.tracing import Ways, cheapest, units_by_way, ways

KEYS = ["item", "location", "period", "customer"]
COLUMNS = [*KEYS, "loss", "cause", "owner", "scarce_item", "scarce_location", "receipts",
           "first", "last", "capacity", "quantity", "revenue"]  # fmt: skip
UNNAMED = ""
_LEAST = 0.01  # share of a row's loss below which a cause is left to the others
_LEAF = ["row", "kind", "owner", "scarce_item", "scarce_location"]


def why_table(plan: Plan, solver: SolverOptions) -> pd.DataFrame:
    """Causes of every unit that ``plan`` serves late or not at all.

    A row for each demand row, loss (late, lost, open) and cause. The quantities of a demand row
    add up to its loss; ``revenue`` is that of what is lost or open. ``cause`` is minimum_order,
    lot_size, smallest_run, max_share, min_share, version_share, floor, plant_spread, frozen,
    supplier_capacity, sourcing, resources, production, lanes, lead_time, not_permitted, budget,
    not_worth, overdue or, where no limit could be named, the step that served it; ``owner`` the
    key of the limit, ``receipts`` those that it holds back, ``first`` and ``last`` the periods in
    which it binds, ``capacity`` the mean of what it leaves to the plan there. Empty where there is
    no plan. See :mod:`solver.reasons.relaxation` for the method.
    """
    if plan.status == "no plan":
        return pd.DataFrame(columns=COLUMNS)
    base = elastic(plan)
    frames = list(_step_causes(plan, base, solver))
    found = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_LEAF)
    return _finished(plan, found[found["quantity"] > 0] if len(found) else found)


def _step_causes(plan: Plan, base: Elastic, solver: SolverOptions) -> Iterator[pd.DataFrame]:
    """Causes step by step, and the rest."""
    before: Step | None = None
    for step in relax(plan, base, solver):
        if before is not None and step.solution.status != "no plan":
            yield _caused(base, before, step)
        before = step
    if before is not None:
        overdue = plan.model.data.demand.due < 0
        for is_late, left in ((False, before.unserved), (True, before.late)):
            yield _plain(plan, np.where(overdue & is_late, 0.0, left), WORTH, is_late)
            yield _plain(plan, np.where(overdue & is_late, left, 0.0), OVERDUE, is_late)


def _plain(plan: Plan, quantity: Floats, kind: str, is_late: bool) -> pd.DataFrame:
    """Units of demand rows put down to one cause without an owner."""
    rows = np.flatnonzero(quantity > 0)
    table = plan.model.data.demand.table.iloc[rows]
    return pd.DataFrame({
        "row": rows, "kind": kind, "owner": UNNAMED, "scarce_item": table["item"].to_numpy(),
        "scarce_location": table["location"].to_numpy(),
        "first": plan.model.data.demand.first[rows], "last": plan.model.data.demand.last[rows],
        "left": np.nan, "receipts": "", "quantity": quantity[rows], "is_late": is_late,
    })  # fmt: skip


def _caused(base: Elastic, before: Step, after: Step) -> pd.DataFrame:
    """What a step serves, put down to the limits that it relaxes."""
    shares_of = _protected if after.name == FLOORS else _traced
    frames = []
    for is_late, drop in ((False, before.unserved - after.unserved),
                          (True, before.late - after.late)):  # fmt: skip
        rows = np.flatnonzero(drop > 0)
        if len(rows):
            shares = shares_of(base, before, after, rows, is_late)
            quantity = shares["share"] * drop[shares["row"].to_numpy(np.int64)]
            frames.append(shares.assign(quantity=quantity, is_late=is_late))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=_LEAF)


def _protected(base: Elastic, before: Step, after: Step, rows: Ints, is_late: bool) -> pd.DataFrame:
    """What floors, and plants to be used evenly, keep from demand rows: by their prices."""
    price = before.solution.row_prices[base.rows[FLOORS]]
    binding = np.flatnonzero(price > 0)
    names = np.array(floor_names(base), dtype=object).reshape(-1, 2)[binding]
    count = max(len(binding), 1)
    weight = price[binding] / price[binding].sum() if len(binding) else np.ones(1)
    kind, owner = names.T if len(binding) else (np.array([after.name]), np.array([UNNAMED]))
    row = np.repeat(rows, count)
    demand = base.model.data.demand
    table = demand.table.iloc[row]
    return pd.DataFrame({
        "row": row, "kind": np.tile(kind, len(rows)), "owner": np.tile(owner, len(rows)),
        "scarce_item": table["item"].to_numpy(), "scarce_location": table["location"].to_numpy(),
        "first": demand.first[row], "last": demand.last[row], "left": np.nan, "receipts": "",
        "share": np.tile(weight, len(rows)),
    })  # fmt: skip


def _traced(base: Elastic, before: Step, after: Step, rows: Ints, is_late: bool) -> pd.DataFrame:
    """The limits on the cheapest ways into what is served better."""
    found = ways(before, after)
    balance = before.program.row_blocks["balance"]
    chosen = cheapest(found, before.solution.row_prices[balance], base.usual)
    place = units_by_way(found, chosen, _served_at(base, before, after, rows, is_late)).tocoo()
    taken = pd.DataFrame({"row": rows[place.row], "way": place.col, "units": place.data})
    used = np.unique(place.col).astype(np.int64)
    leaves = _with_places(base, found, leaf_table(base, before, after, found, used))
    return _shares(taken.merge(leaves, on="way"), rows, base, after.name)


def _served_at(base: Elastic, before: Step, after: Step, rows: Ints, is_late: bool) -> Ints:
    """Balance row from which each demand row is served better after a step."""
    model = base.model
    demand, block = model.data.demand, base.program.column_blocks["serve"]
    period = demand.first[rows].copy()
    if not is_late:
        gain = after.solution.values[block] - before.solution.values[block]
        order = np.lexsort((-model.serve_period, gain, model.serve_row))
        last = np.searchsorted(model.serve_row[order], rows, side="right") - 1
        period = model.serve_period[order[last]]
    return np.asarray(demand.pair[rows] * model.data.periods + period)


def _with_places(base: Elastic, found: Ways, leaves: pd.DataFrame) -> pd.DataFrame:
    """Leaves with the item-location that each way fills."""
    target = found.target[leaves["way"].to_numpy(np.int64)]
    pairs = base.model.data.pairs.iloc[target // base.model.data.periods]
    return leaves.assign(scarce_item=pairs["item"].to_numpy(),
                         scarce_location=pairs["location"].to_numpy())  # fmt: skip


def _shares(leaves: pd.DataFrame, rows: Ints, base: Elastic, step: str) -> pd.DataFrame:
    """Share of each limit in the loss of each demand row: by the price of what it takes of it.

    Where no price says more (limits that bind together), by the units that it takes.
    """
    leaves = leaves.assign(weight=leaves["units"] * leaves["use"] * leaves["price"].clip(lower=0))
    bare = leaves.groupby("row")["weight"].transform("sum") <= 0
    leaves.loc[bare, "weight"] = leaves["units"] * leaves["use"]
    grouped = leaves.groupby(_LEAF, as_index=False).agg(
        weight=("weight", "sum"), first=("period", "min"), last=("until", "max"),
        left=("left", "mean"), receipts=("receipt", _joined))  # fmt: skip
    share = grouped["weight"] / grouped.groupby("row")["weight"].transform("sum")
    grouped = grouped[share > _LEAST]
    share = grouped["weight"] / grouped.groupby("row")["weight"].transform("sum")
    named = grouped.assign(share=share).drop(columns="weight")
    others = np.setdiff1d(rows, named["row"].to_numpy(np.int64))
    demand = base.model.data.demand
    table = demand.table.iloc[others]
    unnamed = pd.DataFrame({
        "row": others, "kind": step, "owner": UNNAMED, "scarce_item": table["item"].to_numpy(),
        "scarce_location": table["location"].to_numpy(), "first": demand.first[others],
        "last": demand.last[others], "left": np.nan, "receipts": "", "share": 1.0,
    })  # fmt: skip
    return pd.concat([named, unnamed], ignore_index=True) if len(others) else named


def _joined(names: pd.Series) -> str:
    return ", ".join(sorted(set(names) - {""}))


def _finished(plan: Plan, found: pd.DataFrame) -> pd.DataFrame:
    """The table with keys, dates and money."""
    if not len(found):
        return pd.DataFrame(columns=COLUMNS)
    data = plan.model.data
    row = found["row"].to_numpy(np.int64)
    demand = data.demand.table.iloc[row].reset_index(drop=True)
    found = found.reset_index(drop=True)
    lost = np.where(data.demand.is_lost[row], "lost", "open")
    calendar = data.network.calendar
    table = demand[KEYS].assign(
        loss=np.where(found["is_late"].to_numpy(bool), "late", lost), cause=found["kind"],
        owner=found["owner"], scarce_item=found["scarce_item"],
        scarce_location=found["scarce_location"], receipts=found["receipts"],
        first=calendar.dates_of(found["first"].to_numpy(np.int64)),
        last=calendar.dates_of(found["last"].to_numpy(np.int64)), capacity=found["left"],
        quantity=found["quantity"],
        revenue=np.where(found["is_late"].to_numpy(bool), 0.0,
                         found["quantity"] * demand["unit_revenue"]))  # fmt: skip
    order = [*KEYS, "loss", "quantity", "cause", "owner", "scarce_item", "scarce_location"]
    table = table.sort_values(order, ascending=[c != "quantity" for c in order])
    return table[COLUMNS].reset_index(drop=True)
