"""What the service keeps beside the data contract: SQLModel tables, one class a table.

Every time is UTC, without a zone (SQLite keeps none). Identifiers are UUIDs as 32 hex digits, made
by :func:`new_id`; they sort by the time they were made. Content that is never searched is JSON.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.types import DateTime
from sqlmodel import Field, SQLModel

Json = dict[str, Any]
# texts that are paged through: compared by their code points on every database
ByCodePoint: Any = Text().with_variant(Text(collation="C"), "postgresql")
EVERYTHING = "*"  # in a list of brands or plants: all of them


def now() -> datetime:
    """The time, UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_id() -> str:
    """A fresh identifier: UUID version 7 (RFC 9562) as 32 hex digits; later ones sort last."""
    stamp = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    high = stamp << 16 | 0x7000 | random >> 68 & 0x0FFF
    low = 0x8000_0000_0000_0000 | random & 0x3FFF_FFFF_FFFF_FFFF
    return f"{high:016x}{low:016x}"


def _json(default: Any = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


def _time(*, index: bool = False) -> Any:
    return Field(default_factory=now, sa_type=DateTime, index=index)


def _no_time() -> Any:
    return Field(default=None, sa_type=DateTime)  # sqlmodel's own type wants a zone


def _everything() -> list[str]:
    return [EVERYTHING]


# --- data and scenarios ------------------------------------------------------------------------


class Dataset(SQLModel, table=True):
    """One supply chain: the base that scenarios are laid over.

    ``revision`` counts the transactions that changed it: it is its entity tag, and the cursor of
    its change feed. Which rows were deleted up to the revision ``forgotten`` is no longer known.
    """

    __tablename__ = "datasets"
    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    revision: int = Field(default=0, sa_type=BigInteger)
    forgotten: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = _time()
    updated_at: datetime = _time()
    created_by: str = ""


class DeletedRow(SQLModel, table=True):
    """A row of the contract that was deleted, for the change feed, with what it last held."""

    __tablename__ = "deleted_rows"
    dataset_id: str = Field(primary_key=True, foreign_key="datasets.id", ondelete="CASCADE")
    table_name: str = Field(primary_key=True, sa_type=ByCodePoint)
    row_key: str = Field(primary_key=True, sa_type=ByCodePoint)
    revision: int = Field(sa_type=BigInteger, index=True)
    deleted_at: datetime = _time(index=True)
    content: Json = _json()


class ScenarioRecord(SQLModel, table=True):
    """A scenario: a delta over a dataset, kept as the YAML that it was written in."""

    __tablename__ = "scenarios"
    __table_args__ = (UniqueConstraint("dataset_id", "name"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    dataset_id: str = Field(foreign_key="datasets.id", ondelete="CASCADE")
    name: str
    content: str
    shared: bool = False
    revision: int = 1
    created_by: str = ""
    created_at: datetime = _time()
    updated_at: datetime = _time()


class Override(SQLModel, table=True):
    """A planner's word on a forecast, kept apart from the statistical one."""

    __tablename__ = "overrides"
    __table_args__ = (UniqueConstraint("dataset_id", "item", "location", "period"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    dataset_id: str = Field(foreign_key="datasets.id", ondelete="CASCADE")
    item: str
    location: str
    period: datetime = Field(sa_type=DateTime)
    statistical: float
    quantity: float
    reason: str
    revision: int = 1
    created_by: str = ""
    created_at: datetime = _time()


class Draft(SQLModel, table=True):
    """What somebody has begun on a page and not finished, so that a refresh loses nothing."""

    __tablename__ = "drafts"
    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    content: Json = _json()
    updated_at: datetime = _time()


# --- jobs, runs and what they leave ------------------------------------------------------------


class Job(SQLModel, table=True):
    """Long work: queued, running, then succeeded, failed or cancelled.

    While it runs, ``worker`` names the process that runs it and ``heartbeat_at`` is its last sign
    of life.
    """

    __tablename__ = "jobs"
    id: str = Field(default_factory=new_id, primary_key=True)
    kind: str
    dataset_id: str | None = Field(default=None, index=True)
    parameters: Json = _json()
    state: str = Field(default="queued", index=True)
    stage: str = ""
    attempts: int = 0
    worker: str = ""
    cancel_requested: bool = False
    error: Json = _json()
    created_by: str = ""
    created_at: datetime = _time(index=True)
    started_at: datetime | None = _no_time()
    heartbeat_at: datetime | None = _no_time()
    finished_at: datetime | None = _no_time()


class JobLine(SQLModel, table=True):
    """A line of a job's log."""

    __tablename__ = "job_lines"
    id: int | None = Field(default=None, primary_key=True)
    job_id: str = Field(foreign_key="jobs.id", index=True, ondelete="CASCADE")
    at: datetime = _time()
    text: str


class Run(SQLModel, table=True):
    """What a job made; its id is that of the job, so that a job has one run at most.

    ``inputs`` maps the tables it was made from to the blobs that hold them: with them, ``options``
    and ``scenarios`` (YAML texts) it can be made again.
    """

    __tablename__ = "runs"
    id: str = Field(primary_key=True)
    kind: str = Field(index=True)
    dataset_id: str | None = Field(default=None, index=True)
    dataset_revision: int = Field(default=0, sa_type=BigInteger)
    input_hash: str = ""
    version: str = ""
    options: Json = _json()
    scenarios: list[str] = _json(list)
    inputs: Json = _json()
    status: str = ""
    bound: float | None = None
    result: Json = _json()
    created_by: str = ""
    created_at: datetime = _time(index=True)


class PlanRecord(SQLModel, table=True):
    """One plan of a run."""

    __tablename__ = "plans"
    id: str = Field(default_factory=new_id, primary_key=True)
    run_id: str = Field(foreign_key="runs.id", index=True, ondelete="CASCADE")
    scenario: str
    kind: str
    status: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    plan_hash: str = ""
    manifest: Json = _json()


class Artifact(SQLModel, table=True):
    """A file of a run (``plan_id`` empty) or of one of its plans, kept as a blob."""

    __tablename__ = "artifacts"
    run_id: str = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    plan_id: str = Field(default="", primary_key=True)
    path: str = Field(primary_key=True)
    blob: str = Field(foreign_key="blobs.sha256")
    size: int = Field(sa_type=BigInteger)
    rows: int | None = None


class Blob(SQLModel, table=True):
    """Content by its SHA-256: the same content is kept once."""

    __tablename__ = "blobs"
    sha256: str = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ActionRecord(SQLModel, table=True):
    """A recommended action with where its decision stands.

    ``state``: proposed, approved, changed (approved with another quantity) or rejected.
    """

    __tablename__ = "actions"
    id: str = Field(default_factory=new_id, primary_key=True)
    plan_id: str = Field(foreign_key="plans.id", index=True, ondelete="CASCADE")
    rank: int
    key: str
    lever: str
    item: str = ""
    location: str = ""
    quantity: float
    content: Json = _json()
    state: str = "proposed"
    decided_quantity: float | None = None
    revision: int = 1


class Decision(SQLModel, table=True):
    """What somebody decided on an action; the last one holds, the earlier ones are its history."""

    __tablename__ = "decisions"
    id: str = Field(default_factory=new_id, primary_key=True)
    action_id: str = Field(foreign_key="actions.id", index=True, ondelete="CASCADE")
    verdict: str
    quantity: float | None = None
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime = _time()


class Release(SQLModel, table=True):
    """An approved decision on its way to the ERP: open, acknowledged or withdrawn.

    ``sequence`` orders releases for whoever fetches them; ``acknowledgement`` is the ERP's own key.
    Releases outlive their dataset: what the ERP has taken stays known under its key.
    """

    __tablename__ = "releases"
    __table_args__ = (Index("releases_by_state", "dataset_id", "state", "sequence"),)
    id: str = Field(default_factory=new_id, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, unique=True)
    dataset_id: str
    action_id: str = Field(foreign_key="actions.id", index=True, ondelete="CASCADE")
    kind: str
    content: Json = _json()
    state: str = "open"
    acknowledgement: str | None = Field(default=None, unique=True)
    created_at: datetime = _time()
    acknowledged_at: datetime | None = _no_time()
    revision: int = 1


class Counter(SQLModel, table=True):
    """The last number that was given out under a name: numbers never fall, whatever is deleted."""

    __tablename__ = "counters"
    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


class Webhook(SQLModel, table=True):
    """Somebody to be told of events, with the secret that signs what they are told."""

    __tablename__ = "webhooks"
    id: str = Field(default_factory=new_id, primary_key=True)
    url: str
    secret: str
    events: list[str] = _json(list)
    active: bool = True
    revision: int = 1
    created_by: str = ""
    created_at: datetime = _time()


class WebhookMessage(SQLModel, table=True):
    """An event on its way to a webhook, tried until it is taken or given up."""

    __tablename__ = "webhook_messages"
    id: str = Field(default_factory=new_id, primary_key=True)
    webhook_id: str = Field(foreign_key="webhooks.id", index=True, ondelete="CASCADE")
    event: str
    content: Json = _json()
    attempts: int = 0
    due_at: datetime = _time(index=True)
    state: str = Field(default="waiting", index=True)
    last_error: str = ""
    created_at: datetime = _time()


# --- people ------------------------------------------------------------------------------------


class User(SQLModel, table=True):
    """Somebody, or a machine, with roles and what they may see."""

    __tablename__ = "users"
    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    email: str = ""
    password_hash: str | None = None
    subject: str | None = Field(default=None, unique=True)
    roles: list[str] = _json(list)
    brands: list[str] = _json(_everything)
    plants: list[str] = _json(_everything)
    active: bool = True
    revision: int = 1
    created_at: datetime = _time()


class Token(SQLModel, table=True):
    """An API token, kept as its hash."""

    __tablename__ = "tokens"
    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    name: str
    hash: str = Field(unique=True)
    scopes: list[str] = _json(list)
    created_at: datetime = _time()
    expires_at: datetime = Field(sa_type=DateTime)
    revoked_at: datetime | None = _no_time()


class Login(SQLModel, table=True):
    """A browser's session, kept as the hash of its cookie."""

    __tablename__ = "logins"
    hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    created_at: datetime = _time()
    expires_at: datetime = Field(sa_type=DateTime)


class LoginFailure(SQLModel, table=True):
    """Logins that failed in a row for a name, kept as a hash: people type passwords there."""

    __tablename__ = "login_failures"
    hash: str = Field(primary_key=True)
    failures: int = 0
    until: datetime = _time(index=True)


class AuditEntry(SQLModel, table=True):
    """Who did what when, to which version, from what to what; chained by hashes."""

    __tablename__ = "audit"
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=DateTime)
    actor: str
    action: str
    subject: str
    version: str = ""
    before: Json = _json()
    after: Json = _json()
    request_id: str = ""
    previous: str
    hash: str


# --- manners -----------------------------------------------------------------------------------


class IdempotencyKey(SQLModel, table=True):
    """An answer kept for a key, so that the same request again gets the same answer."""

    __tablename__ = "idempotency_keys"
    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    state: str = "in flight"
    status: int = 0
    headers: Json = _json()
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _time(index=True)
