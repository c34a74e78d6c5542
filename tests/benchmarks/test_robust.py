"""What robust planning gains: ``pytest -m benchmark tests/benchmarks/test_robust.py -s``."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain.files import read_dataset
from tests.benchmarks.robust import DATA, HEADER, Setting, compared, line

SCENARIOS = ("chip-shortage", "demand-surge", "quality-hold")


@pytest.mark.benchmark
def test_what_robust_planning_gains(capsys: pytest.CaptureFixture[str]) -> None:
    base = read_dataset(DATA)
    with capsys.disabled():
        print(f"\n{Setting()}\n{HEADER}")
        for name in SCENARIOS:
            table = compared(base, name, Setting())
            for _, row in table.iterrows():
                print(line(row), flush=True)
            assert np.isfinite(table[["profit_mean", "profit_robust", "gain"]]).all(axis=None)
