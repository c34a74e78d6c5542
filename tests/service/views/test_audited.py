"""The audit in words."""

from __future__ import annotations

from app.service.views.audited import change, deed, subject

RUN = "01a217bc0ae97f4c8a8892357f3826ef"


def test_an_id_is_told_by_its_name() -> None:
    assert subject(f"run {RUN}", {RUN: "plans of fab out"}) == "run plans of fab out"
    assert subject(f"run {RUN}", {}) == "run 01a217bc\u2026", "of something that is gone"
    assert deed("login.ticket_made") == "login: ticket made"


def test_only_what_differs_is_told() -> None:
    before, after = change({"state": "proposed", "quantity": 4.0},
                           {"state": "changed", "quantity": 4.0}, {})  # fmt: skip
    assert (before, after) == ("state: proposed", "state: changed")


def test_of_a_scenario_the_lines_that_differ_are_told() -> None:
    before, after = change({"content": "name: fab\nshare: 0.5"},
                           {"content": "name: fab\nshare: 0.25"}, {})  # fmt: skip
    assert (before, after) == ("content: share: 0.5", "content: share: 0.25")


def test_of_tables_the_rows_are_counted() -> None:
    told = change({}, {"stock": {"rows": {}, "count": 1200}, "lanes": {"rows": {}, "count": 0}}, {})
    assert told == ("", "stock: 1,200 rows")
