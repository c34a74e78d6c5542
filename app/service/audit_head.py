"""The audit's head: the last number and hash, in a file outside the database.

It follows the database: written after each commit, it may lag by what a crash cut off, and never
leads. So whoever cuts the database's end, or writes all of it anew, contradicts the file.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from supplychain.errors import FileError

_waiting: list[tuple[Path, Head]] = []  # of this process, so that one write serves all that wait
_guard = threading.Lock()
_PATIENCE = 30.0  # seconds for other processes to write theirs


class Head(NamedTuple):
    """The last entry of a chain; sorts by its number."""

    sequence: int
    hash: str


def read_head(path: Path) -> Head | None:
    """What the file says; None where there is none."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return Head(int(content["sequence"]), str(content["hash"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise FileError(path, "is not the head of an audit", "restore it from a backup") from None


def advance(path: Path, head: Head, in_chain: Callable[[Head], bool]) -> None:
    """Let the file name ``head``, or a later entry that is committed as well.

    FileError where the entry that the file names is no longer ``in_chain``: what was cut off or
    replaced shall not be covered up by what comes after.
    """
    mine = (path, head)
    with _guard:
        _waiting.append(mine)
    try:
        with FileLock(path.with_suffix(".lock"), timeout=_PATIENCE):
            written = read_head(path)
            if written is not None and written.sequence >= head.sequence:
                return
            if written is not None and not in_chain(written):
                raise FileError(path, "names an entry that the database does not hold",
                                "supplychain audit verify")  # fmt: skip
            write_head(path, _newest(path))
    finally:
        with _guard:
            _waiting.remove(mine)


def _newest(path: Path) -> Head:
    with _guard:
        return max(head for waiting, head in _waiting if waiting == path)


def write_head(path: Path, head: Head) -> None:
    """Replace the file at once and for good: a crash leaves the old one or the new one."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(head._asdict(), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
