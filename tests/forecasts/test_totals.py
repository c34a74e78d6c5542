"""Forecasts that add up: brands, regions, and components."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasts.components import component_demand, longest_offset
from forecasts.demand.forecast import forecast_demand
from forecasts.demand.history import make_panel
from forecasts.quantiles import columns
from forecasts.totals import reconciled, with_totals
from supplychain.network import Network
from tests.forecasts.demand.support import SMALL
from tests.support import tiny

WEEKS = 20


def company() -> Network:
    """Two brands in two regions with twenty weeks of demand, and a BOM of two levels."""
    random = np.random.default_rng(1)
    cells = [(item, place) for item in ("CAR", "VAN") for place in ("NORTH", "SOUTH")]
    rows = "\n".join(f"{item} {place} {week - WEEKS} {random.poisson(40)}"
                     for item, place in cells for week in range(WEEKS))  # fmt: skip
    return tiny(
        periods=4,
        items="item brand\nCAR FINE\nVAN SOLID\nECU -\nCHIP -",
        locations="location region\nNORTH EU\nSOUTH EU\nPLANT EU",
        demand_history=f"item location period quantity\n{rows}",
        production="item location lead_time\nCAR PLANT 1\nVAN PLANT 0\nECU PLANT 1",
        bom="item component quantity_per\nCAR ECU 2\nVAN ECU 1\nECU CHIP 3",
    )


@pytest.fixture(scope="module")
def network() -> Network:
    return company()


def test_least_squares_spread_a_gap_over_totals_and_series_by_hand() -> None:
    # one total of two series: sum 10, forecast 16; weights 1 for series and 1/2 for the total:
    # minimise a^2 + b^2 + (6 - a - b)^2 / 2, so a = b = 1.5
    bottom, upper = np.array([[4.0], [6.0]]), np.array([[16.0]])
    moved, total = reconciled(bottom, upper, np.ones((1, 2)))
    assert moved.ravel() == pytest.approx([5.5, 7.5])
    assert total.ravel() == pytest.approx([13.0])


def test_no_mean_becomes_negative_and_nothing_stays_nothing() -> None:
    bottom, upper = np.array([[0.0], [6.0]]), np.array([[0.0]])
    moved, total = reconciled(bottom, upper, np.ones((1, 2)))
    assert moved[0, 0] == 0.0
    assert total[0] == moved.sum()


def test_brands_and_regions_are_exactly_the_sums_of_their_series(network: Network) -> None:
    panel = make_panel(network.table("demand_history"))
    made = forecast_demand(panel, 4, SMALL)
    fitted, totals = with_totals(made, panel, network, SMALL)
    bottom = fitted.table
    whole = bottom.groupby("period")["mean"].sum()
    for level in ("brand", "region"):
        part = totals[totals["level"] == level]
        np.testing.assert_allclose(part.groupby("period")["mean"].sum(), whole)
    car = bottom[bottom["item"] == "CAR"].groupby("period")["mean"].sum()
    fine = totals[(totals["level"] == "brand") & (totals["name"] == "FINE")]
    np.testing.assert_allclose(fine["mean"], car)
    assert (np.diff(totals[columns(made.levels)].to_numpy(), axis=1) >= 0).all()


def test_totals_see_the_drivers_of_their_series(network: Network) -> None:
    history = network.table("demand_history")
    weeks = sorted(history["period"].unique())
    promoted = [weeks[2], weeks[6], weeks[11], weeks[15], weeks[-1] + pd.Timedelta(days=14)]
    lift = np.where(history["period"].isin(promoted), 3.0, 1.0)
    drivers = pd.DataFrame({"item": "*", "location": "*", "driver": "promotion",
                            "period": promoted, "value": 1.0, "known_ahead": True})  # fmt: skip
    given = network.replace(demand_history=history.assign(quantity=history["quantity"] * lift),
                            drivers=drivers)  # fmt: skip
    panel = make_panel(given.table("demand_history"))
    made = forecast_demand(panel, 4, SMALL, drivers)
    _, totals = with_totals(made, panel, given, SMALL)
    mean = totals[totals["name"] == "FINE"]["mean"].to_numpy()
    assert mean[1] == pytest.approx(3 * 80, rel=0.2)
    assert mean[[0, 2, 3]] == pytest.approx([80] * 3, rel=0.2)


def test_a_row_of_the_bom_counts_while_it_is_valid(network: Network) -> None:
    bom = network.table("bom")
    made = forecast_demand(make_panel(network.table("demand_history")), 4, SMALL)
    second, third = made.first(4).table["period"].unique()[1:3]
    is_van = bom["item"] == "VAN"
    old = bom.assign(valid_to=bom["valid_to"].where(~is_van, second))
    fresh = bom[is_van].assign(component="CHIP", quantity_per=5.0, valid_from=third)
    table = component_demand(made, network.replace(bom=pd.concat([old, fresh])))
    vans = made.paths.mean[(made.panel.keys["item"] == "VAN").to_numpy()].sum(axis=0)
    cars = made.paths.mean[(made.panel.keys["item"] == "CAR").to_numpy()].sum(axis=0)
    ecus = 2 * np.array([*cars[1:], 0.0]) + np.array([*vans[:2], 0.0, 0.0])
    chips = 3 * np.array([*ecus[1:], 0.0]) + 5 * np.array([0.0, 0.0, *vans[2:]])
    by_item = {item: rows["mean"].to_numpy() for item, rows in table.groupby("item")}
    np.testing.assert_allclose(by_item["ECU"], ecus)
    np.testing.assert_allclose(by_item["CHIP"], chips)


def test_components_are_needed_as_the_bom_and_lead_times_say(network: Network) -> None:
    made = forecast_demand(make_panel(network.table("demand_history")), 4, SMALL)
    table = component_demand(made, network)
    by_item = {item: rows["mean"].to_numpy() for item, rows in table.groupby("item")}
    cars, vans = (made.paths.mean[(made.panel.keys["item"] == item).to_numpy()].sum(axis=0)
                  for item in ("CAR", "VAN"))  # fmt: skip
    # an ECU for a car is needed a week before the car, for a van in its week
    early = np.array([*cars[1:], 0.0])
    ecus = 2 * early + vans
    np.testing.assert_allclose(by_item["ECU"], ecus)
    chips = 3 * np.array([*ecus[1:], 0.0])
    np.testing.assert_allclose(by_item["CHIP"], chips)


def test_a_longer_forecast_fills_the_last_periods(network: Network) -> None:
    assert longest_offset(network) == 2  # an ECU a week before its car, a chip a week before that
    made = forecast_demand(make_panel(network.table("demand_history")), 6, SMALL)
    table = component_demand(made, network, 4)
    assert table.groupby("item").size().to_dict() == {"CHIP": 4, "ECU": 4}
    assert (table["mean"] > 0).all()


def test_the_spread_of_a_sum_is_less_than_the_sum_of_spreads(network: Network) -> None:
    made = forecast_demand(make_panel(network.table("demand_history")), 4, SMALL)
    table = component_demand(made, network)
    ecu = table[(table["item"] == "ECU")].iloc[1]
    cars = (made.panel.keys["item"] == "CAR").to_numpy()
    low, high = (list(made.levels).index(level) for level in (0.1, 0.9))
    widths = made.paths.quantiles[..., high] - made.paths.quantiles[..., low]
    summed = 2 * widths[cars, 2].sum() + widths[~cars, 1].sum()
    assert 0 < ecu["quantile_P90"] - ecu["quantile_P10"] < summed
