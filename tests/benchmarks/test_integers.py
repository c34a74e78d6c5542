"""How the time of a plan grows with its whole numbers.

``pytest -m benchmark tests/benchmarks/test_integers.py -s`` plans the example company under the
chip shortage with a part of its lots and minimum orders, each against the relaxed program in the
same run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.service.forecasts.filling import fill
from solver.data import model_data
from solver.model import build_model, prompt_cost
from solver.optimizer import SolverOptions, solve
from solver.options import ModelOptions
from solver.rounding import solve_mixed
from supplychain.files import read_dataset
from supplychain.network import Network
from supplychain.scenario import apply, read_scenario
from supplychain.scope import expand

AUTOMAKER = Path(__file__).resolve().parents[2] / "data" / "automaker"
SHARES = (0.0, 0.25, 0.5, 1.0)


def with_part(network: Network, share: float) -> Network:
    """The network with lots and minimum orders for a share of its options."""
    sourcing = network.table("sourcing")
    kept = np.arange(len(sourcing)) % 100 < 100 * share
    return network.replace(sourcing=sourcing.assign(
        lot_size=sourcing["lot_size"].where(kept), moq=sourcing["moq"].where(kept)))  # fmt: skip


@pytest.mark.benchmark
def test_time_grows_with_the_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    base = expand(fill(read_dataset(AUTOMAKER)).network)
    network = apply(read_scenario(AUTOMAKER / "scenarios" / "chip-shortage.yaml"), base)
    with capsys.disabled():
        print("\nintegers   relaxed s    whole s   ratio        gap")
        for share in SHARES:
            model = build_model(model_data(with_part(network, share)), ModelOptions(budget=1.5e6))
            program = model.program.derive(cost=prompt_cost(model))
            relaxed = solve(program.relaxed(), SolverOptions())
            whole = solve_mixed(model, program, SolverOptions())
            gap = abs(whole.bound - whole.objective) / abs(whole.objective)
            print(
                f"{int(program.integer.sum()):>8,} {relaxed.seconds:>11.1f} "
                f"{whole.seconds:>10.1f} {whole.seconds / relaxed.seconds:>7.1f} {gap:>10.1e}"
            )
            assert gap <= 1e-3
