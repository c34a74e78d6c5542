"""Forecasts in the plan: what they replace, before any scenario, and what they leave alone."""

from __future__ import annotations

import pandas as pd
import pytest

from app.service.forecasts.filling import fill, filled_demand, filled_sourcing
from app.service.forecasts.overridden import (
    Overridden,
    read_overridden,
    told_overrides,
    with_overrides,
)
from forecasts.lead_time import LeadTimeForecast
from supplychain.network import Network
from tests.support import START, tiny

DEMAND = """
    item  location  period  customer  quantity  unit_revenue  firm
    CAR   MARKET    0       fleet     30        90            true
    CAR   MARKET    1       retail    60        100           false
    CAR   MARKET    1       rental    20        80            false
    VAN   MARKET    0       retail    5         200           false
"""


def network(**tables: str) -> Network:
    stock = "item location quantity\nCAR MARKET 1\nVAN MARKET 1"
    return tiny(periods=3, demand=DEMAND, stock=stock, **tables)


def means(*values: float) -> pd.DataFrame:
    """A forecast of CAR for the first periods of the calendar."""
    dates = network().calendar.dates[: len(values)]
    return pd.DataFrame({"item": "CAR", "location": "MARKET", "period": dates, "mean": values})


def quantities(demand: pd.DataFrame, item: str) -> dict[tuple[int, str], float]:
    numbers = network().calendar.index(demand["period"])
    rows = zip(demand["item"], numbers, demand["customer"], demand["quantity"], strict=True)
    return {(int(n), str(c)): float(q) for i, n, c, q in rows if i == item}


def test_a_forecast_replaces_what_is_not_firm_and_keeps_its_split() -> None:
    filled = filled_demand(network(), means(40.0, 120.0, 8.0))
    assert quantities(filled, "CAR") == {
        (0, "fleet"): 30.0,  # firm
        (0, "retail"): 7.5, (0, "rental"): 2.5,  # 40 less 30 firm, three to one
        (1, "retail"): 90.0, (1, "rental"): 30.0,
        (2, "retail"): 6.0, (2, "rental"): 2.0,
    }  # fmt: skip
    prices = filled[filled["item"] == "CAR"].groupby("customer")["unit_revenue"].max()
    assert prices.to_dict() == {"fleet": 90.0, "retail": 100.0, "rental": 80.0}


def test_firm_demand_above_the_forecast_leaves_nothing_to_add() -> None:
    filled = filled_demand(network(), means(10.0, 80.0))
    assert quantities(filled, "CAR")[(0, "retail")] == 0.0


def test_items_without_a_forecast_stay_as_they_are() -> None:
    assert quantities(filled_demand(network(), means(1.0)), "VAN") == {(0, "retail"): 5.0}


def test_without_history_nothing_is_filled() -> None:
    given = network()
    filled = fill(given)
    assert filled.network is given
    assert not filled.facts


def history(level: int) -> str:
    rows = "\n".join(f"CAR MARKET {week} {level}" for week in range(-30, 0))
    return f"item location period quantity\n{rows}"


def test_the_history_gives_the_demand_of_the_plan_unless_it_is_not_wanted() -> None:
    given = network(demand_history=history(50))
    made = quantities(fill(given).network.table("demand"), "CAR")
    assert made[(1, "retail")] + made[(1, "rental")] == pytest.approx(50.0, rel=0.05)
    assert made[(0, "fleet")] == 30.0
    assert fill(given, wanted=False).network is given


@pytest.mark.parametrize(
    ("dates", "quantity"),
    [
        (pd.date_range("2023-12-01", "2025-12-01", freq="MS"), 310.0),  # months: 31 days or fewer
        (pd.date_range("2025-06-01", "2025-12-27", freq="D"), 10.0),
        (pd.date_range("2025-01-04", "2025-12-27", freq="7D"), 70.0),  # weeks from a Saturday
    ],
)
def test_a_history_of_other_periods_fills_the_weeks_of_the_plan(
    dates: pd.DatetimeIndex, quantity: float
) -> None:
    given = network()
    past = pd.DataFrame({"item": "CAR", "location": "MARKET", "period": dates,
                         "quantity": quantity, "in_stock": True})  # fmt: skip
    made = quantities(fill(given.replace(demand_history=past)).network.table("demand"), "CAR")
    for week in range(3):  # 70 a week, firm or not
        units = sum(value for (number, _), value in made.items() if number == week)
        assert units == pytest.approx(70.0, rel=0.05)


def test_a_forecast_is_made_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    given = network(demand_history=history(51))
    first = fill(given).network
    # any call would fail
    monkeypatch.setattr("app.service.forecasts.filling.forecast_demand", None)
    assert fill(given).network.input_hash == first.input_hash


def test_only_what_came_before_the_plan_counts() -> None:
    later = history(50) + "\nCAR MARKET 0 9999\nCAR MARKET 1 9999"
    one, other = (fill(network(demand_history=text)).network for text in (history(50), later))
    pd.testing.assert_frame_equal(one.table("demand"), other.table("demand"))


# --- overrides ------------------------------------------------------------------------------------


def said(quantity: float, week: int = 1, item: str = "CAR") -> Overridden:
    date = network().calendar.date(week)
    return Overridden(item, "MARKET", f"{date:%Y-%m-%d}", quantity)


def spread() -> pd.DataFrame:
    """A forecast of CAR: 10 (5 to 20), 40 (20 to 80), nothing (0 to 1)."""
    return means(10.0, 40.0, 0.0).assign(
        quantile_P10=[5.0, 20.0, 0.0], quantile_P90=[20.0, 80.0, 1.0]
    )


def test_an_override_is_the_mean_and_scales_the_quantiles() -> None:
    made = with_overrides(spread(), [said(60.0)])
    assert made["mean"].tolist() == [10.0, 60.0, 0.0]
    assert made["quantile_P10"].tolist() == [5.0, 30.0, 0.0]
    assert made["quantile_P90"].tolist() == [20.0, 120.0, 1.0]


def test_where_nothing_is_forecast_an_override_shifts_the_quantiles() -> None:
    made = with_overrides(spread(), [said(7.0, week=2)])
    assert made.iloc[2][["mean", "quantile_P10", "quantile_P90"]].tolist() == [7.0, 7.0, 8.0]


def test_a_plan_takes_the_planners_word_less_what_is_firm_and_tells_how_many() -> None:
    given = network(demand_history=history(50))
    filled = fill(given, said=[said(90.0, week=0), said(200.0, week=1), said(5.0, item="VAN")])
    made = quantities(filled.network.table("demand"), "CAR")
    assert made[(0, "retail")] + made[(0, "rental")] == pytest.approx(60.0)  # 90 less 30 firm
    assert made[(1, "retail")] == pytest.approx(150.0)  # three to one, as without
    told = filled.facts["overrides"]
    assert (told["given"], told["used"]) == (3, 2)
    assert told["units"] == pytest.approx(190.0, abs=5.0)  # the history says 50 a week
    assert "2 of 3 overrides used" in told_overrides(filled.facts)
    assert "1 outside of the forecast of this plan" in told_overrides(filled.facts)


def test_an_override_of_a_week_that_the_plan_does_not_have_goes_nowhere() -> None:
    given = network(demand_history=history(50))
    late = Overridden("CAR", "MARKET", "2031-01-06", 9.0)
    filled = fill(given, said=[late])
    assert filled.facts["overrides"]["used"] == 0
    assert filled.network.input_hash == fill(given).network.input_hash


def test_without_history_no_override_is_used_and_that_is_told() -> None:
    given = network()
    filled = fill(given, said=[said(3.0)])
    assert filled.network is given
    assert filled.facts["overrides"] == {"given": 1, "used": 0, "units": 0.0}
    assert not fill(given, wanted=False, said=[said(3.0)]).facts


def test_a_table_of_overrides_is_read_in_the_order_of_its_keys() -> None:
    rows = pd.DataFrame({"item": ["B", "A"], "location": "X", "quantity": [1, 2],
                         "period": pd.to_datetime(["2026-01-05", "2026-01-12"])})  # fmt: skip
    assert read_overridden(rows) == (Overridden("A", "X", "2026-01-12", 2.0),
                                     Overridden("B", "X", "2026-01-05", 1.0))  # fmt: skip


def test_lead_times_follow_their_quantile_but_never_below_transit() -> None:
    given = tiny(
        sourcing="""
        item  location  supplier  lead_time  transit_time
        CHIP  PLANT     FAB       2          1
        CHIP  PLANT     OTHER     5          5
        WIRE  PLANT     FAB       3          -
    """
    )
    keys = [("CHIP", "PLANT", "FAB", "standard"), ("CHIP", "PLANT", "OTHER", "standard")]
    table = pd.DataFrame(keys, columns=["item", "location", "supplier", "mode"])
    table[["quantile_P50", "quantile_P90"]] = [[10.0, 24.0], [14.0, 20.0]]
    made = LeadTimeForecast(table, (0.5, 0.9), pd.Timestamp(START).date())
    lead_times = {level: filled_sourcing(given, made, level)["lead_time"].tolist()
                  for level in (0.5, 0.9)}  # fmt: skip
    # 10 and 24 days are 2 and 4 weeks; OTHER's 14 days stay at its transit of five weeks
    assert lead_times == {0.5: [2.0, 5.0, 3.0], 0.9: [4.0, 5.0, 3.0]}


def test_the_setting_makes_plans_count_on_late_orders() -> None:
    rows = "\n".join(f"PO-{n} 1 CHIP PLANT FAB {n - 40} {n - 40 + (6 if n % 2 else 2)}"
                     for n in range(30))  # fmt: skip
    given = tiny(
        periods=6,
        sourcing="item location supplier lead_time\nCHIP PLANT FAB 3",
        receipt_history=f"order_id line item location supplier ordered_on received_on\n{rows}",
    )
    settings = given.table("settings")
    asked = pd.concat([settings, pd.DataFrame({"name": ["lead_time_quantile"], "value": ["0.9"]})])
    tables = {**{name: given.table(name) for name in given.tables}, "settings": asked}
    filled = fill(Network.from_frames(tables))
    assert fill(given).network.table("sourcing")["lead_time"].tolist() == [3.0]
    # half of the orders take two weeks, the others six; what is pooled may add some days
    assert filled.network.table("sourcing")["lead_time"].between(6, 7).all()
    assert filled.facts == {"lead_time_quantile": 0.9, "options": 1}
