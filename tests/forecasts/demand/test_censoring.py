"""Demand that stock-outs hid, against the published estimator and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.demand.censoring import _mass, uncensored

NAN = np.nan


def test_redistribution_to_the_right_is_the_estimate_of_kaplan_and_meier() -> None:
    # 6-mercaptopurine, remission in weeks (Freireich et al. 1963): the survival function is
    # 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448 after weeks 6, 7, 10, 13, 16, 22, 23
    weeks = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
    cut = np.array([0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1], dtype=bool)
    mass = _mass(cut) / len(weeks)  # deaths come before losses of the same week there
    survival = [1.0 - mass[weeks <= week].sum() for week in (6, 7, 10, 13, 16, 22, 23)]
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert survival == pytest.approx(expected, abs=0.0006)


def test_mean_and_spread_of_hidden_demand_are_those_of_the_truth() -> None:
    random = np.random.default_rng(1)
    truth = random.poisson(20.0, (200, 60)).astype(float)
    stock = random.poisson(24.0, truth.shape).astype(float)
    cut = truth > stock  # one period in four
    shown = np.minimum(truth, stock)
    filled = uncensored(shown, np.where(cut, shown, NAN))
    known = filled[~np.isnan(filled)]
    assert shown.mean() < 19.2
    assert known.mean() == pytest.approx(20.0, rel=0.015)
    # the largest demands are hidden everywhere, so a little of the spread is lost
    assert shown.std() < 0.85 * truth.std()
    assert known.std() == pytest.approx(truth.std(), rel=0.08)


def test_a_row_without_stock_outs_stays() -> None:
    values = np.array([[1.0, NAN, 3.0]])
    np.testing.assert_array_equal(uncensored(values, np.full((1, 3), NAN)), values)
