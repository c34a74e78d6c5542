"""The page of forecasts where there are some: lead times with their history and in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest
import streamlit as st

from app.pages.forecast_charts import lead_fan
from app.pages.progress import first_plan
from app.pages.visit import Visit
from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from app.service.forecasts.overrides import Wish, override, overrides
from app.service.jobs import submit
from supplychain.network import Network
from tests.pages.test_pages import shown, text
from tests.pages.world import company, someone
from tests.service.running import run_now
from tests.support import tiny


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_resource.clear()


def past() -> Network:
    """TOY bought at SHOP from MAKER: twenty orders that took four weeks, one that is open."""
    orders = "\n".join(f"A{n} 1 TOY SHOP MAKER 1 {n - 30} {n - 26} {n - 26}" for n in range(20))
    return tiny(
        items="item kind brand\nTOY product ALPHA",
        sourcing="item location supplier lead_time unit_cost\nTOY SHOP MAKER 3 7",
        receipt_history=f"""
            order_id line item location supplier quantity ordered_on promised_on received_on
            {orders}
            OPEN     1    TOY  SHOP     MAKER    1        -2         2           -
        """,
    )


def stored(service: Service, name: str, network: Network) -> str:
    paula = someone(service, "paula")
    dataset = create_dataset(service, paula, name)
    tables = {table: rows for table, rows in network.tables.items() if len(rows)}
    write(service, paula, dataset.id, tables)
    return dataset.id


def test_lead_times_are_told_in_words_with_the_orders_behind_them(service: Service) -> None:
    dataset = stored(service, "past", past())
    asked = {"as_of": "2025-12-29"}
    job = submit(service, someone(service, "paula"), "forecast_lead_time", dataset, asked)
    assert run_now(service, job.id).state == "succeeded"
    page = shown(service, "paula", "forecast", forecast_part="Lead times", dataset="past")
    told = text(page)
    assert "has changed its level" in told
    assert "known from 20 receipts and 1 open orders. The data counts on 21 days" in told
    assert len(page.dataframe[0].value) == 21
    assert page.dataframe[0].value["days"].dropna().unique().tolist() == [28.0]


def test_a_fan_of_lead_times_shows_orders_quantiles_and_a_new_level() -> None:
    days = pd.to_datetime(["2025-10-06", "2025-12-01"])
    orders = pd.DataFrame({"ordered_on": days, "received_on": [days[0] + pd.Timedelta(days=30),
                                                               pd.NaT]})  # fmt: skip
    levels = {"P10": 20.0, "P30": 25.0, "P50": 30.0, "P70": 35.0, "P90": 40.0}
    quantiles = {f"quantile_{name}": value for name, value in levels.items()}
    row = pd.Series({**quantiles, "regime_since": days[1]})
    figure = lead_fan(orders, row, pd.Timestamp("2025-12-29"), 28.0, dark=True)
    names = {trace.name: list(trace.y) for trace in figure.data}
    assert names["80 % of outcomes"] == [20.0, 20.0, 40.0, 40.0]
    assert names["received"] == [30]
    assert names["still open: age so far"] == [28]
    assert names["lead time in the data"] == [28.0, 28.0]
    assert figure.layout.annotations[0].text == "new level since"


def test_a_dataset_without_plans_shows_what_is_on_its_way(service: Service) -> None:
    visit = Visit(service, someone(service, "paula"))
    assert not first_plan(visit), "nothing is being planned"
    dataset = stored(service, "another", company())
    job = {"contents": ["name: calm"], "candidates": 0, "samples": 0}
    submit(service, visit.identity, "what_if", dataset, job)

    def script(visit: object) -> None:
        import streamlit

        from app.pages import progress

        streamlit.write(f"shown: {progress.first_plan(visit)}")  # type: ignore[arg-type]

    from streamlit.testing.v1 import AppTest

    page = AppTest.from_function(script, args=(visit,), default_timeout=30)
    page.query_params["dataset"] = "another"
    assert "Plans: calm" in text(page.run())
    assert "shown: True" in text(page)
    page = AppTest.from_function(script, args=(visit,), default_timeout=30)
    page.query_params["dataset"] = "shop"
    assert "shown: False" in text(page.run()), "that one has plans"


def test_what_was_said_anew_meanwhile_is_not_withdrawn(service: Service) -> None:
    stored(service, "said", company())
    paula, petra = someone(service, "paula"), someone(service, "petra")
    week = datetime(2026, 1, 5)
    wish = Wish("TOY", "SHOP", week, 10.0, 14.0, "campaign")
    override(service, paula, "said", wish)
    page = shown(service, "paula", "forecast", forecast_part="Overrides", dataset="said")
    page.selectbox(key="to_withdraw").select_index(0).run()
    override(service, petra, "said", replace(wish, quantity=15.0), if_match=1)
    button = next(one for one in page.button if one.label == "Withdraw it")
    button.click().run()
    assert "changed by somebody else" in text(page)
    assert overrides(service, paula, "said")["quantity"].tolist() == [15.0]
    next(one for one in page.button if one.label == "Withdraw it").click().run()
    assert not page.exception
    assert overrides(service, paula, "said").empty
