"""Whose results are whose: what is hidden in a run is what is hidden in the data behind it."""

from __future__ import annotations

from functools import reduce
from operator import or_

import pandas as pd
from sqlmodel import Session

from app.service.data import visible
from app.service.data.visible import SCOPING, WHOLE, Scope
from app.service.faults import NotFound
from app.service.identity.identity import Identity
from app.service.jobs.kinds import read_parameters
from app.service.results.frames import stored_frame
from app.service.results.runs import plan_record, run_record
from app.store.records import Json, Run
from supplychain.frames import empty_frame
from supplychain.schema import TABLES


def scope_of(session: Session, identity: Identity, run: Run) -> Scope:
    """What is hidden from somebody in the results of ``run``, by the data that it was made from."""
    if identity.sees_everything:
        return WHOLE
    tables = ({name: _table(session, inputs, name) for name in SCOPING}
              for inputs in _inputs(session, run))  # fmt: skip
    return reduce(or_, (visible.scope_of(found, identity) for found in tables))


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
