"""What a route needs: one dependency says it, to the code and to the description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.requests import Request

from app.service.context import Service
from app.service.faults import Unauthenticated
from app.service.identity.identity import Identity, Permission

Part = TypeVar("Part")
ANSWERED = "answered"  # in a request's state: it is asked again only whether it may be told


class Answered(Exception):
    """Who asks may, and the answer is there already: nothing is to be done."""


class _Needs:
    """Lets those pass who have the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Identity:
        """The identity of who asks; Unauthenticated, Forbidden."""
        identity = request.scope["state"].get("identity")
        if not isinstance(identity, Identity):
            raise Unauthenticated("nobody known asks")
        identity.require(self.permission)
        if request.scope["state"].get(ANSWERED):
            raise Answered
        return identity


def needs(permission: Permission) -> Any:
    """The dependency of a route for those who have ``permission``."""
    return Depends(_Needs(permission))


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(_service)]


def policies(app: FastAPI) -> Iterator[tuple[str, str, Permission | None]]:
    """Method, path and permission of every route of the application; None: it has no policy."""
    for method, path, found in declared(app, _Needs):
        yield method, path, None if found is None else found.permission


def declared(app: FastAPI, kind: type[Part]) -> Iterator[tuple[str, str, Part | None]]:
    """Method, path and the dependency of this ``kind`` of every route of the application."""
    for route in iter_route_contexts(app.routes):
        if route.path and route.methods:
            calls = (part.call for part in _all(getattr(route, "dependant", None)))
            found = next((call for call in calls if isinstance(call, kind)), None)
            for method in sorted(route.methods - {"HEAD"}):
                yield method, route.path_format or route.path, found


def _all(dependant: Dependant | None) -> Iterator[Dependant]:
    for part in dependant.dependencies if dependant else ():
        yield part
        yield from _all(part)
