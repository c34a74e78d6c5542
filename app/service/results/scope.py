"""Which rows of a result somebody may see: none that names another's brand or plant.

A row is hidden where one of its cells names a hidden thing: an item of a brand that is not theirs,
a plant that is not theirs, a resource there. Items without a brand are shared: everybody sees them.
A table that names nothing (sums of money) is about the whole company, and hidden as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sqlmodel import Session

from app.service.data import visible as data
from app.service.faults import NotFound
from app.service.identity.identity import Identity
from app.service.jobs.kinds import read_parameters
from app.service.results.frames import stored_frame
from app.service.results.runs import plan_record, run_record
from app.store.records import Json, Run
from supplychain.frames import empty_frame
from supplychain.schema import TABLES

NAMES = ("item", "component", "substitute", "product", "parent", "location", "origin",
         "destination", "plant", "supplier", "resource", "owner", "key", "name",
         "waits_for")  # fmt: skip
TEXTS = ("text", "mostly")  # sentences, in which a hidden name may stand anywhere
_SEPARATORS = re.compile(r"[|,]")


@dataclass(frozen=True)
class Scope:
    """The names that are hidden from somebody; None: nothing is."""

    hidden: frozenset[str] | None

    def visible(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``frame`` that they may see."""
        if self.hidden is None:
            return frame
        named = [name for name in NAMES if name in frame]
        if not named:
            return frame.iloc[:0]
        seen = pd.Series(True, index=frame.index)
        blank = pd.Series(True, index=frame.index)
        for name in named:
            seen &= ~_hides(frame[name], self._names)
            blank &= frame[name].isna() | (frame[name] == "")
        for name in (name for name in TEXTS if name in frame):
            seen &= ~_hides(frame[name], self._mentions)
        return frame[seen & ~blank].reset_index(drop=True)

    def _names(self, cell: str) -> bool:
        hidden = self.hidden or frozenset()
        return cell in hidden or any(part.strip() in hidden for part in _SEPARATORS.split(cell))

    def _mentions(self, cell: str) -> bool:
        return any(name in cell for name in self.hidden or ())


def _hides(cells: pd.Series, hides: Callable[[str], bool]) -> pd.Series:
    """Which cells hide their row; each of the different ones is looked at once."""
    return cells.map({cell: hides(str(cell)) for cell in cells.unique()}).astype(bool)


def scope_of(session: Session, identity: Identity, run: Run) -> Scope:
    """What is hidden from somebody in the results of ``run``, by the data that it was made from."""
    if identity.sees_everything:
        return Scope(None)
    hidden: set[str] = set()
    for inputs in _inputs(session, run):
        tables = {name: _table(session, inputs, name) for name in data.SCOPING}
        scope = data.scope_of(tables, identity)
        hidden |= scope.items | scope.locations | scope.resources | scope.brands
    return Scope(frozenset(hidden))


def _inputs(session: Session, run: Run) -> list[Json]:
    """The data behind a run: its own, or those of the plans that it is about.

    NotFound where they are gone: what cannot be told apart is not shown.
    """
    if run.inputs:
        return [run.inputs]
    plans = read_parameters(run.kind, run.options).plan_ids
    found = [run_record(session, plan_record(session, plan_id).run_id).inputs for plan_id in plans]
    if not found or not all(found):
        raise NotFound.of("data of run", run.id)
    return found


def _table(session: Session, inputs: Json, name: str) -> pd.DataFrame:
    if name in inputs:
        return stored_frame(session, str(inputs[name]))
    return empty_frame(TABLES[name])
