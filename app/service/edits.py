"""Edits of many rows at once: all of them or none, and none over what somebody else has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from app.service.context import Service
from app.service.data.listing import row
from app.service.data.stored import StoredRow, find_stored
from app.service.data.writing import Written, write
from app.service.faults import Changed, NotFound
from app.service.identity.identity import Identity, Permission
from app.store.contract import row_keys
from supplychain.cells import shown
from supplychain.errors import InputError, Problem
from supplychain.frames import typed_frame
from supplychain.schema import TABLES

Cells = Mapping[str, Any]


@dataclass(frozen=True)
class Edits:
    """What somebody wants of a table.

    ``changed`` gives the new cells of rows by key, ``deleted`` the keys of rows to go, ``added``
    whole rows; ``seen`` the revisions of the rows as they were seen.
    """

    changed: Mapping[str, Cells] = field(default_factory=dict)
    deleted: Sequence[str] = ()
    added: Sequence[Cells] = ()
    seen: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.deleted or self.added)


def save_edits(
    service: Service, identity: Identity, dataset: str, table: str, edits: Edits
) -> Written:
    """Write ``edits`` in one transaction.

    Changed where somebody else has changed or deleted one of the rows since they were seen, with
    their keys; InputError with every problem, such as an added row that is there already.
    """
    identity.require(Permission.DATA_WRITE)
    revision = find_stored(service, dataset)[0].revision
    present = {key: _present(service, identity, dataset, table, key)
               for key in [*edits.changed, *edits.deleted]}  # fmt: skip
    stale = [key for key, found in present.items()
             if found is None or found.revision != edits.seen.get(key)]  # fmt: skip
    if stale:
        raise Changed(f"{', '.join(stale)} in {table} changed meanwhile", revision)
    _refuse_known(service, identity, dataset, table, edits)
    whole = [{**found.cells, **edits.changed[key]} for key, found in present.items()
             if found is not None and key in edits.changed]  # fmt: skip
    rows = pd.DataFrame([*whole, *edits.added], dtype=object)
    upserts = {table: rows} if len(rows) else {}
    return write(service, identity, dataset, upserts, {table: list(edits.deleted)},
                 if_match=revision)  # fmt: skip


def _refuse_known(
    service: Service, identity: Identity, dataset: str, table: str, edits: Edits
) -> None:
    """An added row writes over nothing: InputError with the keys that are there already."""
    if not edits.added:
        return
    added, _ = typed_frame(TABLES[table], pd.DataFrame(list(edits.added), dtype=object))
    known = [key for key in row_keys(table, added) if key not in edits.deleted
             and _present(service, identity, dataset, table, key) is not None]  # fmt: skip
    message, remedy = "is there already", "change that row instead"
    if known:
        raise InputError(Problem(table, message, remedy, None, "row_key", shown(key))
                         for key in known)  # fmt: skip


def _present(
    service: Service, identity: Identity, dataset: str, table: str, key: str
) -> StoredRow | None:
    try:
        return row(service, identity, dataset, table, key)
    except NotFound:
        return None
