"""Logins of people: a password or a ticket for a cookie, of which only a hash is kept."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.faults import Unauthenticated
from app.service.identity.identity import Identity, Permission
from app.service.identity.secrets import digest, matches, new_secret
from app.service.identity.throttle import clear_failures, count_try
from app.service.identity.users import find, identity_of
from app.store.records import Login, User, now

_TICKET = timedelta(minutes=2)
_log = logging.getLogger(__name__)


def log_in(service: Service, name: str, password: str, address: str = "") -> str:
    """The cookie of a new login, asked for from the ``address`` of a client.

    Unauthenticated where name or password is wrong, without saying which and after the same time;
    TooMany where it was wrong too often.
    """
    name = name.strip().lower()
    count_try(service, name, address)
    with service.database.reading() as session:
        user = session.exec(select(User).where(User.name == name, User.active)).one_or_none()
    kept = None if user is None else user.password_hash
    if not matches(kept, password) or user is None:
        _log.warning("login failed for %s", "an unknown name" if user is None else user.name)
        raise Unauthenticated("the name or the password is wrong")
    with audited(service) as session:
        before = clear_failures(session, name, address)
        return open_login(service, session, user, "password", failed_before=before)


def identity_of_login(service: Service, cookie: str) -> Identity:
    """Who comes with the cookie; Unauthenticated where it is unknown, ended or its user is gone."""
    with service.database.reading() as session:
        user = _user_of(session, digest("cookie", cookie))
    if user is None:
        raise Unauthenticated("nobody is logged in", "log in")
    return identity_of(user)


def log_out(service: Service, cookie: str) -> None:
    """End the login; one that is unknown has ended."""
    kept = digest("cookie", cookie)
    with audited(service) as session:
        user = _user_of(session, kept)
        if user is not None:
            session.execute(delete(Login).where(col(Login.hash) == kept))
            record(session, identity_of(user), "login.ended", f"user {user.name}")


def create_ticket(service: Service, identity: Identity, name: str) -> str:
    """A secret that opens one login of ``name`` within two minutes, for an address on this host."""
    identity.require(Permission.USERS)
    secret = new_secret()
    with audited(service) as session:
        user = find(session, name)
        ticket = Login(hash=digest("ticket", secret), user_id=user.id, expires_at=now() + _TICKET)
        session.add(ticket)
        record(session, identity, "login.ticket_made", f"user {user.name}")
    return secret


def redeem_ticket(service: Service, ticket: str) -> str:
    """The cookie of the login that the ticket opens; it opens no other."""
    kept = digest("ticket", ticket)
    with audited(service) as session:
        user = _user_of(session, kept)
        taken = session.execute(delete(Login).where(col(Login.hash) == kept))
        if user is None or not taken.rowcount:  # type: ignore[attr-defined]
            raise Unauthenticated("the ticket is used or expired", "start the planner again")
        return open_login(service, session, user, "ticket")


def open_login(
    service: Service, session: Session, user: User, way: str, *, failed_before: int = 0
) -> str:
    """The cookie of a new login of ``user``, who came by ``way``; in an audited transaction."""
    cookie, expires = new_secret(), now() + timedelta(hours=service.settings.login_hours)
    session.execute(delete(Login).where(col(Login.expires_at) < now()))
    session.add(Login(hash=digest("cookie", cookie), user_id=user.id, expires_at=expires))
    record(session, identity_of(user), "login.opened", f"user {user.name}",
           after={"way": way, "failed before": failed_before})  # fmt: skip
    return cookie


def _user_of(session: Session, kept: str) -> User | None:
    found = select(User).join(Login, col(Login.user_id) == col(User.id))
    valid = found.where(Login.hash == kept, Login.expires_at > now(), User.active)
    return session.exec(valid).one_or_none()
