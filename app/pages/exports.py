"""Tables taken along: as a workbook or CSV, and by a link that Excel can refresh."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote, urlencode, urlsplit

import pandas as pd
import streamlit as st

from app.pages.visit import Visit
from app.service.views.export import FileForm, file_of

_DOWNLOADS: dict[FileForm, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv",
}  # fmt: skip
_HOW = ("A link that Excel refreshes: Data, From Web, Advanced; header `Authorization`, its value "
        "`Bearer` and an API token of yours (page **Settings**).")  # fmt: skip


def exports(frame: pd.DataFrame, name: str, link: str = "") -> None:
    """Offer a table as xlsx and CSV, and ``link``: an address that Excel can refresh."""
    with st.popover("Export", icon=":material/download:", type="tertiary", key=f"export_{name}"):
        for form, media in _DOWNLOADS.items():
            st.download_button(
                form, partial(file_of, frame, name, form), f"{name}.{form}", media,
                key=f"export_{name}_{form}", on_click="ignore", width="stretch")  # fmt: skip
        if link:
            st.caption(_HOW)
            st.code(link, language=None, wrap_lines=True)


def plan_link(visit: Visit, plan_id: str, table: str) -> str:
    """The address of a table of a plan, such as its orders, as CSV."""
    return api_link(visit, "plans", plan_id, "tables", table, format="csv")


def run_link(visit: Visit, run_id: str, table: str) -> str:
    """The address of a table that a run made, such as a forecast, as CSV."""
    return api_link(visit, "runs", run_id, "tables", table, format="csv")


def data_link(visit: Visit, dataset: str, table: str) -> str:
    """The address of a table of the dataset, such as its stock, as CSV."""
    return api_link(visit, "datasets", dataset, "export", format="csv", table=table)


def api_link(visit: Visit, *path: str, **asked: str) -> str:
    """An address of the API, for whoever has a token of it."""
    page = urlsplit(st.context.url or "")
    base = visit.service.settings.public_url or f"{page.scheme}://{page.netloc}"
    parts = "/".join(quote(part, safe="") for part in path)
    return f"{base.rstrip('/')}/api/v1/{parts}" + (f"?{urlencode(asked)}" if asked else "")
