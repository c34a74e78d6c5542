"""The API as one application, put together from its parts."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.api import health, login
from app.api.authentication import Authenticate, Authentication
from app.api.describe import describe
from app.api.idempotency import Idempotency
from app.api.limits import BodyLimit
from app.api.manners import Manners
from app.api.policy import policies
from app.api.problems import FORESEEN, handle
from app.api.routes import ROUTERS
from app.service.context import Service
from app.service.identity.logins import identity_of_login
from app.service.identity.tokens import authenticate_token

PREFIX = "/api/v1"
PUBLIC = ("/health/live", "/health/ready", f"{PREFIX}/openapi.json", "/login", "/logout")
_ABOUT = """Data, scenarios, runs, decisions and releases of the supply-chain planner.

Long work is started with POST and answered 202 with a job; poll the job or follow its events.
What can change has an ETag: send it as If-Match with a change. Errors are problem details
(RFC 9457). A POST with an Idempotency-Key can be sent again without harm.
"""


def make_app(
    service: Service,
    *,
    by_token: Authenticate = authenticate_token,
    by_login: Authenticate = identity_of_login,
) -> FastAPI:
    """The application over ``service``; no route without a policy, but for what is public."""
    app = FastAPI(
        title="Supply-chain planner", version=version("supplychain-planner"), description=_ABOUT,
        openapi_url=f"{PREFIX}/openapi.json", docs_url=None, redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )  # fmt: skip
    app.state.service = service
    for error in FORESEEN:
        app.add_exception_handler(error, handle)
    app.include_router(health.router)
    app.include_router(login.router)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    _require_policies(app)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    # the last one added is the outermost
    app.add_middleware(Idempotency, service=service)
    app.add_middleware(
        Authentication, service=service, by_token=by_token, by_login=by_login, public=is_public
    )
    app.add_middleware(BodyLimit, most=service.settings.body_limit)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Manners, tls=service.settings.tls_certificate is not None)
    health.measure(app)
    return app


def is_public(path: str) -> bool:
    """Whether everybody may ask for it."""
    return path in PUBLIC or path.startswith("/login/")


def _require_policies(app: FastAPI) -> None:
    """Deny by default: an application with a route that says not who may use it does not start."""
    open_routes = [f"{method} {path}" for method, path, permission in policies(app)
                   if permission is None and not is_public(path)]  # fmt: skip
    if open_routes:
        raise AssertionError(f"routes without a policy: {', '.join(open_routes)}")
