"""(C10) Stability: frozen periods repeat the last plan, and changing it has a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.building import ModelBuilder, Spending, missed
from solver.data import FLOW_KEYS, Flow, ModelData
from solver.levers.base import Rule
from solver.options import LastPlan, ModelOptions
from solver.program import Floats, Ints
from supplychain.overrides import owners

FLOW_TABLES = {"order": ("orders", "sourcing"), "transfer": ("transfers", "lanes"),
               "build": ("builds", "production")}  # fmt: skip


def most_in_frozen(
    data: ModelData, options: ModelOptions, table: str, keys: pd.DataFrame, one: bool = False
) -> Floats:
    """Upper bounds of lever decisions: in a frozen period, what the last plan decided (else 0).

    ``keys`` has the key columns of result table ``table`` and the number of the period, a row a
    variable. ``one`` counts rows instead of their quantity.
    """
    frozen = keys["period"].to_numpy(dtype=np.int64) < data.network.settings.frozen_periods
    upper = np.full(len(keys), np.inf)
    upper[frozen] = 0.0
    last = LastPlan() if options.last is None else options.last
    if table in last.tables and frozen.any():
        upper[frozen] = _looked_up(data, last.tables[table], keys[frozen], one)
    return upper


def _looked_up(data: ModelData, rows: pd.DataFrame, keys: pd.DataFrame, one: bool) -> Floats:
    """Quantity of the last plan for every row of ``keys``; 0 where it has none."""
    names = list(keys.columns)
    stated = rows.assign(period=data.network.calendar.index(rows["period"]) if len(rows) else 0)
    stated = stated.assign(quantity=1.0) if one else stated
    quantity = stated.groupby(names)["quantity"].sum()
    found = quantity.reindex(pd.MultiIndex.from_frame(keys)).fillna(0.0)
    return found.to_numpy(dtype=float)


def last_quantities(data: ModelData, last: LastPlan, name: str) -> Floats:
    """What the last plan decided, for every variable of the flow ``name``."""
    flow = data.flow(name)
    table, _ = FLOW_TABLES[name]
    keys = flow.options[FLOW_KEYS[name]].iloc[flow.option].assign(period=flow.period)
    rows = last.tables.get(table)
    if rows is None or not len(rows):
        return np.zeros(len(flow))
    return _looked_up(data, rows, keys, one=False)


@dataclass(frozen=True)
class Stability(Rule):
    """Decisions of frozen periods and changes of all periods, against the last plan.

    frozen: decision - more + less = last; changes: decision - increase + decrease = last. Blocks
    are named by their flow. ``last`` has the last decision of every variable by flow, and is empty
    without a last plan. ``gone`` are the last decisions that no variable can repeat: changes that
    are not to be helped (owner, period, quantity).
    """

    data: ModelData
    last: dict[str, Floats]
    frozen: dict[str, Ints]
    gone: dict[str, pd.DataFrame]

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Nothing without a last plan."""
        if options.last is None:
            return cls(data, {}, {}, {})
        last = {name: last_quantities(data, options.last, name) for name in FLOW_TABLES}
        end = data.network.settings.frozen_periods
        frozen = {name: np.flatnonzero(data.flow(name).period < end) for name in FLOW_TABLES}
        gone = {name: _impossible(data, options.last, name) for name in FLOW_TABLES}
        return cls(data, last, frozen, gone)

    @property
    def _price(self) -> float:
        return self.data.network.settings.change_cost

    def add_columns(self, builder: ModelBuilder) -> None:
        """Misses of frozen decisions; increases and decreases where they have a price."""
        for name, last in self.last.items():
            builder.add_misses(f"frozen_more_{name}", len(self.frozen[name]))
            builder.add_misses(f"frozen_less_{name}", len(self.frozen[name]))
            if self._price:
                price = Spending("changes", np.full(len(last), self._price))
                builder.add_decisions(f"increase_{name}", price)
                builder.add_decisions(f"decrease_{name}", price, upper=last)
                lost = Spending("changes", np.full(len(self.gone[name]), self._price))
                builder.add_decisions(f"gone_{name}", lost)

    def add_rows(self, builder: ModelBuilder) -> None:
        """Decisions less what they are more, and what they are less, than the last."""
        for name, last in self.last.items():
            frozen = self.frozen[name]
            self._rows(builder, f"frozen_{name}", name, frozen, last[frozen],
                       (f"frozen_more_{name}", f"frozen_less_{name}"))  # fmt: skip
            if self._price:
                self._rows(builder, f"changes_{name}", name, np.arange(len(last)), last,
                           (f"increase_{name}", f"decrease_{name}"))  # fmt: skip
                gone = self.gone[name]["quantity"].to_numpy(dtype=float)
                self._rows(builder, f"gone_{name}", f"gone_{name}", np.arange(len(gone)), gone, ())

    @staticmethod
    def _rows(
        builder: ModelBuilder, rows: str, name: str, columns: Ints, last: Floats,
        parts: tuple[str, ...],
    ) -> None:  # fmt: skip
        builder.add_rows(rows, last, last)
        numbers = np.arange(len(columns))
        builder.add_entries(rows, numbers, name, columns, 1.0)
        for part, sign in zip(parts, (-1.0, 1.0), strict=False):
            builder.add_entries(rows, numbers, part, numbers, sign)

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Frozen decisions that are missed, and changes with their cost."""
        if not self.last:
            return {}
        broken = [self._broken(name, values[name]) for name in self.last]
        changes = [self._changes(name, values[name]) for name in self.last]
        return {"broken_rules": pd.concat(broken, ignore_index=True),
                "changes": pd.concat(changes, ignore_index=True)}  # fmt: skip

    def _broken(self, name: str, quantity: Floats) -> pd.DataFrame:
        flow, columns = self.data.flow(name), self.frozen[name]
        miss = _difference(quantity, self.last[name])[columns]
        names = _owners(flow, name)[flow.option[columns]]
        gone = self.gone[name]
        gone = gone[gone["period"] < self.data.network.settings.frozen_periods]
        period = np.concatenate([flow.period[columns], gone["period"]]).astype(np.int64)
        dates = self.data.network.calendar.dates_of(period)
        return missed("frozen", np.concatenate([np.abs(miss), gone["quantity"]]),
                      [*names, *gone["owner"]], self.data.rule_penalty, dates)  # fmt: skip

    def _changes(self, name: str, quantity: Floats) -> pd.DataFrame:
        flow, last, gone = self.data.flow(name), self.last[name], self.gone[name]
        changed = np.flatnonzero(_difference(quantity, last))
        before = np.concatenate([last[changed], gone["quantity"]])
        after = np.concatenate([quantity[changed], np.zeros(len(gone))])
        period = np.concatenate([flow.period[changed], gone["period"]]).astype(np.int64)
        return pd.DataFrame({
            "kind": name, "owner": [*_owners(flow, name)[flow.option[changed]], *gone["owner"]],
            "period": self.data.network.calendar.dates_of(period),
            "before": before, "after": after, "cost": self._price * np.abs(after - before),
        })  # fmt: skip


def _impossible(data: ModelData, last: LastPlan, name: str) -> pd.DataFrame:
    """Decisions of the last plan for options and periods of the network without a variable."""
    flow, (table, kind) = data.flow(name), FLOW_TABLES[name]
    rows = last.tables.get(table, pd.DataFrame())
    if not len(rows):
        return pd.DataFrame({"owner": [], "period": np.zeros(0, np.int64), "quantity": []})
    rows = pd.DataFrame({"owner": owners(kind, rows), "quantity": rows["quantity"],
                         "period": data.network.calendar.index(rows["period"])})  # fmt: skip
    known = rows["owner"].isin(owners(kind, data.network.table(kind)))
    inside = (rows["period"] >= 0) & (rows["period"] < data.periods) & (rows["quantity"] > 0)
    possible = pd.MultiIndex.from_arrays([_owners(flow, name)[flow.option], flow.period])
    repeated = pd.MultiIndex.from_frame(rows[["owner", "period"]]).isin(possible)
    return rows[known & inside & ~repeated].reset_index(drop=True)


def _difference(quantity: Floats, last: Floats) -> Floats:
    """Change against the last plan, without the solver's rounding."""
    change = quantity - last
    return np.where(np.abs(change) <= 1e-7 * np.maximum(1.0, last), 0.0, change)


def _owners(flow: Flow, name: str) -> npt.NDArray[np.object_]:
    return owners(FLOW_TABLES[name][1], flow.options).to_numpy(dtype=object)
