"""Capacities of the example company, set from what the calm plan needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.example.company import Company
from supplychain.example.requirement import Requirement, makers_frame
from supplychain.example.routes import BOUGHT, CHIP, MADE, SPOT
from supplychain.example.sizes import PERIODS
from supplychain.example.tables import Numbers, significant

LINE_SLACK = (1.10, 1.15)
FAB_SLACK = (1.05, 1.12)
SPOT_SHARE = 0.10  # of the need for a chip at its largest user
AIR_SHARE = 0.25  # of the receiving location's need
AMPLE = 2.0
RESERVE_SHARE = 0.15  # of the item's need, where nothing is routine


@dataclass(frozen=True)
class Limits:
    """Options and lanes with their capacity, lines and supplier groups with theirs."""

    options: pd.DataFrame
    lanes: pd.DataFrame
    resources: pd.DataFrame
    groups: pd.DataFrame


def set_limits(
    company: Company,
    options: pd.DataFrame,
    lanes: pd.DataFrame,
    need: Requirement,
    random: np.random.Generator,
) -> Limits:
    """Give every option, lane, line and group a capacity a week."""
    world = _world(need)
    return Limits(
        options.assign(capacity=_option_capacity(options, need, world)),
        lanes.assign(capacity=_lane_capacity(lanes, need, world)),
        _resources(company, need, world, random),
        pd.concat([_fab_groups(options, need, random), _spot_groups(options, world)]),
    )


def _world(need: Requirement) -> pd.Series:
    """Mean weekly need of an item at its largest place, over the horizon."""
    mean = pd.Series(need.weekly[:, :PERIODS].mean(axis=1), index=need.rows)
    return mean.groupby(level=0).max()


def _local(need: Requirement, items: pd.Series, places: pd.Series, world: pd.Series) -> Numbers:
    """Mean need at a place; where it has none, a share of the item's largest place."""
    mean = need.of(items, places)[:, :PERIODS].mean(axis=1)
    return np.where(mean > 0, mean, RESERVE_SHARE * world[items].to_numpy())


def _option_capacity(options: pd.DataFrame, need: Requirement, world: pd.Series) -> Numbers:
    """Ample for routine ways, a share of the need for alternatives; chips are limited by groups."""
    local = _local(need, options["item"], options["location"], world)
    factor = np.where(options["routine"], AMPLE, AIR_SHARE)
    limited = options["kind"].isin([MADE, BOUGHT]) | (options["mode"] == "sea")
    return np.where(limited, significant(local * factor), np.nan)


def _lane_capacity(lanes: pd.DataFrame, need: Requirement, world: pd.Series) -> Numbers:
    local = _local(need, lanes["item"], lanes["destination"], world)
    peak = need.of(lanes["item"], lanes["destination"])[:, :PERIODS].max(axis=1)
    ample = np.maximum(local * AMPLE, peak)
    return significant(np.where(lanes["routine"], ample, local * AIR_SHARE))


def _resources(
    company: Company, need: Requirement, world: pd.Series, random: np.random.Generator
) -> pd.DataFrame:
    makers = makers_frame(company).drop_duplicates(["item", "location"])
    local = _local(need, makers["item"], makers["location"], world)
    used = makers.assign(load=local).groupby(["resource", "location"], as_index=False)
    load = used.agg({"load": "sum"})
    slack = random.uniform(*LINE_SLACK, len(load))
    return load.assign(capacity=significant(load["load"] * slack))


def _fab_groups(
    options: pd.DataFrame, need: Requirement, random: np.random.Generator
) -> pd.DataFrame:
    """Fab lines: calm load of their routine options, with a little slack."""
    chips = options[options["kind"] == CHIP]
    mean = need.of(chips["item"], chips["location"])[:, :PERIODS].mean(axis=1)
    used = chips.assign(load=mean * chips["share"])
    load = used.groupby(["supplier", "group"], as_index=False).agg({"load": "sum"})
    free = 0.05 * load["load"].mean()
    slack = random.uniform(*FAB_SLACK, len(load))
    return load.assign(capacity=significant(np.maximum(load["load"] * slack, free), 3))


def _spot_groups(options: pd.DataFrame, world: pd.Series) -> pd.DataFrame:
    """Brokers: a little of each chip, shared by all who ask."""
    spot = options[options["kind"] == SPOT].drop_duplicates(["supplier", "group"])
    return pd.DataFrame(
        {
            "supplier": spot["supplier"],
            "group": spot["group"],
            "capacity": significant(world[spot["item"]].to_numpy() * SPOT_SHARE),
        }
    )
