"""Hostile histories: each is a stated error or has a sane forecast."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from forecasts.lead_time import (
    LeadTimeOptions,
    add_attributes,
    check_orders,
    check_receipts,
    forecast_arrivals,
    forecast_lead_times,
)
from forecasts.quantiles import DECILES, columns
from supplychain.errors import DataError, InputError

AS_OF = dt.date(2026, 1, 1)
NAMES = columns(DECILES)


def rows(*cells: tuple[str, str, str]) -> pd.DataFrame:
    """order_id, ordered_on, received_on as text."""
    return pd.DataFrame(cells, columns=["order_id", "ordered_on", "received_on"])


def said(raw: pd.DataFrame) -> list[str]:
    with pytest.raises(DataError) as caught:
        check_receipts(raw)
    return [str(problem) for problem in caught.value.problems]


def test_every_problem_is_told_with_its_place_and_remedy() -> None:
    found = said(rows(("A", "2025-03-01", "2025-02-01"), ("B", "yesterday", ""),
                      ("A", "2025-04-01", ""), ("C", "", "2025-05-01"),
                      ("D", "2025-01-01T00:00+02:00", "")))  # fmt: skip
    assert len(found) == 5
    assert found[0].startswith("receipt_history row 1 column received_on value '2025-02-01'")
    assert "is before the order" in found[0]
    assert "row 2 column ordered_on value 'yesterday': is not a date" in found[1]
    assert "row 3" in found[2]
    assert "repeats the key of row 1" in found[2]
    assert "row 4 column ordered_on: is blank" in found[3]
    assert "time zone" in found[4]


def test_lines_of_one_order_are_no_duplicates() -> None:
    raw = rows(("A", "2025-03-01", "2025-03-09"), ("A", "2025-03-01", "2025-03-19"))
    assert len(check_receipts(raw.assign(line=["1", "2"]))) == 2


def test_a_missing_column_is_told() -> None:
    raw = rows(("A", "2025-03-01", "")).drop(columns="ordered_on")
    assert said(raw) == [
        "receipt_history column ordered_on: required column is missing; add the column"
    ]


def test_no_rows_are_an_error() -> None:
    assert "holds no orders" in said(rows())[0]


def test_nothing_known_by_the_date_is_an_error() -> None:
    with pytest.raises(DataError, match="no order placed up to 2026-01-01"):
        forecast_lead_times(rows(("A", "2026-02-01", "")), AS_OF)


def test_blank_and_absent_keys_are_permitted() -> None:
    raw = rows(("A", "2025-03-01", "2025-03-09")).assign(mode="", supplier=None)
    table = forecast_lead_times(raw, AS_OF).table
    assert "item" not in table
    assert table[["supplier", "mode"]].to_numpy().tolist() == [["", ""]]


def test_further_columns_are_kept() -> None:
    checked = check_receipts(rows(("A", "2025-03-01", "")).assign(country="Rwanda"))
    assert checked["country"].tolist() == ["Rwanda"]


def test_one_receipt_gives_a_wide_forecast_around_it() -> None:
    row = forecast_lead_times(rows(("A", "2025-03-01", "2025-04-20")), AS_OF).table.iloc[0]
    assert row["quantile_P50"] == pytest.approx(50.0, rel=0.1)
    assert row["quantile_P90"] > 55.0
    assert row["quantile_P10"] < 45.0
    assert row[["observations", "open_orders"]].tolist() == [1, 0]


def test_a_history_that_is_open_throughout_takes_longer_than_its_ages() -> None:
    raw = rows(*((f"A{n}", f"2025-{n:02}-01", "") for n in range(1, 12)))
    row = forecast_lead_times(raw, AS_OF, DECILES).table.iloc[0]
    assert row["quantile_P50"] > 300.0
    assert np.isfinite(row[NAMES].to_numpy(float)).all()
    assert row["open_orders"] == 11


def test_what_arrives_on_the_day_of_its_order_takes_no_time() -> None:
    raw = rows(*((f"A{n}", f"2025-03-{n:02}", f"2025-03-{n:02}") for n in range(1, 29)))
    row = forecast_lead_times(raw, AS_OF, DECILES).table.iloc[0]
    assert 0.0 <= row["quantile_P50"] <= 1.0


def test_centuries_without_orders_do_no_harm() -> None:
    raw = rows(("A", "1800-01-01", "1800-02-01"), ("B", "1800-03-01", "9000-01-01"))
    found = forecast_arrivals(raw, rows(("X", "1800-03-01", "")), AS_OF, DECILES)[NAMES].to_numpy()
    assert np.isfinite(found).all()
    assert (found >= (AS_OF - dt.date(1800, 3, 1)).days).all()


def test_a_promise_before_its_order_is_kept_and_learned_from() -> None:
    raw = rows(*((f"A{n}", f"2025-03-{n:02}", f"2025-04-{n:02}") for n in range(1, 29)))
    raw["promised_on"] = "2025-02-01"
    found = forecast_arrivals(raw, rows(("X", "2026-01-01", "")), AS_OF, DECILES)
    assert found["quantile_P50"].tolist()[0] == pytest.approx(31.0, abs=1.0)


def test_orders_asked_for_are_checked_alike() -> None:
    assert check_orders(rows()).empty
    with pytest.raises(DataError, match=r"orders row 1 .*is not a date"):
        check_orders(rows(("X", "soon", "")))


def test_attributes_come_from_items_and_locations() -> None:
    frame = pd.DataFrame({"item": ["CHIP", "BOLT"], "location": ["P", "Q"], "supplier": ["S", "?"]})
    items = pd.DataFrame({"item": ["CHIP"], "commodity": ["semiconductor"]})
    places = pd.DataFrame({"location": ["P", "S"], "country": ["DE", "TW"]})
    found = add_attributes(frame, items, places)
    assert found["commodity"].tolist() == ["semiconductor", ""]
    assert found["country"].tolist() == ["DE", ""]
    assert found["supplier_country"].tolist() == ["TW", ""]


def test_options_out_of_range_are_errors() -> None:
    with pytest.raises(InputError, match=r"(?s)half_lives.*false_alarm"):
        LeadTimeOptions(half_lives=(0.0,), false_alarm=2.0)
    with pytest.raises(InputError, match="is not a quantile level"):
        forecast_lead_times(rows(("A", "2025-03-01", "")), AS_OF, (1.5,))
