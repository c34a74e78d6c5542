"""What holds of every history."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.lead_time import (
    LeadTimeOptions,
    backtest_lead_times,
    forecast_arrivals,
    forecast_lead_times,
    sample_quantiles,
)
from forecasts.quantiles import DECILES, columns

AS_OF = dt.date(2026, 1, 1)
NAMES = columns(DECILES)


@st.composite
def histories(draw: st.DrawFn) -> pd.DataFrame:
    """Small histories with ties, open orders, promises, and orders beyond AS_OF."""
    size = draw(st.integers(1, 25))

    def numbers(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=size, max_size=size))

    ordered = pd.Timestamp(AS_OF) - pd.to_timedelta([0, *numbers(-50, 500)][1:], unit="D")
    days, promise = np.array(numbers(0, 300)), np.array(numbers(-5, 200))
    received = (ordered + pd.to_timedelta(days, unit="D")).where(days < 280)
    promised = (ordered + pd.to_timedelta(promise, unit="D")).where(promise > 0)
    frame = pd.DataFrame({
        "order_id": [f"o{n}" for n in range(size)],
        "item": [f"i{n}" for n in numbers(0, 3)], "supplier": [f"s{n}" for n in numbers(0, 2)],
        "ordered_on": ordered, "promised_on": promised, "received_on": received,
    })  # fmt: skip
    frame.loc[0, "ordered_on"] = pd.Timestamp(AS_OF) - pd.Timedelta(days=400)
    frame.loc[0, "received_on"] = pd.Timestamp(AS_OF) - pd.Timedelta(days=350)
    return frame


def asked(history: pd.DataFrame) -> pd.DataFrame:
    return history.drop(columns="received_on")


@settings(max_examples=5, deadline=None)
@given(histories())
def test_quantiles_are_finite_ordered_and_not_below_the_age(history: pd.DataFrame) -> None:
    table = forecast_lead_times(history, AS_OF, DECILES).table
    arrivals = forecast_arrivals(history, asked(history), AS_OF, DECILES)
    age = (pd.Timestamp(AS_OF) - history["ordered_on"]).dt.days.to_numpy()
    for found in (table[NAMES].to_numpy(), arrivals[NAMES].to_numpy()):
        assert np.isfinite(found).all()
        assert (found >= 0.0).all()
        assert (np.diff(found, axis=1) >= 0.0).all()
    assert (arrivals[NAMES].to_numpy() >= age[:, None]).all()
    assert (np.diff(table.filter(like="delay_quantile"), axis=1) >= 0.0).all() or (
        table.filter(like="delay_quantile").isna().any(axis=None)
    )


@settings(max_examples=5, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(history: pd.DataFrame, random: object) -> None:
    order = list(range(len(history)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = history.iloc[order]
    pd.testing.assert_frame_equal(
        forecast_lead_times(shuffled, AS_OF, DECILES).table,
        forecast_lead_times(history, AS_OF, DECILES).table,
        rtol=1e-7,
    )


@settings(max_examples=5, deadline=None)
@given(histories(), st.integers(1, 200))
def test_nothing_after_the_as_of_date_is_known(history: pd.DataFrame, later: int) -> None:
    moment = pd.Timestamp(AS_OF)
    changed = history.copy()
    is_later = changed["received_on"] > moment
    changed.loc[is_later, "received_on"] += pd.Timedelta(days=later)
    changed.loc[is_later & (np.arange(len(changed)) % 2 == 0), "received_on"] = pd.NaT
    changed = changed.loc[changed["ordered_on"] <= moment]
    orders = asked(history)
    pd.testing.assert_frame_equal(
        forecast_arrivals(changed, orders, AS_OF), forecast_arrivals(history, orders, AS_OF)
    )
    pd.testing.assert_frame_equal(
        forecast_lead_times(changed, AS_OF).table, forecast_lead_times(history, AS_OF).table
    )


def simulated(scale: int, seed: int = 3, count: int = 300) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    age = generator.integers(1, 600, count)
    supplier = generator.integers(0, 4, count)
    days = np.round(20.0 * (1 + supplier) * np.exp(generator.normal(0.0, 0.3, count)))
    ordered = pd.Timestamp(AS_OF) - pd.to_timedelta(scale * age, unit="D")
    return pd.DataFrame({
        "order_id": [f"o{n}" for n in range(count)], "supplier": [f"s{n}" for n in supplier],
        "ordered_on": ordered, "received_on": ordered + pd.to_timedelta(scale * days, unit="D"),
    })  # fmt: skip


def test_twice_the_days_everywhere_give_twice_the_quantiles() -> None:
    # with memory scaled too; without the search for changes, which counts dates
    options = LeadTimeOptions(half_lives=(200.0,), false_alarm=0.0)
    double = LeadTimeOptions(half_lives=(400.0,), false_alarm=0.0)
    once = forecast_lead_times(simulated(1), AS_OF, DECILES, options).table[NAMES]
    twice = forecast_lead_times(simulated(2), AS_OF, DECILES, double).table[NAMES]
    assert (twice / once).to_numpy() == pytest.approx(2.0, rel=0.05)


def test_the_calendar_date_does_not_matter() -> None:
    history = simulated(1)
    shift = pd.Timedelta(days=1000)
    moved = history.assign(ordered_on=history["ordered_on"] + shift,
                           received_on=history["received_on"] + shift)  # fmt: skip
    later = forecast_lead_times(moved, AS_OF + dt.timedelta(1000), DECILES).table[NAMES]
    pd.testing.assert_frame_equal(later, forecast_lead_times(history, AS_OF, DECILES).table[NAMES])


def test_quantiles_are_calibrated_on_simulated_orders() -> None:
    frames = [simulated(1, seed, 1200) for seed in (1, 2)]
    dates = [AS_OF - dt.timedelta(days) for days in (400, 250)]
    rows = pd.concat([backtest_lead_times(f, dates, months=5) for f in frames])
    assert rows["open"].sum() == 0
    assert 0.86 < rows["coverage_P90"].mean() < 0.94
    assert 0.45 < rows["coverage_P50"].mean() < 0.55
    assert 0.06 < rows["coverage_P10"].mean() < 0.14
    assert (rows["loss"] < rows["supplier_median"]).all()


def test_samples_follow_the_quantiles() -> None:
    found = sample_quantiles([[10.0, 20.0, 40.0]], [0.1, 0.5, 0.9], [0.0, 0.1, 0.3, 0.9, 1.0])
    assert found.tolist() == [[7.5, 10.0, 15.0, 40.0, 45.0]]


def test_samples_are_never_negative() -> None:
    assert sample_quantiles([[1.0, 9.0]], [0.4, 0.6], [0.0]).tolist() == [[0.0]]


def test_lead_times_round_up_to_whole_periods() -> None:
    days = [14] * 60
    ordered = [AS_OF - dt.timedelta(100 + n) for n in range(60)]
    received = [day + dt.timedelta(lead) for day, lead in zip(ordered, days, strict=True)]
    history = pd.DataFrame({"order_id": [str(n) for n in range(60)], "item": "A",
                            "ordered_on": ordered, "received_on": received})  # fmt: skip
    forecast = forecast_lead_times(history, AS_OF)
    weeks = forecast.as_periods("week", 0.5)
    assert weeks.columns.tolist() == ["item", "location", "supplier", "mode", "lead_time"]
    assert weeks["lead_time"].tolist() == [2.0]
    assert forecast.as_periods("day", 0.5)["lead_time"].tolist() == [14.0]
    assert forecast.as_periods("month", 0.5)["lead_time"].tolist() == [1.0]
    assert forecast.as_periods("week", 0.99)["lead_time"].tolist()[0] >= 2.0
