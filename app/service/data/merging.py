"""An upload laid over what is stored: the dataset that it makes, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from app.service.data.safe import unsafe_cells
from app.service.data.stored import Stored
from app.service.data.visible import Scope, scope_of, without_suggestions
from app.service.faults import Forbidden
from app.service.identity.identity import Identity
from app.store.contract import row_keys
from supplychain.cells import Mask, shown
from supplychain.errors import DataError, Problem
from supplychain.frames import ROW, empty_frame, misspelled, typed_frame
from supplychain.network import Network
from supplychain.schema import TABLES, Table

_KEY = "row_key"
_MOST_TOLD = 1_000  # problems of one upload that are listed


@dataclass(frozen=True)
class TableChange:
    """What is to be written of one table: rows with their keys, and what they replace.

    ``before`` holds the stored rows that are replaced or deleted, by key.
    """

    rows: pd.DataFrame
    keys: pd.Index
    deleted: list[str]
    before: pd.DataFrame


@dataclass(frozen=True)
class Change:
    """The differences between what is stored and what is wanted, and the network that they make."""

    tables: Mapping[str, TableChange]
    network: Network
    notices: tuple[str, ...]

    @property
    def upserted(self) -> int:
        """Rows that are new or other than before."""
        return sum(len(change.rows) for change in self.tables.values())

    @property
    def deleted(self) -> int:
        """Rows that go."""
        return sum(len(change.deleted) for change in self.tables.values())


@dataclass(frozen=True)
class _Merged:
    """One table: what was uploaded, the stored rows by key, and the keys that go."""

    name: str
    rows: pd.DataFrame
    keys: pd.Index
    stored: pd.DataFrame
    gone: list[str]

    def frame(self) -> pd.DataFrame:
        """Both together: uploaded rows with their numbers, stored ones with negative numbers."""
        frame = pd.concat([self.rows, _numbered(self.stored)[~self._stored_in(self.keys)]])
        frame.index.name = ROW
        return frame

    def change(self) -> TableChange:
        """Only what differs from what is stored."""
        differs = ~self.keys.isin(self.stored.index)
        known = np.flatnonzero(~differs)
        same = self.stored.reindex(self.keys[known])
        differs[known] = ~_equal(self.rows.iloc[known], same)
        keys = self.keys[differs]
        return TableChange(self.rows[differs], keys, self.gone,
                           self.stored[self._stored_in(keys)])  # fmt: skip

    def _stored_in(self, keys: pd.Index) -> Mask:
        """Which stored rows have one of ``keys``, or go."""
        found: Mask = self.stored.index.isin(keys.append(pd.Index(self.gone, dtype=object)))
        return found


def _by_key(name: str, rows: pd.DataFrame) -> pd.Index:
    """The keys of rows, as objects: looked up much faster than texts of pandas."""
    keys: pd.Index = pd.Index(row_keys(name, rows), dtype=object, name=_KEY)
    return keys


def _numbered(stored: pd.DataFrame) -> pd.DataFrame:
    """Stored rows numbered -1, -2 and so on, to be told from those of an upload."""
    return stored.set_axis(pd.RangeIndex(-1, -len(stored) - 1, -1, name=ROW))


def _equal(rows: pd.DataFrame, others: pd.DataFrame) -> Mask:
    """Which rows have the same cells, blank ones included."""
    equal = np.ones(len(rows), dtype=bool)
    for name in rows.columns:
        here, there = rows[name].to_numpy(dtype=object), others[name].to_numpy(dtype=object)
        equal &= (here == there) | (pd.isna(here) & pd.isna(there))
    return equal


def merge(
    stored: Stored,
    upserts: Mapping[str, pd.DataFrame],
    deletes: Mapping[str, Sequence[str]],
    identity: Identity,
    *,
    replace_tables: bool,
) -> Change:
    """Lay ``upserts`` over ``stored`` and take ``deletes`` away, all or nothing.

    ``replace_tables``: a table that is given becomes what is given, but for the rows that
    ``identity`` does not see. Raises DataError with every problem of the dataset that would be,
    Forbidden with every row that ``identity`` may not change.
    """
    guard = Guard(scope_of(stored.tables, identity), identity)
    replaced = guard.scope if replace_tables else None
    merged, problems, notices = _merged(stored, upserts, deletes, replaced)
    changes = {table.name: table.change() for table in merged}
    guard.check(changes)
    frames = {name: _numbered(frame) for name, frame in stored.tables.items()}
    frames |= {table.name: table.frame() for table in merged}
    try:
        network = Network.from_frames(frames, problems)
    except DataError as error:
        raise DataError(guard.told(error.problems, stored)) from None
    Guard(scope_of(network.tables, identity), identity).check(changes)
    changed = {name: found for name, found in changes.items() if len(found.rows) or found.deleted}
    return Change(changed, network, tuple(notices))


def _merged(
    stored: Stored,
    upserts: Mapping[str, pd.DataFrame],
    deletes: Mapping[str, Sequence[str]],
    replaced: Scope | None,
) -> tuple[list[_Merged], list[Problem], list[str]]:
    """Each table that is touched, with the problems of its own and what was left aside.

    ``replaced``: rows that are not given go, but for what it hides; None: they stay.
    """
    merged, problems, notices = [], [], []
    for name in dict.fromkeys([*upserts, *deletes]):
        if name not in TABLES:
            meant = misspelled(name, TABLES)
            problems += [_unknown_table(name, meant)] if meant or name in deletes else []
            notices += [] if meant or name in deletes else [f"{name} is no table: left aside"]
            continue
        rows, found, left_aside = _typed(TABLES[name], upserts.get(name))
        problems += found
        notices += [f"{name}.{column} is no column: left aside" for column in left_aside]
        if all(problem.row is not None for problem in found):
            old = stored.tables[name]
            old = old.set_axis(_by_key(name, old))
            keys = _by_key(name, rows)
            gone = list(dict.fromkeys(deletes.get(name, ())))
            problems += _wrong_deletes(name, gone, old, keys)
            if replaced is not None and name in upserts:
                gone += old.index[~replaced.hides(old)].difference([*keys, *gone]).tolist()
            merged.append(_Merged(name, rows, keys, old, gone))
    return merged, problems, notices


def _unknown_table(name: str, meant: str) -> Problem:
    remedy = f"did you mean {meant}? rename it" if meant else "name a table of the contract"
    return Problem(name, "unknown table", remedy)


def _typed(table: Table, raw: pd.DataFrame | None) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """``raw`` in the types of the contract, what is wrong with it, and columns left aside."""
    if raw is None or raw.shape == (0, 0):
        return empty_frame(table).rename_axis(index=ROW), [], []
    try:
        rows, problems = typed_frame(table, raw)
    except UnicodeEncodeError:  # half a pair, which JSON can carry, in a cell or column name
        message, remedy = "holds a character that is no text", "remove it"
        return empty_frame(table), [Problem(table.name, message, remedy)], []
    known = list(table.column_names)
    return rows[known], problems + unsafe_cells(table.name, rows), list(rows.columns[len(known) :])


def _wrong_deletes(
    name: str, gone: Sequence[str], stored: pd.DataFrame, keys: pd.Index
) -> list[Problem]:
    """Rows to delete that are not there, or that are written at the same time."""
    absent = [key for key in gone if key not in stored.index]
    both = set(gone).intersection(keys) if gone else set()
    return [
        *(Problem(name, "there is no row with this key", "leave it out", value=shown(key))
          for key in absent),
        *(Problem(name, "is to be written and deleted at once", "do one of them", value=shown(key))
          for key in sorted(both)),
    ]  # fmt: skip


@dataclass(frozen=True)
class Guard:
    """Keeps what is hidden from ``identity`` out of changes and messages."""

    scope: Scope
    identity: Identity

    def check(self, changes: Mapping[str, TableChange]) -> None:
        """Forbidden, with every row, where a change touches what is hidden."""
        if self.identity.sees_everything:
            return
        problems = []
        for name, change in changes.items():
            new = change.rows.assign(**{_KEY: change.keys})
            for rows in (new, change.before.reset_index(names=_KEY)):
                hidden = self.scope.hides(rows) | (name == "settings")
                problems += [Problem(name, "is not yours to change", "leave it out", value=key)
                             for key in rows.loc[hidden, _KEY]]  # fmt: skip
        if problems:
            message = "rows of other brands or plants, or settings of the whole dataset"
            raise Forbidden(message, "leave them out", dict.fromkeys(problems))

    def told(self, problems: Iterable[Problem], stored: Stored) -> list[Problem]:
        """``problems`` with stored rows named by their key, hidden ones not at all."""
        problems = without_suggestions(problems, self.identity)
        told = list(dict.fromkeys(self._told(problem, stored) for problem in problems))
        if len(told) > _MOST_TOLD:
            message = f"has {len(told) - _MOST_TOLD:,} more problems"
            told[_MOST_TOLD:] = [Problem("dataset", message, "mend these first")]
        return told

    def _told(self, problem: Problem, stored: Stored) -> Problem:
        if problem.row is None or problem.row > 0:
            return problem
        place = -problem.row - 1
        row = stored.tables[problem.table].iloc[place : place + 1]
        if self.scope.hides(row).any():
            message = "a row that you may not see would no longer fit"
            return Problem(problem.table, message, "ask somebody who sees everything")
        key = row_keys(problem.table, row).iloc[0]
        return replace(problem, row=None, message=f"{problem.message} (stored row {key})")
