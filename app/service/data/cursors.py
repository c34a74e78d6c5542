"""Places in a list, as text that means nothing to who carries it."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from app.service.identity.secrets import keyed_digest
from app.service.settings import ServiceSettings
from supplychain.errors import InputError, Problem

MOST_ROWS = 10_000


def write_cursor(place: list[Any]) -> str:
    """``place`` as text that may stand in an address."""
    content = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(cursor: str, *types: type) -> list[Any]:
    """The place that ``cursor`` holds, values of these ``types``; InputError for any other text."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        fits = isinstance(place, list) and [type(value) for value in place] == list(types)
    except (ValueError, RecursionError):  # not ASCII, base64, UTF-8 or JSON
        fits = False
    if not fits:
        raise wrong_argument("cursor", cursor, "is none that was given", "begin without one")
    return place  # type: ignore[no-any-return]


def seal_cursor(settings: ServiceSettings, cursor: str) -> str:
    """``cursor`` for somebody who may not read the place that it names."""
    return _seal(settings).encrypt(cursor.encode()).decode()


def open_cursor(settings: ServiceSettings, sealed: str) -> str:
    """What was sealed; InputError for any other text."""
    try:
        return _seal(settings).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise wrong_argument(
            "cursor", sealed, "is none that was given", "begin without one"
        ) from None


def _seal(settings: ServiceSettings) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(keyed_digest(settings, b"cursors"))))


def check_limit(limit: int) -> None:
    """InputError where ``limit`` is no number of rows that a page may have."""
    if not 1 <= limit <= MOST_ROWS:
        remedy = f"write a number from 1 to {MOST_ROWS:,}"
        raise wrong_argument("limit", str(limit), "is no size of a page", remedy)


def wrong_argument(name: str, value: str, message: str, remedy: str) -> InputError:
    """The error for an argument of a request that is wrong."""
    return InputError([Problem("request", message, remedy, column=name, value=value[:80])])
