"""Messages on their way to webhooks: signed, tried again with growing pauses, then given up.

A message is delivered at least once: where its receiver answers and the answer is lost, it comes
again under the same ``webhook-id`` (Standard Webhooks 1.0).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
from sqlmodel import Session, col, func, select
from standardwebhooks import Webhook as Signer

from app.service.context import Service
from app.service.webhooks.addresses import is_elsewhere, resolved
from app.store.records import Webhook, WebhookMessage, now

PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 7200, 21_600, 43_200))
_LEASE = timedelta(seconds=60)  # a message that is being sent is nobody else's for so long
_PATIENCE = 10.0  # seconds for an answer, from the look-up of its name on
_AT_ONCE = 20  # webhooks
_TRIED = 3  # addresses of one receiver
_GONE = 410  # the receiver wants no more
_LONGEST_ERROR = 300


def deliver_due(service: Service, transport: httpx.AsyncBaseTransport | None = None) -> int:
    """Send the messages that are due, one a webhook, all at once; how many there were.

    A slow receiver holds up nobody's lease. ``transport``: another way than the network.
    """
    taken = _take(service)
    if taken:
        for message_id, status, error in asyncio.run(_send_all(service, taken, transport)):
            with service.database.writing() as session:
                _note(session, message_id, status, error)
    return len(taken)


def _take(service: Service) -> list[tuple[WebhookMessage, Webhook]]:
    """The first due message of each webhook; they are not due again until the lease ends."""
    due = col(WebhookMessage.due_at)
    is_due = (
        WebhookMessage.webhook_id == Webhook.id, WebhookMessage.state == "waiting",
        (due <= now()) | (due > now() + PAUSES[-1]),  # no pause is so long: the clock was set back
        col(Webhook.active))  # fmt: skip
    waiting = select(Webhook.id).where(*is_due).group_by(col(Webhook.id)).order_by(func.min(due))
    with service.database.reading() as session:
        webhook_ids = session.exec(waiting.limit(_AT_ONCE)).all()
        if not webhook_ids:  # nearly always: no need to hold up writers
            return []
    query = select(WebhookMessage, Webhook).where(*is_due).order_by(due).limit(1)
    query = query.with_for_update(skip_locked=True, of=WebhookMessage)
    with service.database.writing() as session:
        found = [pair for webhook_id in webhook_ids
                 for pair in session.exec(query.where(Webhook.id == webhook_id))]  # fmt: skip
        for message, _ in found:
            message.attempts, message.due_at = message.attempts + 1, now() + _LEASE
        return found


async def _send_all(
    service: Service,
    taken: Sequence[tuple[WebhookMessage, Webhook]],
    transport: httpx.AsyncBaseTransport | None,
) -> list[tuple[str, int, str]]:
    """Send messages; the id of each, with the status of the answer and what went wrong."""
    async with _make_client(transport) as client:
        sent = [_send(service, client, message, webhook) for message, webhook in taken]
        told = await asyncio.gather(*sent)
    return [(message.id, *one) for (message, _), one in zip(taken, told, strict=True)]


def _make_client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client that follows nobody elsewhere, uses no proxy of the environment, and keeps nothing.

    A connection that was kept would serve other names at its address, though made for one.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    timeout = httpx.Timeout(_PATIENCE, connect=_PATIENCE / _TRIED)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False,
                             limits=limits, transport=transport)  # fmt: skip


async def _send(
    service: Service, client: httpx.AsyncClient, message: WebhookMessage, webhook: Webhook
) -> tuple[int, str]:
    """Send one message; the status of the answer (0: none) and what went wrong."""
    body = json.dumps({"type": message.event, "data": message.content,
                       "timestamp": f"{message.created_at.isoformat()}Z"})  # fmt: skip
    at = datetime.now(UTC)
    headers = {
        "content-type": "application/json", "webhook-id": message.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(webhook.secret).sign(message.id, at, body),
    }  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE):  # the client's own begins anew with every byte
            status = await _post(service, client, httpx.URL(webhook.url), body, headers)
    except TimeoutError:
        return 0, f"no answer within {_PATIENCE:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return 0, str(error) or type(error).__name__
    return status, "" if 200 <= status < 300 else f"answered {status}"


async def _post(
    service: Service, client: httpx.AsyncClient, url: httpx.URL, body: str, headers: dict[str, str]
) -> int:
    """The status that the host of ``url`` answers, at the address that was looked up and checked.

    The name is looked up only once: another answer a moment later cannot lead elsewhere.
    """
    addresses = await asyncio.to_thread(resolved, url.host)
    if not (service.settings.webhooks_local or all(map(is_elsewhere, addresses))):
        raise ValueError("the address points to this host")
    named = {**headers, "host": url.netloc.decode()}
    failed = httpx.ConnectError("the name of the host is not known")
    for address in addresses[:_TRIED]:
        try:
            async with client.stream(
                "POST", url.copy_with(host=address), content=body, headers=named,
                extensions={"sni_hostname": url.raw_host.decode()},
            ) as answer:  # fmt: skip
                return answer.status_code  # the rest of the answer is not read: it may have no end
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failed = httpx.ConnectError(f"{type(error).__name__}: {error}")
    raise failed


def _note(session: Session, message_id: str, status: int, error: str) -> None:
    """Note how it went; the webhook is switched off where its receiver is gone."""
    message = session.get(WebhookMessage, message_id)
    if message is None:
        return  # deleted with its webhook meanwhile
    message.last_error = error[:_LONGEST_ERROR]
    if not error:
        message.state = "delivered"
    elif status == _GONE or message.attempts > len(PAUSES):
        message.state = "given up"
    else:
        message.due_at = now() + PAUSES[message.attempts - 1]
    webhook = session.get(Webhook, message.webhook_id)
    if status == _GONE and webhook is not None:
        webhook.active, webhook.revision = False, webhook.revision + 1
