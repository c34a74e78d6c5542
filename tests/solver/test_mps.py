"""The exported model, solved again by another program in another process, has the same optimum."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from solver.mps import write_mps
from solver.plan import Plan, PlanKind
from solver.program import LinearProgram
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.solver.random_networks import networks
from tests.solver.test_allocation import HUNDRED_AND_FIFTY, sixty_chips
from tests.solver.test_closing import closing_case
from tests.solver.test_money import shortage
from tests.solver.test_properties import MANY, UNLIKELY, money_at_stake
from tests.solver.test_status import scarce
from tests.support import plan_only, tiny

needs_highspy = pytest.mark.skipif(
    importlib.util.find_spec("highspy") is None, reason="highspy is not installed"
)
# highspy cannot share a process with ortools: both bring their own libhighs
SOLVE = """
import json, sys
import highspy
results = []
for path in sys.argv[1:]:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(path)
    highs.run()
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    results.append(highs.getInfo().objective_function_value if optimal else None)
print(json.dumps(results))
"""


def solved_elsewhere(paths: list[Path]) -> list[float | None]:
    """Objectives that highspy finds for MPS files; None where it finds no optimum."""
    command = [sys.executable, "-c", SOLVE, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    results: list[float | None] = json.loads(done.stdout)
    return results


def export(plans: list[Plan], folder: Path) -> list[Path]:
    paths = [folder / f"{number}.mps" for number in range(len(plans))]
    for plan, path in zip(plans, paths, strict=True):
        write_mps(plan.program, path)
    return paths


def thirds() -> Network:
    """Numbers that six digits cannot hold."""
    return tiny(
        periods=3,
        sourcing="""
            item  location  supplier  lead_time  unit_cost           capacity
            CHIP  PLANT     FAB       1          0.3333333333333333  1.1
        """,
        demand="""
            item  location  period  quantity  unit_revenue  backorder_cost
            CHIP  PLANT     0       10        12345.6789    0.1
        """,
    )


def cases() -> list[tuple[Network, Responses]]:
    return [
        (scarce(), Responses()),
        (scarce(), Responses(reallocation=False)),
        (sixty_chips(HUNDRED_AND_FIFTY), Responses()),
        (shortage(freight=3, price=5), Responses(budget=12)),
        (closing_case(stock=0, price=1), Responses()),
        (thirds(), Responses()),
    ]


@needs_highspy
def test_another_solver_finds_the_objective_of_every_plan(tmp_path: Path) -> None:
    kinds: tuple[PlanKind, ...] = ("as-is", "response")
    plans = [plan_only(network, kind, responses)
             for network, responses in cases() for kind in kinds]  # fmt: skip
    found = solved_elsewhere(export(plans, tmp_path))
    stated = [plan.objective for plan in plans]
    assert None not in found
    assert np.array(found, float) == pytest.approx(np.array(stated), rel=1e-6)


@needs_highspy
@pytest.mark.slow
@settings(max_examples=MANY, deadline=None, suppress_health_check=UNLIKELY)
@given(networks())
def test_another_solver_agrees_on_many_networks(
    tmp_path_factory: pytest.TempPathFactory, network: Network
) -> None:
    network = expand(network)
    cases: list[tuple[PlanKind, Responses]] = [
        ("as-is", Responses()), ("response", Responses(budget=30)),
        ("response", Responses(reallocation=False)),
    ]  # fmt: skip
    plans = [plan_only(network, kind, responses) for kind, responses in cases]
    found = solved_elsewhere(export(plans, tmp_path_factory.mktemp("mps")))
    for plan, objective in zip(plans, found, strict=True):
        assert objective == pytest.approx(plan.objective, abs=1e-6 * max(1, money_at_stake(plan)))


def test_numbers_are_written_with_all_their_digits(tmp_path: Path) -> None:
    plan = plan_only(thirds())
    (path,) = export([plan], tmp_path)
    text = path.read_text(encoding="ascii")
    numbers = {float(word) for word in text.split() if word[0].isdigit() or word[0] == "-"}
    program: LinearProgram = plan.program
    stated = {*program.values.tolist(), *program.cost[program.cost != 0].tolist()}
    assert stated <= numbers
    assert -0.3333333333333333 in numbers


def test_the_same_plan_gives_the_same_file(tmp_path: Path) -> None:
    texts = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (path,) = export([plan_only(scarce())], tmp_path / name)
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]
