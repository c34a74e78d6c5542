"""Settings of a dataset: the calendar, the currency and the rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd

from supplychain.calendar import Bucket, Calendar, parse_date
from supplychain.errors import Problem
from supplychain.frames import near

MOST_PERIODS = 1000
_TABLE = "settings"
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2500, 12, 31)
_DEFAULT_START = dt.date(2026, 1, 5)


@dataclass(frozen=True)
class Settings:
    """Settings of a dataset, each with its meaning.

    start, periods, bucket: the calendar. currency: of all money. holding_rate: cost of holding, as
    a share of items.unit_cost a year. closing_target: periods of mean requirement up to which
    closing stock is valued. frozen_periods: first periods in which the last plan stands or, without
    one, only the routine is decided. change_cost: money for each unit by which a decision differs
    from the last plan. lead_time_quantile: share of orders that come within the lead time that
    plans count on; None: the lead times of the table. seed: of sampled futures. note: free text.
    rule_penalty: weight in money of a unit by which a minimum share, a floor, the spread of plants
    or a frozen decision is missed; None: ten times the largest unit revenue.
    """

    start: dt.date
    periods: int
    bucket: Bucket = "week"
    currency: str = "EUR"
    holding_rate: float = 0.0
    closing_target: float = 0.0
    frozen_periods: int = 0
    change_cost: float = 0.0
    lead_time_quantile: float | None = None
    seed: int | None = None
    note: str = ""
    rule_penalty: float | None = None

    @property
    def calendar(self) -> Calendar:
        """The planning periods."""
        return Calendar(self.start, self.periods, self.bucket)


def read_settings(tables: Mapping[str, pd.DataFrame]) -> tuple[Settings, list[Problem]]:
    """Read the settings among typed ``tables``, and what is wrong with them.

    What is not given, or not valid, has its default; those of start and periods follow the demand.
    """
    frame = tables[_TABLE].drop_duplicates("name")
    known: dict[str, Any] = {}
    rows: dict[str, int] = {}
    problems: list[Problem] = []
    for row, name, text in frame[["name", "value"]].itertuples(name=None):
        rows[name] = row
        if name not in _PARSERS:
            remedy = f"remove it{near(name, _PARSERS)}"
            problems.append(Problem(_TABLE, "unknown setting", remedy, row, "name", name))
        elif text.strip():
            try:
                known[name] = _PARSERS[name](text.strip())
            except ValueError as error:
                message = f"{name} {error.args[0]}"
                problems.append(Problem(_TABLE, message, error.args[1], row, "value", text))
    settings, found = _with_calendar(tables["demand"]["period"].dropna(), known, rows)
    return settings, problems + found


def _with_calendar(
    due: pd.Series, known: dict[str, Any], rows: Mapping[str, int]
) -> tuple[Settings, list[Problem]]:
    """Settings with the start and periods of the demand where these are not given."""
    problems = []
    bucket = known.get("bucket", "week")
    given = known.get("start", due.min().date() if len(due) else _DEFAULT_START)
    if not _EARLIEST <= given <= _LATEST:
        message = f"start is not given, and the demand begins on {given}"
        problems.append(Problem(_TABLE, message, "give settings.start, or correct demand.period"))
        given = _DEFAULT_START
    start = Calendar(given, 1, bucket).first_date(given)
    if "start" in known and start != given:
        remedy = f"name the first date of the period, here {start}"
        message = f"start is not the first date of a {bucket}"
        problems.append(Problem(_TABLE, message, remedy, rows["start"], "value", str(given)))
    periods = max(Calendar(start, 1, bucket).number(due.max().date()), 0) + 1 if len(due) else 1
    if "periods" not in known and periods > MOST_PERIODS:
        message = f"periods is not given, and the demand spans {periods} {bucket}s"
        remedy = f"give settings.periods, {MOST_PERIODS} at most, and remove later demand"
        problems.append(Problem(_TABLE, message, remedy))
        periods = MOST_PERIODS
    return Settings(**{"periods": periods, **known, "start": start}), problems


# --- parsers: raise ValueError with a message and a remedy ---------------------------------------


def _start(text: str) -> dt.date:
    try:
        date = parse_date(text)
    except ValueError:
        remedy = "write a date such as 2026-03-02 or a week such as 2026-W10"
        raise ValueError("is not a date", remedy) from None
    if not _EARLIEST <= date <= _LATEST:
        raise ValueError("is not a date to plan from", f"write one from {_EARLIEST} to {_LATEST}")
    return date


def _bucket(text: str) -> str:
    if text not in get_args(Bucket):
        raise ValueError("is not day, week or month", "write one of them")
    return text


def _number(lowest: float, highest: float) -> Callable[[str], float]:
    remedy = f"write a number from {lowest:g} to {highest:g}"

    def parse(text: str) -> float:
        number = float(pd.to_numeric(text, errors="coerce"))
        if not lowest <= number <= highest:
            raise ValueError(f"is not a number from {lowest:g} to {highest:g}", remedy)
        return number

    return parse


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    remedy = f"write a whole number from {lowest} to {highest}"

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"is not a whole number from {lowest} to {highest}", remedy)
        return int(text)

    return parse


_PARSERS: dict[str, Callable[[str], Any]] = {
    "start": _start,
    "periods": _whole(1, MOST_PERIODS),
    "bucket": _bucket,
    "currency": str,
    "holding_rate": _number(0, 100),
    "closing_target": _number(0, 1e6),
    "frozen_periods": _whole(0, MOST_PERIODS),
    "change_cost": _number(0, 1e12),
    "rule_penalty": _number(0, 1e12),
    "lead_time_quantile": _number(0, 1),
    "seed": _whole(0, 2**63 - 1),
    "note": str,
}
