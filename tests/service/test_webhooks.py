"""Webhooks: told of events, signed, again where the receiver fails, and never on this host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select
from standardwebhooks import Webhook as Verifier

from app.service import webhooks
from app.service.context import Service
from app.service.faults import Changed, Forbidden, NotFound
from app.service.identity.identity import Identity, Role
from app.service.jobs import cancel
from app.service.jobs.running import run_now
from app.service.webhooks.delivery import PAUSES, deliver_due
from app.service.webhooks.outbox import announce
from app.store.records import AuditEntry, Webhook, WebhookMessage
from supplychain.errors import InputError
from tests.service.shops import asked, stored

ADMIN = Identity("u-admin", "ada", frozenset({Role.ADMINISTRATOR}))
URL = "https://erp.example/hooks"


@contextmanager
def receiver(*answers: int) -> Iterator[tuple[httpx.Client, list[httpx.Request]]]:
    """A receiver that gives these answers, one after the other, and what it got."""
    got: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(answers[len(got) - 1])

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        yield client, got


def tell(service: Service) -> None:
    with service.database.writing() as session:
        announce(session, "release.created", {"release": "r1"})


def later(service: Service, by: timedelta) -> None:
    """Let time pass for what waits."""
    with service.database.writing() as session:
        for message in session.exec(select(WebhookMessage)):
            message.due_at -= by


def test_an_event_comes_signed_to_who_asked_for_it(any_service: Service) -> None:
    service = any_service
    _, secret = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    webhooks.add_webhook(service, ADMIN, URL, ["job.finished"])
    tell(service)
    with receiver(204) as (client, got):
        assert deliver_due(service, client) == 1
        assert deliver_due(service, client) == 0
    [request] = got
    told = Verifier(secret).verify(request.content, dict(request.headers))
    assert (told["type"], told["data"]) == ("release.created", {"release": "r1"})
    assert json.loads(request.content)["timestamp"].endswith("Z")


def test_a_receiver_that_fails_is_asked_again_after_a_pause_under_the_same_id(
    service: Service,
) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(500, 302, 200) as (client, got):
        deliver_due(service, client)
        assert deliver_due(service, client) == 0  # not due yet
        for pause in PAUSES[:2]:
            later(service, pause)
            assert deliver_due(service, client) == 1
    assert len({request.headers["webhook-id"] for request in got}) == 1
    [message] = webhooks.messages(service, ADMIN, made.id)
    assert (message.state, message.attempts, message.last_error) == ("delivered", 3, "")


def test_after_a_day_of_trying_a_message_is_given_up(service: Service) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(*[503] * 20) as (client, got):
        for _ in range(12):
            deliver_due(service, client)
            later(service, timedelta(days=1))
    assert len(got) == len(PAUSES) + 1
    [message] = webhooks.messages(service, ADMIN, made.id)
    assert (message.state, message.last_error) == ("given up", "answered 503")


def test_a_receiver_that_is_gone_is_told_no_more(service: Service) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(410) as (client, _):
        deliver_due(service, client)
        assert not webhooks.webhook(service, ADMIN, made.id).active
        tell(service)
        assert deliver_due(service, client) == 0


def test_the_end_of_a_job_is_told(service: Service, planner: Identity) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["job.finished"])
    stored(service)
    job = run_now(service, asked(service, planner, "plan", "shop").id)
    waiting = cancel(service, planner, asked(service, planner, "plan", "shop").id)
    told = [message.content for message in webhooks.messages(service, ADMIN, made.id)]
    common = {"kind": "plan", "dataset": job.dataset_id}
    assert told == [{"job": waiting.id, "state": "cancelled", **common},
                    {"job": job.id, "state": "succeeded", **common}]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://erp.example/x", "is not an address of the web"),
        ("https://", "is not an address of the web"),
        ("http://[", "is no address"),
        ("https://name:word@erp.example/", "holds a name or password"),
        ("http://127.0.0.1:8000/", "points to this host"),
        ("http://localhost/", "points to this host"),
        ("http://[::ffff:127.0.0.1]/", "points to this host"),
        ("http://169.254.169.254/latest", "points to this host"),
        ("http://2130706433/", "points to this host"),
    ],
)
def test_an_address_that_the_service_must_not_ask_is_refused(
    service: Service, url: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        webhooks.add_webhook(service, ADMIN, url, ["job.finished"])
    assert webhooks.webhooks(service, ADMIN) == []


def test_a_name_that_comes_to_point_to_this_host_is_not_asked(service: Service) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, "http://erp.invalid/", ["release.created"])
    with service.database.writing() as session:
        record = session.get(Webhook, made.id)
        assert record is not None
        record.url = "http://localhost/"
    tell(service)
    with receiver(200) as (client, got):
        deliver_due(service, client)
    assert got == []
    assert webhooks.messages(service, ADMIN, made.id)[0].last_error == (
        "the address points to this host")  # fmt: skip


def test_webhooks_are_the_administrators_and_change_with_their_revision(
    service: Service, planner: Identity
) -> None:
    with pytest.raises(Forbidden):
        webhooks.add_webhook(service, planner, URL, ["job.finished"])
    with pytest.raises(InputError, match="is no event"):
        webhooks.add_webhook(service, ADMIN, URL, ["job.begun"])
    made, secret = webhooks.add_webhook(service, ADMIN, URL, ["job.finished"])
    changed = webhooks.change_webhook(service, ADMIN, made.id, active=False, if_match=1)
    assert (changed.active, changed.revision, changed.url) == (False, 2, URL)
    with pytest.raises(Changed):
        webhooks.delete_webhook(service, ADMIN, made.id, if_match=1)
    webhooks.delete_webhook(service, ADMIN, made.id, if_match=2)
    with pytest.raises(NotFound):
        webhooks.webhook(service, ADMIN, made.id)
    with service.database.reading() as session:
        told = [entry.model_dump_json() for entry in session.exec(select(AuditEntry))]
    assert len(told) == 3
    assert not any(secret in entry or secret[6:] in entry for entry in told)


def test_a_message_that_is_being_sent_is_nobody_elses(service: Service) -> None:
    webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(200) as (other, missed):

        def answer(request: httpx.Request) -> httpx.Response:
            assert deliver_due(service, other) == 0
            return httpx.Response(200)

        with httpx.Client(transport=httpx.MockTransport(answer)) as client:
            assert deliver_due(service, client) == 1
    assert missed == []
