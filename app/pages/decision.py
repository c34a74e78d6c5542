"""One action: what it is worth, what was decided on it and released, and the decision itself."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.again import asked_again
from app.pages.living import lived
from app.pages.visit import Visit
from app.service.decisions import ActionView, ReleaseView, decide, needs_approval, releases
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.futures.confidence import WHOLE
from app.service.identity.identity import Permission
from app.service.report.headline import in_words
from app.service.views.kept import StoredCase
from app.service.views.whatif_action import preview

Verdict = Literal["approve", "change", "reject", "undo"]
_SENT = {"open": "on its way to the ERP", "acknowledged": "taken by the ERP",
         "withdrawn": "withdrawn"}  # fmt: skip
_DONE = {"approve": "Approved", "change": "Approved with your quantity", "reject": "Rejected",
         "undo": "Undone"}  # fmt: skip
_BEYOND = ("A substitute costs its exchange; its premium is more: what the substitute itself is "
           "dearer than the part that it stands for, which its own orders pay.")  # fmt: skip


def panel(visit: Visit, case: StoredCase, one: ActionView, currency: str) -> None:
    """Everything about one action."""
    with st.container(border=True):
        words = in_words(one.content)
        st.markdown(f"**{words[:1].upper()}{words[1:]}**")
        _facts(one, currency)
        if visit.may(Permission.DECIDE):
            _decide(visit, case, one, currency)
        if visit.may(Permission.RELEASE_READ):
            _releases(visit, case, one)
        _history(one)


def number(one: ActionView, name: str) -> float:
    """A number of an action; 0 where it has none."""
    value = one.content.get(name)
    return 0.0 if value is None else float(value)


def _facts(one: ActionView, currency: str) -> None:
    content = one.content
    sure = content.get("confidence")
    look.facts({
        "Decide by": look.week(content["decide_by"]),
        "Worth": look.money(content["worth"], currency),
        "Cost": look.money(content["cost"], currency),
        "of it premium" if number(one, "premium") <= number(one, "cost") else "Premium":
            look.money(content["premium"], currency),
        "Pays in": look.NOTHING if sure is None else f"{float(sure):.0%} of futures",
        "State": one.state,
    })  # fmt: skip
    if content.get("depends_on"):
        st.caption(f"Needs the actions ranked {content['depends_on']}.")
    if number(one, "premium") > number(one, "cost") + 0.5:
        st.caption(_BEYOND if content["kind"] == "substitute" else
                   "The premium is counted against the cheapest routine option.")  # fmt: skip


def _history(one: ActionView) -> None:
    """Who decided what before, the last one first."""
    told = []
    for decision in reversed(one.decisions):
        units = "" if decision.quantity is None else f" {look.quantity(decision.quantity)}"
        reason = f": {decision.reason}" if decision.reason else ""
        told.append(f"{decision.decided_at:%Y-%m-%d %H:%M} UTC, {decision.decided_by}: "
                    f"{decision.verdict}{units}{reason}")  # fmt: skip
    if told:
        st.caption("  \n".join(told))


def _releases(visit: Visit, case: StoredCase, one: ActionView) -> None:
    """What the ERP was given of it: how many, when, and what it made of it."""
    found = releases(visit.service, visit.identity, dataset=case.dataset_id, action=one.id)
    alive = [sent for sent in found if sent.state != "withdrawn"]
    for state in dict.fromkeys(sent.state for sent in alive):
        these = [sent for sent in alive if sent.state == state]
        units = look.quantity(sum(float(sent.content["quantity"]) for sent in these))
        st.caption(f"{look.counted(len(these), 'release')} of {units} units, {_SENT[state]}")
    if alive:
        frame = pd.DataFrame([_released(sent) for sent in alive])
        look.table(frame, {"units": look.number_column("units"), "starts": "starts",
                           "arrives": "arrives", "what": "what", "state": "state",
                           "number": look.number_column("release"), "key": "ERP's number"},
                   f"releases_{one.id}")  # fmt: skip
    if len(found) > len(alive):
        st.caption(f"{look.counted(len(found) - len(alive), 'earlier release')} withdrawn")


def _released(sent: ReleaseView) -> dict[str, Any]:
    content = sent.content
    starts = content.get("dispatch") or content.get("period") or content.get("planned")
    arrives = content.get("receipt") or content.get("ready")
    return {"number": sent.sequence, "what": sent.kind.replace("_", " "),
            "units": content["quantity"], "starts": look.week(starts),
            "arrives": look.week(arrives), "state": _SENT[sent.state],
            "key": sent.acknowledgement or ""}  # fmt: skip


def _decide(visit: Visit, case: StoredCase, one: ActionView, currency: str) -> None:
    """Approve, change, reject with a reason, or undo; what a change does is shown before."""
    if one.state != "proposed":
        if st.button("Undo", icon=":material/undo:", key="undo"):
            _keep(visit, one, "undo")
        return
    quantity, reason = _wanted(visit, one)
    is_changed = quantity is not None
    _told(one, one.quantity if quantity is None else quantity, currency, is_changed)
    may_approve = _may_approve(visit, one, quantity, currency)
    again = may_approve and asked_again(visit, one)
    with st.container(horizontal=True):
        if may_approve and is_changed:
            if st.button("Approve the changed quantity", type="primary", disabled=not reason,
                         icon=":material/check:", key="change"):  # fmt: skip
                _keep(visit, one, "change", quantity, reason, again)
        elif may_approve and st.button("Approve", type="primary", icon=":material/check:",
                                       key="approve", disabled=again and not reason):  # fmt: skip
            _keep(visit, one, "approve", None, reason, again)
        if st.button("Reject", icon=":material/close:", disabled=not reason, key="reject"):
            _keep(visit, one, "reject", None, reason)
    if quantity is not None:
        lived(visit, case, one, quantity)


def _wanted(visit: Visit, one: ActionView) -> tuple[float | None, str]:
    """The quantity, None where it is the planned one, and the reason; both kept as a draft."""
    name = f"decision {one.id}"
    begun = draft(visit.service, visit.identity, name) or {}
    planned = _whole(one)
    step = max(1.0, float(10 ** (len(f"{planned:.0f}") - 2)))
    left, right = st.columns([3, 4], gap="small")
    quantity = left.number_input(
        f"Units (plan: {look.quantity(one.quantity)})", 0.0,
        value=float(begun.get("quantity", planned)), step=step,
        format="%.0f" if planned.is_integer() else "%.2f", key=f"quantity_{one.id}",
        disabled=one.lever in WHOLE)  # fmt: skip
    reason = right.text_input("Reason", begun.get("reason", ""), key=f"reason_{one.id}",
                           placeholder="to reject or change")  # fmt: skip
    content = {"quantity": quantity, "reason": reason}
    if content != {"quantity": planned, "reason": ""} and content != begun:
        keep_draft(visit.service, visit.identity, name, content)
    is_changed = abs(quantity - planned) > 1e-6 * max(planned, 1.0)
    return (quantity if is_changed else None), reason


def _whole(one: ActionView) -> float:
    """The planned quantity as people see it: whole where pieces are counted."""
    is_counted = one.content.get("unit") in ("piece", "pieces", "") and one.quantity >= 1.0
    return float(round(one.quantity)) if is_counted else one.quantity


def _may_approve(visit: Visit, one: ActionView, quantity: float | None, currency: str) -> bool:
    """Whether they may approve so much of it; who it is for where they may not."""
    if visit.may(Permission.APPROVE) or not needs_approval(visit.service, one, quantity):
        return True
    st.info(f"It costs more than {visit.service.settings.approval_limit:,.0f} {currency}: somebody "
            "with the role approver approves it.", icon=":material/lock:")  # fmt: skip
    return False


def _told(one: ActionView, quantity: float, currency: str, is_changed: bool) -> None:
    """What another quantity does to the plan."""
    if not is_changed:
        if one.content["worth"] is not None:
            st.caption(f"Rejecting it costs {look.money(one.content['worth'], currency)}, if the "
                       "rest is planned anew.")  # fmt: skip
        return
    found = preview(one.content, quantity)
    costs = f"It then costs {look.money(found.cost, currency)}, " \
            f"{look.money(found.premium, currency)} of premium."  # fmt: skip
    if quantity > one.quantity:
        st.info(f"{costs} More than planned raises no profit: the plan takes as much of it as "
                "pays. What the rest of the plan makes of it, live it below.",
                icon=":material/calculate:")  # fmt: skip
    elif found.most_lost is None:
        st.warning(f"{costs} What less of it loses is not known before it is lived.")
    else:
        st.info(f"{costs} The profit falls by at most {look.money(found.most_lost, currency)}, if "
                "the rest is planned anew.", icon=":material/calculate:")  # fmt: skip


def _keep(
    visit: Visit, one: ActionView, verdict: Verdict, quantity: float | None = None,
    reason: str = "", again: bool = False,
) -> None:  # fmt: skip
    """Keep a decision; whoever decides on what somebody else has decided meanwhile is told."""
    with look.mended():
        decide(visit.service, visit.identity, one.id, verdict, quantity, reason, one.revision,
               again)  # fmt: skip
        discard_draft(visit.service, visit.identity, f"decision {one.id}")
        look.tell(f"{_DONE[verdict]}: {in_words(one.content)}.")
        st.rerun()
