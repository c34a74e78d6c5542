"""Guessing passwords: who guesses waits, from wherever, and whose password it is hardly does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlmodel import select, update

from app.service.audit import entries
from app.service.context import Service
from app.service.faults import TooMany, Unauthenticated
from app.service.identity import throttle
from app.service.identity.identity import OPERATOR
from app.service.identity.logins import log_in
from app.service.identity.users import add_user, set_password
from app.store.records import LoginFailure, now

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed in no time; how well is a matter of other tests."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("app.service.identity.secrets._hasher", quick)


def refused(kind: type[Exception], call: Any, *arguments: Any) -> None:
    with pytest.raises(kind):
        call(*arguments)


def test_guesses_are_slowed_and_the_wait_doubles(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [now()]
    monkeypatch.setattr(throttle, "now", lambda: clock[0])
    waits = []
    for _ in range(throttle.FREE + 10):
        throttle.count_try(service, "ann")
        with service.database.reading() as session:
            until = max(session.exec(select(LoginFailure.until)))
        waits.append((until - clock[0]).total_seconds())
        if waits[-1]:
            refused(TooMany, throttle.count_try, service, "ann")
        clock[0] = until
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_who_guesses_elsewhere_does_not_keep_the_owner_out(any_service: Service) -> None:
    add_user(any_service, OPERATOR, "ann", roles=["viewer"], password=PASSWORD)
    for _ in range(throttle.FREE):
        refused(Unauthenticated, log_in, any_service, "ann", "wrong", "198.51.100.7")
    refused(TooMany, log_in, any_service, "ann", PASSWORD, "198.51.100.7")
    log_in(any_service, "ann", PASSWORD, "203.0.113.9")


@pytest.mark.parametrize(
    "addresses", [["198.51.100.7"], ["2001:db8::1", "2001:db8::2:1"], ["::ffff:198.51.100.7"]]
)
def test_an_address_that_guesses_at_many_names_waits(
    service: Service, addresses: list[str]
) -> None:
    for number in range(throttle.FREE_ADDRESS):
        throttle.count_try(service, f"user{number}", addresses[number % len(addresses)])
    refused(TooMany, throttle.count_try, service, "ann", addresses[-1])
    throttle.count_try(service, "ann", "203.0.113.9")


def test_a_right_password_does_not_let_an_address_guess_on(service: Service) -> None:
    add_user(service, OPERATOR, "eve", roles=["viewer"], password=PASSWORD)
    for number in range(throttle.FREE_ADDRESS - 1):
        throttle.count_try(service, f"user{number}", "198.51.100.7")
    log_in(service, "eve", PASSWORD, "198.51.100.7")  # the thirtieth, and it was right
    refused(TooMany, throttle.count_try, service, "ann", "198.51.100.7")


def test_guesses_at_one_name_from_many_addresses_hold_its_owner_up_for_seconds(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [now()]
    monkeypatch.setattr(throttle, "now", lambda: clock[0])
    for number in range(throttle.FREE_NAME + 10):
        throttle.count_try(service, "ann", f"198.51.100.{number}")
        clock[0] += timedelta(seconds=throttle.LONGEST_NAME)
    throttle.count_try(service, "ann", "198.51.100.200")
    with pytest.raises(TooMany) as told:
        throttle.count_try(service, "ann", "203.0.113.9")
    assert told.value.retry_after == throttle.LONGEST_NAME


def test_an_office_is_not_held_up_for_the_slips_of_many_days(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [now()]
    monkeypatch.setattr(throttle, "now", lambda: clock[0])
    for number in range(3 * throttle.FREE_ADDRESS):
        throttle.count_try(service, f"user{number}", "198.51.100.7")
        clock[0] += throttle.FORGIVEN


def test_many_guesses_at_once_are_no_way_around_the_wait(any_service: Service) -> None:
    def guess(_: int) -> bool:
        with suppress(TooMany):
            throttle.count_try(any_service, "ann")
            return True
        return False

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(guess, range(40))) <= throttle.FREE


def test_a_right_password_ends_the_counting(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["viewer"], password=PASSWORD)
    for _ in range(3):
        for _ in range(throttle.FREE - 1):
            refused(Unauthenticated, log_in, service, "ann", "wrong")
        log_in(service, "ann", PASSWORD)
    newest = entries(service, OPERATOR)[0]
    assert newest.after == {"way": "password", "failed before": throttle.FREE - 1}


def test_a_clock_set_back_by_a_day_keeps_nobody_out(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["viewer"], password=PASSWORD)
    refused(Unauthenticated, log_in, service, "ann", "wrong")
    with service.database.writing() as session:
        session.execute(update(LoginFailure).values(until=now() + timedelta(days=1)))
    log_in(service, "ann", PASSWORD)


def test_a_new_password_ends_the_wait(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["viewer"], password=PASSWORD)
    for _ in range(throttle.FREE):
        refused(Unauthenticated, log_in, service, "ann", "wrong")
    refused(TooMany, log_in, service, "ann", PASSWORD)
    set_password(service, OPERATOR, "ann", PASSWORD + "!")
    log_in(service, "ann", PASSWORD + "!")
