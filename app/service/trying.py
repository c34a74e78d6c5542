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
from app.service.scenarios import scenarios

DATASET = "example"
USER = "planner"
_ROLES = (Role.PLANNER, Role.APPROVER, Role.ADMINISTRATOR, Role.AUDITOR)


def prepare_trial(service: Service) -> str:
    """Fill an empty store with the example company, its first what-if queued; a login's ticket."""
    if all(user.name != USER for user in users(service, OPERATOR)):
        add_user(service, OPERATOR, USER, roles=_ROLES)
    if all(dataset.name != DATASET for dataset in datasets(service, OPERATOR)):
        with tempfile.TemporaryDirectory() as folder:
            generate_dataset("small", 1, Path(folder) / DATASET)
            load_dataset(service, OPERATOR, Path(folder) / DATASET, DATASET)
        first = scenarios(service, OPERATOR, DATASET)[0].name
        submit(service, OPERATOR, "what_if", DATASET, {"scenarios": [first]})
    return create_ticket(service, OPERATOR, USER)
