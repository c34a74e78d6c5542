"""Sections of the report that give reasons: why demand is missed, and what would fix it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.service.plans.explaining import reasons
from app.service.plans.planning import Outcome, PlanningOptions, Stages
from app.service.report.words import amount, units

Json = dict[str, Any]
NOTHING = "\u2013"
SHOWN = 8
LOSSES = ("late", "lost", "open")


class Reason(NamedTuple):
    """A sentence with its numbers, and the keys of the rows it speaks of."""

    cells: tuple[str, ...]
    text: str
    keys: str
    share: float


def reason_part(outcome: Outcome, options: PlanningOptions) -> Json:
    """Why the response still misses demand and what would fix it; empty where there is no plan."""
    plan = outcome.plans.get("response")
    if plan is None or plan.status == "no plan":
        return {"why": None, "fixes": []}
    found = reasons(plan, options.for_solver, Stages(lambda text: None))
    return {"why": _why(found["why"]), "fixes": _fixes(found["fixes"]), "shown_reasons": SHOWN}


def _why(causes: Sequence[Json]) -> list[Reason]:
    most = max((cause["quantity"] for cause in causes), default=1.0)
    return [
        Reason(tuple(units(cause[loss]) if cause[loss] else NOTHING for loss in LOSSES),
               cause["text"], _keys(cause["keys"]), cause["quantity"] / most)
        for cause in causes
    ]  # fmt: skip


def _fixes(fixes: Sequence[Json]) -> list[Reason]:
    most = max((abs(fix["worth"]) for fix in fixes), default=1.0) or 1.0
    return [Reason((amount(fix["worth"]),), fix["text"], _keys(fix["keys"]),
                   max(fix["worth"], 0.0) / most) for fix in fixes]  # fmt: skip


def _keys(keys: Json) -> str:
    """Keys of rows as one text: table, then the keys of its rows."""
    parts = {name: [value] if isinstance(value, str) else value for name, value in keys.items()}
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in parts.items() if values)
