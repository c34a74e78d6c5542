"""The network around one item: its supply graph as a drawing, and where it all lies on a map."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from app.service.report.graph import supply_graph
from app.service.report.graph_chart import graph_chart
from app.service.views.cases import AS_IS, RESPONSE, Case, Tables

_STYLE = Path(__file__).parents[1] / "report" / "style.html.j2"
_SVG = "http://www.w3.org/2000/svg"
_FONT = "system-ui, 'Segoe UI', Roboto, Arial, 'DejaVu Sans', sans-serif"
_TINY = 1e-6
_MOVES = (("orders", "supplier", "location"), ("transfers", "origin", "destination"),
          ("receipts", "origin", "location"))  # fmt: skip


def graph(case: Case, item: str) -> str:
    """The supply graph around ``item`` as an SVG that is safe to put into a page."""
    return str(graph_chart(supply_graph(case.network, list(case.plans.values()), item)))


def drawing(svg: str, dark: bool) -> str:
    """A drawing complete in itself, in the colours of the report: the content of an SVG file."""
    return svg.replace("<svg ", f'<svg xmlns="{_SVG}" ', 1).replace(
        ">", f"><style>{_rules(dark)}</style>", 1)  # fmt: skip


@cache
def _rules(dark: bool) -> str:
    """The report's colours, light or dark, and its rules for drawings."""
    text = _STYLE.read_text(encoding="utf-8")
    colours = [part.partition("}")[0] for part in text.split(":root {")[1:3]]
    rules = text[text.index("svg text {") : text.index("@media (max-width")]
    return f"svg {{{colours[dark]} font: 12px {_FONT};}} {rules}"


def places(case: Case, item: str, bottleneck: str) -> pd.DataFrame:
    """Locations with coordinates, and what each of them is to ``item``.

    Columns: location, kind, company, country, region, latitude, longitude, role (bottleneck,
    source, user or other), quantity (units of the item that it sends or uses as-is).
    """
    table = case.network.table("locations")
    table = table.dropna(subset=["latitude", "longitude"])
    moves = routes(case, item)
    sent = moves.groupby("origin")[AS_IS].sum()
    used = moves.groupby("destination")[AS_IS].sum()
    name = table["location"]
    role = pd.Series("other", index=table.index)
    role = role.mask(name.isin(list(used.index)), "user").mask(
        name.isin(list(sent.index)), "source"
    )
    table = table.assign(role=role.mask(name == bottleneck, "bottleneck"))
    quantity = name.map(sent).fillna(name.map(used)).fillna(0.0).astype(float)
    columns = ["location", "kind", "company", "country", "region", "latitude", "longitude", "role"]
    return table.assign(quantity=quantity)[[*columns, "quantity"]].reset_index(drop=True)


def routes(case: Case, item: str) -> pd.DataFrame:
    """Units of ``item`` by origin and destination: columns origin, destination, as-is, response."""
    sums = {kind: _moved(case.plans[kind], item) for kind in case.plans}
    table = pd.DataFrame({kind: sums[kind] if kind in sums else sums[next(iter(sums))] * 0.0
                          for kind in (AS_IS, RESPONSE)})  # fmt: skip
    return table.fillna(0.0).rename_axis(["origin", "destination"]).reset_index()


def _moved(tables: Tables, item: str) -> pd.Series:
    parts = []
    for name, origin, destination in _MOVES:
        rows = tables[name]
        rows = rows[(rows["item"] == item) & rows["receipt"].notna()]
        ends = rows[[origin, destination]].set_axis(["origin", "destination"], axis=1)
        parts.append(ends.assign(quantity=rows["quantity"]))
    moved = pd.concat(parts)
    return moved[moved["origin"] != ""].groupby(["origin", "destination"])["quantity"].sum()


def at_place(case: Case, place: str) -> pd.DataFrame:
    """What a location does: columns item, does (sends, builds, uses, sells late), as-is, response.

    Units of each plan within the horizon; of what is sold, those not on time.
    """
    sums = {kind: _doings(tables, place) for kind, tables in case.plans.items()}
    table = pd.DataFrame({kind: sums.get(kind, next(iter(sums.values())) * 0.0)
                          for kind in (AS_IS, RESPONSE)})  # fmt: skip
    table = table.fillna(0.0).rename_axis(["item", "does"]).reset_index()
    return table[(table[AS_IS] > _TINY) | (table[RESPONSE] > _TINY)].reset_index(drop=True)


def _doings(tables: Tables, place: str) -> pd.Series:
    """Units by item and what the place does with it."""
    parts = {"sends": [_from(tables[name], origin, place) for name, origin, _ in _MOVES],
             "builds": [_from(tables["builds"], "location", place)],
             "uses": [_from(tables["inventory"], "location", place, "uses")],
             "sells late": [_missed(tables["service"], place)]}  # fmt: skip
    sums = {does: pd.concat(found).groupby(level=0).sum() for does, found in parts.items()}
    both: pd.Series = pd.concat(sums).swaplevel()
    return both


def _from(rows: pd.DataFrame, column: str, place: str, value: str = "quantity") -> pd.Series:
    chosen = rows[rows[column] == place]
    if "receipt" in chosen and column != "location":
        chosen = chosen[chosen["receipt"].notna()]
    sums: pd.Series = chosen.groupby("item")[value].sum()
    return sums


def _missed(service: pd.DataFrame, place: str) -> pd.Series:
    chosen = service[service["location"] == place]
    short = chosen.assign(missed=chosen["quantity"] - chosen["on_time"])
    sums: pd.Series = short.groupby("item")["missed"].sum()
    return sums


def relatives(case: Case, item: str) -> dict[str, list[str]]:
    """What ``item`` goes into (above) and what it is made from (below), for the way up and down."""
    bom = case.network.table("bom")
    above = bom.loc[bom["component"] == item, "item"]
    below = bom.loc[bom["item"] == item, "component"]
    return {"above": sorted(set(above)), "below": sorted(set(below))}
