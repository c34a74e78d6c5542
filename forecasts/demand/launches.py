"""Series with little history of their own: what a predecessor or alike series lend them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from forecasts.demand.methods import Paths
from forecasts.demand.panel import KEY, Panel
from forecasts.quantiles import Floats


def with_predecessors(panel: Panel, predecessors: pd.DataFrame) -> Panel:
    """The panel in which successors have the history of what they follow, by its share.

    ``predecessors`` has item, predecessor and share. Periods before the first own demand of the
    successor are filled; a successor without any row gets one wherever its predecessor has one.
    Only what is known within the panel is used.
    """
    if not len(predecessors):
        return panel
    panel = _with_rows(panel, predecessors)
    index = pd.MultiIndex.from_frame(panel.keys)
    values = panel.values.copy()
    for item, rows in predecessors.groupby("item"):
        for own in np.flatnonzero((panel.keys["item"] == item).to_numpy()):
            location = panel.keys["location"].iloc[own]
            keys = pd.MultiIndex.from_arrays([rows["predecessor"], [location] * len(rows)])
            found = index.get_indexer(keys)
            lent = _lent(panel.values, found, rows["share"].to_numpy(dtype=float))
            known = ~np.isnan(panel.values[own])
            first = int(known.argmax()) if known.any() else panel.periods
            values[own, :first] = lent[:first]
    return replace(panel, values=values)


def _lent(values: Floats, rows: np.ndarray, shares: Floats) -> Floats:
    """The demand that predecessors lend; NaN where none of them is known."""
    present = rows >= 0
    parts = values[rows[present]] * shares[present, None]
    known = ~np.isnan(parts)
    total = np.where(known, parts, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total, np.nan)


def _with_rows(panel: Panel, predecessors: pd.DataFrame) -> Panel:
    """The panel with a row for every successor at the locations of its predecessors."""
    named = predecessors[["item", "predecessor"]].rename(columns={"item": "successor"})
    wanted = named.merge(panel.keys, left_on="predecessor", right_on="item")
    keys = wanted[["successor", "location"]].set_axis(KEY, axis=1).drop_duplicates()
    fresh = keys[~pd.MultiIndex.from_frame(keys).isin(pd.MultiIndex.from_frame(panel.keys))]
    if not len(fresh):
        return panel
    lender = panel.keys.assign(group=panel.groups).drop_duplicates("item").set_index("item")
    origin = named.drop_duplicates("successor").set_index("successor")["predecessor"]
    groups = fresh["item"].map(origin).map(lender["group"]).fillna("").to_numpy(dtype=object)
    blank = np.full((len(fresh), panel.periods), np.nan)
    return replace(
        panel, keys=pd.concat([panel.keys, fresh], ignore_index=True),
        values=np.concatenate([panel.values, blank]),
        groups=np.concatenate([panel.groups, groups]),
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
