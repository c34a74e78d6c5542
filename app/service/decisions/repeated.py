"""The same action of another plan that is released already: told before it is released again."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import Session, col, select

from app.service.context import Service
from app.service.decisions.finding import found_action
from app.service.decisions.releasing import dataset_of, take_numbers
from app.service.faults import Conflict
from app.service.identity.identity import Identity, Permission
from app.service.identity.users import strangers
from app.service.results.runs import plan_record, run_record
from app.store.records import ActionRecord, Decision, PlanRecord, Release, Run

_REMEDY = "reject this one, or say that you want it again (again), and why (reason)"
_ORDERED = ("order", "switch mode", "switch source")  # the same orders, beside other routine ones


def released_before(service: Service, identity: Identity, action_id: str) -> str | None:
    """In words, which other plan has released the same action already; None where none has."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        action = found_action(session, identity, action_id)
        run = run_record(session, plan_record(session, action.plan_id).run_id)
        earlier = _earlier(session, action, str(run.dataset_id))
        return None if earlier is None else _told(session, identity, earlier)


def require_first(
    session: Session, identity: Identity, action: ActionRecord, again: bool
) -> str | None:
    """The release of another plan that is to be repeated ``again``; None where there is none.

    Conflict where there is one and it is not. Whoever releases the same at once waits.
    """
    dataset_id = dataset_of(session, action)
    take_numbers(session, 0)
    earlier = _earlier(session, action, dataset_id)
    if earlier is None:
        return None
    if not again:
        raise Conflict(_told(session, identity, earlier), _REMEDY)
    return earlier.id


def _earlier(session: Session, action: ActionRecord, dataset_id: str) -> Release | None:
    """The newest release of the same action of another plan that was not withdrawn."""
    query: Any = select(Release).join(ActionRecord, col(ActionRecord.id) == Release.action_id)
    query = query.where(Release.dataset_id == dataset_id, Release.state != "withdrawn")
    query = query.where(col(ActionRecord.key).in_(_keys(action)))
    query = query.where(ActionRecord.plan_id != action.plan_id)
    found: Release | None = session.exec(query.order_by(col(Release.sequence).desc())).first()
    return found


def _keys(action: ActionRecord) -> list[str]:
    """The keys under which other plans know the same action."""
    kind, *place = json.loads(action.key)
    kinds = _ORDERED if kind in _ORDERED else (kind,)
    return [json.dumps([one, *place], ensure_ascii=False) for one in kinds]


def _told(session: Session, identity: Identity, earlier: Release) -> str:
    """The plan, who approved it and the release; of a plan that is hidden the release only."""
    query: Any = select(Run, PlanRecord).join(PlanRecord, col(PlanRecord.run_id) == Run.id)
    query = query.join(ActionRecord, col(ActionRecord.plan_id) == PlanRecord.id)
    run, plan = session.exec(query.where(ActionRecord.id == earlier.action_id)).one()
    number = f"release {earlier.sequence} ({earlier.state})"
    if run.created_by in strangers(session, identity):
        return f"another plan has released the same already: {number}"
    decided = select(Decision.decided_by).where(Decision.action_id == earlier.action_id)
    by = session.exec(decided.order_by(col(Decision.decided_at).desc(), col(Decision.id).desc()))
    return (f"the plan of {run.created_at:%Y-%m-%d %H:%M} UTC for {plan.scenario!r} has released "
            f"the same already: {number}, approved by {by.first()}")  # fmt: skip
