"""Pegging: chains known by hand, and quantities that add up in both directions."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given

from solver.reasons.pegging import LEFT, Pegging, link_table, peg, peg_table
from supplychain.network import Network
from supplychain.scope import expand
from tests.solver.random_networks import networks
from tests.solver.test_properties import few
from tests.support import START, plan_only, tiny


def two_cars_of_two_chips() -> Network:
    """Three chips in stock, one on its way for period 1; a car takes two, one car a period."""
    return tiny(
        periods=2,
        stock="item location quantity\nCHIP PLANT 3",
        scheduled_receipts="order_id line item location quantity due\nPO 1 CHIP PLANT 1 1",
        production="item location\nCAR PLANT",
        bom="item component quantity_per\nCAR CHIP 2",
        demand="item location period quantity unit_revenue lost_after\n"
        "CAR PLANT 0 1 9 0\nCAR PLANT 1 1 9 0",
    )


def pegged(network: Network) -> Pegging:
    network = expand(network)
    return peg(network, plan_only(network).tables)


def test_what_came_first_goes_into_the_first_car() -> None:
    table = peg_table(pegged(two_cars_of_two_chips()))
    chips = table[table["item"] == "CHIP"]
    # stock: 2 into the car of period 0, the third with the receipt into that of period 1
    assert chips[["demand_period", "kind", "quantity", "into"]].to_numpy().tolist() == [
        [pd.Timestamp(START), "stock", 2.0, "build CAR|PLANT|standard"],
        [pd.Timestamp("2026-01-05"), "stock", 1.0, "build CAR|PLANT|standard"],
        [pd.Timestamp("2026-01-05"), "receipt", 1.0, "build CAR|PLANT|standard"],
    ]


def test_from_supply_the_same_table_tells_which_demand_it_serves() -> None:
    table = peg_table(pegged(two_cars_of_two_chips()))
    from_stock = table[(table["item"] == "CHIP") & (table["kind"] == "stock")]
    assert from_stock.groupby("demand_period")["quantity"].sum().tolist() == [2.0, 1.0]


def test_what_no_demand_takes_is_left_at_the_end() -> None:
    network = tiny(
        periods=1,
        stock="item location quantity\nCAR PLANT 5",
        demand="item location period quantity unit_revenue\nCAR PLANT 0 2 9",
    )
    links = link_table(pegged(network))
    assert links[["into", "quantity"]].to_numpy().tolist() == [
        [LEFT, 3.0], ["delivery CAR|PLANT", 2.0]]  # fmt: skip


def test_substitutes_short_builds_and_rescheduled_receipts_are_followed() -> None:
    """Tables of a plan as the levers write them, for two cars built in period 0."""
    network = expand(
        tiny(
            periods=3,
            stock="item location quantity\nCHIP PLANT 1\nTWIN PLANT 2\nBODY PLANT 3",
            scheduled_receipts="order_id line item location quantity due\nPO 1 CHIP PLANT 1 2",
            production="item location\nCAR PLANT",
            bom="item component quantity_per\nCAR CHIP 1\nCAR BODY 1",
            demand="item location period quantity unit_revenue\nCAR PLANT 0 3 9",
        )
    )
    day = list(network.calendar.dates)
    car = {"item": "CAR", "location": "PLANT", "version": "standard"}
    flow = {"period": [day[0]], "receipt": [day[0]]}
    tables = {
        "builds": pd.DataFrame({**car, **flow, "quantity": [2.0]}),
        "substitutions": pd.DataFrame({
            **car, "component": "CHIP", "substitute": "TWIN", "period": [day[0]],
            "quantity": [1.0], "used": [2.0]}),
        "short_builds": pd.DataFrame({
            **car, "component": "CHIP", "period": [day[0]], "ready": [day[0]],
            "quantity": [1.0]}),
        "retrofits": pd.DataFrame({
            **car, "component": "CHIP", "period": [day[1]], "receipt": [day[2]],
            "quantity": [1.0]}),
        "receipts": pd.DataFrame({
            "order_id": "PO", "line": "1", "item": "CHIP", "location": "PLANT", "origin": "",
            "receipt": [day[2]], "quantity": [1.0]}),
        "reschedules": pd.DataFrame({
            "order_id": "PO", "line": "1", "item": "CHIP", "location": "PLANT", "origin": "",
            "planned": [day[2]], "receipt": [day[1]], "quantity": [1.0]}),
        "deliveries": pd.DataFrame({
            "item": "CAR", "location": "PLANT", "period": day[0], "customer": "",
            "served": [day[0], day[2]], "quantity": [2.0, 1.0]}),
    }  # fmt: skip
    table = peg_table(peg(network, tables))
    leaves = table[table["kind"].isin(["stock", "receipt"])]
    found = leaves.groupby(["served", "kind", "item"])["quantity"].sum()
    assert found.to_dict() == {
        (day[0], "stock", "CHIP"): 1.0, (day[0], "stock", "TWIN"): 2.0,
        (day[0], "stock", "BODY"): 2.0, (day[2], "stock", "BODY"): 1.0,
        (day[2], "receipt", "CHIP"): 1.0,
    }  # fmt: skip


@few(3)
@given(networks())
def test_every_supply_and_every_use_is_pegged_exactly(network: Network) -> None:
    pegging = pegged(network)
    links, events = pegging.links, pegging.events
    for name, total in (("supply", events.supplies), ("use", events.uses)):
        sums = links[links[name] >= 0].groupby(name)["quantity"].sum()
        sums = sums.reindex(total.index).fillna(0.0)
        assert sums.to_numpy() == pytest.approx(total["quantity"].to_numpy(), rel=1e-6, abs=1e-6)
    table = peg_table(pegging)
    direct = table[table["into"].str.startswith("delivery")]
    served = pegging.tables["deliveries"]["quantity"].sum()
    assert direct["quantity"].sum() == pytest.approx(served, abs=1e-6)
    # from the supply's side: what all ends draw of it over all chains is what came in
    drawn = table.groupby(["kind", "key", "item", "location"])["quantity"].sum()
    there = events.supplies.groupby(["kind", "key", "item", "location"])["quantity"].sum()
    assert drawn.to_numpy() == pytest.approx(there.reindex(drawn.index).to_numpy(), abs=1e-6)
    assert len(drawn) == len(there)
