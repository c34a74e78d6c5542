"""Which methods are chosen, and what the loss of a series counts."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.demand.combine import select, stakes


def test_half_of_the_stake_is_by_unit_and_half_by_series() -> None:
    # levels 1 and 3: 0.5 / 2 + 0.5 / 1 and 0.5 / 2 + 0.5 / 3
    assert stakes(np.array([1.0, 3.0])) == pytest.approx([0.75, 0.25 + 1 / 6])


def test_one_large_series_does_not_choose_for_many_small_ones() -> None:
    # of 20 series of level 10 and one of 1,000: one method is right for the small, one for the
    # large, wrong by a fifth where the other is wrong by half
    level = np.array([10.0] * 20 + [1000.0])
    actual = level[:, None]
    small = np.where(level == 10.0, level, 0.8 * level)[:, None, None]
    large = np.where(level == 10.0, 0.5 * level, level)[:, None, None]
    candidates = [{"small": small, "large": large}]
    arguments = ([actual], candidates, np.array([0.5]), np.zeros(21))
    assert select(*arguments, stakes(level))["small"] > 0.5
    assert select(*arguments, np.ones(21))["large"] >= 0.5
