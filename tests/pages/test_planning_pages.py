"""What a planner finds on the board and on the pages of plans, actions and reasons."""

from __future__ import annotations

import pytest
import streamlit as st

from app.service.context import Service
from app.service.data.datasets import datasets
from app.service.decisions import actions
from app.service.jobs import submit
from app.service.views.answers import last_job
from tests.pages.test_exports import links
from tests.pages.test_pages import labels, response, shown, text
from tests.pages.world import FAB_OUT, identity, plan, someone
from tests.service.running import run_now


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_resource.clear()


def dataset(service: Service) -> str:
    return datasets(service, someone(service, "paula"))[0].id


def test_the_board_names_what_its_money_is(service: Service) -> None:
    told = text(shown(service, "paula", "board"))
    assert "Revenue at risk if nothing is done" in told
    assert "Profit gained by the response" in told
    assert "units not served" in told


def test_the_board_of_a_second_run_tells_what_changed(service: Service) -> None:
    assert "This is the first run" in text(shown(service, "paula", "board"))
    plan(service, dataset(service))
    assert "No line and no product is worse or better off" in text(
        shown(service, "paula", "board"))  # fmt: skip


def test_a_place_of_the_map_opens_its_items_which_lead_on(service: Service) -> None:
    board = shown(service, "paula", "board", place="FAB", item="TOY")
    assert "**FAB** (supplier" in text(board)
    next(button for button in board.button if button.key == "way_here_CHIP").click().run()
    assert board.query_params["item"] == "CHIP"
    assert "place" not in board.query_params


def test_from_a_product_to_its_chip_and_back(service: Service) -> None:
    board = shown(service, "paula", "board", item="TOY")
    next(button for button in board.button if button.label == "CHIP").click().run()
    assert board.query_params["item"] == "CHIP"
    next(button for button in board.button if button.label == "TOY").click().run()
    assert board.query_params["item"] == "TOY"


@pytest.mark.parametrize("page", ["board", "actions", "plan"])
def test_every_page_with_a_table_has_a_link_for_excel(service: Service, page: str) -> None:
    assert all("/api/v1/" in link for link in links(shown(service, "paula", page)))
    assert links(shown(service, "paula", page))


def test_the_first_action_is_open_before_anyone_clicks(service: Service) -> None:
    page = shown(service, "paula", "actions")
    assert {"Approve", "Reject"} <= labels(page)
    assert any(field.label == "Search" for field in page.text_input)
    assert page.number_input[0].value == 10.0


def test_a_release_says_how_many_and_when(service: Service) -> None:
    page = shown(service, "paula", "actions")
    page.button("approve").click().run()
    page = shown(service, "paula", "actions")
    assert "1 release of 10 units, on its way to the ERP" in text(page)
    sent = page.dataframe[1].value
    assert sent["units"].tolist() == [10.0]
    assert sent["arrives"].tolist() == ["2026-01-05 (W02)"]


def test_more_than_planned_can_be_lived(service: Service) -> None:
    page = shown(service, "paula", "actions")
    page.number_input[0].set_value(12.0).run()
    assert "More than planned raises no profit" in text(page)
    page.button("live").click().run()
    first = actions(service, someone(service, "paula"), response(service))[0]
    asked = {"plan": first.plan_id, "action": first.id, "quantity": 12.0}
    begun = last_job(service, someone(service, "paula"), dataset(service), "preview", asked)
    assert begun is not None
    run_now(service, begun.id)
    page = shown(service, "paula", "actions")
    assert "Lived with **12** instead of 10" in text(page)
    assert "on time" in set(page.dataframe[1].value["of"])


def test_the_stock_adds_up_over_all_weeks(service: Service) -> None:
    told = text(shown(service, "paula", "plan", part="Inventory", of="as-is", items="CHIP"))
    assert "over all weeks start 20 + in" in told


def test_money_adds_up_to_the_profit(service: Service) -> None:
    table = next(one.value for one in shown(service, "paula", "plan").dataframe
                 if "term" in one.value).set_index("term")  # fmt: skip
    assert (table.loc["purchase"].drop("change") <= 0).all()
    assert "premium, within the costs" in table.index


def test_a_question_that_is_being_worked_out_is_found_again(service: Service) -> None:
    asked = {"plan": response(service)}
    begun = submit(service, someone(service, "paula"), "explain", None, asked)
    page = shown(service, "paula", "explain")
    assert "You can leave this page" in text(page)
    assert "Work it out" not in labels(page)
    run_now(service, begun.id)
    found = text(shown(service, "paula", "explain"))
    assert "Why it is late or not served" in found


def test_a_wrong_question_speaks_the_words_of_the_page(service: Service) -> None:
    page = shown(service, "paula", "explain", question="Why not?", wish="order FOO by air")
    assert "is no question that is understood" in text(page)
    assert "--why-not" not in text(page)
    right = shown(service, "paula", "explain", question="Why not?", wish="build TOY at PLANT")
    assert not right.error, "a fault of another question is not told"


def test_a_comparison_is_told_in_words(service: Service) -> None:
    calm = {"contents": [FAB_OUT.replace("fab out", "fab half").replace("share: 0", "share: 0.5")],
            "candidates": 3, "samples": 0}  # fmt: skip
    run_now(service, submit(service, identity("paula"), "what_if", dataset(service), calm).id)
    page = shown(service, "paula", "compare")
    page.button[-1].click().run()
    columns = {name for table in page.dataframe for name in table.value}
    assert {"missed", "late"} <= columns
