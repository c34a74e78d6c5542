"""A thousand ways to tamper with the audit, by somebody who may write all of the database.

They know how entries are hashed and chain theirs anew; what they cannot write is the head's file.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select
from sqlmodel import Session

from app.service import audit
from app.service.audit import audited, begin_anew, entries, record, verify, verify_chain
from app.service.audit_head import advance, read_head
from app.service.context import Service
from app.service.identity.identity import OPERATOR
from app.store.records import AuditEntry

ENTRIES = 12
Row = dict[str, Any]
Tampering = Callable[[list[Row], random.Random], list[Row]]


def edited(rows: list[Row], dice: random.Random) -> list[Row]:
    row = dice.choice(rows)
    column = dice.choice([column for column in row if column != "sequence"])
    others = [other[column] for other in rows if other[column] != row[column]]
    row[column] = dice.choice(others)
    return rows


def edited_with_its_hash(rows: list[Row], dice: random.Random) -> list[Row]:
    row = dice.choice(rows)
    row["actor"] = "somebody else"
    row["hash"] = audit.entry_hash(AuditEntry(**row))
    return rows


def edited_and_chained_anew(rows: list[Row], dice: random.Random) -> list[Row]:
    dice.choice(rows)["actor"] = "somebody else"
    return chained(rows)


def lost_one(rows: list[Row], dice: random.Random) -> list[Row]:
    rows.remove(dice.choice(rows))
    return rows


def lost_one_and_chained_anew(rows: list[Row], dice: random.Random) -> list[Row]:
    return chained(lost_one(rows, dice))


def swapped(rows: list[Row], dice: random.Random) -> list[Row]:
    one, other = dice.sample(rows, 2)
    one["sequence"], other["sequence"] = other["sequence"], one["sequence"]
    return rows


def swapped_and_chained_anew(rows: list[Row], dice: random.Random) -> list[Row]:
    return chained(sorted(swapped(rows, dice), key=itemgetter("sequence")))


def without_the_end(rows: list[Row], dice: random.Random) -> list[Row]:
    return rows[: dice.randrange(len(rows))]


def without_the_beginning(rows: list[Row], dice: random.Random) -> list[Row]:
    return rows[dice.randrange(1, len(rows)) :]


def with_one_put_in(rows: list[Row], dice: random.Random) -> list[Row]:
    place = dice.randrange(len(rows))
    forged = {**rows[place], "actor": "somebody else"}
    return chained([*rows[:place], forged, *rows[place:]])


def replaced(rows: list[Row], dice: random.Random) -> list[Row]:
    made_up = [{**row, "subject": f"item {dice.random()}"} for row in rows]
    return chained(made_up + made_up[: dice.randrange(3)])


TAMPERINGS: list[Tampering] = [
    edited, edited_with_its_hash, edited_and_chained_anew, lost_one, lost_one_and_chained_anew,
    swapped, swapped_and_chained_anew, without_the_end, without_the_beginning, with_one_put_in,
    replaced,
]  # fmt: skip


def chained(rows: list[Row]) -> list[Row]:
    fresh: list[Row] = []
    for number, row in enumerate(rows, 1):
        previous = fresh[-1]["hash"] if fresh else ""
        fresh.append({**row, "sequence": number, "previous": previous})
        fresh[-1]["hash"] = audit.entry_hash(AuditEntry(**fresh[-1]))
    return fresh


def tell(service: Service, count: int) -> None:
    for number in range(count):
        who = replace(OPERATOR, name=f"user {number % 3}", request_id=f"request {number}")
        with audited(service) as session:
            record(session, who, f"item.changed_{number % 5}", f"item {number}",
                   version=number, before={"n": number}, after={"n": number + 1})  # fmt: skip


def test_a_thousand_tamperings_are_all_detected(service: Service) -> None:
    tell(service, ENTRIES)
    head, table = read_head(service.settings.audit_head), AuditEntry.__table__  # type: ignore[attr-defined]
    dice = random.Random(1)
    with service.database.engine.connect() as connection:
        whole = [dict(row) for row in connection.execute(select(table)).mappings()]
        for number in range(1000):
            tampering = TAMPERINGS[number % len(TAMPERINGS)]
            rows = tampering([dict(row) for row in whole], dice)
            put(connection, rows)
            assert not verified(connection, head), tampering.__name__
            put(connection, whole)
            assert number % 100 or verified(connection, head), "an alarm without a cause"
            connection.rollback()


def put(connection: Connection, rows: list[Row]) -> None:
    table = AuditEntry.__table__  # type: ignore[attr-defined]
    connection.execute(delete(table))
    if rows:
        connection.execute(insert(table), rows)


def verified(connection: Connection, head: Any) -> bool:
    return verify_chain(Session(connection), head).passed


def test_a_crash_between_commit_and_head_is_no_tampering(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(service, 2)
    with monkeypatch.context() as crash:
        crash.setattr(audit, "advance", lambda *_: 1 / 0)
        tell(service, 1)
    found = verify(service, OPERATOR)
    assert (found.entries, found.unconfirmed, found.passed) == (3, 1, True)
    tell(service, 1)
    assert verify(service, OPERATOR).unconfirmed == 0


def test_a_head_that_is_written_late_never_goes_back(service: Service) -> None:
    tell(service, 1)
    early = read_head(service.settings.audit_head)
    tell(service, 1)
    late = read_head(service.settings.audit_head)
    assert early is not None
    advance(service.settings.audit_head, early, lambda _: True)
    assert read_head(service.settings.audit_head) == late


@pytest.mark.parametrize("kept", [2, 0])
def test_what_was_cut_off_is_not_covered_up_by_what_comes_after(
    service: Service, kept: int
) -> None:
    tell(service, 5)
    with service.database.writing() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.sequence > kept))  # type: ignore[arg-type]
    tell(service, 6)
    found = verify(service, OPERATOR)
    assert (found.entries, found.passed) == (kept + 6, False)


def test_a_lost_head_is_told(service: Service) -> None:
    tell(service, 1)
    service.settings.audit_head.unlink()
    assert verify(service, OPERATOR).problems == ("the head outside the database is missing",)


def test_a_head_that_is_no_head_is_told_and_kept_as_it_is(service: Service) -> None:
    tell(service, 1)
    service.settings.audit_head.write_text("{}")
    tell(service, 1)
    found = verify(service, OPERATOR)
    assert found.problems == ("the head outside the database cannot be read",)
    assert service.settings.audit_head.read_text() == "{}"


def test_after_a_restore_the_chain_goes_on_from_what_was_restored(service: Service) -> None:
    tell(service, 3)
    with service.database.writing() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.sequence > 1))  # type: ignore[arg-type]
    assert not verify(service, OPERATOR).passed
    begin_anew(service, "backup of yesterday")
    tell(service, 1)
    assert (verify(service, OPERATOR).entries, verify(service, OPERATOR).problems) == (3, ())
    assert entries(service, OPERATOR)[1].before["sequence"] == 3
