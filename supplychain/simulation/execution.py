"""A plan as arrays that can be lived through: what exists, what is planned, what limits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.checker.chain import Chain, read_chain
from supplychain.checker.keys import Keys, numbers_of
from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.network import Network
from supplychain.simulation.activities import ORDER, Activities, levels_of, need_of, read_activities
from supplychain.simulation.demand_rows import DemandRows, read_demand
from supplychain.simulation.futures import Futures
from supplychain.simulation.limits import Limits, read_limits
from supplychain.simulation.recipes import parked_on_hand, parked_places

DUST = 1e-6  # of the largest use in a period (at least of one unit): the rounding of a solver
NEVER_ARRIVES = np.iinfo(np.int32).max
_PAIR = ["item", "location"]


@dataclass(frozen=True)
class Incoming:
    """What arrives whatever happens: scheduled receipts and orders that draw on no stock.

    By row: item-location, units, period of arrival in the plan (NEVER_ARRIVES: not within the
    horizon), earliest period in which it can arrive, and the row of its delay in ``Futures``.
    """

    pair: IntArray
    quantity: FloatArray
    planned: IntArray
    earliest: IntArray
    delay_row: IntArray


@dataclass(frozen=True)
class Execution:
    """One plan on one network, as arrays over n item-locations and T periods.

    ``places`` numbers the item-locations, ``level`` orders them within a period, ``dust`` (n) is
    the difference in units that is rounding, ``planned_on_hand`` (n x T) the plan's inventory.
    Parked units have item-locations of their own (``is_parked``); ``parked_cost`` (n) is money for
    one a period.
    """

    chain: Chain
    places: Keys
    opening: FloatArray
    activities: Activities
    limits: Limits
    demand: DemandRows
    orders: Incoming
    receipts: Incoming
    planned_on_hand: FloatArray
    level: IntArray
    dust: FloatArray
    is_parked: BoolArray
    parked_cost: FloatArray

    @property
    def periods(self) -> int:
        """Number of periods, T."""
        return self.chain.calendar.periods

    @cached_property
    def planned_to_date(self) -> FloatArray:
        """Units of every activity that the plan has started by the end of a period (F x T)."""
        return np.cumsum(self.activities.planned, axis=1)

    @cached_property
    def planned_need(self) -> FloatArray:
        """Units that planned activities take from each item-location by period (n x T)."""
        return need_of(self.activities, len(self.places))

    def longest_lag(self, futures: Futures) -> int:
        """Periods from the start of an activity to the latest receipt, within the horizon."""
        activities = self.activities
        rows = activities.order_row[activities.kind == ORDER]
        delay = int(futures.order_delays[rows].max(initial=0)) if len(rows) else 0
        return min(int(activities.lag.max(initial=0)) + max(delay, 0), self.periods)


def read_execution(network: Network, tables: Mapping[str, pd.DataFrame]) -> Execution:
    """The plan with result ``tables`` made for ``network`` (expanded, scenario applied).

    The item-locations are those of the plan's inventory.
    """
    chain = read_chain(network)
    inventory = tables["inventory"]
    stocked = inventory[_PAIR].drop_duplicates()
    places = Keys(pd.concat([stocked, parked_places(tables)], ignore_index=True), _PAIR)
    on_hand, parked_cost = parked_on_hand(chain, places, tables)
    periods = numbers_of(chain.calendar, inventory["period"])
    on_hand[places.find(inventory), periods] = inventory["on_hand"].to_numpy(np.float64)
    activities = read_activities(chain, places, tables)
    drawn = activities.order_row[activities.kind == ORDER]
    demand = read_demand(network.table("demand"), tables["deliveries"], places, chain.calendar)
    uses = inventory.assign(place=places.find(inventory)).groupby("place")["uses"].max()
    uses = uses.reindex(range(len(places)), fill_value=0.0)
    dust = DUST * np.maximum(uses.to_numpy(np.float64), 1.0)
    return Execution(
        chain, places, _opening(network, places), activities,
        read_limits(chain, activities, tables), demand, _orders(chain, places, tables, drawn),
        _receipts(chain, places, tables), on_hand, levels_of(activities, len(places)), dust,
        np.arange(len(places)) >= len(stocked), parked_cost,
    )  # fmt: skip


def _opening(network: Network, places: Keys) -> FloatArray:
    stock = network.table("stock")
    opening = np.zeros(len(places))
    row = places.find(stock)
    np.add.at(opening, row[row >= 0], stock["quantity"].to_numpy(np.float64)[row >= 0])
    return opening


def _orders(
    chain: Chain, places: Keys, tables: Mapping[str, pd.DataFrame], drawn: IntArray
) -> Incoming:
    """Planned orders that draw on no stock; none arrives before the period it is ordered in."""
    rows = tables["orders"]
    others = np.setdiff1d(np.arange(len(rows)), drawn)
    rows = rows.iloc[others]
    return Incoming(
        places.find(rows), rows["quantity"].to_numpy(np.float64),
        numbers_of(chain.calendar, rows["receipt"]), numbers_of(chain.calendar, rows["period"]),
        others,
    )  # fmt: skip


def _receipts(chain: Chain, places: Keys, tables: Mapping[str, pd.DataFrame]) -> Incoming:
    """Scheduled receipts as rescheduled; none arrives before it is dispatched."""
    rows = _rescheduled(tables["receipts"], tables.get("reschedules", pd.DataFrame()))
    rows = rows[(places.find(rows) >= 0) & (rows["quantity"] > 0)]
    planned = numbers_of(chain.calendar, rows["receipt"], NEVER_ARRIVES)
    dispatch = numbers_of(chain.calendar, rows["dispatch"], 0)
    return Incoming(
        places.find(rows), rows["quantity"].to_numpy(np.float64), planned,
        np.minimum(dispatch, planned), rows["row"].to_numpy(np.int64),
    )  # fmt: skip


def _rescheduled(receipts: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Receipts less what ``moves`` take from them, and what they bring in instead.

    ``row`` is the place in ``receipts``, whose delay a part keeps. Of two parts of a line that do
    not arrive within the horizon, the one with a dispatch is the one that can be moved. Moves of a
    part that is not there, as another scenario moved it already, are void.
    """
    rows: pd.DataFrame = receipts.assign(row=np.arange(len(receipts)))
    if not len(moves):
        return rows
    part = ["order_id", "line", "receipt"]
    movable = rows.sort_values("dispatch").drop_duplicates(part)[[*part, "row"]]
    moves = moves.merge(movable.rename(columns={"receipt": "planned"}),
                        on=["order_id", "line", "planned"])  # fmt: skip
    found, wanted = moves["row"].to_numpy(np.int64), moves["quantity"].to_numpy(np.float64)
    there = rows["quantity"].to_numpy(np.float64)
    taken = np.bincount(found, wanted, len(rows)).astype(np.float64)
    share = np.minimum(there / np.where(taken > 0, taken, 1.0), 1.0)
    kept = moves["kind"].to_numpy() != "cancel"
    moved: pd.DataFrame = rows.iloc[found[kept]].assign(
        receipt=moves["receipt"].to_numpy()[kept], quantity=(wanted * share[found])[kept]
    )
    left = rows.assign(quantity=there - np.minimum(taken, there))
    return pd.concat([left, moved], ignore_index=True)


@dataclass(frozen=True)
class Arrivals:
    """Period of arrival of every incoming row by sample (rows x N), with pairs and units.

    ``periods`` where a row does not arrive within the horizon of so many periods. ``planned`` is
    the period of arrival in the plan, NEVER_ARRIVES beyond the horizon.
    """

    pair: IntArray
    quantity: FloatArray
    planned: IntArray
    period: npt.NDArray[np.int16]
    periods: int

    def units_in(self, period: int, pairs: int) -> FloatArray:
        """Units that arrive in ``period`` (item-locations x N)."""
        samples = self.period.shape[1]
        order, begins = self._by_period
        row, sample = np.divmod(order[begins[period] : begins[period + 1]], samples)
        units = np.bincount(self.pair[row] * samples + sample, self.quantity[row], pairs * samples)
        return units.astype(np.float64).reshape(pairs, samples)

    @cached_property
    def _by_period(self) -> tuple[IntArray, IntArray]:
        """Places in ``period``, row by row, sorted by period, and where each period begins."""
        flat = self.period.reshape(-1)
        order = np.argsort(flat, kind="stable")
        begins = np.searchsorted(flat[order], np.arange(self.periods + 2))
        return order, begins.astype(np.int64)


def sampled_arrivals(execution: Execution, futures: Futures) -> Arrivals:
    """When everything incoming arrives: as planned plus its delay, never before it can."""
    periods = []
    delays = (futures.order_delays, futures.receipt_delays)
    incoming = (execution.orders, execution.receipts)
    for rows, delay in zip(incoming, delays, strict=True):
        late = delay[rows.delay_row].astype(np.int64)
        arrival = np.maximum(rows.planned[:, None] + late, rows.earliest[:, None])
        arrival[rows.planned == NEVER_ARRIVES] = execution.periods
        periods.append(np.minimum(arrival, execution.periods).astype(np.int16))
    return Arrivals(
        np.concatenate([rows.pair for rows in incoming]),
        np.concatenate([rows.quantity for rows in incoming]),
        np.concatenate([rows.planned for rows in incoming]), np.concatenate(periods),
        execution.periods,
    )  # fmt: skip
