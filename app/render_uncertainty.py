"""Plans under uncertainty as text for a terminal: simulations, and futures planned for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from app.figures import Scale, count, money_scale, percent, unit_scale
from app.layout import Parts, facts, heading, more, table

Json: TypeAlias = dict[str, Any]
_MOST = 12
_COLUMNS = (">mean", ">95 % interval", ">P10", ">P50", ">P90")
_UNITS = {"demanded": "demanded", "on_time": "on time", "late": "late", "lost": "lost",
          "open": "open at the end"}  # fmt: skip
_TERMS = {"revenue": "revenue", "purchase": "- purchase", "production": "- production",
          "freight": "- freight", "holding": "- holding stock", "backorder": "- late delivery",
          "lost": "- lost sales", "substitution": "- substitutes",
          "price_reduction": "- price reductions", "retrofit": "- retrofit and parking",
          "overtime": "- overtime", "rescheduling": "- rescheduling",
          "qualification": "- qualification", "contracts": "- contracts", "changes": "- changes",
          "closing": "+ closing stock", "profit": "= profit"}  # fmt: skip


def simulation(document: Json, width: int) -> Parts:
    """The distribution of what becomes of a plan."""
    own, story = document["plan_scenario"], document["scenario"]
    yield from heading(f"{document['kind']} plan, scenario {own}".capitalize())
    bucket, every = document["bucket"], document["replan"]
    sure = [name.replace("_", " ") for name, known in document["uncertain"].items() if not known]
    yield from facts([
        ("Lived through", "" if own == story else f"scenario {story}, which it was not made for"),
        *(("Changes" if not n else "", text) for n, text in enumerate(document["changes"])),
        ("Futures", f"{document['samples']:,}, seed {document['seed']}"
                    + (f"; no history of {' and '.join(sure)}: taken as sure" if sure else "")),
        ("Replanning", f"every {count(every, bucket)}: {document['plans']:,} plans"
                       if every else "none: the plan stands"),
        ("Written", document["out"] or ""),
    ])  # fmt: skip
    planned, units = document["planned"], document["units"]
    scale = unit_scale([list(row.values()) for name, row in units.items() if name in _UNITS])
    rows = [(label, scale.show(planned[name]), *_spread(units[name], scale))
            for name, label in _UNITS.items()]  # fmt: skip
    level = planned["on_time"] / planned["demanded"] if planned["demanded"] else 1.0
    rows.append(("served on time", percent(level), *_shares(units["service_level"])))
    yield from table("Demand, in units", ("", ">plan", *_COLUMNS), rows)
    yield from _money(document)
    yield from _down(document)
    yield from _seconds(document)


def _spread(row: Json, scale: Scale) -> tuple[str, ...]:
    error = "-" if row["plus_minus"] is None else f"± {scale.show(row['plus_minus'])}"
    return (scale.show(row["mean"]), error, *(scale.show(row[f"P{n}"]) for n in (10, 50, 90)))


def _shares(row: Json) -> tuple[str, ...]:
    error = "-" if row["plus_minus"] is None else f"± {percent(row['plus_minus'])}"
    return (percent(row["mean"]), error, *(percent(row[f"P{n}"]) for n in (10, 50, 90)))


def _money(document: Json) -> Iterator[Any]:
    money = document["money"]
    scale = money_scale([row["mean"] for row in money.values()], document["currency"])
    planned = document["planned"]["profit"]
    rows = ((_TERMS[name], scale.show(planned) if name == "profit" else "",
             *_spread(row, scale)) for name, row in money.items())  # fmt: skip
    yield from table(f"Money, in {scale.unit}", ("", ">plan", *_COLUMNS), rows)


def _down(document: Json) -> Iterator[Any]:
    rows = document["lines"]
    if rows:
        cells = (
            (f"{row['name']}, {row['location']}", percent(row["probability"]),
             *(row[f"down_P{n}"] or "-" for n in (10, 50, 90)))
            for row in rows[:_MOST]
        )  # fmt: skip
        yield from table("Lines and products that stop: when", ("", ">chance", "10 %", "50 %",
                         "90 %"), cells, more(_MOST, len(rows)))  # fmt: skip


def _seconds(document: Json) -> Parts:
    shown = ", ".join(f"{name} {value:.1f}" for name, value in document["seconds"].items())
    yield from facts([("Seconds", shown)])


def robust(document: Json, width: int) -> Parts:
    """The futures that a plan was made for, and what it is expected to earn in them."""
    found = document["robust"]
    if not found:
        return
    scale = money_scale([row["profit"] for row in found["table"]], document["dataset"]["currency"])
    bucket = document["dataset"]["bucket"]
    yield from heading("Futures")
    yield from facts([
        ("Planned for", f"{count(found['futures'], 'future')}, decisions of the first "
                        f"{count(found['common_periods'], bucket)} common to all"),
        ("Expected", f"profit {scale.named(found['expected_profit'])}"),
        ("Worst", f"{percent(found['tail'])} of them: {scale.named(found['tail_profit'])} on "
                  f"average, weight {found['risk_weight']:g}"),
        ("The plan", "what follows the common decisions is planned for the mean future"),
        ("Program", f"{found['rows']:,} rows, {found['columns']:,} columns, {found['status']} in "
                    f"{found['seconds']:.1f} s"),
    ])  # fmt: skip
    units = unit_scale([row["demanded"] for row in found["table"]])
    rows = ((str(row["future"]), row["scenario"], percent(row["probability"]),
             units.show(row["demanded"]), scale.show(row["profit"]))
            for row in found["table"][:_MOST])  # fmt: skip
    yield from table(f"Futures, in {scale.unit}", ("", "scenario", ">weight", ">demanded",
                     ">profit"), rows, more(_MOST, len(found["table"])))  # fmt: skip
