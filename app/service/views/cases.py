"""A case: one scenario as it was planned, read from the folders of its plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from app.service.plans.tables import read_plan_network, read_plan_tables
from supplychain.calendar import Calendar
from supplychain.network import Network

Tables = Mapping[str, pd.DataFrame]
AS_IS, RESPONSE = "as-is", "response"
KINDS = (AS_IS, RESPONSE)


@dataclass(frozen=True, eq=False)
class Case:
    """The network that the plans of a scenario were made for, and the tables of each plan.

    ``plans`` holds as-is first; a kind of plan that was not made, or not found, is absent.
    """

    network: Network
    plans: Mapping[str, Tables]

    @property
    def calendar(self) -> Calendar:
        """The planning periods."""
        return self.network.calendar

    @property
    def first(self) -> Tables:
        """The tables of the as-is plan, or of the only plan."""
        return next(iter(self.plans.values()))


def read_case(folders: Mapping[str, Path]) -> Case:
    """Read a case from its PLAN_DIRs by kind of plan; FileError where one holds no plan."""
    ordered = {kind: folders[kind] for kind in KINDS if kind in folders}
    _, network, _ = read_plan_network(next(iter(ordered.values())))
    return Case(network, {kind: read_plan_tables(folder) for kind, folder in ordered.items()})


def total(plans: Mapping[str, Tables], kind: str, table: str, column: str) -> float:
    """The sum of a column of a plan's table; 0 where there is no such plan."""
    return float(plans[kind][table][column].sum()) if kind in plans else 0.0
