"""How long each stage of planning takes, how much memory it needs, and how both grow.

``pytest -m benchmark tests/benchmarks -s`` prints a table; ``--sizes small,medium`` and
``--time-limit 60`` (seconds for each solve) narrow it down. A size that cannot be planned in time
says so; that is a result, not a failure.
"""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from supplychain.example import Size, generate
from supplychain.files import write_dataset

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("read", "build", "solve", "extract")
MOST_OVERHEAD = 0.2  # build and extract, as a share of the solve
Result = dict[str, Any]


def measured(size: Size, folder: Path, time_limit: float) -> Result:
    """Measure one size in a process of its own."""
    write_dataset(generate(size, 1), folder / size)
    command = [sys.executable, "-m", "tests.benchmarks.measure", str(folder / size),
               str(time_limit)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    result: Result = json.loads(done.stdout)
    return result


def line(size: str, result: Result, time_limit: float) -> str:
    """One row of the table."""
    seconds, peak = result["seconds"], result["peak"]
    cells = [f"{size:8}", f"{result['item_locations']:>8,}", f"{result['rows']:>9,}",
             f"{result['columns']:>9,}", f"{result['entries']:>10,}",
             f"{result['integers']:>8,}",
             f"{result['gap']:>8.0e}" if result["gap"] is not None else f"{'-':>8}"]  # fmt: skip
    solved = result["status"] != "no plan"
    for stage in STAGES:
        known = solved or stage in ("read", "build")
        cells.append(f"{seconds[stage]:>8.2f}" if known else f"{'-':>8}")
    cells.append(f"{overhead(result):>8.0%}" if solved else f"{'-':>8}")
    cells += [f"{peak[stage]:>8,.0f}" for stage in STAGES]
    fair = f"{seconds['as-is']:>8.2f}" if result["as_is_status"] != "no plan" else f"{'-':>8}"
    said = [f"no {kind} plan within {time_limit:g} s a solve"
            for kind, status in (("response", result["status"]), ("as-is", result["as_is_status"]))
            if status == "no plan"]  # fmt: skip
    return " ".join([*cells, fair, "", "; ".join(said) or "optimal"])


def overhead(result: Result) -> float:
    """Build and extract as a share of the solve."""
    seconds = result["seconds"]
    return float((seconds["build"] + seconds["extract"]) / seconds["solve"])


def growth(name: str, small: Result, large: Result) -> str:
    """By which power of the number of item-locations each stage grows."""
    scale = math.log(large["item_locations"] / small["item_locations"])
    words = []
    for stage in STAGES:
        known = "no plan" not in (small["status"], large["status"]) or stage in ("read", "build")
        ratio = large["seconds"][stage] / max(small["seconds"][stage], 1e-9)
        words.append(f"{stage} n^{math.log(ratio) / scale:.2f}" if known else f"{stage} unknown")
    memory = large["peak"]["extract"] - large["imports"]
    ratio = memory / max(small["peak"]["extract"] - small["imports"], 1e-9)
    return f"{name}: {', '.join(words)}, memory n^{math.log(ratio) / scale:.2f}"


HEADER = (
    "size     item-loc.      rows   columns    entries integers      gap     read    build"
    "    solve  extract overhead  MB read    build    solve  extract    as-is"
    "  (seconds; MB: peak so far)"
)


@pytest.mark.benchmark
def test_time_and_memory_of_every_stage(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    time_limit = float(request.config.getoption("--time-limit"))
    sizes = [s for s in get_args(Size) if s in request.config.getoption("--sizes").split(",")]
    results: dict[str, Result] = {}
    with capsys.disabled():
        print(f"\n{HEADER}")
        for size in sizes:
            results[size] = measured(size, tmp_path, time_limit)
            print(line(size, results[size], time_limit), flush=True)
        for small, large in itertools.pairwise(sizes):
            print(growth(f"{small} to {large}", results[small], results[large]))
    for size, result in results.items():
        if result["status"] != "no plan" and size != "small":
            assert overhead(result) <= MOST_OVERHEAD, f"{size}: build and extract take too long"
