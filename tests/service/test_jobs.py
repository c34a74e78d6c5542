"""Jobs as who asks for them meets them: asked for once, seen by whom they concern, called off."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest

from app.service.attempts.states import Ticket, beat, begin, finish, open_jobs
from app.service.context import Service
from app.service.faults import Conflict, Forbidden, NotFound
from app.service.identity.identity import Identity, Role
from app.service.jobs import JobView, cancel, job, job_events, jobs
from app.store.records import Job, JobLine, ScenarioRecord
from supplychain.errors import InputError
from tests.service.running import run_now
from tests.service.shops import FAB_OUT, asked, stored, what_if

VIEWER = Identity("u-viewer", "victor", frozenset({Role.VIEWER}))
MANY = FAB_OUT + FAB_OUT.splitlines()[3].join(["", "\n"]) * 200


def test_a_job_is_queued_with_its_scenarios_as_they_are_then(
    service: Service, planner: Identity
) -> None:
    dataset = stored(service)
    with service.database.writing() as session:
        session.add(ScenarioRecord(dataset_id=dataset, name="outage", content=FAB_OUT, shared=True))
    queued = asked(service, planner, "what_if", "shop", scenarios=["outage"])
    assert (queued.state, queued.dataset_id) == ("queued", dataset)
    with service.database.reading() as session:
        record = session.get(Job, queued.id)
        assert record is not None
        assert record.parameters["contents"] == [FAB_OUT]


def test_somebody_elses_scenario_is_unknown_until_it_is_shared(
    service: Service, planner: Identity
) -> None:
    dataset = stored(service)
    with service.database.writing() as session:
        session.add(ScenarioRecord(dataset_id=dataset, name="mine", content=FAB_OUT,
                                   created_by="paul"))  # fmt: skip
    with pytest.raises(NotFound, match="no scenario 'mine'"):
        asked(service, planner, "what_if", "shop", scenarios=["mine"])


@pytest.mark.parametrize(
    ("kind", "dataset", "parameters", "told"),
    [
        ("what-if", "shop", {}, "kind value 'what-if': is no kind of job"),
        ("what_if", "shop", {}, "names no scenario"),
        ("what_if", "shop", {"contents": ["name: x\ndisruptions: [{kind: flood}]"]}, "flood"),
        ("what_if", None, {"contents": [FAB_OUT]}, "needs a dataset"),
        ("explain", "shop", {"plan": "p"}, "takes its data from a plan or run"),
        ("plan", "shop", {"solver": "cplex"}, "column solver value 'cplex'"),
        ("plan", "shop", {"tme_limit": 1}, "did you mean time_limit"),
        ("plan", "shop", {"time_limit": float("inf")}, "column time_limit"),
        ("plan", "shop", {"scenario": "a", "content": FAB_OUT}, "leave one of them out"),
        ("what_if", "shop", {"contents": [FAB_OUT + "#" * 100_000]}, "at most 100000 characters"),
        ("what_if", "shop", {"contents": [MANY]}, "has more than 200 disruptions"),
        ("what_if", "shop", {"contents": [FAB_OUT] * 51}, "at most 50 items"),
        ("what_if", "shop", {"scenarios": ["outage"] * 51}, "at most 50 items"),
        ("robust_plan", "shop", {"contents": [FAB_OUT], "weights": [0.5, 0.5]}, "2 weights for 1"),
    ],
)
def test_what_a_job_cannot_do_is_told_before_it_is_queued(
    service: Service, planner: Identity, kind: str, dataset: str | None, parameters: dict[str, Any],
    told: str,
) -> None:  # fmt: skip
    stored(service)
    with pytest.raises(InputError, match=told):
        asked(service, planner, kind, dataset, **parameters)
    assert jobs(service, planner) == []


def test_a_scenario_is_parsed_while_others_may_write(
    service: Service, planner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(service)
    parsed = []

    def parse(text: str, source: str) -> None:
        with service.database.writing() as session:
            session.add(JobLine(job_id=first.id, text=source))
        parsed.append(text)

    first = asked(service, planner, "plan", "shop")
    monkeypatch.setattr("app.service.jobs.submitting.parsed_within_bounds", parse)
    monkeypatch.setattr("app.store.engine.LOCK_SECONDS", 1.0)
    asked(service, planner, "plan", "shop", content=FAB_OUT)
    assert parsed == [FAB_OUT]


def test_a_viewer_starts_nothing(service: Service) -> None:
    with pytest.raises(Forbidden, match="run:start"):
        asked(service, VIEWER, "plan", "shop")


def test_the_same_key_is_the_same_job_and_no_other(service: Service, planner: Identity) -> None:
    stored(service)
    first = asked(service, planner, "plan", "shop", key="monday")
    assert asked(service, planner, "plan", "shop", key="monday") == first
    with pytest.raises(Conflict, match="stands for another job"):
        asked(service, planner, "plan", "shop", key="monday", solver="glop")
    stored(service, "other")
    with pytest.raises(Conflict, match="stands for another job"):
        asked(service, planner, "plan", "other", key="monday")
    other = replace(planner, user_id="u-2", name="olga")
    assert asked(service, other, "plan", "shop", key="monday").id != first.id


def test_a_key_used_by_eight_at_once_is_one_job(any_service: Service, planner: Identity) -> None:
    stored(any_service)
    start, made = Barrier(8), list[str]()

    def ask() -> None:
        start.wait()
        made.append(asked(any_service, planner, "plan", "shop", key="one").id)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(jobs(any_service, planner)) == len(set(made)) == 1


def test_jobs_come_last_first_and_page_by_page(service: Service, planner: Identity) -> None:
    stored(service)
    made = [asked(service, planner, "plan", "shop").id for _ in range(5)]
    first = jobs(service, planner, limit=2)
    rest = jobs(service, planner, before=first[-1].id)
    assert [found.id for found in [*first, *rest]] == made[::-1]
    assert jobs(service, planner, kind="what_if") == jobs(service, planner, state="failed") == []


def test_of_somebody_elses_job_only_who_sees_all_brands_knows(
    service: Service, planner: Identity
) -> None:
    stored(service)
    queued = asked(service, planner, "plan", "shop")
    assert job(service, VIEWER, queued.id) == queued
    narrow = replace(VIEWER, brands=frozenset({"ALPHA"}))
    assert jobs(service, narrow) == []
    with pytest.raises(NotFound):
        job(service, narrow, queued.id)


# --- a job's way ---------------------------------------------------------------------------------


def test_a_waiting_job_that_is_called_off_never_runs(service: Service, planner: Identity) -> None:
    stored(service)
    queued = asked(service, planner, "plan", "shop")
    assert cancel(service, planner, queued.id).state == "cancelled"
    assert cancel(service, planner, queued.id).state == "cancelled"  # again is no error
    assert begin(service, Ticket(queued.id), "one") is None
    assert open_jobs(service) == []


def test_a_running_job_hears_that_it_is_called_off(service: Service, planner: Identity) -> None:
    stored(service)
    queued = asked(service, planner, "plan", "shop")
    assert begin(service, Ticket(queued.id), "one") == 1
    assert beat(service, queued.id, 1, ["forecast", "prepare"])
    assert cancel(service, planner, queued.id).state == "running"
    assert not beat(service, queued.id, 1)
    assert finish(service, queued.id, 1, "failed", {"message": "killed"})
    found, lines = job_events(service, planner, queued.id)
    assert (found.state, found.error) == ("cancelled", {})
    assert [line.text for line in lines] == ["forecast", "prepare"]
    assert job_events(service, planner, queued.id, lines[0].id)[1] == lines[1:]


def test_a_job_is_taken_over_from_a_worker_that_gave_no_sign_of_life_since(
    service: Service, planner: Identity
) -> None:
    stored(service)
    queued = asked(service, planner, "plan", "shop")
    assert open_jobs(service) == [Ticket(queued.id)]
    assert begin(service, Ticket(queued.id), "one") == 1
    assert begin(service, Ticket(queued.id), "two") is None  # it does not wait any more
    [seen] = open_jobs(service)
    assert beat(service, queued.id, 1)
    assert begin(service, seen, "two") is None  # it lives
    [seen] = open_jobs(service)
    assert begin(service, seen, "two") == 2
    assert not beat(service, queued.id, 1)
    assert not finish(service, queued.id, 1, "failed", {})
    assert job(service, planner, queued.id).state == "running"


def test_a_worker_that_is_back_goes_on_with_its_own_job(
    service: Service, planner: Identity
) -> None:
    stored(service)
    queued = asked(service, planner, "plan", "shop")
    assert begin(service, Ticket(queued.id), "one") == 1
    assert begin(service, Ticket(queued.id), "one") == 2


def test_a_job_that_kills_every_worker_is_given_up(service: Service, planner: Identity) -> None:
    stored(service)
    queued = asked(service, planner, "plan", "shop")
    with service.database.writing() as session:
        record = session.get(Job, queued.id)
        assert record is not None
        record.state, record.attempts = "running", 25
    assert begin(service, Ticket(queued.id, 25), "one") is None
    found = job(service, planner, queued.id)
    assert (found.state, found.error["type"]) == ("failed", "WorkerLost")


def test_a_job_that_ended_cannot_be_called_off(service: Service, planner: Identity) -> None:
    stored(service)
    done = run_now(service, asked(service, planner, "plan", "shop").id)
    assert done.state == "succeeded"
    with pytest.raises(Conflict, match="succeeded already"):
        cancel(service, planner, done.id)


def test_what_is_wrong_is_told_in_the_words_of_the_use_case(
    service: Service, planner: Identity
) -> None:
    stored(service)
    content = FAB_OUT.replace("FAB,", "FABB,")
    failed = run_now(service, asked(service, planner, "plan", "shop", content=content).id)
    assert failed.state == "failed"
    assert failed.error["type"] == "ScenarioError"
    assert [problem["value"] for problem in failed.error["problems"]] == ["FABB"]
    assert "/tmp" not in str(failed.error)


def test_who_sees_one_brand_is_told_no_names_that_are_near_to_a_wrong_one(
    service: Service, planner: Identity
) -> None:
    stored(service)
    content = (
        "name: x\ndisruptions: [{kind: demand_change, item: GAMES, factor: 2, "
        "start: 2026-W01, periods: 1}]"
    )
    narrow = replace(planner, brands=frozenset({"ALPHA"}))
    failed = run_now(service, asked(service, narrow, "plan", "shop", content=content).id)
    assert "did you mean GAME" in failed.error["message"]
    told = job(service, narrow, failed.id).error
    assert [problem["value"] for problem in told["problems"]] == ["GAMES"]
    assert "did you mean" not in str(told)


def test_a_job_is_published_once(any_service: Service, planner: Identity) -> None:
    stored(any_service)
    done: JobView = what_if(any_service, planner)
    assert (done.state, done.attempts) == ("succeeded", 1)
    assert run_now(any_service, done.id) == done
