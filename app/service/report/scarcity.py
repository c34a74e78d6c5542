"""The scarcest items of a scenario: which they are, their stock and supply, and what limits them.

Scarcity of an item-location in a period is the price of its stock balance (C1) in the as-is plan:
units of demand that one unit more would serve. Where nothing stays unserved there is none; then it
is the money by which the scenario raises that price against the calm plan. Summed over what would
be used it is what the scarcity of an item costs. An item is scarce *in its own right* by the share
of its price that its components do not explain: a car that waits for a chip is not, a car whose
line has failed is, and so is an item that is bought.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.service.plans.planning import Outcome
from solver.costs import supplier_makes
from solver.data import ModelData
from solver.plan import Plan, PlanKind
from solver.program import Floats, Ints
from solver.scarcity import balance_scarcity, comparable, price_rise
from supplychain.network import Network
from supplychain.overrides import effective, owners

MOST = 4
_LEAST_SHARE = 0.02  # of the highest score, below which an item is not called scarce
_LEAST_WORTH = 0.01  # of what extra supply of one item is worth at most
_DUST = 1e-5
_NONE: Floats = np.zeros(0)
Texts = npt.NDArray[np.object_]
_Capacity = tuple[str, str, Floats, Floats]


class Limit(NamedTuple):
    """A capacity of an item's source: by period before and after the scenario (NaN: unlimited).

    ``used`` is what each plan takes of it, scheduled receipts included; ``items`` the number of
    items that share it.
    """

    kind: str
    owner: str
    before: Floats
    after: Floats
    used: dict[PlanKind, Floats]
    items: int


@dataclass(frozen=True, eq=False)
class ScarceItem:
    """Stock and supply of one item over all modelled locations, by period, in each plan.

    ``share`` is its share of the scarcity of all items, ``worth`` what all extra supply of it in
    the response is worth (None: not valued). ``supply`` is what comes new into the chain: builds,
    scheduled receipts, and orders from sources that do not make the item. ``limit`` is the
    capacity that holds it back most, if there is one.
    """

    item: str
    unit: str
    share: float
    worth: float | None
    on_hand: dict[PlanKind, Floats]
    supply: dict[PlanKind, Floats]
    limit: Limit | None


def scarce_items(outcome: Outcome, calm: Plan, expanded: Network) -> list[ScarceItem]:
    """The scarcest items, at most :data:`MOST`; none where the as-is plan has no scarcity.

    Prices tell just what binds first: behind it come the items whose extra supply is worth most.
    """
    scores = scarcity_scores(outcome.plans.get("as-is"), calm)
    if not len(scores):
        return []
    worth = _worth_of_supply(outcome)
    first = scores[scores >= _LEAST_SHARE * scores.iloc[0]].index
    next_most = worth[worth >= _LEAST_WORTH * worth.max()].index
    shares = scores / scores.sum()
    chosen = [str(item) for item in dict.fromkeys([*first, *next_most])][:MOST]
    return [_scarce_item(item, float(shares.get(item, 0.0)), worth.get(item), outcome, expanded)
            for item in chosen]  # fmt: skip


def _worth_of_supply(outcome: Outcome) -> pd.Series:
    """What all extra supply of an item is worth, most first (index item)."""
    levers = outcome.levers
    if "item" not in levers:
        return pd.Series(dtype=float)
    supply = levers[levers["lever"] == "supply"].set_index("item")["worth"].astype(float)
    return supply[supply > 0.0].sort_values(ascending=False, kind="stable")


def scarcity_scores(as_is: Plan | None, calm: Plan) -> pd.Series:
    """Score of every item that is scarce in its own right, highest first (index item)."""
    empty = pd.Series(dtype=float)
    if as_is is None or as_is.status == "no plan" or not as_is.tables["service"].size:
        return empty
    rent = balance_scarcity(as_is) if len(as_is.scarcity) else price_rise(as_is, calm)
    if not rent.size or rent.max() <= 0.0:
        return empty
    rent = np.where(rent > _DUST * rent.max(), rent, 0.0)
    needed = _needed(as_is, calm)
    items = as_is.model.data.pairs["item"].to_numpy()
    cost = pd.Series((rent * needed).sum(axis=1)).groupby(items).sum()
    scores = cost * _own_shares(as_is, rent, needed, items)
    return scores[scores > 0.0].sort_values(ascending=False, kind="stable")


def _own_shares(plan: Plan, rent: Floats, needed: Floats, items: Texts) -> pd.Series:
    """Share of the scarcity of each item that its components leave, where it can be built; else 1.

    In every period the cheapest build counts.
    """
    own = np.full(rent.size, np.inf)
    rows, added = _builds(plan, rent)
    np.minimum.at(own, rows, added)
    own = np.maximum(own, 0.0).reshape(rent.shape)
    is_built = np.isfinite(own)
    weights = pd.DataFrame({
        "own": (np.where(is_built, own, 0.0) * needed).sum(axis=1),
        "all": (np.where(is_built, rent, 0.0) * needed).sum(axis=1),
    }).groupby(items).sum()  # fmt: skip
    shares = weights["own"] / weights["all"].where(weights["all"] > 0.0)
    return shares.fillna(1.0).clip(upper=1.0)


def _builds(plan: Plan, rent: Floats) -> tuple[Ints, Floats]:
    """Every build that the plan may start: the balance it fills, and what it adds a unit."""
    program, block = plan.program, plan.program.row_blocks["balance"]
    builds = program.column_blocks["build"]
    inside = (program.rows >= block.start) & (program.rows < block.stop)
    inside &= (program.columns >= builds.start) & (program.columns < builds.stop)
    rows, columns = program.rows[inside] - block.start, program.columns[inside] - builds.start
    values = program.values[inside]
    added: Floats = np.zeros(builds.stop - builds.start)
    np.add.at(added, columns, -values * rent.ravel()[rows])
    fills = values < 0.0
    return rows[fills], added[columns[fills]]


def _needed(as_is: Plan, calm: Plan) -> Floats:
    """Units used by item-location and period, in the calm plan or as-is, whichever are more."""
    shape = (-1, as_is.model.data.periods)
    uses = as_is.tables["inventory"]["uses"].to_numpy(dtype=float).reshape(shape)
    if not comparable(as_is, calm):
        return uses
    usual = calm.tables["inventory"]["uses"].to_numpy(dtype=float).reshape(shape)
    return np.asarray(np.maximum(uses, usual), dtype=float)


# --- stock and supply of one item ---------------------------------------------------------------


def _scarce_item(
    item: str, share: float, worth: float | None, outcome: Outcome, expanded: Network
) -> ScarceItem:
    items = outcome.network.table("items").set_index("item")
    plans = planned(outcome)
    return ScarceItem(
        item, str(items.at[item, "unit"]), share, worth,
        {kind: _on_hand(plan, item) for kind, plan in plans.items()},
        {kind: _supply(plan, item) for kind, plan in plans.items()},
        _Limits(item, outcome, expanded).tightest,
    )  # fmt: skip


def planned(outcome: Outcome) -> dict[PlanKind, Plan]:
    """The plans of an outcome that are plans."""
    return {kind: plan for kind, plan in outcome.plans.items() if plan.status != "no plan"}


def _on_hand(plan: Plan, item: str) -> Floats:
    inventory = plan.tables["inventory"]
    return by_period(plan.model.data, inventory[inventory["item"] == item], "period", "on_hand")


def _supply(plan: Plan, item: str) -> Floats:
    data, tables = plan.model.data, plan.tables
    orders = tables["orders"][tables["orders"]["item"] == item]
    orders = orders[~supplier_makes(data.network, orders)]
    builds = tables["builds"][tables["builds"]["item"] == item]
    receipts = tables["receipts"][tables["receipts"]["item"] == item]
    return np.asarray(sum(by_period(data, rows, "receipt", "quantity")
                          for rows in (orders, builds, receipts)))  # fmt: skip


def by_period(data: ModelData, rows: pd.DataFrame, date: str, value: str) -> Floats:
    """Sums of a column by the period of a date column; blank dates are beyond the horizon."""
    rows = rows[rows[date].notna()]
    sums = np.zeros(data.periods)
    if len(rows):
        np.add.at(sums, data.network.calendar.index(rows[date]), rows[value].to_numpy(dtype=float))
    return sums


# --- what limits its source ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Limits:
    """Capacities that the routine supply of one item draws on, and the tightest of them."""

    item: str
    outcome: Outcome
    expanded: Network

    @property
    def tightest(self) -> Limit | None:
        """What the scenario cuts most; where it cuts nothing, what the first plan uses most."""
        found = list(self._capacities())
        kind, owner, before, after = max(found, key=_cut, default=("", "", _NONE, _NONE))
        if not found or _cut((kind, owner, before, after)) == 0.0:
            busiest = self._busiest({capacity[:2] for capacity in found})
            if busiest is None:
                return None
            kind, owner, before, after = next(c for c in found if c[:2] == busiest)
        used = {name: self._used(plan, kind, owner) for name, plan in planned(self.outcome).items()}
        return Limit(kind, owner, before, after, used, self._sharing(kind, owner))

    def _capacities(self) -> Iterator[_Capacity]:
        """Every capacity, by period before and after the scenario."""
        for kind, rows in self._rows().items():
            if not len(rows):
                continue
            after = effective(self.outcome.network, "capacities", kind, rows, "capacity")
            before = effective(self.expanded, "capacities", kind, rows, "capacity")
            yield from zip([kind] * len(rows), owners(kind, rows), before, after, strict=True)

    def _rows(self) -> dict[str, pd.DataFrame]:
        """Rows with a capacity that the item's routine supply draws on, by table."""
        network = self.outcome.network
        sourcing, lanes, production, detail = (
            self._of_item(network.table(name))
            for name in ("sourcing", "lanes", "production", "production_resources")
        )
        groups = _with_group(sourcing, production)[["supplier", "group"]].drop_duplicates()
        resources = network.table("resources")
        return {
            "supplier_capacity": network.table("supplier_capacity").merge(groups),
            "resources": resources[resources["resource"].isin(detail["resource"])],
            "production": production, "sourcing": sourcing, "lanes": lanes,
        }  # fmt: skip

    def _of_item(self, table: pd.DataFrame) -> pd.DataFrame:
        mine = table["item"] == self.item
        return table[mine & table["routine"]] if "routine" in table else table[mine]

    def _busiest(self, candidates: set[tuple[str, str]]) -> tuple[str, str] | None:
        """Kind and owner of the source that the first plan uses most, over all periods."""
        plan = next(iter(planned(self.outcome).values()))
        use = plan.tables["capacity_use"]
        use = use[(use["capacity"] > 0.0) & (use["kind"] != "lanes")]
        load = (use["used"] + use["committed"]) / use["capacity"]
        sums = load.groupby([use["kind"], use["owner"]]).sum()
        loads = {key: float(sums[key]) for key in candidates if key in sums.index}
        return max(sorted(loads), key=loads.__getitem__, default=None)

    def _used(self, plan: Plan, kind: str, owner: str) -> Floats:
        use = plan.tables["capacity_use"]
        mine = use[(use["kind"] == kind) & (use["owner"] == owner)]
        both = mine.assign(total=mine["used"] + mine["committed"])
        return by_period(plan.model.data, both, "period", "total")

    def _sharing(self, kind: str, owner: str) -> int:
        network = self.outcome.network
        if kind == "resources":
            detail = network.table("production_resources")
            return int(detail.loc[detail["resource"] == owner, "item"].nunique())
        if kind != "supplier_capacity":
            return 1
        members = _with_group(network.table("sourcing"), network.table("production"))
        return int(members.loc[owners(kind, members) == owner, "item"].nunique())


def _with_group(sourcing: pd.DataFrame, production: pd.DataFrame) -> pd.DataFrame:
    """Item, supplier and group of the options that draw on a group of their supplier."""
    builds = production.rename(columns={"location": "supplier"})
    both = pd.concat([table[["item", "supplier", "group"]] for table in (sourcing, builds)])
    return both[both["group"] != ""]


def _cut(capacity: _Capacity) -> float:
    """Units of capacity that the scenario takes; of a closed unlimited one, a unit a period."""
    _, _, before, after = capacity
    closed = np.isnan(before) & ~np.isnan(after)
    lost = np.nan_to_num(before) - np.nan_to_num(after)
    return float(np.where(closed, 1.0, np.maximum(lost, 0.0)).sum())
