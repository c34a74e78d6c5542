"""People at the pages in a real browser: they log in, look, click; every request is recorded."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.pages.world import PASSWORD

SLOW = 60_000  # milliseconds that a busy machine may take
expect.set_options(timeout=SLOW)


class Person:
    """Somebody logged in at ``site``; ``hosts`` are all that the browser asked anything of."""

    def __init__(self, browser: Browser, site: str, name: str, **options: Any) -> None:
        self.site = site
        self.context = browser.new_context(
            viewport={"width": 1366, "height": 1400}, accept_downloads=True, **options
        )
        self.context.set_default_timeout(SLOW)
        self.page: Page = self.context.new_page()
        self.hosts: set[str] = set()
        self.page.on("request", lambda asked: self.hosts.add(urlsplit(asked.url).netloc))
        self._log_in(name)

    def __enter__(self) -> Person:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.context.close()
        if error is None:
            assert self.hosts <= {urlsplit(self.site).netloc, ""}, "asked another host"

    def _log_in(self, name: str) -> None:
        self.page.goto(f"{self.site}/login")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("h1")

    def open(self, path: str) -> Page:
        """The page at ``path``, once it is drawn."""
        self.page.goto(f"{self.site}/{path}")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page is drawn."""
        self.page.wait_for_selector("[data-testid=stMain] h1")
        self.page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")

    def menu(self) -> list[str]:
        """The pages that the person is offered."""
        self.page.wait_for_selector("[data-testid=stSidebarNavLink]")
        return [
            found.inner_text().split("\n")[-1].strip()
            for found in self.page.query_selector_all("[data-testid=stSidebarNavLink]")
        ]

    def button(self, name: str) -> Any:
        """A button by its words; the name of its picture does not count."""
        return self.page.get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}$"))

    def write_cell(self, text: str, *, across: int, left: int = 80) -> None:
        """Write into a cell of the first row: from the one at ``left``, so many to the right."""
        table = self.page.locator("[data-testid=stDataFrame]").first
        table.scroll_into_view_if_needed()
        self.page.wait_for_timeout(1000)
        table.click(position={"x": left, "y": 52})
        for key in ["ArrowRight"] * across + ["Enter"]:
            self.page.keyboard.press(key)
        self.page.wait_for_timeout(500)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text, delay=40)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(1500)

    def pick_row(self, number: int = 0) -> None:
        """Select a row of the first table of the page, by its box."""
        table = self.page.locator("[data-testid=stDataFrame]").first
        table.scroll_into_view_if_needed()
        self.page.wait_for_timeout(500)
        table.click(position={"x": 18, "y": 52 + 35 * number})
