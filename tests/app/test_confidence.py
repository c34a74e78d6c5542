"""How sure actions are: plans lived through the same futures with an action and without it."""

from __future__ import annotations

import pandas as pd
import pytest

from app.service.futures.confidence import rows_of, without


def table(text: str) -> pd.DataFrame:
    header, *rows = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(rows, columns=header)


TABLES = {
    "orders": table("""
        item  location  supplier  mode  quantity
        CHIP  PLANT     FAB       sea   5
        CHIP  PLANT     BROKER    spot  2
        CHIP  STORE     BROKER    spot  3
    """),
    "overtime": table("""
        resource  step  quantity
        LINE      1     4
        PRESS     1     6
    """),
    "reschedules": table("""
        order_id  line  item  location  kind      quantity
        PO        1     CHIP  PLANT     expedite  5
        PO        1     CHIP  PLANT     cancel    1
        PO        2     CHIP  PLANT     expedite  7
    """),
}


@pytest.mark.parametrize(
    ("kind", "item", "origin", "destination", "mode", "name", "left"),
    [
        ("order", "CHIP", "BROKER", "PLANT", "spot", "orders", ["5", "3"]),
        ("overtime", "LINE", "PLANT", "PLANT", "", "overtime", ["6"]),
        ("expedite", "CHIP", "FAB", "PLANT", "PO 1", "reschedules", ["1", "7"]),
    ],
)
def test_without_an_action_the_plan_lacks_its_rows_and_no_others(
    kind: str, item: str, origin: str, destination: str, mode: str, name: str, left: list[str]
) -> None:
    action = {"kind": kind, "item": item, "origin": origin, "destination": destination,
              "mode": mode}  # fmt: skip
    tables = without(TABLES, action)
    assert tables[name]["quantity"].tolist() == left
    assert all(tables[other] is TABLES[other] for other in TABLES if other != name)


def test_a_last_time_buy_is_the_order_of_its_week_only() -> None:
    orders = table("""
        item  location  supplier  mode  period      quantity
        CHIP  PLANT     OLD       sea   2026-01-05  5
        CHIP  PLANT     OLD       sea   2026-01-12  9
    """)
    tables = {"orders": orders.assign(period=pd.to_datetime(orders["period"]))}
    action = {"kind": "last-time buy", "item": "CHIP", "origin": "OLD", "destination": "PLANT",
              "mode": "sea", "decide_by": "2026-01-12"}  # fmt: skip
    assert rows_of(tables, action)["orders"].tolist() == [False, True]
    assert without(tables, action)["orders"]["quantity"].tolist() == ["5"]


def test_a_qualification_owns_no_orders_though_they_go_with_it() -> None:
    tables = {"orders": TABLES["orders"], "qualifications": TABLES["orders"].iloc[1:2]}
    action = {"kind": "qualify", "item": "CHIP", "origin": "BROKER", "destination": "PLANT",
              "mode": "spot"}  # fmt: skip
    assert list(rows_of(tables, action)) == ["qualifications"]
    left = without(tables, action)
    assert left["orders"]["quantity"].tolist() == ["5", "3"]
    assert left["qualifications"].empty
