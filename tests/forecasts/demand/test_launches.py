"""Series with little of their own: predecessors in chains and shares, few observations, growth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasts.demand.forecast import forecast_demand
from forecasts.demand.growth import growth_factors
from forecasts.demand.launches import with_predecessors
from forecasts.demand.outliers import without_absurd
from supplychain.errors import DataError
from tests.forecasts.demand.support import SMALL, panel

NAN = np.nan


def links(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "predecessor", "share"])


def test_the_last_of_a_chain_has_the_history_of_the_first() -> None:
    given = panel(np.array([[8.0, 6, 4, 0, 0], [NAN, NAN, NAN, 5, 6]]))
    # the third follows the second by half, which follows the first by all
    rows = links(("THIRD", "I0001", 0.5), ("I0001", "I0000", 1.0))
    for order in (rows, rows.iloc[::-1]):
        made = with_predecessors(given, order)
        assert made.keys["item"].tolist() == ["I0000", "I0001", "THIRD"]
        np.testing.assert_array_equal(made.values[1], [8, 6, 4, 5, 6])
        np.testing.assert_array_equal(made.values[2], [4, 3, 2, 2.5, 3])


def test_two_predecessors_lend_the_sum_of_their_shares() -> None:
    given = panel(np.array([[10.0, 10, 10, 10], [NAN, 20, NAN, 20], [NAN, NAN, NAN, 9]]))
    rows = links(("I0002", "I0000", 0.5), ("I0002", "I0001", 0.1))
    # the second had not begun at first, and counts as its mean in its gap
    made = with_predecessors(given, rows)
    np.testing.assert_allclose(made.values[2], [5, 7, 7, 9])


def test_items_that_follow_each_other_in_a_circle_are_refused() -> None:
    rows = links(("I0000", "I0001", 1.0), ("I0001", "I0000", 1.0))
    with pytest.raises(DataError, match="circle"):
        with_predecessors(panel(np.ones((2, 4))), rows)


def test_a_launch_that_rises_goes_on_rising_and_less_so() -> None:
    # 10 more a period, exactly: the last level is 60, and 0.85 + 0.85^2 = 1.5725 of 10 in two steps
    factors = growth_factors(panel(np.array([[NAN] * 4 + [10.0, 20, 30, 40, 50, 60]])), 2)[0]
    assert factors[4:10] == pytest.approx(np.arange(1, 7) / 6.0)
    assert factors[10:] == pytest.approx([1 + 8.5 / 60, 1 + 15.725 / 60])


@pytest.mark.parametrize(
    "values",
    [
        [12.0, 9, 11, 10, 12, 9, 10],  # noise
        [60.0, 50, 40, 30, 20, 10],  # a fall: what ends is not drawn out below nothing
        [1.0, 2, 3, 4],  # too little to tell
        list(range(1, 31)),  # old
    ],
)
def test_no_growth_is_seen_where_there_is_none(values: list[float]) -> None:
    assert (growth_factors(panel(np.array([values])), 3) == 1.0).all()


def test_few_observations_have_the_spread_of_alike_series() -> None:
    random = np.random.default_rng(2)
    truth = random.negative_binomial(3, 3 / 23, (60, 30)).astype(float)  # mean 20, deviation 12
    known = truth[:, :24].copy()
    for row in range(30):
        known[row, : 23 - row % 3] = NAN  # one to three observations
    made = forecast_demand(panel(known), 6, SMALL)
    levels = [list(made.levels).index(level) for level in (0.1, 0.9)]
    low, high = (made.paths.quantiles[:30, :, level] for level in levels)
    inside = ((truth[:30, 24:] >= low) & (truth[:30, 24:] <= high)).mean()
    assert 0.75 <= inside <= 0.95


def test_one_absurd_quantity_does_not_move_the_forecasts() -> None:
    values = np.random.default_rng(3).poisson(50.0, (8, 36)).astype(float)
    wrong = values.copy()
    wrong[0, 34] *= 1000.0
    right, made = (forecast_demand(panel(rows), 3, SMALL).paths for rows in (values, wrong))
    assert made.mean[0] == pytest.approx(right.mean[0], rel=0.15)
    assert made.quantiles.max() <= 1.5 * right.quantiles.max()


def test_absurd_is_far_beyond_all_others_and_lumps_are_not() -> None:
    values = np.array([[1.0, 2, 1, 2, 1, 900], [0.0, 1, 5, 30, 0, 60], [1.0, 1, 900, NAN, 0, 0]])
    expected = values.copy()
    expected[0, 5] = 2.0
    np.testing.assert_array_equal(without_absurd(values), expected)
