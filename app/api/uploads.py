"""Bodies that are data in one of several forms: which one, the header Content-Type says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from app.api.describe import Json
from app.service.context import Service
from app.service.data.contract import TABLE_NAMES
from app.service.data.uploads import MEDIA_TYPES, Form, form_of, parse_upload
from app.service.faults import Unreadable

_CELL = {"type": ["string", "number", "boolean", "null"]}
_ROWS: Json = {"type": "array", "items": {"type": "object", "additionalProperties": _CELL}}
_ITEMS = [{"item": "CHIP", "kind": "component", "unit_cost": 2}]


@dataclass(frozen=True)
class Upload:
    """The content of a body and its form."""

    content: bytes
    form: Form

    def frames(self, service: Service, table: str | None = None) -> Mapping[str, pd.DataFrame]:
        """The tables in it, or the one ``table``; InputError, TooLarge or Unreadable."""
        return parse_upload(service.settings, self.content, self.form, table)


async def _upload(request: Request) -> Upload:
    try:
        form = form_of(request.headers.get("content-type", ""))
    except Unreadable as error:
        raise HTTPException(415, f"{error.message}: {error.remedy}") from None
    return Upload(await request.body(), form)


TheUpload: Any = Annotated[Upload, Depends(_upload)]


def _body(of_json: Json, example: Any, forms: tuple[Form, ...]) -> Json:
    """The description of a body that may come in ``forms``."""
    kinds = {form: kind for kind, form in MEDIA_TYPES.items()}
    content: Json = {kinds[form]: {"schema": {"type": "string", "format": "binary"}}
                     for form in forms}  # fmt: skip
    content["application/json"] = {"schema": of_json, "example": example}
    return {"requestBody": {"required": True, "content": content}}


ONE_TABLE = _body(_ROWS, _ITEMS, ("csv", "parquet", "xlsx"))
MANY_TABLES = _body(
    {"type": "object", "properties": dict.fromkeys(TABLE_NAMES, _ROWS),
     "additionalProperties": False},
    {"items": _ITEMS}, ("xlsx", "zip"),
)  # fmt: skip
