"""Which item-locations the demand needs, and wildcards made concrete for them.

The backward closure starts at the demand and follows sourcing from suppliers that make the item,
lanes, and production with its BOM and the approved substitutes of its components. Rows with ``*``
are made concrete for the item-locations reached so far, which may lead to further ones, until
nothing new is reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from supplychain.network import Network
from supplychain.overrides import VALUE_COLUMN, owners
from supplychain.patterns import concrete, is_wild, names_any, overlap
from supplychain.schema import TABLES, WILDCARD
from supplychain.substitution import USE, approved, used_components

_PAIR = ["item", "location"]
_STEP = [*_PAIR, "above_item", "above_location"]
_VERSION = ["item", "location", "version"]
_OPTION = ["item", "location", "supplier", "mode"]
_ENDS = {
    "production": ("item", "location"),
    "sourcing": ("item", "location"),
    "lanes": ("item", "destination"),
}
# columns that rows carry while they are made concrete; no file can name a column like this
_OWNER, _RANK = "|owner", "|rank"


def needed_item_locations(network: Network) -> pd.DataFrame:
    """Item-locations (columns item, location; sorted) that the demand can draw on."""
    return _Closure(network).needed.sort_values(_PAIR, ignore_index=True)


def expand(network: Network) -> Network:
    """Make every ``*`` of the supply tables concrete for what the demand needs.

    Rows without ``*`` are kept, needed or not. A row that names its key beats one with ``*``; of
    two with ``*``, that with fewer beats the other, then that which names the earlier column; the
    price steps of an option all come from one key. A substitute of ``*`` stands for every item that
    uses the component, or a substitute of it, and every location where that item is made. What
    ``capacities``, ``lead_times`` and ``unit_costs`` say of an owner with ``*`` holds for all rows
    made from that owner, save those of which the table says something by name. The network itself
    is returned where it holds no ``*``.
    """
    closure = _Closure(network)
    tables = dict(closure.supply) if closure.wild else {}
    made = {kind: _most_specific(kind, rows) for kind, rows in tables.items()}
    production = made.get("production", network.table("production"))
    made |= _expanded_detail(network, production)
    made |= _expanded_responses(network, production, made)
    if not made:
        return network
    made |= _expanded_overrides(network, made)
    return network.replace(**{kind: _without_marks(rows) for kind, rows in made.items()})


@dataclass(frozen=True)
class _Closure:
    """The backward closure of the demand over the supply tables of ``network``."""

    network: Network

    @cached_property
    def wild(self) -> dict[str, pd.DataFrame]:
        """Rows of the supply tables with ``*``, marked; tables without such rows are left out."""
        wild = {}
        for kind in _ENDS:
            rows = self.network.table(kind)
            key = list(TABLES[kind].key)
            members = is_wild(rows, key)
            if members.any():
                wild[kind] = _marked(kind, rows[members])
        return wild

    @property
    def needed(self) -> pd.DataFrame:
        """Item-locations that the demand needs, each once."""
        return self._reached[0]

    @property
    def supply(self) -> dict[str, pd.DataFrame]:
        """Rows of the supply tables without ``*``, and those made from ``*`` (marked)."""
        return self._reached[1]

    @cached_property
    def _reached(self) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        demand = self.network.table("demand")
        demand = demand.loc[demand["quantity"] > 0, _PAIR].drop_duplicates()
        supply = {kind: self._named(kind) for kind in _ENDS}
        done = demand.iloc[:0]
        while True:
            needed = _backwards(demand, self._steps(supply))
            if not self.wild or len(needed) == len(done):
                return needed, supply
            fresh = needed[~overlap(needed, done, _PAIR)]
            for kind, rows in self._made_for(fresh).items():
                supply[kind] = pd.concat([supply[kind], rows], ignore_index=True)
            done = needed

    def _named(self, kind: str) -> pd.DataFrame:
        rows = self.network.table(kind)
        if kind not in self.wild:
            return rows
        return _marked(kind, rows[~is_wild(rows, TABLES[kind].key)])

    def _made_for(self, pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Rows with ``*`` made concrete for item-locations that they lead to."""
        made = {}
        for kind, rows in self.wild.items():
            known = pairs.set_axis(_ENDS[kind], axis=1)
            made[kind] = concrete(rows, known, _ENDS[kind])
        if "lanes" in made:
            lanes = self._with_origin(made["lanes"])
            made["lanes"] = lanes[lanes["origin"] != lanes["destination"]]
        if "sourcing" in made:
            sourcing = made["sourcing"]
            made["sourcing"] = sourcing[sourcing["supplier"] != sourcing["location"]]
        return made

    def _with_origin(self, lanes: pd.DataFrame) -> pd.DataFrame:
        """``lanes`` with those from ``*`` made concrete for every place where the item comes in."""
        anywhere = lanes["origin"] == WILDCARD
        if not anywhere.any():
            return lanes
        known = self._supplied.set_axis(["item", "origin"], axis=1)
        found = concrete(lanes[anywhere], known, ["item", "origin"])
        return pd.concat([lanes[~anywhere], found], ignore_index=True)

    @cached_property
    def _supplied(self) -> pd.DataFrame:
        """Item-locations that stock, receipts, production, sourcing or lanes name as filled.

        A lane from ``*`` starts at these.
        """
        names = ("stock", "scheduled_receipts", "production", "sourcing")
        pairs = pd.concat([self.network.table(name)[_PAIR] for name in names]).drop_duplicates()
        pairs = pairs[pairs["location"] != WILDCARD]
        pairs = concrete(pairs, self.network.table("items"), ["item"]).drop_duplicates()
        lanes = self.network.table("lanes")[["item", "origin", "destination"]].drop_duplicates()
        lanes = lanes[lanes["destination"] != WILDCARD]
        count = -1
        while count != (count := len(pairs)):
            moved = concrete(lanes, pairs.set_axis(["item", "origin"], axis=1), ["item", "origin"])
            moved = moved[["item", "destination"]].set_axis(_PAIR, axis=1)
            pairs = pd.concat([pairs, moved]).drop_duplicates()
        return pairs

    def _steps(self, supply: dict[str, pd.DataFrame]) -> pd.DataFrame:
        """Steps back from an item-location to one that it can draw on, each as a row."""
        sourcing, lanes = supply["sourcing"], supply["lanes"]
        made = sourcing[["item", "supplier"]].set_axis(_PAIR, axis=1)
        made_there = overlap(made, self.network.table("production"), _PAIR)
        bought = sourcing.loc[made_there, ["item", "location", "item", "supplier"]]
        moved = lanes[["item", "destination", "item", "origin"]]
        uses = used_components(supply["production"], self.network.table("bom"))
        built = uses[["item", "location", "component", "location"]]
        replaced = approved(self.network.table("substitutes"), uses)
        replaced = replaced[["item", "location", "substitute", "location"]]
        steps = (bought, moved, built, replaced)
        return pd.concat([rows.set_axis(_STEP, axis=1) for rows in steps])


def _backwards(start: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Item-locations reached from ``start`` by ``steps``, each once."""
    below, above = steps[_PAIR], steps[_STEP[2:]].set_axis(_PAIR, axis=1)
    pairs = pd.concat([start, below, above], ignore_index=True)
    number = pairs.groupby(_PAIR, sort=False).ngroup().to_numpy()
    first, lower, upper = np.split(number, [len(start), len(start) + len(below)])
    reached = np.zeros(number.max(initial=-1) + 1, dtype=bool)
    reached[first] = True
    count = -1
    while count != (count := int(reached.sum())):
        reached[upper[reached[lower]]] = True
    return pairs.drop_duplicates(ignore_index=True)[reached]


# --- making rows concrete ----------------------------------------------------------------------


def _marked(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with the owner that they are made from, and a rank: the less, the more specific."""
    key = TABLES[kind].key
    marked = rows.copy(deep=False)
    marked[_OWNER], marked[_RANK] = owners(kind, rows), 0
    for place, name in enumerate(reversed(key)):
        weight = (1 << len(key)) + (1 << place)
        marked[_RANK] += (rows[name] == WILDCARD).astype("int64") * weight
    return marked


def _without_marks(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=[_OWNER, _RANK], errors="ignore")


def _most_specific(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Of rows with the same key, the one made from the most specific row."""
    if _RANK not in rows:
        return rows
    return rows.sort_values(_RANK, kind="stable").drop_duplicates(list(TABLES[kind].key))


def _expanded_detail(network: Network, production: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """BOM versions and resources of production rows without ``*``; tables without it left out."""
    made = {}
    for kind, on in (("bom", ["item", "version"]), ("production_resources", _VERSION)):
        rows = network.table(kind)
        members = is_wild(rows, on)
        if members.any():
            marked = _marked(kind, rows)
            known = production[on].drop_duplicates()
            found = concrete(marked[members], known, on)
            made[kind] = _most_specific(kind, pd.concat([marked[~members], found]))
    return made


def _expanded_responses(
    network: Network, production: pd.DataFrame, made: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Substitutes, short builds and price steps without ``*``; tables without it left out."""
    wild = {}
    for kind in ("substitutes", "short_builds", "price_steps"):
        rows = network.table(kind)
        if is_wild(rows, TABLES[kind].key).any():
            wild[kind] = _marked(kind, rows)
    if not wild:
        return {}
    uses = used_components(production, made.get("bom", network.table("bom")))
    sourcing = made.get("sourcing", network.table("sourcing"))
    expanded = {}
    for kind, rows in wild.items():
        if kind == "substitutes":
            found = approved(rows, uses)
        elif kind == "short_builds":
            found = concrete(rows, uses, USE)
        else:
            found = concrete(rows, sourcing, _OPTION)
        whole = pd.concat([rows[rows[_RANK] == 0], found[found[_RANK] > 0]], ignore_index=True)
        if kind == "price_steps":
            whole = whole[whole[_RANK] == whole.groupby(_OPTION)[_RANK].transform("min")]
        expanded[kind] = _most_specific(kind, whole)
    return expanded


def _expanded_overrides(network: Network, made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of values by period with the owners that hold ``*`` replaced by the rows made."""
    origins = [
        pd.DataFrame({"kind": kind, "owner": rows[_OWNER], "row": owners(kind, rows)})
        for kind, rows in made.items()
        if kind in _ENDS and _OWNER in rows
    ]
    if not origins:
        return {}
    origin = pd.concat(origins, ignore_index=True)
    expanded: dict[str, pd.DataFrame] = {}
    for name in VALUE_COLUMN:
        stated = network.table(name)
        wild = names_any(stated["owner"])
        if wild.any():
            named = stated[~wild]
            rows = stated[wild].merge(origin, on=["kind", "owner"])
            rows = rows.assign(owner=rows["row"]).drop(columns="row")
            rows = rows[~overlap(rows, named, ["kind", "owner"])]
            expanded[name] = pd.concat([named, rows], ignore_index=True)[stated.columns]
    return expanded
