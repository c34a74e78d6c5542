"""A frePPLe dump: a Django fixture, that is a JSON list of ``{"model", "pk", "fields"}``.

Dumps differ by release and by the way they were written: foreign keys are called ``item`` or
``item_id`` and hold a name, a number or a natural key (a list); a name is a field or the ``pk``.
Older releases call operationmaterial ``flow`` and operationresource ``load``. :class:`Record`
hides all of that, remembers which fields were read, and collects values that cannot be read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, overload

from supplychain.errors import DataError, FileError, Problem
from supplychain.frepple.notes import Notes
from supplychain.frepple.values import (
    parse_clock,
    parse_datetime,
    parse_duration,
    parse_flag,
    parse_number,
    parse_text,
)
from supplychain.schema import KEY_SEPARATOR, WILDCARD

T = TypeVar("T")

_OLD_MODELS = {"flow": "operationmaterial", "load": "operationresource"}
_NAMED = ("item", "location", "supplier", "customer", "operation", "resource", "skill")
_TARGETS = {
    **{name: name for name in _NAMED},
    "origin": "location",
    "destination": "location",
    "suboperation": "operation",
    "blockedby": "operation",
}
_ORDERS = {"purchaseorder": "PO", "distributionorder": "DO", "manufacturingorder": "MO",
           "deliveryorder": "DLVR", "workorder": "WO", "operationplan": ""}  # fmt: skip
MODELS = (
    *_NAMED, "calendar", "calendarbucket", "suboperation", "operationdependency", "buffer",
    "resourceskill", "operationmaterial", "operationresource", "itemsupplier", "itemdistribution",
    "demand", "parameter", *_ORDERS,
)  # fmt: skip
_BOOKKEEPING = frozenset(
    {"id", "name", "reference", "source", "lastmodified", "lft", "rght", "lvl", "color", "plan",
     "criticality", "delay", "feasible", "plannedquantity", "deliverydate", "hidden"}
)  # fmt: skip
_EMPTY: tuple[object, ...] = (None, "", 0, False, "0.0", "0", [], {}, "00:00:00")
_FAR_PAST, _FAR_FUTURE = dt.datetime(1971, 1, 3), dt.datetime(2030, 12, 29)


def read_dump(path: str | Path) -> list[dict[str, object]]:
    """Read the records of a fixture file.

    Raises FileError if the file cannot be read, DataError if it is no JSON or no fixture.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error), "name a readable JSON file") from None
    except UnicodeDecodeError:
        raise FileError(path, "is not text in UTF-8", "name a frePPLe dump in JSON") from None
    try:
        records = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        message = f"is not valid JSON at {where}: {error.msg}"
        raise DataError([Problem(str(path), message, "export the dump again")]) from None
    except RecursionError:
        message = "is nested too deeply for a fixture"
        raise DataError([Problem(str(path), message, "name a frePPLe dump")]) from None
    return check_fixture(records, str(path))


def check_fixture(records: object, where: str = "dump") -> list[dict[str, object]]:
    """Return ``records`` if they have the shape of a fixture, else raise DataError."""
    remedy = "name a fixture as written by frepplectl dumpdata"
    if not isinstance(records, list):
        raise DataError([Problem(where, "is not a list of records", remedy)])
    problems = [
        Problem(where, "is not a record with model and fields", remedy, row)
        for row, record in enumerate(records, 1)
        if not (
            isinstance(record, dict)
            and isinstance(record.get("model"), str)
            and isinstance(record.get("fields"), dict)
        )
    ]
    if not problems and not any(_model(record["model"]) in MODELS for record in records):
        problems = [Problem(where, "holds no records of frePPLe", remedy)]
    if problems:
        raise DataError(problems)
    return records


def _model(label: str) -> str:
    """Name of a model label such as ``input.item``, old names made new; else the whole label."""
    application, _, name = label.lower().rpartition(".")
    name = _OLD_MODELS.get(name, name)
    return name if application in ("", "input", "common") and name in MODELS else label


@dataclass(frozen=True, eq=False)
class Record:
    """One record; a getter takes the names that a field goes by and returns the first value."""

    dump: Dump
    model: str
    row: int
    key: str
    fields: Mapping[str, object]

    @property
    def name(self) -> str:
        """Name under which other records refer to this one."""
        return self.dump.rename(self.model, self.key)

    def _find(self, names: Iterable[str]) -> tuple[str, object] | None:
        found = None
        for name in names:
            for variant in (name, f"{name}_id"):
                self.dump.read.add((self.model, variant))
                if found is None and self.fields.get(variant) not in (None, ""):
                    found = name, self.fields[variant]
        return found

    def _parsed(self, names: Iterable[str], parse: Callable[[object], T]) -> T | None:
        found = self._find(names)
        if found is None:
            return None
        try:
            return parse(found[1])
        except ValueError as error:
            self.dump.complain(self, found[0], str(error), found[1])
            return None

    def text(self, *names: str) -> str:
        """Text or foreign key; "" if missing."""
        found = self._find(names)
        if found is None:
            return ""
        target = self.model if found[0] == "owner" else _TARGETS.get(found[0], "")
        return self.dump.rename(target, parse_text(found[1]))

    @overload
    def number(self, *names: str, default: float) -> float: ...

    @overload
    def number(self, *names: str, default: None = None) -> float | None: ...

    def number(self, *names: str, default: float | None = None) -> float | None:
        """Finite number; ``default`` if missing."""
        value = self._parsed(names, parse_number)
        return default if value is None else value

    def whole(self, *names: str, default: int) -> int:
        """Whole number; ``default`` if missing."""
        return int(self.number(*names, default=float(default)))

    def hours(self, *names: str) -> float:
        """Hours of a duration; 0 if missing."""
        return self._parsed(names, parse_duration) or 0.0

    def clock(self, *names: str) -> float | None:
        """Time of day in hours; None if missing."""
        return self._parsed(names, parse_clock)

    def date(self, *names: str) -> dt.datetime | None:
        """Date and time; None if missing."""
        return self._parsed(names, parse_datetime)

    def flag(self, *names: str, default: bool) -> bool:
        """True or false; ``default`` if missing."""
        value = self._parsed(names, parse_flag)
        return default if value is None else value

    def has(self, *names: str) -> bool:
        """Whether a field is given."""
        return self._find(names) is not None

    def window(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Effective from (inclusive) and to (exclusive); None where frePPLe means always."""
        return open_ended(self.date("effective_start"), self.date("effective_end"))


def open_ended(
    first: dt.datetime | None, last: dt.datetime | None
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """frePPLe writes 1971 for no start and the last days of 2030 for no end."""
    return (
        None if first is None or first <= _FAR_PAST else first,
        None if last is None or last >= _FAR_FUTURE else last,
    )


def unique(name: str, taken: set[str]) -> str:
    """``name``, numbered if it is taken; the result is taken from now on."""
    result, number = name, 2
    while result in taken:
        result, number = f"{name} ({number})", number + 1
    taken.add(result)
    return result


class Dump:
    """The records of a fixture by model, with names that suit the data contract."""

    def __init__(self, records: list[dict[str, object]], notes: Notes) -> None:
        self.read: set[tuple[str, str]] = set()
        self.problems: list[Problem] = []
        self._notes = notes
        self._names: dict[str, dict[str, str]] = {}
        self._taken: dict[str, set[str]] = {}
        self._models: dict[str, dict[str, Record]] = {}
        for row, raw in enumerate(records, 1):
            self._add(row, raw)
        renamed = [
            f"{raw!r} -> {name!r}"
            for names in self._names.values()
            for raw, name in names.items()
            if raw != name
        ]
        if renamed:
            notes.add(f"names that hold {KEY_SEPARATOR} or are {WILDCARD}, changed", *renamed)

    def _add(self, row: int, raw: dict[str, object]) -> None:
        model = _model(str(raw["model"]))
        fields = raw["fields"]
        assert isinstance(fields, dict)
        kept: dict[str, object] = {str(name): value for name, value in fields.items()}
        given = (kept.get("name"), kept.get("reference"), raw.get("pk"), kept.get("id"))
        if model in _ORDERS:
            given = (kept.get("reference"), raw.get("pk"), kept.get("id"), None)
        elif model == "buffer":
            given = (raw.get("pk"), kept.get("id"), kept.get("name"), None)
        elif model not in (*_NAMED, "calendar", "demand", "parameter"):
            given = (raw.get("pk"), kept.get("id"), None, None)
        key = next((text for text in map(parse_text, given) if text), "")
        if model in _NAMED and not key:
            self._notes.add(f"{model} records without name, left out", f"record {row}")
            return
        if key and key in self._models.get(model, {}):
            self._notes.add(f"{model} records given twice, the last counts", key)
        key = key or f"row {row}"
        self._models.setdefault(model, {})[key] = Record(self, model, row, key, kept)
        if model in _NAMED:
            self.rename(model, key)

    def rename(self, model: str, raw: str) -> str:
        """Name of ``raw`` in the data contract: without ``|``, not ``*``, unique in its model."""
        if model not in _NAMED or not raw:
            return raw
        names = self._names.setdefault(model, {})
        if raw not in names:
            clean = raw.replace(KEY_SEPARATOR, "/")
            clean = "any" if clean == WILDCARD else clean
            names[raw] = unique(clean, self._taken.setdefault(model, set()))
        return names[raw]

    def all(self, model: str) -> list[Record]:
        """Records of a model, in the order of the dump."""
        return list(self._models.get(model, {}).values())

    def named(self, model: str) -> dict[str, Record]:
        """Records of a model by name."""
        return {record.name: record for record in self.all(model)}

    def orders(self) -> list[tuple[str, Record]]:
        """Orders of every release's models, with their type ("" where the record has to say)."""
        return [(kind, record) for model, kind in _ORDERS.items() for record in self.all(model)]

    def parameter(self, name: str) -> str:
        """Value of a parameter; "" if missing."""
        record = self._models.get("parameter", {}).get(name)
        return record.text("value") if record else ""

    def complain(self, record: Record, field: str, message: str, value: object) -> None:
        """Collect a value that cannot be read; all are raised at once at the end."""
        where = f"{record.model} {record.key}"
        self.problems.append(
            Problem(
                where, message, "correct it in the dump", record.row, field, parse_text(value)[:80]
            )
        )

    def raise_problems(self) -> None:
        """Raise DataError if a value could not be read."""
        if self.problems:
            distinct = dict.fromkeys(self.problems)
            raise DataError(
                sorted(distinct, key=lambda problem: (problem.row or 0, problem.column))
            )

    def note_unread(self) -> None:
        """Note models without counterpart, and fields with a value that nothing read."""
        for model, records in self._models.items():
            if model not in MODELS:
                self._notes.add(f"no counterpart: {model}: {len(records)} records")
                continue
            counts: dict[str, int] = {}
            for record in records.values():
                for field, value in record.fields.items():
                    known = field in _BOOKKEEPING or (model, field) in self.read
                    if not known and value not in _EMPTY:
                        counts[field] = counts.get(field, 0) + 1
            if counts and model != "parameter":
                listed = ", ".join(f"{field} ({count})" for field, count in counts.items())
                self._notes.add(f"no counterpart: fields of {model}: {listed}")
