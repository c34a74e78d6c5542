"""Webhooks: told of events, signed, again where the receiver fails, and never on this host."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlmodel import select
from standardwebhooks import Webhook as Verifier

from app.api.logs import configure_logs
from app.jobs.worker import log_from
from app.service import webhooks
from app.service.context import Service
from app.service.faults import Changed, Forbidden, NotFound
from app.service.identity.identity import Identity, Role
from app.service.jobs import cancel
from app.service.webhooks.delivery import PAUSES, deliver_due
from app.service.webhooks.outbox import announce
from app.store.records import AuditEntry, WebhookMessage
from supplychain.errors import InputError
from tests.service.running import run_now
from tests.service.shops import asked, stored

ADMIN = Identity("u-admin", "ada", frozenset({Role.ADMINISTRATOR}))
URL = "https://erp.example/hooks"


Names = dict[str, list[str]]


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What names stand for: the addresses of a name, one for each time that it is looked up."""
    known: Names = {"erp.example": ["203.0.113.5"] * 100}
    real = socket.getaddrinfo

    def look_up(host: str, *further: Any, **options: Any) -> Any:
        address = known[host].pop(0) if host in known else host
        return real(address, *further, **options)

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    return known


@contextmanager
def receiver(*answers: int) -> Iterator[tuple[httpx.MockTransport, list[httpx.Request]]]:
    """A receiver that gives these answers, one after the other, and what it got."""
    got: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(answers[len(got) - 1])

    yield httpx.MockTransport(answer), got


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
    with receiver(204) as (transport, got):
        assert deliver_due(service, transport) == 1
        assert deliver_due(service, transport) == 0
    [request] = got
    told = Verifier(secret).verify(request.content, dict(request.headers))
    assert (told["type"], told["data"]) == ("release.created", {"release": "r1"})
    assert json.loads(request.content)["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_of_a_process", [log_from, configure_logs])
def test_no_log_tells_the_address_of_a_webhook(
    service: Service,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    log_of_a_process: Callable[[str], None],
) -> None:
    client_log, before = logging.getLogger("httpx"), structlog.get_config()
    monkeypatch.setattr(client_log, "handlers", [caplog.handler])
    monkeypatch.setattr(client_log, "level", logging.NOTSET)
    log_of_a_process("info")
    structlog.configure(**before)
    caplog.set_level(logging.INFO)
    webhooks.add_webhook(service, ADMIN, f"{URL}?token=hidden", ["release.created"])
    tell(service)
    with receiver(500) as (transport, got):
        deliver_due(service, transport)
    assert "hidden" in str(got[0].url)
    assert "hidden" not in caplog.text


def test_a_receiver_that_fails_is_asked_again_after_a_pause_under_the_same_id(
    service: Service,
) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(500, 302, 200) as (transport, got):
        deliver_due(service, transport)
        assert deliver_due(service, transport) == 0  # not due yet
        for pause in PAUSES[:2]:
            later(service, pause)
            assert deliver_due(service, transport) == 1
    assert len({request.headers["webhook-id"] for request in got}) == 1
    [message] = webhooks.messages(service, ADMIN, made.id)
    assert (message.state, message.attempts, message.last_error) == ("delivered", 3, "")


def test_a_message_does_not_wait_for_a_clock_that_was_set_back(service: Service) -> None:
    webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    later(service, timedelta(days=-1))  # it was due a day from now, by the clock as it was
    with receiver(200) as (transport, got):
        assert deliver_due(service, transport) == 1
    assert len(got) == 1


def test_after_a_day_of_trying_a_message_is_given_up(service: Service) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(*[503] * 20) as (transport, got):
        for _ in range(12):
            deliver_due(service, transport)
            later(service, timedelta(days=1))
    assert len(got) == len(PAUSES) + 1
    [message] = webhooks.messages(service, ADMIN, made.id)
    assert (message.state, message.last_error) == ("given up", "answered 503")


def test_a_receiver_that_is_gone_is_told_no_more(service: Service) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(410) as (transport, _):
        deliver_due(service, transport)
        assert not webhooks.webhook(service, ADMIN, made.id).active
        tell(service)
        assert deliver_due(service, transport) == 0


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
        ("http://[64:ff9b::a9fe:a9fe]/", "points to this host"),
        ("http://[2002:7f00:1::]/", "points to this host"),
    ],
)
def test_an_address_that_the_service_must_not_ask_is_refused(
    service: Service, url: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        webhooks.add_webhook(service, ADMIN, url, ["job.finished"])
    assert webhooks.webhooks(service, ADMIN) == []


def test_a_name_that_comes_to_point_to_this_host_is_not_asked(
    service: Service, names: Names
) -> None:
    names["erp.example"] = ["203.0.113.5", "127.0.0.1"]  # when it is added, and when it is told
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    tell(service)
    with receiver(200) as (transport, got):
        deliver_due(service, transport)
    assert got == []
    assert webhooks.messages(service, ADMIN, made.id)[0].last_error == (
        "the address points to this host")  # fmt: skip


def test_the_address_that_was_checked_is_the_one_that_is_asked(
    service: Service, names: Names
) -> None:
    webhooks.add_webhook(service, ADMIN, "https://erp.example:8443/hooks", ["release.created"])
    names["erp.example"] = ["203.0.113.5", "127.0.0.1"]  # it changes as soon as it was checked
    tell(service)
    with receiver(200) as (transport, got):
        deliver_due(service, transport)
    [request] = got
    assert str(request.url) == "https://203.0.113.5:8443/hooks"
    assert request.headers["Host"] == "erp.example:8443"
    assert request.extensions["sni_hostname"] == "erp.example"
    assert names["erp.example"] == ["127.0.0.1"]  # nobody looked it up a second time


def test_a_name_that_is_not_known_is_tried_again_later(service: Service, names: Names) -> None:
    made, _ = webhooks.add_webhook(service, ADMIN, URL, ["release.created"])
    names["erp.example"] = ["no.such.name.invalid"]
    tell(service)
    with receiver(200) as (transport, got):
        deliver_due(service, transport)
    [message] = webhooks.messages(service, ADMIN, made.id)
    assert (message.state, message.last_error, got) == (
        "waiting", "the name of the host is not known", [])  # fmt: skip


def test_a_receiver_is_sent_one_message_at_a_time_and_nobody_waits_for_it(
    any_service: Service,
) -> None:
    service = any_service
    for url in (URL, URL, f"{URL}/other"):
        webhooks.add_webhook(service, ADMIN, url, ["release.created"])
    tell(service)
    tell(service)
    begun: list[int] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        begun.append(1)
        while len(begun) % 3:  # answers once all three were asked
            await asyncio.sleep(0.01)
        return httpx.Response(200)

    taken = [deliver_due(service, httpx.MockTransport(answer)) for _ in range(3)]
    assert taken == [3, 3, 0]


@contextmanager
def dripping(head: bytes) -> Iterator[int]:
    """The port of a receiver that answers with ``head``, then with a byte now and then."""
    stop = threading.Event()

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(head)
            while not stop.wait(0.1):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("head", "state", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Endless: ", "waiting", "no answer within 1 s"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "delivered", ""),
    ],
)
def test_an_answer_that_drips_holds_nobody_up(
    service: Service, monkeypatch: pytest.MonkeyPatch, head: bytes, state: str, error: str
) -> None:
    monkeypatch.setattr("app.service.webhooks.delivery._PATIENCE", 1.0)
    local = Service(service.settings.model_copy(update={"webhooks_local": True}), service.database)
    with dripping(head) as port:
        url = f"http://127.0.0.1:{port}/"
        made, _ = webhooks.add_webhook(local, ADMIN, url, ["release.created"])
        tell(local)
        assert deliver_due(local) == 1
    [message] = webhooks.messages(local, ADMIN, made.id)
    assert (message.state, message.last_error) == (state, error)


class _Listener(BaseHTTPRequestHandler):
    """Answers 302 to itself, and remembers what it was asked."""

    def do_POST(self) -> None:
        cast("_Server", self.server).asked.append(f"{self.path} of {self.headers['Host']}")
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    asked: list[str]


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Listener) as server:
        server.asked = []
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("name", ["erp.example", "other.example"])
def test_over_tls_the_name_is_asked_for_and_proved_and_no_redirect_is_followed(
    service: Service, names: Names, tmp_path: Path, name: str
) -> None:
    local = Service(service.settings.model_copy(update={"webhooks_local": True}), service.database)
    names[name] = ["127.0.0.1"] * 2
    certificate = certified("erp.example", tmp_path)
    asked_for: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, asked, __: asked_for.append(asked)
    trusting = ssl.create_default_context(cafile=certificate)
    with listening(context) as server:
        url = f"https://{name}:{server.server_port}/hooks"
        made, _ = webhooks.add_webhook(local, ADMIN, url, ["release.created"])
        tell(local)
        deliver_due(local, httpx.AsyncHTTPTransport(verify=trusting, trust_env=False))
    error = webhooks.messages(local, ADMIN, made.id)[0].last_error
    assert asked_for == [name]
    if name == "erp.example":
        assert error == "answered 302"
        assert server.asked == [f"/hooks of {name}:{server.server_port}"]
    else:  # the certificate is another one's, though the address is right
        assert "CERTIFICATE_VERIFY_FAILED" in error
        assert server.asked == []


def certified(name: str, folder: Path) -> Path:
    """A file with a fresh key and a certificate of ``name`` by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    made = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), at - timedelta(days=1),
        at + timedelta(days=1),
    ).add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "certified.pem").write_bytes(secret + public)
    return folder / "certified.pem"


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

        async def answer(request: httpx.Request) -> httpx.Response:
            assert await asyncio.to_thread(deliver_due, service, other) == 0
            return httpx.Response(200)

        assert deliver_due(service, httpx.MockTransport(answer)) == 1
    assert missed == []
