"""Lists of rows: filtered, page by page, in one order on both databases; and the change feed."""

from __future__ import annotations

import base64
from dataclasses import replace

import pandas as pd
import pytest

from app.service.context import Service
from app.service.data.changing import changes
from app.service.data.datasets import create_dataset
from app.service.data.listing import Page, row, rows
from app.service.data.writing import delete_row, write, write_row
from app.service.faults import Forbidden, NotFound
from app.service.identity.identity import Identity, Role
from supplychain.errors import InputError
from tests.service.tiny import frame, tiny_frames


@pytest.fixture
def stored(any_service: Service, planner: Identity) -> Service:
    create_dataset(any_service, planner, "cars")
    write(any_service, planner, "cars", tiny_frames())
    return any_service


@pytest.fixture
def of_ave(planner: Identity) -> Identity:
    return replace(planner, brands=frozenset({"AVE"}), plants=frozenset({"PLANT"}))


def _keys(page: Page) -> list[str]:
    return page.rows["row_key"].tolist()


def test_a_page_says_what_a_row_holds(stored: Service, planner: Identity) -> None:
    page = rows(stored, planner, "cars", "demand")
    assert page.next is None
    assert page.revision == 1
    assert _keys(page) == ["CAR|SHOP|2026-01-12|", "CAR|SHOP|2026-01-19|", "VAN|SHOP|2026-01-19|"]
    first = page.rows.iloc[0]
    assert (first["quantity"], first["firm"], first["period"]) == (
        20.0, True, pd.Timestamp("2026-01-12"))  # fmt: skip
    assert pd.isna(first["lost_after"])


_FILTERS = (
    ("demand", [("item", "eq", "VAN")], ["VAN|SHOP|2026-01-19|"]),
    ("demand", [("quantity", "gte", "20"), ("quantity", "lt", "30")], ["CAR|SHOP|2026-01-12|"]),
    ("demand", [("period", "gt", "2026-W03"), ("item", "ne", "VAN")], ["CAR|SHOP|2026-01-19|"]),
    ("demand", [("period", "lte", "2026-01-12")], ["CAR|SHOP|2026-01-12|"]),
    ("demand", [("firm", "eq", "false")], []),
    ("items", [("item", "in", "CAR,CHIP,NONE")], ["CAR", "CHIP"]),
    ("items", [("brand", "isnull", "true")], ["CHIP"]),
    ("sourcing", [("capacity", "isnull", "true")], ["CHIP|WORKS|FAB|standard"]),
    ("sourcing", [("capacity", "isnull", "false")], ["CHIP|PLANT|FAB|standard"]),
    ("sourcing", [("capacity", "ne", "40")], ["CHIP|WORKS|FAB|standard"]),
)


def test_filters_are_those_of_the_columns(stored: Service, planner: Identity) -> None:
    for table, filters, expected in _FILTERS:
        assert _keys(rows(stored, planner, "cars", table, filters)) == expected, filters


_WRONG_FILTERS = (
    ("size", "eq", "3", "3"),
    ("quantity", "like", "3", "like"),
    ("quantity", "eq", "much", "much"),
    ("quantity", "eq", "nan", "nan"),
    ("quantity", "in", "1,inf", "inf"),
    ("period", "eq", "soon", "soon"),
    ("firm", "eq", "perhaps", "perhaps"),
    ("item", "isnull", "1", "1"),
    ("item", "eq", "A\x00", "A\x00"),
    ("item", "in", "," * 1000, "," * 80),
)


def test_a_filter_that_is_wrong_is_told(stored: Service, planner: Identity) -> None:
    for name, operator, value, told in _WRONG_FILTERS:
        with pytest.raises(InputError) as error:
            rows(stored, planner, "cars", "demand", [(name, operator, value)])
        assert error.value.problems[0].value == told


def test_pages_follow_each_other_without_gap_or_repeat(stored: Service, planner: Identity) -> None:
    names = ["a", "B", "ä", "Z", "é", "_", "-", "😀", "aa", "A b", "\ud7ff", "\ue000"]
    upload = pd.DataFrame({"item": names})
    write(stored, planner, "cars", {"items": upload})
    seen: list[str] = []
    cursor = None
    while True:
        page = rows(stored, planner, "cars", "items", after=cursor, limit=4)
        seen += _keys(page)
        cursor = page.next
        if cursor is None:
            break
        assert len(page.rows) == 4
    assert seen == sorted([*names, "CAR", "VAN", "CHIP"])


def test_a_cursor_that_was_not_given_is_told(stored: Service, planner: Identity) -> None:
    for cursor in ("", "x", "W10", "WzFd", "ä", "e30", "W10=", "W1tbW1tb"):
        with pytest.raises(InputError, match="is none that was given"):
            rows(stored, planner, "cars", "items", after=cursor)


def test_a_page_has_a_size_within_reason(stored: Service, planner: Identity) -> None:
    for limit in (0, -1, 10_001):
        with pytest.raises(InputError, match="is no size of a page"):
            rows(stored, planner, "cars", "items", limit=limit)
        with pytest.raises(InputError, match="is no size of a page"):
            changes(stored, planner, "cars", limit=limit)


def test_rows_of_other_brands_and_plants_are_not_there(stored: Service, of_ave: Identity) -> None:
    assert _keys(rows(stored, of_ave, "cars", "items")) == ["CAR", "CHIP"]
    assert _keys(rows(stored, of_ave, "cars", "locations")) == ["FAB", "PLANT", "SHOP"]
    assert _keys(rows(stored, of_ave, "cars", "sourcing")) == ["CHIP|PLANT|FAB|standard"]
    page = rows(stored, of_ave, "cars", "demand", limit=1)
    assert page.next is not None
    last = rows(stored, of_ave, "cars", "demand", after=page.next, limit=1)
    assert _keys(page) + _keys(last) == ["CAR|SHOP|2026-01-12|", "CAR|SHOP|2026-01-19|"]
    assert last.next is None
    with pytest.raises(NotFound):
        row(stored, of_ave, "cars", "items", "VAN")


def test_values_by_period_are_hidden_with_the_row_that_they_change(
    stored: Service, planner: Identity, of_ave: Identity
) -> None:
    values = frame("""
        kind      owner                    valid_from  capacity
        sourcing  CHIP|PLANT|FAB|standard  2026-01-12  5
        sourcing  CHIP|WORKS|FAB|standard  2026-01-12  6
    """)
    write(stored, planner, "cars", {"capacities": values})
    assert rows(stored, planner, "cars", "capacities").rows["capacity"].tolist() == [5.0, 6.0]
    assert rows(stored, of_ave, "cars", "capacities").rows["capacity"].tolist() == [5.0]


def test_the_feed_tells_each_change_once_and_where_to_go_on(
    stored: Service, planner: Identity
) -> None:
    start = changes(stored, planner, "cars")
    assert len(start.items) == sum(map(len, tiny_frames().values()))
    assert not start.more
    write_row(stored, planner, "cars", "stock", "CHIP|PLANT", {"quantity": 4})
    write_row(stored, planner, "cars", "stock", "CHIP|PLANT", {"quantity": 5})
    delete_row(stored, planner, "cars", "demand", "VAN|SHOP|2026-01-19|")
    since = changes(stored, planner, "cars", start.cursor)
    assert [(item.table, item.row_key, item.revision, item.deleted) for item in since.items] == [
        ("stock", "CHIP|PLANT", 3, False), ("demand", "VAN|SHOP|2026-01-19|", 4, True)]  # fmt: skip
    assert since.items[0].row is not None
    assert since.items[0].row["quantity"] == 5.0
    assert changes(stored, planner, "cars", since.cursor).items == []
    assert changes(stored, planner, "cars", 3).items == since.items[1:]


def test_the_feed_comes_in_pages_within_one_revision(stored: Service, planner: Identity) -> None:
    whole = changes(stored, planner, "cars").items
    seen, cursor, more = [], None, True
    while more:
        page = changes(stored, planner, "cars", cursor, limit=4)
        seen += page.items
        cursor, more = page.cursor, page.more
    assert seen == whole


def test_a_row_that_comes_back_is_no_longer_deleted(stored: Service, planner: Identity) -> None:
    delete_row(stored, planner, "cars", "stock", "CHIP|PLANT")
    write(stored, planner, "cars", {"stock": tiny_frames()["stock"]})
    [item] = changes(stored, planner, "cars", 1).items
    assert (item.deleted, item.revision) == (False, 3)


def test_the_feed_hides_other_brands_even_when_they_are_gone(
    stored: Service, planner: Identity, of_ave: Identity
) -> None:
    write(stored, planner, "cars", {}, {
        "items": ["VAN"], "bom": ["VAN|standard|CHIP"], "production": ["VAN|WORKS|standard"],
        "lanes": ["VAN|WORKS|SHOP|standard"],
        "demand": ["VAN|SHOP|2026-01-19|", "CAR|SHOP|2026-01-19|"],
    })  # fmt: skip
    everything = changes(stored, planner, "cars", 1).items
    assert len(everything) == 6
    assert [item.row_key for item in changes(stored, of_ave, "cars", 1).items] == [
        "CAR|SHOP|2026-01-19|"]  # fmt: skip


def test_a_cursor_ahead_of_the_dataset_means_to_read_all_again(
    stored: Service, planner: Identity
) -> None:
    with pytest.raises(InputError, match="read everything again"):
        changes(stored, planner, "cars", 2)
    with pytest.raises(InputError, match="is none that was given"):
        changes(stored, planner, "cars", "soon")


def test_lists_need_a_role_that_reads(stored: Service, planner: Identity) -> None:
    nobody = replace(planner, roles=frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(Forbidden):
        rows(stored, nobody, "cars", "items")
    with pytest.raises(Forbidden):
        changes(stored, nobody, "cars")
    with pytest.raises(Forbidden):
        row(stored, nobody, "cars", "items", "CAR")


def test_a_table_or_dataset_that_is_not_there_is_told(stored: Service, planner: Identity) -> None:
    with pytest.raises(NotFound, match="weather"):
        rows(stored, planner, "cars", "weather")
    with pytest.raises(NotFound, match="boats"):
        rows(stored, planner, "boats", "items")


def test_the_feed_s_cursor_names_no_row(stored: Service, planner: Identity) -> None:
    cursor = changes(stored, planner, "cars", limit=1).cursor
    told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"items" not in told
    assert b"CAR" not in told
    with pytest.raises(InputError, match="is none that was given"):
        changes(stored, planner, "cars", cursor[:-8] + "AAAAAAAA")
