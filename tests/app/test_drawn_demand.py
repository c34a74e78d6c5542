"""Demand drawn from its forecast: firm demand is a part of it, not an addition to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.service.forecasts.filling import Filled, filled_demand
from app.service.futures.drawn_demand import drawn_demand
from supplychain.network import Network
from tests.support import START, tiny

WEEKS = pd.date_range(START, periods=2, freq="7D")


def shop() -> Network:
    """Week 0: 6 firm and 4 open units; week 1: open ones of two customers, as 1 to 3."""
    return tiny(
        periods=2,
        stock="""
            item  location  quantity
            CAR   SHOP      99
        """,
        demand="""
            item  location  period  customer  quantity  unit_revenue  firm
            CAR   SHOP      0       A         6         100           true
            CAR   SHOP      0       B         4         100           false
            CAR   SHOP      1       A         1         100           false
            CAR   SHOP      1       B         3         100           false
        """,
    )


def filled(network: Network, mean: list[float], low: float, high: float) -> Filled:
    """Forecast by period with ``mean``, evenly between ``low`` and ``high`` around it."""
    forecast = pd.DataFrame({"item": "CAR", "location": "SHOP", "period": WEEKS, "mean": mean})
    forecast["quantile_P01"], forecast["quantile_P99"] = low, high
    made = network.replace(demand=filled_demand(network, forecast))
    return Filled(network, made, forecast, None, {})


def drawn(given: Filled, demand: pd.DataFrame) -> dict[tuple[str, int], np.ndarray]:
    units = drawn_demand(demand, given, 2000, np.random.default_rng(1))
    week = (demand["period"] - WEEKS[0]).dt.days // 7
    return dict(zip(zip(demand["customer"], week, strict=True), units, strict=True))


def test_what_is_drawn_beyond_firm_demand_comes_on_top_of_it() -> None:
    given = filled(shop(), [10.0, 10.0], 0.0, 20.0)
    units = drawn(given, given.network.table("demand"))
    assert (units["A", 0] == 6.0).all()
    # a draw of 0 to 20 less 6 firm: none in three of ten cases, 14 at most; not 4 times draw / 10
    assert (units["B", 0] == 0.0).mean() == pytest.approx(0.3, abs=0.04)
    assert units["B", 0].max() == pytest.approx(14.0, abs=0.3)
    assert units["B", 1] == pytest.approx(3.0 * units["A", 1])
    assert (units["A", 1] + units["B", 1]).mean() == pytest.approx(10.0, abs=0.4)


def test_draws_above_firm_demand_count_where_the_mean_lies_below_it() -> None:
    given = filled(shop(), [5.0, 5.0], 0.0, 10.0)
    units = drawn(given, given.network.table("demand"))
    assert units["B", 0].max() == pytest.approx(4.0, abs=0.2)


def test_a_surge_of_the_scenario_acts_on_what_is_drawn() -> None:
    given = filled(shop(), [10.0, 10.0], 0.0, 20.0)
    demand = given.network.table("demand")
    calm = drawn(given, demand)
    surge = drawn(given, demand.assign(quantity=2.0 * demand["quantity"]))
    assert all(surge[key] == pytest.approx(2.0 * calm[key]) for key in calm)
