"""Scenarios of the service: written as YAML, checked against their dataset, shared when ready.

A scenario belongs to who made it. Others see it once it is shared; only its owner changes it, and
everybody may copy what they see.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.data.datasets import IDENTIFIER
from app.service.data.frames import snapshot
from app.service.data.stored import find, read_network
from app.service.data.visible import without_suggestions
from app.service.faults import Changed, Conflict, Forbidden, NotFound
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.store.records import Json, ScenarioRecord, now
from supplychain.errors import InputError, Problem, ScenarioError
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, parse_scenario
from supplychain.scope import expand

LONGEST = 100_000  # characters of a scenario
_LONGEST_NAME = 200
_MOST_DISRUPTIONS = 200
_SOURCE = "scenario"
Content = str | Mapping[str, Any]


@dataclass(frozen=True)
class ScenarioView:
    """A scenario as it is told: ``content`` is its YAML, ``fields`` the same as plain data."""

    id: str
    name: str
    description: str
    content: str
    fields: Json
    shared: bool
    is_own: bool
    revision: int
    created_by: str
    created_at: datetime
    updated_at: datetime


def create_scenario(
    service: Service, identity: Identity, dataset: str, content: Content, *, shared: bool = False
) -> ScenarioView:
    """Keep a new scenario of ``dataset``; its name is the one in ``content`` (YAML, or its fields).

    Raises InputError with every problem of it, Conflict where the name is taken.
    """
    identity.require(Permission.SCENARIO_WRITE)
    text, scenario = checked(service, identity, dataset, content)
    with _unique(scenario.name), audited(service) as session:
        kept = ScenarioRecord(dataset_id=find(session, dataset).id, name=scenario.name,
                              content=text, shared=shared, created_by=identity.name)  # fmt: skip
        session.add(kept)
        session.flush()
        _tell(session, identity, "scenario.created", kept, after=_facts(kept))
    return _view(kept, identity)


def scenarios(service: Service, identity: Identity, dataset: str) -> list[ScenarioView]:
    """One's own scenarios of ``dataset`` and those that are shared, by name.

    As with plans, not those of people of other brands or plants.
    """
    identity.require(Permission.SCENARIO_READ)
    with service.database.reading() as session:
        statement = (
            select(ScenarioRecord)
            .where(ScenarioRecord.dataset_id == find(snapshot(session), dataset).id)
            .where(col(ScenarioRecord.shared) | (ScenarioRecord.created_by == identity.name))
            .where(col(ScenarioRecord.created_by).not_in(strangers(session, identity)))
            .order_by(col(ScenarioRecord.name))
        )
        return [_view(kept, identity) for kept in session.exec(statement)]


def scenario(service: Service, identity: Identity, dataset: str, name: str) -> ScenarioView:
    """One scenario, by name or identifier; NotFound where it is not to be seen."""
    identity.require(Permission.SCENARIO_READ)
    with service.database.reading() as session:
        return _view(seen(session, identity, dataset, name), identity)


def change_scenario(
    service: Service,
    identity: Identity,
    dataset: str,
    name: str,
    *,
    content: Content | None = None,
    shared: bool | None = None,
    if_match: int | None = None,
) -> ScenarioView:
    """Write one's own scenario anew, share it or take it back.

    ``if_match``: the revision that it must still have (else Changed).
    """
    identity.require(Permission.SCENARIO_WRITE)
    written = None if content is None else checked(service, identity, dataset, content)
    with _unique(written[1].name if written else name), audited(service) as session:
        kept = _own(session, identity, dataset, name, if_match)
        before = _facts(kept)
        if written is not None:
            kept.content, kept.name = written[0], written[1].name
        kept.shared = kept.shared if shared is None else shared
        kept.revision, kept.updated_at = kept.revision + 1, now()
        session.add(kept)
        session.flush()
        _tell(session, identity, "scenario.changed", kept, before=before, after=_facts(kept))
    return _view(kept, identity)


def copy_scenario(
    service: Service, identity: Identity, dataset: str, name: str, new_name: str
) -> ScenarioView:
    """Keep a copy of a scenario that one sees as one's own, not shared."""
    content = scenario(service, identity, dataset, name).content
    copied = dataclasses.replace(parse_scenario(content, _SOURCE), name=new_name)
    return create_scenario(service, identity, dataset, copied.to_yaml())


def delete_scenario(
    service: Service, identity: Identity, dataset: str, name: str, *, if_match: int | None = None
) -> None:
    """Delete one's own scenario; ``if_match``: the revision that it must still have."""
    identity.require(Permission.SCENARIO_WRITE)
    with audited(service) as session:
        kept = _own(session, identity, dataset, name, if_match)
        session.delete(kept)
        _tell(session, identity, "scenario.deleted", kept, before=_facts(kept))


# --- what may be kept --------------------------------------------------------------------------


def checked(
    service: Service, identity: Identity, dataset: str, content: Content
) -> tuple[str, Scenario]:
    """``content`` as YAML and as a scenario that fits ``dataset``; InputError if it does not."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    parsed = parsed_within_bounds(text)
    if len(parsed.name) > _LONGEST_NAME or not parsed.name.isprintable():
        remedy = f"use at most {_LONGEST_NAME} characters that can be printed"
        raise _wrong("is not a name", remedy, "name", parsed.name[:80])
    if IDENTIFIER.fullmatch(parsed.name):
        raise _wrong("is not a name", "use more than the digits of an id", "name", parsed.name)
    under(read(service, dataset), parsed, identity)
    return (text if isinstance(content, str) else parsed.to_yaml()), parsed


def parsed_within_bounds(text: str, source: str = _SOURCE) -> Scenario:
    """The YAML ``text`` as a scenario, of ``source`` in messages.

    InputError with all that is wrong with it, or that it is longer than a scenario may be.
    """
    if len(text) > LONGEST:
        message = f"is longer than {LONGEST:,} characters"
        raise _wrong(message, "leave out what is not needed", source=source)
    parsed = parse_scenario(text, source)
    if len(parsed.disruptions) > _MOST_DISRUPTIONS:
        raise _wrong(f"has more than {_MOST_DISRUPTIONS} disruptions", "split it", source=source)
    return parsed


def read(service: Service, dataset: str) -> Network:
    """The stored dataset with its wildcards made concrete."""
    return expand(read_network(service, dataset))


def under(network: Network, scenario: Scenario, identity: Identity) -> Network:
    """``network`` with ``scenario`` in it; its problems suggest no names that may be hidden."""
    try:
        return apply(scenario, network)
    except ScenarioError as error:
        raise ScenarioError(without_suggestions(error.problems, identity)) from None


def _wrong(
    message: str, remedy: str, column: str = "", value: str = "", source: str = _SOURCE
) -> InputError:
    return ScenarioError([Problem(source, message, remedy, None, column, value)])


# --- who sees and changes what -----------------------------------------------------------------


def seen(
    session: Session, identity: Identity, dataset: str, name: str, *, to_change: bool = False
) -> ScenarioRecord:
    """The record of a scenario, by id before name; NotFound where ``identity`` may not see it."""
    statement = (
        select(ScenarioRecord)
        .where(ScenarioRecord.dataset_id == find(session, dataset).id)
        .where((ScenarioRecord.id == name) | (ScenarioRecord.name == name))
        .order_by(col(ScenarioRecord.id) != name)
    )
    found = session.exec(statement.with_for_update() if to_change else statement).first()
    if found is None or not _may_see(session, identity, found):
        raise NotFound.of("scenario", name)
    return found


def _may_see(session: Session, identity: Identity, found: ScenarioRecord) -> bool:
    """One's own, and what people of one's own brands and plants share."""
    if found.created_by == identity.name:
        return True
    return found.shared and found.created_by not in strangers(session, identity)


def _own(
    session: Session, identity: Identity, dataset: str, name: str, if_match: int | None
) -> ScenarioRecord:
    found = seen(session, identity, dataset, name, to_change=True)
    if found.created_by != identity.name:
        raise Forbidden(f"the scenario belongs to {found.created_by}", "copy it, change the copy")
    if if_match not in (None, found.revision):
        raise Changed(f"the scenario is at revision {found.revision}", found.revision)
    return found


@contextmanager
def _unique(name: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        message = f"the dataset has a scenario {name!r} already, shared or not"
        raise Conflict(message, "choose another name") from None


def _tell(
    session: Session,
    identity: Identity,
    action: str,
    kept: ScenarioRecord,
    *,
    before: Json | None = None,
    after: Json | None = None,
) -> None:
    record(session, identity, action, f"scenario {kept.name}", version=kept.revision,
           before=before, after=after)  # fmt: skip


def _facts(kept: ScenarioRecord) -> Json:
    return {"id": kept.id, "dataset": kept.dataset_id, "name": kept.name,
            "shared": kept.shared, "content": kept.content}  # fmt: skip


def _view(kept: ScenarioRecord, identity: Identity) -> ScenarioView:
    parsed = parse_scenario(kept.content, _SOURCE)
    fields: Json = yaml.safe_load(parsed.to_yaml())
    return ScenarioView(
        kept.id, kept.name, parsed.description, kept.content, fields, kept.shared,
        kept.created_by == identity.name, kept.revision, kept.created_by, kept.created_at,
        kept.updated_at,
    )  # fmt: skip
