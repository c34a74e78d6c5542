"""Webhooks: an address, the events that it is told of, and the secret that signs them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.faults import Changed, NotFound
from app.service.identity.identity import Identity, Permission
from app.service.webhooks.addresses import address_problems
from app.service.webhooks.outbox import EVENTS
from app.store.records import Webhook, WebhookMessage
from supplychain.errors import InputError, Problem

Json = dict[str, Any]
_SECRET_BYTES = 32


@dataclass(frozen=True)
class WebhookView:
    """A webhook without its secret, which is told once, to who adds it."""

    id: str
    url: str
    events: list[str]
    active: bool
    revision: int
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class MessageView:
    """A message: waiting, delivered, or given up; ``last_error`` says why it waits still."""

    id: str
    event: str
    content: Json
    state: str
    attempts: int
    due_at: datetime
    last_error: str
    created_at: datetime


def add_webhook(
    service: Service, identity: Identity, url: str, events: Sequence[str]
) -> tuple[WebhookView, str]:
    """Add a webhook that is told of ``events``; it and its secret (Standard Webhooks)."""
    identity.require(Permission.WEBHOOKS)
    _check(service, url, events)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    made = Webhook(url=url, secret=secret, events=list(events), created_by=identity.name)
    with audited(service) as session:
        session.add(made)
        record(session, identity, "webhook.added", f"webhook {made.id}",
               after={"url": _told(url), "events": list(events)})  # fmt: skip
        return _view(made), secret


def webhooks(service: Service, identity: Identity) -> list[WebhookView]:
    """All webhooks, the first one first."""
    identity.require(Permission.WEBHOOKS)
    with service.database.reading() as session:
        query = select(Webhook).order_by(col(Webhook.created_at), col(Webhook.id))
        return [_view(found) for found in session.exec(query)]


def webhook(service: Service, identity: Identity, webhook_id: str) -> WebhookView:
    """One webhook; NotFound where there is none."""
    identity.require(Permission.WEBHOOKS)
    with service.database.reading() as session:
        return _view(_found(session, webhook_id))


def change_webhook(
    service: Service,
    identity: Identity,
    webhook_id: str,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    active: bool | None = None,
    if_match: int | None = None,
) -> WebhookView:
    """Change what is given of a webhook; ``if_match``: the revision that it must still have."""
    identity.require(Permission.WEBHOOKS)
    with audited(service) as session:
        found = _unchanged(session, webhook_id, if_match)
        before = {"url": _told(found.url), "events": found.events, "active": found.active}
        found.url = found.url if url is None else url
        found.events = found.events if events is None else list(events)
        found.active = found.active if active is None else active
        _check(service, found.url, found.events)
        found.revision += 1
        after = {"url": _told(found.url), "events": found.events, "active": found.active}
        record(session, identity, "webhook.changed", f"webhook {found.id}", before=before,
               after=after, version=found.revision - 1)  # fmt: skip
        return _view(found)


def delete_webhook(
    service: Service, identity: Identity, webhook_id: str, if_match: int | None = None
) -> None:
    """Delete a webhook with what waits for it."""
    identity.require(Permission.WEBHOOKS)
    with audited(service) as session:
        found = _unchanged(session, webhook_id, if_match)
        record(session, identity, "webhook.deleted", f"webhook {found.id}",
               before={"url": _told(found.url), "events": found.events},
               version=found.revision)  # fmt: skip
        session.delete(found)


def messages(
    service: Service, identity: Identity, webhook_id: str, limit: int = 50
) -> list[MessageView]:
    """Messages of a webhook, the last one first."""
    identity.require(Permission.WEBHOOKS)
    with service.database.reading() as session:
        _found(session, webhook_id)
        query = select(WebhookMessage).where(WebhookMessage.webhook_id == webhook_id).order_by(
            col(WebhookMessage.created_at).desc(), col(WebhookMessage.id).desc())  # fmt: skip
        names = MessageView.__dataclass_fields__
        return [MessageView(**{name: getattr(found, name) for name in names})
                for found in session.exec(query.limit(limit))]  # fmt: skip


def _told(url: str) -> str:
    """An address as the audit tells it: its path may be a secret, and still two are told apart."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname} ({sha256(url.encode()).hexdigest()[:8]})"


def _check(service: Service, url: str, events: Sequence[str]) -> None:
    problems = address_problems(url, local=service.settings.webhooks_local)
    known = f"choose of {', '.join(EVENTS)}"
    problems += [Problem("webhook", "is no event", known, column="events", value=event)
                 for event in events if event not in EVENTS]  # fmt: skip
    if not events:
        problems.append(Problem("webhook", "names no event", known, column="events"))
    if problems:
        raise InputError(problems)


def _found(session: Session, webhook_id: str) -> Webhook:
    found = session.get(Webhook, webhook_id)
    if found is None:
        raise NotFound.of("webhook", webhook_id)
    return found


def _unchanged(session: Session, webhook_id: str, if_match: int | None) -> Webhook:
    found = _found(session, webhook_id)
    session.refresh(found, with_for_update=True)
    if if_match is not None and if_match != found.revision:
        raise Changed("somebody changed the webhook meanwhile", found.revision)
    return found


def _view(found: Webhook) -> WebhookView:
    return WebhookView(**{name: getattr(found, name) for name in WebhookView.__dataclass_fields__})
