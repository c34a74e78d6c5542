"""The database and what goes in and out of it as text for people; see :mod:`app.render`."""

from __future__ import annotations

from typing import Any

from app.layout import Parts, facts, table

Json = dict[str, Any]


def shape(document: Json, width: int) -> Parts:
    """The revision of the tables before and now."""
    before, now = document["before"] or "none", document["revision"] or "none"
    yield from facts([("Tables", f"{before} -> {now} (newest {document['newest']})")])


def backup(document: Json, width: int) -> Parts:
    """The file, when it was written, and its rows by table."""
    yield from facts([("Backup", document["path"]), ("Written", document["created_at"][:19]),
                      ("Tables", document["revision"])])  # fmt: skip
    yield from _rows(document["rows"])


_GONE = {
    "jobs": "finished jobs", "messages": "told messages", "deletions": "marks of deleted rows",
    "answers": "expired answers", "files": "files of no run", "workflows": "ended workflows",
}  # fmt: skip


def tidied(document: Json, width: int) -> Parts:
    """How many of each were deleted."""
    yield from facts([("Kept for", f"{document['keep_days']:g} days")])
    yield from table("Deleted", ("what", ">how many"), ((words, f"{document['deleted'][name]:,}")
                     for name, words in _GONE.items()))  # fmt: skip


def loaded(document: Json, width: int) -> Parts:
    """What a load changed of the stored dataset."""
    yield from facts([
        ("Dataset", f"{document['dataset']}, revision {document['revision']}"),
        ("Rows", f"{document['upserted']:,} written, {document['deleted']:,} deleted"),
        ("Scenarios", f"{document['scenarios']:,} added"),
        *(("Note", notice) for notice in document["notices"]),
    ])  # fmt: skip


def exported(document: Json, width: int) -> Parts:
    """Where a dataset was written, and its rows by table."""
    yield from facts([("Dataset", f"{document['dataset']}, revision {document['revision']}"),
                      ("Written to", document["out"])])  # fmt: skip
    yield from _rows(document["rows"])


def _rows(rows: dict[str, int]) -> Parts:
    yield from table("Rows", ("table", ">rows"),
                     ((name, f"{count:,}") for name, count in rows.items() if count))  # fmt: skip
