"""Webhooks: who is told of events, and what was told them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.api.describe import also
from app.api.policy import TheService, needs
from app.api.tags import SECRET, TAGGED, IfMatch, answer_tag, tag
from app.api.values import Asked, InPath, Limit, Name, Page, Text, Time, Told
from app.service.identity.identity import Identity, Permission
from app.service.webhooks import manage

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
Manager = Annotated[Identity, needs(Permission.WEBHOOKS)]
Events = Annotated[list[Name], Field(min_length=1, max_length=50, examples=[["release.created"]])]


class Webhook(Told):
    """An address that is told of events (Standard Webhooks)."""

    id: str
    url: str
    events: list[str]
    active: bool
    revision: int
    created_by: str
    created_at: Time


class NewWebhook(Asked):
    """A webhook to add."""

    url: Text = Field(examples=["https://erp.example/hooks"])
    events: Events


class WebhookChange(Asked):
    """What is given is changed."""

    url: Text | None = None
    events: Events | None = None
    active: bool | None = None


class MadeWebhook(Told):
    """A webhook with the secret that signs its messages, which is told this once."""

    webhook: Webhook
    secret: str


class Message(Told):
    """A message: waiting, delivered or given up."""

    id: str
    event: str
    content: dict[str, Any]
    state: str
    attempts: int
    due_at: Time
    last_error: str
    created_at: Time


@router.get("")
def list_webhooks(service: TheService, identity: Manager) -> Page[Webhook]:
    """All webhooks, the first one first."""
    return Page[Webhook].model_validate({"items": manage.webhooks(service, identity)})


@router.post("", status_code=201)
def add_webhook(
    service: TheService, identity: Manager, body: NewWebhook, response: Response
) -> MadeWebhook:
    """Add a webhook; the secret is told only now."""
    found, secret = manage.add_webhook(service, identity, body.url, body.events)
    response.headers.update(SECRET)
    tag(response, found.revision)
    return MadeWebhook.model_validate({"webhook": found, "secret": secret})


@router.get("/{webhook}", response_model=Webhook, responses=TAGGED)
def get_webhook(
    service: TheService, identity: Manager, webhook: InPath, request: Request, response: Response
) -> manage.WebhookView:
    """A webhook."""
    found = manage.webhook(service, identity, webhook)
    answer_tag(request, response, found.revision)
    return found


@router.patch("/{webhook}", response_model=Webhook, responses=also(412, 428))
def change_webhook(
    service: TheService, identity: Manager, webhook: InPath, body: WebhookChange,
    if_match: IfMatch, response: Response,
) -> manage.WebhookView:  # fmt: skip
    """Change where and of what it is told, or silence it."""
    found = manage.change_webhook(service, identity, webhook, if_match=if_match, **dict(body))
    tag(response, found.revision)
    return found


@router.delete("/{webhook}", status_code=204, responses=also(412, 428))
def delete_webhook(
    service: TheService, identity: Manager, webhook: InPath, if_match: IfMatch
) -> None:
    """Delete a webhook with what waits for it."""
    manage.delete_webhook(service, identity, webhook, if_match)


@router.get("/{webhook}/messages")
def list_messages(
    service: TheService, identity: Manager, webhook: InPath, limit: Limit = 50
) -> Page[Message]:
    """Messages of a webhook, the last one first."""
    found = manage.messages(service, identity, webhook, limit)
    return Page[Message].model_validate({"items": found})
