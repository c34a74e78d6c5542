"""Periods: their names, their numbers, and dates in all the ways they are written."""

from __future__ import annotations

import contextlib
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.calendar import PERIODS_A_YEAR, Bucket, Calendar, parse_date

WEEKS = Calendar(dt.date(2026, 1, 5), 8)
MONTHS = Calendar(dt.date(2026, 1, 1), 14, "month")
DAYS = Calendar(dt.date(2026, 2, 27), 4, "day")
BUCKETS: tuple[Bucket, ...] = ("day", "week", "month")


def dates(*texts: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(texts)).as_unit("us")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-03-02", dt.date(2026, 3, 2)),
        (" 2026-03-02 ", dt.date(2026, 3, 2)),
        ("20260302", dt.date(2026, 3, 2)),
        ("2026-03-02T23:59:59", dt.date(2026, 3, 2)),
        ("2026-W10", dt.date(2026, 3, 2)),
        ("2026W10", dt.date(2026, 3, 2)),
        ("2026-W1", dt.date(2025, 12, 29)),
        ("2026-W53", dt.date(2026, 12, 28)),
        ("2026-03", dt.date(2026, 3, 1)),
        ("9999-12-31", dt.date(9999, 12, 31)),
        ("0001-01-01", dt.date(1, 1, 1)),
    ],
)
def test_a_date_is_read_from_a_day_a_week_or_a_month(text: str, date: dt.date) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "2026", "202603", "46083", "2026-02-30", "2025-W53", "2026-W00", "2026-W54",
        "9999-W53", "02/03/2026", "2.3.2026", "2026-3-2", "2026-13", "0000-01-01", "10000-01-01",
        "2026-03-02T00:00:00Z", "2026-03-02T00:00:00+01:00", "nan", "NaT",
    ],
)  # fmt: skip
def test_what_is_no_date_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reasons are those of the standard library
        parse_date(text)


@given(st.text())
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_date(text), dt.date)


def test_periods_are_named_by_their_first_dates() -> None:
    assert list(WEEKS.dates[:3]) == list(dates("2026-01-05", "2026-01-12", "2026-01-19"))
    assert list(MONTHS.dates[[0, 1, 13]]) == list(dates("2026-01-01", "2026-02-01", "2027-02-01"))
    assert list(DAYS.dates) == list(dates("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"))
    assert [len(c.dates) for c in (WEEKS, MONTHS, DAYS)] == [8, 14, 4]
    assert WEEKS.dates.unit == "us"


def test_a_date_counts_in_the_period_that_contains_it() -> None:
    found = WEEKS.index(dates("2026-01-04", "2026-01-05", "2026-01-11", "2026-01-12", "2026-03-02"))
    assert found.tolist() == [-1, 0, 0, 1, 8]
    found = MONTHS.index(dates("2025-12-31", "2026-01-31", "2026-02-01", "2027-03-01"))
    assert found.tolist() == [-1, 0, 1, 14]
    assert DAYS.index(dates("2026-02-26", "2026-03-01")).tolist() == [-1, 2]
    assert WEEKS.number(dt.date(2026, 1, 20)) == 2


def test_dates_at_the_ends_of_time_have_numbers() -> None:
    found = WEEKS.index(dates("0001-01-01", "9999-12-31"))
    weeks = [(date - WEEKS.start).days // 7 for date in (dt.date.min, dt.date.max)]
    assert found.tolist() == weeks
    assert MONTHS.index(dates("9999-12-31")).tolist() == [12 * (9999 - 2026) + 11]


def test_no_dates_have_no_numbers() -> None:
    empty = pd.Series([], dtype="datetime64[us]")
    for calendar in (WEEKS, MONTHS, DAYS):
        assert calendar.index(empty).tolist() == []


@pytest.mark.parametrize("bucket", BUCKETS)
@given(number=st.integers(-3000, 3000))
def test_the_number_of_a_first_date_is_its_period(bucket: Bucket, number: int) -> None:
    calendar = Calendar(dt.date(2026, 6, 1), 10, bucket)
    first = calendar.date(number)
    assert calendar.number(first) == number
    assert calendar.number(first - pd.Timedelta(days=1)) == number - 1
    assert calendar.first_date(first.date()) == first.date()
    assert calendar.dates_of([number])[0] == first


@pytest.mark.parametrize("bucket", BUCKETS)
@given(date=st.dates())
def test_the_first_date_is_the_latest_beginning_before_a_date(
    bucket: Bucket, date: dt.date
) -> None:
    first = Calendar(dt.date(2026, 6, 1), 10, bucket).first_date(date)
    assert first <= date
    assert (date - first).days < {"day": 1, "week": 7, "month": 31}[bucket]
    assert {"day": True, "week": first.weekday() == 0, "month": first.day == 1}[bucket]


def test_labels_are_for_people() -> None:
    assert WEEKS.label(0) == "2026-01-05 (W02)"
    assert WEEKS.label(-1) == "2025-12-29 (W01)"
    assert MONTHS.label(2) == "2026-03"
    assert DAYS.label(2) == "2026-03-01"


def test_a_year_has_52_weeks_for_holding_costs() -> None:
    assert PERIODS_A_YEAR == {"day": 365, "week": 52, "month": 12}


def test_numbers_of_many_dates_are_whole_numbers() -> None:
    assert WEEKS.index(WEEKS.dates).dtype == np.int64
    assert WEEKS.index(WEEKS.dates).tolist() == list(range(8))
