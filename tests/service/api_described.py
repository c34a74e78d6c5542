"""The description of the API and a store that has something of every kind, to try it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.python import asgi
from schemathesis.specs.openapi import checks

from app.api.application import make_app
from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from app.service.decisions import actions, decide, releases
from app.service.identity.tokens import create_token
from app.service.identity.users import add_user
from app.service.results import plans
from app.service.scenarios import create_scenario
from app.service.settings import ServiceSettings
from app.service.webhooks.manage import add_webhook
from app.store.engine import Database
from tests.service.api_support import PEOPLE, app_of, service_in
from tests.service.shops import FAB_OUT, stored, what_if
from tests.service.tiny import tiny_frames

_CALLER = PEOPLE["everybody"]
_HEADERS = {"Authorization": f"Bearer {_CALLER.name}"}
# what is well-formed may still be refused for what it says: a name that is taken, a wrong unit
_EXCLUDED = [checks.positive_data_acceptance]


def labels(*methods: str) -> list[str]:
    """Every operation of these methods, those that take away what others ask for last."""
    paths = make_app(Service(ServiceSettings(), Database("sqlite://"))).openapi()["paths"]
    found = [f"{method.upper()} {path}" for path, item in paths.items() for method in item
             if method.upper() in methods]  # fmt: skip
    return sorted(found, key=lambda label: (label.startswith("DELETE"), -len(label)))


@dataclass(frozen=True)
class Described:
    """The description as read from the application, and what is there to ask for."""

    schema: Any
    there: dict[str, list[str]]


@contextmanager
def described_api(folder: Path, migrated: Path) -> Iterator[Described]:
    """The API over a store in ``folder``, where passwords are quick and streams end at once."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("app.service.identity.secrets._hasher", quick)
        patch.setattr("app.api.routes.jobs.SECONDS", 0.0)
        service = service_in(folder, migrated, requests_a_minute=10**9)
        there = _filled(service)
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app_of(service))
        schema.config.generation.with_security_parameters = False  # all requests bear a token
        yield Described(schema, there)
        service.database.close()


def _filled(service: Service) -> dict[str, list[str]]:
    """Something of every kind, by the names of the parameters that stand for it."""
    add_user(service, _CALLER, _CALLER.name, roles=["viewer"])
    token, _ = create_token(service, _CALLER, "ERP", ["data:read"])
    create_dataset(service, _CALLER, "tiny")
    write(service, _CALLER, "tiny", tiny_frames())
    stored(service)
    create_scenario(service, _CALLER, "shop", FAB_OUT)
    job = what_if(service, _CALLER)
    made = [plan.id for plan in plans(service, _CALLER, job.id)]
    advised = [action.id for plan in made for action in actions(service, _CALLER, plan)]
    decide(service, _CALLER, advised[0], "approve")
    hook, _ = add_webhook(service, _CALLER, "https://erp.example/", ["release.created"])
    released = [release.id for release in releases(service, _CALLER)]
    return {"dataset": ["tiny", "shop"], "table": ["stock", "service"], "row_key": ["CHIP|PLANT"],
            "scenario": ["fab out"], "job": [job.id], "run": [job.id], "plan": made,
            "action": advised, "release": released, "path": ["fab-out/report.html"],
            "webhook": [hook.id], "name": [_CALLER.name], "token": [token.id]}  # fmt: skip


def try_operation(described: Described, label: str, cases: int) -> None:
    """Half of the requests ask for what is there, where they ask for something by name."""
    operation = described.schema.find_operation_by_label(label)
    wanted = {name: st.sampled_from(described.there[name])
              for name in described.there if f"{{{name}}}" in label}  # fmt: skip
    strategy = operation.as_strategy()
    if wanted:
        there = st.fixed_dictionaries(wanted).flatmap(
            lambda names: operation.as_strategy(path_parameters=names)
        )
        strategy = st.one_of(strategy, there)

    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck),
              database=None, phases=[Phase.generate])  # fmt: skip
    @given(case=strategy)
    def answers(case: Any) -> None:
        with asgi.get_client(described.schema.app) as client:
            case.call_and_validate(headers=_HEADERS, session=client, excluded_checks=_EXCLUDED)

    answers()


def try_sequences(described: Described, sequences: int) -> None:
    """Requests that follow from the answers before them, as the description links them."""
    machine: Any = described.schema.as_state_machine()

    class Sequences(machine):
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": _HEADERS}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            case.validate_response(response, excluded_checks=_EXCLUDED)

    run_state_machine_as_test(
        Sequences,
        settings=settings(max_examples=sequences, stateful_step_count=6, deadline=None,
                          suppress_health_check=list(HealthCheck), database=None,
                          phases=[Phase.generate]),
    )  # fmt: skip
