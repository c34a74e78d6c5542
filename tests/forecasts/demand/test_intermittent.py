"""The intermittent family on worked examples, and the classes of demand."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.demand.classes import demand_classes, interval_and_variation
from forecasts.demand.intermittent import demand_rate

NAN = np.nan


def one(*values: float) -> np.ndarray:
    return np.array([values], dtype=float)


def test_croston_smooths_sizes_and_intervals_by_hand() -> None:
    # demands 6 (period 3), 3 (period 5): size 6 -> 6 + 0.1 (3 - 6) = 5.7, interval 3 -> 2.9
    series = one(0, 0, 6, 0, 3, 0)
    assert demand_rate(series, "croston")[0] == pytest.approx(5.7 / 2.9)


def test_sba_takes_half_the_smoothing_off_croston() -> None:
    series = one(0, 0, 6, 0, 3, 0)
    assert demand_rate(series, "sba")[0] == pytest.approx(0.95 * 5.7 / 2.9)


def test_tsb_updates_the_chance_of_demand_in_every_period() -> None:
    # chance 1/3 at the first demand, then 0.9/3 = 0.3, then 0.3 + 0.1 * 0.7 = 0.37, then 0.333
    series = one(0, 0, 6, 0, 3, 0)
    assert demand_rate(series, "tsb")[0] == pytest.approx(5.7 * 0.37 * 0.9)


def test_tsb_forgets_what_is_no_longer_wanted_and_croston_does_not() -> None:
    short, long = one(0, 4, 4, 4), one(0, 4, 4, 4, *[0] * 40)
    assert demand_rate(long, "tsb")[0] < 0.05 * demand_rate(short, "tsb")[0]
    assert demand_rate(long, "croston")[0] == demand_rate(short, "croston")[0]


def test_adida_smooths_sums_over_blocks_of_the_mean_interval() -> None:
    # six periods with two demands: blocks of three, sums 6 and 3 -> 6 + 0.1 (3 - 6) = 5.7 a block
    assert demand_rate(one(0, 0, 6, 0, 3, 0), "adida")[0] == pytest.approx(5.7 / 3)


def test_unknown_periods_are_left_out() -> None:
    full, gapped = one(0, 6, 0, 3), one(0, NAN, 6, 0, NAN, 3)
    for method in ("croston", "sba", "tsb"):
        assert demand_rate(gapped, method)[0] == demand_rate(full, method)[0]  # type: ignore[arg-type]


def test_nothing_wanted_is_a_rate_of_zero() -> None:
    for method in ("croston", "sba", "tsb", "adida"):
        assert demand_rate(one(0, 0, 0), method)[0] == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("series", "name"),
    [
        (one(5, 6, 5, 6), "smooth"),
        (one(1, 20, 1, 2), "erratic"),
        (one(0, 5, 0, 6), "intermittent"),
        (one(0, 1, 0, 20, 0, 1), "lumpy"),
        (one(0, 0, 0, 0), "intermittent"),
    ],
)
def test_classes_of_syntetos_and_boylan(series: np.ndarray, name: str) -> None:
    assert demand_classes(series)[0] == name


def test_the_mean_interval_counts_all_periods_by_demands() -> None:
    interval, variation = interval_and_variation(one(0, 2, 0, 4))
    assert interval[0] == 2.0
    assert variation[0] == pytest.approx(2.0 / 9.0)  # variance 2 of sizes 2 and 4 about 3
