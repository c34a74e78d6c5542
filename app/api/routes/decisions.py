"""Decisions on actions, and the releases that the ERP fetches and acknowledges."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.api.describe import also
from app.api.policy import TheService, needs
from app.api.tags import TAGGED, IfMatch, answer_tag, tag
from app.api.values import LARGEST, Asked, InPath, Limit, Name, Page, Text, Time, Told
from app.service import decisions
from app.service.decisions import ActionView, ReleaseView
from app.service.identity.identity import Identity, Permission

router = APIRouter(tags=["decisions"])
Reader = Annotated[Identity, needs(Permission.RUN_READ)]
Decider = Annotated[Identity, needs(Permission.DECIDE)]
Fetcher = Annotated[Identity, needs(Permission.RELEASE_READ)]
Acknowledger = Annotated[Identity, needs(Permission.RELEASE_ACKNOWLEDGE)]


class Decision(Told):
    """What somebody decided."""

    verdict: str
    quantity: float | None
    reason: str
    decided_by: str
    decided_at: Time


class Action(Told):
    """A recommended action: proposed, approved, changed (with another quantity) or rejected."""

    id: str
    plan_id: str
    rank: int
    key: str = Field(description="the same for the same action of another plan")
    lever: str
    item: str
    location: str
    quantity: float
    content: dict[str, Any]
    state: str
    decided_quantity: float | None
    revision: int
    decisions: list[Decision] = Field(description="the first one first; empty in lists")


class NewDecision(Asked):
    """A verdict, with a quantity where it changes the action.

    Where another plan has released the same action, ``again`` releases it once more; say why.
    """

    verdict: Literal["approve", "change", "reject", "undo"]
    quantity: float | None = Field(default=None, gt=0, le=1e15)
    reason: Text = ""
    again: bool = Field(default=False, description="although another plan has released the same")


class Release(Told):
    """What the ERP is to carry out: open, acknowledged or withdrawn."""

    id: str
    sequence: int
    dataset_id: str
    action_id: str
    kind: str = Field(examples=["planned_order", "transfer"])
    content: dict[str, Any]
    state: str
    acknowledgement: str | None
    created_at: Time
    acknowledged_at: Time | None
    revision: int


class Acknowledgement(Asked):
    """The ERP's own key of what it made of a release."""

    key: Name = Field(examples=["PO-4500017"])


@router.get("/plans/{plan}/actions")
def list_actions(service: TheService, identity: Reader, plan: InPath) -> Page[Action]:
    """The actions of a plan, by rank."""
    return Page[Action].model_validate({"items": decisions.actions(service, identity, plan)})


@router.get("/actions/{action}", response_model=Action, responses=TAGGED)
def get_action(
    service: TheService, identity: Reader, action: InPath, request: Request, response: Response
) -> ActionView:
    """An action with what was decided on it."""
    found = decisions.action(service, identity, action)
    answer_tag(request, response, found.revision)
    return found


@router.post(
    "/actions/{action}/decisions", response_model=Action, responses=also(412, 428)
)  # fmt: skip
def decide(
    service: TheService, identity: Decider, action: InPath, body: NewDecision, if_match: IfMatch,
    response: Response,
) -> ActionView:  # fmt: skip
    """Approve, change or reject an action, or undo that; what is approved is released.

    A conflict where another plan has released the same already, unless ``again`` asks for it.
    """
    found = decisions.decide(service, identity, action, body.verdict, body.quantity, body.reason,
                             if_match, body.again)  # fmt: skip
    tag(response, found.revision)
    return found


@router.get("/releases", responses=also(404))
def list_releases(
    service: TheService, identity: Fetcher,
    dataset: Annotated[Name | None, Query(description="name or id")] = None,
    state: Annotated[Literal["open", "acknowledged", "withdrawn"] | None, Query()] = None,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="a sequence")] = 0,
    limit: Limit = 100,
) -> Page[Release]:  # fmt: skip
    """Releases by their sequence; ``next`` is ``after`` of the next page."""
    found = decisions.releases(service, identity, dataset=dataset, state=state, after=after,
                               limit=limit)  # fmt: skip
    following = str(found[-1].sequence) if len(found) == limit else None
    return Page[Release].model_validate({"items": found, "next": following})


@router.get("/releases/{release}", response_model=Release, responses=TAGGED)
def get_release(
    service: TheService, identity: Fetcher, release: InPath, request: Request, response: Response
) -> ReleaseView:
    """A release."""
    found = decisions.release(service, identity, release)
    answer_tag(request, response, found.revision)
    return found


@router.post("/releases/{release}/acknowledgement", response_model=Release)
def acknowledge_release(
    service: TheService, identity: Acknowledger, release: InPath, body: Acknowledgement
) -> ReleaseView:
    """Take a release, once: the same key again is the same answer, another one a conflict."""
    return decisions.acknowledge(service, identity, release, body.key)
