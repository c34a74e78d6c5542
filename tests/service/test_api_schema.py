"""The whole description of the API, tried with generated requests: no 5xx, no schema violation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.python import asgi

from app.api.application import make_app
from app.service.context import Service
from app.service.settings import ServiceSettings
from app.store.engine import Database
from tests.service.api_support import app_of, service_in

CASES = 200
_HEADERS = {"Authorization": "Bearer everybody"}
_UNSTORED = make_app(Service(ServiceSettings(), Database("sqlite://")))
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, operations in _UNSTORED.openapi()["paths"].items()
    for method in operations
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Any:
    service = service_in(tmp_path_factory.mktemp("schema"), migrated, requests_a_minute=10**9)
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app_of(service))


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_described(described: Any, label: str) -> None:
    _try(described, label, CASES)


def _try(described: Any, label: str, cases: int) -> None:
    operation = described.find_operation_by_label(label)

    @settings(
        max_examples=cases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
        derandomize=True,
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        with asgi.get_client(described.app) as client:
            case.call_and_validate(headers=_HEADERS, session=client)

    answers()
