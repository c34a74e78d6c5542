"""What can be taken along from a page, and the link that Excel refreshes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.pages.exports import data_link, plan_link, run_link
from app.pages.visit import Visit
from app.service.context import Service
from tests.pages.test_pages import shown
from tests.pages.world import someone


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_resource.clear()


def links(test: AppTest) -> list[str]:
    return [str(code.value) for code in test.code]


def test_links_name_the_address_that_the_people_use(service: Service) -> None:
    settings = service.settings.model_copy(update={"public_url": "https://plan.example/"})
    visit = Visit(Service(**{**service.__dict__, "settings": settings}), someone(service, "paula"))
    found = plan_link(visit, "p1", "orders")
    assert found == "https://plan.example/api/v1/plans/p1/tables/orders?format=csv"
    assert run_link(visit, "r/1", "why").endswith("/api/v1/runs/r%2F1/tables/why?format=csv")
    asked = parse_qs(urlsplit(data_link(visit, "shop", "stock")).query)
    assert asked == {"format": ["csv"], "table": ["stock"]}


def test_the_orders_of_a_plan_have_a_link(service: Service) -> None:
    (link,) = links(shown(service, "paula", "plan", part="Orders"))
    assert "/api/v1/plans/" in link
    assert link.endswith("/tables/orders?format=csv")
