"""Events wait in the database, written in the transaction that they tell of."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from app.store.records import Webhook, WebhookMessage

Json = dict[str, Any]
EVENTS = ("job.finished", "release.created", "release.withdrawn")


def announce(session: Session, event: str, content: Json) -> None:
    """Queue ``event`` for every active webhook that asked for it."""
    for webhook in session.exec(select(Webhook).where(col(Webhook.active))):
        if event in webhook.events:
            session.add(WebhookMessage(webhook_id=webhook.id, event=event, content=content))
