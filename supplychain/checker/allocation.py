"""(C8) Floors of service, and how evenly locations use their resources."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.broken_rules import broken
from supplychain.checker.chain import Chain
from supplychain.checker.demand import Service
from supplychain.checker.keys import Keys
from supplychain.checker.report import BoolArray, FloatArray
from supplychain.schema import WILDCARD

SPREAD_OWNER = "locations"


def missed_floors(chain: Chain, service: Service) -> pd.DataFrame:
    """By how many units each floor (owner ``brand|customer|location``) is missed."""
    floors = chain.network.table("floors")
    demand = chain.network.table("demand")
    brand = demand["item"].map(chain.network.table("items").set_index("item")["brand"])
    names = {"brand": brand, "customer": demand["customer"], "location": demand["location"]}
    wanted = service.table["quantity"].to_numpy(np.float64)
    unserved = (service.table["lost"] + service.table["open"]).to_numpy(np.float64)
    missed, total = np.zeros(len(floors)), np.zeros(len(floors))
    for row, floor in enumerate(floors.to_dict("records")):
        members = np.ones(len(demand), dtype=bool)
        for column, cells in names.items():
            members &= (cells == floor[column]).to_numpy() | (floor[column] == WILDCARD)
        total[row] = wanted[members].sum()
        missed[row] = unserved[members].sum() - (1 - floor["share"]) * total[row]
    owner = Keys(floors, ["brand", "customer", "location"]).joined()["owner"]
    return broken("floor", owner, np.maximum(missed, 0.0), total)


def missed_spread(chain: Chain, load: FloatArray, spread: float) -> pd.DataFrame:
    """By how many units of capacity the use of plants differs beyond ``spread``.

    The use of a plant is the load of its resources over their capacity, summed over periods in
    which the capacity is limited, without overtime; resources that nothing modelled uses do not
    count. The rule has one owner, ``locations``.
    """
    location = chain.network.table("resources")["location"]
    counted = np.isfinite(chain.resource_capacity) & _is_used(chain)[:, None]
    sums = pd.DataFrame({
        "load": np.where(counted, load, 0.0).sum(axis=1),
        "capacity": np.where(counted, chain.resource_capacity, 0.0).sum(axis=1),
    }).groupby(location.to_numpy()).sum()  # fmt: skip
    sums = sums[sums["capacity"] > 0]
    use = (sums["load"] / sums["capacity"]).to_numpy(np.float64)
    total = float(sums["capacity"].sum())
    beyond = float(np.ptp(use)) - spread if len(use) else 0.0
    return broken("plant_spread", [SPREAD_OWNER], [max(beyond, 0.0) * total], total)


def _is_used(chain: Chain) -> BoolArray:
    """Which resources some production of a modelled item-location uses."""
    detail = chain.network.table("production_resources")
    modelled = chain.production.keys.find(detail) >= 0
    modelled &= chain.places.find(detail) >= 0
    used = np.zeros(len(chain.resources), dtype=bool)
    row = chain.resources.find(detail)[modelled]
    used[row[row >= 0]] = True
    return used
