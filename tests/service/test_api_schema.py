"""The whole description of the API, tried with generated requests: no 5xx, no schema violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from app.service.context import Service
from tests.service.api_support import app_of, service_in

CASES = 200


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Any:
    service = service_in(tmp_path_factory.mktemp("schema"), migrated, requests_a_minute=10**9)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app_of(service))
    return schema


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), database=None,
          phases=[Phase.generate, Phase.explicit])
def test_answers_are_as_described(case: Any) -> None:
    case.call_and_validate(headers={"Authorization": "Bearer everybody"})
