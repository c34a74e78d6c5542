"""Releases outlive what they came from: their numbers never fall, and what is taken stays known."""

from __future__ import annotations

from threading import Barrier, Thread
from time import sleep

import pytest
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
