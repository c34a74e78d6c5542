"""Decisions on actions, and their way to the ERP: released once, acknowledged once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from app.service import results
from app.service.context import Service, open_service
from app.service.decisions import (
    ActionView,
    acknowledge,
    action,
    actions,
    decide,
    preview,
    releases,
)
from app.service.faults import Changed, Conflict, Forbidden, NotFound
from app.service.jobs import submit
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from supplychain.errors import InputError
from tests.service.running import run_now
from tests.service.shops import BOSS, ERP, PETRA, stored, what_if

ELSEWHERE = replace(PETRA, name="else", plants=frozenset({"OTHER"}))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A service with the response to the fab that stops, and the id of that plan."""
    service = open_service(ServiceSettings(folder=tmp_path_factory.mktemp("service")))
    upgrade(service.database)
    stored(service)
    made = what_if(service, PETRA)
    yield service, results.plans(service, PETRA, made.id)[1].id
    service.database.close()


@pytest.fixture
def service(plan: tuple[Service, str]) -> Service:
    return plan[0]


@pytest.fixture
def order(plan: tuple[Service, str]) -> Iterator[ActionView]:
    """The order from the broker, 40 chips in two weeks, as nobody decided on it."""
    service, plan_id = plan
    [found] = actions(service, PETRA, plan_id)
    assert (found.lever, found.item, found.state) == ("order", "CHIP", "proposed")
    yield found
    if not releases(service, ERP, state="acknowledged"):
        decide(service, PETRA, found.id, "undo")


def test_an_approved_order_is_released_as_the_orders_of_the_plan(
    service: Service, order: ActionView
) -> None:
    approved = decide(service, PETRA, order.id, "approve", reason="no other way")
    assert (approved.state, approved.revision) == ("approved", order.revision + 1)
    assert [(d.verdict, d.reason, d.decided_by) for d in approved.decisions][-1] == (
        "approve", "no other way", "petra")  # fmt: skip
    found = releases(service, ERP, dataset="shop", state="open")
    assert [one.kind for one in found] == ["planned_order"] * len(found)
    assert sum(one.content["quantity"] for one in found) == pytest.approx(order.quantity)
    assert {one.content["supplier"] for one in found} == {"BROKER"}
    assert releases(service, ERP, state="open", after=found[0].sequence) == found[1:]


def test_a_changed_quantity_changes_the_orders_in_proportion(
    service: Service, order: ActionView
) -> None:
    decide(service, PETRA, order.id, "change", order.quantity / 2)
    found = releases(service, ERP, state="open")
    assert sum(one.content["quantity"] for one in found) == pytest.approx(order.quantity / 2)
    assert sum(one.content["cost"] for one in found) == pytest.approx(order.content["cost"] / 2)


def test_what_is_undone_or_decided_anew_is_withdrawn(service: Service, order: ActionView) -> None:
    decide(service, PETRA, order.id, "approve")
    first = releases(service, ERP, state="open")
    decide(service, PETRA, order.id, "change", 1.0)
    assert {one.id for one in releases(service, ERP, state="open")}.isdisjoint(
        one.id for one in first)  # fmt: skip
    undone = decide(service, PETRA, order.id, "undo")
    assert (undone.state, undone.decided_quantity) == ("proposed", None)
    assert releases(service, ERP, state="open") == []
    with pytest.raises(Conflict, match="was withdrawn already"):
        acknowledge(service, ERP, first[0].id, "late")


def test_a_rejected_action_is_released_to_nobody(service: Service, order: ActionView) -> None:
    assert decide(service, PETRA, order.id, "reject").state == "rejected"
    assert releases(service, ERP, state="open") == []


def test_the_same_decision_again_is_no_decision(service: Service, order: ActionView) -> None:
    approved = decide(service, PETRA, order.id, "approve")
    assert decide(service, PETRA, order.id, "approve") == approved


def test_who_decides_on_what_somebody_else_changed_is_told(
    service: Service, order: ActionView
) -> None:
    seen = action(service, PETRA, order.id).revision
    decide(service, BOSS, order.id, "reject")
    with pytest.raises(Changed) as told:
        decide(service, PETRA, order.id, "approve", if_match=seen)
    assert told.value.revision == seen + 1


def test_what_costs_more_than_the_limit_needs_an_approver(
    service: Service, order: ActionView
) -> None:
    strict = Service(service.settings.model_copy(update={"approval_limit": 100.0}),
                     service.database)  # fmt: skip
    with pytest.raises(Forbidden, match="you may approve up to 100"):
        decide(strict, PETRA, order.id, "approve")
    decide(strict, PETRA, order.id, "change", 1.0)  # costs 9
    assert decide(strict, BOSS, order.id, "approve").state == "approved"


@pytest.mark.parametrize(
    ("verdict", "quantity", "told"),
    [
        ("praise", None, "is no verdict"),
        ("approve", 3.0, "takes no quantity"),
        ("change", None, "needs a quantity above 0"),
        ("change", -1.0, "needs a quantity above 0"),
        ("change", float("nan"), "needs a quantity above 0"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(
    service: Service, order: ActionView, verdict: str, quantity: float | None, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        decide(service, PETRA, order.id, verdict, quantity)  # type: ignore[arg-type]


def test_actions_and_releases_of_another_plant_are_not_there(
    service: Service, order: ActionView
) -> None:
    decide(service, PETRA, order.id, "approve")
    assert actions(service, ELSEWHERE, order.plan_id) == []
    with pytest.raises(NotFound):
        decide(service, ELSEWHERE, order.id, "reject")
    assert releases(service, ELSEWHERE) == []
    with pytest.raises(Forbidden):
        acknowledge(service, PETRA, releases(service, ERP)[0].id, "x")


def test_half_of_an_order_is_looked_at_before_it_is_decided(
    service: Service, order: ActionView
) -> None:
    asked = preview(service, PETRA, order.id, order.quantity / 2)
    assert run_now(service, asked.id).state == "succeeded"
    told = results.run(service, PETRA, asked.id).result
    assert told is not None
    planned, changed, without = (told[name] for name in ("planned", "changed", "without"))
    served = [sum(one["units"][name] for name in ("on_time", "late"))
              for one in (planned, changed, without)]  # fmt: skip
    assert served == [80, 80 - order.quantity / 2, 80 - order.quantity]  # a toy or game a chip
    assert planned["money"]["profit"] > changed["money"]["profit"] > without["money"]["profit"]
    assert told["difference"]["money"]["profit"] < 0
    again = submit(service, PETRA, "reproduce", None, {"run": asked.id})
    assert run_now(service, again.id).state == "succeeded"
    made = results.run(service, PETRA, again.id).result
    assert made is not None
    assert [row["same"] for row in made["compared"]] == [True]
    with pytest.raises(NotFound):
        preview(service, ELSEWHERE, order.id, 1.0)


def test_a_release_is_acknowledged_once(service: Service, order: ActionView) -> None:
    decide(service, PETRA, order.id, "approve")
    first, *others = releases(service, ERP, state="open")
    start, told = Barrier(6), list[str]()

    def take(key: str) -> None:
        start.wait()
        try:
            told.append(acknowledge(service, ERP, first.id, key).acknowledgement or "")
        except Conflict as error:
            told.append(error.message)

    threads = [Thread(target=take, args=(f"PO-{number % 2}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(key for key in told if key.startswith("PO-"))
    assert sorted(told) == sorted([winner] * 3 + ["the release was acknowledged already"] * 3)
    for other in others[:1]:
        with pytest.raises(Conflict, match="stands for another release"):
            acknowledge(service, ERP, other.id, winner)
    with pytest.raises(Conflict, match="has taken it already"):
        decide(service, PETRA, order.id, "undo")
