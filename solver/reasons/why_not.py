"""Why not? The smallest change that would bring an option into the plan, or why it cannot be.

From the prices of the linear program: an option that is not used has a reduced cost, which is what
its price would have to fall by. At prices of earlier periods the same sum tells by how much sooner
it would have to arrive. What its own capacity or a permission forbids is planned again with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from solver.data import ModelData, positions
from solver.optimizer import SolverOptions, solve_again
from solver.plan import Plan
from solver.program import Floats, Ints
from solver.reasons.programs import Priced, priced
from solver.reasons.wishes import Wish, parse_wish, wish_phrase, wished_rows
from supplychain.calendar import Calendar
from supplychain.errors import PlanError

COLUMNS = ["option", "verdict", "quantity", "unit_cost", "price_change", "period", "earlier",
           "capacity", "worth"]  # fmt: skip
IN_PLAN, NOT_PERMITTED, NO_DEMAND = "in the plan", "not permitted", "no demand for it"
NOT_QUALIFIED, ENDED, BEYOND = "not qualified in time", "ended", "arrives after the horizon"
CLOSED, FULL, TOO_DEAR, AS_GOOD = "no capacity", "its capacity is taken", "too dear", "as good"
OVER_BUDGET, NOT_IN_MODEL = "over the budget", "not in the model"
_OWN = {"order": "sourcing_capacity", "transfer": "lane_capacity", "build": "production_capacity"}
_TINY = 1e-6


@dataclass(frozen=True)
class Answer:
    """What speaks against one option: a verdict, and the change that would bring it in.

    ``quantity`` is what the plan uses of it. ``price_change`` a unit (negative: its price would
    have to fall by so much), for a decision in ``period``; ``earlier`` the periods by which it
    would have to arrive sooner at its price; ``worth`` the money of a plan in which it is permitted
    or has capacity, less that of the plan, and ``capacity`` what that plan uses of it. NaN or -1
    where it is not known or does not help.
    """

    option: str
    verdict: str
    quantity: float = 0.0
    unit_cost: float = np.nan
    price_change: float = np.nan
    period: int = -1
    earlier: int = -1
    capacity: float = np.nan
    worth: float = np.nan


def why_not(plan: Plan, text: str, solver: SolverOptions) -> list[Answer]:
    """Answers for every option that the phrase ``text`` names; InputError where it names none."""
    data = plan.model.data
    wish = parse_wish(text)
    rows = wished_rows(data.network, wish)
    base = priced(plan, solver)
    if wish.kind == "substitute":
        return [_substitute(plan, base, row) for row in rows.to_dict("records")]
    return [_option(plan, base, wish, int(number), solver) for number in rows.index]


def answer_table(answers: list[Answer], calendar: Calendar) -> pd.DataFrame:
    """Answers as a table; the period as its date."""
    table = pd.DataFrame([vars(answer) for answer in answers], columns=COLUMNS)
    dates = [calendar.date(number) if number >= 0 else pd.NaT for number in table["period"]]
    return table.assign(period=pd.to_datetime(pd.Series(dates)))


def _option(plan: Plan, base: Priced, wish: Wish, row: int, solver: SolverOptions) -> Answer:
    data = plan.model.data
    record = data.network.table(wish.table).iloc[[row]].to_dict("records")[0]
    name = wish_phrase(wish.kind, record)
    flow = plan.model.flow(wish.kind)
    option = np.flatnonzero(flow.options["row"].to_numpy() == row)
    if not len(option):
        return Answer(name, NO_DEMAND, unit_cost=float(record["unit_cost"]))
    own = np.flatnonzero(flow.option == option[0])
    if not len(own):
        return Answer(name, _never(data, record), unit_cost=float(record["unit_cost"]))
    columns = base.program.column_blocks[wish.kind].start + own
    used = float(base.solution.values[columns].sum())
    answer = Answer(name, IN_PLAN, used, float(flow.unit_cost[own].min()))
    if used > _TINY:
        return answer
    return _unused(base, wish.kind, columns, flow.period[own], flow.receipt[own], data, answer,
                   solver)  # fmt: skip


def _never(data: ModelData, record: Mapping[Any, Any]) -> str:
    """Why an option has no variable in any period."""
    calendar = data.network.calendar
    start, end = (record.get(name, record.get(other)) for name, other in (
        ("qualified_from", "valid_from"), ("available_to", "valid_to")))  # fmt: skip
    if end is not None and pd.notna(end) and calendar.number(end) < 0:
        return ENDED
    to_qualify = any(pd.notna(record.get(name)) and float(record[name]) > 0
                     for name in ("qualification_time", "qualification_cost"))  # fmt: skip
    if to_qualify or (start is not None and pd.notna(start)):
        return NOT_QUALIFIED
    return BEYOND


def _unused(
    base: Priced, kind: str, columns: Ints, period: Ints, receipt: Ints, data: ModelData,
    answer: Answer, solver: SolverOptions,
) -> Answer:  # fmt: skip
    """The verdict on an option that could be used and is not."""
    reduced, own_rent, budget_rent = _margins(base, kind, columns)
    margin = reduced + own_rent
    best = int(np.argmax(margin))
    found = replace(answer, period=int(period[best]))
    if not base.program.upper[columns].any():
        return _opened(base, columns, replace(found, verdict=NOT_PERMITTED), solver)
    if margin[best] > _TINY or own_rent[best] > _TINY:
        return _opened(base, columns, replace(found, verdict=_capacity(base, kind, columns)),
                       solver)  # fmt: skip
    if margin[best] > -_TINY:
        return replace(found, verdict=AS_GOOD, price_change=0.0)
    verdict = OVER_BUDGET if margin[best] + budget_rent[best] > -_TINY else TOO_DEAR
    earlier = _earlier(base, columns, margin, receipt, data)
    return replace(found, verdict=verdict, price_change=float(margin[best]), earlier=earlier)


def _margins(base: Priced, kind: str, columns: Ints) -> tuple[Floats, Floats, Floats]:
    """Reduced cost of ``columns``; the parts of it paid for own capacity and for the budget."""
    program, prices = base.program, base.solution.row_prices
    paid = prices[program.rows] * program.values
    rent = np.bincount(program.columns, paid, len(program.cost))
    parts = []
    for block in (_OWN[kind], "budget"):
        rows = program.row_blocks[block]
        inside = (program.rows >= rows.start) & (program.rows < rows.stop)
        part = np.bincount(program.columns[inside], paid[inside], len(program.cost))
        parts.append(np.asarray(part[columns], float))
    return (program.cost - rent)[columns], parts[0], parts[1]


def _capacity(base: Priced, kind: str, columns: Ints) -> str:
    """Whether the option's own capacity is nil or only taken."""
    program, rows = base.program, base.program.row_blocks[_OWN[kind]]
    mine = np.isin(program.columns, columns)
    mine &= (program.rows >= rows.start) & (program.rows < rows.stop)
    return CLOSED if not program.row_upper[program.rows[mine]].any() else FULL


def _opened(base: Priced, columns: Ints, answer: Answer, solver: SolverOptions) -> Answer:
    """The option planned again, permitted and with all the capacity of its own that it wants."""
    program = base.program
    upper, row_upper = program.upper.copy(), program.row_upper.copy()
    upper[columns] = np.inf
    for block in _OWN.values():
        rows = program.row_blocks[block]
        inside = np.isin(program.columns, columns)
        inside &= (program.rows >= rows.start) & (program.rows < rows.stop)
        row_upper[program.rows[inside]] = np.inf
    program = program.derive(upper=upper, row_upper=row_upper)
    try:
        solution = solve_again(program, base.solution.basis, solver)
    except PlanError:  # tight bounds and the solver's tolerance: say nothing rather than guess
        return answer
    if solution.status == "no plan":
        return answer
    worth = float(program.cost @ (solution.values - base.solution.values))
    used = float(solution.values[columns].sum())
    return replace(answer, capacity=used, worth=worth if abs(worth) > _TINY else 0.0)


def _earlier(base: Priced, columns: Ints, margin: Floats, receipt: Ints, data: ModelData) -> int:
    """By how many periods the option would have to arrive sooner to pay; -1: never."""
    program, balance = base.program, base.program.row_blocks["balance"]
    prices = base.solution.row_prices[balance].reshape(-1, data.periods)
    fills = (program.rows < balance.stop) & (program.values < 0)
    row_of = dict(zip(program.columns[fills].tolist(), program.rows[fills].tolist(), strict=True))
    pair = np.array([row_of[column] // data.periods for column in columns.tolist()])
    now = prices[pair, receipt]
    for sooner in range(1, data.periods):
        possible = receipt >= sooner
        then = prices[pair, np.maximum(receipt - sooner, 0)]
        if ((margin - now + then)[possible] > _TINY).any():
            return sooner
    return -1


def _substitute(plan: Plan, base: Priced, row: Mapping[Any, Any]) -> Answer:
    """What a substitute would save at the prices of both components, where builds could use it."""
    data = plan.model.data
    name = wish_phrase("substitute", row)
    used = _substituted(plan, row)
    if used > _TINY:
        return Answer(name, IN_PLAN, used)
    prices = base.solution.row_prices[base.program.row_blocks["balance"]]
    prices = prices.reshape(-1, data.periods)
    builds = data.builds.options
    here = (builds["item"] == row["item"]) & (
        (builds["location"] == row["location"]) | (row["location"] == "*"))  # fmt: skip
    places = builds.loc[here, "location"].drop_duplicates()
    component, substitute = (
        positions(data.pair_index, pd.Series(str(row[key]), places.index), places)
        for key in ("component", "substitute"))  # fmt: skip
    known = component >= 0
    if not known.any():
        return Answer(name, NO_DEMAND)
    if not (substitute[known] >= 0).any():
        return Answer(name, NOT_IN_MODEL)
    known &= substitute >= 0
    margin = (prices[component[known]] - float(row["ratio"]) * prices[substitute[known]]
              - float(row["extra_cost"])).max(axis=0)  # fmt: skip
    approved = row["approved_from"]
    first = 0 if pd.isna(approved) else data.network.calendar.number(approved)
    if first >= data.periods:
        return Answer(name, NOT_QUALIFIED)
    first = max(first, 0)
    best = first + int(np.argmax(margin[first:]))
    verdict = TOO_DEAR if margin[best] < -_TINY else AS_GOOD
    if verdict == AS_GOOD and not getattr(plan.model.options, "substitutes", False):
        verdict = NOT_PERMITTED
    return Answer(name, verdict, unit_cost=float(row["extra_cost"]),
                  price_change=float(margin[best]), period=best)  # fmt: skip


def _substituted(plan: Plan, row: Mapping[Any, Any]) -> float:
    """Units of the component that the plan replaces by this substitute."""
    table = plan.tables.get("substitutions", pd.DataFrame())
    if not len(table):
        return 0.0
    mine = pd.Series(True, index=table.index)
    for key in ("item", "component", "substitute", "location"):
        mine &= (table[key] == row[key]) | (row[key] == "*")
    return float(table.loc[mine, "quantity"].sum())
