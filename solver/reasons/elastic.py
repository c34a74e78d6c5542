"""The program of a plan in a form whose limits can be relaxed, one kind after the other.

Elastic in the sense of Chinneck (2008), Feasibility and Infeasibility in Optimization, chapter 6:
what is missing in a limit is a variable, or a bound, that a step sets free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from solver.costs import replacement_costs
from solver.data import FLOW_KEYS, ModelData, positions
from solver.levers.allocation import Floors
from solver.model import Model, prompt_cost
from solver.plan import Plan
from solver.program import Flags, Floats, Ints, LinearProgram
from solver.reasons.programs import Matched, matched, open_model

LOTS, RUNS, SHARES, FROZEN = "lots", "runs", "shares", "frozen"
SUPPLY, FLOORS, PERMISSION, BUDGET = "supply", "floors", "permission", "budget"
PLANTS, TIME = "plants", "time"
STEPS = (LOTS, RUNS, SHARES, FROZEN, SUPPLY, FLOORS, PERMISSION, BUDGET, PLANTS, TIME)
LIMITS = {
    SHARES: ("max_share", "min_share", "version_share"),
    FLOORS: ("floors", "plant_spread"),
    SUPPLY: ("supplier_capacity", "sourcing_capacity"),
    BUDGET: ("budget",),
    PLANTS: ("resources", "production_capacity", "lane_capacity"),
}
HELD, EARLIER = "held_back", "started_earlier"  # blocks of columns that a step sets free
LEVERS = ("qualify", "replace", "short_build", "retrofit", "overtime", "reschedule", "cancel")
_SLACK = 1e-7  # share of a decision by which it may differ, for the solver's rounding


@dataclass(frozen=True)
class Elastic:
    """The open model, and what holds the plan within it.

    ``program`` has the bounds of the open model; ``lower``, ``upper`` and ``row_upper`` are those
    in force. ``columns`` and ``rows`` are set free by the step of their name. ``of_plan``
    gives the numbers of the columns and rows of the plan. ``held`` are the parts of scheduled
    receipts of each HELD column, ``early`` the balance row that each EARLIER column fills,
    ``usual`` the cost of replacing a unit, by balance row, ``covered`` the demand with a floor.
    """

    model: Model
    program: LinearProgram
    lower: Floats
    upper: Floats
    row_upper: Floats
    columns: dict[str, Ints]
    rows: dict[str, Ints]
    of_plan: Matched
    held: Ints
    early: Ints
    usual: Floats
    covered: Flags

    def relaxed(self, free: Iterable[str]) -> LinearProgram:
        """The program with the limits of the steps ``free`` relaxed and all others in force."""
        lower, upper, row_upper = self.lower.copy(), self.upper.copy(), self.row_upper.copy()
        for step in free:
            columns = self.columns.get(step, np.zeros(0, np.int64))
            lower[columns] = self.program.lower[columns]
            upper[columns] = self.program.upper[columns]
            row_upper[self.rows.get(step, np.zeros(0, np.int64))] = np.inf
        return self.program.derive(lower=lower, upper=upper, row_upper=row_upper)


def elastic(plan: Plan) -> Elastic:
    """The program of ``plan`` with what holds it, sorted by the steps that relax it."""
    model = open_model(plan)
    of_plan = matched(model, plan.model)
    program, data = model.program, model.data
    program = program.derive(cost=prompt_cost(model))
    held = _held_back(data)
    pair = positions(data.pair_index, data.committed.table["item"].iloc[held],
                     data.committed.table["location"].iloc[held])  # fmt: skip
    early = _impossible(program, data)
    cost = replacement_costs(data.network).replace(np.inf, 0.0)
    usual = np.repeat(data.pairs["item"].map(cost).to_numpy(dtype=float), data.periods)
    program = _with_supply(program, HELD, pair * data.periods + _due(data, held),
                           np.zeros(len(held)), data.committed.quantity[held])  # fmt: skip
    program = _with_supply(program, EARLIER, early, -usual[early],
                           np.full(len(early), np.inf))  # fmt: skip
    lower, upper, columns = _bounds(plan, model, program, of_plan)
    row_upper, rows = _limits(plan, program, of_plan)
    return Elastic(model, program, lower, upper, row_upper, columns, rows, of_plan, held, early,
                   usual, _covered(model, program, rows[FLOORS]))  # fmt: skip


# --- columns -----------------------------------------------------------------------------------


def _bounds(
    plan: Plan, model: Model, program: LinearProgram, of_plan: Matched
) -> tuple[Floats, Floats, dict[str, Ints]]:
    """Bounds in force, and the columns that each step sets free."""
    lower, upper, blocks = program.lower.copy(), program.upper.copy(), program.column_blocks
    known = of_plan.columns >= 0
    place, values = of_plan.columns[known], plan.solution.values[known]
    in_plan, asked = np.zeros(len(upper), bool), upper.copy()
    in_plan[place], asked[place] = True, plan.model.program.upper[known]
    columns: dict[str, list[Ints]] = {FROZEN: [], PERMISSION: []}
    for name in (*FLOW_KEYS, *LEVERS):
        block = np.arange(len(upper))[blocks.get(name, slice(0, 0))]
        limit = np.where(in_plan[block], asked[block], 0.0)
        closed = limit < upper[block]
        upper[block] = np.minimum(upper[block], limit)
        thaws = closed & _is_permitted(plan, model, name, in_plan[block])
        columns[FROZEN].append(block[thaws])
        columns[PERMISSION].append(block[closed & ~thaws])
    own = np.zeros(len(upper))
    own[place] = values
    runs = place[_inside(place, blocks.get("running", slice(0, 0)))]
    starts = place[_inside(place, blocks.get("qualify", slice(0, 0)))]
    repeated = _repeated(plan, model, blocks)
    columns[FROZEN].append(repeated)
    for fixed, slack in ((runs, 0.0), (starts, 0.0), (repeated, _SLACK)):
        room = slack * np.maximum(1.0, own[fixed])
        lower[fixed] = np.maximum(own[fixed] - room, 0.0)
        upper[fixed] = own[fixed] + room
    found = {step: np.unique(np.concatenate(parts)) for step, parts in columns.items()}
    found |= {RUNS: runs, SUPPLY: np.arange(len(upper))[blocks[HELD]],
              TIME: np.arange(len(upper))[blocks[EARLIER]]}  # fmt: skip
    for step in (SUPPLY, TIME):
        upper[found[step]] = 0.0
    return lower, upper, found


def _inside(numbers: Ints, block: slice) -> Flags:
    return np.asarray((numbers >= block.start) & (numbers < block.stop))


def _is_permitted(plan: Plan, model: Model, name: str, in_plan: Flags) -> Flags:
    """Whether the plan may use each column of a block outside of frozen periods."""
    options = plan.model.options
    if name in FLOW_KEYS:
        permitted = options.transfers if name == "transfer" else options.alternates
        return model.flow(name).usable(permitted)
    if name in ("reschedule", "cancel"):
        return np.full(len(in_plan), options.rescheduling)
    return in_plan


def _repeated(plan: Plan, model: Model, blocks: dict[str, slice]) -> Ints:
    """Decisions of frozen periods that repeat a last plan."""
    if plan.model.options.last is None:
        return np.zeros(0, np.int64)
    frozen = plan.model.data.network.settings.frozen_periods
    return np.concatenate([
        blocks[name].start + np.flatnonzero(model.flow(name).period < frozen) for name in FLOW_KEYS
    ])  # fmt: skip


# --- rows --------------------------------------------------------------------------------------


def _limits(plan: Plan, program: LinearProgram, of_plan: Matched) -> tuple[Floats, dict[str, Ints]]:
    """Limits in force, and the rows that each step sets free; rules of others never hold."""
    row_upper, numbers = program.row_upper.copy(), np.arange(program.shape[0])
    budget = plan.model.options.budget
    row_upper[program.row_blocks["budget"]] = np.inf if budget is None else budget
    rows = {}
    for step, names in LIMITS.items():
        every = np.concatenate([numbers[program.row_blocks.get(name, slice(0, 0))]
                                for name in names])  # fmt: skip
        asked = np.isin(every, of_plan.rows)
        row_upper[every[~asked]] = np.inf
        rows[step] = every[asked]
    return row_upper, rows | ({BUDGET: rows[BUDGET][:0]} if budget is None else {})


def _covered(model: Model, program: LinearProgram, asked: Ints) -> Flags:
    """Demand rows that a floor in force asks to be served."""
    covered = np.zeros(len(model.data.demand.table), bool)
    floors = model.lever(Floors)
    if floors is not None and _inside(asked, program.row_blocks["floors"]).any():
        covered[floors.demand] = True
    return covered


# --- supply that is missing --------------------------------------------------------------------


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


def _with_supply(
    program: LinearProgram, name: str, rows: Ints, cost: Floats, most: Floats
) -> LinearProgram:
    """``program`` with a block of columns, each a unit into a balance row, at most ``most``."""
    count = program.shape[1]
    columns = np.concatenate([program.columns, count + np.arange(len(rows))])
    entries = np.concatenate([program.rows, rows])
    values = np.concatenate([program.values, np.full(len(rows), -1.0)])
    order = np.lexsort((columns, entries))
    nothing = np.zeros(len(rows))
    return replace(
        program, rows=entries[order], columns=columns[order], values=values[order],
        cost=np.concatenate([program.cost, cost]), lower=np.concatenate([program.lower, nothing]),
        upper=np.concatenate([program.upper, most]),
        integer=np.concatenate([program.integer, np.zeros(len(rows), bool)]),
        column_blocks={**program.column_blocks, name: slice(count, count + len(rows))},
    )  # fmt: skip
