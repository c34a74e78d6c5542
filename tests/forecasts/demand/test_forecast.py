"""Demand forecasts: for every series finite and ordered, without look-ahead, right where known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.demand.drivers import driver_values
from forecasts.demand.forecast import DemandForecast, forecast_demand, judged_origins
from forecasts.demand.panel import Panel
from forecasts.quantiles import column
from tests.forecasts.demand.support import SMALL, panel

NAN = np.nan
CELLS = st.one_of(st.just(NAN), st.just(0.0), st.integers(0, 9).map(float),
                  st.sampled_from([1e12, 0.25]))  # fmt: skip


def forecast(given: Panel, horizon: int = 3, **tables: pd.DataFrame) -> DemandForecast:
    return forecast_demand(given, horizon, SMALL, **tables)


def check(made: DemandForecast) -> None:
    quantiles, mean = made.paths
    assert quantiles.shape == (made.panel.series, made.horizon, len(made.levels))
    assert np.isfinite(quantiles).all()
    assert np.isfinite(mean).all()
    assert (quantiles >= 0).all()
    assert (mean >= 0).all()
    assert (np.diff(quantiles, axis=2) >= 0).all()


@settings(deadline=None, max_examples=12)
@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=1, max_size=6))
def test_every_series_gets_finite_ordered_quantiles(rows: list[list[float]]) -> None:
    check(forecast(panel(np.array(rows))))


@pytest.mark.parametrize(
    "values",
    [
        [[NAN] * 6],  # nothing known at all
        [[NAN, 3.0, 3.0, 3.0, 3.0], [NAN] * 5],
        [[0.0] * 40],
        [[7.0] * 40],
        [[1e12, 2e12, 1e12, 3e12] * 10],
        [[1e-9, 2e-9, 0, 3e-9] * 10],
    ],
)
def test_odd_histories_have_a_sane_forecast(values: list[list[float]]) -> None:
    made = forecast(panel(np.array(values)))
    check(made)
    assert made.paths.quantiles.max() <= 2.0 * np.nanmax(np.append(values, 0.0))


def test_one_point_tells_a_level_and_little_more() -> None:
    quantiles = forecast(panel(np.array([[5.0]]))).paths.quantiles[0, 0]
    assert quantiles[4] == 5.0
    assert quantiles[0] < 5.0 < quantiles[8] <= 15.0


def test_a_constant_stays_and_nothing_stays_nothing() -> None:
    made = forecast(panel(np.array([[7.0] * 40, [0.0] * 40])))
    assert made.paths.mean[0] == pytest.approx([7.0] * 3, rel=0.05)
    assert made.paths.mean[1] == pytest.approx([0.0] * 3, abs=0.05)


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 2**16), st.integers(1, 5))
def test_what_comes_later_never_changes_an_earlier_forecast(seed: int, later: int) -> None:
    random = np.random.default_rng(seed)
    values = random.poisson(3.0, (8, 30)).astype(float)
    changed = values.copy()
    changed[:, -later:] = random.poisson(50.0, (8, later)) + 0.5
    before, after = (forecast(panel(rows).until(30 - later)) for rows in (values, changed))
    np.testing.assert_array_equal(before.paths.quantiles, after.paths.quantiles)


def test_the_same_input_gives_the_same_forecast() -> None:
    given = panel(np.random.default_rng(3).poisson(1.0, (20, 30)))
    one, other = forecast(given), forecast(given)
    np.testing.assert_array_equal(one.paths.quantiles, other.paths.quantiles)


@settings(deadline=None, max_examples=4, derandomize=True)
@given(st.integers(0, 2**16), st.permutations(range(20)))
def test_the_order_and_names_of_series_do_not_matter(seed: int, turned: list[int]) -> None:
    values = np.random.default_rng(seed).poisson(1.0, (20, 30))
    one, other = forecast(panel(values)), forecast(panel(values[turned]))
    np.testing.assert_array_equal(one.paths.quantiles[turned], other.paths.quantiles)


@settings(deadline=None, max_examples=4, derandomize=True)
@given(st.integers(0, 2**16), st.sampled_from([10.0, 64.0, 1000.0]))
def test_another_unit_gives_the_same_forecast_in_that_unit(seed: int, unit: float) -> None:
    given = panel(np.random.default_rng(seed).poisson(2.0, (20, 30)))
    scaled = panel(given.values * unit)
    np.testing.assert_allclose(forecast(scaled).paths.quantiles,
                               forecast(given).paths.quantiles * unit, rtol=1e-6)  # fmt: skip


def test_counts_have_whole_quantiles() -> None:
    quantiles = forecast(panel(np.random.default_rng(5).poisson(2.0, (20, 30)))).paths.quantiles
    np.testing.assert_array_equal(quantiles, np.round(quantiles))


def test_counts_among_measured_series_are_counts() -> None:
    random = np.random.default_rng(5)
    values = np.concatenate([random.poisson(2.0, (10, 30)), random.gamma(2.0, 9.3, (10, 30))])
    quantiles = forecast(panel(values)).paths.quantiles
    np.testing.assert_array_equal(quantiles[:10], np.round(quantiles[:10]))
    assert (quantiles[10:] != np.round(quantiles[10:])).any()


def test_quantiles_hold_on_simulated_counts() -> None:
    random = np.random.default_rng(6)
    rate = random.gamma(2.0, 1.0, (300, 1))
    truth = random.poisson(rate, (300, 42)).astype(float)
    made = forecast(panel(truth[:, :36]), 6)
    level = list(made.levels).index(0.9)
    limit = made.paths.quantiles[..., level]
    # counts: at most 90 % below the quantile, at least 90 % at it or below
    assert (truth[:, 36:] < limit).mean() <= 0.92
    assert (truth[:, 36:] <= limit).mean() >= 0.88


def test_a_season_that_repeats_is_followed() -> None:
    months = np.arange(48)
    values = 1000.0 + 400.0 * np.sin(2 * np.pi * months / 12) * np.ones((6, 1))
    made = forecast(panel(values), 12)
    expected = 1000.0 + 400.0 * np.sin(2 * np.pi * np.arange(48, 60) / 12)
    assert made.paths.mean[0] == pytest.approx(expected, rel=0.1)


def test_a_successor_starts_from_the_history_it_follows() -> None:
    old = np.random.default_rng(7).poisson(20.0, 30).astype(float)
    given = panel(np.array([old, [NAN] * 29 + [11.0]]))
    links = pd.DataFrame({"item": ["I0001"], "predecessor": ["I0000"], "share": [0.5]})
    made = forecast(given, predecessors=links)
    assert made.paths.mean[1].mean() == pytest.approx(10.0, rel=0.25)


def test_a_successor_without_any_row_is_forecast_where_its_predecessor_sold() -> None:
    given = panel(np.random.default_rng(8).poisson(20.0, (1, 30)))
    links = pd.DataFrame({"item": ["NEW"], "predecessor": ["I0000"], "share": [1.0]})
    made = forecast(given, predecessors=links)
    assert made.panel.keys["item"].tolist() == ["I0000", "NEW"]
    assert made.paths.mean[1] == pytest.approx(made.paths.mean[0], rel=0.2)


def test_a_launch_without_history_borrows_from_its_group() -> None:
    given = panel(np.array([[10.0, 12.0] * 10, [900.0, 950.0] * 10, [NAN] * 20]))
    groups = np.array(["small", "large", "small"], dtype=object)
    made = forecast(dataclasses.replace(given, groups=groups))
    assert made.paths.mean[2] == pytest.approx([11.0] * 3)


def test_a_promotion_known_ahead_lifts_its_period() -> None:
    random = np.random.default_rng(9)
    values = random.poisson(100.0, (12, 40)).astype(float)
    promoted = np.zeros(43)
    promoted[[5, 12, 20, 27, 33, 41]] = 1.0
    values *= 1.0 + promoted[:40]
    given = panel(values)
    number = np.flatnonzero(promoted)
    drivers = pd.DataFrame({"item": "*", "location": "*", "driver": "promotion", "value": 1.0,
                            "known_ahead": True,
                            "period": given.calendar.dates_of(number)})  # fmt: skip
    mean = forecast(given, drivers=drivers).paths.mean.mean(axis=0)
    # periods 40, 41, 42: the second is promoted
    assert mean[1] == pytest.approx(200.0, rel=0.15)
    assert mean[[0, 2]] == pytest.approx([100.0, 100.0], rel=0.15)


def promoted(where: list[int], value: float = 1.0) -> pd.DataFrame:
    dates = panel(np.ones((1, 43))).calendar.dates_of(np.array(where))
    return pd.DataFrame({"item": "*", "location": "*", "driver": "d", "value": value,
                         "known_ahead": True, "period": dates})  # fmt: skip


def test_events_are_nothing_where_they_are_not_named_and_signals_are_unknown() -> None:
    given = panel(np.ones((1, 40)))
    events = driver_values(given, promoted([5, 20, 41]), 3, True)[0]
    np.testing.assert_array_equal(np.flatnonzero(events), [5, 20, 41])
    prices = pd.concat([promoted(list(range(30))), promoted(list(range(31, 41)), 2.0)])
    signal = driver_values(given, prices, 3, True)[0]
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(signal)), [30, 41, 42])


def test_a_signal_that_is_not_given_ahead_is_told() -> None:
    given = panel(np.random.default_rng(1).poisson(9.0, (2, 40)))
    prices = promoted(list(range(41)))
    assert forecast(given, drivers=prices).notes == (
        "driver d is not given for 2 of 3 periods ahead: demand there is as usual",
    )
    assert forecast(given, drivers=promoted([5, 20, 41])).notes == ()


def test_the_table_names_each_period_and_when_it_could_be_known() -> None:
    table = forecast(panel(np.array([[5.0] * 12])), 2).table
    assert table["period"].dt.strftime("%Y-%m").tolist() == ["2021-01", "2021-02"]
    assert table["available_at"].unique().tolist() == [pd.Timestamp("2021-01-01")]
    assert column(0.1) in table
    assert column(0.99) in table


@pytest.mark.parametrize(
    ("periods", "horizon", "origins"),
    [(39, 12, [27]), (60, 12, [48, 42]), (18, 6, [12, 9]), (10, 9, [6]), (5, 3, [])],
)
def test_origins_leave_a_horizon_and_two_seasons_where_there_is_room(
    periods: int, horizon: int, origins: list[int]
) -> None:
    assert judged_origins(periods, horizon, 2, season=12) == origins
