"""The audit: a chain of entries that tells when somebody tampered with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from app.service.audit import audited, entries, record, verify
from app.service.audit_head import Head, read_head
from app.service.context import Service
from app.service.faults import Forbidden
from app.service.identity.identity import Identity, Role
from app.store.records import Dataset

PLANNER = Identity("1", "ann", frozenset({Role.PLANNER}))
AUDITOR = Identity("2", "otto", frozenset({Role.AUDITOR}))


def tell(service: Service, count: int = 1) -> None:
    for number in range(count):
        with audited(service) as session:
            record(session, PLANNER, "stock.changed", f"item {number}", after={"n": number})


def test_an_entry_says_who_did_what_to_which_version(service: Service) -> None:
    with audited(service) as session:
        record(session, PLANNER, "dataset.changed", "dataset cars", version=3,
               before={"stock": 1}, after={"stock": 2})  # fmt: skip
    (entry,) = entries(service, AUDITOR)
    said = (entry.sequence, entry.actor, entry.action, entry.subject, entry.version)
    assert said == (1, "ann", "dataset.changed", "dataset cars", "3")
    assert (entry.before, entry.after) == ({"stock": 1}, {"stock": 2})


def test_a_change_that_fails_leaves_no_entry(service: Service) -> None:
    for _ in range(2):
        with suppress(IntegrityError), audited(service) as session:
            record(session, PLANNER, "dataset.created", "dataset cars")
            session.add(Dataset(name="cars"))
    assert len(entries(service, AUDITOR)) == 1
    assert verify(service, AUDITOR).passed


def test_nobody_records_outside_of_an_audited_transaction(service: Service) -> None:
    with pytest.raises(KeyError), service.database.writing() as session:
        record(session, PLANNER, "dataset.created", "dataset cars")


def test_only_auditors_read_and_verify_it(service: Service) -> None:
    for ask in (entries, verify):
        with pytest.raises(Forbidden):
            ask(service, PLANNER)  # type: ignore[operator]


def test_who_sees_one_brand_does_not_read_of_the_others(service: Service) -> None:
    with pytest.raises(Forbidden):
        entries(service, replace(AUDITOR, brands=frozenset({"Aster"})))


def test_entries_come_in_pages_newest_first(service: Service) -> None:
    tell(service, 5)
    page = entries(service, AUDITOR, limit=2)
    rest = entries(service, AUDITOR, before=page[-1].sequence)
    assert [entry.sequence for entry in page + rest] == [5, 4, 3, 2, 1]
    assert [entry.subject for entry in entries(service, AUDITOR, subject="item 3")] == ["item 3"]
    assert entries(service, AUDITOR, actor="bob") == []


def test_writers_at_once_make_one_chain_whose_end_the_head_names(any_service: Service) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tell(any_service, 5), range(8)))
    found = verify(any_service, AUDITOR)
    assert (found.entries, found.unconfirmed, found.problems) == (40, 0, ())
    assert (read_head(any_service.settings.audit_head) or Head(0, "")).sequence == 40
