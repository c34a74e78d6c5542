"""Users: who is known here, with which roles, and what they may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.faults import Changed, Conflict, NotFound, Unauthenticated
from app.service.identity import recent
from app.service.identity.identity import OPERATOR, Identity, Permission, Role
from app.service.identity.secrets import hash_password, matches
from app.service.identity.throttle import clear_failures, count_try
from app.store.records import EVERYTHING, Json, Login, Token, User, now
from supplychain.errors import InputError, Problem

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,79}")
ALL = (EVERYTHING,)


@dataclass(frozen=True)
class UserView:
    """A user, for people; ``has_password`` False: a machine, or one of the identity provider."""

    name: str
    email: str
    roles: tuple[str, ...]
    brands: tuple[str, ...]
    plants: tuple[str, ...]
    active: bool
    has_password: bool
    revision: int
    created_at: datetime


def add_user(
    service: Service,
    identity: Identity,
    name: str,
    *,
    roles: Iterable[str],
    password: str | None = None,
    brands: Iterable[str] = ALL,
    plants: Iterable[str] = ALL,
    email: str = "",
    subject: str | None = None,
) -> UserView:
    """Add somebody; without a password they come by token or by the identity provider.

    ``subject`` is what the identity provider of the settings knows them by.
    """
    identity.require(Permission.USERS)
    user = User(
        name=clean_name(name),
        roles=clean_roles(roles),
        brands=clean_scope(brands),
        plants=clean_scope(plants),
        email=email,
        subject=None if subject is None else subject_of(service, subject),
        password_hash=None if password is None else hash_password(password),
    )
    with unique(f"there is a user {user.name!r} already"), audited(service) as session:
        session.add(user)
        record(session, identity, "user.added", f"user {user.name}", after=told(user))
    return view(user)


def users(
    service: Service, identity: Identity, *, after: str = "", limit: int | None = 100
) -> list[UserView]:
    """Users by name, those whose names sort after ``after``."""
    identity.require(Permission.USERS)
    statement = select(User).where(User.name > after).order_by(User.name).limit(limit)
    with service.database.reading() as session:
        return [view(user) for user in session.exec(statement)]


def user(service: Service, identity: Identity, name: str) -> UserView:
    """The user called ``name``: oneself, or anybody for who manages users."""
    identity.require(Permission.SELF if name == identity.name else Permission.USERS)
    with service.database.reading() as session:
        return view(find(session, name))


def change_user(
    service: Service,
    identity: Identity,
    name: str,
    *,
    if_match: int | None = None,
    roles: Iterable[str] | None = None,
    brands: Iterable[str] | None = None,
    plants: Iterable[str] | None = None,
    email: str | None = None,
    active: bool | None = None,
) -> UserView:
    """Change what is given; who is made inactive loses logins and tokens at once.

    Conflict where nobody would be left who manages people; the operator may do that too.
    """
    identity.require(Permission.USERS)
    changes = {
        "roles": None if roles is None else clean_roles(roles),
        "brands": None if brands is None else clean_scope(brands),
        "plants": None if plants is None else clean_scope(plants),
        "email": email,
        "active": active,
    }
    with audited(service) as session:
        user = find(session, name, to_change=True)
        if if_match not in (None, user.revision):
            raise Changed(f"user {user.name} was changed by somebody else", user.revision)
        before = told(user)
        user.sqlmodel_update({key: new for key, new in changes.items() if new is not None})
        if identity != OPERATOR and _manages(before) and not _manages(told(user)):
            _require_another(session, user)
        if not user.active:
            end_access(session, user)
        keep_change(session, identity, user, "user.changed", before)
    recent.forget()
    return view(user)


def _manages(user: Json) -> bool:
    return bool(user["active"]) and Role.ADMINISTRATOR in user["roles"]


def _require_another(session: Session, user: User) -> None:
    others = session.exec(select(User).where(User.id != user.id).with_for_update())
    if not any(_manages(told(other)) for other in others):
        raise Conflict("nobody would be left who manages people",
                       "make somebody else an administrator first")  # fmt: skip


def set_password(service: Service, identity: Identity, name: str, password: str) -> None:
    """Give somebody a new password; their logins end."""
    identity.require(Permission.USERS)
    _replace_password(service, identity, name, password)


def change_password(service: Service, identity: Identity, present: str, password: str) -> None:
    """Change one's own password, knowing the present one; one's logins end."""
    identity.require(Permission.SELF)
    count_try(service, identity.name)
    with service.database.reading() as session:
        kept = find(session, identity.name).password_hash
    if not matches(kept, present):
        raise Unauthenticated("the present password is another one")
    _replace_password(service, identity, identity.name, password)


def _replace_password(service: Service, identity: Identity, name: str, password: str) -> None:
    fresh = hash_password(password)
    with audited(service) as session:
        user = find(session, name, to_change=True)
        user.password_hash = fresh
        clear_failures(session, user.name)
        session.execute(delete(Login).where(col(Login.user_id) == user.id))
        keep_change(session, identity, user, "user.password_set", {})


# --- shared with the other ways in --------------------------------------------------------------


def find(session: Session, name: str, *, to_change: bool = False) -> User:
    """The user called ``name``; ``to_change``: nobody else changes them until the end."""
    statement = select(User).where(User.name == name.lower())
    user = session.exec(statement.with_for_update() if to_change else statement).one_or_none()
    if user is None:
        raise NotFound.of("user", name)
    return user


def subject_of(service: Service, subject: str) -> str:
    """The key of a subject: another provider's subjects are other people."""
    return f"{service.settings.oidc_issuer} {subject}"


def identity_of(user: User, scopes: Iterable[str] | None = None) -> Identity:
    """The identity that ``user`` acts with, narrowed to ``scopes`` where given."""
    return Identity(
        user.id,
        user.name,
        frozenset(Role(role) for role in user.roles),
        frozenset(user.brands),
        frozenset(user.plants),
        None if scopes is None else frozenset(Permission(scope) for scope in scopes),
    )


def strangers(session: Session, identity: Identity) -> frozenset[str]:
    """Names of those whose plans are hidden from ``identity``.

    They see some brand or plant that ``identity`` does not see, but not all: what they plan is of
    their brands, and what those plan who see all is everybody's.
    """
    if identity.sees_everything:
        return frozenset()
    others = (identity_of(user) for user in session.exec(select(User)))
    return frozenset(
        other.name for other in others
        if not (other.name == identity.name or other.sees_everything or other.within(identity))
    )  # fmt: skip


def view(user: User) -> UserView:
    """``user`` without what nobody is shown."""
    return UserView(
        user.name,
        user.email,
        tuple(user.roles),
        tuple(user.brands),
        tuple(user.plants),
        user.active,
        user.password_hash is not None,
        user.revision,
        user.created_at,
    )


def told(user: User) -> Json:
    """What the audit says of ``user``."""
    return user.model_dump(include={"email", "roles", "brands", "plants", "active", "subject"})


def keep_change(
    session: Session, identity: Identity, user: User, action: str, before: Json
) -> None:
    """Count the change of ``user`` and tell the audit."""
    user.revision += 1
    session.add(user)
    after = told(user) if before else {}
    record(session, identity, action, f"user {user.name}", version=user.revision - 1,
           before=before, after=after)  # fmt: skip


def clean_name(name: str) -> str:
    """``name`` in small letters; InputError unless it is made of what names are made of."""
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise InputError([Problem("users", "is no name of a user", "use up to 80 of a-z 0-9 . _ @ "
                                  "+ -, a letter or digit first", column="name",
                                  value=name[:80])])  # fmt: skip
    return name


def clean_roles(roles: Iterable[str]) -> list[str]:
    """``roles`` in order, each once; InputError unless there are some and all are known."""
    wanted, known = set(roles), [str(role) for role in Role]
    wrong = sorted(wanted - set(known)) or ([] if wanted else [""])
    if wrong:
        raise InputError(Problem("users", "is no role", f"use some of {', '.join(known)}",
                                 column="roles", value=role) for role in wrong)  # fmt: skip
    return [role for role in known if role in wanted]


def clean_scope(names: Iterable[str]) -> list[str]:
    """Brands or plants in order, each once; all of them is said by the star alone."""
    wanted = sorted(set(names))
    return [EVERYTHING] if EVERYTHING in wanted else wanted


def end_access(session: Session, user: User) -> None:
    """End all logins and tokens of ``user``."""
    session.execute(delete(Login).where(col(Login.user_id) == user.id))
    valid = (col(Token.user_id) == user.id) & col(Token.revoked_at).is_(None)
    session.execute(update(Token).where(valid).values(revoked_at=now()))


@contextmanager
def unique(message: str) -> Iterator[None]:
    """Say ``message`` where the database refuses a second user of the same name or subject."""
    try:
        yield
    except IntegrityError:
        raise Conflict(message, "use another name") from None
