"""Answers that were worked out before: the run of a question is found again by what was asked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.service.context import Service
from app.service.faults import NotFound
from app.service.identity.identity import Identity
from app.service.results import RunView, run_table, runs

Json = dict[str, Any]
_LAST_RUNS = 200


def answer(
    service: Service, identity: Identity, dataset_id: str, kind: str, asked: Json
) -> RunView | None:
    """The last run of ``kind`` that was asked the same; what ``asked`` leaves out was not given."""
    for found in runs(service, identity, kind=kind, dataset_id=dataset_id, limit=_LAST_RUNS):
        given = {name: value for name, value in found.options.items() if value}
        if given == {name: value for name, value in asked.items() if value}:
            return found
    return None


def rows_of(service: Service, identity: Identity, run_id: str, table: str) -> pd.DataFrame:
    """A table of a run; empty where the run made none."""
    try:
        return run_table(service, identity, run_id, table).rows
    except NotFound:
        return pd.DataFrame()
