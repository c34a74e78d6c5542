"""Time and peak memory of every stage of planning one dataset; run in a process of its own.

``python -m tests.benchmarks.measure DATASET TIME_LIMIT`` prints one line of JSON. Peak memory is
the most that the process has held up to the end of a stage, so it never falls.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solver.data import model_data
from solver.extract import extract, resource_loads
from solver.fair_share import solve_fair_share
from solver.model import build_model
from solver.optimizer import Solution, SolverOptions
from solver.options import ModelOptions
from solver.rounding import solve_mixed
from supplychain.files import read_dataset
from supplychain.scope import expand


class Stopwatch:
    """Seconds and peak memory (MB) by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peak: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started
        self.peak[name] = peak_memory()


def peak_memory() -> float:
    """Most memory held so far, in MB (ru_maxrss is in kB on Linux, in bytes on macOS)."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def gap(solution: Solution) -> float | None:
    """Distance of a solution from its bound, as a share of it; None without a plan."""
    if solution.status == "no plan":
        return None
    return abs(solution.bound - solution.objective) / max(abs(solution.objective), 1.0)


def measure(folder: Path, time_limit: float) -> dict[str, Any]:
    """Read the dataset at ``folder``, build and solve the response, extract it; then as-is."""
    watch, solver = Stopwatch(), SolverOptions(time_limit=time_limit)
    before = peak_memory()
    with watch.stage("read"):
        network = read_dataset(folder)
    with watch.stage("build"):
        data = model_data(expand(network))
        model = build_model(data, ModelOptions())
    with watch.stage("solve"):
        solution = solve_mixed(model, model.program, solver)
    with watch.stage("extract"):
        if solution.status != "no plan":
            extract(model, solution.values)
            resource_loads(model, solution.values)
    with watch.stage("as-is"):
        fair = solve_fair_share(data, ModelOptions.routine(), solver)
    rows, columns = model.program.shape
    return {
        "item_locations": len(data.pairs), "periods": data.periods, "rows": rows,
        "columns": columns, "entries": len(model.program.values), "imports": before,
        "integers": int(model.program.integer.sum()), "gap": gap(solution),
        "seconds": watch.seconds, "peak": watch.peak, "status": solution.status,
        "as_is_status": fair.solution.status, "as_is_solves": fair.seconds,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), float(sys.argv[2]))))
