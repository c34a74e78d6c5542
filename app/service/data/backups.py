"""Backups: the whole database in one file that either database restores.

A zip archive with a Parquet file a table and ``manifest.json``: the revision of the tables, and
rows and SHA-256 of each file. It holds hashes of passwords and secrets of webhooks: keep it safe.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as arrow  # type: ignore[import-untyped]
from pyarrow import parquet
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    func,
    select,
    text,
    update,
)
from sqlalchemy import Table as SqlTable
from sqlmodel import Session, SQLModel, col

from app.service.audit import begin_anew
from app.service.context import Service
from app.service.data.frames import snapshot
from app.service.data.stored import forget
from app.service.data.workflows import forget_workflows
from app.service.faults import Conflict, Unreadable
from app.store.bulk import add_rows
from app.store.migrate import current, downgrade, newest, upgrade
from app.store.records import Dataset, Json, now
from supplychain.errors import FileError
from supplychain.files import whole_or_nothing

_BATCH = 20_000  # rows in memory at a time
_FEW = 10  # of those that hold files
_MANIFEST = "manifest.json"
_FORMAT = 1
_AHEAD = 1_000_000  # more than anybody writes in a day
_VERSION = "alembic_version"  # the one table that says how far the others are
_TYPES = ((JSON, arrow.string()), (Boolean, arrow.bool_()), (DateTime, arrow.timestamp("us")),
          (LargeBinary, arrow.binary()), (BigInteger, arrow.int64()), (Integer, arrow.int64()),
          (Float, arrow.float64()))  # fmt: skip


@dataclass(frozen=True)
class Backup:
    """What a backup holds: the revision of its tables and their rows."""

    path: str
    revision: str
    created_at: str
    rows: dict[str, int]


def backup(service: Service, target: Path) -> Backup:
    """Write the database as it is at one moment to the new file ``target``, for its owner only.

    Raises Conflict where its tables are of another version, FileError where it cannot be written.
    """
    revision = current(service.database)
    if revision is None or revision != newest():
        raise Conflict("the database was made by another version", "supplychain store upgrade")
    with whole_or_nothing(target) as path:
        path.touch(mode=0o600)
        with service.database.reading() as session, zipfile.ZipFile(path, "w") as archive:
            snapshot(session)
            tables = {table.name: _write(session, table, archive)
                      for table in SQLModel.metadata.sorted_tables}  # fmt: skip
            manifest = {"format": _FORMAT, "revision": revision, "created_at": now().isoformat(),
                        "tables": tables}  # fmt: skip
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
    return _told(target, manifest)


def restore(service: Service, source: Path) -> Backup:
    """Fill the empty database of ``service`` with the backup ``source``, all or nothing.

    A backup of an older version is brought up to date. Whoever follows the change feed has to read
    everything again. The audit begins anew: its head is of the
    database that was. Raises Conflict where the database holds something already, FileError or
    Unreadable where the file is no backup or was changed.
    """
    with _opened(source) as archive:
        manifest = _manifest(archive)
        _check_parts(archive, manifest)
        _require_empty(service)
        forget_workflows(service.settings)
        upgrade(service.database, manifest["revision"])
        with service.database.writing() as session:
            for table in _present(session).sorted_tables:
                if table.name != _VERSION:
                    _read(session, table, archive)
    upgrade(service.database)
    _move_on(service)
    forget()
    begin_anew(service, f"restored from {source.name}")
    return _told(source, manifest)


def _move_on(service: Service) -> None:
    """Number what comes from far ahead: cursors and ETags from after the backup fit nothing."""
    with service.database.writing() as session:
        ahead = col(Dataset.revision) + _AHEAD
        session.exec(update(Dataset).values(revision=ahead, forgotten=ahead))


def _told(path: Path, manifest: Json) -> Backup:
    rows = {name: part["rows"] for name, part in manifest["tables"].items()}
    return Backup(str(path), manifest["revision"], manifest["created_at"], rows)


# --- writing -----------------------------------------------------------------------------------


def _write(session: Session, table: SqlTable, archive: zipfile.ZipFile) -> Json:
    """Add the rows of ``table`` to ``archive``; their number and hash."""
    schema = arrow.schema([(column.name, _type(column.type)) for column in table.columns])
    with tempfile.TemporaryDirectory(prefix="backup-", dir=_folder(archive)) as folder:
        part = Path(folder) / _part(table.name)
        with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            rows = 0
            for batch in _batches(session, table):
                rows += len(batch)
                columns = [_plain(column.type, values) for column, values in zip(
                    table.columns, zip(*batch, strict=True), strict=True)]  # fmt: skip
                writer.write_batch(arrow.record_batch(columns, schema=schema))
        archive.write(part, part.name)
        with part.open("rb") as file:
            return {"rows": rows, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _folder(archive: zipfile.ZipFile) -> Path:
    return Path(str(archive.filename)).parent


def _batches(session: Session, table: SqlTable) -> Iterator[Sequence[Any]]:
    size = _FEW if any(isinstance(c.type, LargeBinary) for c in table.columns) else _BATCH
    statement = select(table).order_by(*table.primary_key.columns)
    yield from session.execute(statement.execution_options(yield_per=size)).partitions()


def _type(kind: Any) -> Any:
    return next((known for sql, known in _TYPES if isinstance(kind, sql)), arrow.string())


def _plain(kind: Any, values: Sequence[Any]) -> Any:
    if isinstance(kind, JSON):
        values = [json.dumps(value, ensure_ascii=False) for value in values]
    return arrow.array(values, type=_type(kind))


# --- reading -----------------------------------------------------------------------------------


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise FileError(source, f"is no backup ({error})", "name a file of backup") from None
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
        raise FileError(source, message, "name a file of backup") from None


def _manifest(archive: zipfile.ZipFile) -> Json:
    try:
        manifest: Json = json.loads(archive.read(_MANIFEST))
    except (KeyError, ValueError):
        raise Unreadable("is no backup: it has no manifest", "name a file of backup") from None
    if manifest.get("format") != _FORMAT:
        raise Unreadable("is a backup of a newer version", "restore it with that version")
    return manifest


def _check_parts(archive: zipfile.ZipFile, manifest: Json) -> None:
    """Unreadable where a part is missing, or is not as it was written."""
    held = set(archive.namelist())
    for name, declared in manifest["tables"].items():
        whole = hashlib.sha256()
        if _part(name) in held:
            with archive.open(_part(name)) as part:
                while piece := part.read(1 << 20):
                    whole.update(piece)
        if whole.hexdigest() != declared["sha256"]:
            raise Unreadable(f"the backup of {name} was changed or lost", "use another backup")


def _require_empty(service: Service) -> None:
    """Conflict where the database holds something; tables without rows go, to be made anew."""
    if current(service.database) is None:
        return
    with service.database.reading() as session:
        for table in _present(session).sorted_tables:
            rows = session.execute(select(func.count()).select_from(table)).scalar_one()
            if rows and table.name != _VERSION:
                message = f"the database holds {table.name} already"
                raise Conflict(message, "restore into a new database")
    downgrade(service.database, "base")


def _present(session: Session) -> MetaData:
    """The tables as the database describes them: those of a version may differ from the models."""
    present = MetaData()
    present.reflect(session.connection())
    return present


def _read(session: Session, table: SqlTable, archive: zipfile.ZipFile) -> None:
    """Fill ``table`` from its part of ``archive``."""
    size = _FEW if any(isinstance(c.type, LargeBinary) for c in table.columns) else _BATCH
    with (
        tempfile.TemporaryDirectory(prefix="restore-") as folder,
        parquet.ParquetFile(archive.extract(_part(table.name), folder)) as part,
    ):
        for batch in part.iter_batches(size):
            columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
            add_rows(session.connection(), table, columns)
    if session.get_bind().dialect.name == "postgresql":
        _advance_sequences(session, table)


def _advance_sequences(session: Session, table: SqlTable) -> None:
    """PostgreSQL goes on counting behind the rows that were given their numbers."""
    for column in table.columns:
        if "nextval" in str(getattr(column.server_default, "arg", "")):
            last = session.execute(select(func.max(column))).scalar_one()
            if last is not None:
                statement = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
                session.execute(statement, {"table": table.name, "column": column.name,
                                            "last": last})  # fmt: skip


def _part(table: str) -> str:
    return f"{table}.parquet"
