"""Whether the process lives, whether it can work, and its figures for Prometheus."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from app.api.policy import TheService, needs
from app.service.availability import check
from app.service.identity.identity import Identity, Permission

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """How it is."""

    status: Literal["ok"]


@router.get("/health/live")
async def live() -> Health:
    """Whether the process answers at all; nothing else is looked at."""
    return Health(status="ok")


@router.get("/health/ready")
def ready(service: TheService) -> Health:
    """Whether requests can be served now: the database answers; else 503."""
    check(service)
    return Health(status="ok")


def measure(app: FastAPI) -> None:
    """Count and time the application's requests, and tell them under /metrics."""
    registry = CollectorRegistry()
    Instrumentator(registry=registry, excluded_handlers=["/metrics", "/health/"]).instrument(app)

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse)
    def metrics(identity: Annotated[Identity, needs(Permission.SETTINGS)]) -> Response:
        """Counts and times of requests, in the format of Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
