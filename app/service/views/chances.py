"""How sure a shortage is: the last simulation of a scenario on its dataset."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlmodel import col, select

from app.service.context import Service
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.service.results import run_table
from app.service.views.kept import StoredCase
from app.store.records import Run

_LAST_RUNS = 50


def chances_run(service: Service, identity: Identity, case: StoredCase) -> str | None:
    """The last simulation of the scenario of a case, as it read then, on the same revision of its
    dataset; None where none was made."""
    identity.require(Permission.RUN_READ)
    result: Any = col(Run.result)
    query = select(Run.id, Run.scenarios).where(
        Run.kind == "shortages", Run.dataset_id == case.dataset_id,
        Run.dataset_revision == case.dataset_revision,
        result["scenario"].as_string() == case.scenario,
    )  # fmt: skip
    with service.database.reading() as session:
        texts = session.exec(select(Run.scenarios).where(Run.id == case.run_id)).one()
        query = query.where(col(Run.created_by).not_in(strangers(session, identity)))
        simulated = session.exec(query.order_by(col(Run.created_at).desc()).limit(_LAST_RUNS))
        return next((run for run, of in simulated if set(of) <= set(texts)), None)


def line_stops(service: Service, identity: Identity, run_id: str) -> pd.DataFrame:
    """When lines stop, and how likely that is, by the shortages run ``run_id``."""
    return run_table(service, identity, run_id, "line_down").rows
