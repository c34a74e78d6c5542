"""What the futures of a plan cost and earn, by the terms of the plan's own costs.

Revenue is earned when served. An order that draws on no modelled stock is paid as planned, in the
period in which it is placed; what draws on stock - builds, transfers, other orders, retrofits - is
paid as far as it is started, at the cost of the option in that period. Waiting units cost
backorder_cost for every period at whose end they wait before their deadline; lost ones lost_cost.
Closing stock counts as in the plan, what is late and in transit included. Overtime, qualification,
rescheduling and changes are paid as planned; so are contracts: what of one is not taken depends on
orders alone. Without uncertainty every term is that of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain.calendar import PERIODS_A_YEAR
from supplychain.checker.keys import Keys, numbers_of, tally
from supplychain.checker.report import FloatArray, IntArray
from supplychain.checker.values import recompute_values
from supplychain.simulation.activities import BUILD, ORDER, RETROFIT, TRANSFER
from supplychain.simulation.execution import NEVER_ARRIVES, Arrivals, Execution
from supplychain.simulation.futures import Futures
from supplychain.simulation.step import Lived, State

TERMS = ("revenue", "purchase", "production", "freight", "holding", "backorder", "lost",
         "substitution", "price_reduction", "retrofit", "overtime", "rescheduling",
         "qualification", "contracts", "changes", "closing")  # fmt: skip
EARNED = ("revenue", "closing")
# tables whose cost is paid as planned: their term, and when they are paid (None: at once)
_AS_PLANNED = {"overtime": ("overtime", "period"), "qualifications": ("qualification", "period"),
               "reschedules": ("rescheduling", None), "contracts": ("contracts", None),
               "changes": ("changes", None)}  # fmt: skip
_TINY = 1e-9  # of a demand row: the rounding that service tables leave out


class MoneyMeasure:
    """Collects the terms of the profit by sample.

    ``closing`` is that table of the plan, whose targets and receipts beyond the horizon hold.
    """

    def __init__(
        self, execution: Execution, tables: Mapping[str, pd.DataFrame], futures: Futures
    ) -> None:
        self._demand = futures.demand
        self._served = np.zeros_like(futures.demand)
        self.terms = {name: np.zeros(futures.samples) for name in TERMS}
        self._closing = _Closing(execution, tables["closing"])
        prices = execution.demand.table[["unit_revenue", "backorder_cost", "lost_cost"]]
        self._price, self._waiting, self._lost = prices.to_numpy(np.float64).T
        self.follow(execution, tables)

    def follow(
        self, execution: Execution, tables: Mapping[str, pd.DataFrame], first: int = 0
    ) -> None:
        """Go on with another plan for the same demand, from period ``first``."""
        self._execution = execution
        self._holding = _holding(execution)
        self._rates = _rates(execution, tables["orders"])
        self._sunk = _as_planned(execution, tables, first)

    def observe(self, state: State, lived: Lived) -> None:
        """Take a period into account; ``state`` is that at its end."""
        period, rows, terms = lived.period, lived.rows, self.terms
        demand = self._execution.demand
        self._served[rows] += lived.delivered
        terms["revenue"] += _sum(self._price[rows], lived.delivered)
        for name, rates in self._rates.items():
            terms[name] += _sum(rates[:, period], lived.started)
        for name, amounts in self._sunk.items():
            terms[name] += amounts[period]
        on_hand = np.maximum(state.on_hand, 0.0)
        terms["holding"] += _sum(self._holding, on_hand)
        terms["retrofit"] += _sum(self._execution.parked_cost, on_hand)
        waits = np.where(demand.last[rows] > period, self._waiting[rows], 0.0)
        terms["backorder"] += _sum(waits, self._unserved(rows))

    def table(self, state: State, arrivals: Arrivals) -> pd.DataFrame:
        """Money by sample, terms and profit; ``state`` is that after the last period."""
        execution, terms = self._execution, self.terms
        lost = execution.demand.lost_in_horizon(execution.periods) & (execution.demand.pair >= 0)
        terms["lost"] = _sum(self._lost * lost, self._unserved(np.arange(len(lost))))
        terms["closing"] = self._closing.value(execution, state, arrivals)
        profit = sum(values if name in EARNED else -values for name, values in terms.items())
        samples = pd.RangeIndex(self._demand.shape[1], name="sample")
        return pd.DataFrame({**terms, "profit": profit}, index=samples)

    def _unserved(self, rows: IntArray) -> FloatArray:
        left = np.maximum(self._demand[rows] - self._served[rows], 0.0)
        left[left < _TINY * self._demand[rows]] = 0.0
        return left


def _sum(rates: FloatArray, units: FloatArray) -> FloatArray:
    """Sum over rows of a rate a unit times units (rows x N)."""
    return np.asarray(np.einsum("i,ij->j", rates, units))


def _holding(execution: Execution) -> FloatArray:
    """Cost of one unit on hand at the end of a period, by item-location; 0 where it is parked."""
    network, items = execution.chain.network, execution.chain.network.table("items")
    rate = network.settings.holding_rate / PERIODS_A_YEAR[network.settings.bucket]
    value = items["unit_cost"].fillna(0.0).to_numpy(np.float64)
    places = execution.places.frame
    stored = ~execution.is_parked
    return np.where(stored, rate * value[Keys(items, ["item"]).find(places)], 0.0)


def _rates(execution: Execution, orders: pd.DataFrame) -> dict[str, FloatArray]:
    """Money for one unit started, by term (activities x periods)."""
    chain, activities = execution.chain, execution.activities
    kind, option = activities.kind, activities.option
    rates = {name: np.zeros(activities.planned.shape)
             for name in ("production", "freight", "purchase", "price_reduction", "substitution",
                          "retrofit")}  # fmt: skip
    built, moved, drawn = (np.flatnonzero(kind == one) for one in (BUILD, TRANSFER, ORDER))
    rates["production"][built] = chain.production.unit_cost[option[built]]
    reduction = chain.production.table["price_reduction"].fillna(0.0).to_numpy(np.float64)
    rates["price_reduction"][built] = reduction[option[built], None]
    rates["substitution"][built] = activities.extra[built, None]
    rates["freight"][moved] = chain.lanes.unit_cost[option[moved]]
    each = (orders["cost"] / orders["quantity"]).to_numpy(np.float64)
    rates["purchase"][drawn] = each[activities.order_row[drawn], None]
    rates["retrofit"][kind == RETROFIT] = activities.extra[kind == RETROFIT, None]
    return rates


def _as_planned(
    execution: Execution, tables: Mapping[str, pd.DataFrame], first: int
) -> dict[str, FloatArray]:
    """Money that is paid whatever happens, by term (periods)."""
    calendar, activities = execution.chain.calendar, execution.activities
    orders = tables["orders"]
    drawn = activities.order_row[activities.kind == ORDER]
    others = np.delete(np.arange(len(orders)), drawn)
    paid = {"purchase": _by_period(execution, orders.iloc[others], "period")}
    for name, (term, column) in _AS_PLANNED.items():
        rows = tables.get(name, pd.DataFrame())
        if len(rows) and column is not None:
            paid[term] = _by_period(execution, rows, column)
        elif len(rows):
            paid[term] = np.zeros(calendar.periods)
            paid[term][first] = rows["cost"].sum()
    return paid


def _by_period(execution: Execution, rows: pd.DataFrame, column: str) -> FloatArray:
    calendar = execution.chain.calendar
    cost = rows["cost"].to_numpy(np.float64)
    return tally(numbers_of(calendar, rows[column]), cost, calendar.periods)


class _Closing:
    """Value of what is there at the end: of each item up to its target."""

    def __init__(self, execution: Execution, closing: pd.DataFrame) -> None:
        values = recompute_values(execution.chain)
        self._items = values.items
        self._each, self._target = np.nan_to_num(values.closing, posinf=0.0), values.target
        self._beyond = np.zeros(len(values.items))
        self._beyond[values.items.find(closing)] = closing["beyond"].to_numpy(np.float64)

    def value(self, execution: Execution, state: State, arrivals: Arrivals) -> FloatArray:
        """Money by sample; what is late comes after the horizon and counts as in transit."""
        late = (arrivals.period >= arrivals.periods) & (arrivals.planned != NEVER_ARRIVES)[:, None]
        there = np.maximum(state.on_hand, 0.0) + state.in_transit.sum(axis=0)
        np.add.at(there, arrivals.pair, arrivals.quantity[:, None] * late)
        stored = ~execution.is_parked
        item = self._items.find(execution.places.frame)[stored]
        held = np.repeat(self._beyond[:, None], there.shape[1], axis=1)
        np.add.at(held, item, there[stored])
        return _sum(self._each, np.minimum(held, self._target[:, None]))
