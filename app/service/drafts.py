"""Drafts: what somebody has begun on a page, so that a refresh or another page loses nothing."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, delete

from app.service.context import Service
from app.service.identity.identity import Identity, Permission
from app.store.records import Draft, now

Json = dict[str, Any]


def draft(service: Service, identity: Identity, name: str) -> Json | None:
    """What ``identity`` has begun under ``name``; None where there is nothing."""
    identity.require(Permission.SELF)
    with service.database.reading() as session:
        found = session.get(Draft, (identity.user_id, name))
        return None if found is None else found.content


def keep_draft(service: Service, identity: Identity, name: str, content: Json) -> None:
    """Keep ``content`` (plain data) under ``name``, in place of what was there."""
    identity.require(Permission.SELF)
    with service.database.writing() as session:
        found = session.get(Draft, (identity.user_id, name))
        if found is None:
            session.add(Draft(user_id=identity.user_id, name=name, content=content))
        elif found.content != content:
            found.content, found.updated_at = content, now()


def discard_draft(service: Service, identity: Identity, name: str) -> None:
    """Forget what was begun under ``name``."""
    identity.require(Permission.SELF)
    mine = (col(Draft.user_id) == identity.user_id) & (col(Draft.name) == name)
    with service.database.writing() as session:
        session.execute(delete(Draft).where(mine))
