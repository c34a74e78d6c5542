"""Backups: one file, restored whole on either database, refused where it was changed."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from sqlmodel import SQLModel

from app.service.audit import verify
from app.service.context import Service, open_service
from app.service.data.backups import backup, restore
from app.service.data.changing import changes
from app.service.data.datasets import create_dataset, datasets
from app.service.data.stored import read_network
from app.service.data.writing import delete_row, write
from app.service.faults import Changed, Conflict, Gone, Unreadable
from app.service.identity.identity import OPERATOR, Identity
from app.service.scenarios import create_scenario, scenarios
from app.service.settings import ServiceSettings
from app.store.migrate import current, newest, upgrade
from app.store.records import Blob, Job, JobLine, User
from supplychain.errors import FileError
from tests.service.postgres import Postgres
from tests.service.tiny import tiny_frames


@pytest.fixture
def full(any_service: Service, planner: Identity) -> Service:
    """A service that holds something of every kind of column."""
    create_dataset(any_service, planner, "cars")
    write(any_service, planner, "cars", tiny_frames())
    delete_row(any_service, planner, "cars", "stock", "CHIP|PLANT")
    create_scenario(any_service, planner, "cars", "name: calm ä 😀")
    with any_service.database.writing() as session:
        session.add(User(name="ute", roles=["planner"], active=False))
        session.add(Blob(sha256="0" * 64, content=bytes(range(256))))
        session.add(Job(id="j1", kind="plan", parameters={"a": [1, None, "ä"]}))
        session.flush()
        session.add(JobLine(job_id="j1", text="begun"))
    return any_service


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on a database without tables."""
    settings = {"folder": tmp_path / "restored"}
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        settings["database_url"] = server.new_database()
    service = open_service(ServiceSettings(**settings))
    yield service
    service.database.close()


def _content(service: Service) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    with service.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(
                select(table).order_by(*table.primary_key.columns))]
            for table in SQLModel.metadata.sorted_tables
        }  # fmt: skip


def test_what_is_restored_is_what_was(
    full: Service, empty: Service, planner: Identity, tmp_path: Path
) -> None:
    before, seen = _content(full), changes(full, planner, "cars")
    told = backup(full, tmp_path / "store.backup")
    assert told.rows == {name: len(rows) for name, rows in before.items()}
    assert restore(empty, tmp_path / "store.backup") == told
    after = _content(empty)
    anew = after["audit"][len(before["audit"]) :]
    assert [entry[3] for entry in anew] == ["audit.begun_anew"]
    after["audit"] = before["audit"]
    after["datasets"] = before["datasets"]  # their revisions: see below
    assert after == before
    assert verify(empty, OPERATOR).passed
    assert changes(empty, planner, "cars").items == seen.items
    assert read_network(empty, "cars").input_hash == read_network(full, "cars").input_hash


def test_life_goes_on_after_a_restore(
    full: Service, empty: Service, planner: Identity, tmp_path: Path
) -> None:
    backup(full, tmp_path / "store.backup")
    restore(empty, tmp_path / "store.backup")
    assert write(empty, planner, "cars", {"stock": tiny_frames()["stock"]}).revision == 1_000_003
    assert [found.name for found in scenarios(empty, planner, "cars")] == ["calm ä 😀"]
    with empty.database.writing() as session:
        session.add(JobLine(job_id="j1", text="goes on"))  # gets a number of its own


def test_who_followed_beyond_the_backup_is_told_to_read_everything_again(
    full: Service, empty: Service, planner: Identity, tmp_path: Path
) -> None:
    backup(full, tmp_path / "store.backup")
    write(full, planner, "cars", {"stock": tiny_frames()["stock"].assign(quantity="77")})
    restore(empty, tmp_path / "store.backup")
    write(empty, planner, "cars", {"stock": tiny_frames()["stock"].assign(quantity="78")})
    with pytest.raises(Gone):
        changes(empty, planner, "cars", since=4)
    with pytest.raises(Changed):
        write(empty, planner, "cars", {}, {"stock": ["CHIP|PLANT"]}, if_match=3)


def test_a_backup_is_for_its_owner_only_and_never_written_over(
    service: Service, tmp_path: Path
) -> None:
    backup(service, tmp_path / "store.backup")
    assert stat.S_IMODE((tmp_path / "store.backup").stat().st_mode) == 0o600
    with pytest.raises(FileError, match="exists already"):
        backup(service, tmp_path / "store.backup")


def test_only_an_empty_database_is_filled(
    service: Service, planner: Identity, tmp_path: Path
) -> None:
    backup(service, tmp_path / "store.backup")
    restore(service, tmp_path / "store.backup")  # it has tables, and no rows
    create_dataset(service, planner, "cars")
    with pytest.raises(Conflict, match="holds"):
        restore(service, tmp_path / "store.backup")
    assert [view.name for view in datasets(service, planner)] == ["cars"]


def _rewritten(source: Path, target: Path, **parts: bytes | None) -> Path:
    """A copy of an archive with some parts of it replaced, or left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = parts.get(name.partition(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


def test_a_backup_that_was_changed_is_refused(
    service: Service, planner: Identity, tmp_path: Path
) -> None:
    path = tmp_path / "store.backup"
    backup(service, path)
    for number, parts in enumerate(({"users": b"PAR1"}, {"users": None}, {"manifest": None},
                                    {"manifest": b'{"format": 2}'})):  # fmt: skip
        changed = _rewritten(path, tmp_path / f"changed-{number}", **parts)
        with pytest.raises(Unreadable):
            restore(service, changed)
    (tmp_path / "text").write_text("no archive")
    for other in ("text", "absent"):
        with pytest.raises(FileError):
            restore(service, tmp_path / other)
    assert datasets(service, planner) == []


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    service: Service, tmp_path: Path
) -> None:
    backup(service, tmp_path / "store.backup")
    other = open_service(ServiceSettings(folder=tmp_path / "other"))
    upgrade(other.database, "0001")
    known = set(inspect(other.database.engine).get_table_names())
    with zipfile.ZipFile(tmp_path / "store.backup") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    tables = {name: part for name, part in manifest["tables"].items() if name in known}
    manifest |= {"revision": "0001", "tables": tables}
    source = _rewritten(tmp_path / "store.backup", tmp_path / "older",
                        manifest=json.dumps(manifest).encode())  # fmt: skip
    restore(other, source)
    assert current(other.database) == newest()
    other.database.close()


def test_a_database_of_another_version_is_not_backed_up(empty: Service, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="another version"):
        backup(empty, tmp_path / "store.backup")
    assert not (tmp_path / "store.backup").exists()
