"""(C7) Rules of sourcing: lots, minimum orders, shares, contracts, prices that rise with volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from solver.bounds import largest_orders
from solver.building import ModelBuilder, Spending, missed
from solver.data import ModelData
from solver.levers.base import Rule
from solver.options import ModelOptions
from solver.program import Flags, Floats, Ints
from supplychain.overrides import effective, owners
from supplychain.schema import WILDCARD


@dataclass(frozen=True)
class OrderSizes(Rule):
    """Orders are multiples of the lot, and none or at least the minimum.

    order = lot_size * lots; minimum * ordering <= order <= most * ordering. ``lot_column`` and
    ``minimum_column`` are the order variables with a lot or a minimum.
    """

    lot_column: Ints
    lot_size: Floats
    minimum_column: Ints
    minimum: Floats
    most: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Lots and minimum orders of the options that may be used."""
        flow = data.orders
        usable = flow.usable(options.alternates, options.repeats)
        lot, minimum = (flow.options[name].to_numpy(dtype=float)[flow.option]
                        for name in ("lot_size", "moq"))  # fmt: skip
        lots = np.flatnonzero(usable & (lot > 0))
        minimums = np.flatnonzero(usable & (minimum > 0))
        most = largest_orders(data, options, minimums)
        return cls(lots, lot[lots], minimums, minimum[minimums], most)

    def add_columns(self, builder: ModelBuilder) -> None:
        """Whole lots, and whether anything is ordered."""
        builder.add_switches("lots", len(self.lot_column))
        possible = np.where(self.most >= self.minimum, 1.0, 0.0)
        builder.add_switches("ordering", len(self.minimum_column), possible)

    def add_rows(self, builder: ModelBuilder) -> None:
        """The equations of lots and of minimum orders."""
        lots = np.arange(len(self.lot_column))
        builder.add_rows("lot_size", np.zeros(len(lots)), np.zeros(len(lots)))
        builder.add_entries("lot_size", lots, "order", self.lot_column, 1.0)
        builder.add_entries("lot_size", lots, "lots", lots, -self.lot_size)
        builder.add_nothing_or_least(("minimum_order", "largest_order"), "order",
                                     self.minimum_column, "ordering", self.minimum,
                                     self.most)  # fmt: skip


@dataclass(frozen=True)
class SourcingShares(Rule):
    """An option's share of all that is ordered for its item and location, over the horizon.

    The largest share holds always; the smallest in the periods in which the option can be ordered
    from and is not disrupted, and what it misses is priced. ``most`` and ``least`` are rows of
    the options in scope with such a share.
    """

    data: ModelData
    most: Ints
    least: Ints
    counted: Flags

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Shares of the options that may be used."""
        flow = data.orders
        table = flow.options
        usable = table["routine"].to_numpy(dtype=bool) | options.alternates
        known = usable & ~flow.is_new
        most = np.flatnonzero(usable & (table["max_share"] < 1.0).to_numpy())
        least = np.flatnonzero(known & (table["min_share"] > 0.0).to_numpy())
        return cls(data, most, least, _undisrupted(data) & (flow.columns >= 0))

    def add_columns(self, builder: ModelBuilder) -> None:
        """Units by which smallest shares are missed."""
        builder.add_misses("missed_share", len(self.least))

    def add_rows(self, builder: ModelBuilder) -> None:
        """The equations of the largest and of the smallest shares."""
        everything = np.ones_like(self.counted)
        self._rows(builder, "max_share", self.most, 1.0, everything)
        self._rows(builder, "min_share", self.least, -1.0, self.counted)
        rows = np.arange(len(self.least))
        builder.add_entries("min_share", rows, "missed_share", rows, -1.0)

    def _rows(
        self, builder: ModelBuilder, name: str, options: Ints, sign: float, counted: Flags
    ) -> None:
        """sign * (own orders - share * all orders of the item and location) <= 0."""
        flow = self.data.orders
        builder.add_limits(name, np.zeros(len(options)))
        place = flow.options.groupby(["item", "location"]).ngroup().to_numpy()
        shares = flow.options[name].to_numpy(dtype=float)
        for row, option in enumerate(options.tolist()):
            inside = counted[option][flow.period]
            own = np.flatnonzero(inside & (flow.option == option))
            every = np.flatnonzero(inside & (place[flow.option] == place[option]))
            builder.add_entries(name, np.full(len(own), row), "order", own, sign)
            builder.add_entries(name, np.full(len(every), row), "order", every,
                                -sign * shares[option])  # fmt: skip

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Smallest shares that are missed."""
        names = owners("sourcing", self.data.orders.options.iloc[self.least])
        penalty = self.data.rule_penalty
        return {"broken_rules": missed("min_share", values["missed_share"], names, penalty)}


def _undisrupted(data: ModelData) -> Flags:
    """Whether capacity and lead time are as stated, by option and period of order."""
    flow, network = data.orders, data.network
    stated = flow.options["lead_time"].to_numpy(dtype=float)[:, None]
    lead_time = effective(network, "lead_times", "sourcing", flow.options, "lead_time")
    fine = lead_time <= stated
    option, period = np.nonzero(flow.columns >= 0)
    dispatch = flow.dispatch[flow.columns[option, period]]
    for kind, row in (("sourcing", flow.options["row"]), ("supplier_capacity", data.order_group)):
        own = data.capacities[kind].capacity
        full = np.nan_to_num(network.table(kind)["capacity"].to_numpy(dtype=float), nan=np.inf)
        if not len(full):
            continue
        cut = np.nan_to_num(own, nan=np.inf) < full[:, None]
        number = np.asarray(row, dtype=np.int64)[option]
        fine[option, period] &= (number < 0) | ~cut[number, dispatch]
    return np.asarray(fine)


@dataclass(frozen=True)
class Contracts(Rule):
    """Take or pay: what is ordered under a contract, and its shortfall, reach its volume.

    ``volume`` is that of the periods inside the calendar, in proportion to all of its validity; all
    of it where an end is blank, unless no period is inside.
    """

    data: ModelData
    table: pd.DataFrame
    volume: Floats
    rows: Ints
    columns: Ints

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Contracts with a volume; the order variables under each."""
        network, flow = data.network, data.orders
        table = network.table("contracts")
        table = table[table["quantity"].notna()].reset_index(drop=True)
        first = data.date_numbers(table["valid_from"], 0)
        last = data.date_numbers(table["valid_to"], data.periods - 1)
        inside = np.minimum(last, data.periods - 1) - np.maximum(first, 0) + 1
        dated = table[["valid_from", "valid_to"]].notna().all(axis=1).to_numpy()
        share = np.maximum(inside, 0) / np.where(dated, last - first + 1, np.maximum(inside, 1))
        found_rows, found_columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for number, row in enumerate(table.itertuples()):
            match = (flow.options["supplier"] == row.supplier).to_numpy(copy=True)
            for name in ("item", "location"):
                wanted = getattr(row, name)
                match &= (flow.options[name] == wanted).to_numpy() | (wanted == WILDCARD)
            valid = (flow.period >= first[number]) & (flow.period <= last[number])
            columns = np.flatnonzero(match[flow.option] & valid)
            found_rows.append(np.full(len(columns), number))
            found_columns.append(columns)
        volume = table["quantity"].to_numpy(dtype=float) * share
        return cls(data, table, volume, np.concatenate(found_rows), np.concatenate(found_columns))

    def add_columns(self, builder: ModelBuilder) -> None:
        """Units of every contract that are not taken."""
        penalty = Spending("contracts", self.table["penalty"].to_numpy(dtype=float))
        builder.add_decisions("not_taken", penalty)

    def add_rows(self, builder: ModelBuilder) -> None:
        """Volume <= orders + shortfall."""
        contracts = np.arange(len(self.table))
        builder.add_limits("contracts", -self.volume)
        builder.add_entries("contracts", self.rows, "order", self.columns, -1.0)
        builder.add_entries("contracts", contracts, "not_taken", contracts, -1.0)

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """Volume, what is taken, what is short of it, and its cost."""
        taken = np.bincount(self.rows, values["order"][self.columns], len(self.table))
        table = self.table[["contract"]].assign(volume=self.volume, taken=taken)
        table["shortfall"] = np.maximum(self.volume - taken, 0.0)
        table["cost"] = table["shortfall"] * self.table["penalty"]
        return {"contracts": table}


@dataclass(frozen=True)
class PriceSteps(Rule):
    """Prices that rise with volume: order = sum over steps, each up to its width.

    One entry a variable: ``order`` variable, ``width`` of the step, its price and premium.
    """

    order: Ints
    width: Floats
    unit_cost: Floats
    premium: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Steps of every order variable of an option that has some."""
        flow, steps = data.orders, data.price_steps
        columns = pd.DataFrame({"option": flow.option, "order": np.arange(len(flow))})
        rows = columns.merge(steps, on="option")
        order = rows["order"].to_numpy(dtype=np.int64)
        rise = rows["rise"].to_numpy(dtype=float)
        non_routine = ~flow.routine[order]
        premium = np.where(non_routine, np.maximum(flow.excess[order] + rise, 0.0), 0.0)
        return cls(order, rows["width"].to_numpy(dtype=float),
                   rows["unit_cost"].to_numpy(dtype=float), premium)  # fmt: skip

    def add_columns(self, builder: ModelBuilder) -> None:
        """Units ordered within every step."""
        price = Spending("purchase", self.unit_cost, self.premium)
        builder.add_decisions("price_step", price, upper=self.width)

    def add_rows(self, builder: ModelBuilder) -> None:
        """Order = sum over its steps."""
        ordered, row = np.unique(self.order, return_inverse=True)
        builder.add_rows("price_steps", np.zeros(len(ordered)), np.zeros(len(ordered)))
        builder.add_entries("price_steps", np.arange(len(ordered)), "order", ordered, 1.0)
        builder.add_entries("price_steps", row, "price_step", np.arange(len(row)), -1.0)
