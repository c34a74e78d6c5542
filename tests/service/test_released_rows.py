"""Which rows of a plan its actions release: each row once, and only what was approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from app.service import results
from app.service.context import Service, open_service
from app.service.decisions import ActionView, actions, decide, preview, releases
from app.service.settings import ServiceSettings
from app.store.migrate import upgrade
from supplychain.errors import InputError
from supplychain.network import Network
from tests.service.running import run_now
from tests.service.shops import BOSS, ERP, PETRA, asked, stored
from tests.support import tiny


def two_sources() -> Network:
    """Ten chips are wanted in each of four weeks.

    OLD sends them until week 1, and NEW once it is qualified, which takes a week and costs 30.
    """
    demand = "\n".join(f"CHIP PLANT {week} 10 50 0" for week in range(4))
    header = ("item location supplier lead_time unit_cost capacity routine available_to "
              "qualification_time qualification_cost")  # fmt: skip
    return tiny(
        sourcing=f"{header}\nCHIP PLANT OLD 0 2 15 true 1 - -\nCHIP PLANT NEW 0 3 100 false - 1 30",
        demand=f"item location period quantity unit_revenue lost_after\n{demand}",
    )


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A service with a response that qualifies NEW, orders there, and buys a last time from OLD."""
    service = open_service(ServiceSettings(folder=tmp_path_factory.mktemp("service")))
    upgrade(service.database)
    stored(service, network=two_sources())
    job = asked(service, PETRA, "what_if", "shop", contents=["name: calm"], candidates=3, samples=0)
    assert run_now(service, job.id).state == "succeeded"
    yield service, results.plans(service, PETRA, job.id)[1].id
    service.database.close()


@pytest.fixture
def found(plan: tuple[Service, str]) -> Iterator[dict[str, ActionView]]:
    """The actions by their lever, as nobody decided on them."""
    service, plan_id = plan
    found = {one.lever: one for one in actions(service, PETRA, plan_id)}
    yield found
    for one in found.values():
        decide(service, BOSS, one.id, "undo")


def test_no_row_of_a_plan_is_of_two_actions(
    plan: tuple[Service, str], found: dict[str, ActionView]
) -> None:
    service, _ = plan
    orders = {"order", "switch source"} & set(found)
    assert set(found) == {"qualify", "last-time buy"} | orders
    assert orders
    for one in found.values():
        decide(service, BOSS, one.id, "approve")
    sent = releases(service, ERP, state="open")
    rows = Counter((one.kind, one.content["supplier"], one.content["period"]) for one in sent)
    assert max(rows.values()) == 1
    assert {kind for kind, _, _ in rows} == {"qualification", "planned_order"}


def test_a_qualification_releases_itself_and_no_orders(
    plan: tuple[Service, str], found: dict[str, ActionView]
) -> None:
    decide(plan[0], PETRA, found["qualify"].id, "approve")
    assert [one.kind for one in releases(plan[0], ERP, state="open")] == ["qualification"]


def test_a_qualification_has_no_other_quantity(
    plan: tuple[Service, str], found: dict[str, ActionView]
) -> None:
    service, _ = plan
    with pytest.raises(InputError, match="qualify has no quantity to change"):
        decide(service, PETRA, found["qualify"].id, "change", 2.0)
    looked = preview(service, PETRA, found["qualify"].id, 2.0)
    assert "has no quantity to change" in str(run_now(service, looked.id).error)


def test_a_last_time_buy_releases_the_last_order_only(
    plan: tuple[Service, str], found: dict[str, ActionView]
) -> None:
    last = found["last-time buy"]
    decide(plan[0], PETRA, last.id, "approve")
    [sent] = releases(plan[0], ERP, state="open")
    assert sent.content["period"] == last.content["decide_by"]
    assert sent.content["quantity"] == pytest.approx(last.quantity)
