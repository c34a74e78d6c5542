"""Steps of level, and seasons of single months: what the forecasts must not smear."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.demand.forecast import forecast_demand
from forecasts.demand.seasonality import seasonal_indices
from forecasts.demand.shifts import without_past
from tests.forecasts.demand.support import SMALL, panel

NAN = np.nan


def noisy(level: np.ndarray, rows: int = 8, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (
        level
        * random.lognormal(5, 0.5, (rows, 1))
        * (1 + 0.1 * random.standard_normal((rows, len(level))))
    )


def test_what_came_before_a_step_is_forgotten() -> None:
    values = np.array([[10.0, 11, 9, 10, 11, 9, 10, 11, 9, 3, 3, 4]])
    np.testing.assert_array_equal(without_past(values, 12), [[NAN] * 9 + [3, 3, 4]])


@pytest.mark.parametrize(
    "values",
    [
        [10.0, 11, 9, 10, 11, 9, 10, 11, 9, 10, 2, 2],  # two periods are no level yet
        [10.0, 11, 9, 10, 11, 9, 10, 11, 9, 8, 7, 8],  # a small step
        [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],  # a trend
        [0.0, 3, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0],  # a slow mover
    ],
)
def test_no_step_is_seen_where_there_is_none(values: list[float]) -> None:
    np.testing.assert_array_equal(without_past(np.array([values]), 12), [values])


def test_noise_is_hardly_ever_taken_for_a_step() -> None:
    values = np.random.default_rng(2).poisson(3.0, (2000, 36)).astype(float)
    changed = np.isnan(without_past(values, 12)).any(axis=1)
    assert changed.mean() < 0.01


def test_a_drop_of_three_months_ago_is_followed() -> None:
    level = np.where(np.arange(36) < 33, 1.0, 0.3)
    values = noisy(level)
    made = forecast_demand(panel(values), 6, SMALL)
    assert made.paths.mean.sum() == pytest.approx(6 * values[:, 33:].mean(axis=1).sum(), rel=0.2)


def test_the_last_month_of_a_quarter_keeps_its_peak() -> None:
    level = np.tile([0.7, 0.8, 1.5], 20)
    indices = seasonal_indices(panel(noisy(level)))
    assert indices[:, 2::3] == pytest.approx(1.5, rel=0.1)
    assert indices[:, 0::3] == pytest.approx(0.7, rel=0.1)
