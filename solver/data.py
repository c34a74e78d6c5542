"""The network as arrays: item-locations, options by period, demand windows, capacities.

Item-locations are numbered 0..n-1 in the order of :attr:`ModelData.pairs`, periods 0..T-1. A
``Flow`` lists the permitted (option, period) combinations of one kind of decision, one entry per
variable of the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from solver import costs
from solver.program import Flags, Floats, Ints
from solver.receipts import NEVER, CommittedReceipts, commit_receipts
from supplychain.calendar import PERIODS_A_YEAR
from supplychain.network import Network
from supplychain.overrides import effective
from supplychain.schema import TABLES
from supplychain.scope import needed_item_locations

FLOW_KEYS = {"order": list(TABLES["sourcing"].key), "transfer": list(TABLES["lanes"].key),
             "build": list(TABLES["production"].key)}  # fmt: skip
_RULE_PENALTY = 10.0  # times the largest revenue: a rule is missed where nothing else is possible


@dataclass(frozen=True)
class Flow:
    """Variables of one kind: order[s,t], transfer[m,t] or build[p,t].

    ``options`` is the table of options in scope; the arrays have one entry per variable: row of
    the option, period of the decision, of dispatch and of receipt, money a unit, premium a unit.
    ``excess`` is what the full cost of a unit exceeds that of the cheapest routine option by.
    ``is_new`` tells the options that need a qualification first, ``frozen`` the number of periods
    in which nothing new can be decided.
    """

    kind: str
    options: pd.DataFrame
    option: Ints
    period: Ints
    dispatch: Ints
    receipt: Ints
    unit_cost: Floats
    premium: Floats
    excess: Floats
    is_new: Flags
    periods: int
    frozen: int = 0

    @cached_property
    def routine(self) -> Flags:
        """Whether each variable belongs to a routine option."""
        return self.options["routine"].to_numpy(dtype=bool)[self.option]

    @cached_property
    def columns(self) -> Ints:
        """Number of the variable by option and period, -1 where there is none."""
        numbers = np.full((len(self.options), self.periods), -1)
        numbers[self.option, self.period] = np.arange(len(self))
        return numbers

    def usable(self, permitted: bool, repeats: bool = False) -> Flags:
        """Whether each variable may be used: by a routine option, or where others are permitted.

        In frozen periods only routine options, unless the plan ``repeats`` the last one there.
        """
        in_use = self.routine & ~self.is_new[self.option]
        return np.asarray(in_use | (permitted & (repeats | (self.period >= self.frozen))))

    def __len__(self) -> int:
        return len(self.option)


@dataclass(frozen=True)
class Demand:
    """Demand rows in scope with their windows of service (period numbers, inclusive).

    ``first`` is the period in which a row can be served first, ``last`` its deadline, clipped to
    the horizon; ``is_lost`` whether what is unserved at the deadline is lost (else open).
    """

    table: pd.DataFrame
    pair: Ints
    due: Ints
    first: Ints
    last: Ints
    is_lost: Flags


@dataclass(frozen=True)
class Capacity:
    """Limits of one kind: owner rows of a table, what is left for the plan by period (NaN: any)."""

    kind: str
    owners: list[str]
    capacity: Floats
    committed: Floats

    @cached_property
    def left(self) -> Floats:
        """Capacity left by scheduled receipts, owners x periods."""
        return np.maximum(self.capacity - self.committed, 0.0)

    @cached_property
    def rows(self) -> Ints:
        """Number of the limited (owner, period) among all of them, -1 where there is no limit."""
        limited = ~np.isnan(self.capacity)
        numbers = np.full(limited.shape, -1, np.int64)
        numbers[limited] = np.arange(int(limited.sum()))
        return numbers

    def rows_of(self, owner: Ints, period: Ints) -> Ints:
        """Rows of owners in periods; -1 for owner -1."""
        if not len(self.owners):
            return np.full(len(owner), -1, np.int64)
        return np.where(owner >= 0, self.rows[owner, period], -1)


@dataclass(frozen=True)
class ModelData:
    """Everything the model needs of one network, as arrays."""

    network: Network
    pairs: pd.DataFrame
    periods: int
    orders: Flow
    transfers: Flow
    builds: Flow
    bom: pd.DataFrame
    demand: Demand
    capacities: dict[str, Capacity]
    committed: CommittedReceipts
    opening: Floats
    scheduled: Floats
    holding_cost: Floats
    closing: pd.DataFrame
    replacement: pd.Series
    price_steps: pd.DataFrame

    def flow(self, name: str) -> Flow:
        """The flow behind the block of variables ``name``."""
        return {"order": self.orders, "transfer": self.transfers, "build": self.builds}[name]

    def date_numbers(self, dates: pd.Series, blank: int) -> Ints:
        """Periods of ``dates``; ``blank`` where there is none."""
        return _date_numbers(self.network, dates, blank)

    def dates_or_blank(self, numbers: Ints) -> pd.Series:
        """Dates of period ``numbers``, blank where negative."""
        dates = pd.Series(self.network.calendar.dates_of(np.maximum(numbers, 0)))
        return dates.where(numbers >= 0)

    def resource_numbers(self, names: pd.Series) -> Ints:
        """Rows of ``resources`` by name."""
        table = self.network.table("resources")["resource"]
        return np.asarray(names.map(dict(zip(table, range(len(table)), strict=True))), np.int64)

    @cached_property
    def rule_penalty(self) -> float:
        """Weight of one unit by which a rule is missed; no money."""
        stated = self.network.settings.rule_penalty
        return _RULE_PENALTY * self.largest_revenue if stated is None else stated

    @cached_property
    def largest_revenue(self) -> float:
        """Largest revenue of one unit of demand, at least 1."""
        return max(1.0, float(np.nan_to_num(self.demand.table["unit_revenue"].max())))

    @cached_property
    def class_rank(self) -> Ints:
        """Priority class of every demand row, counted from the last one; 0 for all if only one."""
        classes = self.demand.table["priority"].to_numpy(dtype=float)
        _, rank = np.unique(np.where(np.isnan(classes), np.inf, classes), return_inverse=True)
        return np.asarray(rank.max(initial=0) - rank, np.int64)

    @cached_property
    def order_group(self) -> Ints:
        """Row of supplier_capacity that every sourcing option draws on, -1 if none."""
        return self._group_rows(self.orders.options, "supplier")

    @cached_property
    def build_group(self) -> Ints:
        """Row of supplier_capacity that every production option draws on, -1 if none."""
        return self._group_rows(self.builds.options, "location")

    def _group_rows(self, options: pd.DataFrame, owner: str) -> Ints:
        row_of = {name: row for row, name in enumerate(self.capacities["supplier_capacity"].owners)}
        names = options[owner].astype("str") + "|" + options["group"].astype("str")
        return np.array([row_of.get(name, -1) for name in names], np.int64)

    @cached_property
    def price_reduction(self) -> Floats:
        """Revenue given up by a unit of every build variable."""
        stated = self.builds.options["price_reduction"].fillna(0.0).to_numpy(dtype=float)
        return np.asarray(stated[self.builds.option])

    @cached_property
    def component_use(self) -> pd.DataFrame:
        """What builds use, by the BOM of their period: column, component, pair, quantity_per."""
        builds, bom = self.builds, self.bom
        columns = pd.DataFrame({"option": builds.option, "period": builds.period,
                                "column": np.arange(len(builds))})  # fmt: skip
        stated = bom.assign(pair=positions(self.pair_index, bom["component"], bom["location"]))
        use = columns.merge(stated, on="option")
        use = use[(use["period"] >= use["first"]) & (use["period"] <= use["last"])]
        use = use[["column", "component", "pair", "period", "quantity_per"]]
        return use[use["quantity_per"] > 0].reset_index(drop=True)

    @cached_property
    def resource_use(self) -> tuple[Ints, Ints, Floats]:
        """Build variable, resource and capacity units of every use of a resource by a build."""
        detail, builds = self.network.table("production_resources"), self.builds
        options = builds.options[["item", "location", "version"]].reset_index(names="option")
        rows = detail.merge(options, on=["item", "location", "version"])
        rows = rows.assign(number=self.resource_numbers(rows["resource"]))
        columns = pd.DataFrame({"option": builds.option, "column": np.arange(len(builds))})
        pairs = rows[["option", "number", "per_unit"]].merge(columns, on="option")
        return (pairs["column"].to_numpy(dtype=np.int64), pairs["number"].to_numpy(dtype=np.int64),
                pairs["per_unit"].to_numpy(dtype=float))  # fmt: skip

    @cached_property
    def pair_index(self) -> pd.MultiIndex:
        """Index of item-locations, for :func:`positions`."""
        return pd.MultiIndex.from_frame(self.pairs)

    @cached_property
    def builds_into(self) -> dict[tuple[str, str], list[tuple[int, int]]]:
        """Production options and lead times by the item-location they fill."""
        options = self.builds.options
        values = zip(range(len(options)), options["lead_time"].astype(int), strict=True)
        return _grouped(options, ["item", "location"], values)

    @cached_property
    def components_of(self) -> dict[int, list[tuple[str, float]]]:
        """Components and quantity_per by production option."""
        values = zip(self.bom["component"], self.bom["quantity_per"], strict=True)
        by_option = _grouped(self.bom, ["option"], values)
        return {option: rows for (option,), rows in by_option.items()}

    @cached_property
    def origins_of(self) -> dict[tuple[str, str], list[tuple[str, int]]]:
        """Modelled origins and lead times by the item-location they fill."""
        makes = costs.supplier_makes(self.network, self.orders.options)
        orders = self.orders.options[makes].rename(columns={"supplier": "origin"})
        lanes = self.transfers.options.rename(columns={"destination": "location"})
        both = pd.concat([orders, lanes])[["item", "location", "origin", "lead_time"]]
        values = zip(both["origin"], both["lead_time"].astype(int), strict=True)
        return _grouped(both, ["item", "location"], values)

    @cached_property
    def suppliers_of(self) -> dict[tuple[str, str], list[str]]:
        """Routine suppliers by item-location."""
        options = self.orders.options
        options = options[options["routine"]].drop_duplicates(["item", "location", "supplier"])
        return _grouped(options, ["item", "location"], options["supplier"])


def _grouped(table: pd.DataFrame, keys: list[str], values: Iterable[Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for key, value in zip(table[keys].itertuples(index=False, name=None), values, strict=True):
        groups.setdefault(key, []).append(value)
    return groups


def positions(index: pd.MultiIndex, items: pd.Series, locations: pd.Series) -> Ints:
    """Number of each item-location, -1 where it is not in scope."""
    if not len(items):
        return np.zeros(0, np.int64)
    return np.asarray(index.get_indexer(pd.MultiIndex.from_arrays([items, locations])), np.int64)


def model_data(network: Network, pairs: pd.DataFrame | None = None) -> ModelData:
    """Arrays of ``network`` (expanded, scenario applied) over the item-locations ``pairs``.

    ``pairs`` (columns item, location; default all that the demand needs) is the scope of the
    model; options that touch anything else are left out.
    """
    pairs = needed_item_locations(network) if pairs is None else pairs
    index = pd.MultiIndex.from_frame(pairs)
    horizon = network.settings.periods
    production = _production_in_scope(network, index)
    sourcing = _sourcing_in_scope(network, index)
    lanes = network.table("lanes")
    lanes = lanes[positions(index, lanes["item"], lanes["origin"]) >= 0]
    lanes = _in_scope(index, lanes, "destination")
    committed = commit_receipts(network)
    bom = _bom(network, production)
    replacement = costs.replacement_costs(network)
    prices = costs.OptionCosts(network, replacement)
    scheduled = _arrivals(network, committed, index, horizon)
    return ModelData(
        network, pairs, horizon,
        _sourcing_flow(network, sourcing, prices), _lane_flow(network, lanes, prices),
        _production_flow(network, production, prices), bom, _demand(network, index),
        _capacities(network, committed), committed, _opening(network, index), scheduled,
        _holding_cost(network, pairs), _closing(network, pairs, committed, replacement, index),
        replacement, costs.price_steps(network, sourcing),
    )  # fmt: skip


def _in_scope(index: pd.MultiIndex, table: pd.DataFrame, location: str) -> pd.DataFrame:
    """Rows whose item-location is in scope; column ``row`` keeps their place in the table."""
    inside = positions(index, table["item"], table[location]) >= 0
    return table[inside].reset_index(names="row")


def _production_in_scope(network: Network, index: pd.MultiIndex) -> pd.DataFrame:
    """Production rows in scope with all their components."""
    production = _in_scope(index, network.table("production"), "location")
    bom = _bom(network, production)
    outside = positions(index, bom["component"], bom["location"]) < 0
    incomplete = production.index.isin(bom.loc[outside, "option"])
    return production[~incomplete].reset_index(drop=True)


def _sourcing_in_scope(network: Network, index: pd.MultiIndex) -> pd.DataFrame:
    """Sourcing options in scope, with their supplier's stock where it makes the item."""
    sourcing = _in_scope(index, network.table("sourcing"), "location")
    drawn = positions(index, sourcing["item"], sourcing["supplier"]) >= 0
    known = drawn | ~costs.supplier_makes(network, sourcing)
    return sourcing[known].reset_index(drop=True)


def _date_numbers(network: Network, dates: pd.Series, blank: int) -> Ints:
    numbers = np.full(len(dates), blank, np.int64)
    known = dates.notna().to_numpy()
    numbers[known] = network.calendar.index(dates[known])
    return numbers


def _flow(
    network: Network,
    kind: str,
    options: pd.DataFrame,
    transit: Floats | None,
    allowed: Flags,
    prices: costs.OptionCosts,
) -> Flow:
    """Variables of ``options``: allowed periods whose receipt falls inside the horizon."""
    horizon = network.settings.periods
    lead_time = effective(network, "lead_times", kind, options, "lead_time")
    receipt = np.arange(horizon) + lead_time
    option, period = np.nonzero(allowed & (receipt < horizon))
    lead = lead_time[option, period]
    wait = (
        np.zeros(len(option))
        if transit is None
        else lead - np.minimum(np.where(np.isnan(transit[option]), lead, transit[option]), lead)
    )
    unit_cost, excess = prices.of(kind, options)
    other = ~options["routine"].to_numpy(dtype=bool)[option]
    over = excess[option, period]
    return Flow(
        kind, options, option, period, (period + wait).astype(np.int64),
        (period + lead).astype(np.int64), unit_cost[option, period],
        np.where(other, np.maximum(over, 0.0), 0.0), over, np.zeros(len(options), bool), horizon,
        network.settings.frozen_periods,
    )  # fmt: skip


def _sourcing_flow(network: Network, options: pd.DataFrame, prices: costs.OptionCosts) -> Flow:
    """Orders; (C6) none before an option is or can be qualified, or after it ends.

    An option with price steps costs what is beyond the price of its step, which has variables of
    its own.
    """
    horizon = network.settings.periods
    makes = costs.supplier_makes(network, options)
    transit = options["transit_time"].to_numpy(dtype=float).copy()
    transit[np.isnan(transit) & ~makes] = 0.0
    first = _date_numbers(network, options["qualified_from"], -1)
    last = _date_numbers(network, options["available_to"], horizon)
    effort = options[["qualification_time", "qualification_cost"]].fillna(0.0)
    is_new = ((effort > 0).any(axis=1) & options["qualified_from"].isna()).to_numpy()
    first[is_new] = effort["qualification_time"].to_numpy(dtype=np.int64)[is_new]
    window = _window(first, last, horizon)
    flow = _flow(network, "sourcing", options, transit, window, prices)
    steps = network.table("price_steps")[costs.SOURCING_KEY].drop_duplicates()
    known = pd.MultiIndex.from_frame(options[costs.SOURCING_KEY])
    stepped = known.isin(pd.MultiIndex.from_frame(steps))[flow.option]
    stated = options["unit_cost"].to_numpy(dtype=float)[flow.option]
    return replace(flow, is_new=is_new, unit_cost=flow.unit_cost - np.where(stepped, stated, 0.0),
                   premium=np.where(stepped, 0.0, flow.premium))  # fmt: skip


def _lane_flow(network: Network, options: pd.DataFrame, prices: costs.OptionCosts) -> Flow:
    allowed = np.ones((len(options), network.settings.periods), bool)
    return _flow(network, "lanes", options, None, allowed, prices)


def _production_flow(network: Network, options: pd.DataFrame, prices: costs.OptionCosts) -> Flow:
    horizon = network.settings.periods
    first = _date_numbers(network, options["valid_from"], -1)
    last = _date_numbers(network, options["valid_to"], horizon)
    return _flow(network, "production", options, None, _window(first, last, horizon), prices)


def _window(first: Ints, last: Ints, horizon: int) -> Flags:
    periods = np.arange(horizon)
    return np.asarray((periods >= first[:, None]) & (periods <= last[:, None]))


def _bom(network: Network, production: pd.DataFrame) -> pd.DataFrame:
    """BOM rows of production options: option, component, quantity_per, first and last period."""
    options = production[["item", "version", "location"]].reset_index(names="option")
    bom = network.table("bom").merge(options, on=["item", "version"])
    bom["first"] = _date_numbers(network, bom["valid_from"], -1)
    bom["last"] = _date_numbers(network, bom["valid_to"], network.settings.periods)
    return bom[["option", "component", "location", "quantity_per", "first", "last"]]


def _demand(network: Network, index: pd.MultiIndex) -> Demand:
    table = network.table("demand")
    pair = positions(index, table["item"], table["location"])
    table = table[(pair >= 0) & (table["quantity"] > 0)]
    pair = pair[table.index]
    table = table.reset_index(drop=True)
    horizon = network.settings.periods
    due = _date_numbers(network, table["period"], 0)
    first = np.maximum(due, 0)
    patience = table["lost_after"].to_numpy(dtype=float)
    deadline = np.maximum(np.where(np.isnan(patience), np.inf, due + patience), 0)
    last = np.minimum(deadline, horizon - 1).astype(np.int64)
    return Demand(table, pair, due, first, last, deadline <= horizon - 1)


def _opening(network: Network, index: pd.MultiIndex) -> Floats:
    stock = network.table("stock")
    pair = positions(index, stock["item"], stock["location"])
    opening = np.zeros(len(index))
    np.add.at(opening, pair[pair >= 0], stock["quantity"].to_numpy(dtype=float)[pair >= 0])
    return opening


def _arrivals(
    network: Network, committed: CommittedReceipts, index: pd.MultiIndex, horizon: int
) -> Floats:
    """Scheduled receipts by item-location and period of arrival."""
    table = committed.table
    pair = positions(index, table["item"], table["location"])
    receipt = committed.receipt
    inside = (pair >= 0) & (receipt >= 0) & (receipt < horizon)
    arrivals = np.zeros((len(index), horizon))
    np.add.at(arrivals, (pair[inside], receipt[inside]), committed.quantity[inside])
    return arrivals


def _holding_cost(network: Network, pairs: pd.DataFrame) -> Floats:
    """Cost of one unit on hand at the end of a period, by item-location."""
    settings = network.settings
    value = network.table("items").set_index("item")["unit_cost"].fillna(0.0)
    rate = settings.holding_rate / PERIODS_A_YEAR[settings.bucket]
    return np.asarray(pairs["item"].map(value).to_numpy(dtype=float) * rate)


def _closing(
    network: Network,
    pairs: pd.DataFrame,
    committed: CommittedReceipts,
    replacement: pd.Series,
    index: pd.MultiIndex,
) -> pd.DataFrame:
    """Items in scope with target, value a unit, and receipts beyond the horizon."""
    items = pd.Index(pairs["item"].unique(), name="item")
    table = committed.table
    on_its_way = (committed.receipt < 0) & (committed.dispatch != NEVER)
    beyond = on_its_way & (positions(index, table["item"], table["location"]) >= 0)
    late = pd.Series(committed.quantity[beyond]).groupby(table["item"].to_numpy()[beyond]).sum()
    requirement = costs.mean_requirement(network, replacement)
    return pd.DataFrame(
        {
            "target": (requirement.reindex(items).fillna(0.0) * network.settings.closing_target),
            "value": costs.closing_values(network, replacement).reindex(items),
            "beyond": late.reindex(items).fillna(0.0),
        },
        index=items,
    )


def _capacities(network: Network, committed: CommittedReceipts) -> dict[str, Capacity]:
    found = {}
    for kind in ("sourcing", "supplier_capacity", "lanes", "resources", "production"):
        base = network.table(kind)
        if kind == "production":
            base = base.assign(capacity=np.nan)
        capacity = effective(network, "capacities", kind, base, "capacity")
        owners = costs.owners(network, kind)
        used = committed.used.get(kind, np.zeros_like(capacity))
        found[kind] = Capacity(kind, owners, capacity, used)
    return found
