"""Users, their passwords, logins and tokens: who is let in, as whom, and for how long."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from sqlmodel import update

from app.service.audit import entries, verify
from app.service.context import Service
from app.service.faults import (
    Changed,
    Conflict,
    Forbidden,
    NotFound,
    ServiceError,
    TooMany,
    Unauthenticated,
)
from app.service.identity import recent, secrets
from app.service.identity.identity import OPERATOR, Identity, Permission, Role
from app.service.identity.logins import (
    create_ticket,
    identity_of_login,
    log_in,
    log_out,
    redeem_ticket,
)
from app.service.identity.tokens import authenticate_token, create_token, revoke_token, tokens
from app.service.identity.users import add_user, change_password, change_user, set_password, users
from app.store.records import Login, Token, now
from supplychain.errors import InputError

PASSWORD = "correct horse battery"


class CountingHasher(PasswordHasher):
    """Counts what it verifies, and is quick: it takes no 64 MB for each."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    hasher = CountingHasher()
    monkeypatch.setattr(secrets, "_hasher", hasher)
    return hasher


@pytest.fixture
def ann(service: Service) -> Identity:
    """A planner of the brand Aster."""
    add_user(service, OPERATOR, "ann", roles=["planner"], brands=["Aster"], password=PASSWORD)
    return identity_of_login(service, log_in(service, "ann", PASSWORD))


def refused(kind: type[Exception], call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(kind) as caught:
        call(*arguments, **named)
    return str(caught.value)


# --- users -------------------------------------------------------------------------------------


def test_a_user_logs_in_as_what_was_added(any_service: Service) -> None:
    add_user(any_service, OPERATOR, "Ann", roles=["planner", "viewer"], password=PASSWORD,
             brands=["Birch", "Aster"], plants=["PLANT"])  # fmt: skip
    found = identity_of_login(any_service, log_in(any_service, " ANN ", PASSWORD))
    assert (found.name, found.roles) == ("ann", {Role.PLANNER, Role.VIEWER})
    assert (found.brands, found.plants) == ({"Aster", "Birch"}, {"PLANT"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "an n"},
        {"name": ""},
        {"name": "\N{CYRILLIC SMALL LETTER A}nn"},
        {"name": "a" * 81},
        {"roles": ["god"]},
        {"roles": []},
        {"password": "eleven char"},
        {"password": "x" * 1025},
    ],
)
def test_a_user_that_is_not_right_is_not_added(service: Service, wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"name": "ann", "roles": ["viewer"], "password": PASSWORD} | wrong
    told = refused(InputError, add_user, service, OPERATOR, given.pop("name"), **given)
    assert given["password"] not in told
    assert users(service, OPERATOR) == []


def test_a_name_is_given_once(any_service: Service) -> None:
    add_user(any_service, OPERATOR, "ann", roles=["viewer"])
    refused(Conflict, add_user, any_service, OPERATOR, "ANN", roles=["administrator"])
    assert [user.roles for user in users(any_service, OPERATOR)] == [("viewer",)]


def test_only_administrators_manage_users(service: Service, ann: Identity) -> None:
    refused(Forbidden, add_user, service, ann, "bob", roles=["viewer"])
    refused(Forbidden, change_user, service, ann, "ann", roles=["administrator"])
    refused(Forbidden, set_password, service, ann, "ann", PASSWORD + "!")
    refused(Forbidden, users, service, ann)
    refused(Forbidden, create_ticket, service, ann, "ann")


def test_of_two_changes_at_once_the_second_is_told(service: Service, ann: Identity) -> None:
    change_user(service, OPERATOR, "ann", if_match=1, brands=["Birch"])
    refused(Changed, change_user, service, OPERATOR, "ann", if_match=1, brands=["Cedar"])
    (user,) = users(service, OPERATOR)
    assert (user.brands, user.revision) == (("Birch",), 2)
    refused(NotFound, change_user, service, OPERATOR, "bob", active=False)


@pytest.mark.parametrize("change", [{"roles": ["viewer"]}, {"active": False}])
def test_the_last_who_manages_people_stays(service: Service, change: dict[str, Any]) -> None:
    for name in ("ada", "abe"):
        add_user(service, OPERATOR, name, roles=["administrator"], password=PASSWORD)
    ada = identity_of_login(service, log_in(service, "ada", PASSWORD))
    change_user(service, ada, "abe", **change)
    assert "manages people" in refused(Conflict, change_user, service, ada, "ada", **change)
    change_user(service, OPERATOR, "ada", **change)


def test_who_is_made_inactive_is_out_at_once_and_for_good(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["planner"], password=PASSWORD)
    cookie = log_in(service, "ann", PASSWORD)
    _, secret = create_token(service, identity_of_login(service, cookie), "t", ["run:read"])
    authenticate_token(service, secret)
    change_user(service, OPERATOR, "ann", active=False)
    refused(Unauthenticated, log_in, service, "ann", PASSWORD)
    change_user(service, OPERATOR, "ann", active=True)
    refused(Unauthenticated, authenticate_token, service, secret)
    refused(Unauthenticated, identity_of_login, service, cookie)


def test_a_change_of_roles_holds_at_once(service: Service, ann: Identity) -> None:
    _, secret = create_token(service, ann, "mine", ["run:read", "run:start"])
    assert authenticate_token(service, secret).may(Permission.RUN_START)
    change_user(service, OPERATOR, "ann", roles=["viewer"])
    assert not authenticate_token(service, secret).may(Permission.RUN_START)


# --- passwords and logins ----------------------------------------------------------------------


def test_a_new_password_ends_logins_and_the_old_password(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["viewer"], password=PASSWORD)
    cookie = log_in(service, "ann", PASSWORD)
    change_password(service, identity_of_login(service, cookie), PASSWORD, "another password")
    refused(Unauthenticated, identity_of_login, service, cookie)
    refused(Unauthenticated, log_in, service, "ann", PASSWORD)
    ann = identity_of_login(service, log_in(service, "ann", "another password"))
    refused(Unauthenticated, change_password, service, ann, PASSWORD, "yet another password")


def test_a_password_is_kept_as_argon2id_with_the_librarys_parameters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    assert secrets.hash_password(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_password_is_the_same_from_every_keyboard(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["viewer"], password="für Elise, WoO 59")
    log_in(service, "ann", "fu\u0308r Elise, WoO 59")


def test_a_login_ends_by_itself_and_when_asked_to(service: Service, ann: Identity) -> None:
    first, second = (log_in(service, "ann", PASSWORD) for _ in range(2))
    log_out(service, first)
    refused(Unauthenticated, identity_of_login, service, first)
    assert identity_of_login(service, second).name == "ann"
    with service.database.writing() as session:
        session.execute(update(Login).values(expires_at=now() - timedelta(seconds=1)))
    refused(Unauthenticated, identity_of_login, service, second)


def test_who_has_no_password_cannot_log_in(service: Service) -> None:
    add_user(service, OPERATOR, "erp", roles=["integrator"])
    for password in ("", "None", PASSWORD):
        refused(Unauthenticated, log_in, service, "erp", password)


def test_an_unknown_name_is_refused_in_the_same_words_after_the_same_work(
    service: Service, hasher: CountingHasher
) -> None:
    add_user(service, OPERATOR, "ann", roles=["viewer"], password=PASSWORD)
    add_user(service, OPERATOR, "erp", roles=["viewer"])
    told = {refused(Unauthenticated, log_in, service, name, "x") for name in ("ann", "erp", "bob")}
    assert len(told) == 1
    assert hasher.verified == 3


def test_who_comes_when_many_log_in_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_PATIENCE", 0.01)
    kept = secrets.hash_password(PASSWORD)
    for _ in range(4):
        secrets._at_once.acquire()
    try:
        refused(TooMany, secrets.matches, kept, PASSWORD)
    finally:
        for _ in range(4):
            secrets._at_once.release()
    assert secrets.matches(kept, PASSWORD)


def test_a_ticket_opens_one_login(service: Service, ann: Identity) -> None:
    ticket = create_ticket(service, OPERATOR, "ann")
    refused(Unauthenticated, identity_of_login, service, ticket)
    assert identity_of_login(service, redeem_ticket(service, ticket)).name == "ann"
    refused(Unauthenticated, redeem_ticket, service, ticket)


# --- tokens ------------------------------------------------------------------------------------


def test_a_token_does_what_its_scopes_and_its_user_both_may(service: Service) -> None:
    add_user(service, OPERATOR, "erp", roles=["integrator"], brands=["Aster"])
    view, secret = create_token(service, OPERATOR, "SAP", ["data:read", "data:write"],
                                for_user="erp")  # fmt: skip
    erp = authenticate_token(service, secret)
    assert secret.startswith("scp_")
    assert erp.permissions == {Permission.DATA_READ, Permission.DATA_WRITE}
    assert (erp.name, erp.brands) == ("erp", {"Aster"})
    assert tokens(service, OPERATOR, of_user="erp") == [view]


def test_nobody_makes_a_token_that_may_more_than_they(service: Service, ann: Identity) -> None:
    refused(Forbidden, create_token, service, ann, "t", ["action:approve"])
    refused(Forbidden, create_token, service, ann, "t", ["run:read"], for_user="local operator")
    _, secret = create_token(service, ann, "t", ["run:read", "token:own"])
    narrow = authenticate_token(service, secret)
    refused(Forbidden, create_token, service, narrow, "t", ["run:start"])


def test_a_token_that_is_made_with_a_token_ends_no_later(service: Service, ann: Identity) -> None:
    _, secret = create_token(service, ann, "a day", ["run:read", "token:own"], days=1)
    with_token = authenticate_token(service, secret)
    longer, _ = create_token(service, with_token, "a year", ["run:read"], days=366)
    assert longer.expires_at == with_token.ends


@pytest.mark.parametrize("wrong", [{"scopes": ["all"]}, {"scopes": []}, {"days": 0}, {"days": 367}])
def test_a_token_that_is_not_right_is_not_made(
    service: Service, ann: Identity, wrong: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"name": "t", "scopes": ["run:read"], "days": 1} | wrong
    refused(InputError, create_token, service, ann, **given)
    assert tokens(service, ann) == []


def test_a_token_ends_when_it_expires_or_is_revoked(service: Service, ann: Identity) -> None:
    view, secret = create_token(service, ann, "t", ["run:read"])
    authenticate_token(service, secret)
    revoke_token(service, ann, view.id)
    refused(Unauthenticated, authenticate_token, service, secret)
    _, secret = create_token(service, ann, "t", ["run:read"])
    with service.database.writing() as session:
        session.execute(update(Token).values(expires_at=now() - timedelta(seconds=1)))
    refused(Unauthenticated, authenticate_token, service, secret)


def test_nobody_sees_or_ends_the_tokens_of_others(service: Service, ann: Identity) -> None:
    add_user(service, OPERATOR, "bob", roles=["planner"], password=PASSWORD)
    bob = identity_of_login(service, log_in(service, "bob", PASSWORD))
    view, secret = create_token(service, bob, "t", ["run:read"])
    refused(NotFound, revoke_token, service, ann, view.id)
    refused(Forbidden, tokens, service, ann, of_user="bob")
    assert authenticate_token(service, secret).name == "bob"


@pytest.mark.parametrize("secret", ["", "scp_", "scp_" + "A" * 43, "\ud800", "x" * 100_000])
def test_no_secret_that_was_not_made_here_is_a_token(service: Service, secret: str) -> None:
    refused(Unauthenticated, authenticate_token, service, secret)


def test_another_process_sees_a_revoked_token_after_seconds(
    service: Service, ann: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = create_token(service, ann, "t", ["run:read"])
    authenticate_token(service, secret)
    with service.database.writing() as session:  # as another process would
        session.execute(update(Token).values(revoked_at=now()))
    later = time.monotonic() + recent.SECONDS
    monkeypatch.setattr(recent.time, "monotonic", lambda: later)
    refused(Unauthenticated, authenticate_token, service, secret)


# --- what is kept ------------------------------------------------------------------------------


def test_no_secret_is_in_the_database_and_every_act_is_in_the_audit(service: Service) -> None:
    add_user(service, OPERATOR, "ann", roles=["planner"], password=PASSWORD)
    cookie = log_in(service, "ann", PASSWORD)
    ann = identity_of_login(service, cookie)
    view, secret = create_token(service, ann, "t", ["run:read"])
    revoke_token(service, ann, view.id)
    set_password(service, OPERATOR, "ann", PASSWORD + "!")
    change_user(service, OPERATOR, "ann", email="ann@example.com")
    service.database.close()
    kept = b"".join(path.read_bytes() for path in service.settings.folder.iterdir())
    for told in (PASSWORD, cookie, secret):
        assert told.encode() not in kept
    acts = [(entry.actor, entry.action) for entry in reversed(entries(service, OPERATOR))]
    assert acts == [
        ("local operator", "user.added"),
        ("ann", "login.opened"),
        ("ann", "token.created"),
        ("ann", "token.revoked"),
        ("local operator", "user.password_set"),
        ("local operator", "user.changed"),
    ]
    newest = entries(service, OPERATOR)[0]
    assert (newest.version, newest.before["email"], newest.after["email"]) == (
        "2", "", "ann@example.com")  # fmt: skip
    assert verify(service, OPERATOR).passed


def test_refusals_tell_nothing_of_who_exists(service: Service, ann: Identity) -> None:
    told = {refused(ServiceError, tokens, service, ann, of_user=name) for name in ("bob", "eve")}
    add_user(service, OPERATOR, "bob", roles=["viewer"])
    told.add(refused(ServiceError, tokens, service, ann, of_user="bob"))
    assert len(told) == 1
