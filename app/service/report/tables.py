"""Tables of the report: rows of text made from the summary, the same numbers as everywhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.service.report.charts import Service
from app.service.report.headline import missed
from app.service.report.scarcity import ScarceItem
from app.service.report.words import amount, counted, gain, percent, plural, short, units
from solver.plan import PlanKind
from supplychain.calendar import Calendar, parse_date

Json = Mapping[str, Any]
NOTHING = "\u2013"
TERMS = {
    "revenue": "revenue", "purchase": "purchase", "production": "production",
    "freight": "freight", "holding": "holding stock", "backorder": "late delivery",
    "lost": "lost sales", "substitution": "substitutes", "price_reduction": "de-content",
    "retrofit": "parking and retrofit", "overtime": "overtime",
    "rescheduling": "expedite, cancel", "qualification": "qualification",
    "contracts": "take or pay", "changes": "changes of plan", "closing": "closing stock",
}  # fmt: skip
LEVERS = {
    "alternates": "alternative sources and production",
    "transfers": "transfers that are not routine",
    "substitutes": "substitutes of the green list",
    "expedite": "orders expedited, pushed out, cancelled",
    "short_builds": "building short, retrofit",
    "overtime": "overtime",
    "qualification": "qualification of new sources",
    "reallocation": "reallocation between demands",
}
LEVER_TERMS = ("substitution", "price_reduction", "retrofit", "overtime", "rescheduling",
               "qualification", "contracts", "changes")  # fmt: skip
INCOME = ("revenue", "closing")
SHOWN_ACTIONS = 10
_ACTION_COLUMNS = ("#", "what", "#quantity", "item", "from", "to", "how", "decide by", "until",
                   "#cost", "#premium", "#worth", "needs", "#sure")  # fmt: skip


class Table(NamedTuple):
    """A table: its name, columns (``#`` marks numbers), rows, and how many of them are shown."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    shown: int | None = None

    @property
    def numeric(self) -> list[bool]:
        """Whether each column holds numbers."""
        return [column.startswith("#") for column in self.columns]

    @property
    def headers(self) -> list[str]:
        """Names of the columns."""
        return [column if column == "#" else column.removeprefix("#") for column in self.columns]


def term_effect(term: str, costs: Json) -> float:
    """What a term adds to the profit: costs count negative."""
    return float(costs[term]) if term in INCOME else -float(costs[term])


def unit_table(summary: Json) -> Table:
    """Units demanded, on time, late, lost and open, of each plan."""
    names = {"demanded": "demanded", "on_time": "served on time", "late": "served late",
             "lost": "lost", "open": "still open at the end"}  # fmt: skip
    counts = {kind: values for kind, values in summary["units"].items() if values}
    rows = [[words, *(units(values[name]) for values in counts.values())]
            for name, words in names.items()]  # fmt: skip
    return Table("units", "Units demanded and served", ("units", *_numbers(counts)), rows)


def cost_table(summary: Json, calm: Json, currency: str) -> Table:
    """Money by term, with what each term adds to the profit of the response against as-is."""
    plans = {"calm": calm, **summary["costs"]}
    plans = {kind: costs for kind, costs in plans.items() if costs}
    signs = {term: "+" if term in INCOME else "\u2212" for term in TERMS} | {"profit": "="}
    names = {**TERMS, "profit": "profit"}
    changes = dict(term_changes(summary["costs"]))
    rows = []
    for term, sign in signs.items():
        if term in LEVER_TERMS and not any(costs[term] for costs in plans.values()):
            continue
        change = [gain(changes[term])] if changes else []
        amounts = [amount(costs[term]) for costs in plans.values()]
        rows.append([f"{sign} {names[term]}", *amounts, *change])
    premium = [amount(costs["premium"]) for costs in plans.values()]
    rows.append(["premium, part of the costs above", *premium, *([""] if changes else [])])
    columns = (currency, *_numbers(plans), *(["#response against as-is"] if changes else []))
    return Table("costs", f"Money by term, in {currency}", columns, rows)


def term_changes(costs: Json) -> list[tuple[str, float]]:
    """What the response adds to the profit as-is: term by term, then in all; empty without both."""
    before, after = costs.get("as-is"), costs.get("response")
    if not before or not after:
        return []
    return [*((term, term_effect(term, after) - term_effect(term, before)) for term in TERMS),
            ("profit", after["profit"] - before["profit"])]  # fmt: skip


def _numbers(names: Iterable[str]) -> list[str]:
    return [f"#{name}" for name in names]


def group_table(name: str, caption: str, groups: Sequence[Json]) -> Table:
    """Units of groups of items (brands, kinds): demanded, on time and not on time in each plan."""
    kinds = [kind for kind in ("as-is", "response") if any(kind in group for group in groups)]
    rows = []
    for group in groups:
        row = [group["name"], units(group["demanded"])]
        for kind in kinds:
            counts = group[kind]
            row += [units(counts["on_time"]), units(missed(counts)),
                    percent(counts["on_time"] / (group["demanded"] or 1.0))]  # fmt: skip
        rows.append(row)
    columns = [f"#{words} {kind}" for kind in kinds
               for words in ("on time,", "not on time,", "share on time,")]  # fmt: skip
    return Table(name, caption, ("", "#demanded", *columns), rows)


def plant_table(summary: Json) -> Table:
    """Units of demanded items built at each location."""
    plants = summary["by_plant"]
    missing = {kind for kind, counts in summary["units"].items() if not counts}
    kinds = [kind for kind in (plants[0] if plants else ()) if kind not in {"name", *missing}]
    rows = [[plant["name"], *(units(plant.get(kind, 0.0)) for kind in kinds)] for plant in plants]
    return Table("plants", "Demanded items built, by plant", ("plant", *_numbers(kinds)), rows)


def line_table(summary: Json, bucket: str) -> Table:
    """First period in which each line is down, for how long, and what it waits for."""
    rows = []
    for line in summary["lines"]:
        row = [line["name"], line["location"]]
        for kind in ("as-is", "response"):
            stop = line.get(kind)
            if stop is None:
                continue
            down = stop["periods_down"]
            row += [stop["label"] or "not down", counted(down, bucket) if down else NOTHING,
                    stop["waits_for"] or NOTHING]  # fmt: skip
        rows.append(row)
    lines = summary["lines"]
    kinds = [kind for kind in ("as-is", "response") if any(kind in line for line in lines)]
    columns = [f"{words} {kind}" for kind in kinds
               for words in ("down from,", "down for,", "waits for,")]  # fmt: skip
    return Table("lines", "Lines that make demanded items", ("line", "plant", *columns), rows)


def action_table(summary: Json, calendar: Calendar) -> Table:
    """The actions, most worth first."""
    rows = [_action_row(action, calendar) for action in summary["actions"]]
    return Table("actions", "Actions of the response, most worth first", _ACTION_COLUMNS, rows,
                 SHOWN_ACTIONS)  # fmt: skip


def _action_row(action: Json, calendar: Calendar) -> list[str]:
    until = calendar.number(parse_date(action["until"]))
    quantity = f"{units(action['quantity'])} {plural(action['unit'])}"
    return [
        str(action["rank"]), action["kind"], quantity,
        action["item"], action["origin"], action["destination"], _how(action, calendar),
        action["decide_by_label"], calendar.label(until), amount(action["cost"]),
        amount(action["premium"]), _worth(action["worth"]),
        f"{action['depends_on']} (group {action['group']})" if action["group"]
        else action["depends_on"],
        NOTHING if action["confidence"] is None else f"{100 * action['confidence']:.0f} %",
    ]  # fmt: skip


def _how(action: Json, calendar: Calendar) -> str:
    """Mode of an action; of a qualification also the last period in which it pays."""
    if not action["latest"]:
        return str(action["mode"])
    latest = calendar.label(calendar.number(parse_date(action["latest"])))
    return f"{action['mode']}, pays until {latest}"


def lever_table(summary: Json) -> Table:
    """What all decisions of a kind are worth together, and all extra supply of an item."""
    rows = []
    for lever in summary["levers"]:
        name = LEVERS.get(lever["lever"], f"all extra supply of {lever.get('item')}")
        rows.append([name, amount(lever["premium"]), _worth(lever["worth"])])
    return Table("levers", "What they are worth together", ("together", "#premium", "#worth"), rows)


def _worth(value: float | None) -> str:
    return "not valued" if value is None or math.isnan(value) else amount(value)


def solve_table(summary: Json, calm: Json) -> Table:
    """How each plan was found."""
    solves = {"calm": calm, **summary["solve"]}
    rows = []
    for kind, facts in solves.items():
        objective, bound, gap = (facts[name] for name in ("objective", "bound", "gap"))
        rows.append([
            kind, facts["status"], NOTHING if objective is None else amount(objective),
            NOTHING if bound is None else amount(bound),
            NOTHING if gap is None else f"{100 * gap:.4f} %", f"{facts['rows']:,}",
            f"{facts['columns']:,}", short(facts["seconds"]), facts["plan_hash"][:12],
        ])  # fmt: skip
    columns = ("plan", "status", "#profit", "#bound", "#gap", "#rows", "#columns", "#seconds",
               "hash")  # fmt: skip
    return Table("solve", "How the plans were found", columns, rows)


def service_table(service: Mapping[PlanKind, Service], calendar: Calendar) -> Table:
    """Units late and not served by period in which they are due."""
    rows = []
    for period in range(calendar.periods):
        row = [calendar.label(period)]
        for part in service.values():
            row += [units(float(part.late[period])), units(float(part.unserved[period]))]
        rows.append(row)
    columns = [f"#{words} {kind}" for kind in service for words in ("late,", "not served,")]
    return Table("service", "Units not served on time, by the period in which they are due",
                 (calendar.bucket, *columns), rows)  # fmt: skip


def stock_table(item: ScarceItem, calendar: Calendar) -> Table:
    """Stock and supply of one scarce item by period."""
    kinds = list(item.on_hand)
    series = [*(item.on_hand[kind] for kind in kinds), *(item.supply[kind] for kind in kinds)]
    rows = [[calendar.label(period), *(units(float(values[period])) for values in series)]
            for period in range(calendar.periods)]  # fmt: skip
    columns = [f"#{words} {kind}" for words in ("on hand,", "arriving,") for kind in kinds]
    return Table("stock", f"{item.item}: {plural(item.unit)} on hand and arriving",
                 (calendar.bucket, *columns), rows)  # fmt: skip
