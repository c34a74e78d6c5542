"""The audit: who did what when, to which version, from what to what.

Each entry holds the hash of the one before it, and the last hash is kept outside the database
(:mod:`app.service.audit_head`), so that an edit, a deletion, another order and a missing end show.
Whoever changes state does it in one transaction with its entry::

    with audited(service) as session:
        session.add(record_of_what_is_new)
        record(session, identity, "dataset.created", f"dataset {name}", after={"name": name})
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import desc, text
from sqlmodel import Session, col, select

from app.service.audit_head import Head, advance, read_head
from app.service.context import Service
from app.service.faults import Forbidden
from app.service.identity.identity import OPERATOR, Identity, Permission
from app.store.records import AuditEntry, Json, now
from supplychain.errors import FileError

_ENTRIES = "audit entries"  # of a session: what its transaction has to tell
_LOCK = 0x61756469  # "audi": the advisory lock of PostgreSQL under which the chain grows
_START = Head(0, "")
_TOLD = 20  # problems that a verification lists


@contextmanager
def audited(service: Service) -> Iterator[Session]:
    """A writing transaction whose :func:`record` calls become the next entries of the chain.

    The entries are written last, so that transactions wait for each other's chain only then.
    """
    with service.database.writing() as session:
        session.info[_ENTRIES] = []
        yield session
        head = _append(session)
    if head is not None:
        _tell_head(service, head)


def record(
    session: Session,
    identity: Identity,
    action: str,
    subject: str,
    *,
    version: str | int = "",
    before: Json | None = None,
    after: Json | None = None,
) -> None:
    """Tell the audit, in a session of :func:`audited`; never put a secret in it.

    ``action`` reads "dataset.created", ``subject`` "dataset NAME"; ``version`` is the one acted on.
    """
    session.info[_ENTRIES].append(
        AuditEntry(
            sequence=0,
            at=now(),
            actor=identity.name,
            action=action,
            subject=subject,
            version=str(version),
            before=before or {},
            after=after or {},
            request_id=identity.request_id,
            previous="",
            hash="",
        )
    )


def _append(session: Session) -> Head | None:
    """Chain the session's entries to those before; return the new head."""
    entries: list[AuditEntry] = session.info[_ENTRIES]
    if not entries:
        return None
    session.flush()  # other rows' locks come before the chain's, so that no two wait crosswise
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    head = _last(session)
    for entry in entries:
        entry.sequence, entry.previous = head.sequence + 1, head.hash
        entry.hash = entry_hash(entry)
        head = Head(entry.sequence, entry.hash)
    session.add_all(entries)
    return head


def _last(session: Session) -> Head:
    statement = select(AuditEntry.sequence, AuditEntry.hash)
    row = session.exec(statement.order_by(desc(col(AuditEntry.sequence))).limit(1)).first()
    return _START if row is None else Head(*row)


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 of all that an entry says, the hash of the one before it included."""
    said = entry.model_dump(mode="json", exclude={"hash"})
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode()).hexdigest()


def _tell_head(service: Service, head: Head) -> None:
    """The change is kept by now: a head that cannot be written lags, which verify tells."""

    def in_chain(named: Head) -> bool:
        with service.database.reading() as session:
            entry = session.get(AuditEntry, named.sequence)
            return entry is not None and entry.hash == named.hash

    try:
        advance(service.settings.audit_head, head, in_chain)
    except Exception:
        logging.getLogger(__name__).exception("the audit's head could not be written")


def begin_anew(service: Service, reason: str) -> None:
    """Let the head follow the database as it is now, such as after a restore; the audit says so.

    No shell but the operator's command line may call this: what the old head would have shown, it
    shows no longer.
    """
    before = read_head(service.settings.audit_head)
    service.settings.audit_head.unlink(missing_ok=True)
    with audited(service) as session:
        record(session, OPERATOR, "audit.begun_anew", reason,
               before={} if before is None else before._asdict())  # fmt: skip


# --- reading and checking ----------------------------------------------------------------------


@dataclass(frozen=True)
class Verification:
    """What a check of the chain found; ``unconfirmed`` entries came after the head."""

    entries: int
    unconfirmed: int
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nobody tampered with it."""
        return not self.problems


def verify(service: Service, identity: Identity) -> Verification:
    """Check every entry against its hash, its neighbour and the head outside the database."""
    identity.require(Permission.AUDIT)
    try:
        head = read_head(service.settings.audit_head)  # before the entries: it never leads
    except FileError:
        return Verification(0, 0, ("the head outside the database cannot be read",))
    with service.database.reading() as session:
        return verify_chain(session, head)


def verify_chain(session: Session, head: Head | None) -> Verification:
    """Check the chain that ``session`` sees against ``head``."""
    statement = select(AuditEntry).order_by(col(AuditEntry.sequence))
    entries = session.exec(statement.execution_options(yield_per=1000))
    problems: list[str] = []
    last, at_head = _START, _START
    for last, found in _links(entries):
        problems += found
        if head is not None and last.sequence == head.sequence:
            at_head = last
    problems += _against_head(last, at_head, head)
    unconfirmed = last.sequence - at_head.sequence
    return Verification(last.sequence, unconfirmed, tuple(problems[:_TOLD]))


def _links(entries: Iterable[AuditEntry]) -> Iterator[tuple[Head, list[str]]]:
    """Each entry as a head, with what is wrong with it after the one before."""
    before = _START
    for entry in entries:
        found = []
        if entry.sequence != before.sequence + 1:
            found.append(f"entries {before.sequence + 1} to {entry.sequence - 1} are missing")
        elif entry.previous != before.hash:
            found.append(f"entry {entry.sequence} does not follow the one before it")
        if entry.hash != entry_hash(entry):
            found.append(f"entry {entry.sequence} was edited")
        before = Head(entry.sequence, entry.hash)
        yield before, found


def _against_head(last: Head, at_head: Head, head: Head | None) -> list[str]:
    if head is None:
        return ["the head outside the database is missing"] if last.sequence else []
    if last.sequence < head.sequence:
        return [f"the end is missing: {last.sequence} entries, the head names {head.sequence}"]
    if at_head != head:
        return [f"entry {head.sequence} is another one than the head outside the database"]
    return []


@dataclass(frozen=True)
class Entry:
    """One entry, for people."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    version: str
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str


def entries(
    service: Service,
    identity: Identity,
    *,
    actor: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """The newest entries, of one actor or subject where given, older than number ``before``.

    They tell of every brand and plant: Forbidden for who sees only some.
    """
    identity.require(Permission.AUDIT)
    if not identity.sees_everything:
        raise Forbidden("the audit tells of every brand and plant", "ask somebody who sees all")
    statement = select(AuditEntry).order_by(desc(col(AuditEntry.sequence))).limit(limit)
    if actor is not None:
        statement = statement.where(AuditEntry.actor == actor)
    if subject is not None:
        statement = statement.where(AuditEntry.subject == subject)
    if before is not None:
        statement = statement.where(col(AuditEntry.sequence) < before)
    with service.database.reading() as session:
        return [_entry(found) for found in session.exec(statement)]


def _entry(found: AuditEntry) -> Entry:
    return Entry(**found.model_dump(exclude={"previous", "hash"}))
