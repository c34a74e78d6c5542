"""Uploads: every form gives the same tables, and hostile ones are refused with nothing written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from app.service.context import Service
from app.service.data.datasets import create_dataset, dataset
from app.service.data.uploads import form_of, parse_upload
from app.service.data.writing import write
from app.service.faults import ServiceError, TooLarge, Unreadable
from app.service.identity.identity import Identity
from app.service.settings import ServiceSettings
from supplychain.errors import InputError
from supplychain.network import Network
from tests.service.hostile import LIMITS, Hostile, archive, frame_as, hostile_files
from tests.service.tiny import tiny_frames

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(folder=tmp_path, **LIMITS)


def _refusal(service: Service, planner: Identity, settings: ServiceSettings, bad: Hostile) -> str:
    """What is said of ``bad``; empty where it was swallowed, or a defect shows."""
    try:
        frames = parse_upload(settings, bad.content, bad.form, bad.table)
        write(service, planner, "cars", frames)
    except InputError as error:
        told = error.problems
        return str(error) if told and all(p.message and p.table and p.remedy for p in told) else ""
    except ServiceError as error:
        return f"{error.message}; {error.remedy}" if error.remedy else ""
    except Exception as error:  # a defect: told by its name below
        print(f"{bad.name}: {type(error).__name__}: {error}")
    return ""


def _check_all(service: Service, planner: Identity, settings: ServiceSettings) -> int:
    create_dataset(service, planner, "cars")
    write(service, planner, "cars", tiny_frames())
    files = list(hostile_files())
    swallowed = [bad.name for bad in files if not _refusal(service, planner, settings, bad)]
    assert swallowed == []
    assert dataset(service, planner, "cars").revision == 1
    return len(files)


def test_two_hundred_hostile_files_are_refused_and_nothing_is_written(
    service: Service, planner: Identity, settings: ServiceSettings
) -> None:
    assert _check_all(service, planner, settings) >= 200


_BOMBS = """
import resource
from app.service.data.uploads import parse_upload
from app.service.settings import ServiceSettings
from supplychain.errors import InputError
from app.service.faults import ServiceError
from tests.service.hostile import LIMITS, bombs
settings = ServiceSettings(folder=".", **LIMITS)
files = list(bombs())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for bad in files:
    try:
        parse_upload(settings, bad.content, bad.form, bad.table)
    except (InputError, ServiceError):
        continue
    raise SystemExit(f"{bad.name} was swallowed")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_bombs_take_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _BOMBS], cwd=_ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200  # megabytes beyond what held the bombs while they were made


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "xlsx"])
def test_every_form_holds_the_same_table(settings: ServiceSettings, form: str) -> None:
    expected = Network.from_frames(tiny_frames())
    frames = {
        name: parse_upload(settings, frame_as(form, frame, name), form, name)[name]  # type: ignore[arg-type]
        for name, frame in tiny_frames().items()
    }
    assert Network.from_frames(frames).input_hash == expected.input_hash


def test_an_archive_holds_a_table_a_file(settings: ServiceSettings) -> None:
    frames = tiny_frames()
    parts = {
        "data/items.csv": frame_as("csv", frames["items"]),
        "stock.parquet": frame_as("parquet", frames["stock"]),
    }
    read = parse_upload(settings, archive(parts), "zip")
    assert list(read) == ["items", "stock"]
    assert read["items"]["item"].tolist() == ["CAR", "VAN", "CHIP"]


def test_json_maps_tables_to_their_rows(settings: ServiceSettings) -> None:
    content = (
        b'{"stock": [{"item": "CHIP", "quantity": 1.5}, {"item": "\\ud83d\\ude00"}], "items": []}'
    )
    read = parse_upload(settings, content, "json")
    assert read["stock"]["item"].tolist() == ["CHIP", "😀"]
    assert read["stock"]["quantity"].tolist()[0] == 1.5
    assert len(read["items"]) == 0


def test_a_problem_names_the_row_of_the_file(settings: ServiceSettings) -> None:
    content = b"item,location,quantity\n\nCHIP,PLANT,1\n\nCHIP,WORKS,1,2\n"
    with pytest.raises(InputError) as error:
        parse_upload(settings, content, "csv", "stock")
    [problem] = error.value.problems
    assert (problem.table, problem.row) == ("stock", 4)


def test_a_text_that_begins_like_a_formula_stays_text(settings: ServiceSettings) -> None:
    texts = ["=1+1", "+49 711", "-", "@you", "'quoted", "it's"]
    frame = pd.DataFrame({"item": texts})
    for form in ("csv", "json", "parquet", "xlsx"):
        content = frame_as(form, frame, "items")  # type: ignore[arg-type]
        read = parse_upload(settings, content, form, "items")["items"]  # type: ignore[arg-type]
        assert read["item"].tolist() == texts, form


def test_the_form_is_that_of_the_media_type_or_the_name() -> None:
    assert form_of("text/csv; charset=utf-8") == "csv"
    assert form_of("application/octet-stream", "Stock.XLSX") == "xlsx"
    with pytest.raises(Unreadable, match="is no form of data"):
        form_of("image/png", "stock.png")


def test_a_table_has_to_be_named_where_the_file_does_not(settings: ServiceSettings) -> None:
    with pytest.raises(Unreadable, match="holds one table"):
        parse_upload(settings, b"item\nCHIP\n", "csv")
    with pytest.raises(TooLarge):
        parse_upload(settings, b"x" * (LIMITS["body_limit"] + 1), "json")
