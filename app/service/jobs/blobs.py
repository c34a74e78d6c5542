"""Files of runs and plans in the database, by content: the same file is kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyarrow import parquet  # type: ignore[import-untyped]
from sqlmodel import Session, select

from app.service.faults import NotFound
from app.store.bulk import insert_new
from app.store.records import Artifact, Blob, Run

OVERRIDES = "overrides"  # among the inputs of a run: no table of its dataset
_AT_ONCE = 500  # names in one query


@dataclass(frozen=True)
class Kept:
    """A file to be kept: its content, by hash, and the rows of a table."""

    path: str
    content: bytes = field(repr=False)
    rows: int | None

    @property
    def sha256(self) -> str:
        """The name of the content."""
        return hashlib.sha256(self.content).hexdigest()


def read_files(folder: Path, files: Iterable[Path]) -> list[Kept]:
    """Read ``files``, named by their path in ``folder``."""
    return [Kept(file.relative_to(folder).as_posix(), file.read_bytes(), _rows(file))
            for file in sorted(files)]  # fmt: skip


def _rows(file: Path) -> int | None:
    return parquet.read_metadata(file).num_rows if file.suffix == ".parquet" else None


def keep(session: Session, files: Iterable[Kept]) -> None:
    """Keep the content of ``files``, as far as it is not there."""
    fresh = {file.sha256: file.content for file in files}
    names = list(fresh)
    for start in range(0, len(names), _AT_ONCE):
        known = select(Blob.sha256).where(Blob.sha256.in_(names[start : start + _AT_ONCE]))  # type: ignore[attr-defined]
        for there in session.exec(known.with_for_update(read=True)):  # so that none goes meanwhile
            del fresh[there]
    for sha256, content in sorted(fresh.items()):  # all in one order: nobody waits in a circle
        session.execute(insert_new(session, Blob).values(sha256=sha256, content=content))


def artifacts(session: Session, run_id: str, plan_id: str = "") -> dict[str, Artifact]:
    """The files of a run, or of one of its plans, by path."""
    query = select(Artifact).where(Artifact.run_id == run_id, Artifact.plan_id == plan_id)
    return {found.path: found for found in session.exec(query.order_by(Artifact.path))}


def content_of(session: Session, sha256: str) -> bytes:
    """The content of a blob."""
    found = session.get(Blob, sha256)
    if found is None:
        raise NotFound.of("file", sha256)
    return found.content


def write_files(session: Session, files: Mapping[str, str], folder: Path) -> None:
    """Write blobs to ``folder``; ``files`` gives the blob of each path."""
    for path, sha256 in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content_of(session, sha256))


def write_plan_dir(session: Session, run_id: str, plan_id: str, folder: Path) -> None:
    """Write the PLAN_DIR of a stored plan to ``folder``."""
    found = artifacts(session, run_id, plan_id)
    if not found:
        raise NotFound.of("plan", plan_id)
    write_files(session, {path: artifact.blob for path, artifact in found.items()}, folder)


def write_inputs(session: Session, run: Run, folder: Path) -> None:
    """Write the dataset that a run was made from to ``folder``, as Parquet."""
    tables = {f"{name}.parquet": str(blob) for name, blob in run.inputs.items()
              if name != OVERRIDES}  # fmt: skip
    write_files(session, tables, folder)


def write_overrides(session: Session, run: Run, path: Path) -> None:
    """Write the overrides that a run was made with to ``path``; nothing where it had none."""
    if OVERRIDES in run.inputs:
        write_files(session, {path.name: str(run.inputs[OVERRIDES])}, path.parent)
