"""The arrival of single orders: age, promises, and what suppliers made of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from forecasts.lead_time import forecast_arrivals, forecast_lead_times
from forecasts.quantiles import DECILES, columns

AS_OF = dt.date(2026, 1, 1)
NAMES = columns(DECILES)


def past(
    days: list[int], delay: list[int] | None = None, supplier: str = "S", first: int = 60
) -> pd.DataFrame:
    """Received orders, one every five days; ``delay``: receipt less promise in days."""
    ordered = [AS_OF - dt.timedelta(first + max(days) + 5 * n) for n in range(len(days))]
    frame = pd.DataFrame({
        "order_id": [f"{supplier}{n}" for n in range(len(days))], "supplier": supplier,
        "ordered_on": ordered,
        "received_on": [day + dt.timedelta(lead) for day, lead in zip(ordered, days, strict=True)],
    })  # fmt: skip
    if delay is not None:
        received = pd.to_datetime(frame["received_on"])
        frame["promised_on"] = received - pd.to_timedelta(delay, unit="D")
    return frame


def order(age: int, promise: int | None = None, supplier: str = "S") -> pd.DataFrame:
    """One order, placed ``age`` days before AS_OF."""
    ordered = AS_OF - dt.timedelta(age)
    promised = None if promise is None else ordered + dt.timedelta(promise)
    return pd.DataFrame({"order_id": ["X"], "supplier": [supplier], "ordered_on": [ordered],
                         "promised_on": [promised]})  # fmt: skip


def arrival(receipts: pd.DataFrame, orders: pd.DataFrame) -> np.ndarray:
    return forecast_arrivals(receipts, orders, AS_OF, DECILES)[NAMES].to_numpy()[0]


def varied(count: int, low: int = 20, high: int = 100, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).integers(low, high, count).tolist()


def test_an_open_order_does_not_arrive_before_today() -> None:
    receipts = past(varied(60))
    young, old, very_late = (arrival(receipts, order(age)) for age in (1, 70, 400))
    assert (old >= 70.0).all()
    assert (very_late >= 400.0).all()
    assert np.isfinite(very_late).all()
    assert (old >= young).all()
    assert 70.0 < old[4] < 110.0  # what lies beyond 70 is between 70 and 100


def test_an_order_later_than_any_so_far_is_still_uncertain() -> None:
    found = arrival(past(varied(60)), order(250))  # the longest so far took 100 days
    assert found[0] < 270.0
    assert found[8] > 350.0


def test_an_order_not_yet_placed_is_forecast_without_an_age() -> None:
    receipts = past(varied(60))
    assert arrival(receipts, order(-100)) == pytest.approx(arrival(receipts, order(-1)))
    assert arrival(receipts, order(-1))[0] < 45.0


def test_a_promise_kept_to_the_day_is_forecast_to_the_day() -> None:
    receipts = past(varied(60), delay=[0] * 60)
    assert arrival(receipts, order(10, promise=57)) == pytest.approx([57.0] * 9, abs=0.5)


def test_quantiles_sit_at_a_promise_that_is_kept_as_often_as_they_say() -> None:
    # one in seven comes 30 days late, all along: P10 to P80 are the promise itself
    delay = [30 if n % 7 == 0 else 0 for n in range(140)]
    found = arrival(past(varied(140), delay), order(-1, promise=57))
    assert found[:8].tolist() == [57.0] * 8


def test_a_supplier_always_ten_days_late_is_ten_days_late() -> None:
    receipts = past(varied(60), delay=[10] * 60)
    assert arrival(receipts, order(10, promise=57)) == pytest.approx([67.0] * 9, abs=1.0)


def test_each_supplier_has_its_own_record() -> None:
    receipts = pd.concat([past(varied(60), [0] * 60, "GOOD"), past(varied(60), [20] * 60, "LATE")])
    good, late = (arrival(receipts, order(5, 57, name)) for name in ("GOOD", "LATE"))
    assert good[4] == pytest.approx(57.0, abs=1.0)
    assert late[4] == pytest.approx(77.0, abs=1.0)


def test_promises_that_mean_nothing_give_way_to_the_history() -> None:
    days, promised = [50 + n % 5 for n in range(80)], varied(80, 1, 200, 5)
    delay = [day - promise for day, promise in zip(days, promised, strict=True)]
    found = arrival(past(days, delay), order(-1, promise=150))
    assert found == pytest.approx([52.0] * 9, abs=4.0)


def test_once_the_promise_is_broken_only_late_orders_count() -> None:
    delay = [0] * 50 + [30] * 10
    receipts = past(varied(60), delay)
    found = arrival(receipts, order(60, promise=50))  # ten days late already
    assert found[4] == pytest.approx(80.0, abs=3.0)


def test_quantiles_of_delay_are_blank_where_no_promise_was_made() -> None:
    receipts = pd.concat([past(varied(20), [3] * 20, "A"), past(varied(20), None, "B")])
    table = forecast_lead_times(receipts, AS_OF).table.set_index("supplier")
    assert table.loc["A", "delay_quantile_P50"] == 3.0
    assert np.isnan(table.loc["B", "delay_quantile_P50"])


def test_open_orders_that_are_old_lift_the_forecast() -> None:
    receipts = past([30, 32, 28, 31, 29, 33, 30, 31])
    waiting = pd.concat([order(90).assign(order_id=f"W{n}", received_on=None) for n in range(4)])
    names = ["quantile_P50", "quantile_P90"]
    before = forecast_lead_times(receipts, AS_OF).table.loc[0, names]
    after = forecast_lead_times(pd.concat([receipts, waiting]), AS_OF).table.loc[0, names]
    assert after["quantile_P90"] > 80.0 > before["quantile_P90"]
    assert after["quantile_P50"] > before["quantile_P50"]


def test_rows_come_back_in_the_order_given() -> None:
    orders = pd.concat([order(5), order(3), order(-4)]).assign(order_id=["C", "A", "B"])
    found = forecast_arrivals(past(varied(30)), orders, AS_OF)
    assert found["order_id"].tolist() == ["C", "A", "B"]


def test_no_orders_give_no_rows() -> None:
    found = forecast_arrivals(past(varied(30)), order(5).iloc[:0], AS_OF, DECILES)
    assert found.columns.tolist() == ["order_id", *NAMES]
    assert found.empty
