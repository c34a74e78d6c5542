"""Safety stock at least cost: published examples, full enumeration, and dynamic programming."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from solver.buffers.guaranteed_service import evaluate, hold_everywhere, place
from solver.buffers.service_times import candidates
from tests.solver.chains import (
    chain,
    cp_sat_cost,
    enumerated_cost,
    random_chain,
    spanning_tree,
    tree_cost,
    willems_chain,
)

SQRT2 = 2**0.5
LINE = [(0, 1), (1, 2)]
# random networks on which the relaxation alone falls short: seed, stages, arcs
NEED_WHOLE_NUMBERS = [(840910127, 6, 9), (936213237, 6, 11), (216418735, 6, 11)]


def test_example_6_5_of_snyder_and_shen() -> None:
    """Fundamentals of Supply Chain Theory, 2nd edition, example 6.5: a tree of four stages."""
    network = chain([2, 1, 1, 1], [1, 3, 2, 3], [(0, 2), (2, 1), (2, 3)],
                    spread=[SQRT2, 1, SQRT2, 1], inbound={0: 1}, promise={1: 0, 3: 1})  # fmt: skip
    placement = place(network)
    assert placement.status == "optimal"
    assert placement.cost == pytest.approx(8.2779, abs=5e-5)
    assert placement.outbound.tolist() == [0, 0, 0, 1]
    assert placement.net_time.tolist() == [3, 1, 1, 0]


def test_problem_6_7_of_snyder_and_shen() -> None:
    """Forming, firing, glazing: all stock after the last step, 4 x 40 x sqrt(5)."""
    network = chain([1, 1, 2], [2, 3, 4], LINE, spread=[40] * 3, inbound={0: 1}, promise={2: 0})
    placement = place(network)
    assert placement.cost == pytest.approx(357.771, abs=5e-4)
    assert placement.stock.tolist() == pytest.approx([0, 0, 40 * 5**0.5])


def test_problem_6_8_of_snyder_and_shen() -> None:
    """Ten stages in a row, 7 periods from the supplier, 3 promised to the customer."""
    spread = [15.8 * norm.ppf(0.98)] * 10
    network = chain([5, 1, 5, 9, 5, 8, 15, 2, 10, 5],
                    [0.87, 0.98, 1.1, 1.15, 2.37, 2.47, 2.93, 3.04, 4.56, 5.73],
                    [(stage, stage + 1) for stage in range(9)],
                    spread=spread, inbound={0: 7}, promise={9: 3})  # fmt: skip
    assert place(network).cost == pytest.approx(1378.3, abs=0.05)


def test_a_cheap_stage_holds_for_two_dear_ones() -> None:
    """A shared stage of 4 periods at 1 a unit covers sqrt(2) x 2; each end at 10 none."""
    network = chain([4, 0, 0], [1, 10, 10], [(0, 1), (0, 2)],
                    spread=[SQRT2, 1, 1], promise={1: 0, 2: 0})  # fmt: skip
    placement = place(network)
    assert placement.stock.tolist() == pytest.approx([2 * SQRT2, 0, 0])
    assert placement.cost == pytest.approx(2 * SQRT2)


def test_a_fast_source_waits_for_a_slow_one_and_holds_nothing() -> None:
    """An assembly of inputs of 9 and 4 periods at cost 100: both hold none, it holds sqrt(9)."""
    network = chain([9, 4, 0], [100, 100, 1], [(0, 2), (1, 2)], spread=[1, 1, 1], promise={2: 0})
    placement = place(network)
    assert placement.outbound.tolist() == [9, 4, 0]
    assert placement.stock.tolist() == pytest.approx([0, 0, 3])


def test_the_lag_of_an_arc_adds_to_what_its_source_quotes() -> None:
    network = chain([0, 0], [1, 1], [(0, 1)], spread=[1, 1], inbound={0: 3}, lag=[6],
                    promise={0: 0, 1: 0})  # fmt: skip
    placement = place(network)
    assert placement.inbound.tolist() == [3, 6]
    assert placement.cost == pytest.approx(3**0.5 + 6**0.5)


def test_a_promise_as_long_as_the_chain_needs_no_stock() -> None:
    network = chain([2, 3], [1, 2], [(0, 1)], spread=[5, 5], promise={1: 5})
    placement = place(network)
    assert placement.cost == 0.0
    assert placement.outbound.tolist() == [2, 5]


def test_holding_everywhere_is_what_pooling_is_measured_against() -> None:
    network = chain([1, 1, 2], [2, 3, 4], LINE, spread=[40] * 3, inbound={0: 1}, promise={2: 0})
    baseline = evaluate(network, hold_everywhere(network))
    assert baseline.cost == pytest.approx(40 * (2 * SQRT2 + 3 * 1 + 4 * SQRT2))


def test_arcs_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        chain([1, 1], [1, 1], [(0, 1), (1, 0)], spread=[1, 1])


@pytest.mark.parametrize("seed", range(25))
def test_no_placement_of_a_small_network_is_cheaper(seed: int) -> None:
    random = np.random.default_rng(seed)
    network = random_chain(random, int(random.integers(3, 6)), int(random.integers(2, 9)), 3)
    placement = place(network)
    assert placement.status == "optimal"
    assert placement.cost == pytest.approx(enumerated_cost(network), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("seed", "stages", "arcs"), NEED_WHOLE_NUMBERS)
def test_whole_variables_close_the_gap_of_the_relaxation(
    seed: int, stages: int, arcs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from solver.buffers import guaranteed_service

    network = random_chain(np.random.default_rng(seed), stages, arcs, 5)
    placement = place(network)
    assert placement.status == "optimal"
    monkeypatch.setattr(guaranteed_service, "solve_integer", _only_relaxation)
    relaxed = place(network)
    assert relaxed.status == "feasible"
    assert relaxed.bound < placement.cost * (1 - 1e-6) <= relaxed.cost
    assert relaxed.gap == pytest.approx(1 - relaxed.bound / relaxed.cost)


def _only_relaxation(program, is_whole, time_limit):  # type: ignore[no-untyped-def]
    from solver.buffers.integer import solve_integer

    found = solve_integer(program, is_whole[:0], time_limit)
    return (np.zeros(0), np.inf) if len(is_whole) else found


def test_without_time_the_placement_holds_everywhere_and_proves_nothing() -> None:
    network = chain([1, 1, 2], [2, 3, 4], LINE, spread=[40] * 3, promise={2: 0})
    placement = place(network, time_limit=0.0)
    assert placement.cost <= evaluate(network, hold_everywhere(network)).cost
    assert placement.bound <= placement.cost


def test_service_times_to_choose_from_are_sums_along_chains() -> None:
    """Stages of 3 and 5 periods in a row: the end waits 0 or 3."""
    network = chain([3, 5], [1, 1], [(0, 1)], spread=[1, 1], promise={1: 0})
    inbound, outbound = candidates(network)
    assert [values.tolist() for values in inbound] == [[0], [0, 3]]
    assert [values.tolist() for values in outbound] == [[0, 3], [0]]


@pytest.mark.parametrize("number", [1, 2, 5, 7, 8])
def test_trees_cut_from_real_chains_cost_what_dynamic_programming_says(
    number: int, shared: Path
) -> None:
    network = willems_chain(shared, number)
    for seed in range(2):
        tree = spanning_tree(network, seed)
        placement = place(tree)
        assert placement.status == "optimal"
        assert placement.cost == pytest.approx(tree_cost(tree), rel=1e-7)


@pytest.mark.parametrize("number", [2, 5, 9])
def test_another_solver_finds_the_same_cost_of_real_chains_that_are_no_trees(
    number: int, shared: Path
) -> None:
    network = willems_chain(shared, number)
    assert len(network.origin) >= len(network)
    assert place(network).cost == pytest.approx(cp_sat_cost(network), rel=1e-6)


def test_a_chain_costs_no_less_than_a_tree_cut_from_it(shared: Path) -> None:
    """Fewer arcs are fewer constraints."""
    network = willems_chain(shared, 7)
    assert place(network).cost >= place(spanning_tree(network, 0)).cost - 1e-6


@pytest.mark.parametrize(
    ("number", "cost"),
    [(1, 19832.31), (2, 27183931.54), (3, 13726689.48), (7, 10433080.84), (10, 2633708.03)],
)
def test_cost_of_small_real_chains(number: int, cost: float, shared: Path) -> None:
    """Optima found here, with the proof that no placement is cheaper."""
    placement = place(willems_chain(shared, number))
    assert placement.status == "optimal"
    assert placement.cost == pytest.approx(cost, abs=5e-3)
