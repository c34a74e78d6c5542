"""Kinds of values that requests and answers of the API are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

LARGEST = 2**63 - 1
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"  # no text of a database holds NUL, no header a line's end

Text = Annotated[str, StringConstraints(pattern=PRINTABLE, max_length=2000)]
Name = Annotated[str, StringConstraints(pattern=PRINTABLE, min_length=1, max_length=200)]
InPath = Annotated[str, Path(pattern=PRINTABLE, min_length=1, max_length=200)]
Limit = Annotated[int, Query(ge=1, le=1000, description="how many at most")]
Count = Annotated[int, Query(ge=0, le=LARGEST)]
Cursor = Annotated[
    str | None,
    Query(pattern=PRINTABLE, max_length=2000, description="``next`` of the page before"),
]
Time = Annotated[datetime, AfterValidator(lambda time: time.replace(tzinfo=UTC))]
Item = TypeVar("Item")


class Asked(BaseModel):
    """The body of a request: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Told(BaseModel):
    """A part of an answer, read off a result of a use case."""

    model_config = ConfigDict(from_attributes=True)


class Page(Told, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: str | None = Field(default=None, description="``after`` of the next page; null: the last")
