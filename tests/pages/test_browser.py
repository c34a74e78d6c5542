"""A planner's morning in a real browser, against the real app, store, workers and solver."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from playwright.sync_api import Browser, expect

from app.service.context import open_service
from app.service.identity.tokens import create_token
from app.service.settings import ServiceSettings
from tests.pages.people import Person
from tests.pages.world import OPERATOR

WHOLE_MENU = ["Board", "Actions", "Plan", "Explain", "Scenarios", "Compare", "Forecasts", "Data",
              "Settings"]  # fmt: skip
SERIOUS = ("serious", "critical")
# of the pages' framework, not ours: its tables are drawn on a canvas, its toolbars hold no names
NOT_OURS = {"scrollable-region-focusable", "nested-interactive", "aria-progressbar-name"}


def orders_of_the_erp(site: str, folder: Path) -> list[dict[str, Any]]:
    """The releases that the API hands out to the ERP."""
    service = open_service(ServiceSettings(folder=folder))
    _, secret = create_token(service, OPERATOR, "erp", ["release:read"], for_user="iris")
    service.database.close()
    answer = httpx.get(f"{site}/api/v1/releases", headers={"Authorization": f"Bearer {secret}"},
                       params={"state": "open"})  # fmt: skip
    answer.raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_the_morning_from_scenario_to_board_to_the_order_of_the_erp(
    browser: Browser, site: str, folder: Path
) -> None:
    with Person(browser, site, "paula") as paula:
        page = paula.open("scenarios")
        page.get_by_label("Run side by side").click()
        page.get_by_role("option", name="fab out").click()
        page.keyboard.press("Escape")
        paula.button("Run").click()
        expect(page.get_by_text("You can leave this page")).to_be_visible()
        page = paula.open("board")  # the work goes on meanwhile
        expect(page.locator("h1")).to_contain_text("2 lines will stop, the first LINE-1")
        page = paula.open("scenarios")
        expect(page.get_by_text("You can leave this page")).to_have_count(0)
        page = paula.open("actions")
        expect(page.get_by_text("1 of 1")).to_be_visible()
        paula.pick_row()
        page.wait_for_timeout(1500)  # a selection is sent a moment after the click
        expect(page.get_by_text("Decide by", exact=True)).to_be_visible()
        assert "action=" in page.url
        paula.button("Approve").click()
        expect(page.get_by_text("Approved: order 10 pieces of CHIP")).to_be_visible()
        expect(page.get_by_text("on its way to the ERP").first).to_be_visible()
    (order,) = orders_of_the_erp(site, folder)
    assert order["kind"] == "planned_order"
    assert (order["content"]["item"], order["content"]["supplier"]) == ("CHIP", "BROKER")
    assert order["content"]["quantity"] == 10.0


def test_an_upload_with_errors_is_mended_in_place(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    stock = pd.DataFrame({"item": ["CHIP", "CHOP"], "location": ["PLANT", "WORKS"],
                          "quantity": ["11", "12"]})  # fmt: skip
    stock.to_csv(tmp_path / "stock.csv", index=False)
    with Person(browser, site, "petra") as petra:
        page = petra.open("data?data_part=Upload")
        page.set_input_files("input[type=file]", tmp_path / "stock.csv")
        petra.button("Check and write").click()
        expect(page.get_by_text("1 to mend before anything is written")).to_be_visible()
        page = petra.open("data?data_part=Upload")  # a refresh in the middle of it
        expect(page.get_by_text("stock: 1 of 2 rows")).to_be_visible()
        petra.write_cell("CHIP", across=2, left=12)
        petra.button("Try again").click()
        expect(page.get_by_text("Written: 2 rows new or changed, 0 deleted.")).to_be_visible()


def test_the_second_of_two_planners_is_told(browser: Browser, site: str) -> None:
    with Person(browser, site, "paula") as first, Person(browser, site, "petra") as second:
        for person, name in ((first, "seven"), (second, "eight")):
            page = person.open("data?table=items")
            person.write_cell(name, across=1)
            expect(page.get_by_text("1 changed, 0 added, 0 to be deleted")).to_be_visible()
        first.button("Save").click()
        expect(first.page.get_by_text("Saved.")).to_be_visible()
        second.button("Save").click()
        expect(second.page.get_by_text("was changed by somebody else meanwhile")).to_be_visible()
        page = second.open("data?table=items")  # and nothing of theirs is lost
        expect(page.get_by_text("1 changed, 0 added, 0 to be deleted")).to_be_visible()
        second.button("Discard").click()
        expect(page.get_by_text("1 changed")).to_have_count(0)


def test_a_refresh_in_the_middle_loses_nothing(browser: Browser, site: str) -> None:
    with Person(browser, site, "anna") as anna:
        page = anna.open("plan?part=Builds&of=as-is&items=TOY")
        address = page.url
        page.reload()
        anna.settle()
        assert page.url == address
        expect(page.get_by_text("TOY", exact=True).first).to_be_visible()
    with Person(browser, site, "petra") as petra:
        page = petra.open("scenarios")
        page.get_by_label("Name", exact=True).fill("begun")
        page.get_by_label("Name", exact=True).press("Enter")
        page.wait_for_timeout(1500)
        page.reload()
        petra.settle()
        expect(page.get_by_label("Name", exact=True)).to_have_value("begun")


@pytest.mark.parametrize(
    ("name", "menu"),
    [
        ("paula", WHOLE_MENU), ("vera", WHOLE_MENU), ("anna", WHOLE_MENU), ("bea", WHOLE_MENU),
        ("otto", [*WHOLE_MENU, "Audit"]),
    ],
)  # fmt: skip
def test_everybody_sees_the_pages_of_their_roles(
    browser: Browser, site: str, name: str, menu: list[str]
) -> None:
    with Person(browser, site, name) as person:
        person.settle()
        assert person.menu() == menu
        expect(person.page.locator("[data-testid=stException]")).to_have_count(0)


def test_an_administrator_finds_only_the_settings(browser: Browser, site: str) -> None:
    with Person(browser, site, "adam") as adam:
        adam.settle()
        expect(adam.page.locator("[data-testid=stMain] h1")).to_have_text("Settings")
        page = adam.open("settings?settings_part=People")
        expect(page.get_by_text("paula", exact=True).first).to_be_attached()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_for_those_who_cannot_see_well(
    browser: Browser, site: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    paths = ["board", "actions", "plan", "plan?part=Inventory", "plan?part=Stops", "explain",
             "scenarios", "compare", "forecasts", "data", "data?data_part=Upload",
             "data?data_part=Health", "settings"]  # fmt: skip
    found = {}
    with Person(browser, site, "paula", color_scheme=scheme) as paula:
        for path in paths:
            page = paula.open(path)
            page.wait_for_timeout(800)
            told = Axe().run(page).response["violations"]
            wrong = {one["id"]: [node["html"][:160] for node in one["nodes"][:2]] for one in told
                     if one["impact"] in SERIOUS and one["id"] not in NOT_OURS}  # fmt: skip
            if wrong:
                found[path] = wrong
    assert not found


def test_what_is_exported_is_no_formula(browser: Browser, site: str, tmp_path: Path) -> None:
    with Person(browser, site, "vera") as vera:
        page = vera.open("actions")
        vera.button("Export").first.click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=re.compile("csv$")).click()
        waiting.value.save_as(tmp_path / "actions.csv")
    assert pd.read_csv(tmp_path / "actions.csv")["what"].tolist() == [
        "order 10 pieces of CHIP from BROKER for PLANT (air)"
    ]
