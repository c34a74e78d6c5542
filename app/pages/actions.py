"""Actions: the ranked list, and beside it the one that is decided on."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.choice import chosen_case, chosen_dataset
from app.pages.decision import number, panel
from app.pages.exports import exports, plan_link
from app.pages.visit import Visit
from app.service.decisions import ActionView, action, actions
from app.service.report.headline import in_words
from app.service.views.kept import StoredCase

_STATES = ("all", "proposed", "approved", "changed", "rejected")
_ORDERS = {"money": "rank", "deadline": "decide_by"}


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
        _figures(found, case.currency)
        _both(visit, case, found)


def _both(visit: Visit, case: StoredCase, found: list[ActionView]) -> None:
    """The list, and beside it what is to be decided of the chosen one."""
    shown = _filtered(found)
    if not shown:
        look.empty("None", "No action passes these filters.", "filter_alt")
        return
    left, right = st.columns([9, 5], gap="small")
    with left:
        chosen = _list(visit, case, found, shown)
    with right:
        panel(visit, case, action(visit.service, visit.identity, chosen.id), case.currency)


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
                  f"{look.money(sum(number(one, 'premium') for one in decided), currency)} of "
                  "premium", look.RESPONSE),
        look.Card("Rejected", f"{sum(one.state == 'rejected' for one in found):,}",
                  "with a reason"),
    ])  # fmt: skip


def _filtered(found: list[ActionView]) -> list[ActionView]:
    """The actions of a state that a search finds, in the order wanted."""
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    state = left.segmented_control("State", _STATES, default="all", key="state", required=True,
                                   bind="query-params")  # fmt: skip
    order = middle.segmented_control("Ordered by", list(_ORDERS), default="money", key="order",
                                     required=True, bind="query-params")  # fmt: skip
    text = right.text_input("Search", key="with", bind="query-params",
                            placeholder="an item, a place, a kind")  # fmt: skip
    shown = [one for one in found if state in ("all", one.state) and _matches(one, text)]
    if _ORDERS[order] == "decide_by":
        shown.sort(key=lambda one: (one.content["decide_by"], one.rank))
    return shown


def _list(
    visit: Visit, case: StoredCase, found: list[ActionView], shown: list[ActionView]
) -> ActionView:
    """The ranked list; the selected action stays in the address, the first one is the default."""
    frame = _frame(shown)
    columns = _columns(case.currency)
    key = f"actions_{hash(tuple(one.id for one in shown))}"  # another list selects anew
    wanted = st.query_params.get("action", "")
    place = next((n for n, one in enumerate(shown) if one.id == wanted), None)
    first = st.session_state.setdefault(f"first_of_{key}", place or 0)
    event = look.table(
        frame, columns, key, on_select="rerun", selection_mode="single-row", height=470,
        selection_default={"selection": {"rows": [first]}})  # fmt: skip
    exports(frame[[*columns]], "actions", plan_link(visit, case.plans["response"], "actions"))
    if event.selection.rows:
        wanted = shown[event.selection.rows[0]].id
    chosen = next((one for one in found if one.id == wanted), shown[0])
    st.query_params["action"] = chosen.id
    return chosen


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
        "rank": look.number_column("#", width=36),
        "what": st.column_config.TextColumn("what to do", width=316),
        "decide_by": st.column_config.TextColumn("decide by", width=118),
        "worth": look.number_column(f"worth, {currency}", width=88,
                                    help="Profit lost when the plan is made again without it"),
        "state": st.column_config.TextColumn("state", width=76),
        "quantity": look.number_column("units"),
        "confidence": look.share_column("sure", help="Share of sampled futures in which it pays"),
        "cost": look.number_column(f"cost, {currency}"),
        "premium": look.number_column(
            f"premium, {currency}",
            help="Beyond the cheapest routine option; of a substitute also what it is dearer than "
                 "the part that it stands for, which its own orders pay"),
        "depends_on": "needs",
    }  # fmt: skip
