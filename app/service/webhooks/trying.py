"""A message that says nothing but that messages arrive: to see whether a receiver is there."""

from __future__ import annotations

from app.service.audit import audited, record
from app.service.context import Service
from app.service.faults import Conflict, NotFound
from app.service.identity.identity import Identity, Permission
from app.store.records import Webhook, WebhookMessage

EVENT = "webhook.test"


def try_webhook(service: Service, identity: Identity, webhook_id: str) -> str:
    """Queue a test message for one webhook, signed and sent like any other; the message's id.

    NotFound where there is no such webhook, Conflict where it is not active.
    """
    identity.require(Permission.WEBHOOKS)
    with audited(service) as session:
        found = session.get(Webhook, webhook_id)
        if found is None:
            raise NotFound.of("webhook", webhook_id)
        if not found.active:
            raise Conflict("the webhook is not active", "make it active first")
        made = WebhookMessage(webhook_id=found.id, event=EVENT,
                              content={"asked_by": identity.name})  # fmt: skip
        session.add(made)
        record(session, identity, "webhook.tried", f"webhook {found.id}", after={"url": found.url})
        return made.id
