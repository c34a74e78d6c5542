"""Series with little history of their own: what a predecessor or alike series lend them."""

from __future__ import annotations

import graphlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from forecasts.demand.methods import Paths
from forecasts.demand.panel import KEY, Panel, masked_mean
from forecasts.quantiles import Floats
from supplychain.errors import DataError, Problem


def with_predecessors(panel: Panel, predecessors: pd.DataFrame) -> Panel:
    """The panel in which successors have the history of what they follow, by its share.

    ``predecessors`` has item, predecessor and share. Periods before the first own demand of the
    successor are filled; a successor without any row gets one wherever a predecessor has one. In a
    chain each has first what it follows itself. Only what is known within the panel is used.
    Raises DataError where items follow each other in a circle.
    """
    if not len(predecessors):
        return panel
    order = _eldest_first(predecessors)
    panel = _with_rows(panel, predecessors, order)
    index = pd.MultiIndex.from_frame(panel.keys)
    values = panel.values.copy()
    for item in order:
        rows = predecessors[predecessors["item"] == item]
        for own in np.flatnonzero((panel.keys["item"] == item).to_numpy()):
            location = panel.keys["location"].iloc[own]
            keys = pd.MultiIndex.from_arrays([rows["predecessor"], [location] * len(rows)])
            found = index.get_indexer(keys)
            known = ~np.isnan(values[own])
            first = int(known.argmax()) if known.any() else panel.periods
            lent = _lent(values[:, :first], found, rows["share"].to_numpy(dtype=float))
            values[own, :first] = lent
    return replace(panel, values=values)


def _eldest_first(predecessors: pd.DataFrame) -> list[str]:
    """The items that follow others, each after those that it follows."""
    graph = predecessors.groupby("item")["predecessor"].agg(set).to_dict()
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle = " follows ".join(error.args[1][::-1])
        problem = Problem("predecessors", "items follow each other in a circle",
                          "remove one of the rows", column="predecessor", value=circle)  # fmt: skip
        raise DataError([problem]) from error
    return [item for item in order if item in graph]


def _lent(values: Floats, rows: np.ndarray, shares: Floats) -> Floats:
    """The demand that predecessors lend; NaN where none of them is known.

    Of several, one that has begun counts as its mean where it is not known, so that the sum does
    not fall with a gap or an end; one that has not begun counts as nothing.
    """
    present = rows >= 0
    lenders = values[rows[present]]
    known = ~np.isnan(lenders)
    begun = np.logical_or.accumulate(known, axis=1)
    usual = np.where(begun, masked_mean(lenders)[:, None], 0.0)
    total = (np.where(known, lenders, usual) * shares[present, None]).sum(axis=0)
    return np.where(known.any(axis=0), total, np.nan)


def _with_rows(panel: Panel, predecessors: pd.DataFrame, order: Sequence[str]) -> Panel:
    """The panel with a row for every successor at the locations of what it follows."""
    wanted = panel.keys.assign(group=panel.groups, granule=panel.granules)
    for item in order:
        followed = predecessors.loc[predecessors["item"] == item, "predecessor"]
        places = wanted[wanted["item"].isin(followed)].drop_duplicates("location")
        wanted = pd.concat([wanted, places.assign(item=item)]).drop_duplicates(KEY)
    fresh = wanted.iloc[panel.series :]
    blank = np.full((len(fresh), panel.periods), np.nan)
    return replace(
        panel, keys=wanted[KEY].reset_index(drop=True),
        values=np.concatenate([panel.values, blank]),
        bounds=np.concatenate([panel.bounds, blank]),
        groups=wanted["group"].to_numpy(dtype=object),
        granules=wanted["granule"].to_numpy(),
    )  # fmt: skip


def borrow(panel: Panel, paths: Paths, levels: Floats) -> Paths:
    """Forecasts in which series without any known demand have those of alike ones.

    Alike are the series of the group, or all where the group has none that is known: their demand
    of the last season, all together, is the distribution of every step.
    """
    blank = np.isnan(panel.values).all(axis=1)
    if not blank.any():
        return paths
    quantiles, mean = paths.quantiles.copy(), paths.mean.copy()
    recent = panel.values[:, -panel.season :]
    for group in pd.unique(panel.groups[blank]):
        mine = blank & (panel.groups == group)
        alike = recent[(panel.groups == group) & ~blank]
        lent = alike if len(alike) and group else recent[~blank]
        known = lent[~np.isnan(lent)]
        known = known if len(known) else np.zeros(1)
        quantiles[mine] = np.quantile(known, levels)
        mean[mine] = known.mean()
    return Paths(quantiles, mean)
