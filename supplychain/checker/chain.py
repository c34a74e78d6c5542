"""The network as arrays over options and periods, with all overrides applied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.calendar import Calendar
from supplychain.checker.keys import NEVER, Keys, numbers_of
from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.checker.scope import modelled_places
from supplychain.network import Network

ALWAYS = 10**9
"""Period number of a blank end date."""


@dataclass(frozen=True)
class Options:
    """Rows of ``sourcing``, ``lanes`` or ``production``; matrices are options x periods.

    ``transit`` (sourcing): dispatch to receipt, at most the lead time. ``makes`` (sourcing): the
    supplier makes the item. ``first`` and ``last``: period numbers between which the option may be
    used; never where the plan ``must_qualify`` it first. ``group`` numbers the row of
    supplier_capacity that the option draws on, -1 if none. ``capacity`` is infinite where
    unlimited.
    """

    kind: str
    keys: Keys
    table: pd.DataFrame
    lead_time: IntArray
    unit_cost: FloatArray
    capacity: FloatArray
    transit: IntArray
    makes: BoolArray
    first: IntArray
    last: IntArray
    group: IntArray
    group_per_unit: FloatArray
    must_qualify: BoolArray

    @property
    def routine(self) -> BoolArray:
        """Whether the option is in use today, by option."""
        return self.table["routine"].to_numpy(bool)


@dataclass(frozen=True)
class Chain:
    """Everything the equations need of a network, by period number."""

    network: Network
    calendar: Calendar
    places: Keys
    sourcing: Options
    lanes: Options
    production: Options
    resources: Keys
    resource_capacity: FloatArray
    groups: Keys
    group_capacity: FloatArray
    bom: pd.DataFrame

    @property
    def lasting_bom(self) -> pd.DataFrame:
        """BOM rows valid in the last period: those of values that hold for no period."""
        last = self.calendar.periods - 1
        return self.bom[(self.bom["first"] <= last) & (self.bom["last"] >= last)]

    @property
    def shape(self) -> tuple[int, int]:
        """Modelled item-locations x periods."""
        return len(self.places), self.calendar.periods

    def quantity_per(self, rows: pd.DataFrame) -> FloatArray:
        """Units of ``component`` in one unit of ``item`` by ``version``, as valid in ``period``."""
        key = ["item", "version", "component"]
        found = rows[[*key, "period"]].merge(self.bom, on=key, how="left")
        valid = (found["first"] <= found["period"]) & (found["period"] <= found["last"])
        return found["quantity_per"].where(valid, 0.0).to_numpy(np.float64)


def usable(options: Options) -> BoolArray:
    """Whether each option may be used in each period, and comes within the calendar."""
    periods = np.arange(options.lead_time.shape[1])
    within = (periods >= options.first[:, None]) & (periods <= options.last[:, None])
    return np.asarray(within & (periods + options.lead_time < len(periods)))


def read_chain(network: Network) -> Chain:
    """Turn the tables of ``network`` into arrays."""
    groups = Keys(network.table("supplier_capacity"), ["supplier", "group"])
    resources = Keys(network.table("resources"), ["resource"])
    return Chain(
        network,
        network.calendar,
        modelled_places(network),
        _sourcing(network, groups),
        _lanes(network),
        _production(network, groups),
        resources,
        _capacity(network, "resources", resources),
        groups,
        _capacity(network, "supplier_capacity", groups),
        _dated_bom(network),
    )


def by_period(
    network: Network, name: str, kind: str, keys: Keys, column: str, base: pd.Series
) -> FloatArray:
    """``base`` by row, repeated over the periods and replaced by the rows of the table ``name``."""
    calendar = network.calendar
    matrix = np.repeat(base.to_numpy(np.float64)[:, None], calendar.periods, axis=1)
    rows = network.table(name)
    rows = rows[rows["kind"] == kind]
    if not len(rows):
        return matrix
    owner = Keys(keys.joined(), ["owner"]).find(rows)
    first = np.maximum(numbers_of(calendar, rows["valid_from"]), 0)
    last = np.minimum(numbers_of(calendar, rows["valid_to"], ALWAYS), calendar.periods - 1)
    length = np.where(owner >= 0, np.maximum(last - first + 1, 0), 0)
    line = np.repeat(np.arange(len(rows)), length)
    step = np.arange(len(line)) - np.repeat(np.cumsum(length) - length, length)
    matrix[owner[line], first[line] + step] = rows[column].to_numpy(np.float64)[line]
    return matrix


def _capacity(network: Network, kind: str, keys: Keys) -> FloatArray:
    """Capacity by period, infinite where blank; ``production`` has none but what replaces it."""
    table = network.table(kind)
    base = table.get("capacity", pd.Series(np.nan, index=table.index))
    matrix = by_period(network, "capacities", kind, keys, "capacity", base)
    return np.where(np.isnan(matrix), np.inf, matrix)


def _lead_time(network: Network, kind: str, keys: Keys) -> IntArray:
    base = network.table(kind)["lead_time"]
    return by_period(network, "lead_times", kind, keys, "lead_time", base).astype(np.int64)


def _unit_cost(network: Network, kind: str, keys: Keys) -> FloatArray:
    return by_period(
        network, "unit_costs", kind, keys, "unit_cost", network.table(kind)["unit_cost"]
    )


def _sourcing(network: Network, groups: Keys) -> Options:
    table = network.table("sourcing").reset_index(drop=True)
    calendar = network.calendar
    keys = Keys(table, ["item", "location", "supplier", "mode"])
    made = network.table("production")[["item", "location"]].drop_duplicates()
    makes = Keys(made, ["item", "location"]).find(table, ["item", "supplier"]) >= 0
    lead_time = _lead_time(network, "sourcing", keys)
    given = table["transit_time"].to_numpy()[:, None]
    transit = np.where(np.isnan(given), np.where(makes[:, None], lead_time, 0), given)
    transit = np.minimum(transit, lead_time)
    needs = (table["qualification_time"] > 0) | (table["qualification_cost"] > 0)
    must_qualify = (needs & table["qualified_from"].isna()).to_numpy(bool)
    return Options(
        "sourcing",
        keys,
        table,
        lead_time,
        _unit_cost(network, "sourcing", keys),
        _capacity(network, "sourcing", keys),
        transit.astype(np.int64),
        makes,
        np.where(must_qualify, ALWAYS, numbers_of(calendar, table["qualified_from"])),
        numbers_of(calendar, table["available_to"], ALWAYS),
        groups.find(table, ["supplier", "group"]),
        table["group_per_unit"].to_numpy(np.float64),
        must_qualify,
    )


def _lanes(network: Network) -> Options:
    table = network.table("lanes").reset_index(drop=True)
    keys = Keys(table, ["item", "origin", "destination", "mode"])
    lead_time = _lead_time(network, "lanes", keys)
    count = len(table)
    return Options(
        "lanes",
        keys,
        table,
        lead_time,
        _unit_cost(network, "lanes", keys),
        _capacity(network, "lanes", keys),
        lead_time,
        np.zeros(count, dtype=bool),
        np.full(count, NEVER),
        np.full(count, ALWAYS),
        np.full(count, -1),
        np.zeros(count),
        np.zeros(count, dtype=bool),
    )


def _production(network: Network, groups: Keys) -> Options:
    table = network.table("production").reset_index(drop=True)
    calendar = network.calendar
    keys = Keys(table, ["item", "location", "version"])
    lead_time = _lead_time(network, "production", keys)
    return Options(
        "production",
        keys,
        table,
        lead_time,
        _unit_cost(network, "production", keys),
        _capacity(network, "production", keys),
        lead_time,
        np.zeros(len(table), dtype=bool),
        numbers_of(calendar, table["valid_from"]),
        numbers_of(calendar, table["valid_to"], ALWAYS),
        groups.find(table, ["location", "group"]),
        table["group_per_unit"].to_numpy(np.float64),
        np.zeros(len(table), dtype=bool),
    )


def _dated_bom(network: Network) -> pd.DataFrame:
    """BOM rows that use something, with the first and last period number of their use."""
    bom = network.table("bom")
    bom = bom[bom["quantity_per"] > 0]
    return pd.DataFrame(
        {
            "item": bom["item"],
            "version": bom["version"],
            "component": bom["component"],
            "quantity_per": bom["quantity_per"],
            "first": numbers_of(network.calendar, bom["valid_from"]),
            "last": numbers_of(network.calendar, bom["valid_to"], ALWAYS),
        }
    ).reset_index(drop=True)
