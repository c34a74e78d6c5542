"""Events wait in the database, written in the transaction that they tell of."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from app.store.records import Webhook, WebhookMessage

Json = dict[str, Any]
EVENTS = ("job.finished", "release.created", "release.withdrawn")


def announce(session: Session, event: str, content: Json) -> None:
    """Queue ``event`` for every active webhook that asked for it.

    None of them is deleted until this transaction ends: what it tells of would be lost as well.
    """
    active = select(Webhook).where(col(Webhook.active))
    for webhook in session.exec(active.with_for_update(read=True, key_share=True)):
        if event in webhook.events:
            session.add(WebhookMessage(webhook_id=webhook.id, event=event, content=content))
