"""Scenarios: choose and run several at once, copy, share and delete them, build another one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look, progress
from app.pages.choice import chosen_dataset
from app.pages.exports import exports
from app.pages.scenario_build import build, put_draft
from app.pages.visit import Visit
from app.service.data.datasets import DatasetView
from app.service.forecasts.overrides import overrides
from app.service.identity.identity import Permission
from app.service.scenarios import (
    ScenarioView,
    change_scenario,
    copy_scenario,
    delete_scenario,
    scenarios,
)
from app.service.views import scenario_form as form
from app.service.views.kept import cases

Json = dict[str, Any]
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
            build(visit, dataset)
        with st.expander("What was started", icon=":material/history:"):
            progress.job_table(visit, dataset.id)


def _running(visit: Visit, dataset: DatasetView) -> None:
    """What is being worked out: found again after leaving the page."""
    found = progress.open_jobs(visit, dataset.id, ("what_if", "shortages"))[::-1]
    columns = st.columns(2) if len(found) > 1 else [st.container()]
    for number, one in enumerate(found):
        with columns[number % len(columns)]:
            progress.follow(visit, one.id)


def _list(visit: Visit, dataset: DatasetView, known: list[ScenarioView]) -> None:
    """The scenarios, to be chosen and run side by side."""
    if not known:
        look.empty("No scenario yet", "Build one below: by form, or by clicking on the map.",
                   "bolt")  # fmt: skip
        return
    planned = _planned(visit, dataset)
    frame = pd.DataFrame({
        "name": [one.name for one in known], "what": [_told(one) for one in known],
        "planned": [planned.get(one.name, look.NOTHING) for one in known],
        "shared": [one.shared for one in known], "by": [one.created_by for one in known],
        "changed": [f"{one.updated_at:%Y-%m-%d %H:%M}" for one in known]})  # fmt: skip
    columns = {"name": "scenario", "what": st.column_config.TextColumn("what", width="large"),
               "planned": "last planned, UTC",
               "shared": st.column_config.CheckboxColumn("shared", width="small"),
               "by": "by", "changed": "changed, UTC"}  # fmt: skip
    chosen = look.table(frame, columns, "scenario_list", on_select="rerun",
                        selection_mode="multi-row")  # fmt: skip
    exports(frame, "scenarios")
    marked = [known[row] for row in chosen.selection.rows]
    names = st.multiselect("Run side by side", [one.name for one in known],
                           [one.name for one in marked], placeholder="choose one or several",
                           key=f"run_{'_'.join(one.id for one in marked)}")  # fmt: skip
    wanted = [one for one in known if one.name in names]
    if visit.may(Permission.RUN_START):
        _start(visit, dataset, wanted)
    if visit.may(Permission.SCENARIO_WRITE) and len(wanted) == 1:
        _manage(visit, dataset, wanted[0])


def _planned(visit: Visit, dataset: DatasetView) -> dict[str, str]:
    """When each scenario was planned last."""
    if not visit.may(Permission.RUN_READ):
        return {}
    found = reversed(cases(visit.service, visit.identity, dataset.id))
    return {case.scenario: f"{case.created_at:%Y-%m-%d %H:%M}" for case in found}


def _told(scenario: ScenarioView) -> str:
    kinds = [form.TITLES[one["kind"]] for one in scenario.fields.get("disruptions", [])]
    return scenario.description or ", ".join(kinds) or "nothing happens"


def _start(visit: Visit, dataset: DatasetView, wanted: list[ScenarioView]) -> None:
    """A job each, so that they go side by side and each is there as soon as it is done."""
    said = len(overrides(visit.service, visit.identity, dataset.id))
    by_planner = not said or st.checkbox(
        f"Go by the planners' overrides of the forecast ({said:,})", True,
        help="Off: the statistical forecast alone, to compare with.")  # fmt: skip
    with st.container(horizontal=True):
        if st.button("Run", type="primary", disabled=not wanted, icon=":material/play_arrow:"):
            for one in wanted:
                progress.start(visit, "what_if", dataset.id,
                               {"scenarios": [one.id], "overrides": by_planner})  # fmt: skip
            st.rerun()
        if st.button("How sure is it?", disabled=not wanted, icon=":material/casino:",
                     help="Lives the as-is plan through sampled demand and lead times: the range "
                     "of each stop, and its chance."):  # fmt: skip
            for one in wanted:
                progress.start(visit, "shortages", dataset.id, {
                    "scenario": one.id, "samples": _SAMPLES, "overrides": by_planner})  # fmt: skip
            st.rerun()


def _manage(visit: Visit, dataset: DatasetView, one: ScenarioView) -> None:
    """Change, copy, share or delete one; whoever comes second is told."""
    service, identity = visit.service, visit.identity
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if one.is_own and st.button("Edit below", icon=":material/edit:", key="edit_scenario"):
            put_draft(visit, dataset, {**form.from_yaml(one.content), "id": one.id,
                                       "revision": one.revision})  # fmt: skip
            st.rerun()
        with st.popover("Copy", icon=":material/content_copy:"):
            _copy(visit, dataset, one)
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
                look.tell(f"Deleted: {one.name}.")
                st.rerun()


def _copy(visit: Visit, dataset: DatasetView, one: ScenarioView) -> None:
    """A copy of one's own, under another name, put into the form."""
    name = st.text_input("Name of the copy", f"{one.name} copy", key=f"copy_name_{one.id}")
    if st.button("Copy it", type="primary", key="copy_scenario"):
        with look.mended():
            made = copy_scenario(visit.service, visit.identity, dataset.id, one.id, name)
            put_draft(visit, dataset, {**form.from_yaml(made.content), "id": made.id,
                                       "revision": made.revision})  # fmt: skip
            look.tell(f"Copied: {made.name}. It is in the form below.")
            st.rerun()
