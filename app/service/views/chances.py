"""How sure a shortage is: the last simulation of a scenario on its dataset."""

from __future__ import annotations

import pandas as pd
from sqlmodel import col, select

from app.service.context import Service
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.service.results import run_table
from app.store.records import Run

_LAST_RUNS = 50


def chances_run(
    service: Service, identity: Identity, dataset_id: str, scenario: str, revision: int
) -> str | None:
    """The last shortages run of ``scenario`` on this revision of the dataset; None: not made."""
    identity.require(Permission.RUN_READ)
    query = select(Run.id, Run.created_by, Run.result).where(
        Run.kind == "shortages", Run.dataset_id == dataset_id, Run.dataset_revision == revision
    )
    with service.database.reading() as session:
        hidden = strangers(session, identity)
        for run_id, by, told in session.exec(
            query.order_by(col(Run.created_at).desc()).limit(_LAST_RUNS)
        ):
            if by not in hidden and told.get("scenario") == scenario:
                return run_id
    return None


def line_stops(service: Service, identity: Identity, run_id: str) -> pd.DataFrame:
    """When lines stop, and how likely that is, by the shortages run ``run_id``."""
    return run_table(service, identity, run_id, "line_down").rows
