"""Every operation of the API, asked by eight identities for what is theirs and for what is not.

The operations come from the API's own description, so that a new one is asked without being named
here. All that belongs to one brand has its name in it: an answer to the other brand has not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.api.application import PREFIX, make_app
from app.service import decisions, results
from app.service.context import Service
from app.service.faults import Unauthenticated
from app.service.identity.identity import OPERATOR, Identity, Permission, Role
from app.service.identity.tokens import create_token
from app.service.identity.users import add_user
from app.service.scenarios import create_scenario
from app.service.settings import ServiceSettings
from app.service.webhooks.manage import add_webhook
from app.store.engine import Database
from supplychain.network import Network
from supplychain.schema import TABLES
from tests.service.api_support import caller, service_in
from tests.service.running import run_now
from tests.service.shops import asked, stored
from tests.support import tiny

BRANDS = ("ALPHA", "BETA")
EVERYBODY = "EVERYBODY"  # whose it is that a planner made who sees every brand
OUTAGE = "\n- {kind: supplier_outage, location: FAB, start: 2026-W01, periods: 3}"
DEMAND = "\n- {{kind: demand_change, item: {brand}CAR, factor: 1.5, start: 2026-W01, periods: 2}}"
OTHERWISE = ("/files/{path}", "/runs/{run}/tables/{table}", "/audit")  # tested apart, or elsewhere
TABLE_OF = {"datasets": "items", "plans": "service"}
FILE = "supplychain.db"
Json = dict[str, Any]


def of_brand(role: Role, brand: str) -> Identity:
    """Somebody who sees one brand and its plant, or all."""
    name = f"{brand.lower()}-{role}"
    everybody = Identity(name, name, frozenset({role}))
    if brand == EVERYBODY:
        return everybody
    return replace(everybody, brands=frozenset({brand}), plants=frozenset({f"{brand}PLANT"}))


IDENTITIES: dict[str, Identity | None] = {
    "nobody": None,
    **{str(role): of_brand(role, "ALPHA") for role in (Role.VIEWER, Role.PLANNER, Role.APPROVER,
                                                       Role.INTEGRATOR)},
    **{str(role): Identity(role, role, frozenset({role})) for role in (Role.ADMINISTRATOR,
                                                                       Role.AUDITOR)},
    "planner of another brand": of_brand(Role.PLANNER, "BETA"),
}  # fmt: skip


def two_plants() -> Network:
    """A car of each brand, made of one chip in the brand's own plant, on its own line."""
    demand = "\n".join(f"{brand}CAR {brand}PLANT {n} 10 50 1 {brand}DEALER"
                       for n in range(4) for brand in BRANDS)  # fmt: skip
    rows = {name: "\n".join(text.format(brand=brand) for brand in BRANDS) for name, text in {
        "items": "{brand}CAR product {brand} 9",
        "locations": "{brand}PLANT plant",
        "bom": "{brand}CAR CHIP 1",
        "production": "{brand}CAR {brand}PLANT 0 1",
        "production_resources": "{brand}CAR {brand}PLANT {brand}LINE 1",
        "resources": "{brand}LINE {brand}PLANT 50",
        "sourcing": "CHIP {brand}PLANT FAB sea 1 2 10 true\n"
                    "CHIP {brand}PLANT BROKER air 0 9 100 false",
        "stock": "CHIP {brand}PLANT 10",
    }.items()}  # fmt: skip
    return tiny(
        items=f"item kind brand unit_cost\nCHIP component - 2\n{rows['items']}",
        locations=f"location kind\nFAB supplier\nBROKER supplier\n{rows['locations']}",
        bom=f"item component quantity_per\n{rows['bom']}",
        production=f"item location lead_time unit_cost\n{rows['production']}",
        production_resources=f"item location resource per_unit\n{rows['production_resources']}",
        resources=f"resource location capacity\n{rows['resources']}",
        sourcing="item location supplier mode lead_time unit_cost capacity routine\n"
        + rows["sourcing"],
        stock=f"item location quantity\n{rows['stock']}",
        demand=f"item location period quantity unit_revenue lost_after customer\n{demand}",
    )


@dataclass(frozen=True)
class World:
    """A caller of an API over two brands, and what stands for a name in a path, by whose it is."""

    client: TestClient
    service: Service
    names: dict[str, dict[str, str]]

    def back(self, database: bytes) -> None:
        """Undo what a request changed."""
        self.service.database.close()
        (self.service.settings.folder / FILE).write_bytes(database)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[World]:
    service = service_in(tmp_path_factory.mktemp("matrix"), migrated, requests_a_minute=10**9)
    for identity in IDENTITIES.values():
        if identity is not None:
            _add(service, identity)
    _add(service, of_brand(Role.PLANNER, EVERYBODY))
    names = {"dataset": stored(service, "shop", two_plants()), "webhook": _webhook(service)}
    what_if = _done(service, of_brand(Role.PLANNER, EVERYBODY), "what_if", "shop", candidates=2,
                    samples=0, contents=[_scenario(EVERYBODY)])  # fmt: skip
    made = {whose: names | _made_for(service, whose, what_if) for whose in (*BRANDS, EVERYBODY)}
    with caller(make_app(service, by_token=_known, by_login=_known), "") as client:
        yield World(client, service, made)
    service.database.close()


@pytest.fixture(scope="module")
def database(world: World) -> bytes:
    """The database as it was before any request."""
    world.service.database.close()
    return (world.service.settings.folder / FILE).read_bytes()


def _webhook(service: Service) -> str:
    return add_webhook(service, OPERATOR, "https://192.0.2.1/", ["job.finished"])[0].id


def _made_for(service: Service, whose: str, what_if: str) -> dict[str, str]:
    """Names of what the planner of a brand, or of all, has made, and of what is to be decided."""
    planner = of_brand(Role.PLANNER, whose)
    token, _ = create_token(service, OPERATOR, f"{whose}TOKEN", ["run:read"],
                            for_user=planner.name)  # fmt: skip
    planned = _done(service, planner, "plan", "shop", content=_scenario(whose))
    plan = results.plans(service, OPERATOR, planned)[0].id
    shared = whose == EVERYBODY
    response = results.plans(service, OPERATOR, what_if)[-1].id
    action = next(action for action in decisions.actions(service, OPERATOR, response)
                  if shared or f"{whose}PLANT" in json.dumps(action.content))  # fmt: skip
    decisions.decide(service, OPERATOR, action.id, "approve")
    release = next(release for release in decisions.releases(service, OPERATOR)
                   if release.action_id == action.id)  # fmt: skip
    told = f"name: outage for {whose}\ndisruptions:{OUTAGE}" if shared else _scenario(whose)
    scenario = create_scenario(service, planner, "shop", told, shared=shared)
    return {"job": planned, "run": planned, "plan": plan, "scenario": scenario.id,
            "response": response, "action": action.id, "release": release.id,
            "name": planner.name, "token": token.id,
            "row_key": "CHIP" if shared else f"{whose}CAR", "path": "x"}  # fmt: skip


def _done(service: Service, who: Identity, kind: str, dataset: str | None, **asking: Any) -> str:
    """A job that was carried out, which is its run too."""
    job = run_now(service, asked(service, who, kind, dataset, **asking).id)
    assert job.state == "succeeded", job.error
    return job.id


def _add(service: Service, identity: Identity) -> None:
    add_user(service, OPERATOR, identity.name, roles=identity.roles, brands=identity.brands,
             plants=identity.plants)  # fmt: skip


def _scenario(whose: str) -> str:
    changes = "".join(DEMAND.format(brand=brand) for brand in BRANDS if whose in (brand, EVERYBODY))
    named = "" if whose == EVERYBODY else whose
    return f"name: fab out {named}\ndisruptions:{OUTAGE}{changes}"


def _known(_: Service, secret: str) -> Identity:
    identity = IDENTITIES.get(secret.replace("_", " "))
    if identity is None:
        raise Unauthenticated("no such token")
    return identity


# --- the operations ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """One method of one path, with the permission that it states."""

    method: str
    path: str
    permission: Permission | None
    has_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def about(self, whose: str, names: dict[str, str]) -> tuple[str, Json | None]:
        """The path and the body of a request about what is of somebody."""
        subject = self.path.removeprefix(PREFIX).split("/")[1]
        named = {"table": TABLE_OF.get(subject, ""), **names}
        path = re.sub(r"\{(\w+)\}", lambda part: named[part[1]], self.path)
        make = BODIES.get(self.path.removeprefix(PREFIX), lambda whose, names: {})
        return path, make(whose, names) if self.has_body else None


def operations() -> Iterator[Operation]:
    document = make_app(Service(ServiceSettings(), Database("sqlite://"))).openapi()
    for path, methods in document["paths"].items():
        for method, stated in methods.items():
            permission = stated.get("x-permission")
            yield Operation(method.upper(), path, permission and Permission(permission),
                            "requestBody" in stated)  # fmt: skip


# what makes a request pass its form, so that it comes to what it is about
BODIES: dict[str, Callable[[str, dict[str, str]], Json]] = {
    "/users": lambda whose, names: {"name": f"{whose}-friend", "roles": ["viewer"]},
    "/users/{name}": lambda whose, names: {"email": "somebody@example.com"},
    "/users/{name}/password": lambda whose, names: {"password": "correct horse battery"},
    "/tokens": lambda whose, names: {"name": "t", "scopes": ["run:read"], "user": names["name"]},
    "/datasets/{dataset}/jobs/what-if": lambda whose, names: {"contents": [_scenario(whose)]},
    "/datasets/{dataset}/jobs/plan": lambda whose, names: {"last": names["plan"]},
    "/datasets/{dataset}/jobs/robust-plan": lambda whose, names: {"last": names["plan"]},
    "/datasets/{dataset}/jobs/shortages": lambda whose, names: {},
    "/datasets/{dataset}/jobs/buffers": lambda whose, names: {},
    "/datasets": lambda whose, names: {"name": f"{whose} new"},
    "/datasets/{dataset}/tables/{table}/deletions": lambda whose, names: {
        "keys": [names["row_key"]]
    },
    "/datasets/{dataset}/tables/{table}/rows/{row_key}": lambda whose, names: {
        "cells": {"description": "changed"}
    },
    "/datasets/{dataset}/scenarios": lambda whose, names: {"content": _scenario(whose) + " "},
    "/datasets/{dataset}/scenarios/{scenario}": lambda whose, names: {"shared": True},
    "/datasets/{dataset}/scenarios/{scenario}/copies": lambda whose, names: {"name": "copy"},
    "/datasets/{dataset}/effects": lambda whose, names: {"content": _scenario(whose)},
    "/actions/{action}/decisions": lambda whose, names: {"verdict": "reject"},
    "/releases/{release}/acknowledgement": lambda whose, names: {"key": "PO-1"},
    "/webhooks": lambda whose, names: {"url": "https://192.0.2.2/", "events": ["job.finished"]},
    "/webhooks/{webhook}": lambda whose, names: {"active": False},
    "/jobs/simulate": lambda whose, names: {"plan": names["plan"]},
    "/jobs/explain": lambda whose, names: {"plan": names["plan"]},
    "/jobs/compare": lambda whose, names: {"before": names["plan"], "after": names["plan"]},
    "/jobs/reproduce": lambda whose, names: {"run": names["run"]},
}


@pytest.mark.parametrize("operation", list(operations()), ids=str)
def test_everybody_gets_what_their_permission_says_and_nothing_of_others(
    world: World, database: bytes, operation: Operation
) -> None:
    wrong = []
    for who, identity in IDENTITIES.items():
        for whose, names in world.names.items():
            path, body = operation.about(whose, names)
            answer = _ask(world, who, operation.method, path, body)
            sent = path + json.dumps(body)
            problems = [*_refusals(operation, identity, answer),
                        *_access(world, operation, identity, whose, sent, answer),
                        *_leaks(identity, sent, answer)]  # fmt: skip
            wrong += [f"{who}, on what is of {whose}: {problem}" for problem in problems]
            if operation.method != "GET" and answer.is_success:
                world.back(database)
    assert not wrong, "\n".join(wrong)


def _ask(world: World, who: str, method: str, path: str, body: Json | None = None) -> Any:
    headers = {"If-Match": "*", "Authorization": f"Bearer {who.replace(' ', '_')}"}
    if IDENTITIES[who] is None:
        headers.pop("Authorization")
    return world.client.request(method, path, json=body, headers=headers)


def _refusals(operation: Operation, identity: Identity | None, answer: Any) -> Iterator[str]:
    """Who may not is refused, whatever they ask for; nothing fails."""
    status = answer.status_code
    if status >= 500:
        yield f"fails with {status}"
    if operation.permission is None:
        if status != 200:
            yield f"{status}, though everybody may"
    elif identity is None:
        if status != 401:
            yield f"{status} instead of 401"
    elif not identity.may(operation.permission) and status != 403:
        yield f"{status} instead of 403"


def _access(
    world: World, operation: Operation, identity: Identity | None, whose: str, sent: str,
    answer: Any,
) -> Iterator[str]:  # fmt: skip
    """Who may finds what is theirs, and does not find what another brand's people made."""
    status = answer.status_code
    if identity is None or operation.permission is None or not identity.may(operation.permission):
        return
    sees_it = identity.sees_everything and "{scenario}" not in operation.path  # its owner's alone
    is_mine = sees_it or identity.name == f"{whose.lower()}-planner"
    if operation.method == "GET" and is_mine and not operation.path.endswith(OTHERWISE):
        if status != 200:
            yield f"{status}, though it is theirs: {answer.text[:200]}"
    elif not identity.sees_everything and whose in set(BRANDS) - identity.brands:
        (own,) = identity.brands
        theirs = set(world.names[whose].values()) - set(world.names[own].values())
        named = {*sent.split("/"), *re.findall(r'"(\w+)"', sent)}
        if named & theirs and status not in (403, 404):
            yield f"{status}, though it is another's"


def _leaks(identity: Identity | None, sent: str, answer: Any) -> Iterator[str]:
    """No word of another brand, but for those that were sent."""
    if identity is None or not identity.sees_everything:
        others = set(BRANDS) - (identity.brands if identity else frozenset())
        words = {word for word in re.findall(r"\w+", answer.text) if any(o in word for o in others)}
        told = sorted(word for word in words if word not in sent)
        if told:
            yield f"tells of {', '.join(told)}"


def test_no_table_tells_of_another_brand(world: World) -> None:
    """Every table of the data, and of the runs and plans of who sees all, page and file."""
    wrong = []
    for path in [*_tables_of_data(world), *_tables_of_results(world)]:
        assert _ask(world, "auditor", "GET", path).status_code == 200, path
        for who in ("planner", "planner of another brand"):
            answer = _ask(world, who, "GET", path)
            assert answer.status_code == 200, path
            wrong += [f"{path}, {who}: {told}" for told in _leaks(IDENTITIES[who], path, answer)]
    assert not wrong, "\n".join(wrong)


def _tables_of_data(world: World) -> Iterator[str]:
    for table in TABLES:
        yield f"{PREFIX}/datasets/{world.names[EVERYBODY]['dataset']}/tables/{table}"


def _tables_of_results(world: World) -> Iterator[str]:
    who, service = of_brand(Role.PLANNER, EVERYBODY), world.service
    plan = world.names[EVERYBODY]["response"]
    runs = [_done(service, who, "explain", None, plan=plan, pegging=True),
            _done(service, who, "simulate", None, plan=plan, samples=5),
            _done(service, who, "shortages", "shop", samples=5)]  # fmt: skip
    for folder in (f"plans/{plan}", *(f"runs/{run}" for run in runs)):
        listed = _ask(world, "auditor", "GET", f"{PREFIX}/{folder}/tables").json()
        assert listed, folder
        for table in listed:
            yield f"{PREFIX}/{folder}/tables/{table}"
            yield f"{PREFIX}/{folder}/tables/{table}?format=csv"


def test_what_is_of_all_brands_is_changed_by_who_sees_all(world: World, database: bytes) -> None:
    path = f"{PREFIX}/datasets/{world.names[EVERYBODY]['dataset']}"
    for who in ("planner", "integrator", "planner of another brand"):
        assert _ask(world, who, "DELETE", path).status_code == 403
