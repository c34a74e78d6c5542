"""Which item-locations run short most: in units, and in money at risk."""

from __future__ import annotations

import pandas as pd

from supplychain.network import Network
from supplychain.simulation.simulate import Simulation

_PAIR = ["item", "location"]


def rank_item_locations(
    simulation: Simulation, unit_values: pd.Series | None = None
) -> pd.DataFrame:
    """Item-locations by shortage, the worst first.

    Columns: item, location, expected_shortage (units over all periods), probability_of_stock_out
    (the highest of all periods), first_period (the first in which it is at least one half; blank:
    none), and with ``unit_values`` (money a unit, by item) money_at_risk, their product with
    the shortage, which then is what ranks. Raises ValueError where an item that runs short has no
    value.
    """
    stock = simulation.stock
    groups = stock.groupby(_PAIR, sort=False)
    table = groups.agg(
        expected_shortage=("expected_shortage", "sum"),
        probability_of_stock_out=("probability_of_stock_out", "max"),
    ).reset_index()
    likely = stock[stock["probability_of_stock_out"] >= 0.5].groupby(_PAIR)["period"].min()
    table = table.join(likely.rename("first_period"), on=_PAIR)
    by = "expected_shortage"
    if unit_values is not None:
        by = "money_at_risk"
        table[by] = _money(table, unit_values)
    order = [by, "probability_of_stock_out", *_PAIR]
    return table.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _money(table: pd.DataFrame, unit_values: pd.Series) -> pd.Series:
    value = table["item"].map(unit_values).astype("float64")
    unknown = table.loc[value.isna() & (table["expected_shortage"] > 0), "item"].unique()
    if len(unknown):
        raise ValueError(f"no unit value for {', '.join(unknown)}: give one, 0 if it has none")
    return table["expected_shortage"] * value.fillna(0.0)


def revenue_values(network: Network) -> pd.Series:
    """Revenue that waits for one unit of each item, money a unit by item.

    An item in demand is worth its mean unit revenue, a component what the parent that earns most
    for it is worth, over its quantity_per: a car that lacks one chip earns nothing. So the values
    of the components of one product are not to be added up. 0 where no demand needs the item.
    """
    demand = network.table("demand")
    earned = (demand["unit_revenue"] * demand["quantity"]).groupby(demand["item"]).sum()
    units = demand["quantity"].groupby(demand["item"]).sum()
    items = pd.Index(network.table("items")["item"])
    values = (earned / units).reindex(items).fillna(0.0)  # of items without demand: nothing yet
    bom = network.table("bom")
    bom = bom[bom["quantity_per"] > 0]
    while True:  # a step a level of the BOM, which has no circles
        parents = bom["item"].map(values).astype("float64") / bom["quantity_per"]
        better = values.combine(parents.groupby(bom["component"]).max(), max, fill_value=0.0)
        if (better == values).all():
            return values.rename("unit_value")
        values = better
