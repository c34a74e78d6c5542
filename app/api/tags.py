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

SECRET = {"Cache-Control": "no-store"}  # of an answer that holds a secret: nobody keeps it


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


_Given = Annotated[
    str | None,
    Header(alias="If-Match", pattern=_FORM, description='ETag of what is changed; "*": any'),
]


def _revision(given: _Given = None) -> int | None:
    return None if given in (None, "*") else int(given.strip('"'))


def _required(given: _Given = None) -> int | None:
    if given is None:
        raise HTTPException(428, 'name the revision that you change: If-Match: "7", or * for any')
    return _revision(given)


IfMatch: Any = Annotated[int | None, Depends(_required)]
OptionalIfMatch: Any = Annotated[int | None, Depends(_revision)]
