"""Changes of regime and drift: found, dated, followed; not found where there is none."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from forecasts.lead_time import LeadTimeOptions, forecast_lead_times
from forecasts.lead_time.history import known_history
from forecasts.lead_time.regimes import detect_regimes

AS_OF = dt.date(2026, 1, 1)
SPAN = 900  # days of history
OPTIONS = LeadTimeOptions()


def history(
    seed: int,
    options: int = 1,
    suppliers: int = 1,
    orders: int = 40,
    changes: dict[int, int] | None = None,
    levels: tuple[float, float] = (84.0, 182.0),
    spread: float = 0.15,
) -> pd.DataFrame:
    """Orders at random dates; ``changes``: days before AS_OF when an option changes its level."""
    generator = np.random.default_rng(seed)
    frames = []
    for number in range(options):
        age = np.sort(generator.integers(1, SPAN, orders))[::-1]
        is_new = age <= (changes or {}).get(number, 0)
        days = np.where(is_new, levels[1], levels[0]) * np.exp(generator.normal(0, spread, orders))
        ordered = pd.Timestamp(AS_OF) - pd.to_timedelta(age, unit="D")
        received = ordered + pd.to_timedelta(np.round(days), unit="D")
        frames.append(pd.DataFrame({
            "order_id": [f"{number}-{order}" for order in range(orders)],
            "item": f"I{number}", "supplier": f"S{number % suppliers}",
            "ordered_on": ordered, "received_on": received,
        }))  # fmt: skip
    return pd.concat(frames)


def found(receipts: pd.DataFrame) -> pd.DataFrame:
    table = forecast_lead_times(receipts, AS_OF).table.set_index("item")
    return table.assign(ago=(pd.Timestamp(AS_OF) - table["regime_since"]).dt.days)


def test_a_step_from_12_to_26_weeks_is_dated_and_followed() -> None:
    for seed in range(5):
        receipts = history(seed, orders=60, changes={0: 350})
        age = (pd.Timestamp(AS_OF) - receipts["ordered_on"]).dt.days
        row = found(receipts).loc["I0"]
        assert abs(row["ago"] - age[age <= 350].max()) <= 14  # first order at the new level
        assert 0.85 * 182 < row["quantile_P50"] < 1.15 * 182
        assert row["drift"] > 30.0


def test_a_step_from_26_to_12_weeks_is_dated_and_followed() -> None:
    row = found(history(1, orders=60, changes={0: 350}, levels=(182.0, 84.0))).loc["I0"]
    assert 320 <= row["ago"] <= 370
    assert 0.85 * 84 < row["quantile_P50"] < 1.15 * 84


def test_one_option_that_steps_stands_apart_from_its_supplier() -> None:
    table = found(history(2, options=12, orders=50, changes={3: 400}))
    assert 0.85 * 182 < table.loc["I3", "quantile_P50"] < 1.15 * 182
    rest = table.drop("I3")
    assert rest["regime_since"].isna().all()
    assert rest["quantile_P50"].between(0.9 * 84, 1.1 * 84).all()


def test_a_supplier_that_steps_takes_options_along_that_are_too_sparse_to_tell() -> None:
    table = found(history(3, options=10, orders=9, changes=dict.fromkeys(range(10), 300)))
    assert table["ago"].between(230, 330).sum() >= 8
    assert table["quantile_P50"].median() > 0.8 * 182


def test_open_orders_alone_show_a_step_before_any_new_receipt() -> None:
    receipts = history(4, orders=120, changes={0: 170})
    row = found(receipts).loc["I0"]
    assert 140 <= row["ago"] <= 190
    assert row["quantile_P50"] > 110.0


def test_quick_receipts_among_recent_orders_are_no_change() -> None:
    alarms = 0
    for seed in range(8):
        receipts = history(seed, orders=80, spread=0.6)
        alarms += found(receipts)["regime_since"].notna().sum()
    assert alarms == 0


def false_alarms(seeds: int, **shape: int) -> float:
    rate = 0.0
    for seed in range(seeds):
        known = known_history(typed(history(seed, **shape)), AS_OF, OPTIONS)  # type: ignore[arg-type]
        rate += bool(np.isfinite(detect_regimes(known, OPTIONS)[1]).any()) / seeds
    return rate


def typed(receipts: pd.DataFrame) -> pd.DataFrame:
    dates = {
        name: receipts[name].astype("datetime64[us]") for name in ("ordered_on", "received_on")
    }
    return receipts.assign(**dates, promised_on=pd.NaT)


def test_stationary_histories_raise_false_alarms_in_at_most_one_of_twenty() -> None:
    assert false_alarms(40, orders=15) <= 0.05
    assert false_alarms(20, orders=60) <= 0.05
    assert false_alarms(20, orders=20, options=20, suppliers=4) <= 0.05  # of whole histories


def test_no_search_no_change() -> None:
    receipts = history(0, orders=60, changes={0: 350})
    table = forecast_lead_times(receipts, AS_OF, options=LeadTimeOptions(false_alarm=0.0)).table
    assert table["regime_since"].isna().all()


def test_what_is_still_open_shows_a_step_before_any_new_order_has_come() -> None:
    # the first new orders are 130 days old: 84 days have passed, 182 have not
    row = found(
        history(0, options=12, suppliers=4, orders=100, changes=dict.fromkeys(range(12), 130))
    )
    assert (row["ago"] <= 140).all()
    assert row["quantile_P50"].median() > 130.0
    assert row["quantile_P90"].median() > 182.0


def test_quick_receipts_show_a_step_down_before_slow_ones_could_have_come() -> None:
    changes = dict.fromkeys(range(12), 110)
    table = found(history(1, options=12, suppliers=4, orders=100, changes=changes,
                          levels=(182.0, 84.0)))  # fmt: skip
    assert 75.0 < table["quantile_P50"].median() < 110.0


def test_a_lane_that_steps_takes_along_options_that_are_too_sparse_to_tell() -> None:
    changes = dict.fromkeys(range(0, 20, 2), 250)
    receipts = history(5, options=20, suppliers=5, orders=12, changes=changes)
    even = receipts["item"].str[1:].astype(int) % 2 == 0
    table = found(receipts.assign(mode=np.where(even, "sea", "air")))
    sea = table["mode"] == "sea"
    assert table.loc[sea, "quantile_P50"].median() > 0.85 * 182
    assert table.loc[~sea, "quantile_P50"].median() < 1.15 * 84


def test_a_slow_rise_of_one_option_is_followed_to_its_present_level() -> None:
    receipts = history(6, orders=120, spread=0.0)
    age = (pd.Timestamp(AS_OF) - receipts["ordered_on"]).dt.days
    noise = np.exp(np.random.default_rng(6).normal(0, 0.1, len(age)))
    days = np.round(60.0 * 2.0 ** (1.0 - age / SPAN) * noise)  # from 60 to 120 days
    receipts["received_on"] = receipts["ordered_on"] + pd.to_timedelta(days, unit="D")
    assert 103.0 < found(receipts).loc["I0", "quantile_P50"] < 132.0


def test_a_drift_common_to_all_options_is_followed() -> None:
    generator = np.random.default_rng(7)
    receipts = history(7, options=30, suppliers=6, orders=80, spread=0.0)
    age = (pd.Timestamp(AS_OF) - receipts["ordered_on"]).dt.days
    level = 60.0 * np.exp(0.5 * (1.0 - age / SPAN))  # from 60 to 99 days, 84 two years before
    days = np.round(level * np.exp(generator.normal(0, 0.15, len(age))))
    receipts["received_on"] = receipts["ordered_on"] + pd.to_timedelta(days, unit="D")
    table = forecast_lead_times(receipts, AS_OF).table
    assert 88.0 < table["quantile_P50"].median() < 104.0
    assert table["drift"].median() > 8.0
