"""A step down and up again takes along what refers to the rows of a table that is made anew."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.service.context import Service
from app.service.scenarios import create_scenario
from app.store.migrate import downgrade, upgrade
from app.store.records import ScenarioRecord
from tests.service.shops import FAB_OUT, PETRA, stored


def counts(service: Service) -> dict[str, int]:
    """Rows of tables that refer to datasets."""
    with service.database.reading() as session:
        ask = session.connection().execute
        return {table: ask(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ("datasets", "items", "demand", "scenarios", "audit")}  # fmt: skip


def test_nothing_that_a_dataset_has_goes_with_a_step(any_service: Service) -> None:
    stored(any_service)
    create_scenario(any_service, PETRA, "shop", FAB_OUT)
    before = counts(any_service)
    assert before["items"] == 3
    assert before["scenarios"] == 1
    downgrade(any_service.database, "0002")
    upgrade(any_service.database)
    assert counts(any_service) == before


def test_what_refers_to_nothing_is_refused_after_a_step_too(any_service: Service) -> None:
    downgrade(any_service.database, "-1")
    upgrade(any_service.database)
    lost = ScenarioRecord(dataset_id="none", name="lost", content=FAB_OUT)
    with pytest.raises(IntegrityError), any_service.database.writing() as session:
        session.add(lost)
