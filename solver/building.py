"""Assembling a model: a program whose decisions say what they cost and count as premium."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from solver.program import Floats, Ints, ProgramBuilder

NOTHING: Floats = np.zeros(0)


@dataclass(frozen=True)
class Spending:
    """What the units of a block of decisions cost: ``term`` of the money, cost and premium each."""

    term: str
    unit_cost: Floats
    premium: Floats = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class Decision:
    """One decision of a plan for people, with the variables it consists of.

    ``row``: kind, item, quantity, origin, destination, mode, cost, premium. ``periods`` are those
    of the decision, ``columns`` its variables by block: closed, they leave the plan without it.
    """

    row: dict[str, object]
    periods: Ints
    columns: dict[str, Ints]


@dataclass
class ModelBuilder(ProgramBuilder):
    """A program builder that remembers the money of its blocks; ``penalty`` prices a missed rule.

    The penalty is no money: it is in the objective of the program and in no figure.
    """

    penalty: float = 0.0
    spending: dict[str, tuple[Spending, ...]] = field(default_factory=dict)

    def add_decisions(
        self,
        name: str,
        *spending: Spending,
        upper: Floats | float = np.inf,
        integer: bool = False,
    ) -> None:
        """Add a block of decisions that cost what ``spending`` says, all of the same length."""
        cost = -np.sum([part.unit_cost for part in spending], axis=0)
        self.spending[name] = spending
        self.add_columns(name, cost, upper, integer)

    def add_switches(self, name: str, count: int, upper: Floats | float = np.inf) -> None:
        """Add a block of whole numbers that cost nothing."""
        self.add_columns(name, np.zeros(count), upper, integer=True)

    def add_misses(self, name: str, count: int) -> None:
        """Add a block of slacks: units by which a rule is missed."""
        self.add_columns(name, np.full(count, -self.penalty))

    def add_nothing_or_least(
        self, rows: tuple[str, str], block: str, columns: Ints, switch: str, least: Floats,
        most: Floats,
    ) -> None:  # fmt: skip
        """Add least * switch <= column <= most * switch, a switch a column, as two blocks."""
        numbers = np.arange(len(columns))
        for name, sign, factor in zip(rows, (-1.0, 1.0), (least, -most), strict=True):
            self.add_limits(name, np.zeros(len(numbers)))
            self.add_entries(name, numbers, block, columns, sign)
            self.add_entries(name, numbers, switch, numbers, factor)

    def add_limits(self, name: str, limits: Floats) -> None:
        """Add a block of equations with an upper limit."""
        self.add_rows(name, np.full(len(limits), -np.inf), limits)


def ranges(starts: Ints, lengths: Ints) -> tuple[Ints, Ints]:
    """Concatenated ranges: the number of the range and the value, of every element."""
    number = np.repeat(np.arange(len(lengths)), lengths)
    offset = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return number, starts[number] + offset


def missed(
    rule: str, values: Floats, owners: Iterable[str], penalty: float, period: object = pd.NaT
) -> pd.DataFrame:
    """Rows of ``broken_rules`` for the misses of one rule."""
    table = pd.DataFrame({"rule": rule, "owner": list(owners), "period": period,
                          "quantity": values})  # fmt: skip
    table["penalty"] = table["quantity"] * penalty
    return table[table["quantity"] > 0].reset_index(drop=True)
