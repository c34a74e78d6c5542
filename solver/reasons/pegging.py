"""Pegging: which supply goes into which demand, from chip to product and back.

First in, first out by item-location: supplies in the order of their arrival (stock first, then by
kind and key), uses in the order of their period (what is used by activities before what is
delivered, then by key). Units of an activity are alike: what it uses is spread evenly over what it
puts out. So quantities add up exactly, in both directions: the pegs of a use sum to what it uses,
and the pegs of a supply, with what is left of it at the end, to what came in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from solver.program import Floats, Ints
from solver.reasons.events import Events, Tables, stock_events
from supplychain.network import Network

LEFT = "closing stock"
COLUMNS = ["demand_item", "demand_location", "demand_period", "customer", "served", "into", "kind",
           "key", "item", "location", "origin", "period", "receipt", "quantity"]  # fmt: skip
_DEEPEST = 500


@dataclass(frozen=True)
class Pegging:
    """Supplies and uses of a plan with the links between them.

    ``links`` has a row for each supply and use that share units: supply and use (rows of
    ``events``; use -1: left at the end), quantity in units of the item.
    """

    network: Network
    tables: Tables
    events: Events
    links: pd.DataFrame


def peg(network: Network, tables: Tables) -> Pegging:
    """Peg the result ``tables`` of a plan of ``network`` (expanded, scenario applied)."""
    events = stock_events(network, tables)
    return Pegging(network, tables, events, _linked(events))


def _linked(events: Events) -> pd.DataFrame:
    """Links first in, first out: where the cumulated supplies and uses of a place overlap."""
    supplies, uses = events.supplies, events.uses
    places = pd.concat([supplies[["item", "location"]], uses[["item", "location"]]])
    place = np.asarray(places.groupby(["item", "location"]).ngroup(), np.int64)
    of_supply, of_use = place[: len(supplies)], place[len(supplies) :]
    by_supply = np.lexsort((supplies["key"], supplies["kind"] != "stock", supplies["at"],
                            of_supply))  # fmt: skip
    by_use = np.lexsort((uses["demand"], uses["activity"], uses["demand"] >= 0, uses["at"],
                         of_use))  # fmt: skip
    in_amounts = supplies["quantity"].to_numpy()[by_supply]
    out_amounts = uses["quantity"].to_numpy()[by_use]
    count = int(place.max(initial=-1)) + 1
    frames = [
        _overlaps(by_supply[a:b], in_amounts[a:b], by_use[c:d], out_amounts[c:d])
        for a, b, c, d in zip(*_bounds(of_supply[by_supply], count),
                              *_bounds(of_use[by_use], count), strict=True)
    ]  # fmt: skip
    parts = [np.concatenate([frame[n] for frame in frames]) if frames else np.zeros(0)
             for n in range(3)]  # fmt: skip
    return pd.DataFrame({"supply": parts[0].astype(np.int64), "use": parts[1].astype(np.int64),
                         "quantity": parts[2].astype(float)})  # fmt: skip


def _bounds(sorted_places: Ints, count: int) -> tuple[Ints, Ints]:
    numbers = np.arange(count)
    return (
        np.searchsorted(sorted_places, numbers),
        np.searchsorted(sorted_places, numbers, "right"),
    )


def _overlaps(supply: Ints, came: Floats, use: Ints, went: Floats) -> tuple[Ints, Ints, Floats]:
    """Supply, use and quantity of every overlap of two cumulated series; use -1: what is left."""
    if not len(supply):
        return supply, use[:0], came
    ends, taken = np.cumsum(came), np.cumsum(went)
    total = ends[-1]
    if len(taken) and taken[-1] > total * (1 - 1e-9):  # all of it, but for rounding
        taken = np.minimum(taken, total)
        taken[-1] = total
    cuts = np.unique(np.concatenate([ends, taken[taken <= total]]))
    size = np.diff(cuts, prepend=0.0)
    middle = cuts - size / 2
    of_supply = np.minimum(np.searchsorted(ends, middle), len(supply) - 1)
    of_use = np.searchsorted(taken, middle)
    users = np.concatenate([use, [-1]]).astype(np.int64)
    kept = size > 1e-12 * total
    return supply[of_supply[kept]], users[of_use[kept]], size[kept]


def peg_table(pegging: Pegging, item: str = "", location: str = "") -> pd.DataFrame:
    """The chain of supply of every end of supply, a row for each link of it.

    Ends are deliveries, and what is left at the end by item-location. ``item`` and ``location``
    choose among them, or ("") all: then the quantities of a supply add up to what came in, and
    those that go straight into an end to what the end takes. Columns: the demand row and the period
    in which it is served (blank: left at the end); ``into`` (what the supply goes into: the key of
    an activity, or the end); the supply: kind, key, item, location, origin, period of its decision
    and receipt (blank: before the start), and its quantity in units of its item.
    """
    ends, end_of = _ends(pegging)
    wanted = (ends["item"] == item) | (item == "")
    wanted &= (ends["location"] == location) | (location == "")
    chosen = np.flatnonzero(wanted.to_numpy(dtype=bool))
    place = _amounts(pegging, chosen, end_of).tocoo()
    events = pegging.events
    link = pegging.links.iloc[place.col]
    supply = events.supplies.iloc[link["supply"].to_numpy()].reset_index(drop=True)
    end = ends.iloc[chosen[place.row]].reset_index(drop=True)
    table = supply[["kind", "key", "item", "location", "origin"]].assign(
        demand_item=end["item"], demand_location=end["location"], demand_period=end["period"],
        customer=end["customer"], served=end["served"],
        into=pd.Series(_consumers(events, link["use"].to_numpy()), dtype="str"),
        period=_dates(pegging.network, supply["period"]),
        receipt=_dates(pegging.network, supply["at"]), quantity=place.data)  # fmt: skip
    return table[COLUMNS].sort_values([*COLUMNS[:6], "item", "location", "receipt", "key"],
                                      na_position="first", ignore_index=True)  # fmt: skip


def _ends(pegging: Pegging) -> tuple[pd.DataFrame, Ints]:
    """Deliveries and what is left by item-location; the row of them that each link goes into."""
    columns = ["item", "location", "period", "customer", "served"]
    deliveries = pegging.tables["deliveries"][columns].reset_index(drop=True)
    links, events = pegging.links, pegging.events
    use = links["use"].to_numpy()
    end_of = _of_use(events, use, "demand").copy()
    left = events.supplies.iloc[links["supply"].to_numpy()[use < 0]][["item", "location"]]
    group = left.groupby(["item", "location"])
    end_of[use < 0] = len(deliveries) + np.asarray(group.ngroup(), np.int64)
    rest = left.drop_duplicates().sort_values(["item", "location"], ignore_index=True)
    rest = rest.assign(customer="").reindex(columns=columns)
    parts = [part for part in (deliveries, rest) if len(part)]
    ends = pd.concat(parts, ignore_index=True) if parts else deliveries
    return ends.astype({"period": "datetime64[us]", "served": "datetime64[us]"}), end_of


def _amounts(pegging: Pegging, chosen: Ints, end_of: Ints) -> sp.csr_array:
    """Units that every link gives to each of the ends ``chosen``, ends x links."""
    links = pegging.links
    count, supplies = len(links), len(pegging.events.supplies)
    number = np.full(int(max(end_of.max(initial=0), chosen.max(initial=0))) + 2, -1)
    number[chosen] = np.arange(len(chosen))  # the last stays -1: links that go into no end
    direct = np.flatnonzero(number[end_of] >= 0)
    quantity = links["quantity"].to_numpy()
    front = sp.csr_array((quantity[direct], (number[end_of[direct]], direct)),
                         shape=(len(chosen), count))  # fmt: skip
    to_supply = sp.csr_array((np.ones(count), (np.arange(count), links["supply"].to_numpy())),
                             shape=(count, supplies))  # fmt: skip
    to_inputs = _inputs_of_supplies(pegging)
    total = sp.csr_array((len(chosen), count))
    for _ in range(_DEEPEST):
        if not front.nnz:
            break
        total = sp.csr_array(total + front)
        front = sp.csr_array(sp.csr_array(front @ to_supply) @ to_inputs)
    return total


def _of_use(events: Events, use: Ints, column: str) -> Ints:
    """A column of the uses; -1 for what is left at the end."""
    values = np.append(events.uses[column].to_numpy(dtype=np.int64), -1)
    return np.asarray(values[use])


def _inputs_of_supplies(pegging: Pegging) -> sp.csr_array:
    """Units of every link that go into one unit of each supply, supplies x links."""
    links, events = pegging.links, pegging.events
    put_out = events.supplies[events.supplies["activity"] >= 0]
    activities = int(put_out["activity"].max()) + 1 if len(put_out) else 0
    supply_of = np.full(activities + 1, -1)
    supply_of[put_out["activity"].to_numpy()] = put_out.index.to_numpy()
    use = links["use"].to_numpy()
    activity = _of_use(events, use, "activity")
    supply = np.where(activity >= 0, supply_of[activity], -1)
    inner = np.flatnonzero(supply >= 0)
    per_unit = links["quantity"].to_numpy()[inner]
    per_unit = per_unit / events.supplies["quantity"].to_numpy()[supply[inner]]
    return sp.csr_array((per_unit, (supply[inner], inner)),
                        shape=(len(events.supplies), len(links)))  # fmt: skip


def link_table(pegging: Pegging) -> pd.DataFrame:
    """Every supply with what it goes into one step on: both directions of pegging, level by level.

    ``into`` is an activity (kind and key), a delivery, or what is left at the end.
    """
    links, events = pegging.links, pegging.events
    supply = events.supplies.iloc[links["supply"].to_numpy()].reset_index(drop=True)
    use = links["use"].to_numpy()
    at = _of_use(events, use, "at")
    table = supply[["kind", "key", "item", "location", "origin"]].assign(
        period=_dates(pegging.network, supply["period"]),
        receipt=_dates(pegging.network, supply["at"]),
        into=pd.Series(_consumers(events, use), dtype="str"),
        used=_dates(pegging.network, pd.Series(at)), quantity=links["quantity"])  # fmt: skip
    return table.sort_values(["item", "location", "receipt", "key", "used", "into"],
                             na_position="first", ignore_index=True)  # fmt: skip


def _consumers(events: Events, use: Ints) -> list[str]:
    """What a use belongs to, in words: build CAR|PLANT|standard, delivery CAR|MARKET."""
    supplies, uses = events.supplies, events.uses
    put_out = supplies[supplies["activity"] >= 0]
    names = dict(zip(put_out["activity"], put_out["kind"] + " " + put_out["key"], strict=True))
    known = [
        names.get(activity, f"{kind} {item}|{location}")
        for activity, kind, item, location in uses[
            ["activity", "kind", "item", "location"]].itertuples(index=False)
    ]  # fmt: skip
    return [known[number] if number >= 0 else LEFT for number in use.tolist()]


def _dates(network: Network, numbers: pd.Series) -> pd.Series:
    """Dates of periods; blank before the start."""
    values = numbers.to_numpy(dtype=np.int64)
    dates = pd.Series(network.calendar.dates_of(np.maximum(values, 0)), index=numbers.index)
    return dates.where(values >= 0)
