"""Releases as the ERP meets them: fetched in order, each acknowledged once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby, islice
from typing import Any

import pandas as pd
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.data.stored import find
from app.service.data.visible import Scope
from app.service.faults import Conflict, NotFound
from app.service.identity.identity import Identity, Permission
from app.service.results.scope import scope_of
from app.store.records import ActionRecord, PlanRecord, Release, Run, now
from supplychain.errors import InputError, Problem

Json = dict[str, Any]
Row = tuple[Release, Run]
_LONGEST_KEY = 200
_PAGE = 100  # releases read at a time, of which somebody may see a few


@dataclass(frozen=True)
class ReleaseView:
    """A release: ``content`` is the row of the plan, ``acknowledgement`` the ERP's own key."""

    id: str
    sequence: int
    dataset_id: str
    action_id: str
    kind: str
    content: Json
    state: str
    acknowledgement: str | None
    created_at: datetime
    acknowledged_at: datetime | None
    revision: int


def releases(
    service: Service,
    identity: Identity,
    *,
    dataset: str | None = None,
    action: str | None = None,
    state: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[ReleaseView]:
    """Releases with a sequence above ``after``, in their order; ``dataset`` is a name or id,
    ``action`` the id of what they come from.
    """
    identity.require(Permission.RELEASE_READ)
    query = _query().order_by(col(Release.sequence))
    if state is not None:
        query = query.where(Release.state == state)
    if action is not None:
        query = query.where(Release.action_id == action)
    with service.database.reading() as session:
        if dataset is not None:
            query = query.where(Release.dataset_id == _dataset_id(session, dataset))
        size = limit if identity.sees_everything else max(limit, _PAGE)
        pages, scopes = _pages(session, query, after, size), dict[str, Scope]()
        seen = chain.from_iterable(_visible(session, identity, rows, scopes) for rows in pages)
        return [_view(one) for one in islice(seen, limit)]


def _pages(session: Session, query: Any, after: int, size: int) -> Iterator[list[Row]]:
    """What ``query`` finds behind the sequence ``after``, read ``size`` at a time."""
    while True:
        found = session.exec(query.where(col(Release.sequence) > after).limit(size))
        rows = [(row[0], row[1]) for row in found]
        if rows:
            yield rows
        if len(rows) < size:
            return
        after = rows[-1][0].sequence


def release(service: Service, identity: Identity, release_id: str) -> ReleaseView:
    """One release; NotFound where there is none that ``identity`` may see."""
    identity.require(Permission.RELEASE_READ)
    with service.database.reading() as session:
        return _view(_found(session, identity, release_id))


def acknowledge(service: Service, identity: Identity, release_id: str, key: str) -> ReleaseView:
    """Take a release, under the ERP's own ``key`` of what it made of it.

    The same key again is the same answer. Conflict where it was taken under another key, was
    withdrawn, or the key stands for another release.
    """
    identity.require(Permission.RELEASE_ACKNOWLEDGE)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise InputError([Problem("release", f"needs a key of 1 to {_LONGEST_KEY} characters",
                                  "give your own number of the order", column="key")])  # fmt: skip
    try:
        with audited(service) as session:
            found = _found(session, identity, release_id)
            session.refresh(found, with_for_update=True)
            if found.acknowledgement == key:
                return _view(found)
            if found.state != "open":
                raise Conflict(f"the release was {found.state} already", "fetch it again")
            found.state, found.acknowledgement, found.acknowledged_at = "acknowledged", key, now()
            found.revision += 1
            record(session, identity, "release.acknowledged", f"release {found.id}",
                   after={"key": key}, version=found.revision - 1)  # fmt: skip
            session.flush()
            return _view(found)
    except IntegrityError:
        raise Conflict("the key stands for another release", "use one key a release") from None


def _query() -> Any:
    """Releases with what tells of their run whose data are behind it: runs hold whole documents."""
    told = load_only(Run.id, Run.kind, Run.inputs, Run.options, raiseload=True)  # type: ignore[arg-type]
    query: Any = select(Release, Run).options(told)
    query = query.join(ActionRecord, col(ActionRecord.id) == col(Release.action_id))
    query = query.join(PlanRecord, col(PlanRecord.id) == col(ActionRecord.plan_id))
    return query.join(Run, col(Run.id) == col(PlanRecord.run_id))


def _dataset_id(session: Session, dataset: str) -> str:
    """Of a name or identifier; of a dataset that is gone the identifier, while releases bear it."""
    known = select(Release.dataset_id).where(Release.dataset_id == dataset).limit(1)
    return session.exec(known).first() or find(session, dataset).id


def _found(session: Session, identity: Identity, release_id: str) -> Release:
    row = session.exec(_query().where(Release.id == release_id)).first()
    seen = list(_visible(session, identity, [] if row is None else [(row[0], row[1])], {}))
    if not seen:
        raise NotFound.of("release", release_id)
    return seen[0]


def _visible(
    session: Session, identity: Identity, found: Iterable[Row], scopes: dict[str, Scope]
) -> Iterator[Release]:
    """Those that name nothing hidden from ``identity``, by the data of their run.

    ``scopes`` keeps what is hidden by run, as it takes whole tables to tell.
    """
    for run_id, rows in groupby(found, key=lambda row: row[1].id):
        group = list(rows)
        if run_id not in scopes:
            scopes[run_id] = scope_of(session, identity, group[0][1])
        table = pd.DataFrame([one.content for one, _ in group]).assign(number=range(len(group)))
        yield from (group[number][0] for number in scopes[run_id].visible(table)["number"])


def _view(found: Release) -> ReleaseView:
    return ReleaseView(**{name: getattr(found, name) for name in ReleaseView.__dataclass_fields__})
