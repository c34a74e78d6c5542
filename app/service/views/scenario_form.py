"""The form of a scenario: which fields each kind of disruption has, and what they may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import yaml

from app.service.report.tables import LEVERS
from supplychain.calendar import Calendar
from supplychain.disruptions import KINDS
from supplychain.network import Network
from supplychain.scenario import parse_scenario

Json = dict[str, Any]
FieldType = Literal["name", "share", "number", "whole", "flag", "period"]
TITLES = {
    "supplier_outage": "A supplier stops", "region_outage": "A region or country stops",
    "allocation": "Allocation: a commodity or group is cut", "plant_outage": "Equipment fails",
    "lane_closure": "A lane closes", "lead_time_change": "Lead times change",
    "demand_change": "Demand changes", "stock_quarantine": "Stock is held",
    "cost_change": "Costs change (tariff, spot price)",
}  # fmt: skip
_NAMED_IN = {  # fields that name something: the tables and columns that hold the names
    "location": (("locations", "location"),), "supplier": (("sourcing", "supplier"),),
    "item": (("items", "item"),), "commodity": (("items", "commodity"),),
    "brand": (("items", "brand"),), "group": (("supplier_capacity", "group"),),
    "region": (("locations", "region"),), "country": (("locations", "country"),),
    "resource": (("resources", "resource"),), "customer": (("demand", "customer"),),
    "mode": (("lanes", "mode"), ("sourcing", "mode")), "origin": (("lanes", "origin"),),
    "destination": (("lanes", "destination"),), "origin_region": (("locations", "region"),),
    "destination_region": (("locations", "region"),),
}  # fmt: skip
_TYPES: Mapping[str, FieldType] = {
    "share": "share", "factor": "number", "tariff": "number", "quantity": "number", "add": "whole",
    "periods": "whole", "recovery": "whole", "open_orders": "flag", "start": "period",
}  # fmt: skip
_LAST = ("start", "periods", "recovery")
RESPONSES = {**LEVERS, "priorities": "classes of demand come before each other"}
RESPONSES.pop("qualification")


@dataclass(frozen=True)
class Field:
    """One field of a disruption."""

    name: str
    type: FieldType
    required: bool


def fields(kind: str) -> list[Field]:
    """The fields of a kind of disruption, when and how long last."""
    model = KINDS[kind].model_fields
    found = [Field(name, _TYPES.get(name, "name"), field.is_required())
             for name, field in model.items() if name != "kind"]  # fmt: skip
    return sorted(
        found, key=lambda field: _LAST.index(field.name) + 1 if field.name in _LAST else 0
    )


def options(network: Network) -> dict[str, list[str]]:
    """What each field may name in this dataset."""
    names: dict[str, set[str]] = {}
    for field, sources in _NAMED_IN.items():
        names[field] = {name for table, column in sources
                        for name in network.tables[table][column].unique()}  # fmt: skip
    return {field: sorted(found - {"", "*"}) for field, found in names.items()}


def periods(calendar: Calendar) -> dict[str, str]:
    """The periods a disruption may start in: their first date, and how people call them."""
    return {str(calendar.date(number).date()): calendar.label(number)
            for number in range(calendar.periods)}  # fmt: skip


def to_yaml(form: Json) -> str:
    """The scenario that a form describes; ScenarioError with every problem of it."""
    given = {name: value for name, value in form.items() if value not in ("", None)}
    given["disruptions"] = [_filled(disruption) for disruption in form.get("disruptions", [])]
    given["responses"] = _filled(form.get("responses", {}))
    text = yaml.dump(given, Dumper=_Dumper, sort_keys=False)
    return parse_scenario(text, "scenario").to_yaml()


class _Dumper(yaml.SafeDumper):
    """Writes a value out each time that it comes: a scenario may not refer to another place."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def from_yaml(content: str) -> Json:
    """The form that describes a scenario."""
    scenario = parse_scenario(content, "scenario")
    return {
        "name": scenario.name, "description": scenario.description,
        "disruptions": [disruption.model_dump(mode="json", exclude_none=True)
                        for disruption in scenario.disruptions],
        "responses": scenario.responses.model_dump(mode="json", exclude_none=True),
    }  # fmt: skip


def _filled(values: Json) -> Json:
    return {name: value for name, value in values.items() if value not in ("", None)}


def suggested(location: str, places: pd.DataFrame) -> Json:
    """The disruption that somebody most likely means who points at a location on the map."""
    kind = places.set_index("location")["kind"].get(location)
    if kind == "market":
        return {"kind": "demand_change", "location": location, "factor": 1.2}
    if kind == "warehouse":  # nothing leaves it
        return {"kind": "lane_closure", "origin": location, "share": 0.0}
    stops = "plant_outage" if kind == "plant" else "supplier_outage"
    return {"kind": stops, "location": location, "share": 0.0}


def words(field: Field, bucket: str) -> str:
    """What a field asks, with its unit."""
    units = f"{bucket}s"
    known = {
        "share": "share that remains, %", "start": f"from the {bucket}",
        "periods": f"for how many {units} (blank: to the end)",
        "recovery": f"{units} of ramp back afterwards", "add": f"longer by, {units}",
        "factor": "times (1.2: a fifth more)", "tariff": "tariff, share of the value",
        "quantity": "units held", "open_orders": "orders under way too",
    }  # fmt: skip
    return known.get(field.name, field.name.replace("_", " "))


def effect_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Values that change, one row for each thing: from when to when, before, and at its worst.

    ``worst`` is the value that is farthest from the one before; what had no limit comes last.
    """
    if rows.empty:
        return pd.DataFrame(columns=["measure", "owner", "item", "location", "from", "to",
                                     "periods", "before", "worst"])  # fmt: skip
    far = rows.assign(gap=(rows["after"] - rows["before"]).abs().fillna(float("inf")))
    groups = far.groupby(["measure", "owner", "item", "location"], sort=False)
    found = groups.agg(**{"from": ("period", "min"), "to": ("period", "max"),
                          "periods": ("period", "size")})  # fmt: skip
    worst = far.loc[groups["gap"].idxmax()].set_index(found.index)
    found = found.assign(before=worst["before"], worst=worst["after"]).reset_index()
    found = found.assign(measure=found["measure"].str.replace("_", " "),
                         owner=found["owner"].str.replace("|", " \u00b7 "))  # fmt: skip
    return found.sort_values("before", na_position="last", kind="stable", ignore_index=True)


def network_map(network: Network) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Locations with coordinates, and the ways between them, each once (most used pairs first)."""
    places = network.tables["locations"].dropna(subset=["latitude", "longitude"])
    lanes = network.tables["lanes"][["origin", "destination", "mode"]]
    bought = network.tables["sourcing"][["supplier", "location", "mode"]]
    ways = pd.concat([lanes, bought.set_axis(lanes.columns, axis=1)])
    known = set(places["location"])
    ways = ways[ways["origin"].isin(known) & ways["destination"].isin(known)]
    counts = ways.groupby(["origin", "destination"]).agg(
        options=("mode", "count"), modes=("mode", lambda modes: ", ".join(sorted(set(modes))))
    )
    ranked = counts.sort_values("options", ascending=False, kind="stable").reset_index()
    return places.reset_index(drop=True), ranked
