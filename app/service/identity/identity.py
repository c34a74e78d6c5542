"""Roles, permissions and the identity that every use case of the service is called with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.service.faults import Forbidden
from app.store.records import EVERYTHING


class Role(StrEnum):
    """What somebody is here."""

    VIEWER = "viewer"
    PLANNER = "planner"
    APPROVER = "approver"
    INTEGRATOR = "integrator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What can be done; every route, page and use case needs one of them."""

    DATA_READ = "data:read"
    DATA_WRITE = "data:write"
    SCENARIO_READ = "scenario:read"
    SCENARIO_WRITE = "scenario:write"
    RUN_READ = "run:read"
    RUN_START = "run:start"
    DECIDE = "action:decide"
    APPROVE = "action:approve"
    RELEASE_READ = "release:read"
    RELEASE_ACKNOWLEDGE = "release:acknowledge"
    OVERRIDE = "forecast:override"
    WEBHOOKS = "webhook:manage"
    USERS = "user:manage"
    TOKENS = "token:own"
    AUDIT = "audit:read"
    SETTINGS = "settings:read"
    SELF = "self:read"


_READ = frozenset({Permission.DATA_READ, Permission.SCENARIO_READ, Permission.RUN_READ,
                   Permission.SELF})  # fmt: skip
_PLAN = _READ | {Permission.DATA_WRITE, Permission.SCENARIO_WRITE, Permission.RUN_START,
                 Permission.DECIDE, Permission.OVERRIDE, Permission.RELEASE_READ,
                 Permission.TOKENS}  # fmt: skip
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _READ,
    Role.PLANNER: _PLAN,
    Role.APPROVER: _READ | {Permission.DECIDE, Permission.APPROVE, Permission.RELEASE_READ,
                            Permission.TOKENS},
    Role.INTEGRATOR: _READ | {Permission.DATA_WRITE, Permission.SCENARIO_WRITE,
                              Permission.RUN_START, Permission.RELEASE_READ,
                              Permission.RELEASE_ACKNOWLEDGE},
    Role.ADMINISTRATOR: frozenset({Permission.USERS, Permission.WEBHOOKS, Permission.SETTINGS,
                                   Permission.TOKENS, Permission.SELF}),
    Role.AUDITOR: _READ | {Permission.AUDIT, Permission.SETTINGS, Permission.RELEASE_READ},
}  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """Who asks: roles, what they may see, and the scopes of the token that they came with.

    ``scopes`` None: all that the roles grant (a person who logged in). ``ends`` is when the token
    expires.
    """

    user_id: str
    name: str
    roles: frozenset[Role]
    brands: frozenset[str] = frozenset({EVERYTHING})
    plants: frozenset[str] = frozenset({EVERYTHING})
    scopes: frozenset[Permission] | None = None
    request_id: str = ""
    ends: datetime | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do."""
        granted = frozenset().union(*(GRANTS[role] for role in self.roles))
        return granted if self.scopes is None else granted & self.scopes

    @property
    def sees_everything(self) -> bool:
        """Whether no brand and no plant is hidden from them."""
        return EVERYTHING in self.brands and EVERYTHING in self.plants

    def within(self, other: Identity) -> bool:
        """Whether ``other`` sees every brand and plant that this one sees."""
        scopes = ((self.brands, other.brands), (self.plants, other.plants))
        return all(EVERYTHING in theirs or own <= theirs for own, theirs in scopes)

    def may(self, permission: Permission) -> bool:
        """Whether they may."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Forbidden unless they may."""
        if not self.may(permission):
            raise Forbidden(f"this needs the permission {permission}",
                            "ask an administrator for a role that grants it")  # fmt: skip


OPERATOR = Identity("", "local operator", frozenset(Role))
"""Whoever runs the command line beside the database; no user's name has a space."""
