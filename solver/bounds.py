"""Limits that no sensible decision exceeds: what a switch between nothing and something needs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

from solver.data import Capacity, ModelData
from solver.levers.stability import FLOW_TABLES, last_quantities
from solver.options import ModelOptions
from solver.program import Floats, Ints
from supplychain.network import Network
from supplychain.schema import WILDCARD


def largest_orders(data: ModelData, options: ModelOptions, columns: Ints) -> Floats:
    """Most units that the order variables ``columns`` can sensibly have."""
    flow = data.orders
    most = _largest(data, options, "order", columns)
    option, dispatch = flow.option[columns], flow.dispatch[columns]
    row = flow.options["row"].to_numpy(dtype=np.int64)[option]
    most = np.minimum(most, _room(data.capacities["sourcing"], row, dispatch))
    shared = _room(data.capacities["supplier_capacity"], data.order_group[option], dispatch)
    per_unit = flow.options["group_per_unit"].to_numpy(dtype=float)[option]
    endless = np.full_like(shared, np.inf)
    return np.asarray(
        np.minimum(most, np.divide(shared, per_unit, out=endless, where=per_unit > 0))
    )


def largest_builds(data: ModelData, options: ModelOptions, columns: Ints) -> Floats:
    """Most units that the build variables ``columns`` can sensibly have."""
    return _largest(data, options, "build", columns)


def _largest(data: ModelData, options: ModelOptions, name: str, columns: Ints) -> Floats:
    """What its item can need at most, and the size of its own option, by variable of a flow."""
    if not len(columns):
        return np.zeros(0)
    flow = data.flow(name)
    needed = gross_requirement(data, options).reindex(flow.options["item"]).fillna(0.0)
    most = (needed.to_numpy() + _sizes(flow.options))[flow.option[columns]]
    if options.last is not None:
        most = np.maximum(most, last_quantities(data, options.last, name)[columns])
    return np.asarray(most)


def _sizes(options: pd.DataFrame) -> Floats:
    """Units by which an order or a run of an option can exceed what is needed."""
    stated = options[[name for name in ("moq", "lot_size", "min_run") if name in options]]
    return np.asarray(stated.fillna(0.0).sum(axis=1), dtype=float)


def gross_requirement(data: ModelData, options: ModelOptions) -> pd.Series:
    """Most units of every item that the whole horizon can need, stock left aside.

    Demand, closing target, contracts, what sizes of orders and runs add at every location, and the
    last plan; exploded through all versions and substitutes, each by the largest quantity.
    """
    network = data.network
    content = _largest_content(network)
    own = [network.table("demand").groupby("item")["quantity"].sum(), data.closing["target"],
           _under_contract(data), *_beyond_need(data), *_decided_last(data, options)]  # fmt: skip
    needs = pd.concat(own).groupby(level=0).sum()
    required = {str(item): float(quantity) for item, quantity in needs.items()}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((parent, component) for parent, component in content)
    children: dict[str, list[tuple[str, float]]] = {}
    for (parent, component), quantity in content.items():
        children.setdefault(parent, []).append((component, quantity))
    for parent in nx.topological_sort(graph):
        for component, quantity in children.get(parent, ()):
            added = quantity * required.get(parent, 0.0)
            required[component] = required.get(component, 0.0) + added
    return pd.Series(required, dtype=float)


def _beyond_need(data: ModelData) -> list[pd.Series]:
    """Units by item that sizes of orders and of runs add: the largest of every location."""
    found = []
    for flow in (data.orders, data.builds):
        sizes = flow.options[["item", "location"]].assign(size=_sizes(flow.options))
        largest = sizes.groupby(["item", "location"])["size"].max()
        found.append(largest.groupby(level="item").sum())
    return found


def _under_contract(data: ModelData) -> pd.Series:
    """Units by item that contracts with its suppliers ask for."""
    contracts = data.network.table("contracts")[["item", "supplier", "quantity"]]
    options = data.orders.options[["item", "supplier"]].drop_duplicates()
    rows = contracts.rename(columns={"item": "of"}).merge(options, on="supplier")
    rows = rows[(rows["of"] == WILDCARD) | (rows["of"] == rows["item"])]
    return rows.groupby("item")["quantity"].sum()


def _decided_last(data: ModelData, options: ModelOptions) -> list[pd.Series]:
    """Units by item that the last plan orders and builds."""
    last = {} if options.last is None else options.last.tables
    names = [table for table, _ in FLOW_TABLES.values() if table in last]
    return [last[name].groupby("item")["quantity"].sum() for name in names]


def _largest_content(network: Network) -> dict[tuple[str, str], float]:
    """Most units of a component, substitutes of others included, in one unit of every parent."""
    bom = network.table("bom")
    largest = bom.groupby(["item", "component"], as_index=False)["quantity_per"].max()
    rows_of_bom = largest.itertuples(index=False, name=None)
    stated = {(str(p), str(c)): float(q) for p, c, q in rows_of_bom}
    rows = network.table("substitutes")[["item", "component", "substitute", "ratio"]]
    highest = rows.sort_values("ratio").drop_duplicates(list(rows.columns[:3]), keep="last")
    links = list(highest.itertuples(index=False, name=None))
    content = stated
    while True:  # as often as the longest chain of substitutes needs: there are no cycles
        longer = dict(stated)
        for item, component, substitute, ratio in links:
            used = ratio * content.get((item, component), 0.0)
            longer[item, substitute] = longer.get((item, substitute), 0.0) + used
        if longer == content:
            return content
        content = longer


def _room(capacity: Capacity, owner: Ints, period: Ints) -> Floats:
    """Capacity by owner and period; infinite where there is none."""
    if not len(capacity.owners):
        return np.full(len(owner), np.inf)
    room = np.nan_to_num(capacity.capacity[owner, period], nan=np.inf)
    return np.where(owner >= 0, room, np.inf)
