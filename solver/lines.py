"""When production lines stop, and the scarce supply that each of them waits for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.costs import replacement_costs
from solver.data import ModelData
from solver.plan import Plan
from solver.program import Floats
from solver.scarcity import balance_scarcity, price_rise

DOWN_SHARE = 0.5  # of the load in the calm plan
OWN_CAPACITY = "its own capacity"
NO_CAUSE = "no scarce item found"
_TINY = 1e-6
_DUST = 1e-5  # share of the greatest scarcity below which it is the solver's rounding or a cost
_FAINT = 1e-6
_DEEPEST = 50  # steps, against lanes that lead in a circle


def line_table(plan: Plan, calm: Plan) -> pd.DataFrame:
    """Load of every resource by period; ``down`` below half its calm load while demand waits.

    ``calm`` is the as-is plan of the same dataset without scenario. ``waits_for`` names the scarce
    item, and its supplier, of every period that is down.
    """
    data, calm_loads = plan.model.data, calm.loads
    resources = data.network.table("resources")
    waits = _waiting_by_resource(plan)
    down = (calm_loads > _TINY) & (plan.loads < DOWN_SHARE * calm_loads) & waits
    trace = _Trace(plan, calm)
    left = data.capacities["resources"].left
    full = ~np.isnan(left) & (plan.loads >= (1.0 - _TINY) * left)
    names = [_cause(trace, line, period, bool(full[row, period])) if down[row, period] else ""
             for row, line in enumerate(resources["resource"])
             for period in range(data.periods)]  # fmt: skip
    rows = np.repeat(np.arange(len(resources)), data.periods)
    table = resources[["resource", "location"]].loc[rows]
    table = table.reset_index(drop=True)
    table["period"] = np.tile(data.network.calendar.dates.to_numpy(), len(resources))
    return table.assign(
        load=plan.loads.ravel(), calm_load=calm_loads.ravel(),
        capacity=data.capacities["resources"].capacity.ravel(), down=down.ravel(),
        waits_for=pd.Series(names, dtype="str"),
    )  # fmt: skip


def _cause(trace: _Trace, line: str, period: int, is_full: bool) -> str:
    """What a line that is down waits for: its own capacity first."""
    return OWN_CAPACITY if is_full else trace.of_line(line, period)


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
    costs to replace; where all is served in the end, what the price has risen against the calm
    plan. At each step the scarcest input is followed.
    """

    plan: Plan
    calm: Plan

    def of_line(self, resource: str, period: int) -> str:
        """Name the scarce item and its supplier behind one line in one period."""
        ranked = sorted(self._made.get(resource, []),
                        key=lambda pair: -self._scarcity(pair[0], pair[1], period))  # fmt: skip
        for item, location in ranked:
            if cause := self._follow(item, location, period):
                return cause
        return NO_CAUSE

    @property
    def _data(self) -> ModelData:
        return self.plan.model.data

    @cached_property
    def _made(self) -> dict[str, list[tuple[str, str]]]:
        detail = self._data.network.table("production_resources")
        groups = detail.drop_duplicates(["item", "location", "resource"]).groupby("resource")
        return {str(resource): list(zip(rows["item"], rows["location"], strict=True))
                for resource, rows in groups}  # fmt: skip

    @cached_property
    def _rent(self) -> dict[tuple[str, str], Floats]:
        """Scarcity by item-location: prices by period beyond replacement, dust removed."""
        data, plan = self._data, self.plan
        rent = balance_scarcity(plan) if len(plan.scarcity) else price_rise(plan, self.calm)
        if not rent.size:
            return {}
        if len(plan.scarcity) and plan.scarcity_in_money:
            cost = replacement_costs(data.network).replace(np.inf, 0.0)
            rent = rent - data.pairs["item"].map(cost).to_numpy(dtype=float)[:, None]
        rent = np.where(rent > _DUST * rent.max(), rent, 0.0)
        return dict(zip(data.pairs.itertuples(index=False, name=None), rent, strict=True))

    def _scarcity(self, item: str, location: str, period: int) -> float:
        """Scarcity in a period; where it has none, faintly the greatest of all periods."""
        rent = self._rent.get((item, location))
        if rent is None:
            return 0.0
        return float(rent[max(period, 0)] or _FAINT * rent.max())

    def _follow(self, item: str, location: str, period: int) -> str:
        """The source at the end of the scarcest path into an item-location; "" if none is."""
        cause = ""
        for _ in range(_DEEPEST):
            inputs = self._inputs(item, location, period)
            nothing = (0.0, item, location, period)
            scarcity, item, location, period = max(inputs, default=nothing)
            if scarcity == 0.0:
                return cause
            cause = self._source(item, location)
        return cause

    def _inputs(self, item: str, location: str, period: int) -> list[tuple[float, str, str, int]]:
        """What an item-location is made or filled from: (scarcity, item, location, period)."""
        data = self._data
        found = []
        for option, lead_time in data.builds_into.get((item, location), ()):
            start = period - lead_time
            for component, quantity_per in data.components_of.get(option, ()):
                scarcity = quantity_per * self._scarcity(component, location, start)
                found.append((scarcity, component, location, start))
        for origin, lead_time in data.origins_of.get((item, location), ()):
            start = period - lead_time
            found.append((self._scarcity(item, origin, start), item, origin, start))
        return found

    def _source(self, item: str, location: str) -> str:
        suppliers = self._data.suppliers_of.get((item, location), [])
        return f"{item} from {', '.join(suppliers)}" if suppliers else f"{item} at {location}"
