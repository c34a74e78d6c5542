"""Safety stock as text for a terminal; see :mod:`app.render`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.figures import NOTHING, count, money_scale, percent, unit_scale
from app.layout import Parts, facts, heading, more, table
from app.render import WIDE, situation

Json = dict[str, Any]
LISTED, CUT = 15, 5


def buffers(document: Json, width: int) -> Parts:
    """Where stock is held and what it costs, then what each outage asks for."""
    dataset = document["dataset"]
    yield from heading("Situation")
    yield from situation(dataset, document["forecast"])
    yield from heading("Safety stock")
    yield from facts(_summary(document, dataset))
    yield from _stages(document["stages"], dataset, width)
    yield from _services(document["services"], dataset["currency"])
    yield from heading("Outages", "a location makes and sends nothing from now on")
    yield from _outages(document, dataset, width)
    yield from _parts(document["outages"], dataset)
    seconds = ", ".join(f"{name} {value:.1f}" for name, value in document["seconds"].items())
    yield from facts([("Written", document["out"] or ""), ("Seconds", seconds)])


def _summary(document: Json, dataset: Json) -> Iterator[tuple[str, str]]:
    placed, bucket = document["placement"], dataset["bucket"]
    money = money_scale([placed["cost"], placed["cost_everywhere"]], dataset["currency"])
    promise = f"within {count(document['promise'], bucket)}" if document["promise"] else "at once"
    yield (
        "Service",
        f"{percent(document['service'])} of the time demand is served {promise}: "
        f"{document['safety_factor']:.2f} standard deviations above the mean",
    )
    yield (
        "Demand",
        f"{count(len(document['demand']), 'item-location')}; deviations from "
        f"{', '.join(sorted({row['source'] for row in document['demand'] if row['source']}))}",
    )
    share = percent(placed["saved"], placed["cost_everywhere"])
    yield (
        "Cost",
        f"{money.named(placed['cost'])} a year, {share} less than the "
        f"{money.named(placed['cost_everywhere'])} of stock at every stage for its own lead time",
    )
    yield (
        "Held at",
        f"{placed['with_stock']:,} of {count(placed['stages'], 'item-location')} on routine routes",
    )
    cut = document["cut"]
    routes = [f"{c['item']} from {c['above_location']} to {c['location']}" for c in cut[:CUT]]
    told = ", ".join([*routes, *filter(None, [more(CUT, len(cut))])])
    yield "Left out", f"{count(len(cut), 'arc')} that would close a circle: {told}" if cut else ""
    yield (
        "Solved",
        f"{placed['status']}, gap {percent(placed['gap'])}; {placed['rows']:,} rows, "
        f"{placed['columns']:,} columns, {placed['seconds']:.1f} s",
    )


def _stages(stages: Sequence[Json], dataset: Json, width: int) -> Parts:
    held = [stage for stage in stages if stage["stock"] > 0]
    shown = held[:LISTED]
    money = money_scale([stage["cost"] for stage in shown], dataset["currency"])
    wide = width >= WIDE
    columns = ("item", "location", ">waits", ">quotes", ">covers", ">safety\nstock",
               ">on hand\ntoday", *((">demand\na " + dataset["bucket"], ">value") if wide else ()),
               ">cost\na year")  # fmt: skip
    rows = (
        (
            stage["item"], stage["location"],
            *(f"{stage[name]:,}" for name in ("inbound", "outbound", "net_time")),
            _units(stage["stock"]), _units(stage["on_hand"]),
            *((_units(stage["mean"]), money.show(stage["value"])) if wide else ()),
            money.show(stage["cost"]),
        )
        for stage in shown
    )  # fmt: skip
    yield from table(
        f"Stock by item and location, dearest first, in units and {money.unit}", columns, rows,
        f"waits: {dataset['bucket']}s until what it orders is there; quotes: to its own customers; "
        f"covers: the difference, from stock. {more(len(shown), len(held))}",
    )  # fmt: skip


def _units(value: float) -> str:
    return unit_scale([value]).show(value)


def _services(services: Sequence[Json], currency: str) -> Parts:
    money = money_scale([row["cost"] for row in services], currency)
    columns = ("", *(f">{percent(row['service'])}" for row in services))
    cells = [("cost", *(money.show(row["cost"]) for row in services))]
    yield from table(f"What service costs, in {money.unit} a year", columns, cells)


def _outages(document: Json, dataset: Json, width: int) -> Parts:
    outages, bucket, wide = document["outages"], dataset["bucket"], width >= WIDE
    held, lost = (money_scale([row[name] for row in outages if row[name]], dataset["currency"])
                  for name in ("cost", "lost"))  # fmt: skip
    columns = ("location", ">TTR", *((">TTS\ntoday",) if wide else ()), ">TTS", ">gap",
               ">buffer\nunits", f">its cost\n{held.unit}", f">lost without\n{lost.unit}",
               *((f">lost a {bucket}\nof gap",) if wide else ()), ">pays if\nonce in")  # fmt: skip
    rows = (
        (
            row["location"], _periods(row["time_to_recover"], NOTHING),
            *((_periods(row["survives_today"], "ever"),) if wide else ()),
            _periods(row["survives"], "ever"), _periods(row["gap"], NOTHING),
            NOTHING if row["units"] is None else _units(row["units"]),
            held.show(row["cost"]), lost.show(row["lost"]),
            *((lost.show(row["lost_a_period"]),) if wide else ()), _years(row["years"]),
        )
        for row in outages
    )  # fmt: skip
    yield from table(
        f"Recovery against survival, in {bucket}s; cost of the buffer a year", columns, rows,
        "TTR: time to recover; TTS: time to survive, demand served in full from stock on hand, in "
        "transit and the safety stock, by other routine options; buffer: cheapest extra stock that "
        "closes the gap; it pays if such an outage comes at least once in so many years",
    )  # fmt: skip
    calm = document["calm_survives"]
    if calm is not None:
        text = f"routine capacity serves demand for {calm:.1f} {bucket}s only, without any outage"
        yield from facts([("Notice", text)])


def _periods(value: float | None, absent: str) -> str:
    return absent if value is None else f"{value:.1f}".removesuffix(".0")


def _years(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f} y"


def _parts(outages: Sequence[Json], dataset: Json) -> Parts:
    """The largest parts of the buffers, over all locations."""
    parts = [(row["location"], part) for row in outages for part in row["parts"][:2]]
    money = money_scale([part["cost"] for _, part in parts], dataset["currency"])
    shown = parts[:LISTED]
    rows = ((location, f"{part['item']} at {part['location']}", _units(part["units"]),
             money.show(part["cost"])) for location, part in shown)  # fmt: skip
    if shown:
        yield from table(
            f"Where these buffers are held, the dearest two each, in units and {money.unit} a year",
            ("outage of", "item and location", ">buffer", ">cost"), rows,
            more(len(shown), sum(len(row["parts"]) for row in outages)),
        )  # fmt: skip
