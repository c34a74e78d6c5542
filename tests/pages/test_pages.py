"""What each page shows and does, without a browser."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.pages.visit import Visit
from app.service.context import Service
from app.service.decisions import actions
from app.service.drafts import draft, keep_draft
from app.service.views.kept import cases
from tests.pages.world import OPERATOR, someone


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_resource.clear()


def shown(service: Service, name: str, page: str, **address: str) -> AppTest:
    """A page as somebody sees it at an address."""

    def script(page: str, visit: object) -> None:
        import importlib

        importlib.import_module(f"app.pages.{page}").page(visit)

    test = AppTest.from_function(script, args=(page, Visit(service, someone(service, name))),
                                 default_timeout=60)  # fmt: skip
    for key, value in address.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception, test.exception
    return test


def text(test: AppTest) -> str:
    """All that a page says."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "error", "success", "html")
    return "\n".join(
        str(part.value if kind != "html" else part.proto.body)
        for kind in kinds
        for part in test.get(kind)
    )


def labels(test: AppTest) -> set[str]:
    return {str(button.label) for button in test.button}


def test_the_board_says_what_is_wrong_what_to_do_and_by_when(service: Service) -> None:
    board = shown(service, "paula", "board")
    assert board.title[0].value.startswith(
        "2 lines will stop, the first LINE-1 on 2026-01-05 (W02): EUR 900 at risk"
    )
    told = text(board)
    assert "They wait for **CHIP** from **FAB**" in told
    assert "order 10 pieces of CHIP from BROKER for PLANT (air), by **2026-01-05 (W02)**" in told
    lines = board.dataframe[0].value
    assert lines["line"].tolist() == ["LINE-1", "LINE-2"]
    assert "probability" in lines


def test_who_sees_one_brand_sees_nothing_of_another(service: Service) -> None:
    board = shown(service, "bea", "board")
    assert board.dataframe[0].value["line"].tolist() == ["LINE-1"]
    everything = text(board) + "".join(str(table.value.to_dict()) for table in board.dataframe)
    assert "GAME" not in everything


def test_the_address_remembers_what_is_looked_at(service: Service) -> None:
    board = shown(service, "paula", "board", item="TOY")
    assert board.query_params["dataset"] == "shop"
    assert board.query_params["scenario"] == "fab out"
    assert next(box for box in board.selectbox if box.label == "Item").value == "TOY"


def test_an_empty_service_says_how_to_begin(tmp_path: Any) -> None:
    from app.service.context import open_service
    from app.service.identity.users import add_user
    from app.service.settings import ServiceSettings
    from app.store.migrate import upgrade

    bare = open_service(ServiceSettings(folder=tmp_path))
    upgrade(bare.database)
    add_user(bare, OPERATOR, "paula", roles=["planner"])
    assert "No data yet" in text(shown(bare, "paula", "board"))
    assert "No data yet" in text(shown(bare, "paula", "data"))
    bare.database.close()


def test_the_stock_report_holds_and_is_paged(service: Service) -> None:
    plan = shown(service, "paula", "plan", part="Inventory", of="as-is")
    assert "Start plus in minus out is the end in all" in text(plan)
    rows = plan.dataframe[0].value
    moved = rows["start"] + rows[["orders", "builds", "transfers", "receipts", "other_in"]].sum(
        axis=1) - rows["out"]  # fmt: skip
    pd.testing.assert_series_equal(moved, rows["end"], check_names=False)


def test_filters_of_the_plan_come_from_the_address(service: Service) -> None:
    plan = shown(service, "paula", "plan", part="Builds", of="as-is", items="GAME")
    assert set(plan.dataframe[0].value["item"]) == {"GAME"}


@pytest.mark.parametrize("part", ["Summary", "Orders", "Transfers", "Receipts", "Service", "Stops"])
def test_every_part_of_the_plan_is_drawn(service: Service, part: str) -> None:
    shown(service, "vera", "plan", part=part)


def chosen(service: Service, name: str) -> AppTest:
    """The page of actions with the first action selected."""
    found = actions(service, someone(service, name), response(service))
    return shown(service, name, "actions", action=found[0].id)


def response(service: Service) -> str:
    from app.service.data.datasets import datasets

    dataset = datasets(service, someone(service, "paula"))[0]
    return cases(service, someone(service, "paula"), dataset.id)[0].plans["response"]


def test_a_planner_approves_and_undoes(service: Service) -> None:
    page = chosen(service, "paula")
    page.button("approve").click().run()
    assert actions(service, someone(service, "paula"), response(service))[0].state == "approved"
    page = chosen(service, "paula")
    assert "on its way to the ERP" in text(page)
    page.button("undo").click().run()
    assert actions(service, someone(service, "paula"), response(service))[0].state == "proposed"


def test_what_another_plan_has_released_is_released_again_with_a_reason(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "the plan of 2026-01-05 has released the same already"
    monkeypatch.setattr("app.pages.again.released_before", lambda *_: told)
    page = chosen(service, "paula")
    assert [one.value for one in page.warning] == [f"T{told[1:]}."]
    page.checkbox[0].check().run()
    assert page.button("approve").disabled, "again needs a reason"
    page.text_input[-1].set_value("twice as many wanted").run()
    assert not page.button("approve").disabled


def test_what_a_smaller_quantity_costs_is_told_before_it_is_kept(service: Service) -> None:
    page = chosen(service, "paula")
    page.number_input[0].set_value(4.0).run()
    assert "The profit falls by at most EUR 240" in text(page)
    assert page.button("change").disabled, "a change needs a reason"
    first = actions(service, someone(service, "paula"), response(service))[0]
    kept = draft(service, someone(service, "paula"), f"decision {first.id}")
    assert kept == {"quantity": 4.0, "reason": ""}


def test_a_viewer_is_offered_nothing_that_would_refuse(service: Service) -> None:
    assert not {"Approve", "Reject"} & labels(chosen(service, "vera"))
    assert not {"Run", "Save"} & labels(shown(service, "vera", "scenarios"))
    assert "Work it out" not in labels(shown(service, "vera", "explain"))
    upload = shown(service, "vera", "data")
    assert "Upload" not in upload.get("button_group")[0].options


def test_a_dear_action_waits_for_an_approver(service: Service) -> None:
    from dataclasses import replace

    strict = replace(service, settings=service.settings.model_copy(update={"approval_limit": 1.0}))
    assert "somebody with the role approver approves it" in text(chosen(strict, "paula"))
    assert "Approve" in labels(chosen(strict, "anna"))


def test_a_scenario_that_was_begun_is_there_after_a_refresh(service: Service) -> None:
    page = shown(service, "petra", "scenarios")
    name = next(field for field in page.text_input if field.label == "Name")
    name.set_value("fab slow").run()
    again = shown(service, "petra", "scenarios")
    assert next(field for field in again.text_input if field.label == "Name").value == "fab slow"


def test_a_disruption_tells_what_it_does_before_anything_is_solved(service: Service) -> None:
    from app.service.data.datasets import datasets

    dataset = datasets(service, someone(service, "petra"))[0]
    begun = {
        "name": "half",
        "description": "",
        "responses": {},
        "disruptions": [
            {"kind": "supplier_outage", "location": "FAB", "share": 0.5, "start": "2025-12-29"}
        ],
    }
    keep_draft(service, someone(service, "petra"), f"scenario {dataset.id}", begun)
    page = shown(service, "petra", "scenarios")
    assert "Supplier outage: FAB at 50 %" in text(page)
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    from app.service.scenarios import scenario

    assert scenario(service, someone(service, "petra"), "shop", "half").is_own


def test_a_wrong_scenario_says_what_to_mend(service: Service) -> None:
    from app.service.data.datasets import datasets

    dataset = datasets(service, someone(service, "petra"))[0]
    begun = {
        "name": "",
        "description": "",
        "responses": {},
        "disruptions": [
            {"kind": "supplier_outage", "location": "FAB", "share": 0.0, "start": "2025-12-29"}
        ],
    }
    keep_draft(service, someone(service, "petra"), f"scenario {dataset.id}", begun)
    page = shown(service, "petra", "scenarios")
    next(button for button in page.button if button.label == "Save").click().run()
    assert page.error
    assert draft(service, someone(service, "petra"), f"scenario {dataset.id}") is not None


@pytest.mark.parametrize("part", ["Demand", "Lead times", "Accuracy", "Overrides"])
def test_forecasts_that_are_not_made_yet_say_so(service: Service, part: str) -> None:
    page = shown(service, "paula", "forecast", forecast_part=part)
    assert "####" in text(page)


def test_comparing_needs_two(service: Service) -> None:
    assert "Choose two or more" in text(shown(service, "vera", "compare"))


def test_health_names_what_hangs_on_one_source(service: Service) -> None:
    assert "Items with one source over all options" in text(
        shown(service, "paula", "data", data_part="Health"))  # fmt: skip


def test_the_audit_is_shown_and_verified(service: Service) -> None:
    page = shown(service, "otto", "audit")
    assert "dataset: created" in text(page)
    assert "job plans of fab out" in text(page), "names, not ids"
    next(button for button in page.button if button.label == "Verify").click().run()
    assert "are as they were written" in text(page)


def test_a_place_that_is_chosen_fills_the_form(service: Service) -> None:
    page = shown(service, "petra", "scenarios")
    box(page, "at a location").select("FAB").run()
    assert "**1. A supplier stops**" in text(page)
    assert box(page, "location").value == "FAB"
    assert "Supplier outage: FAB at 0 %" in text(page)
    box(page, "on a lane").select(("FAB", "PLANT")).run()
    assert "**2. A lane closes**" in text(page)
    assert (box(page, "origin").value, box(page, "destination").value) == ("FAB", "PLANT")


def test_what_is_not_whole_yet_says_what_is_missing_and_can_be_saved_later(
    service: Service,
) -> None:
    page = shown(service, "petra", "scenarios")
    box(page, "of a kind").select("supplier_outage").run()
    assert "Not whole yet" in text(page)
    assert not page.error
    assert {"Save", "Discard", "Remove"} <= labels(page)


def test_a_scenario_is_copied_under_a_name_and_put_into_the_form(service: Service) -> None:
    page = shown(service, "petra", "scenarios")
    page.multiselect[0].select("fab out").run()
    next(field for field in page.text_input if field.label == "Name of the copy").set_value("mine")
    next(button for button in page.button if button.label == "Copy it").click().run()
    assert not page.exception
    assert "Change mine" in text(page)


def box(page: AppTest, label: str) -> Any:
    return next(one for one in page.selectbox if one.label == label)


def test_a_planners_word_says_whether_plans_went_by_it(service: Service) -> None:
    from datetime import datetime

    from app.service.forecasts.overrides import Wish, override

    paula = someone(service, "paula")
    override(service, paula, "shop", Wish("TOY", "SHOP", datetime(2025, 12, 29), 10.0, 14.0, "ad"))
    page = shown(service, "paula", "forecast", forecast_part="Overrides")
    assert "took **0** of them" in text(page)
    assert page.dataframe[0].value["change"].tolist() == [4.0]
    scenarios = shown(service, "paula", "scenarios")
    assert any("planners' overrides" in one.label for one in scenarios.checkbox)


def test_work_is_found_again_beside_every_page(service: Service) -> None:
    from app.service.views.work import work

    paula = someone(service, "paula")
    found = work(service, paula)
    assert [one.title for one in found] == ["How sure is it? fab out", "Plans: fab out"]
    assert [one.page for one in found] == ["board", "board"]
    assert found[1].address["scenario"] == found[0].address["scenario"] == "fab out"
    assert found[0].address["run"] == found[1].job.id, "the chances stand beside the plans"


def test_a_page_without_plans_says_that_the_first_one_is_being_made(service: Service) -> None:
    from app.service.data.datasets import datasets
    from app.service.jobs import submit

    paula = someone(service, "paula")
    dataset = datasets(service, paula)[0]

    def script(visit: object, dataset_id: str) -> None:
        import streamlit

        from app.pages.progress import being_planned

        streamlit.write(str(being_planned(visit, dataset_id)))  # type: ignore[arg-type]

    test = AppTest.from_function(script, args=(Visit(service, paula), dataset.id))
    assert "False" in text(test.run())
    submit(service, paula, "what_if", "shop", {"scenarios": ["fab out"]})
    assert "Plans: fab out. What runs short" in text(test.run())
    assert "True" in text(test)
    assert "Call off" in labels(test)


def test_every_error_of_an_upload_is_told_in_full_with_its_value(service: Service) -> None:
    from app.service import Problem
    from app.service.data.datasets import datasets
    from app.service.views.uploaded import to_draft

    paula = someone(service, "paula")
    frame = pd.DataFrame({"item": ["CHOP", "CHIP"], "quantity": [3.0, 4.0]}, dtype=object)
    wrong = Problem("stock", "is not in items", "correct the name", 1, "item", "CHOP")
    kept = to_draft({"stock": frame}, [wrong], False)
    keep_draft(service, paula, f"upload {datasets(service, paula)[0].id}", kept)
    page = shown(service, "paula", "data", data_part="Upload")
    assert "**row 1, item** `CHOP` is not in items; correct the name" in text(page)
    assert "Row 1 is the first below the header" in text(page)


def test_a_table_of_the_data_has_a_link_that_excel_refreshes(service: Service) -> None:
    page = shown(service, "paula", "data", table="items")
    assert any("export?format=csv&table=items" in str(code.value) for code in page.code)
