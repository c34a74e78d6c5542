"""Datasets on disk into the store and out of it, for the operator's command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.service.context import Service
from app.service.data.datasets import create_dataset, dataset
from app.service.data.stored import find_stored
from app.service.data.writing import whole, write
from app.service.faults import Conflict, NotFound
from app.service.identity.identity import Identity, Permission
from app.service.scenarios import create_scenario
from supplychain.files import read_frames, write_dataset
from supplychain.network import Network
from supplychain.scenario import read_scenario

Json = dict[str, Any]


def load_dataset(service: Service, identity: Identity, path: Path, name: str) -> Json:
    """Let the dataset ``name`` be the one at ``path``, made if it is not there yet.

    Scenario files in its folder ``scenarios`` are shared; a scenario of that name stays as it is.
    Raises InputError with every problem found, and then nothing is changed.
    """
    identity.require(Permission.DATA_WRITE)
    frames = read_frames(path)
    Network.from_frames(frames)
    stories = [read_scenario(file).to_yaml() for file in sorted(path.glob("scenarios/*.yaml"))]
    try:
        dataset(service, identity, name)
    except NotFound:
        create_dataset(service, identity, name)
    written = write(service, identity, name, whole(frames), replace=True)
    added = [story for story in stories if _added(service, identity, name, story)]
    return {"dataset": name, "revision": written.revision, "upserted": written.upserted,
            "deleted": written.deleted, "scenarios": len(added),
            "notices": list(written.notices)}  # fmt: skip


def _added(service: Service, identity: Identity, name: str, story: str) -> bool:
    try:
        create_scenario(service, identity, name, story, shared=True)
    except Conflict:
        return False
    return True


def export_dataset(service: Service, identity: Identity, name: str, out: Path) -> Json:
    """Write a stored dataset as a whole to ``out``: a folder, NAME.parquet or NAME.xlsx."""
    identity.require(Permission.DATA_READ)
    stored, found = find_stored(service, name)
    write_dataset(stored.network.tables, out)
    rows = {table: len(frame) for table, frame in stored.tables.items() if len(frame)}
    return {"dataset": found, "revision": stored.revision, "out": str(out), "rows": rows}
