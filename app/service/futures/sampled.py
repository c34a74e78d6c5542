"""Sampled futures of a network: demand, lead times of orders, delays of scheduled receipts.

What is drawn belongs to keys - a demand row, a sourcing option and the period of an order, a
scheduled receipt - and not to the decisions of a plan: plans that are lived through the same seed
meet the same futures, and the same order comes equally late in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.service.forecasts.filling import OPTION, Filled
from app.service.futures.delays import Delays, Whole
from app.service.futures.drawn_demand import drawn_demand
from forecasts.lead_time import LeadTimeForecast
from forecasts.quantiles import Floats
from solver.receipts import IN_TRANSIT, commit_receipts
from supplychain.network import Network
from supplychain.overrides import effective, with_values
from supplychain.simulation import Futures

_RECEIPT = ["order_id", "line"]
BATCH = 50  # futures drawn at a time: options x periods x futures are held in memory


@dataclass(frozen=True, eq=False)
class Draw:
    """n futures of a network, in the order of its tables.

    ``ratios``: demand over its mean (rows x n). ``orders``: periods by which an order is late, by
    sourcing option and period of the order (options x T x n); ``receipts``: the same of scheduled
    receipts (rows x n). None where lead times are sure.
    """

    network: Network
    ratios: Floats
    orders: Whole | None
    receipts: Whole | None

    @property
    def samples(self) -> int:
        """Number of futures."""
        return int(self.ratios.shape[1])

    @property
    def demand(self) -> Floats:
        """Units by demand row and future."""
        quantity = self.network.table("demand")["quantity"].to_numpy(dtype=float)
        return np.asarray(quantity[:, None] * self.ratios)

    def of_orders(self, orders: pd.DataFrame) -> Whole:
        """Delays of ``orders`` of a plan, rows x n."""
        if self.orders is None:
            return np.zeros((len(orders), self.samples), dtype=np.int64)
        option = _rows(self.network.table("sourcing"), orders, OPTION)
        return self.orders[option, self.network.calendar.index(orders["period"])]

    def of_receipts(self, receipts: pd.DataFrame) -> Whole:
        """Delays of the ``receipts`` of a plan, rows x n; parts of one are late together."""
        if self.receipts is None:
            return np.zeros((len(receipts), self.samples), dtype=np.int64)
        return self.receipts[_rows(self.network.table("scheduled_receipts"), receipts, _RECEIPT)]

    def futures(self, tables: Mapping[str, pd.DataFrame]) -> Futures:
        """The futures for a plan with the result ``tables``."""
        return Futures(self.demand, self.of_orders(tables["orders"]),
                       self.of_receipts(tables["receipts"]))  # fmt: skip


def draw(
    network: Network,
    filled: Filled,
    lead_times: LeadTimeForecast | None,
    samples: int,
    random: np.random.Generator,
) -> Draw:
    """``samples`` futures of ``network`` (expanded, scenario applied); as for ``shortages``."""
    drawn = drawn_demand(network.table("demand"), filled, samples, random)
    mean = network.table("demand")["quantity"].to_numpy(dtype=float)[:, None]
    ratios = np.divide(drawn, mean, out=np.ones_like(drawn), where=mean > 0.0)
    if lead_times is None:
        return Draw(network, ratios, None, None)
    delays = Delays(network, lead_times, samples, random)
    sourcing, periods = network.table("sourcing"), network.calendar.periods
    rows = sourcing.loc[np.repeat(sourcing.index.to_numpy(), periods)].reset_index(drop=True)
    orders = delays.of_orders(rows).reshape(len(sourcing), periods, samples)
    receipts = delays.of_receipts(network.table("scheduled_receipts"))
    return Draw(network, ratios, orders.astype(np.int16), receipts)


def draws(
    network: Network,
    filled: Filled,
    lead_times: LeadTimeForecast | None,
    samples: int,
    seed: int,
) -> Iterator[Draw]:
    """``samples`` futures in batches, each seeded by its number."""
    for batch in range(0, samples, BATCH):
        random = np.random.default_rng([seed, batch])
        yield draw(network, filled, lead_times, min(BATCH, samples - batch), random)


def joined(parts: list[Futures]) -> Futures:
    """Batches of futures as one."""
    return Futures(
        np.concatenate([part.demand for part in parts], axis=1),
        np.concatenate([part.order_delays for part in parts], axis=1),
        np.concatenate([part.receipt_delays for part in parts], axis=1),
    )


def _rows(table: pd.DataFrame, wanted: pd.DataFrame, key: list[str]) -> Whole:
    index = pd.MultiIndex.from_frame(table[key])
    return np.asarray(index.get_indexer(pd.MultiIndex.from_frame(wanted[key])), dtype=np.int64)


# --- networks in which a future is certain --------------------------------------------------------


def certain_networks(drawn: Draw) -> Iterator[Network]:
    """A network for each future, in which it is what the data say.

    Demand is scaled so that every row has its mean over the futures (matching of first moments;
    Hoyland and Wallace 2001, Management Science 47(2), 295-307).
    """
    network, demand = drawn.network, drawn.network.table("demand")
    mean = drawn.ratios.mean(axis=1, keepdims=True)
    ratios = np.divide(drawn.ratios, mean, out=np.ones_like(drawn.ratios), where=mean > 0)
    quantity = demand["quantity"].to_numpy(dtype=float)[:, None] * ratios
    for sample in range(drawn.samples):
        future = network.replace(demand=demand.assign(quantity=quantity[:, sample]))
        if drawn.orders is not None and drawn.receipts is not None:
            future = _with_lead_times(future, drawn.orders[:, :, sample])
            receipts = moved_receipts(future, drawn.receipts[:, sample])
            future = future.replace(scheduled_receipts=receipts)
        yield future


def _with_lead_times(network: Network, late: Whole) -> Network:
    """``network`` with lead times longer by ``late`` (options x T), not below the transit time."""
    sourcing = network.table("sourcing")
    lead_time = effective(network, "lead_times", "sourcing", sourcing, "lead_time")
    transit = sourcing["transit_time"].fillna(0.0).to_numpy(dtype=float)
    lead_time = np.maximum(lead_time + late, transit[:, None])
    return with_values(network, "lead_times", "sourcing", sourcing, lead_time, late != 0)


def moved_receipts(network: Network, late: Whole) -> pd.DataFrame:
    """Scheduled receipts with their date moved by ``late`` periods, not before the start.

    What is in transit stays so: it loses its origin, where it would wait for capacity again.
    """
    table, calendar = network.table("scheduled_receipts"), network.calendar
    if not len(table):
        return table
    committed = commit_receipts(network)
    on_its_way = committed.table.loc[committed.dispatch == IN_TRANSIT, _RECEIPT]
    sent = pd.MultiIndex.from_frame(table[_RECEIPT]).isin(pd.MultiIndex.from_frame(on_its_way))
    due = np.maximum(np.maximum(calendar.index(table["due"]), 0) + late, 0)
    moved = table.assign(due=calendar.dates_of(due))
    return moved.assign(origin=moved["origin"].where(~sent | (late == 0), ""))
