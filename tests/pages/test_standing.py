"""What pages do when something around them has changed: a login that ended, a store that is away,
another filter, an upload that is too large."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from app.pages.visit import Visit
from app.service.context import Service
from app.service.data.datasets import datasets
from app.service.faults import Unauthenticated
from app.service.identity.logins import log_in, log_out
from app.service.identity.users import add_user
from app.service.results import frames
from app.service.views import kept
from app.service.views.chances import chances_run
from app.service.views.kept import cases
from app.store.engine import Database
from app.store.records import PlanRecord, Run
from tests.pages.world import FAB_OUT, OPERATOR, PASSWORD, someone


def test_a_callback_of_who_has_logged_out_is_refused(service: Service) -> None:
    login = log_in(service, "paula", PASSWORD)
    visit = Visit(service, someone(service, "paula"), login)
    assert visit.now().identity.name == "paula"
    log_out(service, login)
    with pytest.raises(Unauthenticated):
        visit.now()


def test_a_list_that_was_turned_begins_anew_under_another_filter(service: Service) -> None:
    def script(visit: object) -> None:
        import streamlit as st

        from app.pages import data

        st.session_state.setdefault("cursors_of", ("before",))
        st.session_state.setdefault("cursors", ["TOY"])  # as if turned to the rows after TOY
        data.page(visit)

    visit = Visit(service, someone(service, "vera"))
    page = AppTest.from_function(script, args=(visit,), default_timeout=60).run()
    assert page.dataframe[0].value["item"].tolist() == ["CHIP", "GAME", "TOY"]


def test_a_page_says_in_words_that_the_database_cannot_be_reached(tmp_path: Path) -> None:
    def script(database: object) -> None:
        from app.pages import look

        with look.mended(), database.writing() as session:  # type: ignore[attr-defined]
            session.connection()

    away = Database(f"sqlite:///{tmp_path / 'nowhere' / 'a.db'}")
    page = AppTest.from_function(script, args=(away,), default_timeout=60).run()
    assert not page.exception
    assert "the database cannot be opened; try again in a moment" in page.error[0].value


def test_a_simulation_of_what_the_scenario_said_before_tells_no_chance(service: Service) -> None:
    paula = someone(service, "paula")
    (case,) = cases(service, paula, datasets(service, paula)[0].id)
    assert chances_run(service, paula, case) is not None
    with service.database.writing() as session:
        simulated = session.exec(select(Run).where(Run.kind == "shortages")).one()
        simulated.scenarios = [FAB_OUT.replace("periods: 3", "periods: 2")]
    assert chances_run(service, paula, case) is None


def test_plans_of_others_that_are_hidden_do_not_crowd_out_ones_own(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST_RUNS", 1)
    add_user(service, OPERATOR, "gus", roles=["planner"], password=PASSWORD, brands=["BETA"])
    bea = someone(service, "bea")
    (dataset,) = datasets(service, bea)
    with service.database.writing() as session:
        session.add(Run(id="f" * 32, kind="plan", dataset_id=dataset.id, created_by="gus"))
        session.flush()
        session.add(PlanRecord(run_id="f" * 32, scenario="", kind="as-is", status="optimal"))
    assert [case.created_by for case in cases(service, bea, dataset.id)] == ["paula"]


def test_tables_of_plans_in_memory_stay_below_a_number_of_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = pd.DataFrame({"quantity": [1.0] * 1000})  # 8,000 bytes and its index
    content = table.to_parquet()
    monkeypatch.setattr(frames, "content_of", lambda *_: content)
    monkeypatch.setattr(frames, "_MOST", 20_000)
    for name in "abc":
        frames.stored_frame(None, name)  # type: ignore[arg-type]
    last = [name for name in frames._frames if name in "abc"]
    assert last == ["b", "c"]
