"""(C14) Build short and retrofit: make a product without a scarce component, fit it later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from solver.building import Decision, ModelBuilder, Spending
from solver.data import ModelData, positions
from solver.levers.stability import most_in_frozen
from solver.options import ModelOptions
from solver.program import Floats, Ints
from supplychain.calendar import PERIODS_A_YEAR

KEY = ["item", "location", "version", "component"]
WEEKS_A_YEAR = 52.0
_SHARED = ("balance", "resources", "supplier_capacity", "production_capacity", "version_share",
           "smallest_run", "largest_run", "most_used", "least_used")  # fmt: skip


@dataclass(frozen=True)
class ShortBuilds:
    """Short builds, retrofits and parked units by kind: a row of ``short_builds`` with a version.

    ``kinds``: KEY, allowed (its row of short_builds), option, quantity_per and the terms of that
    row. ``builds``: kind and build variable, a row a short build; ``retrofits``: kind and period.
    A short build takes all that the build takes but the component; parked[t] = parked[t-1] + ready
    - retrofits, within the places.
    """

    data: ModelData
    kinds: pd.DataFrame
    kind: Ints
    build: Ints
    build_upper: Floats
    fitted: Ints
    fitted_period: Ints
    fitted_upper: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """What may be built short by the versions that may be used."""
        kinds = _kinds(data, options)
        flow = data.builds
        use = data.component_use[["column", "component"]]
        use = use.assign(option=flow.option[use["column"].to_numpy(dtype=np.int64)])
        rows = use.merge(kinds.reset_index(names="kind")[["kind", "option", "component"]],
                         on=["option", "component"])  # fmt: skip
        rows = rows.sort_values(["kind", "column"])
        kind, build = (rows[name].to_numpy(dtype=np.int64) for name in ("kind", "column"))
        lead_time = kinds["lead_time"].to_numpy(dtype=np.int64)
        fitted, period = np.nonzero(np.arange(data.periods) + lead_time[:, None] < data.periods)
        upper = [most_in_frozen(data, options, name, kinds[KEY].iloc[which].assign(period=when))
                 for name, which, when in (("short_builds", kind, flow.period[build]),
                                           ("retrofits", fitted, period))]  # fmt: skip
        return cls(data, kinds, kind, build, upper[0], fitted, period, upper[1])

    def _of_kinds(self, name: str) -> Floats:
        return np.asarray(np.nan_to_num(self.kinds[name].to_numpy(dtype=float)))

    @property
    def _parking(self) -> Floats:
        """Cost of one parked unit a period, by kind."""
        weeks = WEEKS_A_YEAR / PERIODS_A_YEAR[self.data.network.settings.bucket]
        return self._of_kinds("weekly_cost") * weeks

    def add_columns(self, builder: ModelBuilder) -> None:
        """Short builds, retrofits, and units that stand parked at the end of a period."""
        flow = self.data.builds
        made = Spending("production", flow.unit_cost[self.build], flow.premium[self.build])
        given_up = Spending("price_reduction", self.data.price_reduction[self.build])
        builder.add_decisions("short_build", made, given_up, upper=self.build_upper)
        fitting = self._of_kinds("retrofit_cost")[self.fitted]
        builder.add_decisions("retrofit", Spending("retrofit", fitting, fitting),
                              upper=self.fitted_upper)  # fmt: skip
        parking = np.repeat(self._parking, self.data.periods)
        builder.add_decisions("parked", Spending("retrofit", parking, parking))

    def add_rows(self, builder: ModelBuilder) -> None:
        """What short builds and retrofits take and give, and where they wait in between."""
        self._add_short_builds(builder)
        self._add_retrofits(builder)
        self._add_parked(builder)

    def _add_short_builds(self, builder: ModelBuilder) -> None:
        """The entries of the build, without its output and the component left out."""
        short = pd.DataFrame({"column": self.build, "variable": np.arange(len(self.build))})
        left_out = self._cells(self.kind, "component", self.data.builds.period[self.build])
        for block in _SHARED:
            if not builder.has_rows(block):
                continue
            rows, columns, values = builder.entries(block, "build")
            entries = pd.DataFrame({"row": rows, "column": columns, "value": values})
            entries = entries.merge(short, on="column")
            kept = np.ones(len(entries), bool)
            if block == "balance":
                variable = entries["variable"].to_numpy(dtype=np.int64)
                kept = (entries["value"] > 0).to_numpy() & (entries["row"] != left_out[variable])
            entries = entries[kept]
            builder.add_entries(block, entries["row"].to_numpy(dtype=np.int64), "short_build",
                                entries["variable"].to_numpy(dtype=np.int64),
                                entries["value"].to_numpy(dtype=float))  # fmt: skip

    def _cells(self, kind: Ints, name: str, period: Ints) -> Ints:
        """Balance rows of the item or component of kinds in periods."""
        place = positions(self.data.pair_index, self.kinds[name], self.kinds["location"])
        return np.asarray(place[kind] * self.data.periods + period)

    def _add_retrofits(self, builder: ModelBuilder) -> None:
        variables = np.arange(len(self.fitted))
        component = self._cells(self.fitted, "component", self.fitted_period)
        used = self._of_kinds("quantity_per")[self.fitted]
        builder.add_entries("balance", component, "retrofit", variables, used)
        finished = self._cells(self.fitted, "item", self._receipt)
        builder.add_entries("balance", finished, "retrofit", variables, -1.0)

    @property
    def _receipt(self) -> Ints:
        lead_time = self.kinds["lead_time"].to_numpy(dtype=np.int64)
        return np.asarray(self.fitted_period + lead_time[self.fitted])

    def _add_parked(self, builder: ModelBuilder) -> None:
        periods, count = self.data.periods, len(self.kinds)
        cells = np.arange(count * periods)
        builder.add_rows("parked", np.zeros(len(cells)), np.zeros(len(cells)))
        builder.add_entries("parked", cells, "parked", cells, 1.0)
        later = cells[cells % periods != 0]
        builder.add_entries("parked", later, "parked", later - 1, -1.0)
        ready = self.kind * periods + self.data.builds.receipt[self.build]
        builder.add_entries("parked", ready, "short_build", np.arange(len(ready)), -1.0)
        start = self.fitted * periods + self.fitted_period
        builder.add_entries("parked", start, "retrofit", np.arange(len(start)), 1.0)
        self._add_places(builder, cells)

    def _add_places(self, builder: ModelBuilder, cells: Ints) -> None:
        """Parked units of a row of the table within its places."""
        periods = self.data.periods
        limited = self.kinds[self.kinds["places"].notna()]
        allowed, row = np.unique(limited["allowed"].to_numpy(dtype=np.int64), return_inverse=True)
        places = self.data.network.table("short_builds")["places"].to_numpy(dtype=float)
        builder.add_limits("places", np.repeat(places[allowed], periods))
        columns = cells.reshape(-1, periods)[limited.index.to_numpy(dtype=np.int64)]
        rows = row[:, None] * periods + np.arange(periods)
        builder.add_entries("places", rows.ravel(), "parked", columns.ravel(), 1.0)

    def keys(self) -> dict[str, pd.DataFrame]:
        """Product, component left out, and period of the build or of the retrofit."""
        short, fitted = (self.kinds[KEY].iloc[kind].reset_index(drop=True)
                         for kind in (self.kind, self.fitted))  # fmt: skip
        return {"short_build": short.assign(period=self.data.builds.period[self.build]),
                "retrofit": fitted.assign(period=self.fitted_period)}  # fmt: skip

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """What is built short, without which component."""
        short, fitted = values["short_build"], values["retrofit"]
        parking = values["parked"].reshape(len(self.kinds), -1).sum(axis=1) * self._parking
        fitting = self._of_kinds("retrofit_cost")
        flow = self.data.builds
        for kind in np.unique(self.kind[short > 0]).tolist():
            own, used = self.kind == kind, np.flatnonzero((self.kind == kind) & (short > 0))
            key, build = self.kinds.iloc[kind], self.build[used]
            beside = float(parking[kind] + fitting[kind] * fitted[self.fitted == kind].sum())
            row = {"kind": "build short", "item": key["item"], "quantity": float(short[used].sum()),
                   "origin": key["component"], "destination": key["location"],
                   "mode": key["version"], "cost": beside,
                   "premium": beside + float(flow.premium[build] @ short[used])}  # fmt: skip
            yield Decision(row, flow.period[build], {"short_build": np.flatnonzero(own)})

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Short builds, retrofits and what is parked."""
        return {"short_builds": self._short_builds(values["short_build"]),
                "retrofits": self._retrofits(values["retrofit"]),
                "parked": self._parked(values["parked"])}  # fmt: skip

    def _short_builds(self, quantity: Floats) -> pd.DataFrame:
        used = np.flatnonzero(quantity > 0)
        flow, build, calendar = self.data.builds, self.build[used], self.data.network.calendar
        table = self.kinds[KEY].iloc[self.kind[used]].reset_index(drop=True)
        return table.assign(
            period=calendar.dates_of(flow.period[build]),
            ready=calendar.dates_of(flow.receipt[build]),
            quantity=quantity[used], unit_cost=flow.unit_cost[build],
            cost=flow.unit_cost[build] * quantity[used],
            premium=flow.premium[build] * quantity[used], routine=flow.routine[build],
        )  # fmt: skip

    def _retrofits(self, quantity: Floats) -> pd.DataFrame:
        used = np.flatnonzero(quantity > 0)
        calendar, kind = self.data.network.calendar, self.fitted[used]
        table = self.kinds[KEY].iloc[kind].reset_index(drop=True)
        cost = self._of_kinds("retrofit_cost")[kind] * quantity[used]
        return table.assign(
            period=calendar.dates_of(self.fitted_period[used]),
            receipt=calendar.dates_of(self._receipt[used]),
            quantity=quantity[used], cost=cost, premium=cost,
        )  # fmt: skip

    def _parked(self, quantity: Floats) -> pd.DataFrame:
        used = np.flatnonzero(quantity > 0)
        kind, period = np.divmod(used, self.data.periods)
        table = self.kinds[KEY].iloc[kind].reset_index(drop=True)
        cost = self._parking[kind] * quantity[used]
        dates = self.data.network.calendar.dates_of(period)
        return table.assign(period=dates, quantity=quantity[used], cost=cost, premium=cost)


def _kinds(data: ModelData, options: ModelOptions) -> pd.DataFrame:
    """What may be built short, by version: rows of ``short_builds`` with their build options."""
    allowed = data.network.table("short_builds")
    if not options.short_builds:
        allowed = allowed.iloc[:0]
    table = data.builds.options
    usable = table["routine"].to_numpy(dtype=bool) | options.alternates
    versions = table.loc[usable, ["item", "location", "version"]].reset_index(names="option")
    rows = allowed.reset_index(names="allowed").merge(versions, on=["item", "location"])
    content = data.bom[["option", "component", "quantity_per"]]
    rows = rows.merge(content[content["quantity_per"] > 0], on=["option", "component"])
    return rows.sort_values(["allowed", "option"], ignore_index=True)
