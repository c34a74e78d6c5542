"""Networks in which a sampled future is certain: its demand, lead times and late receipts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from app.service.filling import Filled
from app.service.shortages import Delays, Whole, demand_ratios
from forecasts.lead_time import LeadTimeForecast
from forecasts.quantiles import Floats
from solver.receipts import IN_TRANSIT, commit_receipts
from supplychain.network import Network
from supplychain.overrides import effective, with_values

_RECEIPT = ["order_id", "line"]


def sampled_networks(
    network: Network,
    filled: Filled,
    lead_times: LeadTimeForecast | None,
    samples: int,
    random: np.random.Generator,
) -> Iterator[Network]:
    """``samples`` futures of ``network`` (expanded, scenario applied).

    Demand is drawn as for ``shortages`` and scaled so that every row has its mean over the futures
    (matching of first moments; Hoyland and Wallace 2001, Management Science 47(2), 295-307). Orders
    of an option have a lead time of their own in every period, scheduled receipts a delay.
    """
    demand = network.table("demand")
    ratios = demand_ratios(demand, filled.demand, samples, random)
    mean = ratios.mean(axis=1, keepdims=True)
    ratios = np.divide(ratios, mean, out=np.ones_like(ratios), where=mean > 0)
    quantity = demand["quantity"].to_numpy(dtype=float)[:, None] * ratios
    late = None if lead_times is None else _Late.drawn(network, lead_times, samples, random)
    for sample in range(samples):
        future = network.replace(demand=demand.assign(quantity=quantity[:, sample]))
        yield future if late is None else late.put_into(future, sample)


class _Late:
    """Drawn delays: of orders by option and period, of scheduled receipts by row."""

    def __init__(self, lead_time: Floats, transit: Floats, orders: Whole, receipts: Whole) -> None:
        self._lead_time, self._transit = lead_time, transit
        self._orders, self._receipts = orders, receipts

    @classmethod
    def drawn(
        cls, network: Network, lead_times: LeadTimeForecast, samples: int,
        random: np.random.Generator,
    ) -> _Late:  # fmt: skip
        """Draw all futures at once, with the copula of ``shortages``."""
        delays = Delays(network, lead_times, samples, random)
        sourcing = network.table("sourcing")
        lead_time = effective(network, "lead_times", "sourcing", sourcing, "lead_time")
        rows = sourcing.loc[np.repeat(sourcing.index.to_numpy(), lead_time.shape[1])]
        orders = delays.of_orders(rows.reset_index(drop=True))
        receipts = delays.of_receipts(network.table("scheduled_receipts"))
        transit = sourcing["transit_time"].fillna(0.0).to_numpy(dtype=float)
        return cls(lead_time, transit, orders.reshape(*lead_time.shape, samples), receipts)

    def put_into(self, network: Network, sample: int) -> Network:
        """``network`` with the delays of one future; nothing arrives before it can."""
        late = self._orders[:, :, sample]
        lead_time = np.maximum(self._lead_time + late, self._transit[:, None])
        lead_time = np.maximum(lead_time, 0.0)
        sourcing = network.table("sourcing")
        network = with_values(network, "lead_times", "sourcing", sourcing, lead_time, late != 0)
        receipts = moved_receipts(network, self._receipts[:, sample])
        return network.replace(scheduled_receipts=receipts)


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
