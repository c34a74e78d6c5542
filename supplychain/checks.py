"""Rules of the data contract that span rows and tables; every problem found is returned at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd

from supplychain.errors import Problem
from supplychain.frames import reference_problems
from supplychain.schema import KEY_SEPARATOR, TABLES, WILDCARD, Table

if TYPE_CHECKING:
    from supplychain.network import Network

OVERRIDES = ("capacities", "lead_times", "unit_costs")


def table_problems(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Missing tables, and names that look like a misspelled table."""
    problems = [
        Problem(name, "required table is missing or empty", "add the table")
        for name in ("items", "locations")
        if name not in frames or not len(frames[name])
    ]
    absent = [name for name in TABLES if name not in frames]
    for name in frames:
        if name not in TABLES and (close := difflib.get_close_matches(name, absent, 1, 0.8)):
            problems.append(Problem(name, "unknown table", f"did you mean {close[0]}? rename it"))
    return problems


def check_network(network: Network, complete: bool) -> list[Problem]:
    """Every problem between rows and tables.

    ``complete`` says that the cells are in order, so that structure can be followed from the
    demand to its sources; else that last check is left out.
    """
    problems = _unknown_references(network)
    for check in _CHECKS:
        problems += check(network)
    if complete and not problems:
        problems += _unservable_demand(network)
    return problems


def _unknown_references(network: Network) -> list[Problem]:
    tables = network.tables
    known = {
        "items": set(tables["items"]["item"]),
        "locations": set(tables["locations"]["location"]),
        "resources": set(tables["resources"]["resource"]),
    }
    return [
        problem
        for name, table in TABLES.items()
        for problem in reference_problems(table, tables[name], known)
        if problem.value
    ]


def _problems(
    table: str,
    frame: pd.DataFrame,
    wrong: pd.Series | np.ndarray,
    column: str,
    message: str,
    remedy: str,
) -> list[Problem]:
    """One problem a row in which ``wrong`` holds."""
    values = frame.loc[np.asarray(wrong, dtype=bool), column]
    return [
        Problem(table, message, remedy, int(row), column, _shown(value))
        for row, value in values.items()
    ]


def _shown(value: object) -> str:
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else str(value)


def _periods(network: Network) -> list[Problem]:
    """Period columns name the first date of a period; demand lies inside the calendar."""
    problems = []
    calendar = network.calendar
    first = {"week": "a Monday", "month": "the first day of a month", "day": "a day"}[
        calendar.bucket
    ]
    for name, table in TABLES.items():
        for column in table.columns:
            frame = network.tables[name]
            if column.type == "period" and len(frame):
                known = frame[frame[column.name].notna()]
                is_first = (
                    calendar.dates_of(calendar.index(known[column.name])) == known[column.name]
                )
                problems += _problems(
                    name,
                    known,
                    ~is_first,
                    column.name,
                    f"is not the first date of a {calendar.bucket}",
                    f"write {first}",
                )
    demand = network.tables["demand"]
    due = demand[demand["period"].notna()]
    late = calendar.index(due["period"]) >= calendar.periods
    last = calendar.date(calendar.periods - 1)
    return problems + _problems(
        "demand",
        due,
        late,
        "period",
        "lies after the last period",
        f"raise settings.periods or remove it; the last is {last:%Y-%m-%d}",
    )


def _ordered_dates(network: Network) -> list[Problem]:
    pairs = [("bom", "valid_from", "valid_to"), ("production", "valid_from", "valid_to"),
             ("contracts", "valid_from", "valid_to"), ("sourcing", "qualified_from", "available_to"),
             ("receipt_history", "ordered_on", "received_on"),
             *((name, "valid_from", "valid_to") for name in OVERRIDES)]  # fmt: skip
    problems = []
    for name, first, last in pairs:
        frame = network.tables[name]
        problems += _problems(
            name,
            frame,
            frame[last] < frame[first],
            last,
            f"lies before {first}",
            "correct one of the dates",
        )
    return problems


def _overlapping_overrides(network: Network) -> list[Problem]:
    problems = []
    for name in OVERRIDES:
        frame = network.tables[name].sort_values(["kind", "owner", "valid_from"], kind="stable")
        end = frame["valid_to"].fillna(pd.Timestamp("9999-12-31"))
        before = end.groupby([frame["kind"], frame["owner"]]).shift()
        dates = frame["valid_from"]
        overlapping = (
            before.notna()
            & (dates <= before)
            & ~frame.duplicated(["kind", "owner", "valid_from"], keep=False)
        )
        problems += _problems(
            name,
            frame,
            overlapping,
            "valid_from",
            "overlaps the range before it of the same owner",
            "end the earlier range before this one starts",
        )
    return problems


def owner_keys(network: Network, kind: str) -> pd.Series:
    """Owner of every row of table ``kind``: its key joined by ``|``."""
    frame = network.tables[kind]
    key = list(TABLES[kind].key)
    owner = frame[key[0]].astype("str")
    for column in key[1:]:
        owner = owner + KEY_SEPARATOR + frame[column].astype("str")
    return owner


def _unknown_owners(network: Network) -> list[Problem]:
    problems = []
    for name in OVERRIDES:
        overrides = network.tables[name]
        for kind, rows in overrides.groupby("kind"):
            if kind not in TABLES or kind in OVERRIDES:
                continue
            known = owner_keys(network, str(kind))
            unknown = rows[~rows["owner"].isin(known)]
            named = [owner for owner in unknown["owner"] if not _matches_wildcard(owner, known)]
            shape = KEY_SEPARATOR.join(TABLES[str(kind)].key)
            problems += _problems(
                name,
                unknown,
                unknown["owner"].isin(named),
                "owner",
                f"is not a row of {kind}",
                f"write {shape} of an existing row",
            )
    return problems


def _matches_wildcard(owner: str, known: pd.Series) -> bool:
    parts = owner.split(KEY_SEPARATOR)
    return any(
        len(parts) == len(row) and all(r in (WILDCARD, p) for r, p in zip(row, parts, strict=True))
        for row in (key.split(KEY_SEPARATOR) for key in known if WILDCARD in key)
    )


def _bom_cycles(network: Network) -> list[Problem]:
    bom = network.tables["bom"]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(zip(bom["item"], bom["component"], strict=True))
    problems = []
    for group in nx.strongly_connected_components(graph):
        node = min(group)
        if len(group) > 1 or graph.has_edge(node, node):
            rows = bom[bom["item"].isin(group) & bom["component"].isin(group)]
            names = " -> ".join([*sorted(group), node])
            problems += _problems(
                "bom",
                rows.iloc[:1],
                np.array([True]),
                "component",
                f"is part of a cycle: {names}",
                "remove one of these rows",
            )
    return problems


def _transit(network: Network) -> list[Problem]:
    sourcing = network.tables["sourcing"]
    return _problems(
        "sourcing",
        sourcing,
        sourcing["transit_time"] > sourcing["lead_time"],
        "transit_time",
        "is longer than lead_time",
        "lead_time is from order to receipt and includes the transit",
    )


def _same_ends(network: Network) -> list[Problem]:
    lanes, sourcing = network.tables["lanes"], network.tables["sourcing"]
    wild = lanes["origin"] == WILDCARD
    return _problems(
        "lanes",
        lanes,
        (lanes["origin"] == lanes["destination"]) & ~wild,
        "destination",
        "is also the origin",
        "name two locations",
    ) + _problems(
        "sourcing",
        sourcing,
        sourcing["supplier"] == sourcing["location"],
        "supplier",
        "is also the location",
        "name two locations",
    )


def _unknown_groups(network: Network) -> list[Problem]:
    capacity = network.tables["supplier_capacity"]
    known = set(zip(capacity["supplier"], capacity["group"], strict=True))
    problems = []
    for name, owner in (("sourcing", "supplier"), ("production", "location")):
        frame = network.tables[name]
        pairs = pd.Series(zip(frame[owner], frame["group"], strict=True), index=frame.index)
        wrong = (frame["group"] != "") & ~pairs.isin(known) & (frame[owner] != WILDCARD)
        problems += _problems(
            name,
            frame,
            wrong,
            "group",
            f"is no group of the {owner} in supplier_capacity",
            "add it there or leave it blank",
        )
    return problems


def _production_detail(network: Network) -> list[Problem]:
    """Resources are used by production rows that exist, at their own location."""
    detail, production = network.tables["production_resources"], network.tables["production"]
    keys = ["item", "location", "version"]
    is_named = ~(detail[keys] == WILDCARD).any(axis=1)
    wild = (production["location"] == WILDCARD).any()
    known = pd.MultiIndex.from_frame(production[keys])
    unknown = is_named & ~pd.MultiIndex.from_frame(detail[keys]).isin(known) & (not wild)
    where = (
        network.tables["resources"].drop_duplicates("resource").set_index("resource")["location"]
    )
    placed = detail["resource"].map(where)
    elsewhere = placed.notna() & (placed != detail["location"]) & (detail["location"] != WILDCARD)
    return _problems(
        "production_resources",
        detail,
        unknown,
        "item",
        "is not made there by this version",
        "add the row to production or correct it",
    ) + _problems(
        "production_resources",
        detail,
        elsewhere,
        "resource",
        "stands at another location",
        "name a resource of the same location",
    )


def _unservable_demand(network: Network) -> list[Problem]:
    demand = network.tables["demand"]
    wanted = demand[demand["quantity"] > 0]
    served = _suppliable(network)
    pairs = pd.Series(zip(wanted["item"], wanted["location"], strict=True), index=wanted.index)
    without = wanted[~pairs.isin(served)].drop_duplicates(["item", "location"])
    return [
        Problem(
            "demand",
            f"no source can serve it at {row.location}",
            "add stock, production with all its components, sourcing or a lane",
            int(row.Index),
            "item",
            row.item,
        )
        for row in without.itertuples()
    ]


def _suppliable(network: Network) -> set[tuple[str, str]]:
    """Item-locations that some chain of supply can fill, dates and capacities aside."""
    from supplychain.scope import expand

    tables = expand(network).tables
    held = [
        tables[name][tables[name]["quantity"] > 0][["item", "location"]]
        for name in ("stock", "scheduled_receipts")
    ]
    reached = set(pd.concat(held).itertuples(index=False, name=None))
    production, sourcing, lanes = tables["production"], tables["sourcing"], tables["lanes"]
    makers = set(zip(production["item"], production["location"], strict=True))
    rules: list[tuple[tuple[str, str], set[tuple[str, str]]]] = []
    for item, location, supplier in sourcing[["item", "location", "supplier"]].itertuples(
        index=False
    ):
        upstream = {(item, supplier)} if (item, supplier) in makers else set()
        rules.append(((item, location), upstream))
    for item, origin, destination in lanes[["item", "origin", "destination"]].itertuples(
        index=False
    ):
        rules.append(((item, destination), {(item, origin)}))
    components = tables["bom"].groupby(["item", "version"])["component"].agg(list).to_dict()
    for item, location, version in production[["item", "location", "version"]].itertuples(
        index=False
    ):
        rules.append(
            ((item, location), {(c, location) for c in components.get((item, version), ())})
        )
    return _forward_closure(reached, rules)


def _forward_closure(
    reached: set[tuple[str, str]],
    rules: Iterable[tuple[tuple[str, str], set[tuple[str, str]]]],
) -> set[tuple[str, str]]:
    """All that follows from ``reached`` by rules (head, all of body); linear in their size."""
    waiting: dict[tuple[str, str], list[int]] = {}
    heads, missing = [], []
    queue = list(reached)
    for number, (head, body) in enumerate(rules):
        heads.append(head)
        missing.append(len(body))
        for pair in body:
            waiting.setdefault(pair, []).append(number)
        if not body:
            queue.append(head)
    done: set[tuple[str, str]] = set()
    while queue:
        pair = queue.pop()
        if pair in done:
            continue
        done.add(pair)
        for number in waiting.get(pair, ()):
            missing[number] -= 1
            if missing[number] == 0:
                queue.append(heads[number])
    return done


_CHECKS: tuple[Callable[[Network], list[Problem]], ...] = (
    _periods, _ordered_dates, _overlapping_overrides, _unknown_owners, _bom_cycles, _transit,
    _same_ends, _unknown_groups, _production_detail,
)  # fmt: skip

__all__ = ["OVERRIDES", "Table", "check_network", "owner_keys", "table_problems"]
