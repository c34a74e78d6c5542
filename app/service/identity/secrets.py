"""Passwords and random secrets: how they are made, kept and compared."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from filelock import FileLock

from app.service.faults import TooMany
from app.service.settings import ServiceSettings
from supplychain.errors import InputError, Problem

SHORTEST, LONGEST = 12, 1024  # characters of a password
_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106
_at_once = BoundedSemaphore(4)  # a hash takes 64 MB and a core: many logins at once take no more
_PATIENCE = 2.0  # seconds for one's turn; who waits holds a thread that others need


def new_secret(prefix: str = "") -> str:
    """256 random bits, for an address, a header or a cookie."""
    return prefix + secrets.token_urlsafe(32)


def digest(kind: str, secret: str) -> str:
    """What is kept of a random secret; one ``kind`` of secret never passes for another."""
    return sha256(f"{kind} {secret}".encode("utf-8", "replace")).hexdigest()


def keyed_digest(settings: ServiceSettings, *parts: bytes) -> str:
    """What may be kept of a content that holds a password: nobody can try words against it.

    Whoever has the database, or a backup of it, lacks the service's own secret.
    """
    given = settings.secret
    key = _own_secret(settings.own_secret) if given is None else given.get_secret_value().encode()
    made = hmac.new(key, digestmod="sha256")
    for part in parts:
        made.update(part)
    return made.hexdigest()


@cache
def _own_secret(path: Path) -> bytes:
    """The secret in the file ``path``, for its owner only; made where there is none."""
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_bytes(secrets.token_bytes(32))
            fresh.replace(path)
        return path.read_bytes()


def hash_password(password: str) -> str:
    """What is kept of a password; InputError where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError([Problem("users", f"has {len(password)} characters",
                                  f"use {SHORTEST} to {LONGEST}", column="password")])  # fmt: skip
    with _turn():
        return _hasher.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; takes as long where there is none to compare it with."""
    nobodys = _nobodys()
    with _turn():
        try:
            found = _hasher.verify(kept or nobodys, _normal(password[:LONGEST]))
        except (Argon2Error, InvalidHashError):
            return False
    return found and kept is not None


@contextmanager
def _turn() -> Iterator[None]:
    if not _at_once.acquire(timeout=_PATIENCE):
        raise TooMany("too many log in at the same time", "try again", retry_after=2)
    try:
        yield
    finally:
        _at_once.release()


@cache
def _nobodys() -> str:
    return _hasher.hash(new_secret())


def _normal(password: str) -> bytes:
    """The same bytes from every keyboard, as NIST SP 800-63B asks for."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
