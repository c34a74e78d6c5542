"""Demand for components: the forecast of products, through the BOM, as a distribution of its own.

A future of all products is drawn from their quantiles: the demand of one series moves together
over the periods and independently of the others (a Gaussian copula with a common rank a series).
Each future goes through the BOM, so the spread of a component's demand is that of the sum and not
the sum of the spreads. A component is needed as many periods before its product as the routine
versions take to build. What products of the first periods needed before the first one is left out:
it is on its way. The last periods want a forecast that reaches further: see ``longest_offset``.
"""

from __future__ import annotations

import graphlib

import numpy as np
import pandas as pd

from forecasts.demand.forecast import DemandForecast
from forecasts.quantiles import Floats, columns
from forecasts.sampling import sample_paths
from supplychain.network import Network
from supplychain.schema import WILDCARD

SAMPLES = 500


def component_demand(
    made: DemandForecast, network: Network, periods: int | None = None, seed: int = 0
) -> pd.DataFrame:
    """Forecast of every component of the products of ``made``: item, location, period, ...

    The columns are those of a demand forecast; the location is blank: all plants together. Each
    product is built by its first routine version in the order of the table. The first ``periods``
    are given, all where it is None.
    """
    drawn = sample_paths(made, SAMPLES, np.random.default_rng(seed))
    items = sorted(set(made.panel.keys["item"]))
    number = {item: row for row, item in enumerate(items)}
    index = made.panel.keys["item"].map(number).to_numpy()
    shape = (len(items), made.horizon, SAMPLES)
    summed = np.zeros(shape)
    np.add.at(summed, index, drawn)
    means = np.zeros(shape[:2])
    np.add.at(means, index, made.paths.mean)
    exact = {item: means[row][:, None] for item, row in number.items()}
    needs = {item: summed[row] for item, row in number.items()}
    samples, exact = _explode(needs, network), _explode(exact, network)
    kept = made.horizon if periods is None else periods
    return _table(made.first(kept), _first(samples, kept), _first(exact, kept))


def _first(needs: dict[str, Floats], periods: int) -> dict[str, Floats]:
    return {item: need[:periods] for item, need in needs.items()}


def longest_offset(network: Network) -> int:
    """Periods by which the first component of any product is needed before the product."""
    versions = _versions(network)
    uses = _uses(network, versions)
    offset: dict[str, int] = {}
    for item in _order(uses):
        reached = offset.get(item, 0) + versions[item][1]
        for component, _ in uses[item]:
            offset[component] = max(offset.get(component, 0), reached)
    return max(offset.values(), default=0)


def _explode(needs: dict[str, Floats], network: Network) -> dict[str, Floats]:
    """Needs of components, periods x samples by item, from those of the items demanded."""
    versions = _versions(network)
    uses = _uses(network, versions)
    total = dict(needs)
    found: dict[str, Floats] = {}
    for item in _order(uses):
        if item not in total:
            continue
        lead_time = versions[item][1]
        for component, quantity_per in uses.get(item, ()):
            need = _earlier(total[item] * quantity_per, lead_time)
            total[component] = total.get(component, 0.0) + need
            found[component] = found.get(component, 0.0) + need
    return found


def _earlier(need: Floats, periods: int) -> Floats:
    """The need moved so many periods forward; what falls before the first is left out."""
    moved = np.zeros_like(need)
    if periods < len(need):
        moved[: len(need) - periods] = need[periods:]
    return moved


def _versions(network: Network) -> dict[str, tuple[str, int]]:
    """Version and lead time by which each item is made: the first routine one."""
    production = network.table("production")
    usual = production.sort_values("routine", ascending=False, kind="stable")
    first = usual.drop_duplicates("item")
    return {str(item): (str(version), int(lead_time)) for item, version, lead_time in zip(
        first["item"], first["version"], first["lead_time"], strict=True)}  # fmt: skip


def _uses(
    network: Network, versions: dict[str, tuple[str, int]]
) -> dict[str, list[tuple[str, float]]]:
    """Components and quantities of each item that is made, by its version."""
    uses: dict[str, list[tuple[str, float]]] = {}
    for row in network.table("bom").to_dict("records"):
        made = versions.get(row["item"])
        if made is not None and row["version"] in (made[0], WILDCARD):
            uses.setdefault(row["item"], []).append((row["component"], row["quantity_per"]))
    return uses


def _order(uses: dict[str, list[tuple[str, float]]]) -> list[str]:
    """Items with components, parents before what they are made of."""
    graph = {item: {component for component, _ in parts} for item, parts in uses.items()}
    return [item for item in reversed(list(graphlib.TopologicalSorter(graph).static_order()))
            if item in uses]  # fmt: skip


def _table(
    made: DemandForecast, samples: dict[str, Floats], means: dict[str, Floats]
) -> pd.DataFrame:
    calendar, horizon = made.panel.calendar, made.horizon
    names = sorted(samples)
    dates = calendar.dates_of(made.panel.periods + np.arange(horizon)).to_numpy()
    quantiles = [np.quantile(samples[name], made.levels, axis=1).T for name in names]
    values = np.concatenate(quantiles) if names else np.zeros((0, len(made.levels)))
    mean = np.concatenate([means[name][:, 0] for name in names]) if names else np.zeros(0)
    table = pd.DataFrame({
        "item": np.repeat(np.array(names, dtype=object), horizon), "location": "",
        "period": np.tile(dates, len(names)), "available_at": calendar.date(made.panel.periods),
        "mean": mean,
    })  # fmt: skip
    return pd.concat([table, pd.DataFrame(values, columns=columns(made.levels))], axis=1)
