"""API tokens: secrets with scopes and an end, of which only a hash is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.faults import Conflict, Forbidden, NotFound, Unauthenticated
from app.service.identity import recent
from app.service.identity.identity import Identity, Permission
from app.service.identity.secrets import digest, new_secret
from app.service.identity.users import find, identity_of
from app.store.records import Token, User, now
from supplychain.errors import InputError, Problem

PREFIX = "scp_"  # so that a scanner of leaked secrets knows one
LONGEST = 366  # days


@dataclass(frozen=True)
class TokenView:
    """A token, for people; its secret is told once, when it is made."""

    id: str
    user: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def create_token(
    service: Service,
    identity: Identity,
    name: str,
    scopes: Iterable[str],
    days: int = 90,
    for_user: str | None = None,
) -> tuple[TokenView, str]:
    """A new token of oneself or, for who manages users, of another; its secret is told only now.

    It may do what both ``scopes`` and its user's roles allow, never more than who makes it for
    themselves may do, and ends no later than a token that it is made with.
    """
    owner = _owner(identity, for_user)
    wanted = _clean_scopes(scopes)
    _check_days(days)
    secret = new_secret(PREFIX)
    with audited(service) as session:
        user = find(session, owner, to_change=True)  # so that no token outlives their access
        if not user.active:
            raise Conflict(f"user {user.name} is not active")
        grantor = identity if owner == identity.name else identity_of(user)
        _check_granted(wanted, grantor)
        token = Token(user_id=user.id, name=name, hash=digest("token", secret), scopes=wanted,
                      expires_at=_end(identity, days))  # fmt: skip
        session.add(token)
        after = {"name": name, "scopes": wanted, "expires_at": token.expires_at.isoformat()}
        record(session, identity, "token.created", f"token {token.id} of {user.name}", after=after)
    return _view(token, user.name), secret


def tokens(service: Service, identity: Identity, *, of_user: str | None = None) -> list[TokenView]:
    """One's own tokens or, for who manages users, another's; the newest first."""
    owner = _owner(identity, of_user)
    with service.database.reading() as session:
        user = find(session, owner)
        found = select(Token).where(Token.user_id == user.id).order_by(col(Token.id).desc())
        return [_view(token, user.name) for token in session.exec(found)]


def revoke_token(service: Service, identity: Identity, token_id: str) -> TokenView:
    """End a token; one that has ended stays as it is."""
    identity.require(Permission.TOKENS)
    with audited(service) as session:
        found = session.exec(_with_user(col(Token.id) == token_id)).one_or_none()
        if found is None or not _may_manage(identity, found[1].name):
            raise NotFound.of("token", token_id)
        token, user = found
        if token.revoked_at is None:
            token.revoked_at = now()
            session.add(token)
            record(session, identity, "token.revoked", f"token {token.id} of {user.name}")
    recent.forget()
    return _view(token, user.name)


def authenticate_token(service: Service, secret: str) -> Identity:
    """Who comes with the token; Unauthenticated where it is unknown, ended or its user is gone."""
    database, hashed = service.database.url, digest("token", secret)
    identity = recent.recall(database, hashed)
    if identity is not None:
        return identity
    with service.database.reading() as session:
        found = session.exec(_with_user(col(Token.hash) == hashed)).one_or_none()
    if found is None or found[0].revoked_at is not None or not found[1].active:
        raise Unauthenticated("the token is not valid", "ask an administrator for another one")
    token, user = found
    left = (token.expires_at - now()).total_seconds()
    if left <= 0:
        raise Unauthenticated("the token has expired", "make another one")
    identity = replace(identity_of(user, token.scopes), ends=token.expires_at)
    recent.keep(database, hashed, identity, left)
    return identity


def _with_user(condition: ColumnElement[bool]) -> Select[Token, User]:
    return select(Token, User).join(User, col(User.id) == col(Token.user_id)).where(condition)


def _owner(identity: Identity, name: str | None) -> str:
    identity.require(Permission.TOKENS)
    owner = (name or identity.name).lower()
    if not _may_manage(identity, owner):
        identity.require(Permission.USERS)
    return owner


def _may_manage(identity: Identity, owner: str) -> bool:
    return owner == identity.name or identity.may(Permission.USERS)


def _clean_scopes(scopes: Iterable[str]) -> list[str]:
    wanted, known = set(scopes), [str(permission) for permission in Permission]
    wrong = sorted(wanted - set(known)) or ([] if wanted else [""])
    if wrong:
        raise InputError(Problem("tokens", "is no scope", f"use some of {', '.join(known)}",
                                 column="scopes", value=scope) for scope in wrong)  # fmt: skip
    return [scope for scope in known if scope in wanted]


def _check_days(days: int) -> None:
    if not 1 <= days <= LONGEST:
        raise InputError([Problem("tokens", "is no number of days", f"use 1 to {LONGEST}",
                                  column="days", value=str(days))])  # fmt: skip


def _end(identity: Identity, days: int) -> datetime:
    end = now() + timedelta(days=days)
    return end if identity.ends is None else min(end, identity.ends)


def _check_granted(wanted: Iterable[str], grantor: Identity) -> None:
    beyond = [scope for scope in wanted if not grantor.may(Permission(scope))]
    if beyond:
        raise Forbidden(f"{grantor.name} may not {', '.join(beyond)}",
                        "leave these scopes out, or grant a role first")  # fmt: skip


def _view(token: Token, user: str) -> TokenView:
    return TokenView(token.id, user, token.name, tuple(token.scopes), token.created_at,
                     token.expires_at, token.revoked_at)  # fmt: skip
