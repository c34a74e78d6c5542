"""The audit for people: names instead of ids, words instead of keys, what changed and from what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlmodel import Session, col, select

from app.service.audit import Entry
from app.service.context import Service
from app.service.identity.identity import Identity, Permission
from app.service.report.headline import in_words
from app.store.records import ActionRecord, Dataset, Job, PlanRecord, Release, Run, Token

Json = dict[str, Any]
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_HASH = re.compile(r"[0-9a-f]{64}")
_KINDS = {"what_if": "plans", "plan": "plan", "robust_plan": "robust plan", "explain": "reasons",
          "compare": "comparison", "shortages": "how sure is it", "preview": "preview",
          "simulate": "simulation", "buffers": "safety stock", "backtest": "accuracy of forecasts",
          "forecast_demand": "demand forecast", "forecast_lead_time": "lead-time forecast",
          "reproduce": "reproduction"}  # fmt: skip
_LONGEST = 120  # characters of a value
_HIDDEN = ("id", "input_hash")


def names_in(service: Service, identity: Identity, found: Iterable[Entry]) -> dict[str, str]:
    """What the ids that the entries name stand for; an id of something deleted is left out."""
    identity.require(Permission.AUDIT)
    ids = {one for entry in found for text in (entry.subject, str(entry.before), str(entry.after))
           for one in _ID.findall(text)}  # fmt: skip
    with service.database.reading() as session:
        return _names(session, sorted(ids)) if ids else {}


def _names(session: Session, ids: list[str]) -> dict[str, str]:
    datasets = {one.id: one.name for one in session.exec(select(Dataset))}
    names = dict(datasets)

    def add(record: Any, words: Callable[[Any], str]) -> None:
        rows = session.exec(select(record).where(col(record.id).in_(ids)))
        names.update({one.id: words(one) for one in rows})

    plans = session.exec(select(PlanRecord).where(col(PlanRecord.run_id).in_(ids)))
    planned = {(one.run_id, one.scenario): "" for one in plans}

    def work(one: Any) -> str:
        scenarios = sorted(scenario for run, scenario in planned if run == one.id)
        about = ", ".join(scenarios) or datasets.get(one.dataset_id or "", "")
        return f"{_KINDS.get(one.kind, one.kind)}{f' of {about}' if about else ''}"

    add(Job, work)
    add(Run, work)
    add(PlanRecord, lambda one: f"{one.kind} plan of {one.scenario}")
    add(ActionRecord, lambda one: _action(session, one))
    add(Release, lambda one: f"{one.kind.replace('_', ' ')} {one.sequence}")
    add(Token, lambda one: f"\u201c{one.name}\u201d")
    return names


def _action(session: Session, one: ActionRecord) -> str:
    plan = session.get(PlanRecord, one.plan_id)
    return f"\u201c{in_words(one.content)}\u201d{f' of {plan.scenario}' if plan else ''}"


def deed(action: str) -> str:
    """What was done, such as "dataset: ticket made"."""
    subject, _, did = action.partition(".")
    return f"{subject}: {did.replace('_', ' ')}" if did else subject


def subject(text: str, names: dict[str, str]) -> str:
    """What it was done to, by name."""
    return _ID.sub(lambda match: names.get(match[0], f"{match[0][:8]}\u2026"), text)


def change(before: Json, after: Json, names: dict[str, str]) -> tuple[str, str]:
    """Before and after in words, only what differs."""
    keys = [key for key in {**before, **after}
            if before.get(key) != after.get(key) and key not in _HIDDEN]  # fmt: skip
    for key in keys:
        was, now = before.get(key), after.get(key)
        if isinstance(was, str) and isinstance(now, str) and "\n" in was + now:
            before = {**before, key: _only(was, now)}
            after = {**after, key: _only(now, was)}
    return _told(before, keys, names), _told(after, keys, names)


def _only(text: str, other: str) -> str:
    """The lines of a text that another has not."""
    there = set(other.splitlines())
    return ", ".join(line.strip() for line in text.splitlines() if line not in there) or "the same"


def _told(values: Json, keys: list[str], names: dict[str, str]) -> str:
    parts = [(key, _value(values[key], names)) for key in keys if key in values]
    return "; ".join(f"{key.replace('_', ' ')}: {text}" for key, text in parts if text)


def _value(value: Any, names: dict[str, str]) -> str:
    """A value in words; empty where there is nothing to say."""
    if isinstance(value, dict):
        return _nested(value, names)
    if isinstance(value, list | tuple):
        return ", ".join(_value(one, names) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    text = subject(_HASH.sub(lambda match: match[0][:8], " ".join(str(value).split())), names)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\u2026"


def _nested(value: Json, names: dict[str, str]) -> str:
    """A table by how many of its rows are told, anything else by its parts."""
    if set(value) == {"rows", "count"}:
        return f"{value['count']:,} rows" if value["count"] else ""
    parts = [(subject(key, names), _value(one, names)) for key, one in value.items()]
    return ", ".join(f"{key} {text}" for key, text in parts if text)
