"""What every lever does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, Self

import pandas as pd

from solver.building import Decision, ModelBuilder
from solver.data import ModelData
from solver.options import ModelOptions
from solver.program import Floats


class Lever(Protocol):
    """A kind of decision or rule beyond the core of the model, with its columns and equations."""

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """The lever for a network, as far as it is permitted."""

    def add_columns(self, builder: ModelBuilder) -> None:
        """Add the blocks of variables."""

    def add_rows(self, builder: ModelBuilder) -> None:
        """Add the equations, and entries to those of the core."""

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Result tables, from the values of all blocks by name."""

    def keys(self) -> dict[str, pd.DataFrame]:
        """Key of every decision by block, ``period`` (its number) among its columns."""

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """The decisions of a plan, from the values of all blocks by name; none for a rule."""


class Rule:
    """A lever that decides nothing by itself: what it asks of other decisions is seen in theirs."""

    def keys(self) -> dict[str, pd.DataFrame]:
        """None."""
        return {}

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """None."""
        return ()

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """None, unless the rule can be missed or costs something."""
        return {}
