"""(C1) Stock balance of every modelled item-location and period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.effects import Effect
from supplychain.checker.keys import scatter
from supplychain.checker.report import Findings, FloatArray
from supplychain.checker.scheduled import Scheduled

_PLACE = ["item", "location"]


@dataclass(frozen=True)
class Balance:
    """Flows by modelled item-location and period (all matrices are places x periods).

    ``scale`` is the sum of all flows through the place up to and with the period.
    """

    arrivals: FloatArray
    uses: FloatArray
    on_hand: FloatArray
    scale: FloatArray


def recompute_balance(
    chain: Chain,
    orders: Decisions,
    transfers: Decisions,
    builds: Decisions,
    built: Decisions,
    deliveries: pd.DataFrame,
    scheduled: Scheduled,
    effects: Iterable[Effect] = (),
) -> Balance:
    """Opening stock plus all that arrives less all that leaves.

    ``built`` is all that is built, short builds with it; ``effects`` are those of the levers.
    """
    arrivals = (
        _flow(chain, orders.table, _PLACE, orders.receipt)
        + _flow(chain, transfers.table, ["item", "destination"], transfers.receipt)
        + _flow(chain, builds.table, _PLACE, builds.receipt)
        + _flow(chain, scheduled.parts, _PLACE, scheduled.parts["receipt"])
    )
    drawn = orders.table[orders.options.makes[orders.option]]
    uses = (
        _component_use(chain, built)
        + _flow(chain, deliveries, _PLACE, deliveries["served"])
        + _flow(chain, transfers.table, ["item", "origin"], transfers.period)
        + _flow(chain, drawn, ["item", "supplier"], orders.dispatch[drawn.index])
    )
    for effect in effects:
        arrivals = arrivals + _flow(chain, effect.arrivals, _PLACE, effect.arrivals["period"])
        uses = uses + _flow(chain, effect.uses, _PLACE, effect.uses["period"])
    opening = _opening(chain)
    on_hand = opening + np.cumsum(arrivals - uses, axis=1)
    return Balance(arrivals, uses, on_hand, opening + np.cumsum(arrivals + uses, axis=1))


def check_balance(
    balance: Balance, inventory: pd.DataFrame, chain: Chain, findings: Findings
) -> None:
    """Stock is never negative, and the inventory table has every number of the balance."""
    places = chain.places.frame
    findings.at_most(
        "C1", "stock is negative (value: shortage)", places, -balance.on_hand, 0.0, balance.scale
    )
    row, period = chain.places.find(inventory), inventory["period"].to_numpy(np.int64)
    present = np.zeros(chain.shape, dtype=bool)
    present[row, period] = True
    findings.record("C1", "row is missing from inventory", places, ~present)
    scale = balance.scale[row, period]
    for column in ("arrivals", "uses", "on_hand"):
        expected = getattr(balance, column)[row, period]
        message = f"{column} is not that of the balance"
        findings.equal("C1", message, inventory[_PLACE], inventory[column], expected, scale, period)


def _flow(chain: Chain, rows: pd.DataFrame, columns: list[str], periods: object) -> FloatArray:
    if not len(rows):
        return np.zeros(chain.shape)
    number = np.asarray(periods, dtype=np.int64)
    quantity = rows["quantity"].to_numpy(np.float64)
    return scatter(chain.shape, chain.places.find(rows, columns), number, quantity)


def _component_use(chain: Chain, builds: Decisions) -> FloatArray:
    """Components of what is started, by the BOM rows valid in that period."""
    rows = builds.table[["item", "location", "version", "period", "quantity"]]
    used = rows.merge(chain.bom, on=["item", "version"])
    used = used[(used["first"] <= used["period"]) & (used["period"] <= used["last"])]
    used = used.assign(quantity=used["quantity"] * used["quantity_per"])
    return _flow(chain, used, ["component", "location"], used["period"])


def _opening(chain: Chain) -> FloatArray:
    stock = chain.network.table("stock")
    opening = np.zeros((len(chain.places), 1))
    row = chain.places.find(stock)
    opening[row[row >= 0], 0] = stock["quantity"].to_numpy(np.float64)[row >= 0]
    return opening
