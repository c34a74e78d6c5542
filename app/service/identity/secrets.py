"""Passwords and random secrets: how they are made, kept and compared."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.service.faults import TooMany
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
