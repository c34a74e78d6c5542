"""Logins by an identity provider, against a real one on this host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from app.service.audit import entries
from app.service.context import Service
from app.service.faults import Conflict, Forbidden, NotFound, Unauthenticated, Unavailable
from app.service.identity.identity import OPERATOR, Identity, Role
from app.service.identity.logins import identity_of_login
from app.service.identity.oidc import begin, finish
from app.service.identity.tokens import authenticate_token, create_token
from app.service.identity.users import add_user, change_user, users
from tests.service.oidc_provider import CLIENT, SECRET, Provider, running_provider

BACK = "https://planner.example/login/callback"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """The provider, which knows Ann, a planner, as subject 42, and tells the truth."""
    running.person = {"sub": "42", "preferred_username": "Ann", "roles": ["planner"]}
    running.lies, running.document = {}, {}
    running.signing, running.algorithm = running.key, "RS256"
    return running


@pytest.fixture
def joined(service: Service, provider: Provider) -> Service:
    """A service that lets in whom the provider knows."""
    return with_settings(
        service,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
    )


def with_settings(service: Service, **changes: Any) -> Service:
    return replace(service, settings=service.settings.model_copy(update=changes))


def answered(service: Service) -> tuple[dict[str, str], str]:
    """What the provider answers by way of the browser, and the browser's attempt."""
    address, attempt = begin(service, BACK)
    back = httpx.get(address, verify=False).headers["location"]
    assert back.startswith(BACK)
    return dict(parse_qsl(urlsplit(back).query)), attempt


def logged_in(service: Service) -> Identity:
    answer, attempt = answered(service)
    return identity_of_login(service, finish(service, BACK, answer, attempt))


def test_a_person_of_the_provider_is_let_in_with_its_roles_and_sees_no_brand_yet(
    joined: Service,
) -> None:
    found = logged_in(joined)
    assert (found.name, found.roles) == ("ann", {Role.PLANNER})
    assert (found.brands, found.plants) == (set(), set())
    acts = [(entry.actor, entry.action) for entry in reversed(entries(joined, OPERATOR))]
    assert acts == [("identity provider", "user.added"), ("ann", "login.opened")]


def test_roles_follow_the_provider_and_what_is_granted_here_stays(
    joined: Service, provider: Provider
) -> None:
    logged_in(joined)
    change_user(joined, OPERATOR, "ann", brands=["Aster"])
    provider.person["roles"] = ["viewer", "auditor", "of another application"]
    found = logged_in(joined)
    assert (found.roles, found.brands) == ({Role.VIEWER, Role.AUDITOR}, {"Aster"})
    assert len(users(joined, OPERATOR)) == 1


def test_brands_and_plants_come_from_the_claims_that_are_set(
    joined: Service, provider: Provider
) -> None:
    provider.person |= {"app": {"brands": ["Birch", "Aster"]}, "plants": "PLANT"}
    claims = {"oidc_brand_claim": "app.brands", "oidc_plant_claim": "plants"}
    found = logged_in(with_settings(joined, **claims))
    assert (found.brands, found.plants) == ({"Aster", "Birch"}, {"PLANT"})


@pytest.mark.parametrize("roles", [None, [], ["king"], "king", {"planner": True}, 7])
def test_who_has_no_role_at_the_provider_is_denied(
    joined: Service, provider: Provider, roles: Any
) -> None:
    provider.person["roles"] = roles
    with pytest.raises(Forbidden):
        logged_in(joined)
    assert users(joined, OPERATOR) == []


def test_who_loses_every_role_loses_tokens_and_logins(joined: Service, provider: Provider) -> None:
    ann = logged_in(joined)
    _, secret = create_token(joined, ann, "t", ["run:read"])
    assert authenticate_token(joined, secret).name == "ann"
    provider.person["roles"] = []
    with pytest.raises(Forbidden):
        logged_in(joined)
    with pytest.raises(Unauthenticated):
        authenticate_token(joined, secret)


def test_who_is_inactive_here_stays_out(joined: Service) -> None:
    logged_in(joined)
    change_user(joined, OPERATOR, "ann", active=False)
    with pytest.raises(Forbidden):
        logged_in(joined)


def test_nobody_takes_over_a_local_account_by_its_name(joined: Service) -> None:
    add_user(joined, OPERATOR, "ann", roles=["administrator"], password="correct horse battery")
    with pytest.raises(Conflict):
        logged_in(joined)


def test_a_user_is_linked_by_subject_to_one_provider(joined: Service, provider: Provider) -> None:
    add_user(joined, OPERATOR, "annie", roles=["planner"], brands=["Aster"], subject="42")
    assert logged_in(joined).name == "annie"
    add_user(with_settings(joined, oidc_issuer="https://another.example"), OPERATOR, "bob",
             roles=["administrator"], subject="43")  # fmt: skip
    provider.person |= {"sub": "43", "preferred_username": "carl"}
    assert logged_in(joined).name == "carl"


LIES: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "another application"},
    "another issuer": {"iss": "https://another.example"},
    "expired": {"exp": time.time() - 3600},
    "from the future": {"iat": time.time() + 3600},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "no end": {"exp": None},
    "made for another client": {"azp": "another application"},
    "several audiences, none named": {"aud": [CLIENT, "another application"]},
}


@pytest.mark.parametrize("lies", LIES.values(), ids=LIES.keys())
def test_a_token_that_is_not_for_this_login_is_refused(
    joined: Service, provider: Provider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    refused(joined)


def test_a_token_of_another_key_or_of_no_key_is_refused(
    joined: Service, provider: Provider
) -> None:
    provider.signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(joined)
    provider.signing, provider.algorithm = None, "none"
    refused(joined)
    provider.signing, provider.algorithm = SECRET * 2, "HS256"
    refused(joined)


def refused(service: Service) -> None:
    with pytest.raises(Unauthenticated) as caught:
        logged_in(service)
    assert caught.value.message == "the identity provider's answer is not valid"
    assert users(service, OPERATOR) == []


def test_only_the_browser_that_left_comes_back(joined: Service) -> None:
    """Another's code, or another's answer, in one's own browser: login CSRF, code injection."""
    mine, my_attempt = answered(joined)
    theirs, their_attempt = answered(joined)
    injected = {**mine, "code": theirs["code"]}
    for answer, attempt in (
        (theirs, my_attempt),
        (injected, my_attempt),
        (mine, ""),
        (mine, "a.b"),
        ({}, ".."),
        ({**mine, "state": ""}, my_attempt),
        ({**theirs, "iss": "https://another.example"}, their_attempt),
    ):
        with pytest.raises(Unauthenticated):
            finish(joined, BACK, answer, attempt)
    with pytest.raises(Unauthenticated):
        finish(joined, "https://other.example/callback", *answered(joined))
    assert users(joined, OPERATOR) == []


def test_a_code_is_used_once(joined: Service) -> None:
    answer, attempt = answered(joined)
    finish(joined, BACK, answer, attempt)
    with pytest.raises(Unauthenticated):
        finish(joined, BACK, answer, attempt)


def test_who_declines_at_the_provider_is_told(joined: Service) -> None:
    answer, attempt = answered(joined)
    with pytest.raises(Unauthenticated):
        finish(joined, BACK, {"state": answer["state"], "error": "access_denied"}, attempt)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": None},
        {"token_endpoint": "http://another.example/token"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
    ],
)
def test_a_provider_that_is_not_as_it_should_be_is_said_to_be_unavailable(
    joined: Service, provider: Provider, document: dict[str, Any]
) -> None:
    provider.document = document
    with pytest.raises(Unavailable):
        logged_in(joined)


def test_without_a_provider_nobody_is_sent_anywhere(service: Service) -> None:
    with pytest.raises(NotFound):
        begin(service, BACK)
