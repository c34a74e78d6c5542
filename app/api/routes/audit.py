"""The audit: who did what when, and whether anybody tampered with it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.policy import TheService, needs
from app.api.values import LARGEST, Limit, Name, Page, Time, Told
from app.service import audit
from app.service.identity.identity import Identity, Permission

router = APIRouter(prefix="/audit", tags=["audit"])
Auditor = Annotated[Identity, needs(Permission.AUDIT)]


class Entry(Told):
    """One entry."""

    sequence: int
    at: Time
    actor: str
    action: str
    subject: str
    version: str
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str


class Verification(Told):
    """What a check of the chain found."""

    passed: bool
    entries: int
    unconfirmed: int
    problems: list[str]


@router.get("")
def list_entries(
    service: TheService, identity: Auditor,
    actor: Annotated[Name | None, Query()] = None,
    subject: Annotated[Name | None, Query()] = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Limit = 100,
) -> Page[Entry]:  # fmt: skip
    """Entries, the newest first; ``next`` is ``before`` of the next page."""
    found = audit.entries(service, identity, actor=actor, subject=subject, before=before,
                          limit=limit)  # fmt: skip
    following = str(found[-1].sequence) if len(found) == limit else None
    return Page[Entry].model_validate({"items": found, "next": following})


@router.get("/verification", response_model=Verification)
def verify_audit(service: TheService, identity: Auditor) -> audit.Verification:
    """Check every entry against its hash, its neighbour and the head outside the database."""
    return audit.verify(service, identity)
