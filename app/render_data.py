"""Datasets and checks as text for people; see :mod:`app.render`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.figures import NOTHING, count, percent
from app.layout import Parts, facts, heading, more, table
from app.render import situation

Json = dict[str, Any]
LISTED, VIOLATIONS = 10, 20
_EQUATIONS = {
    "tables": "tables can be read and are complete",
    "C1": "stock of every item-location and period",
    "C2": "capacity of sourcing options",
    "C3": "capacity of supplier groups",
    "C4": "capacity of production resources",
    "C5": "capacity of lanes",
    "C6": "dates and lead times of options",
    "C8": "demand: on time, late, lost, open",
    "C9": "premium within the budget",
    "responses": "only options that may be used",
    "receipts": "scheduled receipts wait for capacity",
    "money": "cost terms and profit",
    "closing": "closing stock and its value",
    "capacity_use": "table of capacity used",
    "lines": "table of production lines",
    "fair_share": "no idle stock while demand waits",
}


def verification(document: Json, width: int) -> Parts:
    """Equations with the rows checked, and the first violations."""
    objective, currency = document["objective"], document["currency"] or ""
    yield from heading(f"Check of {document['path']}")
    yield from facts([
        ("Plan", f"{document['kind']}, scenario {document['scenario']}, {document['status']}"),
        *((f"Profit {name}", f"{value:,.2f} {currency}")
          for name, value in objective.items() if value is not None),
    ])  # fmt: skip
    rows = [(e["equation"], _EQUATIONS.get(e["equation"], ""), f"{e['checked']:,}",
             f"{e['violated']:,}") for e in document["equations"]]  # fmt: skip
    if rows:
        columns = ("equation", "what it checks", ">rows checked", ">violated")
        yield from table("Equations", columns, rows)
    violations = document["violations"]
    if violations:
        yield from _violations(violations)
    verdict = "passed: every equation holds" if document["passed"] else "FAILED"
    yield from facts([*(("Also", text) for text in document["disagreements"]),
                       ("Verdict", verdict)])  # fmt: skip


def _violations(violations: Sequence[Json]) -> Parts:
    rows = ((v["equation"], " ".join(part for part in (v["key"], v["period"]) if part),
             v["message"], _exact(v["value"]), _exact(v["limit"]))
            for v in violations[:VIOLATIONS])  # fmt: skip
    columns = ("equation", "where", "what is wrong", ">value", ">should be")
    yield from table("Violations", columns, rows, more(VIOLATIONS, len(violations)))


def _exact(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.10g}"


def structure(document: Json, width: int) -> Parts:
    """The situation and the structure of a dataset."""
    found = document["structure"]
    yield from heading(f"Dataset {document['path']}")
    yield from situation(document["dataset"])
    yield from _tiers(found["tiers"])
    yield from _single_sources("Items with one source over all options", found["single_sourced"])
    yield from _single_sources("Items with one routine source, others need a decision",
                               found["one_routine_source"])  # fmt: skip
    yield from _shared("Suppliers that products share", found["suppliers"])
    yield from _shared("Capacity groups that products share", found["groups"])
    sizes = ", ".join(f"{name} {rows:,}" for name, rows in found["sizes"].items())
    yield from facts([
        ("No routine source", _names(found["no_routine_source"])),
        ("Nobody needs", _names(found["unneeded"])),
        ("Rows", sizes), ("Verdict", "no problem found"),
    ])  # fmt: skip


def _names(names: Sequence[str]) -> str:
    most = 2 * LISTED
    shown = [*names[:most], *([more(most, len(names))] if len(names) > most else [])]
    return f"{count(len(names), 'item')}: {', '.join(shown)}" if names else ""


def _tiers(tiers: Sequence[Json]) -> Parts:
    kinds = list(dict.fromkeys(kind for tier in tiers for kind in tier["kinds"]))
    sizes = ("tier", "item_locations", "locations", "items")
    columns = (">tier", ">item-\nlocations", ">locations", ">items", *(f">{k}" for k in kinds))
    rows = (
        (*(f"{tier[key]:,}" for key in sizes), *(f"{tier['kinds'].get(k, 0):,}" for k in kinds))
        for tier in tiers
    )
    note = "tier 0 is where the demand is; a step makes, buys or moves; last columns: items by kind"
    yield from table("Tiers, by steps from the demand along the longest way", columns, rows, note)


def _single_sources(title: str, sources: Sequence[Json]) -> Parts:
    rows = ((s["item"], s["kind"], s["source"], f"{s['products']:,}", percent(s["share"]))
            for s in sources[:LISTED])  # fmt: skip
    if sources:
        columns = ("item", "kind", "source", ">products", ">share of\ndemand")
        yield from table(f"{title}: {len(sources):,}", columns, rows, more(LISTED, len(sources)))


def _shared(title: str, suppliers: Sequence[Json]) -> Parts:
    shared = [supplier for supplier in suppliers if supplier["products"] > 1]
    rows = ((f"{s['supplier']} {s['group']}".strip(), f"{s['products']:,}", percent(s["share"]),
             f"{s['items']:,}", f"{s['sole_source']:,}")
            for s in shared[:LISTED])  # fmt: skip
    if shared:
        columns = ("supplier", ">products", ">share of\ndemand", ">items", ">only it\nsupplies")
        yield from table(f"{title}: {len(shared):,}", columns, rows, more(LISTED, len(shared)))


def written(document: Json, width: int) -> Parts:
    """What a command wrote."""
    tables = document["tables"]
    yield from facts([
        ("Written", f"{document['out']}, {document['format']}: "
                    f"{count(len(tables), 'table')}, {count(sum(tables.values()), 'row')}"),
        ("Scenarios", ", ".join(document["scenarios"])),
        *(("Notice", notice) for notice in document.get("notices", ())),
        *(("Note", note) for note in document.get("notes", ())),
    ])  # fmt: skip
