"""Tables in answers: a page as JSON, or the whole table as a file, as who asks prefers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from fastapi import Depends, Header, Query, Response
from pydantic import BaseModel

from app.api.describe import Json

Form = Literal["json", "csv", "parquet", "xlsx"]
MEDIA_TYPES: dict[str, str] = {
    "json": "application/json", "csv": "text/csv", "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}  # fmt: skip
Cell = str | float | bool | None


class TablePage(BaseModel):
    """Rows of a table; ``total`` counts all of them."""

    rows: list[dict[str, Cell]]
    offset: int
    total: int


def _form(
    format: Annotated[Form | None, Query(description="else as the header Accept says")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Form:
    if format is not None:
        return format
    preferred = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    known = {MEDIA_TYPES[form]: form for form in get_args(Form)}
    return next((known[kind] for kind in preferred if kind in known), "json")


WantedForm = Annotated[Form, Depends(_form)]


def file(content: bytes, form: str, name: str) -> Response:
    """``content`` as a file called ``name`` with the suffix of its form."""
    return attached(content, MEDIA_TYPES[form], f"{name}.{form}")


def attached(content: bytes, media_type: str, filename: str) -> Response:
    """``content`` as a file to keep."""
    disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


def finite(rows: Iterable[dict[str, Any]]) -> list[dict[str, Cell]]:
    """``rows`` as JSON knows them: it has no infinity, null stands for it."""
    return [{name: None if isinstance(cell, float) and not math.isfinite(cell) else cell
             for name, cell in row.items()} for row in rows]  # fmt: skip


def described(*forms: str) -> dict[int | str, Json]:
    """What an operation answers whose result comes in several forms."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": {MEDIA_TYPES[form]: binary for form in forms}}}
