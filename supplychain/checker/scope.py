"""Which item-locations a plan is about: all that demand needs, backwards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.keys import Keys
from supplychain.network import Network

_PLACE = ["item", "location"]


def modelled_places(network: Network) -> Keys:
    """Item-locations reached backwards from demand with a quantity.

    The steps back: an order from a supplier that makes the item to the supplier, a transfer to its
    origin, a build to the components of its version and their substitutes at the same location.
    """
    steps = _steps(network)
    demand = network.table("demand")
    demand = demand.loc[demand["quantity"] > 0, _PLACE]
    below, above = steps[_PLACE], steps[["item_above", "location_above"]].set_axis(_PLACE, axis=1)
    universe = Keys(pd.concat([demand, below, above]).drop_duplicates(), _PLACE)
    reached = np.zeros(len(universe), dtype=bool)
    reached[universe.find(demand)] = True
    start, end = universe.find(below), universe.find(above)
    count = -1
    while count != (count := int(reached.sum())):
        reached[end[reached[start]]] = True
    return Keys(universe.frame[reached].sort_values(_PLACE), _PLACE)


def _steps(network: Network) -> pd.DataFrame:
    """Pairs (item, location) -> (item_above, location_above), one step back each."""
    sourcing = network.table("sourcing")[["item", "location", "supplier"]]
    makers = network.table("production")[_PLACE].drop_duplicates()
    made = sourcing.merge(
        makers.set_axis(["item", "supplier"], axis=1), on=["item", "supplier"], how="inner"
    )
    made = made.assign(item_above=made["item"], location_above=made["supplier"])
    lanes = network.table("lanes")
    moved = pd.DataFrame(
        {
            "item": lanes["item"],
            "location": lanes["destination"],
            "item_above": lanes["item"],
            "location_above": lanes["origin"],
        }
    )
    bom = network.table("bom")[["item", "version", "component"]]
    built = network.table("production")[["item", "location", "version"]].merge(
        bom, on=["item", "version"]
    )
    built = built[["item", "location", "component"]].drop_duplicates()
    built = _with_substitutes(built, network)
    built = built.assign(item_above=built["component"], location_above=built["location"])
    columns = [*_PLACE, "item_above", "location_above"]
    return pd.concat([made[columns], moved[columns], built[columns]]).drop_duplicates()


def _with_substitutes(built: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Components of what is built where, with what may replace them there, in chains too."""
    substitutes = network.table("substitutes")
    substitutes = substitutes[["item", "location", "component", "substitute"]]
    count = -1
    while count != (count := len(built)):
        found = built.merge(substitutes, on=["item", "location", "component"])
        found = found[["item", "location", "substitute"]].set_axis(built.columns, axis=1)
        built = pd.concat([built, found]).drop_duplicates()
    return built
