"""Users, their passwords and tokens, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, SecretStr

from app.api.describe import also
from app.api.policy import TheService, needs
from app.api.tags import SECRET, TAGGED, IfMatch, answer_tag, tag
from app.api.values import Asked, InPath, Limit, Name, Page, Text, Time, Told
from app.service.identity import tokens, users
from app.service.identity.identity import Identity, Permission, Role
from app.service.identity.users import UserView

router = APIRouter(tags=["people"])
Myself = Annotated[Identity, needs(Permission.SELF)]
Manager = Annotated[Identity, needs(Permission.USERS)]
Owner = Annotated[Identity, needs(Permission.TOKENS)]
Password = Annotated[SecretStr, Field(min_length=12, max_length=1000)]
EVERYTHING = ["*"]


class Me(Told):
    """Who asks, and what they may do and see."""

    name: str
    roles: list[Role]
    permissions: list[Permission]
    brands: list[str]
    plants: list[str]


class User(Told):
    """Somebody, or a machine."""

    name: str
    email: str
    roles: list[Role]
    brands: list[str]
    plants: list[str]
    active: bool
    has_password: bool
    revision: int
    created_at: Time


class NewUser(Asked):
    """A user to add; without a password they come by OIDC or by token."""

    name: Name = Field(examples=["petra"])
    roles: list[Role] = Field(min_length=1, max_length=10, examples=[["planner"]])
    brands: list[Name] = Field(default=EVERYTHING, max_length=1000, examples=[["Alba"]])
    plants: list[Name] = Field(default=EVERYTHING, max_length=1000)
    email: Text = ""
    password: Password | None = None


class UserChange(Asked):
    """What is given is changed."""

    roles: list[Role] | None = Field(default=None, min_length=1, max_length=10)
    brands: list[Name] | None = Field(default=None, max_length=1000)
    plants: list[Name] | None = Field(default=None, max_length=1000)
    email: Text | None = None
    active: bool | None = None


class NewPassword(Asked):
    """A password to set."""

    password: Password


class OwnPassword(NewPassword):
    """One's own password, and the present one."""

    present: SecretStr = Field(max_length=1000)


class Token(Told):
    """A token without its secret."""

    id: str
    user: str
    name: str
    scopes: list[Permission]
    created_at: Time
    expires_at: Time
    revoked_at: Time | None


class NewToken(Asked):
    """A token to make."""

    name: Name = Field(examples=["ERP, nightly"])
    scopes: list[Permission] = Field(min_length=1, max_length=50, examples=[["data:write"]])
    days: int = Field(default=90, ge=1, le=366)
    user: Name | None = Field(default=None, description="oneself, unless one manages users")


class MadeToken(Told):
    """A token with its secret, which is told this once."""

    token: Token
    secret: str


@router.get("/me")
def me(identity: Myself) -> Me:
    """Who one is, and what one may do and see."""
    return Me(
        name=identity.name, roles=sorted(identity.roles), permissions=sorted(identity.permissions),
        brands=sorted(identity.brands), plants=sorted(identity.plants),
    )  # fmt: skip


@router.put("/me/password", status_code=204)
def change_own_password(service: TheService, identity: Myself, body: OwnPassword) -> None:
    """Change one's own password; all logins end."""
    users.change_password(
        service, identity, body.present.get_secret_value(), body.password.get_secret_value()
    )


@router.get("/users")
def list_users(
    service: TheService, identity: Manager, after: Annotated[Text, Query()] = "", limit: Limit = 100
) -> Page[User]:
    """Users, by name."""
    found = users.users(service, identity, after=after, limit=limit)
    following = found[-1].name if len(found) == limit else None
    return Page[User].model_validate({"items": found, "next": following})


@router.post("/users", status_code=201, response_model=User)
def add_user(service: TheService, identity: Manager, body: NewUser, response: Response) -> UserView:
    """Add a user."""
    password = None if body.password is None else body.password.get_secret_value()
    found = users.add_user(service, identity, **{**dict(body), "password": password})
    tag(response, found.revision)
    return found


@router.get("/users/{name}", response_model=User, responses=TAGGED)
def get_user(
    service: TheService, identity: Manager, name: InPath, request: Request, response: Response
) -> UserView:
    """A user."""
    found = users.user(service, identity, name)
    answer_tag(request, response, found.revision)
    return found


@router.patch("/users/{name}", response_model=User, responses=also(412, 428))
def change_user(
    service: TheService, identity: Manager, name: InPath, body: UserChange, if_match: IfMatch,
    response: Response,
) -> UserView:  # fmt: skip
    """Change roles, what they may see, or whether they may come at all."""
    found = users.change_user(service, identity, name, if_match=if_match, **dict(body))
    tag(response, found.revision)
    return found


@router.put("/users/{name}/password", status_code=204)
def set_password(service: TheService, identity: Manager, name: InPath, body: NewPassword) -> None:
    """Give somebody a new password; their logins end."""
    users.set_password(service, identity, name, body.password.get_secret_value())


@router.get("/tokens", responses=also(404))
def list_tokens(
    service: TheService, identity: Owner, user: Annotated[Name | None, Query()] = None
) -> Page[Token]:
    """One's own tokens or, for who manages users, another's."""
    found = tokens.tokens(service, identity, of_user=user)
    return Page[Token].model_validate({"items": found})


@router.post("/tokens", status_code=201, responses=also(404))
def create_token(
    service: TheService, identity: Owner, body: NewToken, response: Response
) -> MadeToken:
    """Make a token; the secret is told only now."""
    view, secret = tokens.create_token(
        service, identity, body.name, body.scopes, body.days, for_user=body.user
    )
    response.headers.update(SECRET)
    return MadeToken.model_validate({"token": view, "secret": secret})


@router.delete("/tokens/{token}", response_model=Token)
def revoke_token(service: TheService, identity: Owner, token: InPath) -> tokens.TokenView:
    """End a token."""
    return tokens.revoke_token(service, identity, token)
