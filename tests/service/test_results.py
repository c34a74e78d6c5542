"""What jobs leave, and which of it people of one brand see."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import func
from sqlmodel import select

from app.service import results
from app.service.context import Service, open_service
from app.service.faults import Forbidden, NotFound
from app.service.identity.identity import OPERATOR, Identity, Role
from app.service.identity.users import add_user
from app.service.jobs import JobView, submit
from app.service.jobs.blobs import write_plan_dir
from app.service.plans.tables import read_plan_tables
from app.service.results.frames import as_file
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from app.store.records import Artifact, Blob, Run
from supplychain.errors import InputError
from tests.service.running import run_now
from tests.service.shops import FAB_OUT, asked, stored, two_brands, what_if
from tests.support import tiny

PLANNER = Identity("u-planner", "petra", frozenset({Role.PLANNER}))
ALPHA = replace(PLANNER, name="anna", brands=frozenset({"ALPHA"}))
ELSEWHERE = replace(PLANNER, name="else", plants=frozenset({"OTHER"}))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the two brands."""
    found = open_service(ServiceSettings(folder=tmp_path_factory.mktemp("service")))
    upgrade(found.database)
    stored(found)
    yield found
    found.database.close()


@pytest.fixture(scope="module")
def made(service: Service) -> JobView:
    """A what-if of the fab that stops."""
    return what_if(service, PLANNER)


@pytest.fixture(scope="module")
def response(service: Service, made: JobView) -> str:
    """The id of its response plan."""
    return results.plans(service, PLANNER, made.id)[1].id


def done(service: Service, kind: str, dataset: str | None = None, **parameters: Any) -> JobView:
    found = run_now(service, asked(service, PLANNER, kind, dataset, **parameters).id)
    assert found.state == "succeeded", found.error
    return found


def test_a_run_keeps_what_it_was_made_from(service: Service, made: JobView) -> None:
    run = results.run(service, PLANNER, made.id)
    assert (run.status, run.dataset_revision) == ("optimal", 1)
    assert run.input_hash == two_brands().input_hash
    assert run.result is not None
    assert run.result["scenarios"][0]["name"] == "fab out"
    assert "/tmp" not in json.dumps(run.result)
    assert [found.id for found in results.runs(service, PLANNER, kind="what_if")] == [made.id]


def test_both_plans_are_there_with_their_tables(service: Service, made: JobView) -> None:
    as_is, response = results.plans(service, PLANNER, made.id)
    assert (as_is.kind, response.kind) == ("as-is", "response")
    assert response.objective is not None
    assert as_is.objective is not None
    assert response.objective > as_is.objective
    assert results.plan_tables(service, PLANNER, response.id)["builds"] > 0
    page = results.plan_table(service, PLANNER, response.id, "service", 2, 3)
    assert (page.total, len(page.rows)) == (8, 3)
    with pytest.raises(NotFound, match="no table 'wishes'"):
        results.plan_table(service, PLANNER, response.id, "wishes")
    with pytest.raises(InputError, match="below 0"):
        results.plan_table(service, PLANNER, response.id, "service", -1)


@pytest.mark.parametrize(("form", "read"), [
    ("csv", pd.read_csv), ("parquet", pd.read_parquet), ("xlsx", pd.read_excel)])  # fmt: skip
def test_a_table_comes_as_a_file(service: Service, response: str, form: Any, read: Any) -> None:
    content = results.plan_table_file(service, PLANNER, response, "builds", form)
    options = {"engine": "calamine"} if form == "xlsx" else {}
    expected = results.plan_table(service, PLANNER, response, "builds").rows
    assert read(io.BytesIO(content), **options)["quantity"].tolist() == expected[
        "quantity"].tolist()  # fmt: skip


def test_a_table_as_csv_has_texts_and_no_formulas() -> None:
    table = pd.DataFrame({"item": ['=HYPERLINK("http://x")', "CHIP"], "change": [-1.0, 2.0]})
    lines = as_file(table, "orders", "csv").decode().splitlines()
    assert lines[1].startswith("\"'=HYPERLINK(")
    assert lines[1].endswith(",-1")
    assert lines[2] == "CHIP,2"


def test_a_stored_plan_can_be_laid_out_as_a_folder_again(
    service: Service, made: JobView, response: str, tmp_path: Path
) -> None:
    with service.database.reading() as session:
        write_plan_dir(session, made.id, response, tmp_path / "plan")
    assert read_plan_tables(tmp_path / "plan")["orders"]["quantity"].sum() > 0


def test_the_same_content_is_kept_once(service: Service, made: JobView) -> None:
    with service.database.reading() as session:
        kept = session.exec(select(Artifact.path, Artifact.blob)).all()
        run = session.get(Run, made.id)
        assert run is not None
        names = {*run.inputs.values(), *(blob for _, blob in kept)}
        assert session.exec(select(func.count()).select_from(Blob)).one() == len(names)
    items = [blob for path, blob in kept if path == "input/items.csv"]
    assert len(items) == 2  # a file of both plans
    assert len(set(items)) == 1


# --- one brand -----------------------------------------------------------------------------------


def test_a_planner_of_one_brand_sees_its_rows_and_the_shared_parts(
    service: Service, response: str
) -> None:
    def items(identity: Identity, table: str) -> set[str]:
        return set(results.plan_table(service, identity, response, table).rows["item"])

    assert items(PLANNER, "builds") == {"TOY", "GAME"}
    assert items(ALPHA, "builds") == items(ALPHA, "service") == {"TOY"}
    assert items(ALPHA, "orders") == {"CHIP"}
    assert results.plan_units(service, ALPHA, response)["demanded"] == 40
    assert results.plan_units(service, PLANNER, response)["demanded"] == 80


def test_the_bound_of_a_run_is_for_who_sees_the_whole_company(
    service: Service, made: JobView
) -> None:
    with service.database.writing() as session:
        run = session.get(Run, made.id)
        assert run is not None
        run.bound = 1234.5
    starter = replace(ALPHA, name=made.created_by)  # no exception for who started it
    for identity, bound in ((PLANNER, 1234.5), (ALPHA, None), (starter, None)):
        assert results.run(service, identity, made.id).bound == bound
        told = {found.id: found.bound for found in results.runs(service, identity)}
        assert told[made.id] == bound


def test_sums_of_the_whole_company_are_for_who_sees_all_of_it(
    service: Service, made: JobView, response: str
) -> None:
    assert len(results.plan_table(service, PLANNER, response, "costs").rows)
    assert not len(results.plan_table(service, ALPHA, response, "costs").rows)
    assert results.plan(service, ALPHA, response).objective is None
    assert results.run(service, ALPHA, made.id).result is None
    assert results.run(service, ALPHA, made.id).scenarios == ()
    board, report = results.run_files(service, ALPHA, made.id)
    assert (board.path, report.path) == ("fab-out/board.json", "fab-out/report.html")
    assert results.run_file(service, PLANNER, made.id, report.path).content.startswith(b"<!")
    with pytest.raises(Forbidden, match="every brand and plant"):
        results.run_file(service, ALPHA, made.id, report.path)


def test_who_has_no_part_in_a_plant_sees_nothing_of_it_but_totals_of_shared_parts(
    service: Service, response: str
) -> None:
    for table in ("orders", "builds", "inventory", "service", "capacity_use", "actions"):
        assert not len(results.plan_table(service, ELSEWHERE, response, table).rows), table
    shared = results.components(service, ELSEWHERE, response)
    assert set(shared["item"]) == {"CHIP"}
    assert shared["uses"].sum() == 80


# --- other kinds ---------------------------------------------------------------------------------


def test_jobs_on_plans_need_no_dataset(service: Service, made: JobView) -> None:
    as_is, response = (plan.id for plan in results.plans(service, PLANNER, made.id))
    compared = done(service, "compare", before=as_is, after=response)
    assert compared.dataset_id == made.dataset_id
    decisions = results.run_table(service, PLANNER, compared.id, "decisions").rows
    assert {"TOY", "GAME"} <= set(decisions["item"])
    explained = done(service, "explain", plan=as_is)
    assert results.run_tables(service, PLANNER, explained.id)["causes"] > 0
    simulated = done(service, "simulate", plan=response, samples=3)
    assert results.run_table(service, PLANNER, simulated.id, "futures").total == 3


def test_reasons_that_mention_another_brand_are_hidden(service: Service, made: JobView) -> None:
    as_is = results.plans(service, PLANNER, made.id)[0].id
    explained = done(service, "explain", plan=as_is)
    for table in results.run_tables(service, PLANNER, explained.id):
        rows = results.run_table(service, ALPHA, explained.id, table).rows
        assert "GAME" not in rows.to_csv(), table
    assert len(results.run_table(service, ALPHA, explained.id, "causes").rows)


def test_a_robust_plan_weighs_its_scenarios(service: Service) -> None:
    calm = "name: calm\ndisruptions: []"
    run = done(service, "robust_plan", "shop", contents=[calm, FAB_OUT], weights=[0.75, 0.25],
               futures=2, common_periods=1)  # fmt: skip
    (plan,) = results.plans(service, PLANNER, run.id)
    assert (plan.kind, plan.status) == ("response", "optimal")
    futures = results.plan_table(service, PLANNER, plan.id, "futures").rows
    assert [(row["scenario"], row["probability"]) for row in futures.to_dict("records")] == [
        ("calm", 0.375), ("calm", 0.375), ("fab out", 0.125), ("fab out", 0.125)
    ]  # fmt: skip


def test_shortages_and_buffers_leave_their_tables(service: Service) -> None:
    short = done(service, "shortages", "shop", samples=3)
    assert results.run_table(service, PLANNER, short.id, "ranking").total > 0
    held = done(service, "buffers", "shop")
    assert results.run_table(service, PLANNER, held.id, "buffers").total > 0


@pytest.fixture(scope="module")
def past(service: Service) -> str:
    """The name of a dataset with a history of demand and receipts."""
    rows = "\n".join(f"TOY SHOP {-week} {week % 4}" for week in range(1, 30))
    network = tiny(
        items="item kind brand\nTOY product ALPHA",
        sourcing="item location supplier lead_time unit_cost\nTOY SHOP MAKER 1 7",
        demand_history=f"item location period quantity\n{rows}",
        receipt_history="""
            order_id line item location supplier quantity ordered_on promised_on received_on
            A        1    TOY  SHOP     MAKER    1        -9         -8          -7
        """,
    )
    stored(service, "past", network)
    return "past"


@pytest.mark.slow
def test_a_forecast_of_demand_leaves_its_tables(service: Service, past: str) -> None:
    demand = done(service, "forecast_demand", past, horizon=2)
    assert results.run_table(service, ALPHA, demand.id, "forecast").total == 2
    assert results.run_table(service, ALPHA, demand.id, "components").total == 0


def test_a_forecast_of_lead_times_leaves_its_table(service: Service, past: str) -> None:
    late = done(service, "forecast_lead_time", past, as_of="2025-12-28")
    assert results.run_table(service, PLANNER, late.id, "forecast").total > 0


def test_a_run_made_again_from_what_is_stored_is_the_same(service: Service, made: JobView) -> None:
    again = done(service, "reproduce", run=made.id)
    result = results.run(service, PLANNER, again.id).result
    assert result is not None
    assert result["same"]
    assert result["same_input"]
    assert [row["plan"] for row in result["compared"]] == ["fab out, as-is", "fab out, response"]
    assert results.plans(service, PLANNER, again.id) == []


def test_plans_of_another_brands_people_are_not_there_for_others(service: Service) -> None:
    add_user(service, OPERATOR, "bert", roles=["planner"], brands=["BETA"])
    bert = replace(PLANNER, name="bert", brands=frozenset({"BETA"}))
    made = what_if(service, bert).id
    plan = results.plans(service, bert, made)[0].id
    assert made not in {found.id for found in results.runs(service, ALPHA)}
    for see, name in ((results.run, made), (results.plans, made), (results.run_tables, made),
                      (results.plan, plan), (results.plan_tables, plan), (results.plan_units, plan),
                      (results.components, plan)):  # fmt: skip
        see(service, PLANNER, name)
        with pytest.raises(NotFound):
            see(service, ALPHA, name)
    for kind, asking in (("explain", {"plan": plan}), ("reproduce", {"run": made})):
        with pytest.raises(NotFound):
            submit(service, ALPHA, kind, None, asking)


def test_what_was_asked_is_told_to_who_asked_and_to_who_sees_all(
    service: Service, made: JobView
) -> None:
    assert results.run(service, PLANNER, made.id).options["contents"]
    assert results.run(service, ALPHA, made.id).options == {}
    mine = what_if(service, ALPHA).id
    listed = {found.id: found.options for found in results.runs(service, ALPHA)}
    assert listed[made.id] == {}
    assert listed[mine]["contents"]
