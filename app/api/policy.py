"""What a route needs: one dependency says it, to the code and to the description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.requests import Request

from app.service.context import Service
from app.service.faults import Unauthenticated
from app.service.identity.identity import Identity, Permission

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
    for route in iter_route_contexts(app.routes):
        if route.path and route.methods:
            for method in sorted(route.methods - {"HEAD"}):
                yield method, route.path_format or route.path, _permission(route)


def _permission(route: RouteContext) -> Permission | None:
    found = (part.call.permission for part in _all(getattr(route, "dependant", None))
             if isinstance(part.call, _Needs))  # fmt: skip
    return next(found, None)


def _all(dependant: Dependant | None) -> Iterator[Dependant]:
    for part in dependant.dependencies if dependant else ():
        yield part
        yield from _all(part)
