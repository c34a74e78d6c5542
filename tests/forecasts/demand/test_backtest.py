"""Backtests: measures by hand, references beside every method, ties at random."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.demand.backtest import COMBINED, LEVELS, backtest, transforms
from tests.forecasts.demand.support import SMALL, panel


def test_the_zero_forecast_has_a_loss_of_one_and_a_bias_of_all() -> None:
    given = panel(np.random.default_rng(1).poisson(2.0, (12, 30)))
    table = backtest(given, 4, 2, options=SMALL).table
    whole = table[table["class"] == "all"].set_index("method")
    assert {"zero", "seasonal naive", COMBINED, "forest", "croston"} <= set(whole.index)
    # twice the pinball loss of zero is 2 q y; its mean over nine deciles is y
    assert whole.at["zero", "weighted_quantile_loss"] == pytest.approx(1.0)
    assert whole.at["zero", "bias"] == pytest.approx(-1.0)
    assert whole.at[COMBINED, "weighted_quantile_loss"] < 0.7


def test_origins_that_no_horizon_follows_are_left_out() -> None:
    given = panel(np.random.default_rng(2).poisson(2.0, (5, 12)))
    assert backtest(given, 4, 9, options=SMALL).origins_done == 4  # ends 8, 6, 4, 2


def test_transforms_are_uniform_where_the_quantiles_are_right() -> None:
    random = np.random.default_rng(3)
    from scipy.stats import poisson

    levels = np.asarray(LEVELS)
    drawn = random.poisson(1.5, 20_000).astype(float)
    quantiles = np.repeat(poisson.ppf(levels, 1.5)[None], len(drawn), axis=0)
    found = transforms(drawn, quantiles, levels)
    for level in (0.5, 0.9, 0.95):
        assert (found <= level).mean() == pytest.approx(level, abs=0.06)


def test_transforms_tell_quantiles_that_are_too_low() -> None:
    levels = np.asarray(LEVELS)
    found = transforms(np.full(100, 5.0), np.ones((100, len(levels))), levels)
    assert (found > 0.97).all()


def test_an_interrupt_leaves_the_origins_done_so_far() -> None:
    given = panel(np.random.default_rng(4).poisson(2.0, (5, 30)))

    def impatient(text: str) -> None:
        if "2 of 3" in text:
            raise KeyboardInterrupt

    assert backtest(given, 3, 3, options=SMALL, progress=impatient).origins_done == 1
