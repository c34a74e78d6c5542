"""(C12) Substitutes: approved replacements of a component in a parent, the green list."""

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
from solver.program import Floats

KEY = ["item", "location", "version", "component", "substitute"]
_STEP = ["column", "component"]


@dataclass(frozen=True)
class Substitution:
    """Units of a component replaced in the builds of one option in one period, a row a variable.

    ``rows``: column (of build), KEY, ratio, unit_cost, premium, upper.
    """

    data: ModelData
    rows: pd.DataFrame

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Approved replacements of what builds use, and of what replaces that."""
        approved = data.network.table("substitutes")
        if not options.substitutes:
            approved = approved.iloc[:0]
        approved = approved.assign(first=data.date_numbers(approved["approved_from"], 0))
        rows = _replacements(data, approved)
        inside = positions(data.pair_index, rows["substitute"], rows["location"]) >= 0
        rows = rows[inside & (rows["period"] >= rows["first"]).to_numpy()].reset_index(drop=True)
        value = data.replacement.reindex
        excess = (rows["extra_cost"].to_numpy(dtype=float)
                  + rows["ratio"].to_numpy(dtype=float) * value(rows["substitute"]).to_numpy()
                  - value(rows["component"]).to_numpy())  # fmt: skip
        premium = np.maximum(np.where(np.isfinite(excess), excess, rows["extra_cost"]), 0.0)
        upper = most_in_frozen(data, options, "substitutions", rows[[*KEY, "period"]])
        return cls(data, rows.assign(premium=premium, upper=upper))

    def add_columns(self, builder: ModelBuilder) -> None:
        """Component units replaced."""
        cost = self.rows["extra_cost"].to_numpy(dtype=float)
        spending = Spending("substitution", cost, self.rows["premium"].to_numpy(dtype=float))
        builder.add_decisions("replace", spending, upper=self.rows["upper"].to_numpy(dtype=float))

    def add_rows(self, builder: ModelBuilder) -> None:
        """Less of the component, more of the substitute; no more than is used."""
        rows, data = self.rows, self.data
        columns = np.arange(len(rows))
        ratio = rows["ratio"].to_numpy(dtype=float)
        for name, factor in (("component", -1.0), ("substitute", ratio)):
            place = positions(data.pair_index, rows[name], rows["location"])
            cells = place * data.periods + rows["period"].to_numpy(dtype=np.int64)
            builder.add_entries("balance", np.asarray(cells, np.int64), "replace", columns, factor)
        used = np.asarray(rows.groupby(_STEP, sort=True).ngroup(), np.int64)
        keys = rows[_STEP].drop_duplicates().sort_values(_STEP, ignore_index=True)
        builder.add_limits("replaced", np.zeros(len(keys)))
        builder.add_entries("replaced", used, "replace", columns, 1.0)
        self._add_use(builder, keys)

    def _add_use(self, builder: ModelBuilder, keys: pd.DataFrame) -> None:
        """What is there to be replaced: of the BOM, and what is a substitute itself."""
        numbered = keys.assign(row=np.arange(len(keys)))
        stated = self.data.component_use.merge(numbered, on=_STEP)
        builder.add_entries("replaced", stated["row"].to_numpy(dtype=np.int64), "build",
                            stated["column"].to_numpy(dtype=np.int64),
                            -stated["quantity_per"].to_numpy(dtype=float))  # fmt: skip
        again = self.rows[["column", "substitute", "ratio"]].rename(
            columns={"substitute": "component"})  # fmt: skip
        again = again.reset_index(names="variable").merge(numbered, on=_STEP)
        builder.add_entries("replaced", again["row"].to_numpy(dtype=np.int64), "replace",
                            again["variable"].to_numpy(dtype=np.int64),
                            -again["ratio"].to_numpy(dtype=float))  # fmt: skip

    def keys(self) -> dict[str, pd.DataFrame]:
        """Build, component, substitute and period."""
        return {"replace": self.rows[[*KEY, "period"]]}

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """What replaces what, in which parent, where."""
        rows = self.rows.assign(quantity=values["replace"])
        keys = ["component", "substitute", "item", "location"]
        for key, group in rows[rows["quantity"] > 0].groupby(keys, sort=True):
            component, substitute, item, location = key
            same = (rows[keys] == list(key)).all(axis=1).to_numpy()
            quantity = group["quantity"]
            row = {"kind": "substitute", "item": component, "quantity": float(quantity.sum()),
                   "origin": substitute, "destination": location, "mode": item,
                   "cost": float((quantity * group["extra_cost"]).sum()),
                   "premium": float((quantity * group["premium"]).sum())}  # fmt: skip
            periods = group["period"].to_numpy(dtype=np.int64)
            yield Decision(row, periods, {"replace": np.flatnonzero(same)})

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """What is replaced by what, in which builds."""
        quantity = values["replace"]
        used = np.flatnonzero(quantity > 0)
        rows = self.rows.iloc[used].reset_index(drop=True)
        dates = self.data.network.calendar.dates_of(rows["period"].to_numpy(dtype=np.int64))
        table = rows[KEY].assign(period=dates, quantity=quantity[used])
        table["used"] = table["quantity"] * rows["ratio"]
        table["cost"] = table["quantity"] * rows["extra_cost"]
        table["premium"] = table["quantity"] * rows["premium"]
        return {"substitutions": table}


def _replacements(data: ModelData, approved: pd.DataFrame) -> pd.DataFrame:
    """Replacements by build variable: of components, then of what replaced them, and so on."""
    builds = data.builds
    keys = builds.options[["item", "location", "version"]].iloc[builds.option]
    keys = keys.reset_index(drop=True).assign(period=builds.period, column=np.arange(len(builds)))
    used = data.component_use[_STEP].merge(keys, on="column")
    on = ["item", "location", "component"]
    found = [used.merge(approved, on=on)]
    while len(found[-1]):
        chained = found[-1][["column", *keys.columns.drop("column"), "substitute"]].rename(
            columns={"substitute": "component"})  # fmt: skip
        known = pd.concat(found)[["column", *on]].drop_duplicates()
        fresh = chained.merge(known, how="left", on=["column", *on], indicator=True)
        fresh = fresh[fresh["_merge"] == "left_only"].drop(columns="_merge").drop_duplicates()
        found.append(fresh.merge(approved, on=on))
    rows = pd.concat(found, ignore_index=True)
    return rows.drop_duplicates(["column", "component", "substitute"], ignore_index=True)
