"""Datasets: their tables, row by row and in bulk, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from app.api.describe import Json, also
from app.api.policy import TheService, needs
from app.api.tables import Cell, attached, described, finite
from app.api.tags import TAGGED, IfMatch, OptionalIfMatch, answer_tag, tag
from app.api.uploads import MANY_TABLES, ONE_TABLE, TheUpload
from app.api.values import PRINTABLE, Asked, Cursor, InPath, Name, Page, Time, Told
from app.service.context import Service
from app.service.data import changing, contract, datasets, listing, writing
from app.service.data.exporting import export
from app.service.identity.identity import Identity, Permission
from app.service.plain import records

router = APIRouter(tags=["data"])
Reader = Annotated[Identity, needs(Permission.DATA_READ)]
Writer = Annotated[Identity, needs(Permission.DATA_WRITE)]
TableName = Annotated[str, Path(json_schema_extra={"enum": list(contract.TABLE_NAMES)})]
RowKey = Annotated[
    str,
    Path(min_length=1, max_length=2000, pattern=PRINTABLE,
         description="cells of the key, joined by |; a | or \\ within a cell stands behind a \\"),
]  # fmt: skip
RowLimit = Annotated[int, Query(ge=1, le=10_000, description="how many at most")]
_OWN = ("after", "limit")  # query parameters that are no filters
_FILTERS: Json = {
    "parameters": [{
        "name": "filters", "in": "query", "style": "form", "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "description": "COLUMN=value or COLUMN__OPERATOR=value, with the operators "
                       f"{', '.join(listing.OPERATORS)}; values of in are separated by commas",
        "example": {"location": "PLANT", "quantity__gte": "10"},
    }]
}  # fmt: skip


class Dataset(Told):
    """A dataset; ``rows`` by table, empty for who does not see every brand and plant."""

    id: str
    name: str
    revision: int
    created_by: str
    created_at: Time
    updated_at: Time
    rows: dict[str, int]


class NewDataset(Asked):
    """A dataset to make."""

    name: Name = Field(examples=["spring"])


class Rows(Page[dict[str, Cell]]):
    """A page of rows: ``row_key``, the columns of the table, and the row's ``revision``."""

    revision: int = Field(description="of the dataset")


class Row(Told):
    """One row."""

    row_key: str
    cells: dict[str, Cell]
    revision: int


class Written(Told):
    """What a write changed; rows that were the same already count as neither."""

    revision: int
    upserted: int
    deleted: int
    notices: list[str]


class RowContent(Asked):
    """Cells by column; columns that are left out take their default."""

    cells: dict[Name, Cell] = Field(max_length=200, examples=[{"quantity": 40}])


class Deletions(Asked):
    """Rows to delete."""

    keys: list[Annotated[str, Field(min_length=1, max_length=2000)]] = Field(
        max_length=100_000, examples=[["CHIP|PLANT"]]
    )


class Change(Told):
    """A row as it is now, or the key of one that is gone."""

    table: str
    row_key: str
    revision: int
    deleted: bool
    row: dict[str, Cell] | None


class Changes(Told):
    """Changes, the oldest first; go on from ``cursor``, at once where there are ``more``."""

    items: list[Change]
    cursor: str
    more: bool


class Column(Told):
    """A column of the data contract."""

    name: str
    type: Literal["text", "number", "integer", "flag", "date", "period"]
    meaning: str
    unit: str
    default: Cell
    required: bool
    minimum: float | None
    maximum: float | None
    choices: list[str]
    references: str
    wildcard: bool


class Table(Told):
    """A table of the data contract."""

    name: str
    meaning: str
    key: list[str]
    columns: list[Column]


@router.get("/contract")
def get_contract(identity: Reader) -> Page[Table]:
    """The tables and columns that datasets have, with types, units, defaults and meaning."""
    return Page[Table].model_validate({"items": contract.contract()})


@router.get("/datasets")
def list_datasets(service: TheService, identity: Reader) -> Page[Dataset]:
    """All datasets, by name."""
    return Page[Dataset].model_validate({"items": datasets.datasets(service, identity)})


@router.post("/datasets", status_code=201, response_model=Dataset)
def create_dataset(
    service: TheService, identity: Writer, body: NewDataset, response: Response
) -> datasets.DatasetView:
    """Make an empty dataset."""
    found = datasets.create_dataset(service, identity, body.name)
    tag(response, found.revision)
    response.headers["Location"] = f"/api/v1/datasets/{found.id}"
    return found


@router.get("/datasets/{dataset}", response_model=Dataset, responses=TAGGED)
def get_dataset(
    service: TheService, identity: Reader, dataset: InPath, request: Request, response: Response
) -> datasets.DatasetView:
    """A dataset, by name or id."""
    found = datasets.dataset(service, identity, dataset)
    answer_tag(request, response, found.revision)
    return found


@router.delete("/datasets/{dataset}", status_code=204, responses=also(412, 428))
def delete_dataset(
    service: TheService, identity: Writer, dataset: InPath, if_match: IfMatch
) -> None:
    """Delete a dataset with its rows and scenarios; runs, and what the ERP took of them, stay.

    Refused while releases of it are open: undo what was approved, or let the ERP take them.
    """
    datasets.delete_dataset(service, identity, dataset, if_match=if_match)


@router.get(
    "/datasets/{dataset}/export", response_class=Response,
    responses=described("zip", "xlsx", "csv", "parquet"),
)  # fmt: skip
def export_dataset(
    service: TheService, identity: Reader, dataset: InPath,
    format: Literal["csv", "parquet", "xlsx"] = "xlsx",
    table: Annotated[Name | None, Query(description="one table; else all that have rows")] = None,
) -> Response:  # fmt: skip
    """The rows that one may see, as a file that imports unchanged."""
    found = export(service, identity, dataset, format, table)
    return attached(found.content, found.media_type, found.filename)


@router.get("/datasets/{dataset}/changes", responses=also(410))
def list_changes(
    service: TheService, identity: Reader, dataset: InPath,
    since: Annotated[
        str,
        Query(pattern=PRINTABLE, max_length=2000,
              description="``cursor`` of the answer before, or a revision; 0: the beginning"),
    ] = "0",
    limit: RowLimit = 1000,
) -> Changes:  # fmt: skip
    """What changed since: a row that changed often comes once, as it is now.

    410 where what was deleted since is no longer known: read everything again, from 0.
    """
    found = changing.changes(service, identity, dataset, since, limit=limit)
    items = [{**vars(item), "row": item.row and finite([item.row])[0]} for item in found.items]
    return Changes.model_validate({"items": items, "cursor": found.cursor, "more": found.more})


@router.post(
    "/datasets/{dataset}/contents", response_model=Written, responses=also(412, 415),
    openapi_extra=MANY_TABLES,
)  # fmt: skip
def upsert_tables(
    service: TheService, identity: Writer, dataset: InPath, upload: TheUpload,
    if_match: OptionalIfMatch, response: Response,
) -> writing.Written:  # fmt: skip
    """Add or replace rows of several tables at once, all or none."""
    return _write(service, identity, dataset, upload.frames(service), if_match, response)


@router.put(
    "/datasets/{dataset}/contents", response_model=Written, responses=also(409, 412, 415, 428),
    openapi_extra=MANY_TABLES,
)  # fmt: skip
def replace_tables(
    service: TheService, identity: Writer, dataset: InPath, upload: TheUpload, if_match: IfMatch,
    response: Response,
) -> writing.Written:  # fmt: skip
    """Replace the whole dataset: tables that are not given become empty."""
    frames = writing.whole(upload.frames(service))
    return _write(service, identity, dataset, frames, if_match, response, replace=True)


@router.post(
    "/datasets/{dataset}/tables/{table}", response_model=Written, responses=also(412, 415),
    openapi_extra=ONE_TABLE,
)  # fmt: skip
def upsert_rows(
    service: TheService, identity: Writer, dataset: InPath, table: TableName, upload: TheUpload,
    if_match: OptionalIfMatch, response: Response,
) -> writing.Written:  # fmt: skip
    """Add or replace rows of a table, all or none; each row is written whole."""
    frames = upload.frames(service, table)
    return _write(service, identity, dataset, frames, if_match, response)


@router.put(
    "/datasets/{dataset}/tables/{table}", response_model=Written,
    responses=also(409, 412, 415, 428), openapi_extra=ONE_TABLE,
)  # fmt: skip
def replace_rows(
    service: TheService, identity: Writer, dataset: InPath, table: TableName, upload: TheUpload,
    if_match: IfMatch, response: Response,
) -> writing.Written:  # fmt: skip
    """Replace a whole table: rows that are not given are deleted."""
    frames = upload.frames(service, table)
    return _write(service, identity, dataset, frames, if_match, response, replace=True)


def _write(
    service: Service, identity: Identity, dataset: str, frames: Mapping[str, pd.DataFrame],
    if_match: int | None, response: Response, *, replace: bool = False,
) -> writing.Written:  # fmt: skip
    found = writing.write(service, identity, dataset, frames, if_match=if_match, replace=replace)
    tag(response, found.revision)
    return found


@router.get(
    "/datasets/{dataset}/tables/{table}", response_model=Rows, responses=TAGGED,
    openapi_extra=_FILTERS,
)  # fmt: skip
def list_rows(
    service: TheService, identity: Reader, dataset: InPath, table: TableName, request: Request,
    response: Response, after: Cursor = None, limit: RowLimit = 1000,
) -> Any:  # fmt: skip
    """Rows of a table in the order of their keys, those that pass all filters."""
    found = listing.rows(service, identity, dataset, table, _filters(request), after=after,
                         limit=limit)  # fmt: skip
    answer_tag(request, response, found.revision)
    page = {"items": finite(records(found.rows)), "next": found.next, "revision": found.revision}
    # as it is: to check every cell against the description would take as long as all the rest
    return JSONResponse(page, headers=dict(response.headers))


def _filters(request: Request) -> list[listing.Filter]:
    """The query's parameters as column, operator, value."""
    found = []
    for name, value in request.query_params.multi_items():
        if name not in _OWN:
            column, _, operator = name.rpartition("__") if "__" in name else (name, "", "eq")
            found.append((column, operator, value))
    return found


@router.post(
    "/datasets/{dataset}/tables/{table}/deletions", response_model=Written, responses=also(412)
)
def delete_rows(
    service: TheService, identity: Writer, dataset: InPath, table: TableName, body: Deletions,
    if_match: OptionalIfMatch, response: Response,
) -> writing.Written:  # fmt: skip
    """Delete rows by key, all or none; If-Match names the dataset's revision."""
    found = writing.write(service, identity, dataset, {}, {table: body.keys}, if_match=if_match)
    tag(response, found.revision)
    return found


@router.get(
    "/datasets/{dataset}/tables/{table}/rows/{row_key:path}", response_model=Row, responses=TAGGED
)
def get_row(
    service: TheService, identity: Reader, dataset: InPath, table: TableName, row_key: RowKey,
    request: Request, response: Response,
) -> Any:  # fmt: skip
    """One row."""
    found = listing.row(service, identity, dataset, table, row_key)
    answer_tag(request, response, found.revision)
    return {"row_key": row_key, "cells": finite([found.cells])[0], "revision": found.revision}


@router.put(
    "/datasets/{dataset}/tables/{table}/rows/{row_key:path}", response_model=Written,
    responses=also(409, 412, 428),
)  # fmt: skip
def put_row(
    service: TheService, identity: Writer, dataset: InPath, table: TableName, row_key: RowKey,
    body: RowContent, if_match: IfMatch, response: Response,
) -> writing.Written:  # fmt: skip
    """Write one row whole; If-Match "0" where it must be new."""
    found = writing.write_row(service, identity, dataset, table, row_key, body.cells,
                              if_match=if_match)  # fmt: skip
    if found.upserted:  # else the row keeps its revision
        tag(response, found.revision)
    return found


@router.delete(
    "/datasets/{dataset}/tables/{table}/rows/{row_key:path}", response_model=Written,
    responses=also(409, 412, 428),
)  # fmt: skip
def delete_row(
    service: TheService, identity: Writer, dataset: InPath, table: TableName, row_key: RowKey,
    if_match: IfMatch,
) -> writing.Written:  # fmt: skip
    """Delete one row."""
    return writing.delete_row(service, identity, dataset, table, row_key, if_match=if_match)
