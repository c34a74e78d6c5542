"""A plan lived through N futures, period by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.report import IntArray
from supplychain.network import Network
from supplychain.simulation.execution import read_execution, sampled_arrivals
from supplychain.simulation.foresight import earliest_extra, foreseen_shortage
from supplychain.simulation.futures import Futures
from supplychain.simulation.lines import LineWatch, line_down_table, read_lines
from supplychain.simulation.measures import ServiceMeasure, StockMeasure
from supplychain.simulation.money import MoneyMeasure
from supplychain.simulation.step import initial_state, step


@dataclass(frozen=True, eq=False)
class Simulation:
    """What became of a plan in N futures.

    ``stock``: item, location, period, on_hand_mean, on_hand_P10, on_hand_P50, on_hand_P90 (units at
    the end of the period), probability_of_stock_out (share of samples in which a need of the
    item-location - demand, build, transfer - could not be met from its stock in the period),
    expected_shortage (mean units not met in the period in which they were first wanted; each unit
    counts once), days_of_supply (mean on hand over the mean need a day of the next 4 periods, fewer
    at the end; blank where nothing is needed).

    ``line_down``: kind (line: a resource; product: a product at a plant), name, location,
    probability (share of samples in which it is down within the horizon), down_P10, down_P50,
    down_P90 (first date of the first period down: in that share of the samples it is down by then;
    blank beyond the horizon), stopped_by, stopped_at (item and location whose shortage stops it
    most often when it is first down), stopped_share (share of the samples with a stop in which it
    is that item-location).

    ``service``: item, location, period, customer, and mean units by demand row: quantity, on_time,
    late, lost, open. ``totals``: by sample, units demanded, on_time, late, lost, open; unserved
    units are lost where their deadline lies within the horizon, else open. ``money``: by sample,
    the terms of the plan's costs and the profit. ``down``: first period down of each row of
    ``line_down`` in every sample (lines x N), the number of periods where it runs on.
    """

    samples: int
    stock: pd.DataFrame
    line_down: pd.DataFrame
    service: pd.DataFrame
    totals: pd.DataFrame
    money: pd.DataFrame
    down: IntArray


def simulate(
    network: Network,
    tables: Mapping[str, pd.DataFrame],
    futures: Futures,
    reference: Mapping[str, pd.DataFrame] | None = None,
) -> Simulation:
    """Live the plan with result ``tables``, made for ``network``, through ``futures``.

    ``network`` is expanded and has the scenario of the plan applied. ``reference``: result tables
    of the plan that loads are measured against, as a rule the as-is plan without scenario; what the
    plan uses less than it, because no source could deliver in time, is a shortage too. None: the
    plan itself. Raises ValueError where ``futures`` do not fit the plan.
    """
    futures.check_fits(network, tables)
    execution = read_execution(network, tables)
    earliest = earliest_extra(execution, tables)
    foreseen = np.zeros((len(execution.places), execution.periods))
    if reference is not None:
        foreseen = foreseen_shortage(execution, earliest, reference)
    builds = None if reference is None else reference["builds"]
    lines = read_lines(execution, all_builds(tables), builds)
    watch = LineWatch(execution, lines, futures.samples)
    stock, service = StockMeasure(execution, foreseen), ServiceMeasure(execution, futures)
    money = MoneyMeasure(execution, tables, futures)
    arrivals, state = sampled_arrivals(execution, futures), initial_state(execution, futures)
    for _ in range(execution.periods):
        state, lived = step(execution, futures, arrivals, state)
        stock.observe(state, lived)
        service.observe(lived)
        watch.observe(lived)
        money.observe(state, lived)
    down = line_down_table(execution, lines, watch, earliest)
    return Simulation(futures.samples, stock.table(futures), down, service.table(),
                      service.totals(), money.table(state, arrivals), watch.first)  # fmt: skip


def simulated_profits(
    network: Network, tables: Mapping[str, pd.DataFrame], futures: Futures
) -> pd.Series:
    """Profit of the plan by future: that of :func:`simulate`, without its other measures."""
    futures.check_fits(network, tables)
    execution = read_execution(network, tables)
    money = MoneyMeasure(execution, tables, futures)
    arrivals, state = sampled_arrivals(execution, futures), initial_state(execution, futures)
    for _ in range(execution.periods):
        state, lived = step(execution, futures, arrivals, state)
        money.observe(state, lived)
    return money.table(state, arrivals)["profit"]


def all_builds(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Builds of a plan, those without a component among them."""
    return pd.concat([tables["builds"], tables.get("short_builds", pd.DataFrame())])
