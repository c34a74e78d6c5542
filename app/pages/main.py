"""The planner's pages: who visits sees the pages of their roles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from app.pages import (
    actions,
    audit,
    board,
    compare,
    data,
    explain,
    forecast,
    plan,
    progress,
    scenarios,
    settings,
)
from app.pages.look import PAGES, mended, style, told
from app.pages.visit import Visit, visit
from app.service.identity.identity import Permission

_ICON = Path(__file__).with_name("icon.svg")
_PAGES: tuple[tuple[str, Callable[[Visit], None], str, str, Permission], ...] = (
    ("board", board.page, "Board", "dashboard", Permission.RUN_READ),
    ("actions", actions.page, "Actions", "checklist", Permission.RUN_READ),
    ("plan", plan.page, "Plan", "table_chart", Permission.RUN_READ),
    ("explain", explain.page, "Explain", "help", Permission.RUN_READ),
    ("scenarios", scenarios.page, "Scenarios", "bolt", Permission.SCENARIO_READ),
    ("compare", compare.page, "Compare", "compare_arrows", Permission.RUN_READ),
    ("forecasts", forecast.page, "Forecasts", "trending_up", Permission.RUN_READ),
    ("data", data.page, "Data", "database", Permission.DATA_READ),
    ("settings", settings.page, "Settings", "settings", Permission.SELF),
    ("audit", audit.page, "Audit", "history", Permission.AUDIT),
)
_OF_PLANS = ("Board", "Actions", "Plan", "Explain", "Compare")  # empty until something is planned


def main() -> None:
    """Show the page of the address."""
    st.set_page_config("Supply-chain planner", str(_ICON), "wide", 240)
    style()
    with mended():
        _show(visit())


def _show(who: Visit) -> None:
    """The page that is chosen, with what stands beside every page."""
    pages = {path: st.Page(partial(show, who), title=title, icon=f":material/{icon}:",
                           url_path=path, default=not number)
             for number, (path, show, title, icon, needed) in enumerate(_PAGES)
             if who.may(needed)}  # fmt: skip
    st.session_state[PAGES] = pages
    chosen = st.navigation(list(pages.values()))
    told()
    try:
        if not (chosen.title in _OF_PLANS and progress.first_plan(who)):
            chosen.run()
    finally:  # a page that ends early has its sidebar too
        with st.sidebar:
            _beside(who)


def _beside(who: Visit) -> None:
    """What stands beside every page: work in the background, and who one is."""
    if who.may(Permission.RUN_READ):
        with mended():
            progress.beside(who)
    st.caption(f"{who.identity.name}: {', '.join(sorted(who.identity.roles))}")
    st.html('<a href="/logout">Log out</a>')


main()
