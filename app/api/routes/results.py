"""What jobs made: runs, their plans, and the tables and files of both."""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from app.api.describe import also
from app.api.policy import TheService, needs
from app.api.tables import Cell, TablePage, WantedForm, described, file, finite
from app.api.values import LARGEST, PRINTABLE, InPath, Limit, Name, Page, Time, Told
from app.service import results
from app.service.identity.identity import Identity, Permission
from app.service.plain import records

router = APIRouter(tags=["results"])
Reader = Annotated[Identity, needs(Permission.RUN_READ)]
Offset = Annotated[int, Query(ge=0, le=LARGEST)]
_FORMS = described("csv", "parquet", "xlsx")


class Run(Told):
    """What a job made; scenarios and result only for who sees every brand and plant."""

    id: str
    kind: str
    dataset_id: str | None
    dataset_revision: int
    input_hash: str
    version: str
    options: dict[str, Any]
    status: str
    bound: float | None
    created_by: str
    created_at: Time
    scenarios: list[str]
    result: dict[str, Any] | None


class Plan(Told):
    """A plan; its money only for who sees every brand and plant."""

    id: str
    run_id: str
    scenario: str
    kind: str
    status: str
    plan_hash: str
    objective: float | None
    bound: float | None
    gap: float | None
    currency: str


class File(Told):
    """A file of a run."""

    path: str
    size: int


@router.get("/runs", responses=also(404))
def list_runs(
    service: TheService, identity: Reader,
    kind: Annotated[Name | None, Query()] = None,
    dataset_id: Annotated[Name | None, Query()] = None,
    before: Annotated[Name | None, Query(description="``next`` of the page before")] = None,
    limit: Limit = 50,
) -> Page[Run]:  # fmt: skip
    """Runs, the last one first."""
    found = results.runs(service, identity, kind=kind, dataset_id=dataset_id, before=before,
                         limit=limit)  # fmt: skip
    following = found[-1].id if len(found) == limit else None
    return Page[Run].model_validate({"items": found, "next": following})


@router.get("/runs/{run}", response_model=Run)
def get_run(service: TheService, identity: Reader, run: InPath) -> results.RunView:
    """A run."""
    return results.run(service, identity, run)


@router.get("/runs/{run}/plans")
def list_plans(service: TheService, identity: Reader, run: InPath) -> Page[Plan]:
    """The plans of a run, by scenario."""
    return Page[Plan].model_validate({"items": results.plans(service, identity, run)})


@router.get("/runs/{run}/tables")
def list_run_tables(service: TheService, identity: Reader, run: InPath) -> dict[str, int]:
    """The tables of a run, with how many rows each has."""
    return results.run_tables(service, identity, run)


@router.get("/runs/{run}/tables/{table}", response_model=TablePage, responses=_FORMS)
def get_run_table(
    service: TheService, identity: Reader, run: InPath, table: InPath, form: WantedForm,
    offset: Offset = 0, limit: Limit = 100,
) -> Any:  # fmt: skip
    """A table of a run: a page of it as JSON, or all of it as a file."""
    if form != "json":
        return file(results.run_table_file(service, identity, run, table, form), form, table)
    return _page(results.run_table(service, identity, run, table, offset, limit))


@router.get("/runs/{run}/files")
def list_files(service: TheService, identity: Reader, run: InPath) -> Page[File]:
    """The files of a run."""
    return Page[File].model_validate({"items": results.run_files(service, identity, run)})


@router.get(
    "/runs/{run}/files/{path:path}", response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
def get_file(
    service: TheService, identity: Reader, run: InPath,
    path: Annotated[str, Path(pattern=PRINTABLE, min_length=1, max_length=1000)],
) -> Response:  # fmt: skip
    """A file of a run, such as its report: for who sees every brand and plant."""
    found = results.run_file(service, identity, run, path)
    kind = mimetypes.guess_type(found.path)[0] or "application/octet-stream"
    # sandboxed and attached: a report brings its own script, which is to see nothing of a login
    headers = {"Content-Security-Policy": "sandbox", "Content-Disposition": "attachment"}
    return Response(found.content, media_type=kind, headers=headers)


@router.get("/plans/{plan}", response_model=Plan)
def get_plan(service: TheService, identity: Reader, plan: InPath) -> results.PlanView:
    """A plan."""
    return results.plan(service, identity, plan)


@router.get("/plans/{plan}/tables")
def list_plan_tables(service: TheService, identity: Reader, plan: InPath) -> dict[str, int]:
    """The tables of a plan, with how many rows each has."""
    return results.plan_tables(service, identity, plan)


@router.get("/plans/{plan}/tables/{table}", response_model=TablePage, responses=_FORMS)
def get_plan_table(
    service: TheService, identity: Reader, plan: InPath, table: InPath, form: WantedForm,
    offset: Offset = 0, limit: Limit = 100,
) -> Any:  # fmt: skip
    """A table of a plan: a page of it as JSON, or all of it as a file."""
    if form != "json":
        return file(results.plan_table_file(service, identity, plan, table, form), form, table)
    return _page(results.plan_table(service, identity, plan, table, offset, limit))


@router.get("/plans/{plan}/units")
def get_units(service: TheService, identity: Reader, plan: InPath) -> dict[str, float]:
    """Units demanded, served on time, late, lost and open, of the demand that one may see."""
    return results.plan_units(service, identity, plan)


@router.get("/plans/{plan}/components")
def get_components(service: TheService, identity: Reader, plan: InPath) -> Page[dict[str, Cell]]:
    """How much there is of what all brands share, by item and period, over all places."""
    found = results.components(service, identity, plan)
    return Page[dict[str, Cell]](items=finite(records(found)))


def _page(found: results.TablePage) -> TablePage:
    return TablePage(rows=finite(records(found.rows)), offset=found.offset, total=found.total)
