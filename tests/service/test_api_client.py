"""The client as an ERP uses it, against the API with a worker beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.application import make_app
from app.client import Client, ProblemError
from app.service.context import Service
from app.service.identity.tokens import create_token
from app.service.identity.users import add_user
from app.service.jobs import jobs
from app.service.scenarios import create_scenario, scenarios
from tests.service.api_support import PEOPLE, TestClient
from tests.service.running import run_now
from tests.service.shops import FAB_OUT, two_brands
from tests.service.tiny import tiny_frames

EVERYBODY = PEOPLE["everybody"]
SCOPES = ["data:read", "data:write", "scenario:read", "scenario:write", "run:start", "run:read",
          "release:read", "release:acknowledge", "action:decide"]  # fmt: skip


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    add_user(service, EVERYBODY, "erp", roles=["integrator", "approver"])
    _, token = create_token(service, EVERYBODY, "ERP", SCOPES, for_user="erp")
    with Client("http://testserver", token, http=TestClient(make_app(service))) as client:
        yield client


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The dataset of two brands as a folder of CSV files."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, frame in two_brands().tables.items():
        if len(frame):
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


@contextmanager
def _worker(service: Service) -> Iterator[None]:
    """Carries queued jobs out while the block runs."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.05):
            for job in jobs(service, EVERYBODY, state="queued"):
                run_now(service, job.id)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_dataset_is_pushed_planned_and_its_orders_are_taken_once(
    client: Client, service: Service, shop: Path
) -> None:
    assert client.push_dataset(shop, "shop")["revision"] == 1
    with _worker(service):
        plans = client.run_what_if("shop", FAB_OUT, candidates=3, samples=0)
    response = next(plan for plan in plans if plan["kind"] == "response")
    action = client.actions(response["id"])[0]
    assert client.decide(action, "approve")["state"] == "approved"
    orders = list(client.fetch_orders("shop"))
    assert orders
    for number, order in enumerate(orders):
        assert client.acknowledge(order["id"], f"PO-{number}")["state"] == "acknowledged"
    assert list(client.fetch_orders("shop")) == []
    again = client.acknowledge(orders[0]["id"], "PO-0")
    assert again["acknowledgement"] == "PO-0"
    with pytest.raises(ProblemError, match="409"):
        client.acknowledge(orders[0]["id"], "PO-other")


def test_pushing_the_same_dataset_again_changes_nothing(client: Client, shop: Path) -> None:
    client.push_dataset(shop, "shop")
    again = client.push_dataset(shop, "shop")
    assert (again["revision"], again["upserted"], again["deleted"]) == (1, 0, 0)


@pytest.fixture
def with_stories(shop: Path) -> Path:
    """The shop with two scenarios in its folder."""
    (shop / "scenarios").mkdir()
    (shop / "scenarios" / "fab.yaml").write_text(FAB_OUT)
    (shop / "scenarios" / "calm.yaml").write_text("name: calm/quiet")
    return shop


def test_a_dataset_is_pushed_with_the_scenarios_of_its_folder_and_planned_under_one(
    client: Client, service: Service, with_stories: Path
) -> None:
    pushed = client.push_dataset(with_stories, "shop")
    assert pushed["scenarios"] == ["calm/quiet", "fab out"]
    kept = scenarios(service, EVERYBODY, "shop")
    assert [(one.name, one.shared) for one in kept] == [("calm/quiet", True), ("fab out", True)]
    with _worker(service):
        plans = client.run_what_if("shop", scenarios=["fab out"], candidates=0, samples=0)
    assert {plan["scenario"] for plan in plans} == {"fab out"}


def test_a_scenario_that_changed_is_written_anew_and_one_that_did_not_is_left(
    client: Client, service: Service, with_stories: Path
) -> None:
    client.push_dataset(with_stories, "shop")
    (with_stories / "scenarios" / "calm.yaml").write_text("name: calm/quiet\ndescription: still")
    client.push_dataset(with_stories, "shop")
    kept = scenarios(service, EVERYBODY, "shop")
    assert [(one.description, one.revision) for one in kept] == [("still", 2), ("", 1)]


@pytest.mark.parametrize(("shared", "status"), [(True, 403), (False, 409)])
def test_anothers_scenario_is_not_overwritten(
    client: Client, service: Service, with_stories: Path, shared: bool, status: int
) -> None:
    (with_stories / "scenarios" / "fab.yaml").unlink()
    story = with_stories / "scenarios" / "calm.yaml"
    story.rename(with_stories / "calm.yaml")
    client.push_dataset(with_stories, "shop")
    create_scenario(service, EVERYBODY, "shop", "name: calm/quiet\ndescription: mine",
                    shared=shared)  # fmt: skip
    with pytest.raises(ProblemError) as refused:
        client.push_scenario("shop", "name: calm/quiet")
    assert refused.value.status == status
    assert scenarios(service, EVERYBODY, "shop")[0].description == "mine"


def test_every_row_that_is_wrong_is_told_and_nothing_is_kept(client: Client, shop: Path) -> None:
    client.push_dataset(shop, "shop")
    rows = [{"item": "CHIP", "location": "PLANT", "quantity": "many"},
            {"item": "NONE", "location": "PLANT", "quantity": 1}]  # fmt: skip
    with pytest.raises(ProblemError) as refused:
        client.upsert("shop", "stock", rows)
    told = [(item["table"], item["row"], item["column"]) for item in refused.value.problems]
    assert told == [("stock", 1, "quantity"), ("stock", 2, "item")]
    assert [row["quantity"] for row in client.rows("shop", "stock")] == [20.0]


def test_changes_are_followed_from_a_cursor(client: Client, shop: Path) -> None:
    client.push_dataset(shop, "shop")
    _, cursor = client.changes("shop")
    client.upsert("shop", "stock", [{"item": "CHIP", "location": "PLANT", "quantity": 21}])
    items, last = client.changes("shop", cursor)
    assert [(item["row_key"], item["row"]["quantity"]) for item in items] == [("CHIP|PLANT", 21.0)]
    assert client.changes("shop", last)[0] == []


def test_rows_come_page_by_page_and_filtered(client: Client, shop: Path) -> None:
    client.push_dataset(shop, "shop")
    some = client.rows("shop", "demand", item="TOY", quantity__gte=10, limit=3)
    assert [row["item"] for row in some] == ["TOY"] * 4


def test_a_workbook_is_pushed_too(client: Client, tmp_path: Path) -> None:
    from supplychain.files import write_tables

    write_tables(tiny_frames(), tmp_path / "tiny.xlsx", "xlsx")
    assert client.push_dataset(tmp_path / "tiny.xlsx", "tiny")["revision"] == 1


# --- requests that find no answer ----------------------------------------------------------------


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client waited, in no time."""
    waited: list[float] = []
    monkeypatch.setattr("app.client.client.time.sleep", waited.append)
    monkeypatch.setattr("app.client.client.random.uniform", lambda low, high: 1.0)
    return waited


def _scripted(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request]]:
    waiting, seen = list(answers), list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        given = waiting.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://testserver")
    return Client("http://testserver", "scp_x", http=http), seen


def test_a_request_without_an_answer_is_sent_again_with_the_same_key(pauses: list[float]) -> None:
    lost = httpx.ReadTimeout("no answer")
    client, seen = _scripted(lost, lost, httpx.Response(202, json={"id": "j"}))
    assert client.start("what-if", "shop") == {"id": "j"}
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1
    assert len({request.content for request in seen}) == 1
    assert pauses == [0.4, 0.8]


@pytest.mark.parametrize("status", [429, 503, 409])
def test_the_client_comes_back_when_it_is_told_to(pauses: list[float], status: int) -> None:
    later = httpx.Response(status, headers={"Retry-After": "7"}, json={})
    client, _ = _scripted(later, httpx.Response(200, json={"state": "queued"}))
    assert client.start("plan", "shop") == {"state": "queued"}
    assert pauses == [7.0]


@pytest.mark.usefixtures("pauses")
def test_the_client_gives_up_in_the_end() -> None:
    client, seen = _scripted(*[httpx.ConnectError("refused")] * 6)
    with pytest.raises(httpx.ConnectError):
        client.start("plan", "shop")
    assert len(seen) == 6


@pytest.mark.usefixtures("pauses")
def test_a_job_that_fails_is_an_error_with_its_reason() -> None:
    job: dict[str, Any] = {"id": "j", "state": "failed", "error": {"message": "no plan"}}
    client, _ = _scripted(httpx.Response(202, json=job), httpx.Response(200, json=job))
    with pytest.raises(RuntimeError, match="no plan"):
        client.run_what_if("shop", FAB_OUT)


def test_a_conflict_that_stays_is_told_at_once(pauses: list[float]) -> None:
    taken = {"detail": "there is a dataset 'x' already"}
    client, _ = _scripted(httpx.Response(409, json=taken))
    with pytest.raises(ProblemError, match="409 there is a dataset 'x' already"):
        client.start("plan", "shop")
    assert pauses == []
