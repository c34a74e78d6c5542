"""Errors as problem details (RFC 9457): what is wrong and the mend, never how it is made inside."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.service import InputError, Problem, SupplyChainError
from app.service.availability import STORE_ERRORS, unavailable
from app.service.faults import Changed, ServiceError, Unauthenticated

MEDIA_TYPE = "application/problem+json"
MOST = 10_000  # problems told in one answer
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
_RETRY_SECONDS = {503: 5}


class ProblemItem(BaseModel):
    """One thing that is wrong, where it is, and the mend."""

    table: str
    row: int | None = Field(description="of the upload, from 1, without the header")
    column: str
    value: str
    message: str
    remedy: str


class ProblemDetails(BaseModel):
    """What an error looks like (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    request_id: str
    revision: int | None = Field(default=None, description="the present one, of a 412")
    problem_count: int | None = Field(default=None, description="how many were found")
    problems: list[ProblemItem] | None = Field(default=None, description="10,000 at most")


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def title_of(status: int) -> str:
    """The status in words; some have other words in newer versions of Python."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem(
    status: int,
    detail: str,
    request_id: str,
    *,
    remedy: str = "",
    problems: list[dict[str, Any]] | None = None,
    revision: int | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    """The problem document of one error."""
    title = title_of(status)
    content: dict[str, Any] = {
        "type": f"urn:supplychain:problem:{title.lower().replace(' ', '-')}",
        "title": title, "status": status, "detail": _printable(detail),
        "remedy": _printable(remedy), "request_id": request_id,
    }  # fmt: skip
    if revision is not None:
        content["revision"] = revision
    if problems is not None:
        content |= {"problem_count": len(problems), "problems": problems[:MOST]}
    return ProblemResponse(content, status, headers)


def answer_to(error: Exception, request_id: str) -> Response | None:
    """The problem document of an error that is foreseen; None for a defect of the product."""
    if isinstance(error, ServiceError):
        return _of_fault(error, request_id)
    if isinstance(error, InputError):
        found = _listed(error.problems)
        detail = f"{len(found)} problem(s) found, nothing was changed"
        return problem(422, detail, request_id, problems=found)
    if isinstance(error, SupplyChainError):
        return problem(422, str(error), request_id)
    if isinstance(error, RequestValidationError):
        found = [_of_validation(item) for item in error.errors()]
        return problem(422, "the request is not as described", request_id, problems=found)
    if isinstance(error, HTTPException):
        headers = dict(error.headers or {})
        if error.status_code == 304:
            return Response(status_code=304, headers=headers)
        return problem(error.status_code, str(error.detail), request_id, headers=headers)
    away = unavailable(error)
    return None if away is None else _of_fault(away, request_id)


async def handle(request: Request, error: Exception) -> Response:
    """The application's handler of every error that is foreseen; others go further out."""
    answer = answer_to(error, request.scope.get("state", {}).get("request_id", ""))
    if answer is None:
        raise error
    return answer


def _of_fault(error: ServiceError, request_id: str) -> ProblemResponse:
    headers = {}
    seconds = getattr(error, "retry_after", None) or _RETRY_SECONDS.get(error.status)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="supplychain"'
    return problem(
        error.status, error.message, request_id, remedy=error.remedy, headers=headers,
        problems=_listed(error.problems) if error.problems else None,
        revision=error.revision if isinstance(error, Changed) else None,
    )  # fmt: skip


def _listed(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{key: _printable(value) for key, value in item.as_dict().items()} for item in problems]


def _of_validation(item: dict[str, Any]) -> dict[str, Any]:
    """Where and what, without the value: it may be a password."""
    place, *path = [str(part) for part in item["loc"]]
    return {
        "table": place, "row": None, "column": ".".join(path), "value": "",
        "message": _printable(item["msg"]), "remedy": "see the description of this operation",
    }  # fmt: skip


def _printable(value: Any) -> Any:
    """Text that JSON can hold: half characters (lone surrogates) are replaced."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


FORESEEN = (
    ServiceError, SupplyChainError, RequestValidationError, HTTPException, *STORE_ERRORS
)  # fmt: skip
