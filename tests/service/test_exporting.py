"""Exports import unchanged, are safe in a spreadsheet, and show what one may see."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.exporting import export
from app.service.data.stored import read_network
from app.service.data.uploads import form_of, parse_upload
from app.service.data.writing import whole, write
from app.service.faults import Forbidden, NotFound
from app.service.identity.identity import Identity, Role
from supplychain.files import read_frames
from supplychain.network import Network
from tests.service.tiny import tiny_frames

_COMPANY = Path(__file__).resolve().parents[2] / "data" / "automaker"
_ODD = ("=1+1", "+49", "-", "@you", "'=quoted", "''=twice", "'plain", "it's", "a,b", 'a"b', "ä 😀")


@pytest.fixture
def stored(service: Service, planner: Identity) -> Service:
    """The tiny dataset with descriptions that a spreadsheet would like to evaluate."""
    create_dataset(service, planner, "cars")
    frames = tiny_frames()
    odd = pd.DataFrame({"item": [f"I{n}" for n in range(len(_ODD))], "description": _ODD})
    frames["items"] = pd.concat([frames["items"], odd]).fillna("")
    write(service, planner, "cars", frames)
    return service


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_an_export_imports_unchanged(
    stored: Service, planner: Identity, form: Literal["csv", "parquet", "xlsx"]
) -> None:
    exported = export(stored, planner, "cars", form)
    frames = parse_upload(stored.settings, exported.content, form_of(exported.media_type))
    create_dataset(stored, planner, "again")
    write(stored, planner, "again", whole(frames), replace=True)
    here, there = read_network(stored, "cars"), read_network(stored, "again")
    assert here.input_hash == there.input_hash
    assert exported.filename == ("cars.xlsx" if form == "xlsx" else "cars.zip")


def test_the_example_company_goes_through_store_and_export_unchanged(
    any_service: Service, planner: Identity
) -> None:
    frames = read_frames(_COMPANY)
    create_dataset(any_service, planner, "company")
    write(any_service, planner, "company", whole(frames), replace=True)
    exported = export(any_service, planner, "company", "csv")
    read = parse_upload(any_service.settings, exported.content, "zip")
    assert Network.from_frames(read).input_hash == Network.from_frames(frames).input_hash


def test_no_cell_of_a_csv_would_be_evaluated(stored: Service, planner: Identity) -> None:
    with zipfile.ZipFile(io.BytesIO(export(stored, planner, "cars", "csv").content)) as archive:
        text = archive.read("items.csv").decode()
    told = {row["description"] for row in csv.DictReader(io.StringIO(text))}
    assert told >= {"'=1+1", "'+49", "'-", "'@you", "''=quoted", "'''=twice", "'plain", "it's"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in told)


def test_no_cell_of_a_workbook_is_a_formula(stored: Service, planner: Identity) -> None:
    content = export(stored, planner, "cars", "xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "/worksheets/" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("items")
    assert "=1+1" in {row[1] for row in rows.to_python()}


def test_one_table_comes_as_one_file(stored: Service, planner: Identity) -> None:
    exported = export(stored, planner, "cars", "csv", "stock")
    assert (exported.filename, exported.media_type) == ("cars-stock.csv", "text/csv")
    assert exported.content.decode() == "item,location,quantity,as_of\nCHIP,PLANT,10,\n"
    empty = export(stored, planner, "cars", "csv", "floors")
    assert empty.content.decode() == "brand,customer,location,share\n"
    with pytest.raises(NotFound):
        export(stored, planner, "cars", "csv", "weather")


def test_an_export_holds_what_one_may_see(stored: Service, planner: Identity) -> None:
    own = replace(planner, brands=frozenset({"AVE"}), plants=frozenset({"PLANT"}))
    exported = export(stored, own, "cars", "csv")
    frames = parse_upload(stored.settings, exported.content, "zip")
    assert "VAN" not in set(frames["items"]["item"]) | set(frames["demand"]["item"])
    assert frames["sourcing"]["location"].tolist() == ["PLANT"]
    nobody = replace(planner, roles=frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(Forbidden):
        export(stored, nobody, "cars", "csv")
