"""Entity tags: an answer names its revision, a change names the one that it is made to."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from starlette.exceptions import HTTPException

from app.api.describe import Json

_FORM = r'^(\*|"[0-9]{1,18}")$'
TAGGED: dict[int | str, Json] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": "its revision"}}},
    304: {"description": "Not Modified: it is still the one that If-None-Match names"},
}


class NotModified(HTTPException):
    """What is asked for is what who asks has already."""

    def __init__(self, tag: str) -> None:
        super().__init__(304, headers={"ETag": tag})


def tag(response: Response, revision: int) -> None:
    """Name the ``revision`` of what is answered."""
    response.headers["ETag"] = f'"{revision}"'


def answer_tag(request: Request, response: Response, revision: int) -> None:
    """Name the ``revision`` of what is read; NotModified where who asks has it already."""
    name = f'"{revision}"'
    given = {part.strip().removeprefix("W/")
             for part in request.headers.get("if-none-match", "").split(",")}  # fmt: skip
    if given & {name, "*"}:
        raise NotModified(name)
    tag(response, revision)


def _if_match(
    if_match: Annotated[
        str | None,
        Header(pattern=_FORM, description='the ETag of what is changed, "*" for any; 428 without'),
    ] = None,
) -> int | None:
    if if_match is None:
        raise HTTPException(428, 'name the revision that you change: If-Match: "7", or * for any')
    return None if if_match == "*" else int(if_match.strip('"'))


IfMatch: Any = Annotated[int | None, Depends(_if_match)]
