"""Actions of a plan, and what people decide on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from app.service.audit import audited, record
from app.service.context import Service
from app.service.decisions.finding import found_action, visible_actions
from app.service.decisions.releasing import release_action, withdraw
from app.service.decisions.repeated import require_first
from app.service.faults import Changed, Forbidden
from app.service.futures.confidence import WHOLE
from app.service.identity.identity import Identity, Permission
from app.service.results.runs import visible_plan
from app.store.records import ActionRecord, Decision
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
        return [_view(one) for one in visible_actions(session, identity, plan, found)]


def action(service: Service, identity: Identity, action_id: str) -> ActionView:
    """One action with what was decided on it; NotFound where ``identity`` may not see it."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        return _with_history(session, found_action(session, identity, action_id))


def decide(
    service: Service,
    identity: Identity,
    action_id: str,
    verdict: Verdict,
    quantity: float | None = None,
    reason: str = "",
    if_match: int | None = None,
    again: bool = False,
) -> ActionView:
    """Approve, change (with a ``quantity``) or reject an action, or undo what was decided.

    What is approved is released to the ERP in the same transaction; what was released before is
    withdrawn. ``if_match``: the revision that the action must still have. Conflict where the ERP
    has acknowledged a release already, or another plan has released the same and ``again`` with a
    ``reason`` does not ask for it; Forbidden where it costs more than who asks may approve.
    """
    identity.require(Permission.DECIDE)
    _check(verdict, quantity)
    _check_again(verdict, again, reason)
    with audited(service) as session:
        found = found_action(session, identity, action_id)
        session.refresh(found, with_for_update=True)
        if if_match is not None and if_match != found.revision:
            raise Changed("somebody decided on the action meanwhile", found.revision)
        if verdict == "change":
            _require_divisible(found)
        state = _STATES[verdict]
        if (state, quantity) == (found.state, found.decided_quantity):
            return _with_history(session, found)
        after: Json = {"state": state, "quantity": quantity, "reason": reason}
        if state in _RELEASED:
            _require_approval(service, identity, found, quantity)
            if earlier := require_first(session, identity, found, again):
                after["again"] = earlier
        before = {"state": found.state, "quantity": found.decided_quantity}
        withdraw(session, found)
        found.state, found.decided_quantity = state, quantity
        found.revision += 1
        session.add(Decision(action_id=found.id, verdict=verdict, quantity=quantity, reason=reason,
                             decided_by=identity.name))  # fmt: skip
        if state in _RELEASED:
            release_action(session, found)
        record(session, identity, f"action.{state}", f"action {found.id}", before=before,
               after=after, version=found.revision - 1)  # fmt: skip
        return _with_history(session, found)


def needs_approval(
    service: Service, found: ActionRecord | ActionView, quantity: float | None = None
) -> bool:
    """Whether only an approver may approve an action, or change it to ``quantity``.

    Anybody who decides may reject it, and undo what was decided.
    """
    return _cost(found, quantity) > service.settings.approval_limit


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


def _check_again(verdict: str, again: bool, reason: str) -> None:
    """InputError where nothing is released ``again``, or nobody says why."""
    if again and _STATES[verdict] not in _RELEASED:
        raise InputError([Problem("decision", f"{verdict} releases nothing again",
                                  "leave it out, or approve", column="again")])  # fmt: skip
    if again and not reason.strip():
        raise InputError([Problem("decision", "says again and not why", "give a reason",
                                  column="reason")])  # fmt: skip


def _require_divisible(found: ActionRecord) -> None:
    """InputError where the action is done or not, in no other quantity."""
    if found.lever in WHOLE:
        raise InputError([Problem("decision", f"{found.lever} has no quantity to change",
                                  "approve or reject it, and change its orders",
                                  column="quantity")])  # fmt: skip


def _require_approval(
    service: Service, identity: Identity, found: ActionRecord, quantity: float | None
) -> None:
    """Forbidden where ``identity`` may not approve what the action costs."""
    if needs_approval(service, found, quantity) and not identity.may(Permission.APPROVE):
        cost, limit = _cost(found, quantity), service.settings.approval_limit
        raise Forbidden(f"it costs {cost:,.0f}, and you may approve up to {limit:,.0f}",
                        "ask somebody with the role approver")  # fmt: skip


def _cost(found: ActionRecord | ActionView, quantity: float | None) -> float:
    """Money of an action at a ``quantity``, that of the plan where it is None."""
    cost = abs(float(found.content.get("cost") or 0.0))
    return cost if quantity is None or not found.quantity else cost * quantity / found.quantity


def _view(found: ActionRecord, decisions: tuple[DecisionView, ...] = ()) -> ActionView:
    names = [name for name in ActionView.__dataclass_fields__ if name != "decisions"]
    return ActionView(**{name: getattr(found, name) for name in names}, decisions=decisions)


def _with_history(session: Session, found: ActionRecord) -> ActionView:
    query = select(Decision).where(Decision.action_id == found.id).order_by(
        col(Decision.decided_at), col(Decision.id))  # fmt: skip
    return _view(found, tuple(
        DecisionView(one.verdict, one.quantity, one.reason, one.decided_by, one.decided_at)
        for one in session.exec(query)))  # fmt: skip
