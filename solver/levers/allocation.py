"""(C8) Rules of allocation: floors by brand, customer and market; fairness across plants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from solver.building import ModelBuilder, missed
from solver.data import ModelData
from solver.levers.base import Rule
from solver.options import ModelOptions
from solver.program import Flags, Floats, Ints
from supplychain.overrides import owners
from supplychain.schema import WILDCARD


@dataclass(frozen=True)
class Floors(Rule):
    """At least a share of the demand of a brand, customer and market is served by the end.

    ``rows`` and ``demand`` pair a row of ``floors`` with the demand rows that it covers.
    """

    data: ModelData
    table: pd.DataFrame
    rows: Ints
    demand: Ints
    slices: int

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Floors, where they are asked for."""
        table = data.network.table("floors")
        table = table if options.floors else table.iloc[:0]
        demand = data.demand.table
        brand = data.network.table("items").set_index("item")["brand"]
        facts = {"brand": demand["item"].map(brand), "customer": demand["customer"],
                 "location": demand["location"]}  # fmt: skip
        covered = np.ones((len(table), len(demand)), bool)
        for name, values in facts.items():
            wanted = table[name].to_numpy(dtype=object)[:, None]
            covered &= (wanted == WILDCARD) | (wanted == values.to_numpy(dtype=object))
        rows, columns = np.nonzero(covered)
        return cls(data, table, rows, columns, options.slices)

    def add_columns(self, builder: ModelBuilder) -> None:
        """Units by which a floor is missed."""
        builder.add_misses("missed_floor", len(self.table))

    def add_rows(self, builder: ModelBuilder) -> None:
        """Unserved units of a floor's demand <= what it leaves."""
        quantity = self.data.demand.table["quantity"].to_numpy(dtype=float)
        total = np.bincount(self.rows, quantity[self.demand], len(self.table))
        spare = 1.0 - self.table["share"].to_numpy(dtype=float)
        builder.add_limits("floors", spare * total)
        for part in range(self.slices):
            builder.add_entries("floors", self.rows, "unserved",
                                self.demand * self.slices + part, 1.0)  # fmt: skip
        floors = np.arange(len(self.table))
        builder.add_entries("floors", floors, "missed_floor", floors, -1.0)

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Floors that are missed."""
        names = owners("floors", self.table)
        return {"broken_rules": missed("floor", values["missed_floor"], names,
                                       self.data.rule_penalty)}  # fmt: skip


@dataclass(frozen=True)
class PlantSpread(Rule):
    """Plants are used to shares of their capacity that differ by no more than ``spread``.

    A plant is a location with limited resources that some build uses; its use is their load over
    their capacity, in all periods in which it is limited. ``plant`` is the plant of every resource
    (-1: none), ``limited`` tells the periods by resource, ``capacity`` is that of the plants.
    """

    data: ModelData
    spread: float
    plant: Ints
    limited: Flags
    capacity: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Plants, where a spread is asked for."""
        in_force = data.capacities["resources"].capacity
        limited = ~np.isnan(in_force)
        limit = np.nan_to_num(in_force).sum(axis=1)
        asked = options.plant_spread is not None
        counted = np.zeros(len(limit), bool)
        if asked:
            counted[data.resource_use[1]] = True
        resource = np.flatnonzero(counted & (limit > 0))
        names = data.network.table("resources")["location"].iloc[resource]
        number, _ = pd.factorize(names, sort=True)
        plant = np.full(len(limit), -1, np.int64)
        plant[resource] = number
        capacity = np.bincount(number, limit[resource]).astype(float)
        return cls(data, options.plant_spread or 0.0, plant, limited, capacity)

    @property
    def _asked(self) -> int:
        return int(len(self.capacity) > 1)

    def add_columns(self, builder: ModelBuilder) -> None:
        """Largest and smallest use, and by how much they are too far apart."""
        builder.add_columns("use_bounds", np.zeros(2 * self._asked))
        total = float(self.capacity.sum())
        builder.add_columns("missed_spread", np.full(self._asked, -builder.penalty * total))

    def add_rows(self, builder: ModelBuilder) -> None:
        """Use of every plant between the two, and the two close enough."""
        if not self._asked:
            return
        columns, resource, per_unit = self.data.resource_use
        inside = self.limited[resource, self.data.builds.period[columns]]
        inside &= self.plant[resource] >= 0
        plant = self.plant[resource][inside]
        share = per_unit[inside] / self.capacity[plant]
        plants = np.arange(len(self.capacity))
        for name, bound, sign in (("most_used", 0, 1.0), ("least_used", 1, -1.0)):
            builder.add_limits(name, np.zeros(len(plants)))
            builder.add_entries(name, plant, "build", columns[inside], sign * share)
            builder.add_entries(name, plants, "use_bounds", np.full(len(plants), bound), -sign)
        row = np.zeros(2, np.int64)
        builder.add_limits("plant_spread", np.array([self.spread]))
        builder.add_entries("plant_spread", row, "use_bounds", np.arange(2), np.array([1.0, -1.0]))
        builder.add_entries("plant_spread", row[:1], "missed_spread", row[:1], -1.0)

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """By how much plants are used too differently, in units of all their capacity."""
        total = float(self.capacity.sum())
        owner = ["locations"] * self._asked
        return {"broken_rules": missed("plant_spread", values["missed_spread"] * total, owner,
                                       self.data.rule_penalty)}  # fmt: skip
