"""Jobs: long work is started here, followed, and called off."""

# no postponed annotations: the routes of the kinds of jobs are made with the models of the kinds

import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from app.api.describe import also
from app.api.policy import TheService, needs
from app.api.values import LARGEST, InPath, Limit, Name, Page, Time, Told
from app.service import jobs
from app.service.identity.identity import Identity, Permission
from app.service.jobs import KINDS, ON_DATASET, JobView

router = APIRouter(tags=["jobs"])
Reader = Annotated[Identity, needs(Permission.RUN_READ)]
Starter = Annotated[Identity, needs(Permission.RUN_START)]
SECONDS = 900.0  # an event stream ends after so long; who listens comes again and misses nothing
_PAUSE = 0.5


class Job(Told):
    """Long work; one that succeeded has made the run of the same id."""

    id: str
    kind: str
    dataset_id: str | None
    parameters: dict[str, Any]
    state: str = Field(description="queued, running, succeeded, failed or cancelled")
    stage: str = Field(description="what it is at")
    attempts: int
    cancel_requested: bool
    error: dict[str, Any] = Field(description="why it failed")
    created_by: str
    created_at: Time
    started_at: Time | None
    finished_at: Time | None


class Line(Told):
    """A line of a job's log."""

    id: int
    at: Time
    text: str


@router.get("/jobs", responses=also(404))
def list_jobs(
    service: TheService, identity: Reader,
    kind: Annotated[Name | None, Query()] = None,
    state: Annotated[Name | None, Query()] = None,
    dataset_id: Annotated[Name | None, Query()] = None,
    before: Annotated[Name | None, Query(description="``next`` of the page before")] = None,
    limit: Limit = 50,
) -> Page[Job]:  # fmt: skip
    """Jobs, the last one first: one's own, or all for who sees every brand and plant."""
    found = jobs.jobs(service, identity, kind=kind, state=state, dataset_id=dataset_id,
                      before=before, limit=limit)  # fmt: skip
    following = found[-1].id if len(found) == limit else None
    return Page[Job].model_validate({"items": found, "next": following})


@router.get("/jobs/{job}", response_model=Job)
def get_job(service: TheService, identity: Reader, job: InPath) -> JobView:
    """A job."""
    return jobs.job(service, identity, job)


@router.get("/jobs/{job}/log")
def get_log(
    service: TheService, identity: Reader, job: InPath,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0, limit: Limit = 1000,
) -> Page[Line]:  # fmt: skip
    """Lines of a job's log; ``next`` is ``after`` of the next page."""
    found = jobs.log(service, identity, job, after, limit)
    following = str(found[-1].id) if len(found) == limit else None
    return Page[Line].model_validate({"items": found, "next": following})


@router.post("/jobs/{job}/cancel", status_code=202, response_model=Job)
def cancel_job(service: TheService, identity: Starter, job: InPath) -> JobView:
    """Call a job off: at once where it waits, within seconds where it runs."""
    return jobs.cancel(service, identity, job)


def _visible(service: TheService, identity: Reader, job: InPath) -> JobView:
    return jobs.job(service, identity, job)


@router.get("/jobs/{job}/events", response_class=EventSourceResponse)
async def follow_job(
    service: TheService, identity: Reader, found: Annotated[JobView, Depends(_visible)],
    last_event_id: Annotated[int, Header(ge=0, le=LARGEST)] = 0,
) -> AsyncIterator[ServerSentEvent]:  # fmt: skip
    """Server-sent events: ``line`` a line of the log, ``job`` its state or stage; ends with it.

    After an interruption the header Last-Event-ID, which browsers send, goes on from there.
    """
    heard, told, until = last_event_id, ("", ""), time.monotonic() + SECONDS
    while True:
        view, lines = await run_in_threadpool(jobs.job_events, service, identity, found.id, heard)
        for line in lines:
            heard = line.id
            yield ServerSentEvent(event="line", id=str(heard), data=Line.model_validate(line))
        if (view.state, view.stage) != told:
            told = (view.state, view.stage)
            yield ServerSentEvent(event="job", data=Job.model_validate(view))
        if (view.is_finished and not lines) or time.monotonic() > until:
            return
        await anyio.sleep(_PAUSE)


def _add(kind: str, model: type[Any]) -> None:
    """The route that starts jobs of one kind."""

    def on_dataset(
        service: TheService, identity: Starter, dataset: InPath, body: model,  # type: ignore[valid-type]
        request: Request, response: Response,
    ) -> JobView:  # fmt: skip
        return _start(service, identity, kind, dataset, body, request, response)

    def on_results(
        service: TheService, identity: Starter, body: model,  # type: ignore[valid-type]
        request: Request, response: Response,
    ) -> JobView:  # fmt: skip
        return _start(service, identity, kind, None, body, request, response)

    path = kind.replace("_", "-")
    endpoint: Callable[..., JobView] = on_dataset if kind in ON_DATASET else on_results
    router.post(
        f"/datasets/{{dataset}}/jobs/{path}" if kind in ON_DATASET else f"/jobs/{path}",
        status_code=202, response_model=Job, name=f"start_{kind}", description=model.__doc__,
        summary=f"Start {kind.replace('_', ' ')}", responses=also(404),
    )(endpoint)  # fmt: skip


def _start(
    service: TheService, identity: Identity, kind: str, dataset: str | None, body: Any,
    request: Request, response: Response,
) -> JobView:  # fmt: skip
    key = request.headers.get("idempotency-key")
    parameters = body.model_dump(mode="json", exclude_unset=True)
    found = jobs.submit(service, identity, kind, dataset, parameters, key)
    response.headers["Location"] = f"/api/v1/jobs/{found.id}"
    return found


for _kind, _model in KINDS.items():
    _add(_kind, _model)
