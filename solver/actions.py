"""What the decisions of a response plan are worth, what they depend on, and by when they pay.

The worth of a decision is the money lost when the plan is solved again without it: with its
variables closed, or with the demand that gives way served at least as in the as-is plan. For this
the lots and minimum orders of the program are left aside, and its other whole numbers
(qualifications, runs) stay as planned. Worths of decisions that serve the same need do not add up.
One decision depends on another where it all but vanishes when the plan is solved again without the
other, and one's item goes into the other's; decisions that depend on each other form a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from solver.candidates import Candidate, candidates, closing, keeping, option_candidates, unserved
from solver.levers.qualification import Qualification
from solver.model import FLOWS
from solver.optimizer import Solution, SolverOptions, solve_again
from solver.plan import Plan
from solver.program import LinearProgram
from supplychain.errors import PlanError

COLUMNS = ("rank", "kind", "item", "quantity", "unit", "origin", "destination", "mode", "decide_by",
           "until", "latest", "cost", "premium", "worth", "method", "depends_on",
           "group")  # fmt: skip
RESOLVED = "re-solved without it"
NOT_VALUED = "not valued"
LEVER_BLOCKS = {"qualification": ("qualify",), "substitutes": ("replace",),
                "short_builds": ("short_build", "retrofit", "parked"), "overtime": ("overtime",),
                "expedite": ("reschedule", "cancel")}  # fmt: skip
_SMALL = 1e-6
_VANISHED = 0.1  # share of its quantity below which a decision is as good as gone
_RELAXED = ("lots", "ordering")
_DUST = 1e-11  # share of the profit below which a difference is rounding


def action_table(
    as_is: Plan, response: Plan, solver: SolverOptions, executor: Executor, most: int = 20
) -> pd.DataFrame:
    """Decisions of ``response`` beyond ``as_is``, most worth first.

    The ``most`` that move most money are valued by re-solving; the others follow with a blank
    worth, ranked by the money they move. ``latest`` is the last period in which a qualification
    still pays. ``executor`` runs the solves, which share memory with the caller: threads, not
    processes. Empty where one of the plans is none.
    """
    if "no plan" in (as_is.status, response.status):
        return pd.DataFrame(columns=list(COLUMNS))
    found = candidates(as_is, response)
    valued, others = found[:most], found[most:]
    worths, without = _worths(response, valued, solver, executor)
    order = sorted(range(len(valued)), key=lambda n: -np.nan_to_num(worths[n]))
    valued, worths = [valued[n] for n in order], [worths[n] for n in order]
    without = [without[n] for n in order]
    depends, groups = _dependencies(response, valued, without)
    rows: list[dict[str, Any]] = [
        {**candidate.row, "worth": worth, "depends_on": needs, "group": group,
         "method": NOT_VALUED if np.isnan(worth) else RESOLVED,
         "latest": _latest(response, candidate, worth, solver)}
        for candidate, worth, needs, group in zip(valued, worths, depends, groups, strict=True)
    ]  # fmt: skip
    blank = {"worth": np.nan, "method": NOT_VALUED, "latest": None, "depends_on": "", "group": ""}
    rows += [{**candidate.row, **blank} for candidate in others]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    ranked = table.assign(rank=np.arange(1, len(table) + 1))
    return ranked.assign(latest=pd.to_datetime(ranked["latest"]))


def _dependencies(
    response: Plan, valued: Sequence[Candidate], without: Sequence[Solution | None]
) -> tuple[list[str], list[str]]:
    """Ranks that every decision depends on, and the name of its group ("": none)."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(valued)))
    bom = response.model.data.network.table("bom")
    chain: nx.Graph[str] = nx.Graph(zip(bom["component"], bom["item"], strict=True))
    planned = [float(response.solution.values[c.columns].sum()) for c in valued]
    for other, solution in enumerate(without):
        for number, candidate in enumerate(valued):
            if solution is None or number == other or not len(candidate.columns):
                continue
            left = float(solution.values[candidate.columns].sum())
            if left < _VANISHED * planned[number] and _linked(chain, candidate, valued[other]):
                graph.add_edge(number, other)
    needs = [", ".join(str(n + 1) for n in sorted(graph.successors(number))) for number in graph]
    groups = [""] * len(valued)
    together = [c for c in nx.strongly_connected_components(graph) if len(c) > 1]
    for name, members in enumerate(sorted(together, key=min), start=1):
        for member in members:
            groups[member] = str(name)
    return needs, groups


def _linked(chain: nx.Graph[str], one: Candidate, other: Candidate) -> bool:
    """Whether the items of two decisions are the same, or one goes into the other."""
    first, second = str(one.row["item"]), str(other.row["item"])
    return first == second or chain.has_edge(first, second)


def _latest(
    response: Plan, candidate: Candidate, worth: float, solver: SolverOptions
) -> pd.Timestamp | None:
    """Last period in which a qualification still pays, found by halving; None for others.

    It pays to start in a period where the plan with that start is worth more than without it.
    """
    lever = response.model.lever(Qualification)
    if lever is None or candidate.row["kind"] != "qualify" or not worth > 0:
        return None
    program, calendar = _valued_program(response), response.model.data.network.calendar
    block = program.column_blocks["qualify"]
    starts = {int(lever.period[column - block.start]): column for column in candidate.columns}
    nothing = _money(response, _solved(candidate.without(program), response, solver))
    periods = sorted(starts)
    first = pd.Timestamp(str(candidate.row["decide_by"])).date()
    low = periods.index(calendar.number(first))
    high = len(periods) - 1
    while low < high:
        middle = (low + high + 1) // 2
        begun = candidate.without(program)
        begun.lower[starts[periods[middle]]] = begun.upper[starts[periods[middle]]] = 1.0
        pays = _money(response, _solved(begun, response, solver)) > nothing
        low, high = (middle, high) if pays else (low, middle - 1)
    return pd.Timestamp(calendar.date(periods[low]))


def lever_table(
    as_is: Plan, response: Plan, solver: SolverOptions, executor: Executor, items: int = 5
) -> pd.DataFrame:
    """What decisions are worth together: the money lost without any of them.

    Columns lever, item, premium (spent on it), worth. First every kind of response (alternates,
    transfers, levers that the plan uses, reallocation), then all extra supply of the ``items``
    that move most money. Where one decision can do the work of another each alone is worth little,
    both together much.
    """
    columns = ["lever", "item", "premium", "worth"]
    if "no plan" in (as_is.status, response.status):
        return pd.DataFrame(columns=columns)
    found = [_lever(response, "alternates", "", ("order", "build")),
             _lever(response, "transfers", "", ("transfer",))]  # fmt: skip
    found += _used_levers(response)
    every_row = np.arange(len(response.model.data.demand.table))
    kept = keeping(response.program.column_blocks["unserved"], every_row, unserved(as_is))
    row: dict[str, object] = {"lever": "reallocation", "item": "", "premium": 0.0}
    if not response.is_settled:
        found.append(Candidate(row, 0.0, kept, np.zeros(0, np.int64)))
    value: dict[str, float] = {}
    for candidate in option_candidates(as_is, response):
        item = str(candidate.row["item"])
        value[item] = value.get(item, 0.0) + candidate.estimate
    ranked = sorted(value, key=lambda item: -value[item])[:items]
    found += [_lever(response, "supply", item, FLOWS) for item in ranked]
    worths, _ = _worths(response, found, solver, executor)
    rows = [{**c.row, "worth": worth} for c, worth in zip(found, worths, strict=True)]
    return pd.DataFrame(rows, columns=columns)


def _lever(response: Plan, lever: str, item: str, names: tuple[str, ...]) -> Candidate:
    """All non-routine options of these blocks, of one item or ("") of all."""
    blocks, values = response.program.column_blocks, response.solution.values
    closed, premium = [np.zeros(0, np.int64)], 0.0
    for name in names:
        flow = response.model.flow(name)
        of_item = (flow.options["item"] == item).to_numpy() | (item == "")
        columns = np.flatnonzero(~flow.routine & of_item[flow.option])
        premium += float(flow.premium[columns] @ values[blocks[name]][columns])
        closed.append(blocks[name].start + columns)
    row: dict[str, object] = {"lever": lever, "item": item, "premium": premium}
    columns = np.concatenate(closed)
    return Candidate(row, 0.0, closing(columns), columns)


def _used_levers(response: Plan) -> list[Candidate]:
    """All decisions of one lever, for the levers that the plan uses."""
    blocks, values = response.program.column_blocks, response.solution.values
    found = []
    for name, parts in LEVER_BLOCKS.items():
        columns = np.concatenate([np.zeros(0, np.int64), *(np.r_[blocks[part]] for part in parts
                                                           if part in blocks)])  # fmt: skip
        if (values[columns] > _SMALL).any():
            spent = [part.premium @ values[blocks[block]]
                     for block in LEVER_BLOCKS[name] if block in response.model.spending
                     for part in response.model.spending[block] if len(part.premium)]  # fmt: skip
            row = {"lever": name, "item": "", "premium": float(np.sum(spent))}
            found.append(Candidate(row, 0.0, closing(columns), columns))
    return found


def _worths(
    response: Plan, found: Sequence[Candidate], solver: SolverOptions, executor: Executor
) -> tuple[list[float], list[Solution | None]]:
    """Money lost without each candidate, and the solution; NaN where the clock stopped it."""
    program = _valued_program(response)
    is_changed = response.is_settled or response.program.is_mixed
    with_all = _money(response, _solved(program, response, solver) if is_changed
                      else response.solution)  # fmt: skip
    programs = [candidate.without(program) for candidate in found]
    without = list(executor.map(lambda one: _solved(one, response, solver), programs))
    dust = _DUST * max(1.0, abs(with_all))
    worths = [with_all - _money(response, solution) for solution in without]
    return [0.0 if abs(worth) < dust else worth for worth in worths], without


def _money(response: Plan, solution: Solution | None) -> float:
    """What a solution earns; NaN where there is none."""
    return np.nan if solution is None else float(response.model.money @ solution.values)


def _solved(program: LinearProgram, response: Plan, solver: SolverOptions) -> Solution | None:
    """The solution of a program near that of the response; None where there is none.

    Tight bounds and the solver's tolerance can leave none: say nothing rather than guess.
    """
    try:
        solution = solve_again(program, response.solution.basis, solver)
    except PlanError:
        return None
    return None if solution.status == "no plan" else solution


def _valued_program(response: Plan) -> LinearProgram:
    """The program in which decisions are left out: that of the response plan.

    A response without reallocation has its service settled; there what a decision served may be
    lost, and nothing be served more instead.
    """
    program = response.program
    if response.is_settled:
        program = response.model.program
        lower = program.lower.copy()
        block = program.column_blocks["unserved"]
        lower[block] = np.minimum(response.solution.values[block], program.upper[block])
        program = program.derive(lower=lower)
    return program.relaxed(_RELAXED).fixed(response.solution.values)
