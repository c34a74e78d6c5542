"""Logins by an identity provider: OpenID Connect, authorization code flow with PKCE.

:func:`begin` sends the browser to the provider, :func:`finish` takes it back. Between the two the
browser keeps the attempt in a cookie that only this host reads: who brings another's code or
answer has no such cookie.

Sources: OpenID Connect Core 1.0, section 3.1 (code flow; 3.1.3.7: what to check of an ID token);
RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import logging
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

import httpx
import jwt
from sqlmodel import Session, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.faults import Forbidden, NotFound, Unauthenticated, Unavailable
from app.service.identity import recent
from app.service.identity.identity import Identity, Role
from app.service.identity.logins import open_login
from app.service.identity.secrets import digest, new_secret
from app.service.identity.users import (
    clean_name,
    clean_roles,
    clean_scope,
    end_access,
    keep_change,
    subject_of,
    told,
    unique,
)
from app.store.records import User
from supplychain.errors import InputError

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_CLAIMS = ["iss", "sub", "aud", "exp", "iat", "nonce"]
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LEEWAY = 60  # seconds that two clocks may differ
_SECONDS = 10.0  # to wait for the provider
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROVIDER = Identity("", "identity provider", frozenset())
_log = logging.getLogger(__name__)
Json = dict[str, Any]


def begin(service: Service, redirect_uri: str) -> tuple[str, str]:
    """The provider's address to send the browser to, and the attempt that it shall keep."""
    provider = _discover(service)
    state, nonce, verifier = new_secret(), new_secret(), new_secret()
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": service.settings.oidc_client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid profile email",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address: str = provider["authorization_endpoint"]
    joined = "&" if urlsplit(address).query else "?"
    return f"{address}{joined}{urlencode(query)}", ".".join((state, nonce, verifier))


def finish(service: Service, redirect_uri: str, answer: Mapping[str, str], attempt: str) -> str:
    """The cookie of the login of who comes back with the provider's ``answer``.

    Unauthenticated where it is not the answer to this browser's ``attempt`` or proves nothing;
    Forbidden where the provider names no role of theirs: what they had left here ends, too.
    """
    state, nonce, verifier = _unpacked(attempt)
    if not secrets.compare_digest(answer.get("state", "").encode(), state.encode()):
        _refuse("the state is another one")
    if answer.get("iss", service.settings.oidc_issuer) != service.settings.oidc_issuer:
        _refuse("the answer is of another issuer")
    if not answer.get("code"):
        _refuse(f"no code but {answer.get('error', 'nothing')!r}")
    provider = _discover(service)
    token = _exchange(service, provider, answer["code"], verifier, redirect_uri)
    claims = _proven(service, provider, token, nonce)
    if not _roles(service, claims):
        _shut_out(service, claims)
        raise Forbidden("the identity provider names no role of yours here",
                        "ask an administrator for one")  # fmt: skip
    with unique("another account has your name here"), audited(service) as session:
        return open_login(service, session, _user(service, session, claims), "identity provider")


def _unpacked(attempt: str) -> tuple[str, str, str]:
    parts = attempt.split(".")
    if len(parts) != 3 or not all(parts):
        _refuse("the browser kept no attempt")
    return parts[0], parts[1], parts[2]


def _refuse(reason: str) -> NoReturn:
    _log.warning("login by the identity provider refused: %s", reason)
    raise Unauthenticated("the identity provider's answer is not valid", "log in again")


# --- talking to the provider -------------------------------------------------------------------


def _discover(service: Service) -> Json:
    """The provider's description of itself; asked for each time, so that its changes hold."""
    issuer = service.settings.oidc_issuer
    if not issuer:
        raise NotFound("no identity provider is set", "log in with a name and a password")
    provider = _asked("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
    if provider.get("issuer") != issuer:
        raise Unavailable(f"the identity provider calls itself {provider.get('issuer')!r}",
                          "set oidc_issuer to exactly that")  # fmt: skip
    if not all(isinstance(provider.get(name), str) for name in _ENDPOINTS):
        raise Unavailable(f"the identity provider does not name its {', '.join(_ENDPOINTS)}")
    return provider


def _exchange(service: Service, provider: Json, code: str, verifier: str, redirect_uri: str) -> str:
    """The ID token for the code; the client's secret goes as HTTP basic (RFC 6749, 2.3.1)."""
    settings = service.settings
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.oidc_client_id,
        "code_verifier": verifier,
    }
    auth = None
    if settings.oidc_client_secret is not None:
        secret = settings.oidc_client_secret.get_secret_value()
        auth = httpx.BasicAuth(quote(settings.oidc_client_id, ""), quote(secret, ""))
    answer = _asked("POST", provider["token_endpoint"], data=form, auth=auth)
    return str(answer.get("id_token", ""))


def _asked(method: str, address: str, **request: Any) -> Json:
    """The JSON object at the address; Unavailable where there is none."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise Unavailable(f"{address} is not encrypted", "use an identity provider with https")
    try:
        answer = _client().request(method, address, **request)
        if method == "POST" and answer.status_code in (400, 401):
            _refuse(f"{address} answers {answer.status_code}")
        found = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        _log.warning("the identity provider at %s fails: %r", address, error)
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the identity provider does not answer", "try again later")
    return found


@cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=_SECONDS)


def _proven(service: Service, provider: Json, token: str, nonce: str) -> Json:
    """The claims of the ID token, once all that the standard asks for is checked."""
    settings = service.settings
    try:
        claims: Json = jwt.decode(
            token,
            _key(provider, token),
            algorithms=_ALGORITHMS,
            audience=settings.oidc_client_id,
            issuer=settings.oidc_issuer,
            leeway=_LEEWAY,
            options={"require": _CLAIMS},
        )
    except (jwt.PyJWTError, KeyError) as error:
        _refuse(repr(error))
    if not secrets.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        _refuse("the nonce is another one")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else settings.oidc_client_id) != settings.oidc_client_id:
        _refuse("the token was made for another client")
    return claims


def _key(provider: Json, token: str) -> jwt.PyJWK:
    keys = jwt.PyJWKSet.from_dict(_asked("GET", provider["jwks_uri"]))
    wanted = jwt.get_unverified_header(token).get("kid")
    return keys.keys[0] if wanted is None and len(keys.keys) == 1 else keys[str(wanted)]


# --- who it is ---------------------------------------------------------------------------------


def _user(service: Service, session: Session, claims: Json) -> User:
    """The user of the claims, added where new, with the roles that they have now."""
    granted = _granted(service, claims)
    subject = subject_of(service, claims["sub"])
    user = session.exec(select(User).where(User.subject == subject)).one_or_none()
    if user is None:
        return _added(session, claims, subject, granted)
    if not user.active:
        raise Forbidden(f"user {user.name} is not active", "ask an administrator")
    before = told(user)
    user.sqlmodel_update(granted)
    if told(user) != before:
        keep_change(session, _PROVIDER, user, "user.changed", before)
    return user


def _shut_out(service: Service, claims: Json) -> None:
    """End the logins and tokens of who has lost every role at the provider."""
    with audited(service) as session:
        subject = subject_of(service, claims["sub"])
        user = session.exec(select(User).where(User.subject == subject)).one_or_none()
        if user is not None:
            end_access(session, user)
            record(session, _PROVIDER, "user.access_ended", f"user {user.name}")
    recent.forget()


def _roles(service: Service, claims: Json) -> set[str]:
    return set(_claimed(claims, service.settings.oidc_role_claim)) & set(Role)


def _granted(service: Service, claims: Json) -> dict[str, list[str]]:
    """Roles, and where the settings name claims for them brands and plants."""
    settings = service.settings
    granted = {"roles": clean_roles(_roles(service, claims))}
    for column, claim in (("brands", settings.oidc_brand_claim),
                          ("plants", settings.oidc_plant_claim)):  # fmt: skip
        if claim:
            granted[column] = clean_scope(_claimed(claims, claim))
    return granted


def _claimed(claims: Json, path: str) -> list[str]:
    """The texts of a claim; a claim within another one is written with a dot."""
    found: Any = claims
    for name in [path] if path in claims else path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    texts = found if isinstance(found, list) else [found]
    return [text for text in texts if isinstance(text, str)]


def _added(session: Session, claims: Json, subject: str, granted: dict[str, list[str]]) -> User:
    """A new user, who sees no brand and no plant until they are granted."""
    user = User(name=_name(claims, subject), email=_email(claims), subject=subject,
                brands=[], plants=[]).sqlmodel_update(granted)  # fmt: skip
    session.add(user)
    record(session, _PROVIDER, "user.added", f"user {user.name}", after=told(user))
    return user


def _name(claims: Json, subject: str) -> str:
    try:
        return clean_name(str(claims.get("preferred_username") or _email(claims)))
    except InputError:
        return f"user-{digest('subject', subject)[:12]}"


def _email(claims: Json) -> str:
    return str(claims.get("email", "")) if claims.get("email_verified") is True else ""
