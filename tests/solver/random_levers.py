"""Random rows for the tables and columns of the levers, laid over a random network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tests.solver.sketch import BLANK, Sketch

Row = dict[str, object]
OPTION = ("item", "location", "supplier", "mode")


def add_levers(sketch: Sketch, chips: Sequence[str], products: Sequence[str]) -> None:
    """A few rules and decisions of every kind."""
    _sourcing_rules(sketch)
    _price_steps(sketch)
    _contracts(sketch)
    _production_rules(sketch)
    _components(sketch, chips, products)
    for row in sketch.rows.get("scheduled_receipts", ()):
        row["expedite_cost"] = sketch.pick(BLANK, 0.5, 3)
        row["cancel_cost"] = sketch.pick(BLANK, 0.5, 3)
    for row in sketch.rows["demand"]:
        row["priority"] = sketch.pick(BLANK, 1, 2)
    if sketch.chance(40):
        customer = sketch.pick(*[row["customer"] for row in sketch.rows["demand"]])
        sketch.add(
            "floors", brand="*", customer=customer, location="*", share=sketch.pick(0.3, 0.8)
        )
    sketch.add("settings", name="frozen_periods", value=sketch.pick(0, 0, 1))


def _places(sketch: Sketch, table: str) -> dict[tuple[object, object], list[Row]]:
    """Rows of a table by item and location."""
    places: dict[tuple[object, object], list[Row]] = {}
    for row in sketch.rows.get(table, ()):
        places.setdefault((row["item"], row["location"]), []).append(row)
    return places


def _sourcing_rules(sketch: Sketch) -> None:
    """Sizes and shares; the first option of a place has no largest share."""
    for rows in _places(sketch, "sourcing").values():
        for number, row in enumerate(rows):
            if sketch.chance(30):
                row["lot_size"] = sketch.pick(2, 3, 5)
            if sketch.chance(30):
                row["moq"] = sketch.pick(2, 6, 9)
            if number and sketch.chance(30):
                row["max_share"] = sketch.pick(0.25, 0.5)
            if sketch.chance(15):
                row["min_share"] = 0.2
            if sketch.chance(20):
                row["qualification_cost"] = sketch.pick(1, 20, 90)
            if sketch.chance(10):
                row["available_to"] = sketch.date(2, sketch.periods - 1)


def _price_steps(sketch: Sketch) -> None:
    for row in sketch.rows["sourcing"]:
        if sketch.chance(15):
            key = {name: row.get(name, "standard") for name in OPTION}
            for step, up_to, price in (("a", 4, 1), ("b", 9, 3), ("c", sketch.pick(BLANK, 12), 8)):
                sketch.add("price_steps", **key, step=step, up_to=up_to, unit_cost=price)


def _contracts(sketch: Sketch) -> None:
    if sketch.chance(40):
        row = sketch.pick(*sketch.rows["sourcing"])
        sketch.add("contracts", contract="TAKE", item=row["item"], location=row["location"],
                   supplier=row["supplier"], quantity=sketch.pick(3, 12),
                   penalty=sketch.pick(1, 7))  # fmt: skip


def _production_rules(sketch: Sketch) -> None:
    """Smallest runs, lean versions and overtime."""
    for row in sketch.rows["production"]:
        if sketch.chance(25):
            row["min_run"] = sketch.pick(2, 5)
        if row.get("version") == "other" and sketch.chance(60):
            row["max_share"] = sketch.pick(0.3, 0.6)
            row["price_reduction"] = sketch.pick(0, 4)
    for row in sketch.rows["resources"]:
        if row["capacity"] != BLANK and sketch.chance(50):
            for step, price in (("evening", 1), ("saturday", 4)):
                sketch.add("overtime", resource=row["resource"], step=step,
                           capacity=sketch.pick(1, 4), unit_cost=price)  # fmt: skip


def _components(sketch: Sketch, chips: Sequence[str], products: Sequence[str]) -> None:
    """Substitutes, each chip by the next so that there are no cycles, and short builds."""
    made = {row["item"] for row in sketch.rows["production"]}
    uses = {(row["item"], row["component"]) for row in sketch.rows["bom"] if row["item"] in made}
    following = dict(pairwise(chips))
    for item, component in sorted(uses, key=str):
        if component in following and sketch.chance(60):
            sketch.add("substitutes", item=item, component=component, location="*",
                       substitute=following[str(component)], ratio=sketch.pick(0.5, 1, 2),
                       extra_cost=sketch.pick(0, 2),
                       approved_from=sketch.some(30, sketch.date(0, 2)))  # fmt: skip
        if item in products and sketch.chance(40):
            sketch.add("short_builds", item=item, component=component, location="*",
                       places=sketch.pick(BLANK, 3), weekly_cost=sketch.pick(0.5, 2),
                       retrofit_cost=sketch.pick(0, 3), lead_time=sketch.pick(0, 1))  # fmt: skip
