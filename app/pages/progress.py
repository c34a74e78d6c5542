"""Long work on a page: started, followed, left and found again; nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.choice import chosen_dataset, remembered
from app.pages.visit import Visit
from app.service.data.datasets import datasets
from app.service.identity.identity import Permission
from app.service.jobs import JobView, cancel, job, jobs, log, submit
from app.service.views.answers import last_job
from app.service.views.kept import cases
from app.service.views.work import NAMES, Work, work, work_of

Json = dict[str, Any]
_EVERY = 1.5  # seconds between looks at a job
_PLANNING = ("what_if", "plan")  # kinds of jobs that the board is made of
_LISTED, _TABLED = 6, 50  # jobs in the list beside every page, and in a table of them
_ICONS = {"queued": ":material/schedule:", "running": ":material/sync:",
          "succeeded": ":material/check_circle:", "failed": ":material/error:",
          "cancelled": ":material/cancel:"}  # fmt: skip
_WORDS = {"queued": "waits for its turn", "running": "running", "succeeded": "done",
          "failed": "failed", "cancelled": "called off"}  # fmt: skip


def start(visit: Visit, kind: str, dataset_id: str | None, parameters: Json) -> str | None:
    """Start a job; its id, or None where it was refused (which is said)."""
    with look.mended():
        return submit(visit.service, visit.identity, kind, dataset_id, parameters).id
    return None


def open_jobs(visit: Visit, dataset_id: str, kinds: tuple[str, ...] = ()) -> list[JobView]:
    """Jobs of a dataset that are not finished, the last one first."""
    found = jobs(visit.service, visit.identity, dataset_id=dataset_id, limit=_TABLED)
    return [one for one in found if not one.is_finished and (not kinds or one.kind in kinds)]


# --- one job -------------------------------------------------------------------------------------


def follow(visit: Visit, job_id: str) -> JobView:
    """Show a job; while it is not finished its part of the page is looked at again and again."""
    found = job(visit.service, visit.identity, job_id)
    if not found.is_finished:
        _watched(visit, job_id)
    return found


@st.fragment(run_every=_EVERY)
def _watched(visit: Visit, job_id: str) -> None:
    """A job that goes on; when it has ended the whole page is drawn anew."""
    with look.mended():
        _show(visit.now(), job_id)


def _show(visit: Visit, job_id: str) -> None:
    one = work_of(visit.service, visit.identity, job_id)
    if one.job.is_finished:
        st.rerun()
    with st.container(border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.progress(one.done or 0.0, f"**{one.title}** {_state(one.job)}: "
                      f"{one.stage or 'not begun'}")  # fmt: skip
        _cancel_button(visit, one.job, right, "page")
        told = [line.text for line in log(visit.service, visit.identity, job_id)
                if "overrides used" in line.text]  # fmt: skip
        st.caption("  \n".join([*told, "You can leave this page: the work goes on, and you find "
                                "it here again."]))  # fmt: skip


def _state(found: JobView) -> str:
    words = "being called off" if found.cancel_requested else _WORDS[found.state]
    return f"{_ICONS[found.state]} {words}"


def _cancel_button(visit: Visit, found: JobView, place: Any, where: str) -> None:
    if visit.may(Permission.RUN_START):
        place.button("Call off", key=f"cancel_{where}_{found.id}", on_click=_cancel,
                     args=(visit, found.id), disabled=found.cancel_requested,
                     type="tertiary" if where == "beside" else "secondary")  # fmt: skip


def _cancel(visit: Visit, job_id: str) -> None:
    with look.mended():
        cancel(visit.service, visit.now().identity, job_id)


def ended_badly(found: JobView) -> bool:
    """Say why a job brought nothing, if it did not."""
    if found.state == "failed":
        st.error(f"{NAMES.get(found.kind, found.kind)}: "
                 f"{found.error.get('message', 'it failed')}", icon=":material/error:")  # fmt: skip
    if found.state == "cancelled":
        st.info("It was called off; nothing was changed.", icon=":material/cancel:")
    return found.state in ("failed", "cancelled")


def goes_on(
    visit: Visit,
    kind: str,
    dataset_id: str,
    asked: Json,
    tell: Callable[[JobView], object] = ended_badly,
) -> bool:
    """Follow the last job that was asked the same, if any; whether it is not finished yet.

    ``tell`` says of one that is why it brought nothing: then the same can be asked again.
    """
    begun = last_job(visit.service, visit.identity, dataset_id, kind, asked)
    if begun is None:
        return False
    found = follow(visit, begun.id)
    if found.is_finished:
        tell(found)
    return not found.is_finished


def being_planned(visit: Visit, dataset_id: str) -> bool:
    """Show the plans of a dataset that are on their way; whether there are any.

    For pages that have nothing to show until then: they are drawn anew when a plan is there.
    """
    waiting = open_jobs(visit, dataset_id, _PLANNING)
    if waiting:
        first = waiting[-1]
        about = work_of(visit.service, visit.identity, first.id).title
        look.empty("The first plan is being made", f"{about}. What runs short, what it costs and "
                   "what to do about it stands here as soon as it is solved, by itself.",
                   "hourglass_top")  # fmt: skip
        follow(visit, first.id)
    return bool(waiting)


def first_plan(visit: Visit) -> bool:
    """Show the first plans of the dataset of the address on their way; False where there are any.

    Asks for a dataset's plans only while something is being planned: else nothing is shown here.
    """
    waiting = {one.dataset_id for one in jobs(visit.service, visit.identity, limit=_TABLED)
               if one.kind in _PLANNING and not one.is_finished}  # fmt: skip
    if not waiting:
        return False
    known = {one.name: one.id for one in datasets(visit.service, visit.identity, counted=False)}
    chosen = known.get(remembered("dataset"), next(iter(known.values()), ""))
    if chosen not in waiting or cases(visit.service, visit.identity, chosen):
        return False
    st.title("Nothing planned yet")
    return being_planned(visit, chosen_dataset(visit).id)


# --- all jobs ------------------------------------------------------------------------------------


def beside(visit: Visit) -> None:
    """Running and recent work, to be found again beside every page."""
    found = work(visit.service, visit.identity, _LISTED)
    if not found:
        return
    running = any(not one.job.is_finished for one in found)
    st.caption("Work in the background")
    st.fragment(partial(_listed, visit), run_every=_EVERY if running else None)()


def _listed(visit: Visit) -> None:
    """The list, which looks at itself again while something runs."""
    with look.mended():
        _list(visit.now())


def _list(visit: Visit) -> None:
    for one in work(visit.service, visit.identity, _LISTED):
        if one.job.is_finished:
            _ended(one)
        else:
            st.progress(one.done or 0.0, f"{one.title}  \n{one.stage or 'waits for its turn'}")
            _cancel_button(visit, one.job, st, "beside")


def _ended(one: Work) -> None:
    """A job that is finished, with the way to its result."""
    icon, page = _ICONS[one.job.state], st.session_state.get(look.PAGES, {}).get(one.page)
    if page is not None:
        st.page_link(page, label=one.title, icon=icon, query_params=one.address)
    else:
        st.markdown(f"{icon} {one.title}: {_WORDS[one.job.state]}",
                    help=_error(one.job) or None)  # fmt: skip


def _error(found: JobView) -> str:
    return str(found.error.get("message", "")) if found.state == "failed" else ""


def job_table(visit: Visit, dataset_id: str) -> None:
    """The last jobs of a dataset."""
    found = work(visit.service, visit.identity, _TABLED, dataset_id)
    if not found:
        st.caption("Nothing was started yet.")
        return
    frame = pd.DataFrame({
        "what": [one.title for one in found],
        "state": [_WORDS[one.job.state] for one in found],
        "stage": [_error(one.job) or one.stage for one in found],
        "by": [one.job.created_by for one in found],
        "started": [f"{one.job.created_at:%Y-%m-%d %H:%M} UTC" for one in found],
        "took": [_took(one.job) for one in found],
    })  # fmt: skip
    columns = {**look.all_columns(frame), "stage": st.column_config.TextColumn(
        "last stage, or what went wrong", width="large")}  # fmt: skip
    look.table(frame, columns, "jobs")


def _took(found: JobView) -> str:
    """How long a job has been running, in minutes and seconds."""
    if found.started_at is None:
        return look.NOTHING
    end = found.finished_at or datetime.now(UTC).replace(tzinfo=None)
    minutes, seconds = divmod(int((end - found.started_at).total_seconds()), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
