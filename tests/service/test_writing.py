"""Writing a dataset: whole or not at all, only differences, in turn, within one's brands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest

from app.service.context import Service
from app.service.data.datasets import create_dataset, dataset, datasets, delete_dataset
from app.service.data.listing import row, rows
from app.service.data.stored import read_network
from app.service.data.writing import delete_row, whole, write, write_row
from app.service.faults import Changed, Conflict, Forbidden, NotFound
from app.service.identity.identity import Identity, Role
from supplychain.errors import DataError, InputError
from supplychain.network import Network
from tests.service.tiny import frame, tiny_frames


@pytest.fixture
def stored(any_service: Service, planner: Identity) -> Service:
    create_dataset(any_service, planner, "cars")
    written = write(any_service, planner, "cars", tiny_frames())
    assert written.revision == 1
    assert written.upserted == sum(map(len, tiny_frames().values()))
    return any_service


def _brand(planner: Identity, brand: str, plant: str) -> Identity:
    return replace(planner, brands=frozenset({brand}), plants=frozenset({plant}))


def test_what_is_read_back_is_the_same_network(stored: Service) -> None:
    expected = Network.from_frames(tiny_frames())
    network = read_network(stored, "cars")
    assert network.input_hash == expected.input_hash
    for name, table in expected.tables.items():
        pd.testing.assert_frame_equal(network.tables[name], table)


def test_the_store_itself_holds_the_same_network(stored: Service) -> None:
    from app.service.data import stored as module

    module._CACHE.clear()
    network = read_network(stored, "cars")
    assert network.input_hash == Network.from_frames(tiny_frames()).input_hash


def test_only_differences_get_the_new_revision(stored: Service, planner: Identity) -> None:
    upload = {"stock": frame("""
        item  location  quantity
        CHIP  PLANT     10
        CHIP  WORKS     3
    """)}  # fmt: skip
    written = write(stored, planner, "cars", upload)
    assert (written.revision, written.upserted, written.deleted) == (2, 1, 0)
    page = rows(stored, planner, "cars", "stock")
    assert list(zip(page.rows["row_key"], page.rows["revision"], strict=True)) == [
        ("CHIP|PLANT", 1), ("CHIP|WORKS", 2)]  # fmt: skip
    again = write(stored, planner, "cars", upload)
    assert (again.revision, again.upserted) == (2, 0)


def test_every_problem_is_told_and_nothing_is_written(stored: Service, planner: Identity) -> None:
    upload = {
        "stock": frame("""
            item  location  quantity
            CHIP  PLANT     -5
            WHAT  PLANT     1
            CHIP  WORKS     many
        """),
        "items": frame("""
            item  kind
            NEW   spaceship
        """),
    }
    with pytest.raises(DataError) as error:
        write(stored, planner, "cars", upload)
    told = {(p.table, p.row, p.column, p.value) for p in error.value.problems}
    assert told == {
        ("stock", 1, "quantity", "-5"),
        ("stock", 2, "item", "WHAT"),
        ("stock", 3, "quantity", "many"),
        ("items", 1, "kind", "spaceship"),
    }
    assert dataset(stored, planner, "cars").revision == 1
    assert rows(stored, planner, "cars", "stock").rows["quantity"].tolist() == [10.0]


def test_a_stored_row_that_would_no_longer_fit_is_named(stored: Service, planner: Identity) -> None:
    with pytest.raises(DataError) as error:
        write(stored, planner, "cars", {}, {"items": ["CHIP"]})
    assert all(problem.row is None for problem in error.value.problems)
    messages = [str(problem) for problem in error.value.problems]
    assert any("is not in items (stored row CAR|standard|CHIP)" in text for text in messages)


def test_a_missing_column_is_told_once_and_not_for_each_row(
    stored: Service, planner: Identity
) -> None:
    upload = {"stock": frame("""
        item  location
        CHIP  PLANT
        CHIP  WORKS
    """)}  # fmt: skip
    with pytest.raises(DataError) as error:
        write(stored, planner, "cars", upload)
    [problem] = error.value.problems
    assert (problem.message, problem.column) == ("required column is missing", "quantity")


def test_what_the_contract_does_not_know_is_left_aside_and_told(
    stored: Service, planner: Identity
) -> None:
    upload = {
        "stock": frame("""
            item  location  quantity  shelf
            CHIP  PLANT     11        A7
        """),
        "weather": frame("""
            place
            SHOP
        """),
    }
    written = write(stored, planner, "cars", upload)
    assert written.notices == ("stock.shelf is no column: left aside",
                               "weather is no table: left aside")  # fmt: skip
    with pytest.raises(DataError, match="did you mean stock"):
        write(stored, planner, "cars", {"stocks": upload["stock"]})


def test_replacing_a_table_deletes_what_is_not_given(stored: Service, planner: Identity) -> None:
    upload = {"demand": tiny_frames()["demand"].iloc[:1]}
    written = write(stored, planner, "cars", upload, replace=True)
    assert (written.upserted, written.deleted) == (0, 2)
    assert dataset(stored, planner, "cars").rows["demand"] == 1


def test_replacing_a_table_leaves_the_rows_that_one_does_not_see(
    stored: Service, planner: Identity
) -> None:
    of_one = replace(planner, brands=frozenset({"AVE"}))
    demand = tiny_frames()["demand"]
    written = write(stored, of_one, "cars", {"demand": demand.iloc[:1]}, replace=True)
    assert (written.upserted, written.deleted) == (0, 1)
    kept = rows(stored, planner, "cars", "demand").rows["item"]
    assert list(kept) == ["CAR", "VAN"]


def test_replacing_the_whole_deletes_tables_that_are_not_given(
    stored: Service, planner: Identity
) -> None:
    frames = tiny_frames()
    del frames["demand"], frames["stock"]
    written = write(stored, planner, "cars", whole(frames), replace=True)
    assert (written.upserted, written.deleted) == (0, 4)


def test_of_two_who_saw_the_same_revision_one_is_told_to_look_again(
    stored: Service, planner: Identity
) -> None:
    upload = tiny_frames()["stock"].assign(quantity="12")
    write(stored, planner, "cars", {"stock": upload}, if_match=1)
    with pytest.raises(Changed) as error:
        write(stored, planner, "cars", {"stock": upload.assign(quantity="13")}, if_match=1)
    assert error.value.revision == 2


def test_writers_at_once_get_revisions_one_behind_the_other(
    stored: Service, planner: Identity
) -> None:
    def one(number: int) -> int:
        upload = frame(f"""
            item  location  period      quantity  customer
            CAR   SHOP      2026-01-12  1         C{number}
        """)
        return write(stored, planner, "cars", {"demand": upload}).revision

    with ThreadPoolExecutor(6) as pool:
        revisions = list(pool.map(one, range(12)))
    assert sorted(revisions) == list(range(2, 14))
    assert dataset(stored, planner, "cars").rows["demand"] == 15


def test_a_row_is_written_by_its_key_and_its_own_revision(
    stored: Service, planner: Identity
) -> None:
    cells = {"quantity": 4}
    write_row(stored, planner, "cars", "stock", "CHIP|PLANT", cells, if_match=1)
    found = row(stored, planner, "cars", "stock", "CHIP|PLANT")
    assert (found.cells["quantity"], found.revision) == (4.0, 2)
    with pytest.raises(Changed) as error:
        write_row(stored, planner, "cars", "stock", "CHIP|PLANT", cells, if_match=1)
    assert error.value.revision == 2
    with pytest.raises(Changed):
        write_row(stored, planner, "cars", "stock", "CHIP|PLANT", cells, if_match=0)
    with pytest.raises(InputError, match="is not that of the row's key"):
        write_row(stored, planner, "cars", "stock", "CHIP|PLANT", {"item": "CAR", **cells})
    with pytest.raises(NotFound):
        write_row(stored, planner, "cars", "stock", "CHIP", cells)
    for key in ("CAR|SHOP|2026-W03|", "VAN||SHOP"):
        table = "demand" if "SHOP|" in key else "bom"
        with pytest.raises(InputError, match="is not how this row's key is written"):
            write_row(stored, planner, "cars", table, key, cells, if_match=0)
    with pytest.raises(DataError, match="no text"):
        write_row(stored, planner, "cars", "items", "CHIP", {"description": "\ud800"})


def test_a_row_is_deleted_by_its_key(stored: Service, planner: Identity) -> None:
    with pytest.raises(Changed):
        delete_row(stored, planner, "cars", "stock", "CHIP|PLANT", if_match=7)
    delete_row(stored, planner, "cars", "stock", "CHIP|PLANT", if_match=1)
    for act in (row, delete_row):
        with pytest.raises(NotFound):
            act(stored, planner, "cars", "stock", "CHIP|PLANT")


def test_deleting_what_is_not_there_or_written_at_once_is_a_problem(
    stored: Service, planner: Identity
) -> None:
    stock = tiny_frames()["stock"]
    with pytest.raises(DataError) as error:
        write(stored, planner, "cars", {"stock": stock}, {"stock": ["CHIP|PLANT", "CHIP|MOON"]})
    assert {(p.value, p.message) for p in error.value.problems} == {
        ("CHIP|MOON", "there is no row with this key"),
        ("CHIP|PLANT", "is to be written and deleted at once"),
    }


def test_rows_of_another_brand_or_plant_cannot_be_changed(
    stored: Service, planner: Identity
) -> None:
    own = _brand(planner, "AVE", "PLANT")
    frames = tiny_frames()
    mine = {"demand": frames["demand"].iloc[:2].assign(quantity="25")}
    assert write(stored, own, "cars", mine).upserted == 2
    for upload in (
        {"demand": frames["demand"].assign(quantity="26")},  # the last is of the other brand
        {"items": frames["items"].iloc[1:2].assign(brand="AVE")},  # taking the other brand's car
        {"items": frames["items"].iloc[:1].assign(brand="BRI")},  # giving one's own away
        {"sourcing": frames["sourcing"].iloc[1:].assign(lead_time="2")},  # the other plant
        {"settings": frames["settings"].iloc[1:].assign(value="5")},  # everybody's
    ):
        with pytest.raises(Forbidden) as error:
            write(stored, own, "cars", upload)
        assert len(error.value.problems) == 1
    with pytest.raises(Forbidden):
        write(stored, own, "cars", {}, {"demand": ["VAN|SHOP|2026-01-19|"]})
    with pytest.raises(NotFound):  # to whom it is hidden, it is not there
        delete_row(stored, own, "cars", "demand", "VAN|SHOP|2026-01-19|")
    with pytest.raises(Forbidden):
        delete_dataset(stored, own, "cars")


def test_problems_do_not_name_rows_that_are_hidden(stored: Service, planner: Identity) -> None:
    own = _brand(planner, "AVE", "PLANT")
    with pytest.raises(DataError) as error:
        write(stored, own, "cars", {}, {"items": ["CHIP"]})
    text = str(error.value)
    assert "CAR" in text
    assert "VAN" not in text
    assert "a row that you may not see would no longer fit" in text


def test_who_may_only_read_writes_nothing(stored: Service, planner: Identity) -> None:
    viewer = replace(planner, roles=frozenset({Role.VIEWER}))
    with pytest.raises(Forbidden):
        write(stored, viewer, "cars", tiny_frames())
    with pytest.raises(Forbidden):
        create_dataset(stored, viewer, "more")
    with pytest.raises(Forbidden):
        delete_dataset(stored, viewer, "cars")


def test_datasets_are_made_listed_and_deleted(stored: Service, planner: Identity) -> None:
    create_dataset(stored, planner, "boats")
    assert [view.name for view in datasets(stored, planner)] == ["boats", "cars"]
    cars = dataset(stored, planner, "cars")
    assert dataset(stored, planner, cars.id) == cars
    assert cars.rows["items"] == 3
    with pytest.raises(Conflict):
        create_dataset(stored, planner, "cars")
    with pytest.raises(Changed):
        delete_dataset(stored, planner, "cars", if_match=0)
    delete_dataset(stored, planner, "cars", if_match=1)
    with pytest.raises(NotFound):
        dataset(stored, planner, "cars")


@pytest.mark.parametrize("name", ["", " a", "a/b", "..", "a\nb", "x" * 81, "0" * 32, "a\u202eb"])
def test_a_dataset_has_a_name_that_can_stand_in_an_address(
    service: Service, planner: Identity, name: str
) -> None:
    with pytest.raises(InputError, match="is not a name"):
        create_dataset(service, planner, name)


def test_an_empty_dataset_is_no_network_yet(service: Service, planner: Identity) -> None:
    create_dataset(service, planner, "new")
    with pytest.raises(DataError, match="holds none yet"):
        read_network(service, "new")
