"""When production lines stop, and the scarce supply that each of them waits for."""

from __future__ import annotations

from dataclasses import dataclass, field

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.costs import replacement_costs
from solver.data import ModelData
from solver.plan import Plan
from solver.program import Floats

DOWN_SHARE = 0.5  # of the load in the calm plan
_TINY = 1e-6


def line_table(plan: Plan, calm_loads: Floats) -> pd.DataFrame:
    """Load of every resource by period; ``down`` below half its calm load while demand waits.

    ``calm_loads`` has the shape of ``plan.loads``: resources x periods of the as-is plan without
    scenario. ``waits_for`` names the scarce item, and its supplier, of every period that is down.
    """
    data = plan.model.data
    resources = data.network.table("resources")
    waits = _waiting_by_resource(plan)
    down = (calm_loads > _TINY) & (plan.loads < DOWN_SHARE * calm_loads) & waits
    trace = _Trace(plan)
    names = [[trace.of_line(name, period) if down[row, period] else ""
              for period in range(data.periods)] for row, name in enumerate(resources["resource"])]  # fmt: skip
    table = resources[["resource", "location"]].loc[
        np.repeat(np.arange(len(resources)), data.periods)
    ]
    table = table.reset_index(drop=True)
    table["period"] = np.tile(data.network.calendar.dates.to_numpy(), len(resources))
    return table.assign(
        load=plan.loads.ravel(), calm_load=calm_loads.ravel(),
        capacity=data.capacities["resources"].capacity.ravel(), down=down.ravel(),
        waits_for=pd.Series(np.array(names, dtype=object).ravel(), dtype="str"),
    )  # fmt: skip


def waiting(plan: Plan) -> Floats:
    """Units of every demand row that wait at the end of each period, or are lost in it."""
    data, model = plan.model.data, plan.model
    demand = data.demand
    served = np.zeros((len(demand.table), data.periods))
    serve = plan.solution.values[model.program.column_blocks["serve"]]
    np.add.at(served, (model.serve_row, model.serve_period), serve)
    quantity = demand.table["quantity"].to_numpy(dtype=float)
    rest = np.maximum(quantity[:, None] - np.cumsum(served, axis=1), 0.0)
    periods = np.arange(data.periods)
    inside = (periods >= demand.first[:, None]) & (periods <= demand.last[:, None])
    return np.where(inside & (rest > _TINY * quantity[:, None]), rest, 0.0)


def _waiting_by_resource(plan: Plan) -> npt.NDArray[np.bool_]:
    """Whether demand for anything that a resource helps to make waits, resources x periods."""
    data = plan.model.data
    by_item = pd.DataFrame(waiting(plan)).groupby(data.demand.table["item"].to_numpy()).sum()
    bom = data.network.table("bom")
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(zip(bom["component"], bom["item"], strict=True))
    made = data.network.table("production_resources").groupby("resource")["item"].unique()
    rows = []
    for resource in data.network.table("resources")["resource"]:
        items = set(made.get(resource, ()))
        needed = items.union(*(nx.descendants(graph, item) for item in items if item in graph))
        rows.append((by_item.reindex(sorted(needed)).fillna(0.0).sum() > 0).to_numpy())
    return np.array(rows, dtype=bool).reshape(-1, data.periods)


@dataclass(frozen=True)
class _Trace:
    """Follows scarcity from a line down the BOM and back through lead times to its source.

    Scarcity of an item-location in a period is the price of its balance (C1) beyond what the item
    costs to replace; at each step the scarcest input is followed.
    """

    plan: Plan
    _rents: dict[int, Floats] = field(default_factory=dict)

    def of_line(self, resource: str, period: int) -> str:
        """Name the scarce item and its supplier behind one line in one period."""
        detail = self.data.network.table("production_resources")
        items = detail.loc[detail["resource"] == resource, ["item", "location"]].drop_duplicates()
        found = [(self._scarcity(item, location, period), item, location)
                 for item, location in items.itertuples(index=False)]  # fmt: skip
        ranked = sorted(found, key=lambda entry: -entry[0])
        for _, item, location in ranked:
            if cause := self._follow(item, location, period):
                return cause
        return "capacity of the line itself"

    @property
    def data(self) -> ModelData:
        return self.plan.model.data

    def _rent(self) -> Floats:
        """Scarcity by item-location and period."""
        if 0 not in self._rents:
            block = self.plan.model.program.row_blocks["balance"]
            prices = self.plan.scarcity
            rent = (
                prices[block].reshape(-1, self.data.periods)
                if len(prices)
                else np.zeros((len(self.data.pairs), self.data.periods))
            )
            if self.plan.is_money_priced:
                cost = replacement_costs(self.data.network).replace(np.inf, 0.0)
                rent = rent - self.data.pairs["item"].map(cost).to_numpy(dtype=float)[:, None]
            self._rents[0] = np.maximum(rent, 0.0)
        return self._rents[0]

    def _scarcity(self, item: str, location: str, period: int) -> float:
        """Scarcity in a period, or where it has none the greatest of all periods, faintly."""
        number = self.data.pair_index.get_indexer([(item, location)])[0]
        if number < 0:
            return 0.0
        rent = self._rent()[number]
        return float(rent[max(period, 0)] or 1e-6 * rent.max())

    def _follow(self, item: str, location: str, period: int) -> str:
        """The source at the end of the scarcest path into an item-location; "" if none is."""
        cause = ""
        for _ in range(50):
            inputs = self._inputs(item, location, period)
            scarce = max(inputs, key=lambda entry: entry[0], default=(0.0, "", "", 0))
            if scarce[0] <= _TINY * 1e-6:
                return cause or self._source(item, location)
            _, item, location, period = scarce
            cause = self._source(item, location)
        return cause

    def _inputs(self, item: str, location: str, period: int) -> list[tuple[float, str, str, int]]:
        """What an item-location is made or filled from: (scarcity, item, location, period)."""
        found = []
        data = self.data
        for option in data.builds_into.get((item, location), ()):
            start = period - int(data.builds.options["lead_time"].iloc[option])
            for component, quantity_per in data.components_of.get(option, ()):
                scarcity = quantity_per * self._scarcity(component, location, start)
                found.append((scarcity, component, location, start))
        for origin, lead_time in data.origins_of.get((item, location), ()):
            start = period - lead_time
            found.append((self._scarcity(item, origin, start), item, origin, start))
        return found

    def _source(self, item: str, location: str) -> str:
        suppliers = self.data.suppliers_of.get((item, location), [])
        return f"{item} from {', '.join(suppliers)}" if suppliers else f"{item} at {location}"
