"""From raw histories to panels: what is checked, summed, mended, and refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasts.demand.history import make_panel, read_history
from supplychain.errors import DataError
from tests.forecasts.demand.support import history

NAN = np.nan


def problems(raw: pd.DataFrame, frequency: str | None = None) -> list[str]:
    with pytest.raises(DataError) as caught:
        make_panel(read_history(raw), frequency)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


def test_a_missing_row_is_missing_and_a_zero_is_a_zero() -> None:
    panel = make_panel(read_history(history("""
        item  period   quantity
        A     2020-01  3
        A     2020-03  0
        B     2020-02  5
        B     2020-03  -
    """)))  # fmt: skip
    np.testing.assert_array_equal(panel.values, [[3, NAN, 0], [NAN, 5, NAN]])
    assert panel.calendar.bucket == "month"
    assert panel.keys["location"].tolist() == ["", ""]


def test_rows_may_come_in_any_order() -> None:
    raw = history("""
        item  location  period      quantity
        A     X         2020-01-06  1
        A     X         2020-01-13  2
        B     Y         2020-01-20  3
    """)
    one, other = (make_panel(read_history(frame)) for frame in (raw, raw.iloc[::-1]))
    np.testing.assert_array_equal(one.values, other.values)
    assert one.calendar == other.calendar
    assert one.calendar.bucket == "week"


def test_returns_count_as_no_demand() -> None:
    raw = history("item period quantity\nA 2020-01 4\nA 2020-02 -3")
    raw.loc[1, "quantity"] = "-3"
    assert make_panel(read_history(raw)).values.tolist() == [[4, 0]]


def test_a_quantity_cut_by_a_stock_out_is_a_lower_bound() -> None:
    panel = make_panel(read_history(history("""
        item  period   quantity  in_stock
        A     2020-01  4         true
        A     2020-02  6         true
        A     2020-03  5         false
        A     2020-04  1         false
        A     2020-05  9         false
    """)))  # fmt: skip
    # 5: 6 and 9 have half of the mass above it each, and the median is 6; 1 is below all others
    # and says nothing; 9 is the largest and stays
    np.testing.assert_array_equal(panel.values, [[4, 6, 6, NAN, 9]])
    np.testing.assert_array_equal(panel.outcomes(1, 2), [[6, NAN]])


def test_days_are_summed_into_whole_weeks() -> None:
    days = pd.date_range("2020-01-06", periods=17)
    raw = pd.DataFrame({"item": "A", "period": days, "quantity": 1.0})
    panel = make_panel(read_history(raw), "week")
    # the third week has only three days and is left out
    assert panel.values.tolist() == [[7, 7]]


def test_weeks_cannot_be_split_into_days() -> None:
    raw = history("item period quantity\nA 2020-01-06 1\nA 2020-01-13 2")
    assert "coarser than day" in problems(raw, "day")[0]


def test_mixed_frequencies_want_to_be_told_the_bucket() -> None:
    raw = history("item period quantity\nA 2020-01-01 1\nA 2020-02-01 2\n"
                  "A 2020-03-11 2\nA 2020-03-20 1")  # fmt: skip
    assert "--frequency" in problems(raw)[0]
    assert make_panel(read_history(raw), "month").values.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    "dates",
    [
        ["2020-01-31", "2020-02-29", "2020-03-31"],
        ["2020-01-15", "2020-02-14", "2020-03-17"],
        ["2020-01", "2020-02", "2020-03"],
    ],
)
def test_one_date_a_month_is_a_month_whatever_its_day(dates: list[str]) -> None:
    raw = pd.DataFrame({"item": "A", "period": dates, "quantity": ["1", "2", "3"]})
    made = make_panel(read_history(raw))
    assert made.values.tolist() == [[1, 2, 3]]
    assert made.calendar.date(0) == pd.Timestamp("2020-01-01")


def test_months_that_days_cover_in_part_are_left_out() -> None:
    days = pd.date_range("2020-01-10", "2020-04-12")
    late = pd.date_range("2020-02-20", "2020-04-12")
    raw = pd.concat([pd.DataFrame({"item": item, "period": dates, "quantity": 1.0})
                     for item, dates in (("A", days), ("B", late))])  # fmt: skip
    # January of A, February of B and April of both are not whole
    np.testing.assert_array_equal(make_panel(read_history(raw), "month").values,
                                  [[29, 31], [NAN, 31]])  # fmt: skip


def test_working_days_and_weeks_make_whole_months() -> None:
    for dates in (pd.bdate_range("2020-02-03", "2020-03-30"),
                  pd.date_range("2020-02-05", "2020-03-25", freq="7D")):  # fmt: skip
        raw = pd.DataFrame({"item": "A", "period": dates, "quantity": 1.0})
        values = make_panel(read_history(raw), "month").values
        assert values.tolist() == [[(dates.month == 2).sum(), (dates.month == 3).sum()]]


def test_everything_wrong_is_told_at_once() -> None:
    raw = history("""
        item  period                     quantity
        A     2020-01-06                 many
        -     2020-01-06                 1
        A     2020-01-13T00:00:00+02:00  1
        A     2020-01-20                 inf
        B     2020-01-20                 1
        B     2020-01-20                 2
    """)
    told = "\n".join(problems(raw))
    for row, word in ((1, "many"), (2, "item"), (3, "zone"), (4, "inf"), (6, "repeats")):
        assert f"row {row}" in told
        assert word in told


def test_a_history_without_quantity_or_rows_is_refused() -> None:
    assert "quantity" in problems(pd.DataFrame({"item": ["A"], "period": ["2020-01"]}))[0]
    empty = pd.DataFrame({"item": [], "period": [], "quantity": []})
    assert "no rows" in problems(empty)[0]


def test_dates_a_thousand_years_apart_are_no_daily_history() -> None:
    raw = history("item period quantity\nA 1020-01-01 1\nA 2020-01-02 2\nA 2020-01-03 2")
    assert "check the dates" in problems(raw, "day")[0]
