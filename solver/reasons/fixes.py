"""What would fix it, and what is it worth: one step more of a limit, valued by re-solving.

Candidates come from the prices of the linear program (integers fixed): one more lot of a bought
item in a period, a tenth more of a capacity in a period, a scheduled receipt a period earlier, more
budget. Those with the largest estimates (price times step) are planned again with the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.costs import mean_requirement, replacement_costs, supplier_makes
from solver.data import ModelData, positions
from solver.optimizer import SolverOptions, solve_again
from solver.plan import Plan
from solver.program import Floats, Ints
from solver.reasons.leaves import KIND_OF, limit_rows
from solver.reasons.programs import Priced, priced
from solver.reasons.ranging import Ranging, ranging
from supplychain.errors import PlanError

COLUMNS = ["rank", "kind", "owner", "item", "location", "period", "step", "unit", "price",
           "holds_from", "holds_to", "estimate", "worth", "method"]  # fmt: skip
RESOLVED, FROM_PRICE = "re-solved with it", "from its price"
CAPACITY_STEP = 0.1  # of the largest capacity of the owner
BUDGET_STEP = 1e6
_BUDGET_SHARE = 0.1  # of a budget below a million
_TINY = 1e-6
_DUST = 1e-9


@dataclass(frozen=True)
class _Fix:
    """A step of a limit: its keys, rows with the change of each, and the money paid for it."""

    kind: str
    owner: str
    item: str
    location: str
    period: int
    step: float
    unit: str
    rows: Ints
    signs: Floats
    price: float
    paid: float = 0.0

    @property
    def estimate(self) -> float:
        """Money that the step earns, as far as its price holds."""
        return self.step * (self.price - self.paid)


def fix_table(plan: Plan, solver: SolverOptions, most: int = 6) -> pd.DataFrame:
    """What would earn money if there were more of it, most worth first.

    ``price`` is what one unit more is worth in money, ``holds_from`` and ``holds_to`` by how much
    the limit can fall and rise while it holds (blank: not known), ``estimate`` price times step,
    ``worth`` the money of a plan with the step, less that of the plan; what an item usually costs
    is taken off. The ``most`` largest are planned again, at most half of them of one kind; no
    others are listed. Empty where there is no plan or nothing binds.
    """
    if plan.status == "no plan":
        return pd.DataFrame(columns=COLUMNS)
    base = priced(plan, solver)
    fixes = _largest(list(_candidates(plan.model.data, plan, base)), most)
    basis = ranging(base.program, base.solution) if fixes else None
    rows = [_row(fix, plan, base, basis, solver) for fix in fixes]
    rows.sort(key=lambda row: -float(row["worth"]))  # type: ignore[arg-type]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(rank=np.arange(1, len(table) + 1))


def _largest(fixes: list[_Fix], most: int) -> list[_Fix]:
    """The fixes that earn most, at most half of them of one kind."""
    taken: list[_Fix] = []
    for fix in sorted(fixes, key=lambda f: (-f.estimate, f.kind, f.owner)):
        same = sum(other.kind == fix.kind for other in taken)
        if fix.estimate > _TINY and len(taken) < most and same < max(1, most // 2):
            taken.append(fix)
    return taken


def _row(
    fix: _Fix, plan: Plan, base: Priced, basis: Ranging | None, solver: SolverOptions
) -> dict[str, object]:
    change = np.zeros(base.program.shape[0])
    change[fix.rows] = fix.signs
    holds = basis.of(change) if basis is not None else (np.nan, np.nan)
    worth = _worth(fix, plan, base, change, fix.step, solver)
    price = fix.price - fix.paid
    if _is_weighted(plan):  # the price of the program counts classes too: that in money, re-solved
        least = min(fix.step, holds[1]) if holds[1] > _TINY else fix.step
        whole = least == fix.step
        price = (worth if whole else _worth(fix, plan, base, change, least, solver)) / least
    calendar = plan.model.data.network.calendar
    return {
        "kind": fix.kind, "owner": fix.owner, "item": fix.item, "location": fix.location,
        "period": calendar.date(fix.period) if fix.kind != "budget" else pd.NaT,
        "step": fix.step, "unit": fix.unit, "price": price,
        "holds_from": holds[0], "holds_to": holds[1], "estimate": fix.step * price,
        "worth": fix.step * price if np.isnan(worth) else worth,
        "method": FROM_PRICE if np.isnan(worth) else RESOLVED,
    }  # fmt: skip


def _is_weighted(plan: Plan) -> bool:
    """Whether the program of a plan weighs more than money."""
    return plan.model.options.priorities and bool(plan.model.data.class_rank.any())


def _worth(
    fix: _Fix, plan: Plan, base: Priced, change: Floats, step: float, solver: SolverOptions
) -> float:
    """Money that ``step`` of the fix earns, from a plan with it; NaN where there is none."""
    program = base.program.derive(row_lower=base.program.row_lower + step * change,
                                  row_upper=base.program.row_upper + step * change)  # fmt: skip
    try:
        solution = solve_again(program, base.solution.basis, solver)
    except PlanError:  # tight bounds and the solver's tolerance: the estimate stands
        return np.nan
    if solution.status == "no plan":
        return np.nan
    before = float(plan.model.money @ base.solution.values)
    worth = float(plan.model.money @ solution.values) - before - step * fix.paid
    return 0.0 if abs(worth) < _DUST * max(1.0, abs(before)) else worth


def _candidates(data: ModelData, plan: Plan, base: Priced) -> Iterator[_Fix]:
    prices = base.solution.row_prices
    balance = base.program.row_blocks["balance"]
    by_place = prices[balance].reshape(-1, data.periods)
    yield from _more_supply(data, by_place)
    for block in KIND_OF:
        if block in base.program.row_blocks and block != "budget":
            yield from _more_capacity(data, base, block)
    yield from _earlier_receipts(data, by_place)
    budget = plan.model.options.budget
    if budget is not None:
        row = base.program.row_blocks["budget"].start
        step = BUDGET_STEP if budget >= BUDGET_STEP else max(_BUDGET_SHARE * budget, 1.0)
        yield _Fix("budget", "budget", "", "", 0, step, data.network.settings.currency,
                   np.array([row]), np.ones(1), float(prices[row]))  # fmt: skip


def _more_supply(data: ModelData, prices: Floats) -> Iterator[_Fix]:
    """A lot more of a bought item: the place and the period in which it is worth most."""
    options = data.orders.options
    bought = options[~supplier_makes(data.network, options)]
    replacement = replacement_costs(data.network)
    usual = replacement.replace(np.inf, 0.0)
    lots = bought.groupby("item")["lot_size"].max()
    required = mean_requirement(data.network, replacement)
    units = data.network.table("items").set_index("item")["unit"]
    for item, rows in bought.groupby("item"):
        pairs = np.unique(positions(data.pair_index, rows["item"], rows["location"]))
        place, period = np.unravel_index(int(np.argmax(prices[pairs])), prices[pairs].shape)
        pair = int(pairs[place])
        lot = lots[item] if lots[item] > 0 else required.get(str(item), 1.0)
        yield _Fix("supply", f"{item}|{data.pairs['location'].iloc[pair]}", str(item),
                   str(data.pairs["location"].iloc[pair]), int(period), float(lot) or 1.0,
                   str(units[item]), np.array([pair * data.periods + period]), np.ones(1),
                   float(prices[pair, period]), float(usual[item]))  # fmt: skip


def _more_capacity(data: ModelData, base: Priced, block: str) -> Iterator[_Fix]:
    """A tenth more of a capacity in the period in which it is worth most."""
    rows = base.program.row_blocks[block]
    owners, periods = limit_rows(data, block)
    capacity = data.capacities[KIND_OF[block]]
    largest = dict(zip(capacity.owners, np.nanmax(
        np.where(np.isnan(capacity.capacity), 0.0, capacity.capacity), axis=1, initial=0.0),
        strict=True))  # fmt: skip
    prices = base.solution.row_prices[rows]
    table = pd.DataFrame({"owner": owners, "period": periods, "price": prices})
    table = table[table["price"] > _TINY].sort_values("price", ascending=False, kind="stable")
    for number, owner, period, price in table.drop_duplicates("owner").itertuples():
        step = CAPACITY_STEP * float(largest[owner])
        yield _Fix(KIND_OF[block], str(owner), "", "", int(period), step or 1.0, "capacity",
                   np.array([rows.start + number]), np.ones(1), float(price))  # fmt: skip


def _earlier_receipts(data: ModelData, prices: Floats) -> Iterator[_Fix]:
    """A scheduled receipt (or a part of it) a period earlier."""
    committed = data.committed
    pair = positions(data.pair_index, committed.table["item"], committed.table["location"])
    parts = np.flatnonzero((pair >= 0) & (committed.receipt > 0))
    gain = prices[pair[parts], committed.receipt[parts] - 1]
    gain = gain - prices[pair[parts], committed.receipt[parts]]
    worth = gain * committed.quantity[parts]
    for number in np.argsort(-worth, kind="stable")[:10].tolist():
        part = int(parts[number])
        row = committed.table.iloc[part]
        cell = int(pair[part]) * data.periods + int(committed.receipt[part])
        key, period = f"{row['order_id']}|{row['line']}", int(committed.receipt[part]) - 1
        yield _Fix("earlier", key, str(row["item"]), str(row["location"]), period,
                   float(committed.quantity[part]), "units a period earlier",
                   np.array([cell - 1, cell]), np.array([1.0, -1.0]),
                   float(gain[number]))  # fmt: skip
