"""Money a unit that follows from the data: full cost, replacement cost, premium, closing value."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.program import Floats
from supplychain import overrides
from supplychain.cells import rows_among
from supplychain.network import Network
from supplychain.overrides import effective
from supplychain.schema import TABLES

SOURCING_KEY = list(TABLES["sourcing"].key)
CLOSING_SHARE = 0.9  # of the cheapest replacement: buying in order to close with stock never pays


def owners(network: Network, kind: str) -> list[str]:
    """Owner names of the rows of table ``kind``, as the override tables write them."""
    return overrides.owners(kind, network.table(kind)).tolist()


def supplier_makes(network: Network, sourcing: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether the supplier of each sourcing option has production rows for its item."""
    made = network.table("production")[["item", "location"]]
    return rows_among(sourcing[["item", "supplier"]], made)


def current_bom(network: Network) -> pd.DataFrame:
    """BOM rows valid in the last period, which values of closing stock refer to."""
    bom = network.table("bom")
    last = network.calendar.date(network.settings.periods)
    starts = bom["valid_from"].isna() | (bom["valid_from"] < last)
    final = network.calendar.date(network.settings.periods - 1)
    return bom[starts & (bom["valid_to"].isna() | (bom["valid_to"] >= final))]


def _items_bottom_up(bom: pd.DataFrame) -> list[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(zip(bom["component"], bom["item"], strict=True))
    return list(nx.topological_sort(graph))


def component_costs(network: Network, replacement: pd.Series) -> pd.Series:
    """Replacement cost of the components of one unit, by (item, version)."""
    bom = current_bom(network)
    amount = bom["quantity_per"] * bom["component"].map(replacement).astype("float64")
    return amount.groupby([bom["item"], bom["version"]]).sum()


def replacement_costs(network: Network) -> pd.Series:
    """Cheapest replacement of every item, rolled up the BOM at least costs of all periods.

    The least of buying it from a source that does not make it, and of making it anywhere; what can
    neither be bought nor made has its items.unit_cost, blank counting as 0.
    """
    bom = network.table("bom")
    sourcing, production = (_at_least_cost(network, kind) for kind in ("sourcing", "production"))
    bought = sourcing[~supplier_makes(network, sourcing)].groupby("item")["unit_cost"].min()
    stated = network.table("items").set_index("item")["unit_cost"].fillna(0.0)
    costs = {str(item): float(cost) for item, cost in stated.items()}
    costs.update(dict.fromkeys(production["item"], np.inf))
    costs.update({str(item): float(cost) for item, cost in bought.items()})
    current = current_bom(network)
    contents = {key: list(zip(rows["component"], rows["quantity_per"], strict=True))
                for key, rows in current.groupby(["item", "version"])}  # fmt: skip
    made = production.groupby(["item", "version"], as_index=False)["unit_cost"].min()
    versions: dict[str, list[tuple[str, float]]] = {}
    for item, version, unit_cost in zip(*(made[name] for name in made), strict=True):
        versions.setdefault(item, []).append((version, unit_cost))
    order = _items_bottom_up(bom)
    for item in [*order, *(set(versions) - set(order))]:
        for version, unit_cost in versions.get(item, []):
            content = sum(q * costs[c] for c, q in contents.get((item, version), []) if q > 0)
            costs[item] = min(costs[item], unit_cost + content)
    return pd.Series(costs, dtype=float)


def _at_least_cost(network: Network, kind: str) -> pd.DataFrame:
    """Options of a kind at their least unit cost of all periods, so that no stock is hoarded."""
    options = network.table(kind)
    in_force = effective(network, "unit_costs", kind, options, "unit_cost")
    return options.assign(unit_cost=in_force.min(axis=1, initial=np.inf))


def price_steps(network: Network, options: pd.DataFrame) -> pd.DataFrame:
    """Steps of sourcing options: option (row), width (units), unit_cost, rise.

    ``rise`` is what the price of a step is above the unit_cost of its option.
    """
    stated = options[[*SOURCING_KEY, "unit_cost"]].rename(columns={"unit_cost": "stated"})
    rows = network.table("price_steps").merge(stated.reset_index(names="option"), on=SOURCING_KEY)
    rows = rows.sort_values(["option", "up_to"], kind="stable", ignore_index=True)
    end = rows["up_to"].fillna(np.inf)
    begin = end.groupby(rows["option"]).shift(fill_value=0.0)
    rise = rows["unit_cost"] - rows["stated"]
    return rows[["option", "unit_cost"]].assign(width=end - begin, rise=rise)


def closing_values(network: Network, replacement: pd.Series) -> pd.Series:
    """Value of one unit of closing stock: its unit_cost, at most 0.9 of its replacement."""
    stated = network.table("items").set_index("item")["unit_cost"]
    return stated.combine(CLOSING_SHARE * replacement.reindex(stated.index), np.fmin)


def mean_requirement(network: Network, replacement: pd.Series) -> pd.Series:
    """Mean requirement a period of every item: demand exploded through the BOM.

    Every item with a routine version is exploded by the cheapest of them, gross: stock and lead
    times are left aside.
    """
    demand = network.table("demand")
    total = demand.groupby("item")["quantity"].sum() / network.settings.periods
    required = {str(item): float(quantity) for item, quantity in total.items()}
    current = current_bom(network)
    chosen = _cheapest_versions(network, replacement)
    rows = current[current["version"] == current["item"].map(chosen)]
    contents = {item: list(zip(r["component"], r["quantity_per"], strict=True))
                for item, r in rows.groupby("item")}  # fmt: skip
    for item in reversed(_items_bottom_up(network.table("bom"))):
        for component, quantity_per in contents.get(item, []):
            required[component] = required.get(component, 0.0) + quantity_per * required.get(
                item, 0.0
            )
    return pd.Series(required, dtype=float)


def _cheapest_versions(network: Network, replacement: pd.Series) -> pd.Series:
    production = network.table("production")
    content = component_costs(network, replacement)
    keys = pd.MultiIndex.from_frame(production[["item", "version"]])
    full = production["unit_cost"] + content.reindex(keys).fillna(0.0).to_numpy()
    ranked = production.assign(full=full)[production["routine"]]
    ranked = ranked.sort_values(["item", "full", "version", "location"])
    return ranked.drop_duplicates("item").set_index("item")["version"]


@dataclass(frozen=True)
class OptionCosts:
    """Unit cost of options by period, and by how much it is above what is routine."""

    network: Network
    replacement: pd.Series

    def of(self, kind: str, options: pd.DataFrame) -> tuple[Floats, Floats]:
        """Unit cost and excess a unit, each options x periods.

        Excess: by how much the full cost is above that of the cheapest routine option for the item
        at that location (else anywhere, else 0); of a lane: its whole unit cost. What is positive
        of it is the premium of a non-routine option.
        """
        unit_cost = effective(self.network, "unit_costs", kind, options, "unit_cost")
        if kind == "lanes":
            return unit_cost, unit_cost
        everything = self.network.table(kind)
        all_costs = effective(self.network, "unit_costs", kind, everything, "unit_cost")
        reference = self._reference(
            everything, all_costs + self._upstream(kind, everything), options
        )
        excess = unit_cost + self._upstream(kind, options) - reference
        return unit_cost, np.asarray(excess)

    def _upstream(self, kind: str, options: pd.DataFrame) -> Floats:
        """Cost of one unit beyond the option's own, as a column."""
        if kind == "production":
            content = component_costs(self.network, self.replacement)
            keys = pd.MultiIndex.from_frame(options[["item", "version"]])
            upstream = content.reindex(keys).fillna(0.0).to_numpy(dtype=float)
        else:
            made = options["item"].map(self.replacement).to_numpy(dtype=float)
            upstream = np.where(supplier_makes(self.network, options), made, 0.0)
        return np.asarray(np.where(np.isfinite(upstream), upstream, 0.0)[:, None])

    @staticmethod
    def _reference(everything: pd.DataFrame, full: Floats, options: pd.DataFrame) -> Floats:
        """Cheapest routine full cost for each option's item-location by period."""
        routine = everything["routine"].to_numpy(dtype=bool)
        costs = pd.DataFrame(full[routine]).set_axis(
            pd.MultiIndex.from_frame(everything.loc[routine, ["item", "location"]])
        )
        here = costs.groupby(level=[0, 1]).min()
        anywhere = costs.groupby(level=0).min()
        at_location = here.reindex(pd.MultiIndex.from_frame(options[["item", "location"]]))
        fallback = anywhere.reindex(options["item"])
        values = at_location.to_numpy(dtype=float)
        values = np.where(np.isnan(values), fallback.to_numpy(dtype=float), values)
        return np.asarray(np.nan_to_num(values, nan=0.0), dtype=np.float64)
