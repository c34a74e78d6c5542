"""Reasons as text for people; see :mod:`app.render`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.figures import NOTHING, money_scale, unit_scale
from app.layout import Parts, facts, heading, more, table

Json = dict[str, Any]
CAUSES, LINKS, DECISIONS = 15, 30, 12
WIDE = 100  # columns from which tables show more
_GROUPS = {"choice": "Choices: options beyond the routine", "demand": "Demand served",
           "follow-up": "What follows: routine orders, transfers, builds"}  # fmt: skip


def explanation(document: Json, width: int) -> Parts:
    """Reasons for a plan: why, fixes, answers, pegging, as far as they are there."""
    yield from heading(f"{document['kind']} plan, scenario {document['scenario']}".capitalize())
    yield from facts([("Plan", document["path"]), ("Demand", document["demand"] or ""),
                      *(("Note", note) for note in document["notes"])])  # fmt: skip
    if "why" in document:
        yield from _why(document["why"], width)
        yield from _fixes(document["fixes"], document["currency"], width)
    if "why_not" in document:
        rows = [("Why not?" if not n else "", answer["text"])
                for n, answer in enumerate(document["why_not"])]  # fmt: skip
        yield from facts(rows)
    if "pegging" in document:
        yield from _pegging(document["pegging"])
    seconds = ", ".join(f"{name} {value:,.1f}" for name, value in document["seconds"].items())
    yield from facts([("Seconds", seconds)])


def _why(causes: Sequence[Json], width: int) -> Parts:
    if not causes:
        yield from facts([("Why", "all of this demand is served on time")])
        return
    scale = unit_scale([cause["quantity"] for cause in causes])
    losses = ("late", "lost", "open")
    rows = ((*(scale.show(cause[loss]) if cause[loss] else NOTHING for loss in losses),
             cause["text"]) for cause in causes[:CAUSES])  # fmt: skip
    total = {loss: sum(cause[loss] for cause in causes) for loss in losses}
    note = ", ".join(f"{scale.show(total[loss])} {loss}" for loss in losses if total[loss])
    yield from table(
        "Why it is late or lost, in units", (">late", ">lost", ">open", "because"), rows,
        f"All causes add up to the loss: {note}. {more(min(len(causes), CAUSES), len(causes))}",
    )  # fmt: skip


def _fixes(fixes: Sequence[Json], currency: str, width: int) -> Parts:
    if not fixes:
        yield from facts([("Fixes", "nothing that is scarce would earn more if there were more")])
        return
    money = money_scale([fix["worth"] for fix in fixes], currency)
    rows = ((money.show(fix["worth"]), fix["text"]) for fix in fixes)
    yield from table(
        f"What would fix it, in {money.unit}", (">worth", "one step more"), rows,
        "worth: the profit gained when the plan is made again with the step. A price holds as far "
        "as the step says; beyond it each unit is worth less.",
    )  # fmt: skip


def _pegging(pegging: Json) -> Parts:
    rows, is_chain = pegging["rows"], pegging["of"] == "demand"
    scale = unit_scale([row["quantity"] for row in rows])
    when = "served" if is_chain else "used"
    cells = ((row[when] or "end", _into(row), f"{row['kind']} {row['key']}",
              row["receipt"] or "start", scale.show(row["quantity"]))
             for row in rows[:LINKS])  # fmt: skip
    yield from table(
        "Chains of supply, in units" if is_chain else "Supply and what it goes into, in units",
        (when, "into", "supply", "there in", ">units"), cells,
        f"first in, first out. {more(min(len(rows), LINKS), len(rows))}",
    )  # fmt: skip


def _into(row: Json) -> str:
    """What a supply goes into; of a chain also the demand at its end."""
    if "demand_item" not in row or row["into"].startswith("delivery"):
        return str(row["into"])
    return f"{row['into']}, for {row['demand_item']}|{row['demand_location']}"


def comparison(document: Json, width: int) -> Parts:
    """Two plans: what differs in their input, money by term, decisions by group."""
    before, after = document["plans"]
    yield from heading("Two plans compared")
    yield from facts([
        *((name, f"{plan['path']}: {plan['kind']}, scenario {plan['scenario']}, {plan['status']}")
          for name, plan in (("From", before), ("To", after))),
        *(("Input" if not n else "", text) for n, text in enumerate(document["input"])),
        ("Input", "" if document["input"] else "the same data and the same scenario"),
    ])  # fmt: skip
    yield from _units(document["units"])
    yield from _terms(document["terms"], after["currency"] or "", width)
    for group, title in _GROUPS.items():
        rows = [row for row in document["decisions"] if row["group"] == group]
        yield from _decisions(title, rows, after["currency"] or "")
    if not document["decisions"]:
        yield from facts([("Decisions", "the same")])


def _units(units: Sequence[Json]) -> Parts:
    scale = unit_scale(units)
    names = {"demanded": "demanded", "on_time": "on time", "late": "late", "lost": "lost",
             "open": "open at the end"}  # fmt: skip
    rows = (
        (
            words,
            *(scale.show(side[name]) for side in units),
            scale.change(units[0][name], units[1][name]),
        )
        for name, words in names.items()
    )
    yield from table("Demand, in units", ("", ">from", ">to", ">change"), rows)


def _terms(terms: Sequence[Json], currency: str, width: int) -> Parts:
    money = money_scale([(t["before"], t["after"]) for t in terms], currency)
    wide = width >= WIDE
    rows = []
    for term in terms:
        if not (term["before"] or term["after"]):
            continue
        is_premium = term["term"] == "premium"
        change = term["after"] - term["before"] if is_premium else term["profit"]
        mostly = [term["mostly"]] if wide else []
        rows.append((term["term"], money.show(term["before"]), money.show(term["after"]),
                     money.show(change, "+"), *mostly))  # fmt: skip
    columns = ("", ">from", ">to", ">adds to\nprofit", *(["mostly"] if wide else []))
    yield from table(f"Why the money moves, in {money.unit}", columns, rows,
                     "premium: its own change; it is part of the costs above")  # fmt: skip


def _decisions(title: str, rows: Sequence[Json], currency: str) -> Parts:
    if not rows:
        return
    money = money_scale([row["profit"] for row in rows], currency)
    cells = ((money.show(row["profit"], "+"), f"{100 * row['explained']:.0f} %", row["text"])
             for row in rows[:DECISIONS])  # fmt: skip
    yield from table(f"{title}, in {money.unit}", (">profit", ">so far", "decision"), cells,
                     more(min(len(rows), DECISIONS), len(rows)))  # fmt: skip
