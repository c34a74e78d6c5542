"""Actions: the ranked list; approved, changed or rejected with a reason, and undone."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.again import asked_again
from app.pages.choice import chosen_case, chosen_dataset
from app.pages.visit import Visit
from app.service.decisions import ActionView, action, actions, decide, releases
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.identity.identity import Permission
from app.service.report.headline import in_words
from app.service.views.kept import StoredCase
from app.service.views.whatif_action import preview

Verdict = Literal["approve", "change", "reject", "undo"]
_STATES = ("all", "proposed", "approved", "changed", "rejected")
_ORDERS = {"money": "rank", "deadline": "decide_by"}
_SENT = {"open": "on its way to the ERP", "acknowledged": "taken by the ERP",
         "withdrawn": "withdrawn"}  # fmt: skip


def page(visit: Visit) -> None:
    """Actions."""
    dataset = chosen_dataset(visit)
    case, _ = chosen_case(visit, dataset)
    st.title(f"What to do: {case.scenario}")
    with look.mended():
        if "response" not in case.plans:
            look.empty("No response plan", "Only a response has actions.", "checklist")
            return
        found = actions(visit.service, visit.identity, case.plans["response"])
        if not found:
            look.empty("Nothing to do", "Nothing that the scenario permits improves on doing "
                       "nothing.", "check_circle")  # fmt: skip
            return
        currency = case.currency
        _figures(found, currency)
        chosen = _list(found, currency)
        if chosen is None:
            st.caption("Select an action to see what it is worth, and to decide on it.")
        else:
            _one(visit, case, action(visit.service, visit.identity, chosen.id), currency)


def _figures(found: list[ActionView], currency: str) -> None:
    """How far the decisions are."""
    open_ones = [one for one in found if one.state == "proposed"]
    decided = [one for one in found if one.state in ("approved", "changed")]
    due = min((one.content["decide_by"] for one in open_ones), default=None)
    first = [one for one in open_ones if one.content["decide_by"] == due]
    look.cards([
        look.Card("To be decided", f"{len(open_ones):,} of {len(found):,}",
                  f"{len(first):,} due by {look.week(due)}" if first else "all are decided",
                  look.AS_IS),
        look.Card("Approved", f"{len(decided):,}",
                  f"{look.money(sum(_number(one, 'premium') for one in decided), currency)} of "
                  "premium", look.RESPONSE),
        look.Card("Rejected", f"{sum(one.state == 'rejected' for one in found):,}",
                  "with a reason"),
    ])  # fmt: skip


def _number(one: ActionView, name: str) -> float:
    value = one.content.get(name)
    return 0.0 if value is None else float(value)


def _list(found: list[ActionView], currency: str) -> ActionView | None:
    """The ranked list; the selected action stays in the address."""
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    state = left.segmented_control("State", _STATES, default="all", key="state", required=True,
                                   bind="query-params")  # fmt: skip
    order = middle.segmented_control("Ordered by", list(_ORDERS), default="money", key="order",
                                     required=True, bind="query-params")  # fmt: skip
    text = right.text_input("With", key="with", bind="query-params",
                            placeholder="an item, a place, a kind")  # fmt: skip
    shown = [one for one in found if state in ("all", one.state) and _matches(one, text)]
    if _ORDERS[order] == "decide_by":
        shown.sort(key=lambda one: (one.content["decide_by"], one.rank))
    if not shown:
        look.empty("None", "No action passes these filters.", "filter_alt")
        return None
    frame = _frame(shown)
    columns = _columns(currency)
    event = look.table(frame, columns, "actions", on_select="rerun", selection_mode="single-row",
                       height=360)  # fmt: skip
    look.exports(frame[[*columns]], "actions")
    if event.selection.rows:
        st.query_params["action"] = shown[event.selection.rows[0]].id
    wanted = st.query_params.get("action", "")
    return next((one for one in found if one.id == wanted), None)


def _matches(one: ActionView, text: str) -> bool:
    told = " ".join(str(one.content.get(name, "")) for name in
                    ("kind", "item", "origin", "destination", "mode"))  # fmt: skip
    return text.lower() in told.lower()


def _frame(shown: list[ActionView]) -> pd.DataFrame:
    told = pd.DataFrame([one.content for one in shown])
    return pd.DataFrame({
        "rank": [one.rank for one in shown], "state": [one.state for one in shown],
        "what": [in_words(one.content) for one in shown],
        "decide_by": look.weeks(told["decide_by"]),
        "quantity": [one.decided_quantity or one.quantity for one in shown],
        "cost": told["cost"], "premium": told["premium"],
        "worth": told["worth"].astype(float), "confidence": told["confidence"].astype(float),
        "depends_on": told["depends_on"],
    })  # fmt: skip


def _columns(currency: str) -> dict[str, Any]:
    return {
        "rank": look.number_column("#"), "state": "state",
        "what": st.column_config.TextColumn("what to do", width="large"),
        "decide_by": "decide by", "quantity": look.number_column("units"),
        "worth": look.number_column(f"worth, {currency}",
                                    help="Profit lost when the plan is made again without it"),
        "confidence": look.share_column("sure", help="Share of sampled futures in which it pays"),
        "cost": look.number_column(f"cost, {currency}"),
        "premium": look.number_column(f"premium, {currency}"), "depends_on": "needs",
    }  # fmt: skip


# --- one action ----------------------------------------------------------------------------------


def _one(visit: Visit, case: StoredCase, one: ActionView, currency: str) -> None:
    """One action: what it is worth, its history, and the decision."""
    with st.container(border=True):
        words = in_words(one.content)
        st.subheader(words[:1].upper() + words[1:])
        content = one.content
        st.markdown(
            f"Decide by **{look.week(content['decide_by'])}** \u00b7 worth "
            f"**{look.money(content['worth'], currency)}** \u00b7 costs "
            f"{look.money(content['cost'], currency)}, {look.money(content['premium'], currency)} "
            f"of it premium \u00b7 **{one.state}**")  # fmt: skip
        for decision in one.decisions:
            units = "" if decision.quantity is None else f" {look.quantity(decision.quantity)}"
            reason = f": {decision.reason}" if decision.reason else ""
            st.caption(f"{decision.decided_at:%Y-%m-%d %H:%M} UTC, {decision.decided_by}: "
                       f"{decision.verdict}{units}{reason}")  # fmt: skip
        if visit.may(Permission.RELEASE_READ):
            _releases(visit, case, one)
        if visit.may(Permission.DECIDE):
            _decide(visit, one, currency)


def _releases(visit: Visit, case: StoredCase, one: ActionView) -> None:
    """What the ERP was given of it."""
    found = [sent for sent in releases(visit.service, visit.identity, dataset=case.dataset_id,
                                       limit=1000) if sent.action_id == one.id]  # fmt: skip
    for sent in found:
        number = f" as {sent.acknowledgement}" if sent.acknowledgement else ""
        st.caption(f"Release {sent.sequence}, {sent.kind}: {_SENT[sent.state]}{number}")


def _decide(visit: Visit, one: ActionView, currency: str) -> None:
    """Approve, change, reject with a reason, or undo; what a change does is shown before."""
    if not _may_approve(visit, one):
        st.info(f"It costs more than {visit.service.settings.approval_limit:,.0f} {currency}: "
                "somebody with the role approver decides.", icon=":material/lock:")  # fmt: skip
        return
    if one.state != "proposed":
        if st.button("Undo", icon=":material/undo:", key="undo"):
            _keep(visit, one, "undo")
        return
    name = f"decision {one.id}"
    begun = draft(visit.service, visit.identity, name) or {}
    left, right = st.columns([1, 2])
    quantity = left.number_input(f"Units (planned: {look.quantity(one.quantity)})", 0.0,
                                 value=float(begun.get("quantity", one.quantity)),
                                 key=f"quantity_{one.id}")  # fmt: skip
    reason = right.text_input("Reason", begun.get("reason", ""), key=f"reason_{one.id}",
                              placeholder="needed for a rejection or a change")  # fmt: skip
    content = {"quantity": quantity, "reason": reason}
    if content != {"quantity": one.quantity, "reason": ""} and content != begun:
        keep_draft(visit.service, visit.identity, name, content)
    again = asked_again(visit, one)
    is_changed = abs(quantity - one.quantity) > 1e-6 * max(one.quantity, 1.0)
    _told(one, quantity, currency, is_changed)
    with st.container(horizontal=True):
        if is_changed:
            if st.button("Approve the changed quantity", type="primary", disabled=not reason,
                         icon=":material/check:", key="change"):  # fmt: skip
                _keep(visit, one, "change", quantity, reason, again)
        elif st.button("Approve", type="primary", icon=":material/check:", key="approve",
                       disabled=again and not reason):  # fmt: skip
            _keep(visit, one, "approve", None, reason, again)
        if st.button("Reject", icon=":material/close:", disabled=not reason, key="reject"):
            _keep(visit, one, "reject", None, reason)


def _may_approve(visit: Visit, one: ActionView) -> bool:
    limit = visit.service.settings.approval_limit
    return abs(_number(one, "cost")) <= limit or visit.may(Permission.APPROVE)


def _told(one: ActionView, quantity: float, currency: str, is_changed: bool) -> None:
    """What another quantity does to the plan."""
    if not is_changed:
        st.caption(f"Rejecting it costs {look.money(one.content['worth'], currency)}, if the rest "
                   "is planned anew.")  # fmt: skip
        return
    found = preview(one.content, quantity)
    costs = f"It then costs {look.money(found.cost, currency)}, " \
            f"{look.money(found.premium, currency)} of it premium."  # fmt: skip
    if found.most_lost is None:
        st.warning(f"{costs} Of more than planned nothing is known before planning again.")
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
        words = {"approve": "Approved", "change": "Approved with your quantity",
                 "reject": "Rejected", "undo": "Undone"}  # fmt: skip
        look.tell(f"{words[verdict]}: {in_words(one.content)}.")
        st.rerun()
