"""(C6) Qualification: whether and when to start making a new source ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from solver.bounds import largest_orders
from solver.building import Decision, ModelBuilder, Spending
from solver.data import ModelData
from solver.levers.stability import most_in_frozen
from solver.options import ModelOptions
from solver.program import Floats, Ints

KEY = ["item", "location", "supplier", "mode"]


@dataclass(frozen=True)
class Qualification:
    """One start of qualification at most for every option that needs one.

    ``option`` and ``period`` have one entry a variable; orders of the option are possible
    ``time`` periods after the start. ``order`` are the order variables that need it.
    """

    data: ModelData
    option: Ints
    period: Ints
    time: Ints
    cost: Floats
    upper: Floats
    order: Ints
    most: Floats

    @classmethod
    def of(cls, data: ModelData, options: ModelOptions) -> Self:
        """Starts early enough that an order can still follow."""
        flow = data.orders
        table = flow.options
        open_ones = flow.is_new & options.alternates
        time = np.nan_to_num(table["qualification_time"].to_numpy(dtype=float)).astype(np.int64)
        cost = np.nan_to_num(table["qualification_cost"].to_numpy(dtype=float))
        order = np.flatnonzero(open_ones[flow.option])
        last = np.full(len(table), -1)
        np.maximum.at(last, flow.option[order], flow.period[order])
        starts = np.arange(data.periods) <= (last - time)[:, None]
        option, period = np.nonzero(starts & open_ones[:, None])
        keys = table[KEY].iloc[option].assign(period=period)
        upper = most_in_frozen(data, options, "qualifications", keys, one=True)
        return cls(data, option, period, time, cost, np.minimum(upper, 1.0), order,
                   largest_orders(data, options, order))  # fmt: skip

    def add_columns(self, builder: ModelBuilder) -> None:
        """Whether the qualification of an option starts in a period."""
        cost = self.cost[self.option]
        builder.add_decisions("qualify", Spending("qualification", cost, cost), upper=self.upper,
                              integer=True)  # fmt: skip

    def add_rows(self, builder: ModelBuilder) -> None:
        """One start at most; no order before it is ready."""
        flow = self.data.orders
        wanted, row = np.unique(self.option, return_inverse=True)
        builder.add_limits("one_start", np.ones(len(wanted)))
        builder.add_entries("one_start", row, "qualify", np.arange(len(row)), 1.0)
        builder.add_limits("qualified", np.zeros(len(self.order)))
        orders = np.arange(len(self.order))
        builder.add_entries("qualified", orders, "order", self.order, 1.0)
        option, period = flow.option[self.order], flow.period[self.order]
        ready = self.period + self.time[self.option]
        starts = pd.DataFrame(
            {"option": self.option, "ready": ready, "start": np.arange(len(ready))}
        )
        pairs = pd.DataFrame({"option": option, "period": period, "order": orders}).merge(
            starts, on="option")  # fmt: skip
        pairs = pairs[pairs["ready"] <= pairs["period"]]
        order, start = (pairs[name].to_numpy(dtype=np.int64) for name in ("order", "start"))
        builder.add_entries("qualified", order, "qualify", start, -self.most[order])

    def keys(self) -> dict[str, pd.DataFrame]:
        """Option and period of the start."""
        rows = self.data.orders.options[KEY].iloc[self.option].reset_index(drop=True)
        return {"qualify": rows.assign(period=self.period)}

    def decisions(self, values: Mapping[str, Floats]) -> Iterable[Decision]:
        """Every qualification that starts."""
        table = self.data.orders.options
        for start in np.flatnonzero(values["qualify"] > 0.5).tolist():
            option = int(self.option[start])
            key, cost = table.iloc[option], float(self.cost[option])
            row = {"kind": "qualify", "item": key["item"], "quantity": 1.0,
                   "origin": key["supplier"], "destination": key["location"],
                   "mode": key["mode"], "cost": cost, "premium": cost}  # fmt: skip
            columns = np.flatnonzero(self.option == option)
            yield Decision(row, self.period[[start]], {"qualify": columns})

    def tables(self, values: Mapping[str, Floats]) -> dict[str, pd.DataFrame]:
        """The qualifications that start, and when each is ready."""
        started = np.flatnonzero(values["qualify"] > 0.5)
        option, calendar = self.option[started], self.data.network.calendar
        table = self.data.orders.options[KEY].iloc[option].reset_index(drop=True)
        table["period"] = calendar.dates_of(self.period[started])
        table["ready"] = calendar.dates_of(self.period[started] + self.time[option])
        cost = self.cost[option]
        return {"qualifications": table.assign(cost=cost, premium=cost)}
