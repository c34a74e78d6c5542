"""Levels, their columns, and the loss."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.quantiles import column, level_of, ordered, parse_levels, pinball
from supplychain.errors import InputError


@pytest.mark.parametrize(
    ("level", "name"),
    [(0.1, "quantile_P10"), (0.05, "quantile_P05"), (0.975, "quantile_P97.5"),
     (0.99, "quantile_P99"), (0.005, "quantile_P00.5")],
)  # fmt: skip
def test_a_level_and_the_name_of_its_column(level: float, name: str) -> None:
    assert column(level) == name
    assert level_of(name) == level


def test_levels_come_sorted_and_once() -> None:
    assert parse_levels("0.9, 0.1,0.9") == (0.1, 0.9)


def test_all_that_are_no_levels_are_told() -> None:
    with pytest.raises(InputError) as caught:
        parse_levels("0.1,0,1,x")
    assert [problem.value for problem in caught.value.problems] == ["0", "1", "x"]


def test_the_loss_at_the_median_is_the_absolute_error() -> None:
    assert pinball(np.array([3.0]), np.array([[5.0]]), [0.5]).tolist() == [[2.0]]
    # above P90: 2 * 0.9 a unit; below: 2 * 0.1
    assert pinball(np.array([3.0]), np.array([[2.0]]), [0.9]).tolist() == [[1.8]]
    assert pinball(np.array([2.0]), np.array([[3.0]]), [0.9]) == pytest.approx(0.2)


def test_a_quantile_below_one_before_is_lifted() -> None:
    assert ordered(np.array([[-1.0, 3.0, 2.0]])).tolist() == [[0.0, 3.0, 3.0]]
