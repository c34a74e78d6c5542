"""The network around an item: a graph and a map whose boxes and dots lead on by a click."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look
from app.pages.exports import exports, plan_link
from app.pages.graph import graph
from app.pages.visit import Visit
from app.service.views.kept import StoredCase, read_network, read_place
from app.service.views.network import drawing

Json = dict[str, Any]
_MOST = 12  # items that a row of buttons offers
_MAP = "board_map"


def network(visit: Visit, board: Json, case: StoredCase) -> None:
    """Drill down from a product to its chip and back, on a graph and a map."""
    st.subheader("The network around it")
    item = _item(board)
    if not item:
        st.caption("Nothing runs short.")
        return
    bottleneck = board["bottleneck"] or {}
    near = bottleneck if item == bottleneck.get("item") else network_of(
        visit, case, case.run_id, case.scenario, visit.scope, item)  # fmt: skip
    _ways(item, near["relatives"])
    _pages(item, case)
    lit = str(bottleneck.get("place", "")) if item == bottleneck.get("item") else ""
    flat, world = st.tabs(["Graph", "Map"])
    with flat:
        st.caption("Click a box: an item opens its own graph, a place what it does.")
        graph(drawing(near["graph"], look.is_dark()), lit, f"graph_{item}", _go)
    with world:
        _map(visit, case, item, near)
    if place := st.query_params.get("place", ""):
        _place(visit, board, case, place)


def _item(board: Json) -> str:
    """The item that the network is shown of: of the address, else what stops most."""
    bottleneck = board["bottleneck"]
    products = [row["item"] for row in board["products"]]
    choices = list(dict.fromkeys([*([bottleneck["item"]] if bottleneck else []), *products]))
    wanted = st.query_params.get("item", "")
    if wanted and wanted not in choices:
        choices.insert(0, wanted)
    if not choices:
        return ""
    place = choices.index(wanted) if wanted in choices else 0
    item = str(st.selectbox("Item", choices, place, key=f"network_item_{wanted}"))
    st.query_params["item"] = item
    return item


@st.cache_resource(max_entries=64, show_spinner="Reading the network")
def network_of(
    _visit: Visit, _case: StoredCase, run_id: str, scenario: str, scope: Any, item: str
) -> Json:
    """The network around an item of a case."""
    return read_network(_visit.service, _visit.identity, _case, item)


@st.cache_resource(max_entries=64, show_spinner="Reading the place")
def place_of(
    _visit: Visit, _case: StoredCase, run_id: str, scenario: str, scope: Any, place: str
) -> Json:
    """What a location does in a case."""
    return read_place(_visit.service, _visit.identity, _case, place)


def _pages(item: str, case: StoredCase) -> None:
    """Links to what other pages say of the item."""
    about = {"dataset": st.query_params.get("dataset", ""), "run": case.run_id,
             "scenario": case.scenario}  # fmt: skip
    with st.container(horizontal=True):
        look.way("plan", "Its stock", part="Inventory", items=item, **about)
        look.way("plan", "Its orders", part="Orders", items=item, **about)
        look.way("actions", "What to do about it", **{"with": item}, **about)
        look.way("explain", "Why?", item=item, **about)
        look.way("explain", "Which supply serves it?", question="Which supply serves it?",
                 item=item, **about)  # fmt: skip


def _ways(item: str, relatives: Json) -> None:
    """Buttons up and down the bill of materials."""
    for words, names in (("goes into", relatives["above"]), ("is made from", relatives["below"])):
        if names:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"{item} {words}", width="content")
                _offers(words, names)


def _offers(words: str, names: list[str]) -> None:
    """Items as buttons, the first ones."""
    for name in names[:_MOST]:
        st.button(name, key=f"way_{words}_{name}", type="tertiary", on_click=_go,
                  args=("item", name), width="content")  # fmt: skip
    if len(names) > _MOST:
        st.caption(f"and {len(names) - _MOST:,} more", width="content")


def _go(kind: str, name: str) -> None:
    """Look at an item, or at a place beside the item."""
    st.query_params[kind] = name
    if kind == "item":
        st.query_params.pop("place", None)


def _map(visit: Visit, case: StoredCase, item: str, near: Json) -> None:
    """Where the item comes from and goes to; a dot opens what the place does."""
    places, routes = pd.DataFrame(near["places"]), pd.DataFrame(near["routes"])
    if places.empty:
        st.caption("The locations of this dataset have no coordinates.")
        return
    st.caption("Click a dot: what the place does opens below.")
    key = (case.run_id, case.scenario, visit.scope, look.is_dark(), "map", item)
    make = partial(charts.world, places, routes, look.is_dark())
    charts.draw(charts.kept(key, make), _MAP,
                f"Map of where {item} comes from and goes to. The routes are in the table of the "
                "export.", on_select=_picked, selection_mode="points")  # fmt: skip
    exports(routes, f"routes of {item}",
            plan_link(visit, list(case.plans.values())[-1], "orders"))  # fmt: skip


def _picked() -> None:
    """Take the dot that was clicked into the address."""
    points = st.session_state[_MAP].selection.points
    if points and points[0].get("customdata"):
        _go("place", str(points[0]["customdata"][0]))


def _place(visit: Visit, board: Json, case: StoredCase, place: str) -> None:
    """What a place sends, builds and uses, scarce items first, each a click away."""
    found = place_of(visit, case, case.run_id, case.scenario, visit.scope, place)
    about = ", ".join(part for part in (found["kind"], found["company"], found["country"]) if part)
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown(f"**{place}** ({about})")
        right.button("Close", key="close_place", type="tertiary", on_click=_close)
        frame = _ranked(pd.DataFrame(found["items"]), board)
        if frame.empty:
            st.caption("Nothing moves here in this plan.")
            return
        _scarce(frame)
        columns = {"item": "item", "does": "does", "as-is": look.number_column("units as-is"),
                   "response": look.number_column("units, response"),
                   "money": look.money_column("revenue at risk", board["currency"])}  # fmt: skip
        look.table(frame, columns, f"place_{place}", height=look.height(len(frame), 300))
        exports(frame, f"items at {place}")


def _close() -> None:
    st.query_params.pop("place", None)


def _ranked(frame: pd.DataFrame, board: Json) -> pd.DataFrame:
    """The items of a place with the revenue that waits for them, most first."""
    if frame.empty:
        return frame
    waits = {row["item"]: row["at_risk"] for row in [*board["products"], *board["items"]]}
    frame = frame.assign(money=frame["item"].map(waits).astype(float) / 1000.0)
    order = ["money", "as-is"]
    return frame.sort_values(order, ascending=False, na_position="last", ignore_index=True)


def _scarce(frame: pd.DataFrame) -> None:
    """The items of a place that something waits for, as buttons."""
    names = list(dict.fromkeys(frame.loc[frame["money"].notna(), "item"]))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Scarce here:" if names else "Its items:", width="content")
        _offers("here", names or list(dict.fromkeys(frame["item"])))
