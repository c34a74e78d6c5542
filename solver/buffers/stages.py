"""The stages of a network: item-locations that routine options fill, as the stock model sees them.

Assumptions: every routine option of an item-location gets an equal share of its demand, and it
waits for the slowest of them; a BOM row counts for the share of the calendar in which it is valid;
dates and capacities of options, and lead times that hold for some periods only, are left aside;
demands of different item-locations are independent of each other and from period to period.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import splu

from solver.buffers.routes import ABOVE, KINDS, PAIR, routes_of, unit_holding_cost
from solver.buffers.service_times import ServiceNetwork
from solver.data import positions
from solver.program import Floats, Ints
from supplychain.network import Network
from supplychain.scope import needed_item_locations


@dataclass(frozen=True, eq=False)
class Stages:
    """Item-locations (columns item, location, mean: units a period) with their service network.

    ``cut`` lists the arcs that would close a circle and are left out: kind, item, location,
    above_item, above_location. Production is laid first, then sourcing, then lanes, each by key.
    """

    table: pd.DataFrame
    network: ServiceNetwork
    cut: pd.DataFrame


def stages_of(network: Network, demand: pd.DataFrame, factor: float, promise: int) -> Stages:
    """Stages of ``network`` (routine options, expanded) for ``demand``.

    ``demand``: item, location, mean and deviation (units a period), promised within ``promise``
    periods; its bound is the mean and ``factor`` standard deviations. DataError where the cost of
    stock is not known.
    """
    pairs = needed_item_locations(network)
    index = pd.MultiIndex.from_frame(pairs)
    holding_cost = unit_holding_cost(network, pairs["item"])
    routes, arcs, cut = _laid(*routes_of(network, index), index)
    origin, destination = _ends(arcs, index)
    weight = (arcs["quantity"] / arcs["routes"]).to_numpy(dtype=float)
    share = sparse.csc_array((weight, (origin, destination)), shape=(len(pairs), len(pairs)))
    place = positions(index, demand["item"], demand["location"])
    mean, spread = _pooled(share, place, demand, factor)
    promised = np.full(len(pairs), np.inf)
    promised[place] = promise
    service = ServiceNetwork(
        np.zeros(len(pairs), np.int64), _external(routes, arcs, index), promised, holding_cost,
        spread, origin, destination, arcs["lead_time"].to_numpy(dtype=np.int64),
    )  # fmt: skip
    return Stages(pairs.assign(mean=mean), service, cut)


def _external(routes: pd.DataFrame, arcs: pd.DataFrame, index: pd.MultiIndex) -> Ints:
    """Longest lead time of supply from outside the model, by item-location."""
    outside = routes[~routes.index.isin(arcs["route"])]
    longest = np.zeros(len(index), np.int64)
    place = positions(index, outside["item"], outside["location"])
    np.maximum.at(longest, place, outside["lead_time"].to_numpy(dtype=np.int64))
    return longest


def _laid(
    routes: pd.DataFrame, inputs: pd.DataFrame, index: pd.MultiIndex
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Routes and arcs (``routes``: how many the destination has) without circles; what is cut."""
    arcs = inputs.merge(routes[["kind", *PAIR, "lead_time"]], left_on="route", right_index=True)
    rank = arcs["kind"].map({kind: number for number, kind in enumerate(KINDS)})
    arcs = arcs.assign(rank=rank).sort_values(["rank", *PAIR, *ABOVE, "route"], kind="stable")
    kept = _acyclic(*_ends(arcs, index))
    cut = arcs[~kept]
    routes = routes[~routes.index.isin(cut["route"])]
    count = routes.groupby(PAIR).size().rename("routes").reset_index()
    return routes, arcs[kept].merge(count, on=PAIR), cut[["kind", *PAIR, *ABOVE]]


def _ends(arcs: pd.DataFrame, index: pd.MultiIndex) -> tuple[Ints, Ints]:
    """Numbers of the item-locations that arcs come from and go to."""
    return (positions(index, arcs[ABOVE[0]], arcs[ABOVE[1]]),
            positions(index, arcs["item"], arcs["location"]))  # fmt: skip


def _acyclic(origin: Ints, destination: Ints) -> npt.NDArray[np.bool_]:
    """Which arcs stay: those in circles are laid one by one, each only if it closes none."""
    arcs = list(zip(origin.tolist(), destination.tolist(), strict=True))
    graph: nx.DiGraph[int] = nx.DiGraph(arcs)
    circles = nx.strongly_connected_components(graph)
    circle_of = {node: number for number, nodes in enumerate(circles) for node in nodes}
    kept = np.array([circle_of[a] != circle_of[b] for a, b in arcs], dtype=bool)
    graph.remove_edges_from([arcs[row] for row in np.flatnonzero(~kept)])
    for row in np.flatnonzero(~kept):
        a, b = arcs[row]
        if not nx.has_path(graph, b, a):
            graph.add_edge(a, b)
            kept[row] = True
    return kept


def _pooled(
    share: sparse.csc_array, place: Ints, demand: pd.DataFrame, factor: float
) -> tuple[Floats, Floats]:
    """Mean and spread of the demand of every stage; spreads of independent demands add squared."""
    ends = np.zeros((share.shape[0], len(place)))
    ends[place, np.arange(len(place))] = 1.0
    needs = splu(sparse.csc_array(sparse.eye_array(share.shape[0])) - share).solve(ends)
    own = factor * demand["deviation"].to_numpy(dtype=float)
    return needs @ demand["mean"].to_numpy(dtype=float), np.sqrt(needs**2 @ own**2)
