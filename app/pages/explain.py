"""Explain: why late, the cheapest fix, why not, and which supply serves what."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look, progress
from app.pages.choice import chosen_case, chosen_dataset, put, remembered
from app.pages.exports import exports, run_link
from app.pages.prose import prose
from app.pages.visit import Visit
from app.service.identity.identity import Permission
from app.service.jobs import JobView
from app.service.results import run
from app.service.views.answers import answer, fault_words, rows_of, wish_fault
from app.service.views.kept import StoredCase
from app.service.views.stored import input_rows
from app.service.views.wording import option, place_of

Json = dict[str, Any]
_QUESTIONS = ("Why late, and the fix", "Why not?", "Which supply serves it?")
_EXAMPLES = ("order ITEM from SUPPLIER to PLANT by air", "transfer ITEM from A to B",
             "build ITEM at PLANT", "substitute X for Y in ITEM")  # fmt: skip

_PEGGED = {"demand_location": "demand at", "demand_period": "due",
           "served": "served", "kind": "supply", "item": "of", "location": "comes in at",
           "origin": "from", "period": "decided", "receipt": "arrives", "into": "goes into",
           "key": "by"}  # fmt: skip


def page(visit: Visit) -> None:
    """Explain."""
    dataset = chosen_dataset(visit)
    case, _ = chosen_case(visit, dataset)
    st.title("Why?")
    with look.mended():
        left, right = st.columns([3, 1])
        question = left.segmented_control("Question", _QUESTIONS, default=_QUESTIONS[0],
                                          key="question", label_visibility="collapsed",
                                          bind="query-params", required=True)  # fmt: skip
        kinds = list(case.plans)
        kind = right.segmented_control("Of the plan", kinds, default=kinds[-1], key="why_of",
                                       bind="query-params", required=True,
                                       label_visibility="collapsed")  # fmt: skip
        asked = {"plan": case.plans[kind]}
        if question == _QUESTIONS[0]:
            _answer(visit, dataset.id, asked, _why, case)
        elif question == _QUESTIONS[1]:
            wish = _wish()
            if wish and (fault := wish_fault(wish)):
                st.error(fault, icon=":material/error:")
            elif wish:
                _answer(visit, dataset.id, {**asked, "why_not": wish}, _why_not, case)
        else:
            item = _demand(visit, case)
            if item:
                _answer(visit, dataset.id, {**asked, "pegging": True, "demand": item}, _pegging,
                        case)  # fmt: skip


def _wish() -> str:
    """What somebody would rather do, in a phrase."""
    wish = st.text_input("Why does the plan not ...", remembered("wish"), key="wish_text",
                         placeholder=_EXAMPLES[0], help="; ".join(_EXAMPLES)).strip()  # fmt: skip
    if wish:
        put("wish", wish)
    else:
        st.caption("Write what you would rather do, for instance: " + "; ".join(
            f"`{example}`" for example in _EXAMPLES))  # fmt: skip
    return wish


def _demand(visit: Visit, case: StoredCase) -> str:
    """The demanded item whose supply is wanted."""
    demand = input_rows(visit.service, visit.identity, case, "demand")
    names = sorted(set(demand["item"])) if len(demand) else []
    if not names:
        st.caption("There is no demand that you may see.")
        return ""
    wanted = st.query_params.get("item", "")
    place = names.index(wanted) if wanted in names else 0
    return str(st.selectbox("Demand for", names, place, key="pegged_item"))


def _answer(visit: Visit, dataset_id: str, asked: Json, show: Any, case: StoredCase) -> None:
    """The answer if it was worked out before; else how it comes about."""
    found = answer(visit.service, visit.identity, dataset_id, "explain", asked)
    if found is not None:
        show(visit, found.id, case.currency)
    elif not progress.goes_on(visit, "explain", dataset_id, asked, _ended):
        _offer(visit, asked)


def _ended(job: JobView) -> None:
    """Why the same question brought no answer when it was asked last; it can be asked again."""
    wrong = job.error.get("problems")
    if job.state == "failed" and wrong:
        for problem in wrong:
            st.error(fault_words(problem), icon=":material/error:")
    else:
        progress.ended_badly(job)


def _offer(visit: Visit, asked: Json) -> None:
    """Let it be worked out."""
    if not visit.may(Permission.RUN_START):
        look.empty("Not worked out yet", "A planner can start it; then it stands here.", "help")
        return
    st.caption("The plan is made again with one kind of limit relaxed after the other; that takes "
               "a moment and blocks nothing.")  # fmt: skip
    if st.button("Work it out", type="primary") and progress.start(visit, "explain", None, asked):
        st.rerun()


def _why(visit: Visit, run_id: str, currency: str) -> None:
    """Reasons of what is late or lost, and what would fix it."""
    why = rows_of(visit.service, visit.identity, run_id, "why")
    st.subheader("Why it is late or not served")
    if why.empty:
        look.empty("Nothing is late or lost", "Every unit is on time.", "check_circle")
    else:
        counts = {"late": "late", "lost": "lost", "open": "open at the end"}
        prose(why, {"text": "because", **{name: f"{words}, units" for name, words in counts.items()
                                          if name in why}}, "why")  # fmt: skip
        exports(why, "reasons", run_link(visit, run_id, "why"))
    fixes = rows_of(visit.service, visit.identity, run_id, "fixes")
    st.subheader("What would fix it, and what that is worth")
    if fixes.empty:
        st.caption("No single step more is worth anything.")
        return
    fixes["gain"] = look.thousands(fixes["worth"])
    prose(fixes, {"text": "fix", "gain": f"worth, k {currency}"}, "fixes")
    exports(fixes, "fixes", run_link(visit, run_id, "fixes"))


def _why_not(visit: Visit, run_id: str, currency: str) -> None:
    """The answers to a wish, in sentences."""
    told = run(visit.service, visit.identity, run_id).result
    if told is None:
        look.empty("Not for your view", "The answer tells of every brand and plant.", "lock")
        return
    for row in told["why_not"]:
        st.markdown(f"- {row['text']}")


def _pegging(visit: Visit, run_id: str, currency: str) -> None:
    """Which supply goes into a demand, level by level."""
    rows = rows_of(visit.service, visit.identity, run_id, "pegging")
    if rows.empty:
        look.empty("Nothing is served", "No supply goes into this demand.", "link_off")
        return
    rows = rows.assign(into=rows["into"].map(option), key=rows["key"].map(place_of))
    for name in ("demand_period", "served", "period", "receipt"):
        if name in rows:
            rows[name] = pd.to_datetime(rows[name])
    names = {name: words for name, words in _PEGGED.items() if name in rows}
    look.paged(rows, {"quantity": look.number_column("units"), **names}, "pegging")
    exports(rows, "pegging", run_link(visit, run_id, "pegging"))
