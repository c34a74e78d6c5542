"""Demand for components: the forecast of products, through the BOM, as a distribution of its own.

A future of all products is drawn from their quantiles: the demand of one series moves together
over the periods and independently of the others (a Gaussian copula with a common rank a series).
Each future goes through the BOM, so the spread of a component's demand is that of the sum and not
the sum of the spreads. A component is needed as many periods before its product as the routine
versions take to build. What products of the first periods needed before the first one is left out:
it is on its way. The last periods want a forecast that reaches further: see ``longest_offset``.
A row of the BOM counts in the periods in which it is valid, when the product is begun.
"""

from __future__ import annotations

import graphlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand.forecast import DemandForecast
from forecasts.quantiles import Floats, columns
from forecasts.sampling import sample_paths
from supplychain.network import Network
from supplychain.schema import WILDCARD

SAMPLES = 500


class _Use(NamedTuple):
    """A component of an item: how many, periods before it, and the periods in which it counts."""

    component: str
    quantity_per: float
    lead_time: int
    valid: npt.NDArray[np.bool_]


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
    uses = _uses(network, _versions(network), made)
    samples, exact = _explode(needs, uses), _explode(exact, uses)
    kept = made.horizon if periods is None else periods
    return _table(made.first(kept), _first(samples, kept), _first(exact, kept))


def _first(needs: dict[str, Floats], periods: int) -> dict[str, Floats]:
    return {item: need[:periods] for item, need in needs.items()}


def longest_offset(network: Network) -> int:
    """Periods by which the first component of any product is needed before the product."""
    versions = _versions(network)
    offset: dict[str, int] = {}
    uses = _uses(network, versions)
    for item in _order(uses):
        for use in uses[item]:
            reached = offset.get(item, 0) + use.lead_time
            offset[use.component] = max(offset.get(use.component, 0), reached)
    return max(offset.values(), default=0)


def _explode(needs: dict[str, Floats], uses: dict[str, list[_Use]]) -> dict[str, Floats]:
    """Needs of components, periods x samples by item, from those of the items demanded."""
    total = dict(needs)
    found: dict[str, Floats] = {}
    for item in _order(uses):
        if item not in total:
            continue
        for use in uses[item]:
            need = _earlier(total[item] * use.quantity_per, use.lead_time)
            need = np.where(use.valid[:, None], need, 0.0)
            total[use.component] = total.get(use.component, 0.0) + need
            found[use.component] = found.get(use.component, 0.0) + need
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
    network: Network, versions: dict[str, tuple[str, int]], made: DemandForecast | None = None
) -> dict[str, list[_Use]]:
    """Components of each item that is made, by its version, in the periods of ``made``."""
    bom = network.table("bom")
    valid = np.ones((len(bom), 0), bool) if made is None else _valid(bom, made)
    uses: dict[str, list[_Use]] = {}
    for row, flags in zip(bom.to_dict("records"), valid, strict=True):
        version, lead_time = versions.get(row["item"], (None, 0))
        if version is not None and row["version"] in (version, WILDCARD):
            use = _Use(row["component"], row["quantity_per"], lead_time, flags)
            uses.setdefault(row["item"], []).append(use)
    return uses


def _valid(bom: pd.DataFrame, made: DemandForecast) -> npt.NDArray[np.bool_]:
    """Whether each row of the BOM is valid in each period of the forecast."""
    calendar, before = made.panel.calendar, made.panel.periods
    first, last = (bom[name].fillna(calendar.date(before + default)) for name, default in
                   (("valid_from", 0), ("valid_to", made.horizon - 1)))  # fmt: skip
    periods = before + np.arange(made.horizon)
    begun = calendar.index(first)[:, None] <= periods
    return np.asarray(begun & (periods <= calendar.index(last)[:, None]))


def _order(uses: dict[str, list[_Use]]) -> list[str]:
    """Items with components, parents before what they are made of."""
    graph = {item: {use.component for use in parts} for item, parts in uses.items()}
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
