"""The planner's pages on one's own computer: the example company, and a way in without password."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.service.context import Service
from app.service.data.datasets import datasets
from app.service.data.loading import load_dataset
from app.service.datasets import generate_dataset
from app.service.identity.identity import OPERATOR, Role
from app.service.identity.logins import create_ticket
from app.service.identity.users import add_user, users
from app.service.jobs import submit

DATASET = "example"
FIRST = "chip-shortage"  # the scenario that the board opens with
USER = "planner"
_ROLES = (Role.PLANNER, Role.APPROVER, Role.ADMINISTRATOR, Role.AUDITOR)
_HORIZON = 13  # weeks of the forecast that the page Forecasts opens with


def prepare_trial(service: Service) -> str:
    """Fill an empty store with the example company, its first work queued; a login's ticket."""
    if all(user.name != USER for user in users(service, OPERATOR)):
        add_user(service, OPERATOR, USER, roles=_ROLES)
    if all(dataset.name != DATASET for dataset in datasets(service, OPERATOR)):
        with tempfile.TemporaryDirectory() as folder:
            generate_dataset("small", 1, Path(folder) / DATASET)
            load_dataset(service, OPERATOR, Path(folder) / DATASET, DATASET)
        _queue(service)
    return create_ticket(service, OPERATOR, USER)


def _queue(service: Service) -> None:
    """The plans of the first scenario, then how sure they are, then what the pages show beside."""
    submit(service, OPERATOR, "what_if", DATASET, {"scenarios": [FIRST]})
    submit(service, OPERATOR, "shortages", DATASET, {"scenario": FIRST, "samples": 200})
    submit(service, OPERATOR, "forecast_demand", DATASET, {"horizon": _HORIZON})
