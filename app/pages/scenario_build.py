"""Building a scenario: clicked on the map or filled in a form; its effect before anything is
solved."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look
from app.pages.exports import exports
from app.pages.visit import Visit
from app.service import InputError
from app.service.data.datasets import DatasetView
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.plans.effects import Effect, effect
from app.service.scenarios import change_scenario, create_scenario
from app.service.views import scenario_form as form
from app.service.views.choices import Choices, choices

Json = dict[str, Any]
_FEW = 2000  # names that a list offers; of more, the name is typed
_FIELDS = 4  # in a row
_SYMBOLS = {"supplier": "circle", "plant": "square", "warehouse": "triangle-up", "market": "star"}
_WHOLE = "the whole network"
_TALL, _MARGIN = 430, 4.0  # pixels of the map; degrees around a region


@st.cache_resource(max_entries=8, show_spinner="Reading the network")
def _choices(_visit: Visit, dataset_id: str, revision: int, scope: Any) -> Choices:
    return choices(_visit.service, _visit.identity, dataset_id)


def _draft_name(dataset: DatasetView) -> str:
    return f"scenario {dataset.id}"


def put_draft(visit: Visit, dataset: DatasetView, content: Json) -> None:
    """Keep what is being built; the form is drawn anew from it."""
    keep_draft(visit.service, visit.identity, _draft_name(dataset), content)
    st.session_state["scenario_form"] = st.session_state.get("scenario_form", 0) + 1


def _forget(visit: Visit, dataset: DatasetView) -> None:
    discard_draft(visit.service, visit.identity, _draft_name(dataset))
    st.session_state["scenario_form"] = st.session_state.get("scenario_form", 0) + 1


def build(visit: Visit, dataset: DatasetView) -> None:
    """A scenario by map or by form; what is begun stays, whatever happens."""
    offered = _choices(visit, dataset.id, dataset.revision, visit.scope)
    there = draft(visit.service, visit.identity, _draft_name(dataset)) or {
        "name": "", "description": "", "disruptions": [], "responses": {}}  # fmt: skip
    st.subheader(f"Change {there['name']}" if there.get("id") else "Build a scenario")
    version = st.session_state.get("scenario_form", 0)
    left, right = st.columns([1, 2])
    built = {**there, "name": left.text_input("Name", there["name"], key=f"name_{version}"),
             "description": right.text_input("What happens, in a sentence", there["description"],
                                             key=f"words_{version}")}  # fmt: skip
    _add(visit, dataset, built, offered, version)
    built["disruptions"] = _disruptions(visit, dataset, built, offered, version)
    built["responses"] = _responses(there["responses"], offered.currency, version)
    if built != there:
        keep_draft(visit.service, visit.identity, _draft_name(dataset), built)
    _effect(visit, dataset, built)
    _finish(visit, dataset, built)


# --- what happens --------------------------------------------------------------------------------


def _add(visit: Visit, dataset: DatasetView, built: Json, offered: Choices, version: int) -> None:
    """A click on the map, or a choice below it, puts what happens there into the form."""
    fresh = None
    if not offered.places.empty:
        with st.expander("Map", expanded=True, icon=":material/map:"):
            fresh = _clicked(offered, version)
    fresh = fresh or _listed(offered, version)
    if fresh:
        fresh["start"] = next(iter(offered.periods), "")
        put_draft(visit, dataset, {**built, "disruptions": [*built["disruptions"], fresh]})
        st.rerun()


def _clicked(offered: Choices, version: int) -> Json | None:
    """The disruption that a click on the map means."""
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    regions = [_WHOLE, *offered.names.get("region", [])]
    region = left.selectbox("Look at", regions, key="map_region")
    right.caption("Click a supplier, plant, warehouse or market, or the diamond at the middle of "
                  "a lane: what happens there is put into the form below.")  # fmt: skip
    figure = charts.network(offered.places, offered.ways, look.is_dark())
    figure.update_layout(height=_TALL)
    for kind, symbol in _SYMBOLS.items():  # told apart by more than their colour
        figure.update_traces(marker_symbol=symbol, selector={"name": kind})
    if region != _WHOLE:
        _zoom(figure, offered.places[offered.places["region"] == region])
    chosen = charts.draw(figure, f"map_{version}_{region}",
                         "Map of locations and lanes. The same can be chosen in the lists below.",
                         on_select="rerun", selection_mode="points")  # fmt: skip
    for point in chosen.selection.points if chosen else []:
        if fresh := _hit(offered, list(point.get("customdata") or [])):
            return fresh
    return None


def _zoom(figure: Any, places: pd.DataFrame) -> None:
    """Let the map show these places only."""
    across, up = places["longitude"], places["latitude"]
    figure.update_xaxes(range=[across.min() - _MARGIN, across.max() + _MARGIN])
    figure.update_yaxes(range=[up.min() - _MARGIN, up.max() + _MARGIN])


def _hit(offered: Choices, told: list[Any]) -> Json | None:
    if len(told) == 2:
        return {"kind": "lane_closure", "origin": told[0], "destination": told[1], "share": 0.0}
    if len(told) == 1:
        return form.suggested(str(told[0]), offered.places)
    return None


def _listed(offered: Choices, version: int) -> Json | None:
    """The same without a mouse: a kind of disruption, a place, a lane or a region."""
    st.markdown("**Add what happens**")
    kinds, places, lanes, regions = st.columns(4)
    kind = kinds.selectbox("of a kind", list(form.TITLES), None, key=f"add_kind_{version}",
                           format_func=form.TITLES.__getitem__, placeholder="choose")  # fmt: skip
    place = places.selectbox("at a location", list(offered.places["location"]), None,
                             key=f"add_place_{version}", placeholder="choose")  # fmt: skip
    ends = list(offered.ways[["origin", "destination"]].itertuples(index=False, name=None))
    lane = lanes.selectbox("on a lane", ends, None, key=f"add_lane_{version}",
                           format_func=" to ".join, placeholder="choose")  # fmt: skip
    region = regions.selectbox("in a region", offered.names.get("region", []), None,
                               key=f"add_region_{version}", placeholder="choose")  # fmt: skip
    if kind:
        return {"kind": kind}
    if region:
        return {"kind": "region_outage", "region": region, "share": 0.0}
    return _hit(offered, [place] if place else list(lane or []))


def _disruptions(
    visit: Visit, dataset: DatasetView, built: Json, offered: Choices, version: int
) -> list[Json]:
    """Every disruption with its fields."""
    found = []
    for number, one in enumerate(built["disruptions"]):
        with st.container(border=True):
            top, away = st.columns([7, 1], vertical_alignment="center")
            top.markdown(f"**{number + 1}. {form.TITLES[one['kind']]}**")
            if away.button("Remove", key=f"remove_{version}_{number}", icon=":material/close:"):
                rest = [other for other in built["disruptions"] if other is not one]
                put_draft(visit, dataset, {**built, "disruptions": rest})
                st.rerun()
            found.append(_fields(one, offered, f"{version}_{number}"))
    if not found:
        st.caption("Nothing happens yet: a scenario without disruptions is the calm plan.")
    return found


def _fields(one: Json, offered: Choices, key: str) -> Json:
    """The fields of a disruption, some in a row."""
    values: Json = {"kind": one["kind"]}
    for number, field in enumerate(form.fields(one["kind"])):
        if number % _FIELDS == 0:
            columns = st.columns(_FIELDS, vertical_alignment="bottom")
        place = columns[number % _FIELDS]
        value = _field(place, field, one.get(field.name), offered, f"{key}_{field.name}")
        if value not in ("", None):
            values[field.name] = value
    return values


def _field(place: Any, field: form.Field, value: Any, offered: Choices, key: str) -> Any:
    """One field of a form."""
    words = form.words(field, offered.bucket)
    if field.type == "period":
        starts = list(offered.periods)
        return place.selectbox(words, starts, starts.index(value) if value in starts else 0,
                               format_func=offered.periods.__getitem__, key=key)  # fmt: skip
    if field.type == "share":
        return _share(place, field, value, words, key)
    if field.type == "whole":
        return place.number_input(words, 0, 10_000, None if value is None else int(value), key=key)
    if field.type == "number":
        return place.number_input(words, 0.0, None, None if value is None else float(value),
                                  0.05, key=key)  # fmt: skip
    if field.type == "flag":
        return place.checkbox(words, True if value is None else bool(value), key=key)
    return _named(place, field, value, offered, words, key)


def _share(place: Any, field: form.Field, value: Any, words: str, key: str) -> float | None:
    """A share, as people say it: in percent."""
    given = None if value is None and not field.required else float(value or 0.0) * 100.0
    share = place.number_input(words, 0.0, 100.0, given, 5.0, key=key, format="%.0f")
    return None if share is None else share / 100.0


def _named(
    place: Any, field: form.Field, value: Any, offered: Choices, words: str, key: str
) -> str:
    """A name of the dataset: out of a list, or typed where there are very many."""
    names = offered.names.get(field.name, [])
    if len(names) > _FEW:
        return str(place.text_input(words, value or "", key=key)).strip()
    offers = ["", *names] if value in ("", None, *names) else ["", value, *names]
    blank = "(choose)" if field.required else "(any)"
    return str(place.selectbox(words, offers, offers.index(value or ""), key=key,
                               format_func=lambda text: text or blank))  # fmt: skip


def _responses(given: Json, currency: str, version: int) -> Json:
    """What the response may do, and its budget."""
    with st.expander("What the response may do", icon=":material/tune:"):
        found: Json = {}
        columns = st.columns(2)
        for number, (name, words) in enumerate(form.RESPONSES.items()):
            found[name] = columns[number % 2].checkbox(words, bool(given.get(name, True)),
                                                       key=f"may_{name}_{version}")  # fmt: skip
        budget = st.number_input(f"Most premium, {currency} (blank: no limit)", 0.0, None,
                                 given.get("budget"), 50_000.0, key=f"budget_{version}",
                                 format="%.0f")  # fmt: skip
        if budget is not None:
            found["budget"] = float(budget)
    return {**{name: value for name, value in given.items() if name == "plant_spread"}, **found}


# --- what it does --------------------------------------------------------------------------------


def _effect(visit: Visit, dataset: DatasetView, built: Json) -> None:
    """What it does to capacity, before anything is solved; or what is missing for that."""
    if not built["disruptions"]:
        return
    try:
        content = form.to_yaml({**_content(built), "name": built["name"] or "draft"})
        found = effect(visit.service, visit.identity, dataset.id, content)
    except InputError as error:
        told = [f"- {problem.column or problem.table}: {problem.message}; {problem.remedy}"
                for problem in error.problems]  # fmt: skip
        st.info("\n".join(["Not whole yet:", *told]), icon=":material/edit:")
        return
    with st.container(border=True):
        st.markdown("**What it does, before anything is solved**")
        _show_effect(found)


def _show_effect(found: Effect) -> None:
    for sentence in found.changes:
        st.markdown(f"- {sentence}")
    if found.rows.empty:
        st.markdown(":material/info: It changes no value of this dataset.")
        return
    summary = form.effect_summary(found.rows)
    number = look.number_column
    look.paged(summary, {"measure": "what changes", "owner": "of", "from": "from", "to": "to",
                         "periods": number("periods"), "before": number("before"),
                         "worst": number("at its worst")}, "effect")  # fmt: skip
    st.caption(f"{look.NOTHING} is no limit. Nothing of this is planned yet.")
    exports(found.rows, "effect of the scenario")


def _content(built: Json) -> Json:
    return {name: built[name] for name in ("name", "description", "disruptions", "responses")}


def _finish(visit: Visit, dataset: DatasetView, built: Json) -> None:
    """Save it, as a new scenario or over the one it was made from."""
    with st.container(horizontal=True):
        if st.button("Save", type="primary", icon=":material/save:", key="save_scenario"):
            _save(visit, dataset, built)
        if st.button("Discard", icon=":material/undo:", key="discard_scenario"):
            _forget(visit, dataset)
            st.rerun()
        st.caption("What is begun is kept as a draft, over a refresh and over the day.")


def _save(visit: Visit, dataset: DatasetView, built: Json) -> None:
    service, identity = visit.service, visit.identity
    with look.mended():
        content = form.to_yaml(_content(built))
        if built.get("id"):
            change_scenario(service, identity, dataset.id, built["id"], content=content,
                            if_match=built["revision"])  # fmt: skip
        else:
            create_scenario(service, identity, dataset.id, content)
        _forget(visit, dataset)
        look.tell(f"Saved: {built['name']}. Choose it above and run it.")
        st.rerun()
