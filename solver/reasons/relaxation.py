"""Causes of what is late or lost, found by relaxing the limits of a plan in a stated order.

The plan is planned again without one kind of limit after the other, each time with the kinds
before it relaxed too and with no demand row served worse than before. What a step serves is put
down to the kind that it relaxes, so that the causes of a demand row add up to its loss:

1. ``supply``: capacity of suppliers, groups and sourcing options; receipts they hold back arrive;
2. ``plants``: capacity of lines, of production options that a disruption limits, and of lanes;
3. ``time``: lead times before the first possible receipt (units that should have been started
   before the calendar begins, or that no option supplies at all);
4. ``permission``: options that the plan is not permitted to use;
5. ``budget``: the limit on premium;
6. ``not_worth``, the rest: nothing but money, or a rule (shares, floors, classes, frozen periods),
   speaks against serving these units; they do not pay. Whole lots and runs are left aside.

So a cause is named only where no cause before it suffices. The programs are elastic in the sense
of Chinneck (2008), Feasibility and Infeasibility in Optimization, chapter 6: what is missing in a
limit is a variable that each step sets free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from solver.costs import replacement_costs
from solver.data import ModelData, positions
from solver.model import Model, prompt_cost
from solver.optimizer import Solution, SolverOptions, solve
from solver.plan import Plan
from solver.program import Floats, Ints, LinearProgram
from solver.reasons.programs import by_block, closed_columns, open_model

SUPPLY, PLANTS, TIME, PERMISSION, BUDGET = "supply", "plants", "time", "permission", "budget"
STEPS = (SUPPLY, PLANTS, TIME, PERMISSION, BUDGET)
WORTH, OVERDUE = "not_worth", "overdue"
LIMITS = {
    SUPPLY: ("supplier_capacity", "sourcing_capacity"),
    PLANTS: ("resources", "production_capacity", "lane_capacity"),
    BUDGET: ("budget",),
}
HELD, EARLIER = "held_back", "started_earlier"  # blocks of columns that a step sets free
_SLACK = 1e-7  # share of a row's units by which it may be served less, for the solver's rounding
_TINY = 1e-6


@dataclass(frozen=True)
class Elastic:
    """The open model with variables for what is missing, and what the plan forbids of it.

    ``closed`` are the columns closed to the plan; ``held`` the part of scheduled receipts of each
    HELD column; ``early`` the balance row that each EARLIER column fills; ``usual`` the cost of
    replacing a unit, by balance row.
    """

    model: Model
    program: LinearProgram
    closed: Ints
    held: Ints
    early: Ints
    usual: Floats


@dataclass(frozen=True)
class Step:
    """A relaxed program with its optimum: units of every demand row unserved, and late."""

    name: str
    program: LinearProgram
    solution: Solution
    unserved: Floats
    late: Floats


def elastic(plan: Plan) -> Elastic:
    """The program of ``plan`` in the form whose limits can be relaxed one by one."""
    model = open_model(plan)
    program, data = model.program, model.data
    program = program.derive(cost=prompt_cost(model))
    closed = closed_columns(plan, program)
    held = _held_back(data)
    pair = positions(data.pair_index, data.committed.table["item"].iloc[held],
                     data.committed.table["location"].iloc[held])  # fmt: skip
    early = _impossible(program, data)
    cost = replacement_costs(data.network).replace(np.inf, 0.0)
    usual = np.repeat(data.pairs["item"].map(cost).to_numpy(dtype=float), data.periods)
    program = with_supply(program, HELD, pair * data.periods + _due(data, held),
                          np.zeros(len(held)))  # fmt: skip
    return Elastic(model, with_supply(program, EARLIER, early, -usual[early]), closed, held, early,
                   usual)  # fmt: skip


def _due(data: ModelData, parts: Ints) -> Ints:
    """Period in which parts of scheduled receipts are due."""
    due = data.committed.table["due"].iloc[parts]
    return np.maximum(data.network.calendar.index(due), 0) if len(parts) else parts


def _held_back(data: ModelData) -> Ints:
    """Parts of scheduled receipts that arrive after they are due, though due in the horizon."""
    committed = data.committed
    everything = np.arange(len(committed.table))
    due = _due(data, everything)
    pair = positions(data.pair_index, committed.table["item"], committed.table["location"])
    late = (committed.receipt > due) | (committed.receipt < 0)
    return everything[late & (due < data.periods) & (pair >= 0)]


def _impossible(program: LinearProgram, data: ModelData) -> Ints:
    """Balance rows that nothing can fill: those before the first receipt of any option."""
    carried = program.column_blocks["on_hand"]
    inflow = (program.values < 0) & (program.rows < program.row_blocks["balance"].stop)
    inflow &= (program.columns < carried.start) | (program.columns >= carried.stop)
    rows = program.rows[inflow]
    first = np.full(len(data.pairs), data.periods)
    np.minimum.at(first, rows // data.periods, rows % data.periods)
    return np.flatnonzero(np.arange(data.periods) < first[:, None])


def with_supply(program: LinearProgram, name: str, rows: Ints, cost: Floats) -> LinearProgram:
    """``program`` with a block of columns, closed for now, each a unit into a balance row."""
    count = program.shape[1]
    columns = np.concatenate([program.columns, count + np.arange(len(rows))])
    entries = np.concatenate([program.rows, rows])
    values = np.concatenate([program.values, np.full(len(rows), -1.0)])
    order = np.lexsort((columns, entries))
    nothing = np.zeros(len(rows))
    return replace(
        program, rows=entries[order], columns=columns[order], values=values[order],
        cost=np.concatenate([program.cost, cost]), lower=np.concatenate([program.lower, nothing]),
        upper=np.concatenate([program.upper, nothing]),
        integer=np.concatenate([program.integer, np.zeros(len(rows), bool)]),
        column_blocks={**program.column_blocks, name: slice(count, count + len(rows))},
    )  # fmt: skip


def relaxed(base: Elastic, budget: float | None, free: set[str]) -> LinearProgram:
    """The program with the limits of the steps ``free`` relaxed and all others in force."""
    program, data = base.program, base.model.data
    upper, row_upper = program.upper.copy(), program.row_upper.copy()
    if PERMISSION not in free:
        upper[base.closed] = 0.0
    if SUPPLY in free:
        upper[program.column_blocks[HELD]] = data.committed.quantity[base.held]
    if TIME in free:
        upper[program.column_blocks[EARLIER]] = np.inf
    row_upper[program.row_blocks["budget"]] = np.inf if budget is None else budget
    for step in free & set(LIMITS):
        for block in LIMITS[step]:
            row_upper[program.row_blocks[block]] = np.inf
    return program.derive(upper=upper, row_upper=row_upper)


def relax(plan: Plan, base: Elastic, solver: SolverOptions) -> Iterator[Step]:
    """The plan itself, then every step in its order until nothing is missing any more."""
    budget = plan.model.options.budget
    late, unserved = missing(plan)
    program = relaxed(base, budget, set())
    step = Step("", program, _own_solution(plan, program), unserved, late)
    yield step
    free: set[str] = set()
    for name in STEPS:
        free.add(name)
        if not _is_limited(plan, base, name):
            continue
        if not (step.unserved + step.late).any():
            return
        step = _next_step(base, step, name, relaxed(base, budget, free), solver)
        yield step


def missing(plan: Plan) -> tuple[Floats, Floats]:
    """Units of every demand row of the model served late, and not served by the end."""
    keys = ["item", "location", "period", "customer"]
    table = plan.model.data.demand.table[keys].merge(plan.tables["service"], on=keys, how="left")
    late, lost, still_open = table[["late", "lost", "open"]].to_numpy(dtype=float).T
    return late, lost + still_open


def _own_solution(plan: Plan, program: LinearProgram) -> Solution:
    """The solution of the plan in the shape of an elastic program."""
    own, solution = plan.model.program, plan.solution
    values = by_block(program.column_blocks, own.column_blocks, solution.values,
                      len(program.cost))  # fmt: skip
    prices = solution.row_prices if len(solution.row_prices) else np.zeros(own.shape[0])
    prices = by_block(program.row_blocks, own.row_blocks, prices, program.shape[0])
    return replace(solution, values=values, row_prices=prices, basis=None)


def _is_limited(plan: Plan, base: Elastic, name: str) -> bool:
    """Whether a step has anything to relax."""
    if name == PERMISSION:
        return bool(len(base.closed))
    if name == BUDGET:
        return plan.model.options.budget is not None
    blocks = base.program.row_blocks
    rows = sum(blocks[block].stop - blocks[block].start for block in LIMITS.get(name, ()))
    more = {SUPPLY: base.held, TIME: base.early}.get(name, np.zeros(0))
    return bool(rows or len(more))


def _next_step(
    base: Elastic, before: Step, name: str, program: LinearProgram, solver: SolverOptions
) -> Step:
    """Plan again, with no row served worse than ``before``."""
    model, blocks = base.model, program.column_blocks
    demand = model.data.demand
    quantity = demand.table["quantity"].to_numpy(dtype=float)
    prompt = model.serve_period == demand.first[model.serve_row]
    lower, upper = program.lower.copy(), program.upper.copy()
    kept = before.solution.values[blocks["serve"]] - _SLACK * quantity[model.serve_row]
    lower[blocks["serve"]] = np.where(prompt, np.maximum(kept, 0.0), 0.0)
    limit = before.solution.values[blocks["unserved"]]
    upper[blocks["unserved"]] = np.minimum(upper[blocks["unserved"]], limit + _SLACK * quantity)
    program = program.derive(lower=lower, upper=upper)
    solution = solve(program, solver)
    unserved, late = before.unserved, before.late
    if solution.status != "no plan":
        unserved, late = _counted(model, solution.values[blocks["serve"]], before, quantity)
    return Step(name, program, solution, unserved, late)


def _counted(model: Model, serve: Floats, before: Step, quantity: Floats) -> tuple[Floats, Floats]:
    """Units unserved and late after a step: never more than before it, and no dust."""
    demand, row = model.data.demand, model.serve_row
    on_time = (model.serve_period == demand.first[row]) & (demand.due[row] >= 0)
    all_served = np.bincount(row, serve, len(quantity))
    prompt = np.bincount(row[on_time], serve[on_time], len(quantity))
    counts = []
    for left, least in ((quantity - all_served, before.unserved),
                        (all_served - prompt, before.late)):  # fmt: skip
        counts.append(np.minimum(np.where(left > _TINY * quantity, left, 0.0), least))
    return counts[0], counts[1]
