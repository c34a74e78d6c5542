"""Answers that were worked out before, or are being: found again by what was asked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.service.context import Service
from app.service.faults import NotFound
from app.service.identity.identity import Identity
from app.service.jobs import JobView, jobs
from app.service.results import RunView, run_table, runs
from solver.reasons.wishes import parse_wish
from supplychain.errors import InputError

Json = dict[str, Any]
_LAST_RUNS = 200
_ASKED = "--why-not"  # as the command line calls the question


def answer(
    service: Service, identity: Identity, dataset_id: str, kind: str, asked: Json
) -> RunView | None:
    """The last run of ``kind`` that was asked the same; what ``asked`` leaves out was not given."""
    found = runs(service, identity, kind=kind, dataset_id=dataset_id, limit=_LAST_RUNS)
    return next((one for one in found if _same(one.options, asked)), None)


def last_job(
    service: Service, identity: Identity, dataset_id: str, kind: str, asked: Json
) -> JobView | None:
    """The last job of ``kind`` that was asked the same, whoever started it and whatever it did."""
    found = jobs(service, identity, kind=kind, dataset_id=dataset_id, limit=_LAST_RUNS)
    return next((one for one in found if _same(one.parameters, asked)), None)


def _same(given: Json, asked: Json) -> bool:
    return _given(given) == _given(asked)


def _given(values: Json) -> Json:
    """What was asked in so many words; a quantity of 0 is one of them."""
    return {name: value for name, value in values.items()
            if value not in (None, "") and value is not False}  # fmt: skip


def rows_of(service: Service, identity: Identity, run_id: str, table: str) -> pd.DataFrame:
    """A table of a run; empty where the run made none."""
    try:
        return run_table(service, identity, run_id, table).rows
    except NotFound:
        return pd.DataFrame()


def wish_fault(text: str) -> str:
    """What is wrong with the phrase of a why-not, in the words of the page; empty if nothing is."""
    try:
        parse_wish(text)
    except InputError as error:
        return fault_words(error.problems[0].as_dict())
    return ""


def fault_words(problem: Json) -> str:
    """A problem of a question, without the option of the command line that it came by."""
    if problem.get("table") != _ASKED:
        return f"{problem.get('table')}: {problem.get('message')}; {problem.get('remedy')}"
    remedy = str(problem["remedy"])
    said = f"\u201c{problem['value']}\u201d: {problem['message']}."
    return f"{said} {remedy[:1].upper()}{remedy[1:]}."
