"""(C7) Lots, smallest orders, shares of sources and contracts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.broken_rules import broken
from supplychain.checker.chain import ALWAYS, Chain, usable
from supplychain.checker.decisions import Decisions
from supplychain.checker.effects import Effect
from supplychain.checker.keys import NEVER, Keys, numbers_of, scatter, tally
from supplychain.checker.report import BoolArray, Findings, FloatArray, IntArray
from supplychain.schema import WILDCARD


def check_order_sizes(orders: Decisions, findings: Findings) -> None:
    """Orders are whole lots, and at least the smallest order."""
    table, quantity, labels = orders.options.table, orders.quantity, orders.labels
    lot = table["lot_size"].to_numpy(np.float64)[orders.option]
    whole = np.where(np.isnan(lot), quantity, np.round(quantity / lot) * lot)
    message = "order is no multiple of the lot size"
    findings.equal("C7", message, labels, quantity, whole, quantity, orders.period)
    least = table["moq"].fillna(0.0).to_numpy(np.float64)[orders.option]
    message = "smallest order (value) is above the order"
    findings.at_most("C7", message, labels, least, quantity, quantity, orders.period)


# --- shares ------------------------------------------------------------------------------------


def check_shares(
    chain: Chain, orders: Decisions, permitted: bool, findings: Findings
) -> pd.DataFrame:
    """No source is above its largest share; returns by how much each misses its smallest one.

    Shares are of what is ordered of the item at the location over the horizon, by period of order;
    the smallest share leaves out the periods in which its own option is disrupted, outside its
    dates, or too late to bring anything. It asks nothing of options that are not routine unless
    they are ``permitted``, nor of those that have to qualify.
    """
    options = chain.sourcing
    ordered = _ordered(chain, orders)
    group = np.asarray(options.table.groupby(["item", "location"]).ngroup(), dtype=np.int64)
    by_group = np.zeros_like(ordered)
    np.add.at(by_group, group, ordered)
    of_all = by_group[group]
    total = of_all.sum(axis=1)
    most = options.table["max_share"].fillna(1.0).to_numpy(np.float64) * total
    own, keys = ordered.sum(axis=1), options.keys.frame
    findings.at_most("C7", "source is above its largest share", keys, own, most, total)
    counted = ~_disrupted(chain) & usable(options)
    asked = (options.routine | permitted) & ~options.must_qualify
    least = np.where(asked, options.table["min_share"].fillna(0.0).to_numpy(np.float64), 0.0)
    missed = least * (of_all * counted).sum(axis=1) - (ordered * counted).sum(axis=1)
    missed = np.maximum(np.where(least > 0, missed, 0.0), 0.0)
    return broken("min_share", options.keys.joined()["owner"], missed, total)


def _ordered(chain: Chain, orders: Decisions) -> FloatArray:
    shape = (len(chain.sourcing.keys), chain.calendar.periods)
    return scatter(shape, orders.option, orders.period, orders.quantity)


def _disrupted(chain: Chain) -> BoolArray:
    """Whether an order of a period meets less capacity, or more lead time, than is stated."""
    options, periods = chain.sourcing, chain.calendar.periods
    capacity = options.table["capacity"].fillna(np.inf).to_numpy(np.float64)
    cut = options.capacity < capacity[:, None]
    stated = chain.network.table("supplier_capacity")["capacity"].fillna(np.inf)
    group_cut = chain.group_capacity < stated.to_numpy(np.float64)[:, None]
    member = options.group >= 0
    cut[member] |= group_cut[options.group[member]]
    dispatch = np.arange(periods) + options.lead_time - options.transit
    sent = np.take_along_axis(cut, np.minimum(dispatch, periods - 1), axis=1)
    longer = options.lead_time > options.table["lead_time"].to_numpy(np.float64)[:, None]
    return np.asarray((sent & (dispatch < periods)) | longer)


# --- contracts ---------------------------------------------------------------------------------


def check_contracts(
    chain: Chain, orders: Decisions, stated: pd.DataFrame, findings: Findings
) -> Effect:
    """Volume, what is taken of it, and what is paid for the rest; a shortfall is in the table."""
    due = _contracts(chain, orders)
    keys = Keys(due, ["contract"])
    row = keys.find(stated)
    message = "contract without a quantity"
    findings.record("C7", message, stated[["contract"]], row < 0)
    stated, row = stated[row >= 0], row[row >= 0]
    labels = stated[["contract"]]
    for column in ("volume", "taken", "shortfall"):
        expected = due[column].to_numpy(np.float64)[row]
        scale = due["volume"].to_numpy(np.float64)[row] + expected
        message = f"{column} is not as recomputed"
        findings.equal("C7", message, labels, stated[column], expected, scale)
    cost = due["cost"].to_numpy(np.float64)
    findings.equal("money", "cost of contracts", labels, stated["cost"], cost[row], cost[row])
    absent = due["shortfall"].to_numpy(np.float64) > findings.tolerance * np.maximum(
        1.0, due["volume"].to_numpy(np.float64)
    )
    absent[row] = False
    message = "shortfall is missing from contracts"
    findings.record("C7", message, keys.frame, absent, due["shortfall"], 0.0)
    return Effect({"contracts": float(cost.sum())})


def _contracts(chain: Chain, orders: Decisions) -> pd.DataFrame:
    """Contracts with a quantity: volume, taken, shortfall in units, and cost."""
    table = chain.network.table("contracts")
    table = table[table["quantity"].notna()].reset_index(drop=True)
    first, last = (numbers_of(chain.calendar, table["valid_from"]),
                   numbers_of(chain.calendar, table["valid_to"], ALWAYS))  # fmt: skip
    volume = table["quantity"].to_numpy(np.float64) * _inside(first, last, chain.calendar.periods)
    taken = _taken(table, first, last, orders)
    shortfall = np.maximum(volume - taken, 0.0)
    cost = shortfall * table["penalty"].to_numpy(np.float64)
    return table[["contract"]].assign(volume=volume, taken=taken, shortfall=shortfall, cost=cost)


def _inside(first: IntArray, last: IntArray, periods: int) -> FloatArray:
    """Share of the periods of validity that lie in the calendar.

    All of it where an end is blank, nothing where no period of it lies in the calendar.
    """
    inside = np.minimum(last, periods - 1) - np.maximum(first, 0) + 1
    length = np.where((first == NEVER) | (last == ALWAYS), inside, last - first + 1)
    return np.asarray(np.where(inside > 0, inside / np.maximum(length, 1), 0.0))


def _taken(table: pd.DataFrame, first: IntArray, last: IntArray, orders: Decisions) -> FloatArray:
    """Units ordered under each contract in its periods."""
    contracts = table[["supplier"]].assign(
        number=np.arange(len(table)), first=first, last=last,
        of_item=table["item"], to=table["location"],
    )  # fmt: skip
    columns = ["item", "location", "supplier", "period", "quantity"]
    rows = orders.table[columns].merge(contracts, on="supplier")
    matched = (rows["of_item"] == WILDCARD) | (rows["of_item"] == rows["item"])
    matched &= (rows["to"] == WILDCARD) | (rows["to"] == rows["location"])
    matched &= (rows["first"] <= rows["period"]) & (rows["period"] <= rows["last"])
    rows = rows[matched]
    number, quantity = rows["number"].to_numpy(np.int64), rows["quantity"].to_numpy(np.float64)
    return tally(number, quantity, len(table))
