"""Borrowing from options that are alike."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from forecasts.lead_time import forecast_lead_times
from forecasts.lead_time.pooling import Level, Sample, levels_of, pooled_means

AS_OF = dt.date(2026, 1, 1)


def receipts(option: str, supplier: str, days: list[int], every: int = 3) -> pd.DataFrame:
    """Receipts of one item, ordered ``every`` few days, the last one 200 days before AS_OF."""
    ordered = [AS_OF - dt.timedelta(200 + every * number) for number in range(len(days))]
    received = [day + dt.timedelta(lead) for day, lead in zip(ordered, days, strict=True)]
    return pd.DataFrame({
        "order_id": [f"{option}-{number}" for number in range(len(days))],
        "item": option, "supplier": supplier, "ordered_on": ordered, "received_on": received,
    })  # fmt: skip


def around(level: float, count: int, seed: int, spread: float = 0.1) -> list[int]:
    noise = np.random.default_rng(seed).normal(0.0, spread, count)
    return [round(level * float(np.exp(x))) for x in noise]


def medians(*frames: pd.DataFrame) -> pd.Series:
    table = forecast_lead_times(pd.concat(frames), AS_OF).table
    return table.set_index("item")["quantile_P50"]


def test_a_shrunk_mean_has_the_share_n_over_n_plus_k() -> None:
    group = np.array([0, 0, 1, 1])
    levels = [Level(group, np.array([0, 2]), 3), Level(group * 0, np.zeros(2, dtype=int), 1)]
    every = np.ones(4)
    sample = Sample(np.array([1.0, 1.0, 3.0, 3.0]), every > 0, every, every * np.inf)
    rows, targets = pooled_means(levels, np.array([2.0]), sample)
    assert rows.tolist() == [1.5, 1.5, 2.5, 2.5]  # (2 * own + 2 * 2.0) / (2 + 2)
    assert targets.tolist() == [1.5, 2.0]  # the second group has no rows


def test_levels_that_tell_nothing_new_apart_are_left_out() -> None:
    keys = pd.DataFrame({"item": ["A", "B"], "supplier": ["S", "S"], "mode": ["", ""]})
    chain = (("item", "supplier"), ("item",), ("supplier", "mode"), ("mode",), ())
    assert [level.count for level in levels_of(keys, keys, chain)] == [2, 1]


def test_an_option_with_one_receipt_is_near_its_supplier() -> None:
    own = [receipts(f"I{n}", "NEAR", around(30.0, 20, n)) for n in range(5)]
    other = [receipts(f"J{n}", "FAR", around(120.0, 20, 10 + n)) for n in range(5)]
    found = medians(*own, *other, receipts("NEW", "NEAR", [45]), receipts("NOVEL", "FAR", [45]))
    assert 27.0 < found["NEW"] < 40.0
    assert 75.0 < found["NOVEL"] < 130.0


def test_an_option_with_200_receipts_is_near_its_own() -> None:
    others = [receipts(f"I{n}", "S", around(30.0, 20, n)) for n in range(5)]
    found = medians(*others, receipts("OWN", "S", around(90.0, 200, 9), every=1))
    assert found["OWN"] == pytest.approx(90.0, rel=0.05)


def test_a_supplier_never_seen_gets_what_its_mode_takes() -> None:
    by_air = receipts("I", "A", around(10.0, 40, 1)).assign(mode="air")
    by_sea = receipts("J", "B", around(60.0, 40, 2)).assign(mode="sea")
    new = receipts("K", "C", [1]).assign(mode="sea", received_on=None)
    new["ordered_on"] = AS_OF
    table = forecast_lead_times(pd.concat([by_air, by_sea, new]), AS_OF).table
    assert 40.0 < table.set_index("item").loc["K", "quantile_P50"] < 75.0


def test_alike_by_a_further_column_means_borrowing_by_it() -> None:
    chips = [receipts(f"C{n}", f"S{n}", around(120.0, 15, n)) for n in range(6)]
    bolts = [receipts(f"B{n}", f"T{n}", around(20.0, 15, 20 + n)) for n in range(6)]
    new = receipts("NEW", "U", [60])
    history = pd.concat([pd.concat([*chips, new]).assign(item_group="chip"),
                         pd.concat(bolts).assign(item_group="bolt")])  # fmt: skip
    with_group = forecast_lead_times(history, AS_OF).table.set_index("item")
    without = forecast_lead_times(history.drop(columns="item_group"), AS_OF).table.set_index("item")
    assert with_group.loc["NEW", "quantile_P50"] > without.loc["NEW", "quantile_P50"] + 5.0
