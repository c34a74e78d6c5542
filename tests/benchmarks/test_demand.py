"""How good demand forecasts are on real histories, and how long they take as series grow in number.

``pytest -m benchmark tests/benchmarks/test_demand.py -s`` prints the tables.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.demand import SETS, measured

GOALS = {"carparts": 0.86, "auto": 0.58}


@pytest.mark.benchmark
@pytest.mark.parametrize("name", list(SETS))
def test_loss_and_coverage_on_real_histories(
    name: str, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared / "datasets" / f"{name}_train.csv"
    if not path.is_file():
        pytest.skip(f"{path} is absent: set SUPPLYCHAIN_SHARED to the folder of shared data")
    rows = measured(path, name)
    with capsys.disabled():
        print("\n" + pd.DataFrame(rows).round(3).to_string(index=False))
    assert rows[0]["loss"] <= GOALS[name]
    assert abs(rows[0]["P90"] - 0.9) <= 0.03
    assert abs(rows[0]["P95"] - 0.95) <= 0.02


@pytest.mark.benchmark
def test_time_and_memory_grow_with_the_number_of_series(capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for series in (3_000, 30_000):
        line = [sys.executable, "-m", "tests.benchmarks.demand", str(series)]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
    with capsys.disabled():
        print("\n" + pd.DataFrame(rows).to_string(index=False))
    assert rows[1]["megabytes"] < 4_000
