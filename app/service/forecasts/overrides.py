"""A planner's word on a forecast: kept apart from the statistical one, and judged by what came.

Plans go by it where they are not told otherwise: see ``overridden``.

Forecast value added is the error of the statistical forecast less that of the planner's, in units:
above 0 the planner's word was better.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.data.stored import Stored, find, find_stored
from app.service.data.visible import scope_of
from app.service.faults import Changed, Forbidden, NotFound
from app.service.identity.identity import Identity, Permission
from app.store.records import Override
from supplychain.errors import InputError, Problem

_KEYS = ["item", "location", "period"]
_COLUMNS = ["id", *_KEYS, "statistical", "quantity", "reason", "revision", "created_by"]


@dataclass(frozen=True)
class Wish:
    """What a planner expects of one item, location and period instead of ``statistical``."""

    item: str
    location: str
    period: datetime
    statistical: float
    quantity: float
    reason: str


def override(
    service: Service, identity: Identity, dataset: str, wish: Wish, *, if_match: int = 0
) -> int:
    """Keep ``wish``; its new revision. ``if_match``: the revision it replaces, 0: there is none.

    Raises InputError where the quantity or the reason is missing, Changed where somebody else was
    there first, and Forbidden for what ``identity`` may not see.
    """
    identity.require(Permission.OVERRIDE)
    _check(wish)
    stored, _ = find_stored(service, dataset)
    _require_seen(stored, identity, wish)
    with _first(wish), audited(service) as session:
        there = _there(session, stored.dataset_id, wish)
        revision = 0 if there is None else there.revision
        if revision != if_match:
            raise _changed(wish.item, revision)
        made = there or Override(dataset_id=stored.dataset_id, **vars(wish), revision=0)
        before = {"quantity": made.quantity, "reason": made.reason} if there else {}
        made.sqlmodel_update({**vars(wish), "revision": revision + 1, "created_by": identity.name})
        session.add(made)
        record(session, identity, "forecast.overridden",
               f"forecast {wish.item} {wish.location} {wish.period:%Y-%m-%d}", version=revision,
               before=before, after={"quantity": wish.quantity, "reason": wish.reason})  # fmt: skip
        return made.revision


def withdraw(
    service: Service,
    identity: Identity,
    dataset: str,
    override_id: str,
    *,
    if_match: int | None = None,
) -> None:
    """Forget an override: the statistical forecast holds again.

    ``if_match``: the revision that it must still have (else Changed). Forbidden for what
    ``identity`` may not see.
    """
    identity.require(Permission.OVERRIDE)
    stored, _ = find_stored(service, dataset)
    with audited(service) as session:
        found = session.get(Override, override_id, with_for_update=True)
        if found is None or found.dataset_id != stored.dataset_id:
            raise NotFound.of("override", override_id)
        _require_seen(stored, identity, found)
        if if_match not in (None, found.revision):
            raise _changed(found.item, found.revision)
        record(session, identity, "forecast.override_withdrawn",
               f"forecast {found.item} {found.location} {found.period:%Y-%m-%d}",
               version=found.revision, before={"quantity": found.quantity})  # fmt: skip
        session.delete(found)


def overrides(service: Service, identity: Identity, dataset: str) -> pd.DataFrame:
    """All overrides that ``identity`` may see, a row each."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        rows = overrides_of(session, find(session, dataset).id)
    scope = scope_of(find_stored(service, dataset)[0].tables, identity)
    return rows[~scope.hides(rows)].reset_index(drop=True)


def overrides_of(session: Session, dataset_id: str) -> pd.DataFrame:
    """All overrides of a dataset, by period."""
    query = select(Override).where(Override.dataset_id == dataset_id)
    order = (col(Override.period), col(Override.item), col(Override.location))
    found = session.exec(query.order_by(*order)).all()
    return pd.DataFrame([[getattr(one, name) for name in _COLUMNS] for one in found],
                        columns=_COLUMNS)  # fmt: skip


def value_added(rows: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """The overrides whose period has come: demanded, both errors, and the value added (units)."""
    actual = history[[*_KEYS, "quantity"]].rename(columns={"quantity": "demanded"})
    known = rows.merge(actual, on=_KEYS)
    statistical = (known["statistical"] - known["demanded"]).abs()
    planner = (known["quantity"] - known["demanded"]).abs()
    return known.assign(error_statistical=statistical, error_planner=planner,
                        value_added=statistical - planner)  # fmt: skip


def _there(session: Session, dataset_id: str, wish: Wish) -> Override | None:
    """The override that ``wish`` replaces; who else wants to replace it waits."""
    query = select(Override).where(
        Override.dataset_id == dataset_id, Override.item == wish.item,
        Override.location == wish.location, Override.period == wish.period,
    )  # fmt: skip
    return session.exec(query.with_for_update()).one_or_none()


def _require_seen(stored: Stored, identity: Identity, said: Wish | Override) -> None:
    row = pd.DataFrame([{"item": said.item, "location": said.location}])
    if scope_of(stored.tables, identity).hides(row).any():
        raise Forbidden("this item or place is of another brand or plant", "ask who plans it")


@contextmanager
def _first(wish: Wish) -> Iterator[None]:
    """Changed where somebody else had the first word at the same moment: no row could be locked."""
    try:
        yield
    except IntegrityError:
        raise _changed(wish.item, 1) from None


def _changed(item: str, revision: int) -> Changed:
    return Changed(f"the override of {item} was changed by somebody else", revision)


def _check(wish: Wish) -> None:
    problems = []
    if not (math.isfinite(wish.quantity) and wish.quantity >= 0.0):
        problems.append(Problem("override", "is not a quantity", "write a number from 0 up",
                                column="quantity", value=str(wish.quantity)))  # fmt: skip
    if not wish.reason.strip():
        problems.append(Problem("override", "is blank", "say why, so that it can be judged later",
                                column="reason"))  # fmt: skip
    if problems:
        raise InputError(problems)
