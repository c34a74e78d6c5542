"""Scenarios: build a disruption, see what it does before solving, share it, run several at once."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look, progress
from app.pages.choice import chosen_dataset
from app.pages.visit import Visit
from app.service.data.datasets import DatasetView
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.identity.identity import Permission
from app.service.plans.effects import effect
from app.service.scenarios import (
    ScenarioView,
    change_scenario,
    copy_scenario,
    create_scenario,
    delete_scenario,
    scenarios,
)
from app.service.views import scenario_form as form
from app.service.views.choices import Choices, choices

Json = dict[str, Any]
_FEW = 2000  # names that a list offers; of more, the name is typed
_SAMPLES = 200


def page(visit: Visit) -> None:
    """Scenarios."""
    dataset = chosen_dataset(visit)
    st.title("Scenarios")
    with look.mended():
        known = scenarios(visit.service, visit.identity, dataset.id)
        _running(visit, dataset)
        _list(visit, dataset, known)
        if visit.may(Permission.SCENARIO_WRITE):
            _build(visit, dataset, known)
        with st.expander("What was started"):
            progress.job_table(visit, dataset.id)


# --- known scenarios -----------------------------------------------------------------------------


def _running(visit: Visit, dataset: DatasetView) -> None:
    """What is being worked out: found again after leaving the page."""
    for found in progress.open_jobs(visit, dataset.id, ("what_if", "shortages")):
        progress.follow(visit, found.id)


def _list(visit: Visit, dataset: DatasetView, known: list[ScenarioView]) -> None:
    """The scenarios, to be chosen and run side by side."""
    if not known:
        look.empty("No scenario yet", "Build one below: by form, or by clicking on the map.",
                   "bolt")  # fmt: skip
        return
    frame = pd.DataFrame({
        "name": [one.name for one in known], "what": [_told(one) for one in known],
        "shared": [one.shared for one in known], "by": [one.created_by for one in known],
        "changed": [f"{one.updated_at:%Y-%m-%d %H:%M} UTC" for one in known]})  # fmt: skip
    columns = {"name": "scenario", "what": st.column_config.TextColumn("what", width="large"),
               "shared": st.column_config.CheckboxColumn("shared"), "by": "by",
               "changed": "changed"}  # fmt: skip
    chosen = look.table(frame, columns, "scenario_list", on_select="rerun",
                        selection_mode="multi-row")  # fmt: skip
    marked = [known[row] for row in chosen.selection.rows]
    names = st.multiselect("Run side by side", [one.name for one in known],
                           [one.name for one in marked],
                           key=f"run_{'_'.join(one.id for one in marked)}")  # fmt: skip
    wanted = [one for one in known if one.name in names]
    with st.container(horizontal=True):
        if visit.may(Permission.RUN_START) and st.button(
            "Run", type="primary", disabled=not wanted, icon=":material/play_arrow:"
        ):
            _run(visit, dataset, wanted)
        if visit.may(Permission.RUN_START) and st.button(
                "How sure is it?", disabled=not wanted, icon=":material/casino:",
                help="Lives the as-is plan through sampled demand and lead times: the range of "
                "each stop, and its chance."):  # fmt: skip
            _simulate(visit, dataset, wanted)
    if visit.may(Permission.SCENARIO_WRITE) and len(wanted) == 1:
        _manage(visit, dataset, wanted[0])


def _told(scenario: ScenarioView) -> str:
    kinds = [form.TITLES[one["kind"]] for one in scenario.fields.get("disruptions", [])]
    return scenario.description or ", ".join(kinds) or "nothing happens"


def _run(visit: Visit, dataset: DatasetView, wanted: list[ScenarioView]) -> None:
    """A job each, so that they go side by side and each is there as soon as it is done."""
    for one in wanted:
        progress.start(visit, "what_if", dataset.id, {"scenarios": [one.id]})
    st.rerun()


def _simulate(visit: Visit, dataset: DatasetView, wanted: list[ScenarioView]) -> None:
    for one in wanted:
        progress.start(visit, "shortages", dataset.id, {"scenario": one.id, "samples": _SAMPLES})
    st.rerun()


def _manage(visit: Visit, dataset: DatasetView, one: ScenarioView) -> None:
    """Change, copy, share or delete one; whoever comes second is told."""
    service, identity = visit.service, visit.identity
    with st.container(horizontal=True):
        if one.is_own and st.button("Edit below", icon=":material/edit:", key="edit_scenario"):
            _put_draft(visit, dataset, {**form.from_yaml(one.content), "id": one.id,
                                        "revision": one.revision})  # fmt: skip
            st.rerun()
        if st.button("Copy", icon=":material/content_copy:", key="copy_scenario"):
            copy_scenario(service, identity, dataset.id, one.id, f"{one.name} copy")
            st.rerun()
        words = "Keep it to myself" if one.shared else "Share"
        if one.is_own and st.button(words, icon=":material/group:", key="share_scenario"):
            change_scenario(service, identity, dataset.id, one.id, shared=not one.shared,
                            if_match=one.revision)  # fmt: skip
            st.rerun()
        if not one.is_own:
            st.caption(f"It is {one.created_by}'s: copy it to change it.")
            return
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(f"Delete **{one.name}**? Plans made of it stay.")
            if st.button("Delete it", type="primary"):
                delete_scenario(service, identity, dataset.id, one.id, if_match=one.revision)
                st.rerun()


# --- building ------------------------------------------------------------------------------------


@st.cache_resource(max_entries=8, show_spinner="Reading the network")
def _choices(_visit: Visit, dataset_id: str, revision: int, scope: Any) -> Choices:
    return choices(_visit.service, _visit.identity, dataset_id)


def _draft_name(dataset: DatasetView) -> str:
    return f"scenario {dataset.id}"


def _put_draft(visit: Visit, dataset: DatasetView, content: Json) -> None:
    """Keep what is being built; the form is drawn anew from it."""
    keep_draft(visit.service, visit.identity, _draft_name(dataset), content)
    st.session_state["scenario_form"] = st.session_state.get("scenario_form", 0) + 1


def _build(visit: Visit, dataset: DatasetView, known: list[ScenarioView]) -> None:
    """A scenario by form or by map; what is begun stays, whatever happens."""
    st.subheader("Build a scenario")
    offered = _choices(visit, dataset.id, dataset.revision, visit.scope)
    there = draft(visit.service, visit.identity, _draft_name(dataset)) or {
        "name": "", "description": "", "disruptions": [], "responses": {}}  # fmt: skip
    version = st.session_state.get("scenario_form", 0)
    left, right = st.columns([3, 2], gap="large")
    with right:
        _map(visit, dataset, there, offered)
    with left:
        built = {**there, "name": st.text_input("Name", there["name"], key=f"name_{version}"),
                 "description": st.text_input("What happens, in a sentence", there["description"],
                                              key=f"words_{version}")}  # fmt: skip
        built["disruptions"] = _disruptions(visit, dataset, built, offered, version)
        built["responses"] = _responses(there["responses"], offered.currency, version)
        if built != there:
            keep_draft(visit.service, visit.identity, _draft_name(dataset), built)
        _effect(visit, dataset, built)
        _finish(visit, dataset, built)


def _disruptions(
    visit: Visit, dataset: DatasetView, built: Json, offered: Choices, version: int
) -> list[Json]:
    """Every disruption with its fields."""
    found = []
    for number, one in enumerate(built["disruptions"]):
        with st.container(border=True):
            top, away = st.columns([6, 1], vertical_alignment="center")
            top.markdown(f"**{form.TITLES[one['kind']]}**")
            if away.button("Remove", key=f"remove_{version}_{number}"):
                rest = [other for other in built["disruptions"] if other is not one]
                _put_draft(visit, dataset, {**built, "disruptions": rest})
                st.rerun()
            found.append(_fields(one, offered, f"{version}_{number}"))
    add, button = st.columns([4, 1], vertical_alignment="bottom")
    kind = add.selectbox("Add a disruption", list(form.TITLES), key=f"add_{version}",
                         format_func=form.TITLES.__getitem__)  # fmt: skip
    if button.button("Add", key=f"add_it_{version}"):
        fresh = {"kind": kind, "start": next(iter(offered.periods), "")}
        _put_draft(visit, dataset, {**built, "disruptions": [*found, fresh]})
        st.rerun()
    return found


def _fields(one: Json, offered: Choices, key: str) -> Json:
    """The fields of a disruption, three in a row."""
    values: Json = {"kind": one["kind"]}
    columns = st.columns(3)
    for number, field in enumerate(form.fields(one["kind"])):
        place = columns[number % 3]
        value = _field(place, field, one.get(field.name), offered, f"{key}_{field.name}")
        if value not in ("", None):
            values[field.name] = value
    return values


def _field(place: Any, field: form.Field, value: Any, offered: Choices, key: str) -> Any:
    """One field of a form."""
    words = field.name.replace("_", " ")
    if field.type == "period":
        starts = list(offered.periods)
        return place.selectbox(words, starts, starts.index(value) if value in starts else 0,
                               format_func=offered.periods.__getitem__, key=key)  # fmt: skip
    if field.type == "share":
        given = None if value is None and not field.required else float(value or 0.0)
        share = place.number_input(
            f"{words} that remains, %",
            0.0,
            100.0,
            None if given is None else given * 100.0,
            5.0,
            key=key,
        )
        return None if share is None else share / 100.0
    if field.type == "whole":
        return place.number_input(words, 0, 10_000, None if value is None else int(value), key=key)
    if field.type == "number":
        return place.number_input(words, 0.0, None, None if value is None else float(value),
                                  0.05, key=key)  # fmt: skip
    if field.type == "flag":
        return place.checkbox(words, True if value is None else bool(value), key=key)
    names = offered.names.get(field.name, [])
    if len(names) > _FEW:
        return place.text_input(words, value or "", key=key).strip()
    offers = ["", *names] if value in ("", None, *names) else ["", value, *names]
    return place.selectbox(words, offers, offers.index(value or ""), key=key,
                           format_func=lambda text: text or "(any)")  # fmt: skip


def _responses(given: Json, currency: str, version: int) -> Json:
    """What the response may do, and its budget."""
    with st.expander("What the response may do"):
        found: Json = {}
        columns = st.columns(2)
        for number, (name, words) in enumerate(form.RESPONSES.items()):
            found[name] = columns[number % 2].checkbox(words, bool(given.get(name, True)),
                                                       key=f"may_{name}_{version}")  # fmt: skip
        budget = st.number_input(
            f"Most premium, {currency} (blank: no limit)",
            0.0,
            None,
            given.get("budget"),
            50_000.0,
            key=f"budget_{version}",
        )
        if budget is not None:
            found["budget"] = float(budget)
    return {**{name: value for name, value in given.items() if name == "plant_spread"}, **found}


def _map(visit: Visit, dataset: DatasetView, there: Json, offered: Choices) -> None:
    """Click what is hit: a location, or the way between two."""
    if offered.places.empty:
        st.caption("The locations of this dataset have no coordinates: use the form.")
        return
    st.caption("Click a location or the middle of a way to add what happens there. Region: choose "
               "it below.")  # fmt: skip
    figure = charts.network(offered.places, offered.ways, look.is_dark())
    chosen = charts.draw(figure, f"map_{st.session_state.get('scenario_form', 0)}",
                         "Map of locations and ways. The same can be chosen in the form.",
                         on_select="rerun", selection_mode="points")  # fmt: skip
    start = next(iter(offered.periods), "")
    for point in chosen.selection.points if chosen else []:
        told = point.get("customdata") or []
        fresh = _hit(offered, list(told), start)
        if fresh:
            _put_draft(visit, dataset, {**there, "disruptions": [*there["disruptions"], fresh]})
            st.rerun()
    regions = offered.names.get("region", [])
    region = st.selectbox("Region", ["", *regions], key=f"region_{len(there['disruptions'])}",
                          format_func=lambda text: text or "(none)")  # fmt: skip
    if region:
        fresh = {"kind": "region_outage", "region": region, "share": 0.0, "start": start}
        _put_draft(visit, dataset, {**there, "disruptions": [*there["disruptions"], fresh]})
        st.rerun()


def _hit(offered: Choices, told: list[Any], start: str) -> Json | None:
    """The disruption that a click means."""
    if len(told) == 2:
        return {"kind": "lane_closure", "origin": told[0], "destination": told[1], "share": 0.0,
                "start": start}  # fmt: skip
    if len(told) == 1:
        return {**form.suggested(str(told[0]), offered.places), "start": start}
    return None


def _effect(visit: Visit, dataset: DatasetView, built: Json) -> None:
    """What it does to capacity, before anything is solved."""
    if not built["disruptions"]:
        return
    content = form.to_yaml({**_content(built), "name": built["name"] or "draft"})
    found = effect(visit.service, visit.identity, dataset.id, content)
    st.markdown("**What it does, before anything is solved**")
    for sentence in found.changes:
        st.markdown(f"- {sentence}")
    if len(found.rows):
        with st.expander(f"{len(found.rows):,} values change"):
            look.paged(found.rows, look.all_columns(found.rows), "effect")


def _content(built: Json) -> Json:
    return {name: built[name] for name in ("name", "description", "disruptions", "responses")}


def _finish(visit: Visit, dataset: DatasetView, built: Json) -> None:
    """Save it, as a new scenario or over the one it was made from."""
    service, identity = visit.service, visit.identity
    with st.container(horizontal=True):
        if st.button("Save", type="primary", icon=":material/save:", key="save_scenario"):
            content = form.to_yaml(_content(built))
            if built.get("id"):
                change_scenario(service, identity, dataset.id, built["id"], content=content,
                                if_match=built["revision"])  # fmt: skip
            else:
                create_scenario(service, identity, dataset.id, content)
            _forget(visit, dataset)
            look.tell(f"Saved: {built['name']}.")
            st.rerun()
        if st.button("Discard", icon=":material/undo:", key="discard_scenario"):
            _forget(visit, dataset)
            st.rerun()


def _forget(visit: Visit, dataset: DatasetView) -> None:
    discard_draft(visit.service, visit.identity, _draft_name(dataset))
    st.session_state["scenario_form"] = st.session_state.get("scenario_form", 0) + 1
