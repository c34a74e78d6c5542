"""What all disruptions share: their fields, their place in time, and how their faults are told.

A disruption is a frozen record and a function from network to network. It never changes the network
it is given: capacities, lead times and unit costs go into the tables that replace them by period,
demand, stock and scheduled receipts into new frames.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from supplychain.calendar import Calendar, parse_date
from supplychain.errors import Problem, ScenarioError
from supplychain.network import Network

FloatArray = npt.NDArray[np.float64]
RULE = "rule"
_MOST_PERIODS = 10_000
_LARGEST_FACTOR = 1e6


def problem(message: str, remedy: str, column: str = "", value: object = "") -> Problem:
    """A problem of one disruption; the scenario adds its file and the number of the disruption."""
    return Problem("scenario", message, remedy, None, column, str(value))


def _text(value: str) -> str:
    if value != value.strip():
        raise PydanticCustomError("spaces", "has spaces around it")
    return value


def _date(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return parse_date(value)
        except ValueError:
            pass
    raise PydanticCustomError("date", "is not a date")


Text = Annotated[str, Field(min_length=1), AfterValidator(_text)]
Date = Annotated[dt.date, BeforeValidator(_date)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Factor = Annotated[float, Field(ge=0, le=_LARGEST_FACTOR, allow_inf_nan=False)]
Quantity = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0, le=_MOST_PERIODS)]
Count = Annotated[int, Field(ge=1, le=_MOST_PERIODS)]


class Record(BaseModel):
    """A frozen record of a scenario: no unknown fields, no guessing at types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def rule_problems(cls, given: Mapping[str, object]) -> list[Problem]:
        """What is wrong between the fields of ``given`` (name -> value, None: not given)."""
        return []

    @model_validator(mode="after")
    def _check_rules(self) -> Record:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        if problems := self.rule_problems(given):
            text = "; ".join(f"{p.message}: {p.remedy}" for p in problems)
            raise PydanticCustomError(RULE, "{text}", {"text": text})
        return self


class Disruption(Record):
    """Something that happens to a supply chain for a while.

    start: a date in the first period hit (ISO weeks and months are accepted); it may lie before the
    calendar, then just the part inside acts. periods: number of periods hit in full, blank: until
    the end of the calendar. recovery: periods of linear ramp back after them.
    """

    selectors: ClassVar[tuple[str, ...]] = ()
    any_of: ClassVar[tuple[str, ...]] = ()
    one_of: ClassVar[tuple[str, ...]] = ()
    not_both: ClassVar[tuple[str, ...]] = ()

    kind: str
    start: Date
    periods: Count | None = None
    recovery: Whole = 0

    @classmethod
    def rule_problems(cls, given: Mapping[str, object]) -> list[Problem]:
        """Selectors and alternatives of which too few or too many are given."""
        named = {name for name, value in given.items() if value is not None}
        problems = []
        if cls.any_of and not named.intersection(cls.any_of):
            remedy = f"give at least one of {', '.join(cls.any_of)}"
            problems.append(problem("nothing is selected", remedy))
        for alternatives in (cls.one_of, cls.not_both):
            both = [name for name in alternatives if name in named]
            if len(both) > 1:
                message = f"{' and '.join(both)} exclude each other"
                remedy = f"give one of {', '.join(alternatives)}"
                problems.append(problem(message, remedy, both[-1]))
        if cls.one_of and not named.intersection(cls.one_of):
            remedy = f"give exactly one of {', '.join(cls.one_of)}"
            problems.append(problem("a required field is missing", remedy, cls.one_of[0]))
        if given.get("recovery") and given.get("periods") is None:
            message = "is never reached: without periods it lasts until the end"
            remedy = "give periods, or remove recovery"
            problems.append(problem(message, remedy, "recovery", given["recovery"]))
        return problems

    def apply(self, network: Network) -> Network:
        """The network with this disruption in it; ``network`` itself stays as it is.

        ``network`` must be expanded (no ``*`` left). Raises ScenarioError with every problem: names
        the network does not have, selections that match nothing, a time outside the calendar.
        """
        from supplychain.disruptions.selection import name_problems

        problems = name_problems(network, self) + self._time_problems(network.calendar)
        if problems:
            raise ScenarioError(problems)
        return self._act(network)

    @abstractmethod
    def describe(self, before: Network, after: Network) -> str:
        """One sentence for planners: what happens, when, and what it changes, with numbers.

        ``after`` is what :meth:`apply` made of ``before``.
        """

    @abstractmethod
    def _act(self, network: Network) -> Network:
        """Do what :meth:`apply` promises; names and times are in order."""

    def chosen(self) -> dict[str, str]:
        """The selectors that are given, with their values."""
        given = {name: getattr(self, name) for name in self.selectors}
        return {name: value for name, value in given.items() if value is not None}

    def recovered(self, calendar: Calendar) -> FloatArray:
        """Share recovered by period, shape (periods,).

        0 in the periods hit in full, k / (recovery + 1) in the k-th of the ramp, 1 elsewhere.
        """
        number = np.arange(calendar.periods)
        first = calendar.number(self.start)
        after = first + (self.periods or calendar.periods + abs(first))
        ramp = (number - after + 1) / (self.recovery + 1)
        return np.where(number < first, 1.0, np.clip(ramp, 0.0, 1.0))

    def _time_problems(self, calendar: Calendar) -> list[Problem]:
        first = calendar.number(self.start)
        until = calendar.periods if self.periods is None else first + self.periods + self.recovery
        runs = (
            f"the calendar runs from {calendar.label(0)} to {calendar.label(calendar.periods - 1)}"
        )
        if first >= calendar.periods:
            remedy = f"start earlier: {runs}"
            return [problem("starts after the last period", remedy, "start", self.start)]
        if until <= 0:
            remedy = f"start later or last longer: {runs}"
            return [problem("is over before the first period", remedy, "start", self.start)]
        return []


def scaled(recovered: FloatArray, factor: float) -> FloatArray:
    """Factor by period, shape (periods,): ``factor`` in the window, back to 1 with the ramp."""
    return np.where(recovered == 1, 1.0, factor + (1 - factor) * recovered)


def rounded_up(values: FloatArray) -> FloatArray:
    """Smallest whole numbers not below ``values``, blind to the last digits of floating point."""
    return np.ceil(values - 1e-9) + 0.0
