"""How good lead-time forecasts are on real deliveries, beside suppliers' medians and promises.

``pytest -m benchmark tests/benchmarks/test_lead_time.py -s`` prints the table. Every order of the
set has come, even those placed last, so no order is left out for being late.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasts.lead_time import backtest_lead_times, forecast_arrivals, forecast_lead_times

DATES = [dt.date(2009, 7, 1), dt.date(2010, 1, 1), dt.date(2010, 7, 1), dt.date(2011, 1, 1),
         dt.date(2011, 7, 1), dt.date(2012, 1, 1)]  # fmt: skip
NAMES = {
    "id": "order_id", "vendor": "supplier", "country": "location", "item": "item", "mode": "mode",
    "product_group": "product_group", "po_date": "ordered_on", "scheduled": "promised_on",
    "delivered": "received_on",
}  # fmt: skip


def deliveries(shared: Path) -> pd.DataFrame:
    path = shared / "datasets" / "scms_train.csv"
    if not path.is_file():
        pytest.skip(f"{path} is absent: set SUPPLYCHAIN_SHARED to the folder of shared data")
    return pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=NAMES)[
        list(NAMES.values())
    ]


def mean(rows: pd.DataFrame, name: str) -> float:
    """Mean over orders."""
    return float(np.average(rows[name], weights=rows["orders"]))


@pytest.mark.benchmark
def test_loss_and_coverage_on_real_deliveries(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = backtest_lead_times(deliveries(shared), DATES)
    total = {name: mean(rows, name) for name in rows if name not in ("as_of", "orders", "open")}
    table = pd.concat([rows, pd.DataFrame([{"as_of": "all", "orders": rows["orders"].sum(),
                                            "open": rows["open"].sum(), **total}])])  # fmt: skip
    table.insert(5, "ratio", table["loss"] / table["supplier_median"])
    with capsys.disabled():
        print("\n" + table.round(3).to_string(index=False))
    assert total["loss"] <= 0.75 * total["supplier_median"]
    assert 0.85 <= total["coverage_P90"] <= 0.95
    assert total["promised_loss"] <= 1.001 * total["promise"]


def large(orders: int = 30_000, options: int = 2_000, days: int = 1_500) -> pd.DataFrame:
    """Receipts of many options of 80 suppliers; promises are broken in three of ten cases."""
    generator = np.random.default_rng(1)
    item, location = generator.integers(0, 600, options), generator.integers(0, 12, options)
    mode, option = generator.integers(0, 3, options), generator.integers(0, options, orders)
    level = 60.0 * np.exp(0.4 * generator.normal(size=80)[item % 80] + 0.3 * mode)
    noise = np.exp(0.25 * generator.normal(size=orders))
    lead = np.maximum(np.round(level[option] * noise), 1.0)
    late = np.where(generator.random(orders) < 0.3, generator.integers(1, 20, orders), 0)
    ordered = pd.Timestamp("2020-01-06") + pd.to_timedelta(
        generator.integers(0, days, orders), unit="D"
    )
    return pd.DataFrame({
        "order_id": [f"o{n}" for n in range(orders)],
        "item": [f"i{n}" for n in item[option]], "location": [f"l{n}" for n in location[option]],
        "supplier": [f"s{n}" for n in item[option] % 80], "mode": [f"m{n}" for n in mode[option]],
        "ordered_on": ordered,
        "promised_on": ordered + pd.to_timedelta(np.maximum(lead - late, 0.0), unit="D"),
        "received_on": ordered + pd.to_timedelta(lead, unit="D"),
    })  # fmt: skip


@pytest.mark.benchmark
def test_seconds_for_30000_receipts_and_2000_options(capsys: pytest.CaptureFixture[str]) -> None:
    receipts, as_of = large(), dt.date(2023, 11, 6)
    moment = pd.Timestamp(as_of)
    is_open = (receipts["ordered_on"] <= moment) & (receipts["received_on"] > moment)
    started = time.perf_counter()
    options = len(forecast_lead_times(receipts, as_of).table)
    between = time.perf_counter()
    orders = len(forecast_arrivals(receipts, receipts.loc[is_open], as_of))
    ended = time.perf_counter()
    with capsys.disabled():
        print(f"\n{options:,} options {between - started:.1f} s, "
              f"{orders:,} open orders {ended - between:.1f} s")  # fmt: skip
    assert ended - started < 60.0
