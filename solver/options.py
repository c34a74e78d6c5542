"""What a model permits and is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

LAST_TABLES = ("orders", "transfers", "builds", "qualifications", "substitutions", "short_builds",
               "retrofits", "overtime", "reschedules")  # fmt: skip


@dataclass(frozen=True, eq=False)
class LastPlan:
    """The decisions of the last plan: its result tables, LAST_TABLES where it has them.

    Columns: the key of the decision, period and quantity; the period of a rescheduled receipt is
    that of its new receipt.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelOptions:
    """What a model permits.

    ``transfers`` and ``alternates`` admit non-routine lanes, and non-routine sourcing (new sources
    included) and production; ``substitutes``, ``short_builds``, ``overtime`` and ``rescheduling``
    the levers of these names. ``floors`` asks for the floors of the dataset, ``priorities`` for
    its classes, ``plant_spread`` for plants used to shares of their capacity that differ by no
    more (None: not asked). ``budget`` limits the premium (None: no limit). ``last`` is the plan
    that frozen periods repeat and that changes are counted from. ``slices`` splits the unserved
    units of every demand row into so many equal parts.
    """

    transfers: bool = True
    alternates: bool = True
    substitutes: bool = True
    short_builds: bool = True
    overtime: bool = True
    rescheduling: bool = True
    floors: bool = True
    priorities: bool = True
    plant_spread: float | None = None
    budget: float | None = None
    last: LastPlan | None = None
    slices: int = 1

    @property
    def repeats(self) -> bool:
        """Whether frozen periods repeat a last plan."""
        return self.last is not None

    @classmethod
    def routine(cls, last: LastPlan | None = None, priorities: bool = True) -> ModelOptions:
        """Only what is in use today."""
        return cls(
            transfers=False, alternates=False, substitutes=False, short_builds=False,
            overtime=False, rescheduling=False, floors=False, priorities=priorities, last=last,
        )  # fmt: skip
