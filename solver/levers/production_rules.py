"""(C4), (C13), (C15) Rules of production: overtime, shares of versions, smallest runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from solver.bounds import largest_builds
from solver.building import Decision, ModelBuilder, Spending
from solver.data import ModelData
from solver.levers.base import Rule
from solver.levers.stability import most_in_frozen
from solver.options import ModelOptions
from solver.program import Floats, Ints


@dataclass(frozen=True)
class Overtime:
    """Capacity beyond the normal, in steps: load <= capacity + overtime.

    A variable is a row of ``overtime`` in a period: ``step``, ``period``, ``upper``. What a
    disruption leaves of a resource it leaves of its overtime.
    """

    data: ModelData
    step: Ints
    period: Ints
    upper: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Steps of resources that have a capacity."""
        table = data.network.table("overtime")
        if not options.overtime:
            table = table.iloc[:0]
        resource = data.resource_numbers(table["resource"])
        stated = data.network.table("resources")["capacity"].to_numpy(dtype=float)[resource]
        in_force = data.capacities["resources"].capacity[resource]
        shares = np.divide(in_force, stated[:, None], out=np.ones_like(in_force),
                           where=(stated > 0)[:, None])  # fmt: skip
        left = np.minimum(shares, 1.0)
        most = table["capacity"].to_numpy(dtype=float)[:, None] * left
        step, period = np.nonzero(most > 0)
        keys = table[["resource", "step"]].iloc[step].assign(period=period)
        upper = most_in_frozen(data, options, "overtime", keys)
        return cls(data, step, period, np.minimum(upper, most[step, period]))

    @property
    def _table(self) -> pd.DataFrame:
        return self.data.network.table("overtime")

    def add_columns(self, builder: ModelBuilder) -> None:
        """Units of capacity added."""
        cost = self._table["unit_cost"].to_numpy(dtype=float)[self.step]
        builder.add_decisions("overtime", Spending("overtime", cost, cost), upper=self.upper)

    def add_rows(self, builder: ModelBuilder) -> None:
        """More room in the rows of the resources."""
        resource = self.data.resource_numbers(self._table["resource"])[self.step]
        rows = self.data.capacities["resources"].rows[resource, self.period]
        builder.add_entries("resources", rows, "overtime", np.arange(len(rows)), -1.0)

    def keys(self) -> dict[str, pd.DataFrame]:
        """Resource, step and period."""
        rows = self._table[["resource", "step"]].iloc[self.step].reset_index(drop=True)
        return {"overtime": rows.assign(period=self.period)}

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """The overtime of every resource."""
        quantity, rows = values["overtime"], self._table.iloc[self.step]
        cost = rows["unit_cost"].to_numpy(dtype=float) * quantity
        names = rows["resource"].to_numpy(dtype=object)
        places = self.data.network.table("resources").set_index("resource")["location"]
        for name in dict.fromkeys(names[quantity > 0]):
            own = names == name
            used = np.flatnonzero(own & (quantity > 0))
            amount = float(cost[used].sum())
            row = {"kind": "overtime", "item": name, "quantity": float(quantity[used].sum()),
                   "origin": places[name], "destination": places[name], "mode": "",
                   "cost": amount, "premium": amount}  # fmt: skip
            yield Decision(row, self.period[used], {"overtime": np.flatnonzero(own)})

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Overtime by step and period."""
        used = np.flatnonzero(values["overtime"] > 0)
        rows = self._table.iloc[self.step[used]].reset_index(drop=True)
        table = rows[["resource", "step"]].assign(
            period=self.data.network.calendar.dates_of(self.period[used]),
            quantity=values["overtime"][used])  # fmt: skip
        cost = table["quantity"] * rows["unit_cost"]
        return {"overtime": table.assign(cost=cost, premium=cost)}


@dataclass(frozen=True)
class VersionShares(Rule):
    """A version's largest share of all builds of its item at its location, over the horizon."""

    data: ModelData
    options: Ints

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Versions with a largest share that may be used."""
        table = data.builds.options
        usable = table["routine"].to_numpy(dtype=bool) | options.alternates
        return cls(data, np.flatnonzero(usable & (table["max_share"] < 1.0).to_numpy()))

    def add_columns(self, builder: ModelBuilder) -> None:
        """None."""

    def add_rows(self, builder: ModelBuilder) -> None:
        """Own builds <= share * builds of all versions."""
        flow = self.data.builds
        place = flow.options.groupby(["item", "location"]).ngroup().to_numpy()
        shares = flow.options["max_share"].to_numpy(dtype=float)
        builder.add_limits("version_share", np.zeros(len(self.options)))
        for row, option in enumerate(self.options.tolist()):
            own = np.flatnonzero(flow.option == option)
            every = np.flatnonzero(place[flow.option] == place[option])
            for columns, value in ((own, 1.0), (every, -shares[option])):
                rows = np.full(len(columns), row)
                builder.add_entries("version_share", rows, "build", columns, value)


@dataclass(frozen=True)
class SmallestRuns(Rule):
    """A version stands still in a period, or makes at least its smallest run.

    minimum * running <= build <= most * running, for the build variables ``column``.
    """

    column: Ints
    minimum: Floats
    most: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Build variables with a smallest run that may be used."""
        flow = data.builds
        minimum = flow.options["min_run"].to_numpy(dtype=float)[flow.option]
        column = np.flatnonzero(flow.usable(options.alternates, options.repeats) & (minimum > 0))
        return cls(column, minimum[column], largest_builds(data, options, column))

    def add_columns(self, builder: ModelBuilder) -> None:
        """Whether a version runs."""
        builder.add_switches("running", len(self.column), 1.0)

    def add_rows(self, builder: ModelBuilder) -> None:
        """Both limits of a run."""
        builder.add_nothing_or_least(("smallest_run", "largest_run"), "build", self.column,
                                     "running", self.minimum, self.most)  # fmt: skip
