"""The same action of two plans: released once, and again by who says so."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from app.service import results
from app.service.audit import entries
from app.service.context import Service
from app.service.decisions import (
    ActionView,
    acknowledge,
    actions,
    decide,
    needs_approval,
    released_before,
    releases,
)
from app.service.faults import Conflict, Forbidden
from app.service.identity.identity import OPERATOR
from app.store.records import ActionRecord
from supplychain.errors import InputError
from tests.service.shops import BOSS, ERP, PETRA, stored, what_if


@pytest.fixture
def orders(any_service: Service) -> tuple[ActionView, ActionView]:
    """The order from the broker, as two plans for the same scenario tell it."""
    stored(any_service)
    plans = [results.plans(any_service, PETRA, what_if(any_service, PETRA).id)[1].id
             for _ in range(2)]  # fmt: skip
    first, second = (actions(any_service, PETRA, plan)[0] for plan in plans)
    assert first.key == second.key
    return first, second


def test_what_another_plan_has_released_is_not_released_unnoticed(
    any_service: Service, orders: tuple[ActionView, ActionView]
) -> None:
    first, second = orders
    decide(any_service, PETRA, first.id, "approve")
    sent = releases(any_service, ERP)
    told = (f"for 'fab out' has released the same already: release {sent[-1].sequence} .open., "
            "approved by petra")  # fmt: skip
    for verdict, quantity in (("approve", None), ("change", 1.0)):
        with pytest.raises(Conflict, match=told):
            decide(any_service, BOSS, second.id, verdict, quantity)  # type: ignore[arg-type]
    for one in sent:
        acknowledge(any_service, ERP, one.id, f"PO-{one.sequence}")
    with pytest.raises(Conflict, match=told.replace("open", "acknowledged")):
        decide(any_service, BOSS, second.id, "approve")
    assert releases(any_service, ERP, state="open") == []
    assert "release" in str(released_before(any_service, BOSS, second.id))


def test_who_says_why_releases_it_again_and_the_audit_tells(
    any_service: Service, orders: tuple[ActionView, ActionView]
) -> None:
    first, second = orders
    decide(any_service, PETRA, first.id, "approve")
    sent = releases(any_service, ERP)
    with pytest.raises(InputError, match="says again and not why"):
        decide(any_service, BOSS, second.id, "approve", again=True)
    with pytest.raises(InputError, match="reject releases nothing again"):
        decide(any_service, BOSS, second.id, "reject", reason="no", again=True)
    decide(any_service, BOSS, second.id, "approve", reason="twice as many wanted", again=True)
    assert len(releases(any_service, ERP)) == 2 * len(sent)
    [told] = entries(any_service, OPERATOR, subject=f"action {second.id}")
    assert told.after == {"state": "approved", "quantity": None, "reason": "twice as many wanted",
                          "again": sent[-1].id}  # fmt: skip


def test_what_was_withdrawn_stands_in_nobodys_way(
    any_service: Service, orders: tuple[ActionView, ActionView]
) -> None:
    first, second = orders
    decide(any_service, PETRA, first.id, "approve")
    decide(any_service, PETRA, first.id, "undo")
    assert released_before(any_service, PETRA, second.id) is None
    assert decide(any_service, PETRA, second.id, "approve").state == "approved"


def test_orders_that_one_plan_adds_and_another_switches_to_are_the_same(
    any_service: Service, orders: tuple[ActionView, ActionView]
) -> None:
    first, second = orders
    with any_service.database.writing() as session:
        kept = session.get(ActionRecord, second.id)
        assert kept is not None
        kept.key = kept.key.replace("order", "switch source")
    decide(any_service, PETRA, first.id, "approve")
    with pytest.raises(Conflict, match="has released the same already"):
        decide(any_service, BOSS, second.id, "approve")


def test_of_two_who_approve_the_same_at_once_one_is_told(
    any_service: Service, orders: tuple[ActionView, ActionView]
) -> None:
    start, told = Barrier(2), list[str]()

    def approve(one: ActionView) -> None:
        start.wait()
        try:
            told.append(decide(any_service, PETRA, one.id, "approve").state)
        except Conflict:
            told.append("told")

    threads = [Thread(target=approve, args=(one,)) for one in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["approved", "told"]


def test_the_limit_is_for_what_is_approved_in_the_quantity_that_is_approved(
    service: Service,
) -> None:
    stored(service)
    [order] = actions(
        service, PETRA, results.plans(service, PETRA, what_if(service, PETRA).id)[1].id
    )
    strict = Service(service.settings.model_copy(update={"approval_limit": 100.0}),
                     service.database)  # fmt: skip
    assert needs_approval(strict, order)
    assert not needs_approval(strict, order, 1.0)  # costs 9
    assert not needs_approval(service, order)
    with pytest.raises(Forbidden):
        decide(strict, PETRA, order.id, "approve")
    assert decide(strict, PETRA, order.id, "reject").state == "rejected"
    assert decide(strict, PETRA, order.id, "undo").state == "proposed"
