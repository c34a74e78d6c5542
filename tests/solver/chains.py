"""Chains for tests of safety stock: literal ones, random ones, real ones; and other methods.

:func:`tree_cost` is the dynamic programme of Graves and Willems (2000) for spanning trees,
:func:`cp_sat_cost` a constraint programme over all whole service times, :func:`enumerated_cost`
tries them all. They share nothing with the product but the data.
"""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from ortools.sat.python import cp_model
from scipy.stats import norm

from solver.buffers.service_times import ServiceNetwork


def chain(
    time: list[int],
    holding_cost: list[float],
    arcs: list[tuple[int, int]],
    *,
    spread: list[float],
    inbound: dict[int, int] | None = None,
    promise: dict[int, int] | None = None,
    lag: list[int] | None = None,
) -> ServiceNetwork:
    """A network from lists by stage; ``promise`` and ``inbound`` of the stages that have one."""
    stages = range(len(time))
    return ServiceNetwork(
        np.array(time, np.int64),
        np.array([(inbound or {}).get(stage, 0) for stage in stages], np.int64),
        np.array([(promise or {}).get(stage, np.inf) for stage in stages], float),
        np.array(holding_cost, float), np.array(spread, float),
        np.array([arc[0] for arc in arcs], np.int64), np.array([arc[1] for arc in arcs], np.int64),
        np.array(lag or [0] * len(arcs), np.int64),
    )  # fmt: skip


def random_chain(random: np.random.Generator, stages: int, arcs: int, longest: int = 4) -> (
    ServiceNetwork
):  # fmt: skip
    """A random acyclic chain whose end stages promise something."""
    pairs = list(itertools.combinations(range(stages), 2))
    chosen = random.choice(len(pairs), min(arcs, len(pairs)), replace=False)
    picked = [pairs[number] for number in sorted(chosen)]
    ends = set(range(stages)) - {origin for origin, _ in picked}
    return chain(
        random.integers(0, longest + 1, stages).tolist(), random.uniform(0.1, 10, stages).tolist(),
        picked, spread=random.uniform(0.1, 5, stages).tolist(),
        inbound={0: int(random.integers(0, 3))},
        promise={end: int(random.integers(0, 3)) for end in sorted(ends)},
        lag=random.integers(0, 3, len(picked)).tolist(),
    )  # fmt: skip


def willems_chain(shared: Path, number: int) -> ServiceNetwork:
    """A chain of Willems (2008); skipped where the shared data are absent.

    Mean stage times, rounded up to whole days; a unit costs what its stage and all before it add;
    the cost of holding is that of one unit itself, so that the cost of a placement is the value of
    its safety stock. One unit an arc; end stages independent, each with its own service level.
    """
    folder = shared / "datasets"
    if not (folder / "willems_stages.csv").is_file():
        pytest.skip(f"{folder} has no Willems chains: set SUPPLYCHAIN_SHARED")
    tables = (pd.read_csv(folder / f"willems_{name}.csv") for name in ("stages", "arcs"))
    rows, arcs = (table[table["chain"] == number] for table in tables)
    place = {name: row for row, name in enumerate(rows["Stage Name"])}
    pairs = [(place[a], place[b]) for a, b in
             zip(arcs["sourceStage"], arcs["destinationStage"], strict=True)]  # fmt: skip
    needs = np.zeros((len(rows), len(rows)))
    for a, b in pairs:
        needs[a, b] = 1.0
    total = np.linalg.inv(np.eye(len(rows)) - needs)  # units of a stage in one unit of another
    factor = norm.ppf(rows["serviceLevel"].fillna(0.5).to_numpy())
    own = factor * rows["stdDevDemand"].fillna(0.0).to_numpy()
    promised = rows["maxServiceTime"].where(rows["avgDemand"].notna())
    return chain(
        np.ceil(rows["stageTime"].to_numpy() - 1e-9).astype(int).tolist(),
        (rows["stageCost"].to_numpy() @ total).tolist(), pairs,
        spread=np.sqrt(total**2 @ own**2).tolist(),
        promise={row: int(most) for row, most in enumerate(promised) if not np.isnan(most)},
    )  # fmt: skip


def spanning_tree(network: ServiceNetwork, seed: int) -> ServiceNetwork:
    """``network`` with the arcs of a random spanning tree only, each stage and cost as it was."""
    random = np.random.default_rng(seed)
    graph = nx.Graph()
    for row, (a, b) in enumerate(zip(network.origin, network.destination, strict=True)):
        graph.add_edge(int(a), int(b), weight=random.random(), row=row)
    tree = nx.minimum_spanning_tree(graph)
    kept = np.array(sorted(row for _, _, row in tree.edges(data="row")), np.int64)
    return ServiceNetwork(network.time, network.inbound, network.promise, network.holding_cost,
                          network.spread, network.origin[kept], network.destination[kept],
                          network.lag[kept])  # fmt: skip


def tree_cost(network: ServiceNetwork) -> float:
    """Least cost of a spanning tree, over all whole service times; Graves and Willems (2000)."""
    longest = int(network.time.sum() + network.lag.sum() + network.inbound.max()) + 1
    most = min(longest, int(network.limits[1].max(initial=0) + network.limits[0].max(initial=0)))
    times = np.arange(most + 1)

    @functools.cache
    def by_pair(stage: int, parent: int) -> np.ndarray:
        """Cost of the branch of ``stage`` away from ``parent``, by inbound and outbound time."""
        net = times[:, None] + network.time[stage] - times[None, :]
        cost = np.where(net >= 0, np.sqrt(np.maximum(net, 0)), np.inf)
        cost = np.where(net >= 0, network.holding_cost[stage] * network.spread[stage] * cost, cost)
        cost[times < network.inbound[stage]] = np.inf
        cost[:, times > network.promise[stage]] = np.inf
        for source, lag in network.sources[stage]:
            if source != parent:
                quoted = np.minimum.accumulate(by_pair(source, stage).min(axis=0))
                cost = cost + np.concatenate([np.full(lag, np.inf), quoted])[: most + 1, None]
        for customer, lag in network.customers[stage]:
            if customer != parent:
                waited = by_pair(customer, stage).min(axis=1)
                waited = np.minimum.accumulate(waited[::-1])[::-1]
                cost = cost + np.concatenate([waited[lag:], np.full(lag, np.inf)])
        return cost

    return float(by_pair(0, -1).min())


def enumerated_cost(network: ServiceNetwork) -> float:
    """Least cost over all whole outbound service times of a small network."""
    ranges = [range(int(most) + 1) for most in network.limits[1]]
    best = np.inf
    for outbound in itertools.product(*ranges):
        inbound = network.inbound.tolist()
        for a, b, lag in zip(network.origin, network.destination, network.lag, strict=True):
            inbound[b] = max(inbound[b], outbound[a] + lag)
        net = np.array(inbound) + network.time - np.array(outbound)
        if (net >= 0).all():
            cost = network.holding_cost * network.spread * np.sqrt(net)
            best = min(best, float(cost.sum()))
    return best


def cp_sat_cost(network: ServiceNetwork) -> float:
    """Least cost by another solver and formulation: tables of rounded cost by net time."""
    model, stages = cp_model.CpModel(), range(len(network))
    most_inbound, most_outbound = (limit.tolist() for limit in network.limits)
    outbound = [model.new_int_var(0, most_outbound[stage], "") for stage in stages]
    inbound = [model.new_int_var(int(network.inbound[stage]), most_inbound[stage], "")
               for stage in stages]  # fmt: skip
    price = network.holding_cost * network.spread
    scale = 1e9 / float(price.max() * np.sqrt(max(most_inbound) + network.time.max()))
    costs = []
    for stage in stages:
        net_times = np.arange(most_inbound[stage] + int(network.time[stage]) + 1)
        table = np.rint(scale * price[stage] * np.sqrt(net_times)).astype(int).tolist()
        net_time = model.new_int_var(0, len(table) - 1, "")
        model.add(net_time == inbound[stage] + int(network.time[stage]) - outbound[stage])
        costs.append(model.new_int_var(0, table[-1], ""))
        model.add_element(net_time, table, costs[-1])
    for a, b, lag in zip(network.origin, network.destination, network.lag, strict=True):
        model.add(inbound[b] >= outbound[a] + int(lag))
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return float(solver.objective_value / scale)
