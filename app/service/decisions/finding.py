"""Actions that somebody may see: those that name nothing hidden from them."""

from __future__ import annotations

import pandas as pd
from sqlmodel import Session

from app.service.faults import NotFound
from app.service.identity.identity import Identity
from app.service.results.runs import run_record, visible_plan
from app.service.results.scope import scope_of
from app.store.records import ActionRecord, PlanRecord


def found_action(session: Session, identity: Identity, action_id: str) -> ActionRecord:
    """One action; NotFound where ``identity`` may not see it."""
    found = session.get(ActionRecord, action_id)
    if found is None:
        raise NotFound.of("action", action_id)
    plan = visible_plan(session, identity, found.plan_id)
    if not visible_actions(session, identity, plan, [found]):
        raise NotFound.of("action", action_id)
    return found


def visible_actions(
    session: Session, identity: Identity, plan: PlanRecord, found: list[ActionRecord]
) -> list[ActionRecord]:
    """Those that name nothing hidden from ``identity``."""
    if identity.sees_everything or not found:
        return found
    scope = scope_of(session, identity, run_record(session, plan.run_id))
    table = pd.DataFrame([one.content for one in found]).assign(number=range(len(found)))
    return [found[number] for number in scope.visible(table)["number"]]
