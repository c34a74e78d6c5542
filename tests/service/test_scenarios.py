"""Scenarios: kept as they were written, shared by their owner, checked against their dataset."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from sqlmodel import select

from app.service.context import Service
from app.service.data.datasets import create_dataset, delete_dataset
from app.service.data.writing import write
from app.service.faults import Changed, Conflict, Forbidden, NotFound
from app.service.identity.identity import OPERATOR, Identity, Role
from app.service.identity.users import add_user, find, identity_of
from app.service.plans.effects import effect
from app.service.scenarios import (
    change_scenario,
    copy_scenario,
    create_scenario,
    delete_scenario,
    scenario,
    scenarios,
)
from app.store.records import Dataset, ScenarioRecord
from supplychain.errors import InputError
from tests.service.tiny import tiny_frames

_OUTAGE = """\
name: the fab stands still   # since Tuesday
disruptions:
  - {kind: supplier_outage, location: FAB, start: 2026-W03, periods: 1, share: 0}
responses: {transfers: false}
"""


@pytest.fixture
def stored(any_service: Service, planner: Identity) -> Service:
    create_dataset(any_service, planner, "cars")
    write(any_service, planner, "cars", tiny_frames())
    return any_service


@pytest.fixture
def other(planner: Identity) -> Identity:
    return replace(planner, name="otto", user_id="u-other")


def test_a_scenario_is_kept_as_it_was_written(stored: Service, planner: Identity) -> None:
    made = create_scenario(stored, planner, "cars", _OUTAGE)
    assert made == scenario(stored, planner, "cars", "the fab stands still")
    assert made == scenario(stored, planner, "cars", made.id)
    assert made.content == _OUTAGE
    assert made.fields["disruptions"][0]["location"] == "FAB"
    assert made.fields["responses"] == {"transfers": False}
    assert (made.shared, made.is_own, made.revision) == (False, True, 1)


def test_fields_are_as_good_as_yaml(stored: Service, planner: Identity) -> None:
    fields = {"name": "calm 😀", "description": "nothing: at all", "disruptions": []}
    made = create_scenario(stored, planner, "cars", fields)
    assert made.fields == fields
    again = create_scenario(stored, planner, "cars", {**made.fields, "name": "again"})
    assert again.description == "nothing: at all"


def test_what_does_not_fit_the_dataset_is_told(stored: Service, planner: Identity) -> None:
    for content, message in (
        (_OUTAGE.replace("FAB", "FABB"), "did you mean FAB"),
        (_OUTAGE.replace("share: 0", "share: 2"), "is above 1"),
        (_OUTAGE.replace("share: 0", "share: 0.5"), "unlimited"),
        ("name: [", "is not valid YAML"),
        ("name: " + "x" * 201, "is not a name"),
        ('name: "a\\nb"', "is not a name"),
        (f"name: {'ab' * 16}", "is not a name"),
        ("name: x\n" + "#" * 100_000, "is longer than"),
        ("name: x\ndisruptions:\n" + _OUTAGE.splitlines()[2].join(["", "\n"]) * 201, "more than"),
        ({"name": "x", "disruptions": [{"kind": "flood"}]}, "is not a kind of disruption"),
        ({"name": "\ud800"}, "is not valid YAML"),
    ):
        with pytest.raises(InputError, match=message):
            create_scenario(stored, planner, "cars", content)
    assert scenarios(stored, planner, "cars") == []


def test_a_suggestion_names_nothing_that_is_hidden(stored: Service, planner: Identity) -> None:
    own = replace(planner, brands=frozenset({"AVE"}))
    surge = "{kind: demand_change, item: VANN, factor: 2, start: 2026-W03}"
    content = f"name: x\ndisruptions: [{surge}]"
    with pytest.raises(InputError, match="did you mean VAN"):
        create_scenario(stored, planner, "cars", content)
    with pytest.raises(InputError) as error:
        create_scenario(stored, own, "cars", content)
    assert "did you mean" not in str(error.value)


def test_others_see_a_scenario_once_it_is_shared(
    stored: Service, planner: Identity, other: Identity
) -> None:
    made = create_scenario(stored, planner, "cars", _OUTAGE)
    assert scenarios(stored, other, "cars") == []
    with pytest.raises(NotFound):
        scenario(stored, other, "cars", made.id)
    with pytest.raises(NotFound):
        delete_scenario(stored, other, "cars", made.id)
    change_scenario(stored, planner, "cars", made.id, shared=True, if_match=1)
    [seen] = scenarios(stored, other, "cars")
    assert (seen.is_own, seen.created_by, seen.revision) == (False, "petra", 2)
    with pytest.raises(Forbidden, match="belongs to petra"):
        change_scenario(stored, other, "cars", made.id, shared=False)
    with pytest.raises(Forbidden):
        delete_scenario(stored, other, "cars", made.id)
    copy = copy_scenario(stored, other, "cars", made.id, "the fab, otto's")
    assert (copy.is_own, copy.shared, copy.fields["disruptions"]) == (
        True, False, made.fields["disruptions"])  # fmt: skip


def test_a_shared_scenario_stays_among_people_of_its_brands(
    stored: Service, planner: Identity
) -> None:
    for name, brand in (("ava", "AVE"), ("bria", "BRI")):
        add_user(stored, OPERATOR, name, roles=["planner"], brands=[brand])
    with stored.database.reading() as session:
        ava, bria = (identity_of(find(session, name)) for name in ("ava", "bria"))
    create_scenario(stored, ava, "cars", _OUTAGE, shared=True)
    assert [one.created_by for one in scenarios(stored, planner, "cars")] == ["ava"]
    assert scenarios(stored, bria, "cars") == []
    with pytest.raises(NotFound):
        scenario(stored, bria, "cars", scenarios(stored, ava, "cars")[0].id)


def test_a_name_is_taken_once_in_a_dataset(
    stored: Service, planner: Identity, other: Identity
) -> None:
    create_scenario(stored, planner, "cars", _OUTAGE)
    with pytest.raises(Conflict):
        create_scenario(stored, other, "cars", _OUTAGE)
    create_scenario(stored, planner, "cars", "name: second")
    with pytest.raises(Conflict):
        change_scenario(stored, planner, "cars", "second", content=_OUTAGE)
    assert scenario(stored, planner, "cars", "second").revision == 1


def test_an_id_is_found_before_a_name_that_looks_like_it(
    stored: Service, planner: Identity
) -> None:
    named = "ab" * 16
    with stored.database.writing() as session:  # kept before such names were refused
        dataset_id = session.exec(select(Dataset.id)).one()
        for record_id, name in (("f" * 32, named), (named, "the other")):
            session.add(ScenarioRecord(id=record_id, dataset_id=dataset_id, name=name,
                                       content=_OUTAGE, created_by=planner.name))  # fmt: skip
            session.flush()
    assert scenario(stored, planner, "cars", named).name == "the other"


def test_of_two_who_saw_the_same_revision_one_is_told_to_look_again(
    stored: Service, planner: Identity
) -> None:
    create_scenario(stored, planner, "cars", _OUTAGE)
    name = "the fab stands still"
    changed = change_scenario(stored, planner, "cars", name, content=_OUTAGE + "# again\n",
                              if_match=1)  # fmt: skip
    assert (changed.revision, changed.content) == (2, _OUTAGE + "# again\n")
    with pytest.raises(Changed) as error:
        change_scenario(stored, planner, "cars", name, shared=True, if_match=1)
    assert error.value.revision == 2
    with pytest.raises(Changed):
        delete_scenario(stored, planner, "cars", name, if_match=1)
    delete_scenario(stored, planner, "cars", name, if_match=2)
    assert scenarios(stored, planner, "cars") == []


def test_scenarios_go_with_their_dataset(stored: Service, planner: Identity) -> None:
    create_scenario(stored, planner, "cars", _OUTAGE)
    delete_dataset(stored, planner, "cars")
    create_dataset(stored, planner, "cars")
    assert scenarios(stored, planner, "cars") == []


def test_who_may_only_read_keeps_no_scenario(stored: Service, planner: Identity) -> None:
    viewer = replace(planner, roles=frozenset({Role.VIEWER}))
    create_scenario(stored, planner, "cars", _OUTAGE, shared=True)
    [seen] = scenarios(stored, viewer, "cars")
    for forbidden in (
        lambda: create_scenario(stored, viewer, "cars", _OUTAGE),
        lambda: change_scenario(stored, viewer, "cars", seen.id, shared=False),
        lambda: copy_scenario(stored, viewer, "cars", seen.id, "mine"),
        lambda: delete_scenario(stored, viewer, "cars", seen.id),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    nobody = replace(planner, roles=frozenset({Role.ADMINISTRATOR}))
    for forbidden in (
        lambda: scenarios(stored, nobody, "cars"),
        lambda: scenario(stored, nobody, "cars", seen.id),
        lambda: effect(stored, nobody, "cars", _OUTAGE),
    ):
        with pytest.raises(Forbidden):
            forbidden()


def test_the_effect_is_shown_before_anything_is_planned(stored: Service, planner: Identity) -> None:
    found = effect(stored, planner, "cars", _OUTAGE + "description: one week")
    assert len(found.changes) == 1
    assert "FAB" in found.changes[0]
    told = found.rows[["measure", "kind", "owner", "period", "before", "after"]]
    assert told.iloc[0].tolist() == [
        "capacity", "sourcing", "CHIP|PLANT|FAB|standard", pd.Timestamp("2026-01-12"), 40.0, 0.0,
    ]  # fmt: skip
    assert told.iloc[1]["owner"] == "CHIP|WORKS|FAB|standard"
    assert pd.isna(told.iloc[1]["before"])
    assert len(told) == 2


def test_the_effect_on_quantities_and_on_other_brands(stored: Service, planner: Identity) -> None:
    content = """\
name: all want two
disruptions:
  - {kind: demand_change, factor: 2, start: 2026-W04, periods: 1}
  - {kind: stock_quarantine, item: CHIP, location: PLANT, share: 0.5, start: 2026-W02, periods: 2}
"""
    rows = effect(stored, planner, "cars", content).rows
    assert set(zip(rows["kind"], rows["item"], rows["before"], rows["after"], strict=True)) >= {
        ("demand", "CAR", 30.0, 60.0), ("demand", "VAN", 5.0, 10.0)}  # fmt: skip
    own = replace(planner, brands=frozenset({"AVE"}))
    seen = effect(stored, own, "cars", content)
    assert set(seen.rows["item"]) == {"CAR", "CHIP"}
    assert seen.changes == ()
