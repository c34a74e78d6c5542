"""Actions of a plan, and what people decide on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pandas as pd
from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.decisions.releasing import release_action, withdraw
from app.service.faults import Changed, Forbidden, NotFound
from app.service.futures.confidence import WHOLE
from app.service.identity.identity import Identity, Permission
from app.service.results.runs import run_record, visible_plan
from app.service.results.scope import scope_of
from app.store.records import ActionRecord, Decision, PlanRecord
from supplychain.errors import InputError, Problem

Json = dict[str, Any]
Verdict = Literal["approve", "change", "reject", "undo"]
_STATES = {"approve": "approved", "change": "changed", "reject": "rejected", "undo": "proposed"}
_RELEASED = ("approved", "changed")


@dataclass(frozen=True)
class DecisionView:
    """What somebody decided on an action."""

    verdict: str
    quantity: float | None
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class ActionView:
    """A recommended action: ``content`` as the plan tells it, ``state`` as people decided.

    proposed, approved, changed (approved with ``decided_quantity``) or rejected. ``key`` is the
    same for the same action of another plan. ``decisions``: the first one first; empty in lists.
    """

    id: str
    plan_id: str
    rank: int
    key: str
    lever: str
    item: str
    location: str
    quantity: float
    content: Json
    state: str
    decided_quantity: float | None
    revision: int
    decisions: tuple[DecisionView, ...] = ()


def actions(service: Service, identity: Identity, plan_id: str) -> list[ActionView]:
    """The actions of a plan that ``identity`` may see, by rank."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        plan = visible_plan(session, identity, plan_id)
        query = select(ActionRecord).where(ActionRecord.plan_id == plan_id)
        found = list(session.exec(query.order_by(col(ActionRecord.rank))))
        return [_view(one) for one in _visible(session, identity, plan, found)]


def action(service: Service, identity: Identity, action_id: str) -> ActionView:
    """One action with what was decided on it; NotFound where ``identity`` may not see it."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        return _with_history(session, _found(session, identity, action_id))


def decide(
    service: Service,
    identity: Identity,
    action_id: str,
    verdict: Verdict,
    quantity: float | None = None,
    reason: str = "",
    if_match: int | None = None,
) -> ActionView:
    """Approve, change (with a ``quantity``) or reject an action, or undo what was decided.

    What is approved is released to the ERP in the same transaction; what was released before is
    withdrawn. ``if_match``: the revision that the action must still have. Conflict where the ERP
    has acknowledged a release already; Forbidden where it costs more than who asks may approve.
    """
    identity.require(Permission.DECIDE)
    _check(verdict, quantity)
    with audited(service) as session:
        found = _found(session, identity, action_id)
        session.refresh(found, with_for_update=True)
        if if_match is not None and if_match != found.revision:
            raise Changed("somebody decided on the action meanwhile", found.revision)
        if verdict == "change":
            _require_divisible(found)
        state = _STATES[verdict]
        if (state, quantity) == (found.state, found.decided_quantity):
            return _with_history(session, found)
        if state in _RELEASED:
            _require_approval(service, identity, found, quantity)
        before = {"state": found.state, "quantity": found.decided_quantity}
        withdraw(session, found)
        found.state, found.decided_quantity = state, quantity
        found.revision += 1
        session.add(Decision(action_id=found.id, verdict=verdict, quantity=quantity, reason=reason,
                             decided_by=identity.name))  # fmt: skip
        if state in _RELEASED:
            release_action(session, found)
        after = {"state": state, "quantity": quantity, "reason": reason}
        record(session, identity, f"action.{state}", f"action {found.id}", before=before,
               after=after, version=found.revision - 1)  # fmt: skip
        return _with_history(session, found)


def _check(verdict: str, quantity: float | None) -> None:
    """InputError where the verdict is none, or does not go with the quantity."""
    if verdict not in _STATES:
        remedy = f"choose one of {', '.join(_STATES)}"
        raise InputError([Problem("decision", "is no verdict", remedy, column="verdict",
                                  value=verdict)])  # fmt: skip
    if verdict != "change" and quantity is not None:
        raise InputError([Problem("decision", f"{verdict} takes no quantity",
                                  "leave it out, or change", column="quantity")])  # fmt: skip
    if verdict == "change" and not (quantity and math.isfinite(quantity) and quantity > 0):
        raise InputError([Problem("decision", "change needs a quantity above 0",
                                  "give one, or reject", column="quantity",
                                  value="" if quantity is None else str(quantity))])  # fmt: skip


def _require_divisible(found: ActionRecord) -> None:
    """InputError where the action is done or not, in no other quantity."""
    if found.lever in WHOLE:
        raise InputError([Problem("decision", f"{found.lever} has no quantity to change",
                                  "approve or reject it, and change its orders",
                                  column="quantity")])  # fmt: skip


def _require_approval(
    service: Service, identity: Identity, found: ActionRecord, quantity: float | None
) -> None:
    """Forbidden where the action costs more than a planner may approve."""
    cost = abs(float(found.content.get("cost") or 0.0))
    if quantity is not None and found.quantity:
        cost *= quantity / found.quantity
    limit = service.settings.approval_limit
    if cost > limit and not identity.may(Permission.APPROVE):
        raise Forbidden(f"it costs {cost:,.0f}, and you may approve up to {limit:,.0f}",
                        "ask somebody with the role approver")  # fmt: skip


def _found(session: Session, identity: Identity, action_id: str) -> ActionRecord:
    found = session.get(ActionRecord, action_id)
    if found is None:
        raise NotFound.of("action", action_id)
    plan = visible_plan(session, identity, found.plan_id)
    if not _visible(session, identity, plan, [found]):
        raise NotFound.of("action", action_id)
    return found


def _visible(
    session: Session, identity: Identity, plan: PlanRecord, found: list[ActionRecord]
) -> list[ActionRecord]:
    """Those that name nothing hidden from ``identity``."""
    if identity.sees_everything or not found:
        return found
    scope = scope_of(session, identity, run_record(session, plan.run_id))
    table = pd.DataFrame([one.content for one in found]).assign(number=range(len(found)))
    return [found[number] for number in scope.visible(table)["number"]]


def _view(found: ActionRecord, decisions: tuple[DecisionView, ...] = ()) -> ActionView:
    names = [name for name in ActionView.__dataclass_fields__ if name != "decisions"]
    return ActionView(**{name: getattr(found, name) for name in names}, decisions=decisions)


def _with_history(session: Session, found: ActionRecord) -> ActionView:
    query = select(Decision).where(Decision.action_id == found.id).order_by(
        col(Decision.decided_at), col(Decision.id))  # fmt: skip
    return _view(found, tuple(
        DecisionView(one.verdict, one.quantity, one.reason, one.decided_by, one.decided_at)
        for one in session.exec(query)))  # fmt: skip
