"""Long work on a page: started, followed, left and found again; nothing waits for it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.visit import Visit
from app.service.identity.identity import Permission
from app.service.jobs import JobView, cancel, job, jobs, log, submit

Json = dict[str, Any]
_EVERY = 1.5  # seconds between looks at a job
NAMES = {"what_if": "Plans", "shortages": "How sure is it?", "explain": "Reasons",
         "compare": "Comparison", "forecast_demand": "Demand forecast",
         "forecast_lead_time": "Lead-time forecast", "backtest": "Accuracy of forecasts",
         "simulate": "Simulation", "buffers": "Safety stock", "plan": "Plan",
         "robust_plan": "Robust plan", "reproduce": "Reproduction"}  # fmt: skip
_STATES = {"queued": ":material/schedule: waiting", "running": ":material/sync: running",
           "succeeded": ":material/check_circle: done", "failed": ":material/error: failed",
           "cancelled": ":material/cancel: called off"}  # fmt: skip


def start(visit: Visit, kind: str, dataset_id: str | None, parameters: Json) -> str | None:
    """Start a job; its id, or None where it was refused (which is said)."""
    with look.mended():
        return submit(visit.service, visit.identity, kind, dataset_id, parameters).id
    return None


def open_jobs(visit: Visit, dataset_id: str, kinds: tuple[str, ...] = ()) -> list[JobView]:
    """Jobs of a dataset that are not finished, the last one first."""
    found = jobs(visit.service, visit.identity, dataset_id=dataset_id, limit=50)
    return [one for one in found if not one.is_finished and (not kinds or one.kind in kinds)]


def follow(visit: Visit, job_id: str) -> JobView:
    """Show a job; while it is not finished its part of the page is looked at again and again."""
    found = job(visit.service, visit.identity, job_id)
    if not found.is_finished:
        _watched(visit, job_id)
    return found


@st.fragment(run_every=_EVERY)
def _watched(visit: Visit, job_id: str) -> None:
    """A job that goes on; when it has ended the whole page is drawn anew."""
    found = job(visit.service, visit.identity, job_id)
    if found.is_finished:
        st.rerun()
    with st.container(border=True):
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.markdown(f"**{NAMES.get(found.kind, found.kind)}** {_STATES[found.state]}. "
                      f"{found.stage}")  # fmt: skip
        if visit.may(Permission.RUN_START):
            right.button("Call off", key=f"cancel_{job_id}", on_click=_cancel,
                         args=(visit, job_id), disabled=found.cancel_requested)  # fmt: skip
        lines = log(visit.service, visit.identity, job_id)
        if lines:
            st.caption("  \n".join(line.text for line in lines[-3:]))
        st.caption("You can leave this page: the work goes on, and you find it here again.")


def _cancel(visit: Visit, job_id: str) -> None:
    with look.mended():
        cancel(visit.service, visit.identity, job_id)


def ended_badly(found: JobView) -> bool:
    """Say why a job brought nothing, if it did not."""
    if found.state == "failed":
        st.error(f"{NAMES.get(found.kind, found.kind)}: "
                 f"{found.error.get('message', 'it failed')}", icon=":material/error:")  # fmt: skip
    if found.state == "cancelled":
        st.info("It was called off; nothing was changed.", icon=":material/cancel:")
    return found.state in ("failed", "cancelled")


def job_table(visit: Visit, dataset_id: str) -> None:
    """The last jobs of a dataset."""
    found = jobs(visit.service, visit.identity, dataset_id=dataset_id, limit=20)
    if not found:
        st.caption("Nothing was started yet.")
        return
    frame = pd.DataFrame({
        "what": [NAMES.get(one.kind, one.kind) for one in found],
        "state": [one.state for one in found], "stage": [one.stage for one in found],
        "by": [one.created_by for one in found],
        "started": [f"{one.created_at:%Y-%m-%d %H:%M} UTC" for one in found],
        "seconds": [None if one.started_at is None or one.finished_at is None
                    else (one.finished_at - one.started_at).total_seconds() for one in found],
    })  # fmt: skip
    look.table(frame, look.all_columns(frame), "jobs")
