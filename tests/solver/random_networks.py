"""A hypothesis strategy for small valid networks that use the whole data contract of the model."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from supplychain.network import Network
from tests.solver.random_levers import add_levers
from tests.solver.sketch import BLANK, Sketch
from tests.support import START


@st.composite
def networks(draw: st.DrawFn, receipts_may_wait: bool = True, with_levers: bool = False) -> Network:
    """Products of one or two plants, their assemblies and chips, with scarce capacities.

    ``receipts_may_wait``: scheduled receipts may have an origin, and so take capacity first.
    ``with_levers``: lots, shares, contracts, substitutes and whatever else a plan may decide on.
    """
    sketch = Sketch(draw, receipts_may_wait)
    plants = ["PLANT-1", "PLANT-2"][: sketch.between(1, 2)]
    chips = ["CHIP-1", "CHIP-2", "CHIP-3"][: sketch.between(1, 3)]
    assemblies = ["ECU-1", "ECU-2"][: sketch.between(1, 2)]
    products = ["CAR-1", "CAR-2", "CAR-3"][: sketch.between(1, 3)]
    for place in [*plants, "TIER", "MARKET", "FAB-1", "FAB-2", "MINE"]:
        sketch.add("locations", location=place)
    for item in [*chips, *assemblies, *products, "WAFER"]:
        sketch.add("items", item=item, unit_cost=sketch.pick(BLANK, 0, 1, 4, 15, 40))
    _suppliers(sketch, chips)
    _assemblies(sketch, assemblies, chips, plants)
    _products(sketch, products, assemblies, chips, plants)
    _chip_sources(sketch, chips, ["TIER", *plants])
    _demand(sketch, products, chips, plants)
    _stock(sketch, [*chips, *assemblies, *products], plants)
    _overrides(sketch)
    for name, value in (("start", START), ("periods", sketch.periods),
                        ("holding_rate", sketch.pick(0, 0.5, 5)),
                        ("closing_target", sketch.pick(0, 1, 2.5))):  # fmt: skip
        sketch.add("settings", name=name, value=value)
    if with_levers:
        add_levers(sketch, chips, products)
    return Network.from_frames(sketch.frames())


def _suppliers(sketch: Sketch, chips: Sequence[str]) -> None:
    """Fabs with a shared group; some make their chips from wafers."""
    for fab in ("FAB-1", "FAB-2"):
        sketch.add("supplier_capacity", supplier=fab, group="logic", capacity=sketch.capacity())
        sketch.add("resources", resource=f"ETCH-{fab}", location=fab, capacity=sketch.capacity())
        sketch.add("sourcing", item="WAFER", location=fab, supplier="MINE",
                   lead_time=sketch.between(0, 1), unit_cost=sketch.between(0, 2),
                   capacity=sketch.pick(BLANK, 20))  # fmt: skip
        for chip in chips:
            if sketch.chance(25):
                sketch.add(
                    "production",
                    item=chip,
                    location=fab,
                    lead_time=sketch.between(0, 2),
                    unit_cost=sketch.between(0, 5),
                    routine=sketch.chance(85),
                    group=sketch.pick("logic", BLANK),
                    group_per_unit=sketch.pick(0.5, 1),
                )
                sketch.add("production_resources", item=chip, location=fab,
                           resource=f"ETCH-{fab}", per_unit=sketch.pick(1, 1.5))  # fmt: skip
                if not any(row["item"] == chip for row in sketch.rows.get("bom", ())):
                    sketch.add("bom", item=chip, component="WAFER", quantity_per=1)


def _assemblies(
    sketch: Sketch, assemblies: Sequence[str], chips: Sequence[str], plants: Sequence[str]
) -> None:
    for assembly in assemblies:
        sketch.add("production", item=assembly, location="TIER", lead_time=sketch.between(0, 1),
                   unit_cost=sketch.between(0, 6))  # fmt: skip
        for chip in chips[: sketch.between(1, 2)]:
            sketch.add("bom", item=assembly, component=chip, quantity_per=sketch.pick(1, 2, 0.5))
        for plant in plants:
            if sketch.chance(60):
                sketch.add("sourcing", item=assembly, location=plant, supplier="TIER",
                           lead_time=sketch.between(0, 1), unit_cost=sketch.between(0, 3),
                           capacity=sketch.capacity())  # fmt: skip
            else:
                sketch.add("lanes", item=assembly, origin="TIER", destination=plant,
                           lead_time=sketch.between(0, 1), unit_cost=sketch.between(0, 3),
                           capacity=sketch.capacity())  # fmt: skip


def _products(
    sketch: Sketch,
    products: Sequence[str],
    assemblies: Sequence[str],
    chips: Sequence[str],
    plants: Sequence[str],
) -> None:
    for plant in plants:
        sketch.add("resources", resource=f"LINE-{plant}", location=plant,
                   capacity=sketch.capacity())  # fmt: skip
    for product in products:
        versions = ["standard", "other"][: sketch.pick(1, 1, 2)]
        for version in versions:
            sketch.add("bom", item=product, version=version, component=sketch.pick(*assemblies),
                       quantity_per=sketch.pick(1, 2))  # fmt: skip
            if sketch.chance(40):
                sketch.add("bom", item=product, version=version, component=sketch.pick(*chips),
                           quantity_per=sketch.pick(1, 3), valid_from=sketch.some(30, START),
                           valid_to=sketch.some(30, sketch.date(1, sketch.periods)))  # fmt: skip
        for plant in plants:
            for version in versions:
                sketch.add("production", item=product, location=plant, version=version,
                           lead_time=sketch.between(0, 1), unit_cost=sketch.between(0, 9),
                           routine=version == "standard" or sketch.chance(30),
                           valid_to=sketch.some(10, sketch.date(1, sketch.periods)))  # fmt: skip
            sketch.add("production_resources", item=product, location=plant, version="*",
                       resource=f"LINE-{plant}", per_unit=sketch.pick(0.5, 1, 2))  # fmt: skip
            for mode in ["sea", "air"][: sketch.between(0, 2)]:
                sketch.add("lanes", item=product, origin=plant, destination="MARKET", mode=mode,
                           lead_time=sketch.between(0, 2), unit_cost=sketch.between(0, 4),
                           capacity=sketch.capacity(), routine=sketch.chance(70))  # fmt: skip


def _chip_sources(sketch: Sketch, chips: Sequence[str], places: Sequence[str]) -> None:
    for chip in chips:
        for place in places:
            first = sketch.pick("FAB-1", "FAB-2")
            for fab, mode in [(first, "sea"), (first, "air"), ("FAB-2", "spot")][
                : sketch.between(1, 3)
            ]:
                lead_time = sketch.between(0, 3)
                sketch.add("sourcing", item=chip, location=place, supplier=fab, mode=mode,
                           lead_time=lead_time, unit_cost=sketch.between(0, 8),
                           transit_time=sketch.some(40, sketch.between(0, lead_time)),
                           capacity=sketch.capacity(), group=sketch.pick("logic", BLANK),
                           group_per_unit=sketch.pick(1, 2), routine=sketch.chance(70),
                           qualified_from=sketch.some(10, sketch.date(0, 2)),
                           qualification_time=sketch.some(5, 2))  # fmt: skip
        if len(places) > 2 and sketch.chance(60):
            sketch.add("lanes", item=chip, origin=places[1], destination=places[2],
                       lead_time=sketch.between(0, 1), unit_cost=sketch.between(0, 3),
                       routine=sketch.chance(20), capacity=sketch.capacity())  # fmt: skip


def _demand(
    sketch: Sketch, products: Sequence[str], chips: Sequence[str], plants: Sequence[str]
) -> None:
    reached = {str(row["item"]) for row in sketch.rows.get("lanes", ())
               if row["destination"] == "MARKET"}  # fmt: skip
    for item in [*products, *chips[:1]]:
        place = "MARKET" if item in reached and sketch.chance(60) else sketch.pick(*plants)
        for period in sorted({sketch.between(-2, sketch.periods - 1)
                              for _ in range(sketch.between(1, 4))}):  # fmt: skip
            for customer in ["A", "B"][: sketch.between(1, 2)]:
                sketch.add("demand", item=item, location=place, customer=customer,
                           period=f"{sketch.calendar.date(period):%Y-%m-%d}",
                           quantity=sketch.pick(0, 1, 4, 7.25, 12, 100 / 3),
                           unit_revenue=sketch.pick(0, 5, 20, 60, 61),
                           backorder_cost=sketch.pick(0, 0, 1, 3), lost_cost=sketch.pick(0, 2),
                           lost_after=sketch.pick(BLANK, 0, 1, 2))  # fmt: skip


def _stock(sketch: Sketch, items: Sequence[str], plants: Sequence[str]) -> None:
    """Opening stock anywhere, and scheduled receipts, some of them from a source."""
    for item in items:
        for place in [*plants, "TIER", "FAB-1"]:
            if sketch.chance(25):
                sketch.add("stock", item=item, location=place,
                           quantity=sketch.pick(0, 1, 6.5, 15))  # fmt: skip
    routes = [(row["item"], row["location"], row["supplier"]) for row in sketch.rows["sourcing"]]
    routes += [(row["item"], row["destination"], row["origin"])
               for row in sketch.rows.get("lanes", ())]  # fmt: skip
    for number in range(sketch.between(0, 4)):
        item, place, origin = sketch.pick(*routes)
        named = sketch.receipts_may_wait and sketch.chance(75)
        sketch.add("scheduled_receipts", order_id=f"PO-{number % 2}", line=str(number), item=item,
                   location=place, origin=origin if named else BLANK,
                   quantity=sketch.pick(0, 2, 5, 9.5, 20),
                   due=sketch.date(-2, sketch.periods + 1))  # fmt: skip


def _overrides(sketch: Sketch) -> None:
    """At most one row of each override table for an owner, over a random range of periods."""
    keys = {"sourcing": ("item", "location", "supplier", "mode"),
            "lanes": ("item", "origin", "destination", "mode"),
            "production": ("item", "location", "version"),
            "resources": ("resource",), "supplier_capacity": ("supplier", "group")}  # fmt: skip
    tables = {"capacities": ("capacity", tuple(keys), (0, 2, 6, 20)),
              "lead_times": ("lead_time", tuple(keys)[:3], (0, 1, 2, 3)),
              "unit_costs": ("unit_cost", tuple(keys)[:3], (0, 2, 7, 30))}  # fmt: skip
    for table, (column, kinds, values) in tables.items():
        for kind in kinds:
            owners = ["|".join(str(row.get(name, "standard")) for name in keys[kind])
                      for row in sketch.rows.get(kind, ())]  # fmt: skip
            if owners and sketch.chance(20):
                first = sketch.between(-1, sketch.periods)
                last = sketch.between(first, sketch.periods + 1)
                dates = [f"{sketch.calendar.date(number):%Y-%m-%d}" for number in (first, last)]
                sketch.add(table, kind=kind, owner=sketch.pick(*owners), valid_from=dates[0],
                           valid_to=sketch.pick(BLANK, dates[1]),
                           **{column: sketch.pick(*values)})  # fmt: skip
