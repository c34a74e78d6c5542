"""Least cost of safety stock in the real chains of Willems (2008), with the proof, and the time.

``pytest -m benchmark tests/benchmarks/test_safety_stock.py -s`` prints the table; ``--time-limit``
is in seconds for each solve. Stage times, costs and demand as ``tests.solver.chains`` says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from solver.buffers.guaranteed_service import evaluate, hold_everywhere, place
from tests.solver.chains import spanning_tree, tree_cost, willems_chain

CHAINS = range(1, 21)
HEADER = (
    f"{'chain':>5} {'stages':>6} {'arcs':>5} {'columns':>9} {'cost':>16} {'bound':>16} {'gap':>7} "
    f"{'everywhere':>16} {'saved':>6} {'seconds':>8} {'tree':>16} status"
)


@pytest.mark.benchmark
def test_cost_by_chain(
    shared: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = request.config.getoption("--time-limit")
    lines = [HEADER]
    for number in CHAINS:
        network = willems_chain(shared, number)
        placement = place(network, limit)
        everywhere = evaluate(network, hold_everywhere(network)).cost
        tree = spanning_tree(network, 0)
        cut = place(tree, limit)
        if cut.status == "optimal":
            assert cut.cost == pytest.approx(tree_cost(tree), rel=1e-7)
        lines.append(
            f"{number:>5} {len(network):>6} {len(network.origin):>5} {placement.size[1]:>9,} "
            f"{placement.cost:>16,.2f} {placement.bound:>16,.2f} {placement.gap:>7.2%} "
            f"{everywhere:>16,.2f} {1 - placement.cost / everywhere:>6.1%} "
            f"{placement.seconds:>8.1f} {cut.cost:>16,.2f} {placement.status}"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))
