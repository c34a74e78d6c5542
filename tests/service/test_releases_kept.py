"""Releases outlive what they came from: their numbers never fall, and what is taken stays known."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from threading import Barrier, Thread
from time import sleep

import pytest
from sqlalchemy import event
from sqlmodel import delete

from app.service import results
from app.service.context import Service
from app.service.data.datasets import delete_dataset
from app.service.decisions import (
    ActionView,
    acknowledge,
    actions,
    decide,
    release,
    releases,
)
from app.service.decisions.releasing import release_action, take_numbers
from app.service.faults import Conflict
from app.store.records import ActionRecord, Release
from tests.service.shops import BOSS, ERP, PETRA, stored, what_if


@pytest.fixture
def service(any_service: Service) -> Service:
    """A service on either database that holds the shop."""
    stored(any_service)
    return any_service


@pytest.fixture
def order(service: Service) -> ActionView:
    return planned(service)


def planned(service: Service) -> ActionView:
    """The order from the broker of a new plan."""
    plan = results.plans(service, PETRA, what_if(service, PETRA).id)[1]
    [found] = actions(service, PETRA, plan.id)
    return found


def last_number(service: Service) -> int:
    return releases(service, ERP)[-1].sequence


def test_who_sees_one_brand_is_read_pages_until_there_are_enough(
    service: Service, order: ActionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(service, PETRA, order.id, "approve")
    items = ["GAME"] * 5 + ["TOY"] * 2 + ["GAME"] * 4 + ["TOY"] * 9
    with service.database.writing() as session:
        first = take_numbers(session, len(items)) - len(items) + 1
        session.add_all(
            Release(sequence=number, dataset_id="gone", action_id=order.id, kind="build",
                    content={"item": item}) for number, item in enumerate(items, first)
        )  # fmt: skip
    module = import_module("app.service.decisions.releases")  # beside the function of that name
    monkeypatch.setattr(module, "_PAGE", 2)
    alpha = replace(ERP, name="alpha", brands=frozenset({"ALPHA"}))
    read = list[str]()
    event.listen(service.database.engine, "before_cursor_execute",
                 lambda *told: read.append(told[2]))  # fmt: skip
    seen = releases(service, alpha, dataset="gone", limit=3)
    assert [one.sequence - first for one in seen] == [5, 6, 11]
    of_runs = [statement for statement in read if "JOIN runs" in statement]
    assert len(of_runs) == 4  # three releases each
    assert not any("runs.result" in statement for statement in of_runs)
    assert len(releases(service, alpha, dataset="gone", after=seen[-1].sequence)) == 8
    assert [one.sequence for one in releases(service, ERP, limit=2)] == [1, 2]


def test_a_number_is_given_once_though_its_release_is_gone(
    service: Service, order: ActionView
) -> None:
    decide(service, PETRA, order.id, "approve")
    before = last_number(service)
    with service.database.writing() as session:
        session.exec(delete(Release))
    decide(service, PETRA, order.id, "undo")
    decide(service, PETRA, order.id, "approve")
    assert releases(service, ERP)[0].sequence == before + 1


def test_those_who_take_numbers_at_once_take_different_ones(service: Service) -> None:
    start, taken = Barrier(6), list[int]()

    def take() -> None:
        start.wait()
        with service.database.writing() as session:
            taken.append(take_numbers(session, 2))

    threads = [Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [2, 4, 6, 8, 10, 12]  # in the order in which they are kept


def test_a_dataset_with_open_releases_is_not_deleted(service: Service, order: ActionView) -> None:
    decide(service, PETRA, order.id, "approve")
    with pytest.raises(Conflict, match="releases of the dataset are open") as told:
        delete_dataset(service, PETRA, "shop")
    assert told.value.remedy == (
        "undo what was approved to withdraw them, or let the ERP take them"
    )
    decide(service, PETRA, order.id, "undo")
    delete_dataset(service, PETRA, "shop")


def test_who_deletes_a_dataset_waits_for_what_is_being_released(
    service: Service, order: ActionView
) -> None:
    told = list[str]()

    def remove() -> None:
        try:
            delete_dataset(service, PETRA, "shop")
        except Conflict as error:
            told.append(error.message)

    other = Thread(target=remove)
    with service.database.writing() as session:
        found = session.get(ActionRecord, order.id)
        assert found is not None
        release_action(session, found)
        session.flush()
        other.start()
        sleep(0.3)
        assert other.is_alive()
    other.join()
    assert len(told) == 1


def test_what_the_erp_took_is_known_after_its_dataset_is_deleted(
    service: Service, order: ActionView
) -> None:
    decide(service, PETRA, order.id, "approve")
    for sent in releases(service, ERP, state="open"):
        acknowledge(service, ERP, sent.id, f"PO-{sent.sequence}")
    taken = releases(service, ERP)
    delete_dataset(service, PETRA, "shop")
    assert releases(service, ERP) == releases(service, ERP, dataset=taken[0].dataset_id) == taken
    assert release(service, ERP, taken[0].id) == taken[0]
    stored(service)
    decide(service, PETRA, planned(service).id, "approve")
    fresh = releases(service, ERP, after=taken[-1].sequence)
    assert len(fresh) == len(taken)
    with pytest.raises(Conflict, match="stands for another release"):
        acknowledge(service, ERP, fresh[0].id, f"PO-{taken[0].sequence}")


def test_an_action_of_a_deleted_dataset_is_approved_by_nobody(
    service: Service, order: ActionView
) -> None:
    delete_dataset(service, PETRA, "shop")
    with pytest.raises(Conflict, match="dataset of its plan was deleted"):
        decide(service, BOSS, order.id, "approve")
    assert decide(service, BOSS, order.id, "reject").state == "rejected"
