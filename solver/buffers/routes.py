"""Routine options as routes: what fills each item-location, and what each route draws on."""

from __future__ import annotations

import pandas as pd

from solver.costs import supplier_makes
from solver.data import positions
from solver.program import Floats
from supplychain.errors import DataError, Problem
from supplychain.network import Network

KINDS = ("production", "sourcing", "lanes")
PAIR = ["item", "location"]
ABOVE = ["above_item", "above_location"]
_ROUTE = [*PAIR, "lead_time", "version", "supplier", "origin", "capacity", "group",
          "group_per_unit"]  # fmt: skip


def routine_only(network: Network) -> Network:
    """``network`` (expanded) with the options that are in use today."""
    tables = {kind: network.table(kind) for kind in KINDS}
    return network.replace(**{kind: rows[rows["routine"]] for kind, rows in tables.items()})


def routes_of(network: Network, index: pd.MultiIndex) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Options of ``network`` that fill the item-locations of ``index``, and their inputs.

    Routes: kind, item, location and the columns of their table; ``dispatcher`` is the location that
    makes or sends. Inputs, several a route: route (its index), above_item, above_location,
    quantity for one unit. A route without inputs draws on supply outside the model.
    """
    lanes = network.table("lanes").rename(columns={"destination": "location"})
    tables = {"production": network.table("production"), "sourcing": network.table("sourcing"),
              "lanes": lanes}  # fmt: skip
    parts = [rows.reindex(columns=_ROUTE).assign(kind=kind) for kind, rows in tables.items()]
    routes = pd.concat(parts, ignore_index=True)
    routes = routes[positions(index, routes["item"], routes["location"]) >= 0]
    dispatcher = routes["supplier"].fillna(routes["origin"]).fillna(routes["location"])
    routes = routes.assign(dispatcher=dispatcher).reset_index(drop=True)
    is_made = routes["kind"] == "production"
    draws = (routes["kind"] == "lanes") | (
        (routes["kind"] == "sourcing") & supplier_makes(network, routes)
    )
    drawn = routes.loc[draws, ["item", "dispatcher"]].set_axis(ABOVE, axis=1)
    drawn = drawn.assign(quantity=1.0).reset_index(names="route")
    inputs = [_components(network, routes[is_made]), drawn]
    return routes, pd.concat(inputs, ignore_index=True)


def _components(network: Network, production: pd.DataFrame) -> pd.DataFrame:
    """Components of production routes; a BOM row counts for the share of periods it is valid in."""
    bom, calendar = network.table("bom"), network.calendar
    last = calendar.periods - 1
    first_valid = calendar.index(bom["valid_from"].fillna(calendar.dates[0])).clip(0)
    last_valid = calendar.index(bom["valid_to"].fillna(calendar.dates[last])).clip(max=last)
    share = (last_valid - first_valid + 1).clip(0) / calendar.periods
    bom = bom.assign(quantity=bom["quantity_per"] * share)
    rows = production[[*PAIR, "version"]].reset_index(names="route")
    rows = rows.merge(bom[bom["quantity"] > 0], on=["item", "version"])
    rows = rows.rename(columns={"component": ABOVE[0]}).assign(above_location=rows["location"])
    return rows[["route", *ABOVE, "quantity"]]


def unit_holding_cost(network: Network, items: pd.Series) -> Floats:
    """Cost of holding one unit a year, by row; DataError where a rate or value is not given."""
    rate = network.settings.holding_rate
    value = items.map(network.table("items").set_index("item")["unit_cost"])
    problems = [
        Problem("items", "has no unit_cost, so its stock would cost nothing", "give its unit_cost",
                column="unit_cost", value=item)
        for item in sorted(items[value.isna()].unique())
    ]  # fmt: skip
    if rate <= 0.0:
        message = "holding_rate is 0, so stock would cost nothing"
        problems.append(Problem("settings", message, "give it as a share a year, such as 0.15",
                                column="holding_rate"))  # fmt: skip
    if problems:
        raise DataError(problems)
    return value.to_numpy(dtype=float) * rate
