"""Edits of many rows at once, drafts, and planners' words on forecasts."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier, Thread

import pandas as pd
import pytest

from app.service.context import Service
from app.service.data.listing import rows
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.edits import Edits, save_edits
from app.service.faults import Changed, Forbidden
from app.service.forecasts.overrides import Wish, override, overrides, value_added, withdraw
from app.service.identity.identity import Identity, Role
from app.service.identity.users import add_user, find, identity_of
from app.service.views.uploaded import from_draft, mended, rows_to_mend, to_draft
from supplychain.errors import DataError, InputError, Problem
from tests.service.shops import PETRA, stored

SECOND = Identity("u-second", "second", frozenset({Role.PLANNER}))
ALPHA = Identity("u-alpha", "alpha", frozenset({Role.PLANNER}), frozenset({"ALPHA"}))
WEEK = datetime(2025, 12, 29)


def seen(service: Service) -> dict[str, int]:
    """The revisions of the items, by key."""
    found = rows(service, PETRA, "shop", "items").rows
    return dict(zip(found["row_key"], found["revision"], strict=True))


def cost(service: Service, item: str) -> float:
    found = rows(service, PETRA, "shop", "items", [("item", "eq", item)]).rows
    return float(found["unit_cost"].iloc[0])


def test_changed_added_and_deleted_rows_are_saved_together(service: Service) -> None:
    stored(service)
    edits = Edits({"TOY": {"unit_cost": 8.0}}, [], [{"item": "NEW", "kind": "component"}],
                  seen(service))  # fmt: skip
    save_edits(service, PETRA, "shop", "items", edits)
    assert cost(service, "TOY") == 8.0
    save_edits(service, PETRA, "shop", "items", Edits(deleted=["NEW"], seen=seen(service)))
    assert set(seen(service)) == {"CHIP", "GAME", "TOY"}


def test_an_added_row_writes_over_nothing_that_is_there(service: Service) -> None:
    stored(service)
    edits = Edits(added=[{"item": "TOY", "unit_cost": 7.0}], seen=seen(service))
    with pytest.raises(InputError, match=r"TOY.*is there already"):
        save_edits(service, PETRA, "shop", "items", edits)
    assert cost(service, "TOY") == 9.0


def test_who_comes_second_is_told_and_changes_nothing(service: Service) -> None:
    stored(service)
    before = seen(service)
    save_edits(service, PETRA, "shop", "items", Edits({"TOY": {"unit_cost": 8.0}}, seen=before))
    late = Edits({"TOY": {"unit_cost": 7.0}, "GAME": {"unit_cost": 7.0}}, seen=before)
    with pytest.raises(Changed, match="TOY in items changed meanwhile"):
        save_edits(service, SECOND, "shop", "items", late)
    assert (cost(service, "TOY"), cost(service, "GAME")) == (8.0, 9.0)
    with pytest.raises(Changed, match="GONE"):
        save_edits(service, SECOND, "shop", "items", Edits(deleted=["GONE"], seen=before))


def test_others_may_change_other_rows_meanwhile(service: Service) -> None:
    stored(service)
    before = seen(service)
    save_edits(service, PETRA, "shop", "items", Edits({"TOY": {"unit_cost": 8.0}}, seen=before))
    save_edits(service, SECOND, "shop", "items", Edits({"GAME": {"unit_cost": 7.0}}, seen=before))
    assert (cost(service, "TOY"), cost(service, "GAME")) == (8.0, 7.0)


def test_one_wrong_row_keeps_all_of_them_out(service: Service) -> None:
    stored(service)
    wrong = Edits({"TOY": {"unit_cost": 8.0}, "GAME": {"unit_cost": -1.0}}, seen=seen(service))
    with pytest.raises(DataError):
        save_edits(service, PETRA, "shop", "items", wrong)
    assert cost(service, "TOY") == 9.0


def test_a_draft_is_ones_own_until_it_is_discarded(service: Service) -> None:
    for name in ("one", "two"):
        add_user(service, Identity("", "x", frozenset(Role)), name, roles=["planner"])
    with service.database.reading() as session:
        one, two = (identity_of(find(session, name)) for name in ("one", "two"))
    keep_draft(service, one, "page", {"begun": 1})
    keep_draft(service, one, "page", {"begun": 2})
    assert (draft(service, one, "page"), draft(service, two, "page")) == ({"begun": 2}, None)
    discard_draft(service, one, "page")
    assert draft(service, one, "page") is None


def wish(quantity: float, item: str = "TOY", reason: str = "campaign") -> Wish:
    return Wish(item, "PLANT", WEEK, 10.0, quantity, reason)


def test_a_planners_word_stands_beside_the_forecast(service: Service) -> None:
    stored(service)
    assert override(service, PETRA, "shop", wish(14.0)) == 1
    with pytest.raises(Changed):
        override(service, SECOND, "shop", wish(15.0))
    assert override(service, SECOND, "shop", wish(15.0), if_match=1) == 2
    (row,) = overrides(service, PETRA, "shop").to_dict("records")
    assert (row["statistical"], row["quantity"], row["created_by"]) == (10.0, 15.0, "second")
    withdraw(service, PETRA, "shop", row["id"])
    assert overrides(service, PETRA, "shop").empty


def test_a_word_needs_a_reason_a_quantity_and_a_brand_of_ones_own(service: Service) -> None:
    stored(service)
    with pytest.raises(InputError) as found:
        override(service, PETRA, "shop", wish(-1.0, reason=" "))
    assert [problem.column for problem in found.value.problems] == ["quantity", "reason"]
    with pytest.raises(Forbidden):
        override(service, ALPHA, "shop", wish(3.0, "GAME"))
    override(service, PETRA, "shop", wish(3.0, "GAME"))
    assert overrides(service, ALPHA, "shop").empty


def test_a_word_is_withdrawn_by_who_sees_it_as_it_was_seen(service: Service) -> None:
    stored(service)
    override(service, PETRA, "shop", wish(3.0, "GAME"))
    (row,) = overrides(service, PETRA, "shop").to_dict("records")
    with pytest.raises(Forbidden):
        withdraw(service, ALPHA, "shop", row["id"])
    override(service, SECOND, "shop", wish(4.0, "GAME"), if_match=1)
    with pytest.raises(Changed) as found:
        withdraw(service, PETRA, "shop", row["id"], if_match=1)
    assert found.value.revision == 2
    withdraw(service, PETRA, "shop", row["id"], if_match=2)
    assert overrides(service, PETRA, "shop").empty


def test_of_several_words_at_once_one_is_kept(any_service: Service) -> None:
    stored(any_service)
    for revision in range(4):  # the first words, and those that replace one
        told = said_at_once(any_service, revision)
        assert sorted(told) == [*["changed"] * 5, "kept"]
        (row,) = overrides(any_service, PETRA, "shop").to_dict("records")
        assert row["revision"] == revision + 1


def said_at_once(service: Service, revision: int, planners: int = 6) -> list[str]:
    """How it went for each of some planners who all saw this ``revision``."""
    told: list[str] = []
    start = Barrier(planners)

    def say(quantity: int) -> None:
        start.wait()
        try:
            override(service, PETRA, "shop", wish(float(quantity)), if_match=revision)
            told.append("kept")
        except Changed:
            told.append("changed")

    threads = [Thread(target=say, args=(number,)) for number in range(planners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_value_added_is_the_error_of_the_forecast_less_that_of_the_planner() -> None:
    said = pd.DataFrame({"item": ["TOY"], "location": ["PLANT"], "period": [WEEK],
                         "statistical": [10.0], "quantity": [14.0]})  # fmt: skip
    history = pd.DataFrame({"item": ["TOY"], "location": ["PLANT"], "period": [WEEK],
                            "quantity": [13.0]})  # fmt: skip
    (row,) = value_added(said, history).to_dict("records")
    assert (row["error_statistical"], row["error_planner"], row["value_added"]) == (3.0, 1.0, 2.0)


def test_an_upload_waits_with_the_rows_to_mend_in_front() -> None:
    frame = pd.DataFrame({"item": ["A", "B"], "quantity": ["1", "x"]}, dtype=object)
    problem = Problem("stock", "is not a number", "write a number", 2, "quantity", "x")
    frames, problems, replace = from_draft(to_draft({"stock": frame}, [problem], True))
    assert (problems, replace) == ((problem,), True)
    shown = rows_to_mend(frames["stock"], "stock", problems)
    assert shown["row"].tolist() == [2]
    assert shown["what is wrong"].tolist() == ["quantity: is not a number; write a number"]
    result = mended(frames["stock"], shown, {0: {"quantity": "2", "row": 9}})
    assert result.to_dict("list") == {"item": ["A", "B"], "quantity": ["1", "2"]}
