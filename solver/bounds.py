"""Limits that no sensible decision exceeds: what a switch between nothing and something needs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

from solver.data import Capacity, ModelData
from solver.program import Floats, Ints
from supplychain.network import Network


def gross_requirement(network: Network) -> pd.Series:
    """Most units of every item that the demand of the whole horizon can need, stock left aside.

    Exploded through all versions and substitutes, each time by the largest quantity.
    """
    content = _largest_content(network)
    demand = network.table("demand").groupby("item")["quantity"].sum()
    required = {str(item): float(quantity) for item, quantity in demand.items()}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((parent, component) for parent, component in content)
    children: dict[str, list[tuple[str, float]]] = {}
    for (parent, component), quantity in content.items():
        children.setdefault(parent, []).append((component, quantity))
    for parent in nx.topological_sort(graph):
        for component, quantity in children.get(parent, ()):
            required[component] = required.get(component, 0.0) + quantity * required.get(
                parent, 0.0
            )
    return pd.Series(required, dtype=float)


def _largest_content(network: Network) -> dict[tuple[str, str], float]:
    """Most units of a component, or of its substitutes, in one unit of every parent."""
    bom = network.table("bom")
    largest = bom.groupby(["item", "component"], as_index=False)["quantity_per"].max()
    rows_of_bom = largest.itertuples(index=False, name=None)
    content = {(str(p), str(c)): float(q) for p, c, q in rows_of_bom}
    rows = network.table("substitutes")[["item", "component", "substitute", "ratio"]]
    links = list(rows.drop_duplicates().itertuples(index=False, name=None))
    for _ in links:  # as often as the longest chain of substitutes needs
        for item, component, substitute, ratio in links:
            used = ratio * content.get((item, component), 0.0)
            content[item, substitute] = max(content.get((item, substitute), 0.0), used)
    return content


def largest_orders(data: ModelData) -> Floats:
    """Most units that every order variable can sensibly have."""
    flow, network = data.orders, data.network
    needed = gross_requirement(network).reindex(flow.options["item"]).fillna(0.0).to_numpy()
    target = data.closing["target"].reindex(flow.options["item"]).fillna(0.0).to_numpy()
    contracts = network.table("contracts")["quantity"].sum()
    size = flow.options[["moq", "lot_size"]].fillna(0.0).sum(axis=1).to_numpy()
    most = (needed + target + contracts + size)[flow.option]
    row = flow.options["row"].to_numpy(dtype=np.int64)[flow.option]
    most = np.minimum(most, _room(data.capacities["sourcing"], row, flow.dispatch))
    group = data.order_group[flow.option]
    shared = _room(data.capacities["supplier_capacity"], group, flow.dispatch)
    per_unit = flow.options["group_per_unit"].to_numpy(dtype=float)[flow.option]
    endless = np.full_like(shared, np.inf)
    return np.asarray(
        np.minimum(most, np.divide(shared, per_unit, out=endless, where=per_unit > 0))
    )


def _room(capacity: Capacity, owner: Ints, period: Ints) -> Floats:
    """Capacity by owner and period; infinite where there is none."""
    if not len(capacity.owners):
        return np.full(len(owner), np.inf)
    room = np.nan_to_num(capacity.capacity[owner, period], nan=np.inf)
    return np.where(owner >= 0, room, np.inf)
