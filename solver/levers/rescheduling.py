"""(C16) Rescheduling of scheduled receipts: expedite, push out, cancel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from solver.building import Decision, ModelBuilder, Spending, ranges
from solver.data import ModelData, positions
from solver.levers.stability import most_in_frozen
from solver.options import ModelOptions
from solver.program import Flags, Floats, Ints
from solver.receipts import IN_TRANSIT, NEVER
from supplychain.overrides import effective

KEY = ["order_id", "line"]
_LIMITS = {"sourcing": "sourcing_capacity", "lanes": "lane_capacity"}


@dataclass(frozen=True)
class Rescheduling:
    """Parts of scheduled receipts received in another period, or not at all.

    A variable moves units of a part: ``part`` and new receipt ``period``; another cancels units of
    ``cancelled``, parts due after the frozen periods. A part that is not in transit frees the
    capacity of its dispatch and takes that of a transit time before its new receipt.
    """

    data: ModelData
    part: Ints
    period: Ints
    upper: Floats
    cancelled: Ints
    refund: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Moves of parts in scope that have a price for them."""
        parts, table = data.committed, data.committed.table
        place = positions(data.pair_index, table["item"], table["location"])
        movable = (place >= 0) & (parts.dispatch != NEVER) & options.rescheduling
        waits = parts.dispatch != IN_TRANSIT
        receipt = np.where(parts.receipt < 0, data.periods, parts.receipt)
        earliest = np.maximum(data.date_numbers(table["earliest"], 0), 0)
        forward = movable & table["expedite_cost"].notna().to_numpy()
        back = movable & waits & table["cancel_cost"].notna().to_numpy()
        sooner = ranges(earliest, np.where(forward, np.maximum(receipt - earliest, 0), 0))
        later = ranges(receipt + 1, np.where(back, np.maximum(data.periods - 1 - receipt, 0), 0))
        part, period = (np.concatenate(pair) for pair in zip(sooner, later, strict=True))
        keys = table[KEY].iloc[part].assign(period=period)
        upper = most_in_frozen(data, options, "reschedules", keys)
        cancelled = np.flatnonzero(back & (receipt >= data.network.settings.frozen_periods))
        return cls(data, part, period, upper, cancelled, _refund(data, cancelled))

    @property
    def _is_sooner(self) -> Flags:
        receipt = self.data.committed.receipt[self.part]
        return np.asarray((receipt < 0) | (self.period < receipt))

    def _stated(self, name: str, parts: Ints) -> Floats:
        stated = self.data.committed.table[name].to_numpy(dtype=float)
        return np.asarray(np.nan_to_num(stated[parts]))

    def add_columns(self, builder: ModelBuilder) -> None:
        """Units moved, and units cancelled."""
        forward = np.where(self._is_sooner, self._stated("expedite_cost", self.part), 0.0)
        builder.add_decisions("reschedule", Spending("rescheduling", forward, forward),
                              upper=self.upper)  # fmt: skip
        fee = self._stated("cancel_cost", self.cancelled)
        frozen = self.data.network.settings.frozen_periods
        receipt = self.data.committed.receipt[self.cancelled]
        upper = np.where((receipt >= 0) & (receipt < frozen), 0.0, np.inf)
        builder.add_decisions("cancel", Spending("rescheduling", fee - self.refund, fee),
                              upper=upper)  # fmt: skip

    def add_rows(self, builder: ModelBuilder) -> None:
        """Receipts moved in the balance, dispatches in the capacities, none more than there is."""
        parts, moves = self.data.committed, np.arange(len(self.part))
        cancels = np.arange(len(self.cancelled))
        builder.add_entries(
            "balance", self._cells(self.part, self.period), "reschedule", moves, -1.0
        )
        for name, variables, part in (("reschedule", moves, self.part),
                                      ("cancel", cancels, self.cancelled)):  # fmt: skip
            self._leave(builder, name, variables, part)
            self._dispatch(builder, name, variables, part, parts.dispatch[part], -1.0)
        transit = parts.sources.transit[self.part]
        anew = np.maximum(self.period - transit, 0)
        self._dispatch(builder, "reschedule", moves, self.part, anew, 1.0)
        known, row = np.unique(np.concatenate([self.part, self.cancelled]), return_inverse=True)
        builder.add_limits("rescheduled", parts.quantity[known])
        for name, variables, rows in (("reschedule", moves, row[: len(moves)]),
                                      ("cancel", cancels, row[len(moves) :])):  # fmt: skip
            builder.add_entries("rescheduled", rows, name, variables, 1.0)

    def _cells(self, part: Ints, period: Ints) -> Ints:
        table = self.data.committed.table
        place = positions(self.data.pair_index, table["item"], table["location"])
        return np.asarray(place[part] * self.data.periods + period)

    def _leave(self, builder: ModelBuilder, name: str, variables: Ints, part: Ints) -> None:
        """What is moved or cancelled is missing where it was to arrive."""
        receipt = self.data.committed.receipt[part]
        inside = receipt >= 0
        cells = self._cells(part[inside], receipt[inside])
        builder.add_entries("balance", cells, name, variables[inside], 1.0)
        items = pd.Index(self.data.committed.table["item"].iloc[part[~inside]])
        rows = self.data.closing.index.get_indexer(items)
        builder.add_entries("closing", rows, name, variables[~inside], 1.0)

    def _dispatch(
        self, builder: ModelBuilder, name: str, variables: Ints, part: Ints, period: Ints,
        sign: float,
    ) -> None:  # fmt: skip
        """Capacity of the option and of the supplier's group that a dispatch takes."""
        sources = self.data.committed.sources
        waits = self.data.committed.dispatch[part] != IN_TRANSIT
        kind = np.array(sources.kind, dtype=object)[part] if len(part) else np.zeros(0, object)
        for table, block in _LIMITS.items():
            owner = np.where(waits & (kind == table), sources.row[part], -1)
            self._take(builder, block, table, owner, period, name, variables, sign)
        group = np.where(waits, sources.group[part], -1)
        table = "supplier_capacity"
        self._take(builder, table, table, group, period, name, variables,
                   sign * sources.group_per_unit[part])  # fmt: skip

    def _take(
        self, builder: ModelBuilder, block: str, table: str, owner: Ints, period: Ints, name: str,
        variables: Ints, values: Floats | float,
    ) -> None:  # fmt: skip
        rows = self.data.capacities[table].rows_of(owner, period)
        limited = rows >= 0
        every = np.broadcast_to(np.asarray(values, dtype=float), len(rows))
        builder.add_entries(block, rows[limited], name, variables[limited], every[limited])

    def keys(self) -> dict[str, pd.DataFrame]:
        """Order line, its dispatch as it stands, and the new receipt; decided by the dispatch."""
        return {"reschedule": self._key(self.part).assign(receipt=self.period),
                "cancel": self._key(self.cancelled)}  # fmt: skip

    def _key(self, parts: Ints) -> pd.DataFrame:
        rows = self.data.committed.table[KEY].iloc[parts].reset_index(drop=True)
        return rows.assign(dispatch=self.data.committed.dispatch[parts], period=self._leaves(parts))

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """Every order line that is expedited, pushed out or cancelled."""
        table = self.tables(values)["reschedules"]
        names = self.data.committed.table[KEY].agg(" ".join, axis=1).to_numpy(dtype=object)
        moved, gone = names[self.part], names[self.cancelled]
        parts = {"expedite": ("reschedule", moved, self._is_sooner, self._leaves(self.part)),
                 "push out": ("reschedule", moved, ~self._is_sooner, self._leaves(self.part)),
                 "cancel": ("cancel", gone, np.ones(len(gone), bool),
                            self._leaves(self.cancelled))}  # fmt: skip
        keys = [*KEY, "kind", "item", "origin", "location"]
        for key, group in table.groupby(keys, sort=True, dropna=False):
            order, line, kind, item, origin, location = key
            block, owners, of_kind, leaves = parts[str(kind)]
            columns = np.flatnonzero((owners == f"{order} {line}") & of_kind)
            row = {"kind": kind, "item": item, "quantity": float(group["quantity"].sum()),
                   "origin": origin, "destination": location, "mode": f"{order} {line}",
                   "cost": float(group["cost"].sum()),
                   "premium": float(group["premium"].sum())}  # fmt: skip
            used = columns[values[block][columns] > 0]
            yield Decision(row, leaves[used], {block: columns})

    def _leaves(self, parts: Ints) -> Ints:
        """Period in which each part is dispatched as it stands: until then it can be changed."""
        return np.maximum(self.data.committed.dispatch[parts], 0)

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """What is expedited, pushed out and cancelled."""
        moved, cancelled = values["reschedule"], values["cancel"]
        used, gone = np.flatnonzero(moved > 0), np.flatnonzero(cancelled > 0)
        forward = self._is_sooner[used]
        price = np.where(forward, self._stated("expedite_cost", self.part[used]), 0.0)
        fee = self._stated("cancel_cost", self.cancelled[gone])
        rows = [
            self._rows(self.part[used], np.where(forward, "expedite", "push out"),
                       self.period[used], moved[used], price, price),
            self._rows(self.cancelled[gone], np.full(len(gone), "cancel"), np.full(len(gone), -1),
                       cancelled[gone], fee - self.refund[gone], fee),
        ]  # fmt: skip
        table = pd.concat(rows, ignore_index=True)
        keys = [name for name in table if name not in ("quantity", "cost", "premium")]
        return {"reschedules": table.groupby(keys, as_index=False, dropna=False).sum()}

    def _rows(
        self, part: Ints, kind: object, receipt: Ints, quantity: Floats, cost: Floats,
        premium: Floats,
    ) -> pd.DataFrame:  # fmt: skip
        committed = self.data.committed
        table = committed.table[[*KEY, "item", "location", "origin"]].iloc[part]
        return table.reset_index(drop=True).assign(
            kind=pd.Series(kind, dtype="str"),
            planned=self.data.dates_or_blank(committed.receipt[part]),
            receipt=self.data.dates_or_blank(receipt),
            quantity=quantity, cost=cost * quantity, premium=premium * quantity,
        )  # fmt: skip


def _refund(data: ModelData, parts: Ints) -> Floats:
    """What is not paid for a cancelled unit: the price of the option that it comes by."""
    committed, network = data.committed, data.network
    sourcing = network.table("sourcing")
    price = effective(network, "unit_costs", "sourcing", sourcing, "unit_cost")
    kind = np.array(committed.sources.kind, dtype=object)
    bought = kind[parts] == "sourcing" if len(parts) else np.zeros(0, bool)
    refund = np.zeros(len(parts))
    rows = committed.sources.row[parts][bought]
    refund[bought] = price[rows, committed.dispatch[parts][bought]]
    return refund
