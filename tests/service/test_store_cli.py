"""Commands on the store: load, export, back up, restore, migrate."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import update
from typer.testing import CliRunner

from app.cli import app
from app.service.context import open_service
from app.service.settings import ServiceSettings
from app.store.records import DeletedRow, now
from supplychain.files import read_dataset, write_dataset
from supplychain.network import Network
from tests.service.tiny import tiny_frames


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset with a scenario; the service has a folder of its own."""
    monkeypatch.setenv("SUPPLYCHAIN_FOLDER", str(tmp_path / "service"))
    write_dataset(Network.from_frames(tiny_frames()).tables, tmp_path / "cars")
    (tmp_path / "cars" / "scenarios").mkdir()
    (tmp_path / "cars" / "scenarios" / "calm.yaml").write_text("name: calm")
    return tmp_path


def _run(*arguments: object, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout if code == 0 else done.stderr)


def test_a_dataset_goes_into_the_store_and_out_again(folder: Path) -> None:
    loaded = _run("store", "load", folder / "cars", "cars")
    assert (loaded["revision"], loaded["scenarios"], loaded["deleted"]) == (1, 1, 0)
    again = _run("store", "load", folder / "cars", "cars")
    assert (again["revision"], again["scenarios"], again["upserted"]) == (1, 0, 0)
    _run("store", "export", "cars", folder / "out")
    expected = Network.from_frames(tiny_frames()).input_hash
    assert read_dataset(folder / "out").input_hash == expected


def test_a_dataset_with_problems_changes_nothing(folder: Path) -> None:
    (folder / "cars" / "stock.csv").write_text("item,location,quantity\nWHAT,PLANT,1\n")
    told = _run("store", "load", folder / "cars", "cars", code=2)
    assert [problem["value"] for problem in told["problems"]] == ["WHAT"]
    assert "no dataset" in _run("store", "export", "cars", folder / "out", code=2)["message"]


def test_a_backup_is_restored_into_another_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run("store", "load", folder / "cars", "cars")
    told = _run("store", "backup", folder / "store.backup")
    assert told["rows"]["demand"] == 3
    _run("store", "restore", folder / "store.backup", code=2)  # it is not empty
    monkeypatch.setenv("SUPPLYCHAIN_FOLDER", str(folder / "other"))
    assert _run("store", "restore", folder / "store.backup")["rows"] == told["rows"]
    assert _run("store", "export", "cars", folder / "out")["rows"]["demand"] == 3
    assert CliRunner().invoke(app, ["audit", "verify"]).exit_code == 0


def test_a_restore_goes_to_the_folder_that_is_named(folder: Path) -> None:
    _run("store", "load", folder / "cars", "cars", "--folder", folder / "one")
    told = _run("store", "backup", folder / "store.backup", "--folder", folder / "one")
    _run("store", "restore", folder / "store.backup", "--folder", folder / "two")
    out = _run("store", "export", "cars", folder / "out", "--folder", folder / "two")
    assert (out["rows"]["demand"], told["rows"]["demand"]) == (3, 3)
    assert not (folder / "service" / "supplychain.db").exists()


def test_the_tables_go_up_and_down(folder: Path) -> None:
    newest = _run("store", "upgrade")["newest"]
    assert _run("store", "downgrade", "0001")["revision"] == "0001"
    _run("store", "load", folder / "cars", "cars", code=2)
    assert _run("store", "upgrade") == {"before": "0001", "revision": newest, "newest": newest}
    assert "no way" in _run("store", "downgrade", "9999", code=2)["message"]


def test_what_is_no_longer_kept_is_deleted_and_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run("store", "load", folder / "cars", "cars")
    (folder / "cars" / "stock.csv").write_text("item,location,quantity\nCHIP,WORKS,10\n")
    _run("store", "load", folder / "cars", "cars")  # a row is deleted
    service = open_service(ServiceSettings(folder=folder / "service"))
    with service.database.writing() as session:
        session.execute(update(DeletedRow).values(deleted_at=now() - timedelta(days=31)))
    nothing = dict.fromkeys(("jobs", "messages", "deletions", "answers", "files", "workflows"), 0)
    assert _run("store", "tidy") == {"keep_days": 90.0, "deleted": nothing}
    monkeypatch.setenv("SUPPLYCHAIN_KEEP_DAYS", "30")
    assert _run("store", "tidy")["deleted"] == {**nothing, "deletions": 1}


def test_what_is_printed_for_people_names_what_was_done(folder: Path) -> None:
    for arguments, word in (
        (("load", folder / "cars", "cars"), "21 written"),
        (("backup", folder / "store.backup"), "demand"),
        (("export", "cars", folder / "out"), "revision 1"),
        (("tidy",), "finished jobs"),
        (("upgrade",), "newest"),
    ):
        done = CliRunner().invoke(app, ["store", *map(str, arguments)])
        assert done.exit_code == 0
        assert word in done.stdout
