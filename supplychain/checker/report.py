"""What a check finds: violations by equation, and how much was tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.calendar import Calendar
from supplychain.schema import KEY_SEPARATOR

Equation = Literal[
    "tables",
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "C7",
    "C8",
    "C9",
    "C10",
    "C12",
    "C13",
    "C14",
    "C15",
    "C16",
    "responses",
    "receipts",
    "money",
    "closing",
    "capacity_use",
    "lines",
    "fair_share",
]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_SHOWN = 200


@dataclass(frozen=True)
class Violation:
    """One number of a plan that breaks an equation.

    ``key`` joins the key of the row by ``|``; ``period`` is blank where the row has none;
    ``value`` is what the plan has, ``limit`` what the equation asks for.
    """

    equation: Equation
    key: str
    period: str
    value: float
    limit: float
    message: str

    def __str__(self) -> str:
        where = " ".join(part for part in (self.key, self.period) if part)
        return f"{self.equation} {where}: {self.message} ({self.value:.10g}, {self.limit:.10g})"

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the violation as plain data, for JSON: a number that is not finite is None."""
        cells = asdict(self).items()
        return {
            name: None if isinstance(cell, float) and not np.isfinite(cell) else cell
            for name, cell in cells
        }


@dataclass(frozen=True)
class CheckReport:
    """The result of a check.

    ``violations`` shows at most 200 of each equation, ``failed`` counts all of them. ``checked``
    counts the rows that each equation tested. ``objective`` is the profit recomputed from the
    decisions of the plan, in money; NaN where the tables cannot be read.
    """

    violations: tuple[Violation, ...]
    objective: float
    checked: dict[str, int]
    failed: dict[str, int]

    @property
    def passed(self) -> bool:
        """Whether no equation is violated."""
        return not self.violations


@dataclass
class Findings:
    """Collects violations; all comparisons of the checker go through it.

    Values are arrays over rows, or matrices rows x periods. A difference counts where it is above
    ``tolerance`` * max(1, scale), with the size of the amounts of the row as scale; NaN counts.
    """

    calendar: Calendar
    tolerance: float
    violations: list[Violation] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def equal(
        self,
        equation: Equation,
        message: str,
        keys: pd.DataFrame,
        value: npt.ArrayLike,
        expected: npt.ArrayLike,
        scale: npt.ArrayLike,
        period: npt.ArrayLike | None = None,
    ) -> None:
        """``value`` must be ``expected``; ``keys`` names the rows."""
        value, expected = _floats(value), _floats(expected)
        with np.errstate(invalid="ignore"):
            difference = np.where(value == expected, 0.0, np.abs(value - expected))
        bad = ~(difference <= self._allowed(scale))
        self.record(equation, message, keys, bad, value, expected, period)

    def at_most(
        self,
        equation: Equation,
        message: str,
        keys: pd.DataFrame,
        value: npt.ArrayLike,
        limit: npt.ArrayLike,
        scale: npt.ArrayLike,
        period: npt.ArrayLike | None = None,
    ) -> None:
        """``value`` must not exceed ``limit``, which may be infinite."""
        value, limit = _floats(value), _floats(limit)
        bad = ~(value <= limit + self._allowed(scale))
        self.record(equation, message, keys, bad, value, limit, period)

    def record(
        self,
        equation: Equation,
        message: str,
        keys: pd.DataFrame,
        bad: npt.ArrayLike,
        value: npt.ArrayLike = np.nan,
        limit: npt.ArrayLike = np.nan,
        period: npt.ArrayLike | None = None,
    ) -> None:
        """Count the rows tested and keep those that are ``bad``."""
        bad = np.asarray(bad, dtype=bool)
        self.checked[equation] += bad.size
        room = max(MOST_SHOWN - self.failed[equation], 0)
        self.failed[equation] += (count := int(bad.sum()))
        if not count or not room:
            return
        places = [place[:room] for place in np.nonzero(bad)]
        values = np.broadcast_to(_floats(value), bad.shape)[tuple(places)]
        limits = np.broadcast_to(_floats(limit), bad.shape)[tuple(places)]
        names = keys.iloc[places[0]].astype(str).agg(KEY_SEPARATOR.join, axis=1)
        periods = self._labels(places, bad.ndim, period)
        self.violations.extend(
            Violation(equation, name, label, float(number), float(bound), message)
            for name, label, number, bound in zip(names, periods, values, limits, strict=True)
        )

    def fail(self, message: str, key: str, equation: Equation = "tables") -> None:
        """Keep one violation that is not of a row."""
        self.checked[equation] += 1
        self.failed[equation] += 1
        self.violations.append(Violation(equation, key, "", np.nan, np.nan, message))

    def report(self, objective: float) -> CheckReport:
        """All findings, with the recomputed ``objective``."""
        return CheckReport(
            tuple(self.violations), objective, dict(self.checked), _positive(self.failed)
        )

    def _allowed(self, scale: npt.ArrayLike) -> FloatArray:
        return self.tolerance * np.maximum(1.0, np.abs(_floats(scale)))

    def _labels(
        self, places: list[npt.NDArray[np.intp]], dimensions: int, period: npt.ArrayLike | None
    ) -> list[str]:
        if dimensions == 2:
            return [self.calendar.label(int(number)) for number in places[1]]
        if period is None:
            return [""] * len(places[0])
        return [self.calendar.label(int(number)) for number in np.asarray(period)[places[0]]]


def _floats(values: npt.ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def _positive(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
