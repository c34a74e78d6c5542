"""What a change leaves behind: marks of deleted rows for the change feed, words for the audit."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Session, col

from app.service.data.merging import Change
from app.service.plain import records
from app.store.records import DeletedRow, Json, now

_TOLD = 100  # rows of each table that the audit holds before and after; of others it counts


def mark_deleted(
    session: Session, dataset_id: str, table: str, rows: pd.DataFrame, revision: int
) -> None:
    """Remember the deleted ``rows``, by key, with what they held."""
    at = now()
    marks = [
        {"dataset_id": dataset_id, "table_name": table, "row_key": key, "revision": revision,
         "deleted_at": at, "content": content}
        for key, content in zip(rows.index, records(rows), strict=True)
    ]  # fmt: skip
    if marks:
        session.connection().execute(insert(DeletedRow), marks)


def unmark_deleted(session: Session, dataset_id: str, table: str, keys: pd.Index) -> None:
    """Forget that rows with these ``keys`` were deleted: they are back."""
    here = (col(DeletedRow.dataset_id) == dataset_id, col(DeletedRow.table_name) == table)
    marked = session.connection().execute(select(col(DeletedRow.row_key)).where(*here)).scalars()
    gone = set(marked)
    back = gone.intersection(keys) if gone else gone
    if back:
        statement = delete(DeletedRow).where(*here, col(DeletedRow.row_key) == bindparam("back"))
        session.connection().execute(statement, [{"back": key} for key in sorted(back)])


def told(change: Change) -> tuple[Json, Json]:
    """A change for the audit: rows by table and key before and after, and how many there are."""
    before: Json = {}
    after: Json = {}
    for name, found in change.tables.items():
        after[name] = _told(found.rows.set_axis(found.keys))
        before[name] = _told(found.before)
    return before, after


def _told(rows: pd.DataFrame) -> Json:
    first = rows.iloc[:_TOLD]
    return {"rows": dict(zip(first.index, records(first), strict=True)), "count": len(rows)}
