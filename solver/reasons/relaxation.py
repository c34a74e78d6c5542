"""Causes of what is late or lost, found by relaxing the limits of a plan in a stated order.

The plan is planned again without one kind of limit after the other, each time with the kinds
before it relaxed too and with no demand row served worse than before. What a step serves is put
down to the kind that it relaxes, so that the causes of a demand row add up to its loss. First come
the rules, which can be waived:

1. ``lots``: whole lots and minimum orders;
2. ``runs``: smallest runs of production options;
3. ``shares``: smallest and largest shares of sources, largest shares of versions;
4. ``frozen``: frozen periods;

then the supply that is scarce, and what people decided about the rest:

5. ``supply``: capacity of suppliers, groups and sourcing options; receipts they hold back arrive;
6. ``floors``: floors of brands, customers and markets, and even use of plants; the demand that they
   protect may be served worse here, as it is from there that the units come, which is why scarce
   supply comes before them;
7. ``permission``: options and levers that the plan is not permitted to use;
8. ``budget``: the limit on premium;

then what nobody can waive:

9. ``plants``: capacity of lines, of production options that a disruption limits, and of lanes;
10. ``time``: lead times before the first possible receipt (units that should have been started
    before the calendar begins, or that no option supplies at all);
11. ``not_worth``, the rest: nothing but money, or the class of others, speaks against serving these
    units; they do not pay. A qualification that the plan does not start counts here.

So a cause is named only where no cause before it suffices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from solver.levers.sourcing_rules import OrderSizes
from solver.model import Model
from solver.optimizer import Solution, SolverOptions, solve
from solver.plan import Plan
from solver.program import Floats, LinearProgram
from solver.reasons.elastic import FLOORS, LOTS, STEPS, Elastic

WORTH, OVERDUE = "not_worth", "overdue"
_SLACK = 1e-7  # share of a row's units by which it may be served less, for the solver's rounding
_TINY = 1e-6


@dataclass(frozen=True)
class Step:
    """A relaxed program with its optimum: units of every demand row unserved, and late."""

    name: str
    program: LinearProgram
    solution: Solution
    unserved: Floats
    late: Floats


def relax(plan: Plan, base: Elastic, solver: SolverOptions) -> Iterator[Step]:
    """The plan itself, then every step in its order until nothing is missing any more."""
    late, unserved = missing(plan)
    program = base.relaxed(())
    step = Step("", program, _own_solution(plan, base), unserved, late)
    yield step
    for number, name in enumerate(STEPS):
        if not _is_limited(plan, base, name):
            continue
        if not (step.unserved + step.late).any():
            return
        step = _next_step(base, step, name, base.relaxed(STEPS[: number + 1]), solver)
        yield step


def missing(plan: Plan) -> tuple[Floats, Floats]:
    """Units of every demand row of the model served late, and not served by the end."""
    keys = ["item", "location", "period", "customer"]
    table = plan.model.data.demand.table[keys].merge(plan.tables["service"], on=keys, how="left")
    late, lost, still_open = table[["late", "lost", "open"]].to_numpy(dtype=float).T
    return late, lost + still_open


def _own_solution(plan: Plan, base: Elastic) -> Solution:
    """The solution of the plan in the shape of an elastic program."""
    solution, (row_count, column_count) = plan.solution, base.program.shape
    values, prices = np.zeros(column_count), np.zeros(row_count)
    known = base.of_plan.columns >= 0
    values[base.of_plan.columns[known]] = solution.values[known]
    slices = solution.values[plan.model.program.column_blocks["unserved"]]
    values[base.program.column_blocks["unserved"]] = slices.reshape(
        -1, plan.model.options.slices).sum(axis=1)  # fmt: skip
    if len(solution.row_prices):
        known = base.of_plan.rows >= 0
        prices[base.of_plan.rows[known]] = solution.row_prices[known]
    return replace(solution, values=values, row_prices=prices, basis=None)


def _is_limited(plan: Plan, base: Elastic, name: str) -> bool:
    """Whether a step has anything to relax."""
    if name == LOTS:
        sizes = plan.model.lever(OrderSizes)
        return sizes is not None and bool(len(sizes.lot_column) + len(sizes.minimum_column))
    return any(len(numbers.get(name, ())) for numbers in (base.columns, base.rows))


def _next_step(
    base: Elastic, before: Step, name: str, program: LinearProgram, solver: SolverOptions
) -> Step:
    """Plan again, with no row served worse than ``before``."""
    model, blocks = base.model, program.column_blocks
    demand = model.data.demand
    quantity = demand.table["quantity"].to_numpy(dtype=float)
    spared = base.covered & (name == FLOORS)
    prompt = model.serve_period == demand.first[model.serve_row]
    prompt &= ~spared[model.serve_row]
    lower, upper = program.lower.copy(), program.upper.copy()
    kept = before.solution.values[blocks["serve"]] - _SLACK * quantity[model.serve_row]
    lower[blocks["serve"]] = np.where(prompt, np.maximum(kept, 0.0), 0.0)
    limit = np.where(spared, quantity, before.solution.values[blocks["unserved"]])
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
