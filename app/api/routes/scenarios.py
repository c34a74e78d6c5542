"""Scenarios: deltas laid over a dataset, as many as are wanted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from app.api.describe import also
from app.api.policy import TheService, needs
from app.api.tables import Cell, finite
from app.api.tags import TAGGED, IfMatch, answer_tag, tag
from app.api.values import Asked, InPath, Name, Page, Time, Told
from app.service import scenarios
from app.service.identity.identity import Identity, Permission
from app.service.plain import records
from app.service.plans.effects import effect
from app.service.scenarios import ScenarioView

router = APIRouter(prefix="/datasets/{dataset}", tags=["scenarios"])
Reader = Annotated[Identity, needs(Permission.SCENARIO_READ)]
Writer = Annotated[Identity, needs(Permission.SCENARIO_WRITE)]
Yaml = Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
Content = Annotated[
    Yaml | dict[str, Any], Field(description="YAML, or the same as an object")
]  # fmt: skip
_EXAMPLE = {
    "name": "fab out",
    "disruptions": [
        {"kind": "supplier_outage", "location": "FAB", "start": "2026-W06", "periods": 4}
    ],
}


class Scenario(Told):
    """A scenario: ``content`` its YAML, ``fields`` the same as an object."""

    id: str
    name: str
    description: str
    content: str
    fields: dict[str, Any]
    shared: bool
    is_own: bool
    revision: int
    created_by: str
    created_at: Time
    updated_at: Time


class ScenarioContent(Asked):
    """What a scenario says."""

    content: Content = Field(examples=[_EXAMPLE])


class NewScenario(ScenarioContent):
    """A scenario to keep; its name is in its content."""

    shared: bool = Field(default=False, description="whether others see it")


class ScenarioChange(Asked):
    """What is given is changed."""

    content: Content | None = None
    shared: bool | None = None


class CopyName(Asked):
    """What the copy is called."""

    name: Name = Field(examples=["fab out for longer"])


class Effect(Told):
    """What a scenario changes: sentences, and a row for each value that differs."""

    changes: list[str]
    rows: list[dict[str, Cell]]


@router.get("/scenarios")
def list_scenarios(service: TheService, identity: Reader, dataset: InPath) -> Page[Scenario]:
    """One's own scenarios of a dataset and those that are shared, by name."""
    found = scenarios.scenarios(service, identity, dataset)
    return Page[Scenario].model_validate({"items": found})


@router.post("/scenarios", status_code=201, response_model=Scenario)
def create_scenario(
    service: TheService, identity: Writer, dataset: InPath, body: NewScenario, response: Response
) -> ScenarioView:
    """Keep a scenario; every problem of it is told."""
    found = scenarios.create_scenario(service, identity, dataset, body.content, shared=body.shared)
    return _made(found, dataset, response)


@router.get("/scenarios/{scenario}", response_model=Scenario, responses=TAGGED)
def get_scenario(
    service: TheService, identity: Reader, dataset: InPath, scenario: InPath, request: Request,
    response: Response,
) -> ScenarioView:  # fmt: skip
    """A scenario, by name or id."""
    found = scenarios.scenario(service, identity, dataset, scenario)
    answer_tag(request, response, found.revision)
    return found


@router.patch(
    "/scenarios/{scenario}", response_model=Scenario, responses=also(409, 412, 428)
)  # fmt: skip
def change_scenario(
    service: TheService, identity: Writer, dataset: InPath, scenario: InPath,
    body: ScenarioChange, if_match: IfMatch, response: Response,
) -> ScenarioView:  # fmt: skip
    """Write one's own scenario anew, share it, or take it back."""
    found = scenarios.change_scenario(
        service, identity, dataset, scenario, content=body.content, shared=body.shared,
        if_match=if_match,
    )  # fmt: skip
    tag(response, found.revision)
    return found


@router.delete("/scenarios/{scenario}", status_code=204, responses=also(412, 428))
def delete_scenario(
    service: TheService, identity: Writer, dataset: InPath, scenario: InPath, if_match: IfMatch
) -> None:
    """Delete one's own scenario."""
    scenarios.delete_scenario(service, identity, dataset, scenario, if_match=if_match)


@router.post("/scenarios/{scenario}/copies", status_code=201, response_model=Scenario)
def copy_scenario(
    service: TheService, identity: Writer, dataset: InPath, scenario: InPath, body: CopyName,
    response: Response,
) -> ScenarioView:  # fmt: skip
    """Copy a scenario that one sees: the copy is one's own."""
    found = scenarios.copy_scenario(service, identity, dataset, scenario, body.name)
    return _made(found, dataset, response)


@router.post("/effects")
def get_effect(
    service: TheService, identity: Reader, dataset: InPath, body: ScenarioContent
) -> Effect:
    """What a scenario changes, before anything is planned; nothing is kept."""
    found = effect(service, identity, dataset, body.content)
    return Effect(changes=list(found.changes), rows=finite(records(found.rows)))


def _made(found: ScenarioView, dataset: str, response: Response) -> ScenarioView:
    tag(response, found.revision)
    response.headers["Location"] = f"/api/v1/datasets/{dataset}/scenarios/{found.id}"
    return found
