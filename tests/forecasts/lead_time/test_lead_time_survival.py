"""Estimators from times some of which are only bounds."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.lead_time.survival import Curves, expected_excess, kaplan_meier

# Remission times in weeks under 6-mercaptopurine; False: still in remission when last seen.
# Freireich et al. (1963), Blood 21; survival as in Kalbfleisch and Prentice, table 1.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [
    True, True, True, False, True, False, True, False, False, True, True, False, False, False,
    True, True, False, False, False, False, False,
]  # fmt: skip


def test_kaplan_meier_gives_the_published_survival_of_the_leukaemia_trial() -> None:
    times, surviving = kaplan_meier(WEEKS, RELAPSED)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    found = dict(zip(times.tolist(), surviving.tolist(), strict=True))
    assert {week: found[week] for week in published} == pytest.approx(published, abs=5e-4)


def test_a_weight_of_two_counts_as_two_rows() -> None:
    once = kaplan_meier([1, 2, 3], [True, False, True], [2.0, 1.0, 1.0])
    twice = kaplan_meier([1, 1, 2, 3], [True, True, False, True])
    assert once[1] == pytest.approx(twice[1])
    assert once[1] == pytest.approx([0.5, 0.5, 0.0])


def test_what_is_expected_beyond_a_bound_is_the_mean_of_what_lies_beyond_it() -> None:
    values, surviving = kaplan_meier([1.0, 2.0, 6.0], [True, True, True])
    beyond = expected_excess(values, surviving, np.array([0.0, 1.0, 9.0]))
    assert beyond == pytest.approx([3.0, 4.0, 9.0])


def two_points() -> Curves:
    """Half of the mass at 10, half at 20."""
    return Curves(np.array([10.0, 20.0]), np.array([[0.5, 1.0]]), 1.0)


def test_smooth_quantiles_run_between_the_middles_of_the_steps() -> None:
    found = two_points().smooth(np.array([0]), [0.1, 0.5, 0.9])
    assert found.tolist() == [[10.0, 15.0, 20.0]]


def test_stepped_quantiles_are_points_that_hold_mass() -> None:
    found = two_points().steps(np.array([0]), [0.1, 0.5, 0.51, 0.9])
    assert found.tolist() == [[10.0, 10.0, 20.0, 20.0]]


def test_above_a_floor_only_what_lies_beyond_it_counts() -> None:
    found = two_points().steps(np.array([0, 0]), [0.1, 0.9], np.array([10.0, -np.inf]))
    assert found.tolist() == [[20.0, 20.0], [10.0, 20.0]]


def test_beyond_all_that_is_on_record_the_rest_is_exponential() -> None:
    found = two_points().smooth(np.array([0]), [0.5], np.array([30.0]))
    assert found[0, 0] == pytest.approx(30.0 + np.log(2.0))


def test_what_survives_the_record_lies_behind_it() -> None:
    curves = Curves.from_survival(np.array([10.0]), np.array([[0.4]]), 5.0)
    low, high = curves.smooth(np.array([0]), [0.2, 0.95])[0]
    assert low == 10.0
    assert high > 10.0
    assert curves.cdf[0, -1] == pytest.approx(1.0)
