"""Use cases on datasets: check one, convert it, generate the example, import another system's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from app.service.plans.summary import describe_dataset
from supplychain.calendar import parse_date
from supplychain.errors import FileError, InputError, Problem
from supplychain.example import Size, generate, scenarios
from supplychain.files import Format, read_dataset, read_frames, whole_or_nothing, write_tables
from supplychain.frepple import FreppleOptions, import_frepple, read_dump
from supplychain.network import Network
from supplychain.schema import TABLES
from supplychain.scope import expand
from supplychain.structure import summarize_structure

Json = dict[str, Any]
_BY_SUFFIX: dict[str, Format] = {".xlsx": "xlsx", ".parquet": "parquet"}


def check_dataset(path: Path) -> Json:
    """Read and validate the dataset at ``path``; its size, calendar, demand and structure.

    Raises InputError with every problem found.
    """
    base = read_dataset(path)
    expanded = expand(base)
    structure = asdict(summarize_structure(expanded))
    return {"path": str(path), "dataset": describe_dataset(base, expanded), "structure": structure}


def convert_dataset(path: Path, out: Path, form: Format | None = None) -> Json:
    """Write the dataset at ``path`` to ``out`` in another format, with all that it holds.

    ``form`` None: by the suffix of ``out``, .xlsx a workbook, .parquet a folder of Parquet files,
    else a folder of CSV files. Tables that the contract does not know go along as they are.
    """
    frames = read_frames(path)
    network = Network.from_frames(frames)
    unknown = {name: frame for name, frame in frames.items() if name not in TABLES}
    written = _write({**unknown, **network.tables}, {}, out, form)
    return {**written, "input_hash": network.input_hash, "notices": list(network.notices)}


def generate_dataset(size: Size, seed: int, out: Path, form: Format | None = None) -> Json:
    """Write the example company to ``out``, with its scenarios beside it where it is a folder."""
    frames = generate(size, seed)
    return {"size": size, "seed": seed, **_write(frames, scenarios(frames), out, form)}


def import_frepple_dump(
    dump: Path, out: Path, form: Format | None = None, *, start: str | None = None, **options: Any
) -> Json:
    """Write what a frePPLe dump holds to ``out`` as a dataset, with notes on what it lacks.

    ``start`` is a date or an ISO week; ``options`` are further fields of FreppleOptions.
    """
    first = None if start is None else parse_day(start, "start")
    imported = import_frepple(read_dump(dump), FreppleOptions(start=first, **options))
    network = Network.from_frames(imported.frames)
    return {**_write(network.tables, {}, out, form), "notes": list(imported.notes)}


def format_of(out: Path, form: Format | None) -> Format:
    """The format to write ``out`` in; FileError where ``form`` and the suffix do not agree."""
    by_suffix = _BY_SUFFIX.get(out.suffix.lower(), "csv")
    chosen = form or by_suffix
    if "xlsx" in (chosen, by_suffix) and chosen != by_suffix:
        raise FileError(out, f"does not fit the format {chosen}", "end workbooks in .xlsx")
    return chosen


def _write(
    tables: Mapping[str, pd.DataFrame], stories: Mapping[str, str], out: Path, form: Format | None
) -> Json:
    """Write the tables that have rows, and ``stories`` as scenario files, whole or not at all."""
    chosen = format_of(out, form)
    stories = {} if chosen == "xlsx" else stories
    filled = {name: table for name, table in tables.items() if len(table)}
    with whole_or_nothing(out) as path:
        write_tables(filled, path, chosen)
        for name, text in stories.items():
            (path / "scenarios").mkdir(exist_ok=True)
            (path / "scenarios" / name).write_text(text, encoding="utf-8")
    rows = {name: len(table) for name, table in filled.items()}
    return {"out": str(out), "format": chosen, "tables": rows, "scenarios": list(stories)}


def parse_day(text: str, option: str) -> dt.date:
    """The date that the value ``text`` of an option means; InputError where it is none."""
    try:
        return parse_date(text)
    except ValueError:
        remedy = "write a date such as 2026-03-02 or a week such as 2026-W10"
        problem = Problem("options", "is not a date", remedy, column=option, value=text)
        raise InputError([problem]) from None
