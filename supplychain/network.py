"""The supply chain as data: a frozen bundle of validated tables."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal, cast

import pandas as pd

from supplychain.calendar import Bucket, Calendar, parse_date
from supplychain.errors import DataError, Problem
from supplychain.frames import empty_frame, near, typed_frame
from supplychain.schema import TABLES

UNPLANNED_SETTINGS = ("frozen_periods", "change_cost", "lead_time_quantile", "seed")


@dataclass(frozen=True)
class Settings:
    """Settings of a dataset, each with its meaning.

    start, periods, bucket: the calendar. currency: of all money. holding_rate: cost of holding, as
    a share of items.unit_cost a year. closing_target: periods of mean requirement up to which
    closing stock is valued. note: free text. The others belong to later plans.
    """

    start: dt.date
    periods: int
    bucket: Bucket = "week"
    currency: str = "EUR"
    holding_rate: float = 0.0
    closing_target: float = 0.0
    frozen_periods: int = 0
    change_cost: float = 0.0
    lead_time_quantile: float | None = None
    seed: int | None = None
    note: str = ""


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
    def from_frames(cls, frames: Mapping[str, pd.DataFrame]) -> Network:
        """Validate ``frames`` (by table name) and bundle them.

        Raises DataError with every problem of every table: cells, keys, references, ranges, dates
        and structure.
        """
        from supplychain.checks import check_network, table_problems

        problems = table_problems(frames)
        tables: dict[str, pd.DataFrame] = {}
        for name, table in TABLES.items():
            if name in frames:
                frame, found = typed_frame(table, frames[name])
                problems += found
            else:
                frame = empty_frame(table)
            tables[name] = frame
        settings, found = _read_settings(tables)
        network = cls(tables, settings)
        problems += found + check_network(network, complete=not (problems or found))
        if problems:
            raise DataError(problems)
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
        return Calendar(self.settings.start, self.settings.periods, self.settings.bucket)

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


def _by_key(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(TABLES[name].key), kind="stable", ignore_index=True)


def _read_settings(tables: Mapping[str, pd.DataFrame]) -> tuple[Settings, list[Problem]]:
    frame = tables["settings"]
    values = dict(zip(frame["name"], frame["value"], strict=True))
    rows = {name: int(row) for row, name in zip(frame.index, frame["name"], strict=True)}
    problems: list[Problem] = []
    known: dict[str, object] = {}
    for name, value in values.items():
        try:
            known[name] = _setting(name, value)
        except KeyError:
            remedy = f"remove it{near(name, [f.name for f in fields(Settings)])}"
            problems.append(
                Problem("settings", "unknown setting", remedy, rows[name], "name", name)
            )
        except ValueError as error:
            problems.append(
                Problem("settings", f"{name}: {error}", "correct it", rows[name], "value", value)
            )
    calendar = _default_calendar(tables, known)
    known = {**calendar, **known}
    settings = Settings(**known)  # type: ignore[arg-type]
    if not Calendar(settings.start, 1, settings.bucket).is_first_date(settings.start):
        first = "a Monday" if settings.bucket == "week" else "the first day of a month"
        problems.append(
            Problem(
                "settings",
                f"start is not {first}",
                "name the period's first date",
                rows.get("start"),
                "value",
                str(settings.start),
            )
        )
    return settings, problems


def _setting(name: str, value: str) -> object:
    """Parse one setting; KeyError if unknown, ValueError with a reason if not valid."""
    if name == "start":
        return parse_date(value)
    if name == "bucket":
        if value not in ("day", "week", "month"):
            raise ValueError("is not day, week or month")
        return cast("Literal['day', 'week', 'month']", value)
    if name in ("currency", "note"):
        return value
    lowest, highest, kind = {
        "periods": (1, 1000, int), "holding_rate": (0, 100, float), "closing_target": (0, 1e6, float),
        "frozen_periods": (0, 1000, int), "change_cost": (0, 1e12, float),
        "lead_time_quantile": (0, 1, float), "seed": (0, 2**63 - 1, int),
    }[name]  # fmt: skip
    number = kind(value)
    if not lowest <= number <= highest:
        raise ValueError(f"is not between {lowest:g} and {highest:g}")
    return number


def _default_calendar(
    tables: Mapping[str, pd.DataFrame], known: Mapping[str, object]
) -> dict[str, object]:
    """Start and periods where the settings leave them out: those of the demand."""
    due = tables["demand"]["period"].dropna()
    first = due.min().date() if len(due) else dt.date(2026, 1, 5)
    bucket = cast(Bucket, known.get("bucket", "week"))
    if bucket == "week":
        first -= dt.timedelta(days=first.weekday())
    elif bucket == "month":
        first = first.replace(day=1)
    start = cast(dt.date, known.get("start", first))
    last = Calendar(start, 1, bucket).number(due.max().date()) if len(due) else 0
    return {"start": first, "periods": max(last, 0) + 1}


def _notices(
    tables: Mapping[str, pd.DataFrame], frames: Mapping[str, pd.DataFrame]
) -> tuple[str, ...]:
    """What the dataset holds that no plan uses yet, and what the contract does not know."""
    used = []
    for name, table in TABLES.items():
        frame = tables[name]
        if len(frame) and not table.planned:
            used.append(name)
        elif len(frame):
            used += [
                f"{name}.{c.name}"
                for c in table.columns
                if not c.planned and _is_used(frame[c.name])
            ]
    values = dict(zip(tables["settings"]["name"], tables["settings"]["value"], strict=True))
    used += [f"settings.{name}" for name in UNPLANNED_SETTINGS if values.get(name, "0") != "0"]
    extra = [name for name in frames if name not in TABLES]
    for name, table in TABLES.items():
        extra += [
            f"{name}.{column}"
            for column in tables[name].columns
            if column not in table.column_names
        ]
    notices = [f"not planned yet: {', '.join(used)}"] if used else []
    return (
        *notices,
        *([f"not in the data contract, left aside: {', '.join(extra)}"] if extra else []),
    )


def _is_used(values: pd.Series) -> bool:
    """Whether a column says anything: it varies in a way that would change a plan."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return bool((values.notna() & (values != 0)).any())
    return bool((values.notna() & (values != "")).any())
