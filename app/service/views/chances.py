"""How sure a shortage is: the last simulation of a scenario on its dataset."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sqlmodel import col, select

from app.service.context import Service
from app.service.identity.identity import Identity, Permission
from app.service.results import run_table
from app.store.records import Run

_LAST_RUNS = 50


@dataclass(frozen=True, eq=False)
class Chances:
    """What a simulation says: when lines stop (``line_down``), and item-locations by shortage."""

    run_id: str
    line_down: pd.DataFrame
    ranking: pd.DataFrame


def chances_run(
    service: Service, identity: Identity, dataset_id: str, scenario: str, revision: int
) -> str | None:
    """The last shortages run of ``scenario`` on this revision of the dataset; None: not made."""
    identity.require(Permission.RUN_READ)
    query = select(Run.id, Run.result).where(
        Run.kind == "shortages", Run.dataset_id == dataset_id, Run.dataset_revision == revision
    )
    with service.database.reading() as session:
        found = session.exec(query.order_by(col(Run.created_at).desc()).limit(_LAST_RUNS))
        return next((run_id for run_id, told in found if told.get("scenario") == scenario), None)


def chances(service: Service, identity: Identity, run_id: str) -> Chances:
    """What the shortages run ``run_id`` says, as far as ``identity`` may see it."""
    tables = (run_table(service, identity, run_id, name).rows for name in ("line_down", "ranking"))
    return Chances(run_id, *tables)


def stock_out(service: Service, identity: Identity, run_id: str, items: list[str]) -> pd.DataFrame:
    """Highest chance of a stock-out over all places, by item (rows) and period (columns)."""
    stock = run_table(service, identity, run_id, "stock").rows
    chosen = stock[stock["item"].isin(items)]
    highest = chosen.groupby(["item", "period"])["probability_of_stock_out"].max()
    return highest.unstack("period").reindex(items)
