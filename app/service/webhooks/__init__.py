"""Those who want to be told of events: who they are, what waits for them, and its delivery."""

from __future__ import annotations

from app.service.webhooks.manage import (
    MessageView,
    WebhookView,
    add_webhook,
    change_webhook,
    delete_webhook,
    messages,
    webhook,
    webhooks,
)
from app.service.webhooks.outbox import EVENTS

__all__ = ["EVENTS", "MessageView", "WebhookView", "add_webhook", "change_webhook",
           "delete_webhook", "messages", "webhook", "webhooks"]  # fmt: skip
