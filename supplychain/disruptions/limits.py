"""What limits an option, and cutting it to a share by period.

Limits are the capacities of resources, supplier groups, sourcing options, lanes, and those given to
production rows. A *cut* names rows of these tables; its share by period multiplies each finite
capacity in force once, so cuts of several disruptions multiply. Where nothing remains, rows that
the cut closes get 0 even if they were unlimited. A share of an unlimited capacity is not defined:
rows that must be limited in a period with a share between 0 and 1 and are not are a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.disruptions.base import FloatArray, problem
from supplychain.disruptions.selection import BoolArray
from supplychain.errors import ScenarioError
from supplychain.network import Network
from supplychain.overrides import effective, owners, with_values

IntArray = npt.NDArray[np.int64]
_PRODUCTION = ["item", "location", "version"]
_SHOWN = 3
_REMEDIES = {
    "sourcing": "give sourcing.capacity or a supplier_capacity group",
    "lanes": "give lanes.capacity",
    "production": "give production_resources with a capacity in resources, or a group",
    "resources": "give resources.capacity",
    "supplier_capacity": "give supplier_capacity.capacity",
}


@dataclass(frozen=True)
class Cut:
    """Rows of the limiting tables that a disruption cuts, as masks by table.

    reduced: rows whose finite capacity is multiplied by the share. closed: rows that get 0 in
    periods in which nothing remains, unlimited ones too. limited: by table, rows that need a limit
    in periods in which a part remains, and a matrix (rows, periods) of where they have one.
    """

    reduced: Mapping[str, BoolArray]
    closed: Mapping[str, BoolArray]
    limited: Mapping[str, tuple[BoolArray, BoolArray]] = field(default_factory=dict)


def cut(network: Network, plan: Cut, share: FloatArray) -> Network:
    """The network with ``plan`` cut to ``share`` (by period, shape (periods,)).

    Raises ScenarioError where a row needs a limit and has none.
    """
    _check_limited(network, plan, share)
    limits = Limits(network)
    result = network
    for kind in dict.fromkeys([*plan.reduced, *plan.closed]):
        rows = network.tables[kind]
        none = np.zeros(len(rows), dtype=bool)
        capacity = limits.capacity(kind)
        finite = np.isfinite(capacity)
        reduced = plan.reduced.get(kind, none)[:, np.newaxis] & finite & (share != 1)
        closed = plan.closed.get(kind, none)[:, np.newaxis] & (share == 0)
        values = np.where(finite, capacity, 0.0) * share
        result = with_values(result, "capacities", kind, rows, values, reduced | closed)
    return result


def _check_limited(network: Network, plan: Cut, share: FloatArray) -> None:
    partial = (share > 0) & (share < 1)
    problems = []
    for kind, (needed, limited) in plan.limited.items():
        unlimited = needed & (~limited & partial).any(axis=1)
        if unlimited.any():
            names = owners(kind, network.tables[kind])[unlimited].tolist()
            shown = ", ".join(names[:_SHOWN])
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            message = "capacity is unlimited, so no share of it and no recovery of it is defined"
            problems.append(
                problem(f"{message} ({kind} {shown}{more})", _REMEDIES[kind], "share", names[0])
            )
    if problems:
        raise ScenarioError(problems)


@dataclass(frozen=True)
class Limits:
    """The capacities in force of a network, and which of them limit which option."""

    network: Network

    def capacity(self, kind: str) -> FloatArray:
        """Capacity in force of the rows of ``kind``, shape (rows, periods); NaN: unlimited."""
        return effective(self.network, "capacities", kind, self.network.tables[kind], "capacity")

    @cached_property
    def resource_limited(self) -> BoolArray:
        """Production rows by periods: a resource that the row uses has a finite capacity."""
        production, resource = self._resource_uses
        limited = np.zeros(self._shape("production"), dtype=bool)
        np.logical_or.at(limited, production, np.isfinite(self.capacity("resources"))[resource])
        return limited

    @cached_property
    def production_limited(self) -> BoolArray:
        """Production rows by periods: a resource, the group or the row itself is limited."""
        grouped = self._with_group("production", "location")
        return self.resource_limited | grouped | np.isfinite(self.capacity("production"))

    @cached_property
    def option_limited(self) -> BoolArray:
        """Sourcing rows by periods: the option, its group or all upstream production is limited."""
        limited = self._with_group("sourcing", "supplier") | np.isfinite(self.capacity("sourcing"))
        option, production = self._makers
        open_upstream = np.zeros(limited.shape, dtype=bool)
        np.logical_or.at(open_upstream, option, ~self.production_limited[production])
        makes = np.zeros(len(limited), dtype=bool)
        makes[option] = True
        return limited | (makes[:, np.newaxis] & ~open_upstream)

    def of_options(self, options: BoolArray) -> dict[str, BoolArray]:
        """Rows by table that limit any of ``options`` (mask of sourcing), or their production."""
        option, production = self._makers
        made = self._mask("production", production[options[option]])
        row, resource = self._resource_uses
        resources = self._mask("resources", resource[made[row]])
        groups = self._mask("supplier_capacity", self._groups("sourcing", "supplier")[options])
        groups |= self._mask("supplier_capacity", self._groups("production", "location")[made])
        return {
            "sourcing": options,
            "supplier_capacity": groups,
            "production": made,
            "resources": resources,
        }

    def _shape(self, kind: str) -> tuple[int, int]:
        return len(self.network.tables[kind]), self.network.calendar.periods

    def _mask(self, kind: str, positions: IntArray) -> BoolArray:
        mask = np.zeros(len(self.network.tables[kind]), dtype=bool)
        mask[positions[positions >= 0]] = True
        return mask

    def _groups(self, kind: str, owner: str) -> IntArray:
        """Position in supplier_capacity of the group each row of ``kind`` draws on, or -1."""
        rows, groups = self.network.tables[kind], self.network.tables["supplier_capacity"]
        known = pd.MultiIndex.from_frame(groups[["supplier", "group"]])
        found = known.get_indexer(pd.MultiIndex.from_frame(rows[[owner, "group"]]))
        return np.where(rows["group_per_unit"] > 0, found, -1).astype(np.int64)

    def _with_group(self, kind: str, owner: str) -> BoolArray:
        positions = self._groups(kind, owner)
        finite = np.isfinite(self.capacity("supplier_capacity"))
        finite = np.vstack([finite, np.zeros((1, finite.shape[1]), dtype=bool)])
        return np.asarray(finite[positions])

    @cached_property
    def _resource_uses(self) -> tuple[IntArray, IntArray]:
        """Pairs of positions in production and resources: the row uses the resource."""
        uses = self.network.tables["production_resources"]
        uses = uses[uses["per_unit"] > 0]
        rows = pd.MultiIndex.from_frame(self.network.tables["production"][_PRODUCTION])
        production = rows.get_indexer(pd.MultiIndex.from_frame(uses[_PRODUCTION]))
        resource = pd.Index(self.network.tables["resources"]["resource"]).get_indexer(
            uses["resource"]
        )
        found = (production >= 0) & (resource >= 0)
        return production[found].astype(np.int64), resource[found].astype(np.int64)

    @cached_property
    def _makers(self) -> tuple[IntArray, IntArray]:
        """Pairs of positions in sourcing and production: the supplier makes the item by the row."""
        options = self.network.tables["sourcing"][["item", "supplier"]].reset_index(names="option")
        rows = self.network.tables["production"][["item", "location"]].reset_index(names="row")
        pairs = options.merge(rows, left_on=["item", "supplier"], right_on=["item", "location"])
        return pairs["option"].to_numpy(np.int64), pairs["row"].to_numpy(np.int64)
