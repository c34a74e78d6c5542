"""Builders of tiny networks from literal tables, and plans that the checker has passed.

A table is written as it looks::

    sourcing=\"\"\"
        item  location  supplier  lead_time  capacity
        CHIP  PLANT     FAB       1          60
    \"\"\"

Cells are separated by spaces, ``-`` is blank, and a whole number in a date or period column is the
number of a period: 0 the first of the calendar, -1 the one before it. Items and locations that a
table names need no row of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from app.service.plans.planning import model_options
from solver.data import model_data
from solver.optimizer import SolverOptions
from solver.plan import Plan, PlanKind, plan_as_is, plan_response
from supplychain.calendar import Bucket, Calendar, parse_date
from supplychain.checker import check_plan
from supplychain.disruptions import Disruption
from supplychain.network import Network
from supplychain.scenario import Responses, Scenario, apply
from supplychain.schema import TABLES, WILDCARD
from supplychain.scope import expand

START = "2025-12-29"  # the Monday of 2026-W01: period number n is the week W(n+1) of 2026
_PERIOD = re.compile(r"-?\d+")


def tiny(
    periods: int = 4,
    *,
    bucket: Bucket = "week",
    start: str = START,
    closing_target: float = 0.0,
    holding_rate: float = 0.0,
    **tables: str,
) -> Network:
    """A validated network of literal ``tables``; the settings are the other arguments."""
    calendar = Calendar(parse_date(start), periods, bucket)
    frames = {name: literal(name, text, calendar) for name, text in tables.items()}
    frames["items"] = _with_missing(frames, "item", ("item", "component", "substitute"))
    places = ("location", "supplier", "origin", "destination")
    frames["locations"] = _with_missing(frames, "location", places)
    values = {"start": start, "periods": periods, "bucket": bucket,
              "closing_target": closing_target, "holding_rate": holding_rate}  # fmt: skip
    frames["settings"] = pd.DataFrame(
        [(name, str(value)) for name, value in values.items()], columns=["name", "value"]
    )
    return Network.from_frames(frames)


def literal(name: str, text: str, calendar: Calendar) -> pd.DataFrame:
    """The table ``name`` as a frame of text cells."""
    header, *rows = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame([["" if c == "-" else c for c in row] for row in rows], columns=header)
    for column in TABLES[name].columns:
        if column.type in ("date", "period") and column.name in frame:
            frame[column.name] = [_date(cell, calendar) for cell in frame[column.name]]
    return frame.astype("str")


def _date(cell: str, calendar: Calendar) -> str:
    return f"{calendar.date(int(cell)):%Y-%m-%d}" if _PERIOD.fullmatch(cell) else cell


def _with_missing(
    frames: dict[str, pd.DataFrame], key: str, columns: tuple[str, ...]
) -> pd.DataFrame:
    """The table of items or locations, with a row for every other name that is used."""
    stated = frames.get(f"{key}s", pd.DataFrame({key: pd.Series(dtype="str")}))
    used: set[str] = set()
    for frame in frames.values():
        for column in columns:
            used |= set(frame.get(column, ()))
    missing = sorted(used - set(stated[key]) - {"", WILDCARD})
    return pd.concat([stated, pd.DataFrame({key: missing}, dtype="str")]).fillna("")


def under(network: Network, *disruptions: Disruption) -> Network:
    """``network``, wildcards expanded, with ``disruptions`` in it."""
    return apply(Scenario("test", disruptions=disruptions), expand(network))


def plan_and_check(
    network: Network,
    kind: PlanKind = "response",
    responses: Responses | None = None,
    solver: SolverOptions | None = None,
) -> Plan:
    """Plan ``network`` and let the independent checker recompute every number of the plan.

    ``responses``: what a response plan may do, all of it unless given. AssertionError with the
    violations if the plan is wrong or not optimal.
    """
    responses = responses or Responses()
    network = expand(network)
    plan = plan_only(network, kind, responses, solver)
    assert plan.status == "optimal"
    report = check_plan(network, plan.tables, kind, responses)
    assert report.passed, "\n".join(str(violation) for violation in report.violations)
    scale = max(1.0, abs(plan.objective))
    in_program = float(plan.model.money @ plan.solution.values)
    assert abs(in_program - plan.objective) <= 1e-6 * scale, "the program counts other money"
    assert abs(report.objective - plan.objective) <= 1e-6 * scale, "the profit is another"
    return plan


def plan_only(
    network: Network,
    kind: PlanKind = "response",
    responses: Responses | None = None,
    solver: SolverOptions | None = None,
) -> Plan:
    """Plan an expanded network without checking the plan."""
    data, solver = model_data(network), solver or SolverOptions()
    if kind == "as-is":
        return plan_as_is(data, solver)
    permitted, reallocation = model_options(responses or Responses())
    return plan_response(data, permitted, reallocation, solver)


def rows_of(plan: Plan, table: str, **keys: object) -> pd.DataFrame:
    """Rows of a result table in which the columns named by ``keys`` have these values."""
    frame = plan.tables[table]
    for column, value in keys.items():
        frame = frame[frame[column] == value]
    return frame


def total(plan: Plan, table: str, column: str = "quantity", **keys: object) -> float:
    """Sum of a column of a result table over the rows that match ``keys``."""
    return float(rows_of(plan, table, **keys)[column].sum())


def by_period(
    plan: Plan, table: str, column: str = "quantity", at: str = "period", **keys: object
) -> list[float]:
    """Sums of a column by the period of the date column ``at``, one number a period."""
    rows = rows_of(plan, table, **keys)
    calendar = plan.model.data.network.calendar
    inside = rows[rows[at].notna()]
    sums = inside.groupby(calendar.index(inside[at]))[column].sum()
    return [float(sums.get(number, 0.0)) for number in range(calendar.periods)]


def served(plan: Plan, item: str | None = None) -> list[float]:
    """Units served by period, of one item or of all."""
    keys: dict[str, object] = {} if item is None else {"item": item}
    return by_period(plan, "deliveries", at="served", **keys)


def money(plan: Plan, *terms: str) -> list[float]:
    """Amounts of terms of the costs table."""
    amounts = plan.tables["costs"].set_index("term")["amount"]
    return [float(amounts[term]) for term in terms]


def profit(plan: Plan) -> float:
    """Profit of a plan, in money, which is its objective."""
    return money(plan, "profit")[0]


def shuffled(network: Network, seed: int) -> Network:
    """The same network, built from frames whose rows are in another order."""
    frames: Iterable[tuple[str, pd.DataFrame]] = network.tables.items()
    return Network.from_frames({
        name: frame.sample(frac=1.0, random_state=seed + n)
        for n, (name, frame) in enumerate(frames)
    })  # fmt: skip
