"""Safety stock by the guaranteed-service model on general acyclic networks.

Every stage quotes its customers a service time within which it always delivers, as long as demand
stays within a bound; what its own inputs and work take longer than that, it covers from stock.

Sets
    k stages; (j,k) arcs, j supplies k, without circles;
    A[k], B[k] inbound and outbound service times to choose from (see service_times).

Data (unit)
    T stage time, L lag of an arc, e service time of external supply, s longest service time that
    may be quoted (whole periods); h holding cost (money a unit and year); v safety factor times
    standard deviation of the demand of one period (units).

The problem, over inbound service times SI and outbound service times S
    minimise  sum h[k] v[k] sqrt(tau[k])      with tau[k] = SI[k] + T[k] - S[k], the net time
    SI[k] >= S[j] + L[j,k],  SI[k] >= e[k],  tau[k] >= 0,  0 <= S[k] <= s[k]
The safety stock of a stage is v sqrt(tau): its demand over any tau periods exceeds the mean by no
more than that (Graves and Willems 2000; general networks: Magnanti, Shen, Shu, Simchi-Levi and Teo
2006, Humair and Willems 2011; v by pooling of independent demands).

As a mathematical program: a concave cost has its minimum at a vertex, so A[k] and B[k] are finite.
Variables, from 0 to 1
    pick[k,a,b]     stage k has SI = a and S = b, for b <= a + T[k]
    inbound[k,a]    SI[k] >= a (whole where the relaxation is not)
    outbound[k,b]   S[k] >= b (whole where the relaxation is not)

Equations, each a function of this module and a block of rows of the program
    (G1) one        inbound[k, least a] = 1
    (G2) inbound    inbound[k,a] - inbound[k, next a] = sum_b pick[k,a,b]
    (G3) outbound   outbound[k,b] - outbound[k, next b] = sum_a pick[k,a,b]
    (G4) arcs       outbound[j,b] <= inbound[k, least a >= b + L[j,k]], 0 where there is none
Objective: sum h[k] v[k] sqrt(a + T[k] - b) pick[k,a,b]

The relaxation is exact on trees: the picks of two neighbours can be drawn together so that (G4)
holds in every draw, and so can those of a tree, one after the other; every draw is a placement, and
their mean cost is the optimum of the relaxation. Elsewhere it is a bound; the service times that
are reached with weight q or more make a placement for every q, and whole variables close the gap.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from solver.buffers.integer import solve_integer
from solver.buffers.service_times import ServiceNetwork, candidates
from solver.optimizer import Status
from solver.program import Floats, Ints, LinearProgram, ProgramBuilder

LEVELS = (0.999, 0.9, 0.75, 0.5, 0.25, 0.1, 0.001)
_EXACT = 1e-7  # relative gap within which a placement counts as optimal


@dataclass(frozen=True, eq=False)
class Placement:
    """Service times and safety stock by stage, with the cost a year and a bound on the least cost.

    ``status`` is "optimal", or "feasible" where a time limit stopped the proof.
    """

    status: Status
    inbound: Ints
    outbound: Ints
    net_time: Ints
    stock: Floats
    cost: float
    bound: float
    size: tuple[int, int]
    seconds: float

    @property
    def gap(self) -> float:
        """How far the cost may lie above the least one, as a share of it."""
        return max(self.cost - self.bound, 0.0) / self.cost if self.cost > 0.0 else 0.0


def place(network: ServiceNetwork, time_limit: float | None = None) -> Placement:
    """Safety stock at the least holding cost; ``time_limit`` in seconds for each of two solves."""
    started = time.perf_counter()
    model = _Model.build(network)
    choices, bound = [hold_everywhere(network)], 0.0
    for is_whole in (model.is_whole[:0], model.is_whole):  # the relaxation, then whole variables
        values, found = solve_integer(model.program, is_whole, time_limit)
        bound = max(bound, -found * model.scale)
        if len(values):
            choices += [_within(network, model.rounded(values, level)) for level in LEVELS]
        best = _cheapest(network, choices)
        if not len(values) or _cost(network, best) <= bound * (1 + _EXACT):
            break
    best = _eased(network, _inbound(network, best), best)
    seconds = time.perf_counter() - started
    return _placement(network, best, bound, model.program.shape, seconds)


def hold_everywhere(network: ServiceNetwork) -> Ints:
    """Service times without any pooling: 0, and as much as may be at the end of the chain."""
    is_end = np.array([not customers for customers in network.customers])
    most = np.minimum(network.least_inbound + network.time, network.promise).astype(np.int64)
    return np.asarray(most * is_end)


def evaluate(network: ServiceNetwork, outbound: Ints) -> Placement:
    """The placement that follows from given outbound service times, with no bound but 0."""
    return _placement(network, outbound, 0.0, (0, 0), 0.0)


def _placement(
    network: ServiceNetwork, outbound: Ints, bound: float, size: tuple[int, int], seconds: float
) -> Placement:
    inbound = _inbound(network, outbound)
    net_time = inbound + network.time - outbound
    stock = network.spread * np.sqrt(net_time)
    cost = float(network.holding_cost @ stock)
    is_optimal = cost <= bound * (1 + _EXACT)
    bound = min(bound, cost)
    return Placement("optimal" if is_optimal else "feasible", inbound, outbound, net_time, stock,
                     cost, bound, size, seconds)  # fmt: skip


def _inbound(network: ServiceNetwork, outbound: Ints) -> Ints:
    """Inbound service times: the longest of what the sources quote."""
    inbound = network.least_inbound.copy()
    np.maximum.at(inbound, network.destination, outbound[network.origin] + network.lag)
    return inbound


def _within(network: ServiceNetwork, outbound: Ints) -> Ints:
    """Outbound service times cut to the time that the stage itself waits and works."""
    outbound, inbound = outbound.copy(), network.least_inbound.copy()
    for stage in network.order:
        for source, lag in network.sources[stage]:
            inbound[stage] = max(inbound[stage], outbound[source] + lag)
        outbound[stage] = min(outbound[stage], inbound[stage] + network.time[stage])
    return outbound


def _eased(network: ServiceNetwork, inbound: Ints, outbound: Ints) -> Ints:
    """Outbound service times raised as far as no customer's inbound one changes."""
    most = np.minimum(inbound + network.time, network.promise)
    np.minimum.at(most, network.origin, inbound[network.destination] - network.lag)
    return np.asarray(np.maximum(most.astype(np.int64), outbound))


def _cost(network: ServiceNetwork, outbound: Ints) -> float:
    return evaluate(network, outbound).cost


def _cheapest(network: ServiceNetwork, choices: list[Ints]) -> Ints:
    return min(choices, key=lambda outbound: _cost(network, outbound))


# --- the program ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Times:
    """Service times to choose from, stage after stage: those of stage k from start[k]."""

    values: Ints
    start: Ints

    @classmethod
    def join(cls, values: list[Ints]) -> _Times:
        lengths = np.array([0, *map(len, values)], np.int64)
        return cls(np.concatenate([np.zeros(0, np.int64), *values]), np.cumsum(lengths))

    def of(self, stage: int) -> Ints:
        return self.values[self.start[stage] : self.start[stage + 1]]


@dataclass(frozen=True, eq=False)
class _Model:
    """The program of one network; money is divided by ``scale``, the largest cost of a stage."""

    program: LinearProgram
    outbound: _Times
    is_whole: Ints
    scale: float

    @classmethod
    def build(cls, network: ServiceNetwork) -> _Model:
        """Assemble the program; the list of calls is the formulation above."""
        inbound, outbound = map(_Times.join, candidates(network))
        stage, first, second = _picks(network, inbound, outbound)
        net_time = inbound.values[first] + network.time[stage] - outbound.values[second]
        cost = (network.holding_cost * network.spread)[stage] * np.sqrt(net_time)
        scale = float(cost.max(initial=0.0)) or 1.0
        builder = ProgramBuilder()
        builder.add_columns("pick", -cost / scale, 1.0)
        builder.add_columns("inbound", np.zeros(len(inbound.values)), 1.0)
        builder.add_columns("outbound", np.zeros(len(outbound.values)), 1.0)
        _one(builder, inbound)
        _steps(builder, "inbound", inbound, first)
        _steps(builder, "outbound", outbound, second)
        _arcs(builder, network, inbound, outbound)
        program = builder.freeze()
        return cls(program, outbound, np.arange(len(cost), program.shape[1]), scale)

    def rounded(self, values: Floats, level: float) -> Ints:
        """Outbound service times that a solution reaches with weight ``level`` or more."""
        weight = values[self.program.column_blocks["outbound"]]
        reached = np.add.reduceat((weight >= level).astype(np.int64), self.outbound.start[:-1])
        return self.outbound.values[self.outbound.start[:-1] + np.maximum(reached, 1) - 1]


def _picks(network: ServiceNetwork, inbound: _Times, outbound: _Times) -> tuple[Ints, Ints, Ints]:
    """Stage and places of inbound and outbound time of every pick.

    A stage without customers quotes as much as it may, one whose stock costs nothing quotes 0.
    """
    is_free = network.holding_cost * network.spread <= 0.0
    stages, firsts, seconds = [], [], []
    for stage in range(len(network)):
        permitted = inbound.of(stage)[:, None] + network.time[stage] >= outbound.of(stage)
        if not network.customers[stage]:
            permitted &= np.cumsum(permitted, axis=1) == permitted.sum(axis=1, keepdims=True)
        elif is_free[stage]:
            permitted[:, 1:] = False
        first, second = np.nonzero(permitted)
        stages.append(np.full(len(first), stage))
        firsts.append(first + inbound.start[stage])
        seconds.append(second + outbound.start[stage])
    return np.concatenate(stages), np.concatenate(firsts), np.concatenate(seconds)


def _one(builder: ProgramBuilder, inbound: _Times) -> None:
    """(G1): every stage has some inbound service time."""
    count = len(inbound.start) - 1
    builder.add_rows("one", np.ones(count), np.ones(count))
    builder.add_entries("one", np.arange(count), "inbound", inbound.start[:-1], 1.0)


def _steps(builder: ProgramBuilder, name: str, times: _Times, of_pick: Ints) -> None:
    """(G2), (G3): the picks of a service time are the step from it to the next longer one."""
    count = len(times.values)
    builder.add_rows(name, np.zeros(count), np.zeros(count))
    places = np.arange(count)
    builder.add_entries(name, places, name, places, 1.0)
    with_next = np.setdiff1d(places, times.start[1:] - 1)
    builder.add_entries(name, with_next, name, with_next + 1, -1.0)
    builder.add_entries(name, of_pick, "pick", np.arange(len(of_pick)), -1.0)


def _arcs(
    builder: ProgramBuilder, network: ServiceNetwork, inbound: _Times, outbound: _Times
) -> None:
    """(G4): a customer waits as long as its source says."""
    quoted, waited = [], []
    arcs = zip(network.origin.tolist(), network.destination.tolist(), network.lag, strict=True)
    for origin, destination, lag in arcs:
        place = np.searchsorted(inbound.of(destination), outbound.of(origin) + lag)
        is_beyond = place >= len(inbound.of(destination))
        waited.append(np.where(is_beyond, -1, inbound.start[destination] + place))
        quoted.append(np.arange(outbound.start[origin], outbound.start[origin + 1]))
    quote = np.concatenate([np.zeros(0, np.int64), *quoted])
    wait = np.concatenate([np.zeros(0, np.int64), *waited])
    builder.add_rows("arcs", np.full(len(quote), -np.inf), np.zeros(len(quote)))
    rows = np.arange(len(quote))
    builder.add_entries("arcs", rows, "outbound", quote, 1.0)
    known = wait >= 0
    builder.add_entries("arcs", rows[known], "inbound", wait[known], -1.0)
