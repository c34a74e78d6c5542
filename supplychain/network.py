"""The supply chain as data: a frozen bundle of validated tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from supplychain.calendar import Calendar
from supplychain.errors import DataError, Problem
from supplychain.frames import empty_frame, typed_frame
from supplychain.schema import TABLES, WILDCARD, Table
from supplychain.settings import Settings, read_settings


@dataclass(frozen=True, eq=False)
class Network:
    """Validated tables of one supply chain; never changed, derive with :meth:`replace`.

    Build it with :meth:`from_frames`. Frames hold every column of the contract, in its types,
    sorted by key, so that neither the order of rows nor of files matters.
    """

    tables: Mapping[str, pd.DataFrame]
    settings: Settings
    notices: tuple[str, ...] = field(default=())

    @classmethod
    def from_frames(
        cls, frames: Mapping[str, pd.DataFrame], problems: Iterable[Problem] = ()
    ) -> Network:
        """Validate ``frames`` (by table name) and bundle them.

        Raises DataError with every problem of every table: cells, keys, references, ranges, dates
        and structure, after ``problems`` met on the way here. What only follows from a problem
        told already is left out.
        """
        from supplychain.checks import check_network, table_problems

        found = [*problems, *table_problems(frames, problems)]
        tables: dict[str, pd.DataFrame] = {}
        for name, table in TABLES.items():
            tables[name], of_cells = _typed(table, frames.get(name))
            found += of_cells
        settings, of_settings = read_settings(tables)
        found += of_settings
        found += check_network(cls(tables, settings), found)
        if found:
            raise DataError(_without_consequences(found))
        ordered = {name: _by_key(name, frame) for name, frame in tables.items()}
        return cls(ordered, settings, _notices(ordered, frames))

    def table(self, name: str) -> pd.DataFrame:
        """The table called ``name``, a frame that may be changed; the network stays as it is."""
        return self.tables[name].copy(deep=False)

    def replace(self, **tables: pd.DataFrame) -> Network:
        """A new network in which the given tables replace those of the same name."""
        unknown = set(tables) - set(TABLES)
        if unknown:
            raise KeyError(f"not tables of the contract: {sorted(unknown)}")
        merged = {**self.tables, **{name: _by_key(name, frame) for name, frame in tables.items()}}
        return Network(merged, self.settings, self.notices)

    @cached_property
    def calendar(self) -> Calendar:
        """The planning periods."""
        return self.settings.calendar

    @cached_property
    def input_hash(self) -> str:
        """SHA-256 over all tables; equal for equal content, whatever the order of rows or files."""
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            frame = self.tables[name]
            if len(frame):
                digest.update(f"{name}:{','.join(frame.columns)}".encode())
                digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
        return digest.hexdigest()


def _typed(table: Table, raw: pd.DataFrame | None) -> tuple[pd.DataFrame, list[Problem]]:
    if raw is None or raw.shape == (0, 0):
        return empty_frame(table), []
    return typed_frame(table, raw)


def _by_key(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    if len(frame) < 2:
        return frame.reset_index(drop=True)
    return frame.sort_values(list(TABLES[name].key), kind="stable", ignore_index=True)


def _without_consequences(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out a second problem of a cell, and any of a row that could not be read."""
    told: set[tuple[str, int, str]] = set()
    for problem in problems:
        table, row, column = problem.table, problem.row, problem.column
        if row is None:
            yield problem
        elif (table, row, column) not in told and (table, row, "") not in told:
            told.add((table, row, column))
            yield problem


# --- notices -----------------------------------------------------------------------------------


def _notices(
    tables: Mapping[str, pd.DataFrame], frames: Mapping[str, pd.DataFrame]
) -> tuple[str, ...]:
    """What the dataset holds that the contract does not know, and what is most likely wrong."""
    unknown = ", ".join(_unknown(tables, frames))
    notices = [f"not in the data contract, left aside: {unknown}"] if unknown else []
    return (*notices, *_doubts(tables))


def _doubts(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """What is allowed and yet most likely an oversight."""
    if not (tables["demand"]["quantity"] > 0).any():
        yield "no demand: there is nothing to plan"
    production, bom = tables["production"], tables["bom"]
    known = set(zip(bom["item"], bom["version"], strict=True))
    assembled = set(bom["item"])
    empty = [
        f"{item} {version}"
        for item, version in sorted(
            set(zip(production["item"], production["version"], strict=True))
        )
        if item in assembled and (item, version) not in known and (item, WILDCARD) not in known
    ]
    if empty:
        yield f"made from nothing, without BOM rows for this version: {', '.join(empty)}"


def _unknown(
    tables: Mapping[str, pd.DataFrame], frames: Mapping[str, pd.DataFrame]
) -> Iterator[str]:
    yield from (name for name in frames if name not in TABLES)
    for name, frame in tables.items():
        known = TABLES[name].column_names
        yield from (f"{name}.{column}" for column in frame.columns if column not in known)
