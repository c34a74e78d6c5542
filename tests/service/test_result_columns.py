"""Every text column of every table that jobs leave is looked at for hidden names, or has none."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from sqlmodel import col, select

from app.service import results
from app.service.context import Service, open_service
from app.service.data import visible
from app.service.results.frames import stored_frame
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from app.store.records import Artifact
from solver import actions
from solver.reasons import comparison, fixes, pegging, why
from tests.service.running import run_now
from tests.service.shops import PETRA, asked, stored, what_if

LOOKED_AT = {
    *visible._ITEMS, *visible._LOCATIONS, *visible._RESOURCES, *visible._RESULTS, *visible._TEXTS,
    "brand",
}  # fmt: skip
WORDS = {
    "cause", "change", "customer", "depends_on", "group", "kind", "lever", "level", "line", "loss",
    "method", "mode", "order_id", "scenario", "step", "term", "unit", "version",
}  # fmt: skip
TIMES = {
    "decide_by", "demand_period", "first", "last", "latest", "period", "receipt", "receipts",
    "served", "until", "used",
}  # fmt: skip
NUMBERS = {  # of which some are texts where a table is empty
    "added", "after", "before", "capacity", "cost", "decisions", "dropped", "estimate",
    "explained", "gap", "holds_from", "holds_to", "lost", "lost_a_period", "moved", "premium",
    "price", "profit", "quantity", "rank", "revenue", "time_to_recover", "units", "worth", "years",
}  # fmt: skip
HARMLESS = WORDS | TIMES | NUMBERS


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    found = open_service(ServiceSettings(folder=tmp_path_factory.mktemp("service")))
    upgrade(found.database)
    stored(found)
    return found


@pytest.fixture(scope="module")
def explained(service: Service) -> str:
    """The id of a run that pegs the demand of BETA; others are beside it."""
    made = what_if(service, PETRA)
    as_is, response = (plan.id for plan in results.plans(service, PETRA, made.id))
    pegged = asked(service, PETRA, "explain", plan=as_is, pegging=True, demand="GAME")
    jobs = [
        pegged,
        asked(service, PETRA, "explain", plan=as_is, pegging=True),
        asked(service, PETRA, "compare", before=as_is, after=response),
        asked(service, PETRA, "shortages", "shop", samples=3),
        asked(service, PETRA, "buffers", "shop"),
    ]
    for job in jobs:
        assert run_now(service, job.id).state == "succeeded"
    return pegged.id


def texts(frame: pd.DataFrame) -> set[str]:
    kinds = (pd.api.types.is_string_dtype, pd.api.types.is_object_dtype)
    return {str(name) for name in frame if any(kind(frame[name]) for kind in kinds)}


def test_every_text_that_a_job_leaves_is_classified(service: Service, explained: str) -> None:
    with service.database.reading() as session:
        tables = session.exec(select(Artifact).where(col(Artifact.rows).is_not(None))).all()
        found = {table.path: texts(stored_frame(session, table.blob)) for table in tables}
    assert {"pegging.parquet", "decisions.parquet", "ranking.parquet", "buffers.parquet"} <= set(
        found
    )
    unknown = {path: names - LOOKED_AT - HARMLESS for path, names in found.items()}
    assert {path: names for path, names in unknown.items() if names} == {}


@pytest.mark.parametrize(
    "columns",
    [actions.COLUMNS, comparison.COLUMNS, comparison.TERM_COLUMNS, fixes.COLUMNS, pegging.COLUMNS,
     why.COLUMNS],
)  # fmt: skip
def test_every_column_that_is_declared_is_classified(columns: list[str]) -> None:
    assert set(columns) - LOOKED_AT - HARMLESS == set()


def test_pegging_tells_nothing_of_another_brands_demand(service: Service, explained: str) -> None:
    alpha = replace(PETRA, name="anna", brands=frozenset({"ALPHA"}))
    assert {"GAME", "CHIP"} <= set(
        results.run_table(service, PETRA, explained, "pegging").rows["item"]
    )
    assert len(results.run_table(service, alpha, explained, "pegging").rows) == 0
