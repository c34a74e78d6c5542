"""A changed quantity lived through: more or less of one action, all else as planned."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look, progress
from app.pages.visit import Visit
from app.service.decisions import ActionView, preview
from app.service.identity.identity import Permission
from app.service.results import run
from app.service.views.answers import answer
from app.service.views.kept import StoredCase

Json = dict[str, Any]
_UNITS = {"on_time": "on time", "late": "late", "lost": "lost", "open": "open at the end"}
_TINY = 1e-3  # of a unit or of money


def lived(visit: Visit, case: StoredCase, one: ActionView, quantity: float) -> None:
    """What the plan does with another quantity, worked out by a job; the same is asked once."""
    asked = {"plan": one.plan_id, "action": one.id, "quantity": quantity}
    found = answer(visit.service, visit.identity, case.dataset_id, "preview", asked)
    if found is not None:
        told = run(visit.service, visit.identity, found.id).result
        if told is not None:
            _difference(told, one, quantity)
        return
    if progress.goes_on(visit, "preview", case.dataset_id, asked):
        return
    if visit.may(Permission.RUN_START) and visit.identity.sees_everything:
        _offer(visit, one, quantity)


def _offer(visit: Visit, one: ActionView, quantity: float) -> None:
    words = "more" if quantity > one.quantity else "less"
    if st.button(f"Live the plan with {words} of it", icon=":material/play_arrow:", key="live",
                 help="All else as planned: builds, orders and transfers stay, and what the "
                      "changed supply feeds follows it. Nothing is decided."):  # fmt: skip
        with look.mended():
            preview(visit.service, visit.identity, one.id, quantity)
            st.rerun()


def _difference(told: Json, one: ActionView, quantity: float) -> None:
    """Units and money as planned, and what the other quantity adds."""
    st.markdown(f"Lived with **{look.quantity(quantity)}** instead of "
                f"{look.quantity(one.quantity)}, all else as planned:")  # fmt: skip
    profit = {"profit": f"profit, {told['currency']}"}
    frame = pd.DataFrame([*_rows(told, "units", _UNITS), *_rows(told, "money", profit)])
    if frame["change"].abs().max() < _TINY:
        st.caption("Nothing changes: more of it finds no supply at its source, or no use."
                   if quantity > one.quantity else "Nothing changes.")  # fmt: skip
    look.table(frame, {"of": "", "planned": look.number_column("planned"),
                       "change": look.number_column("change")}, f"lived_{one.id}")  # fmt: skip


def _rows(told: Json, part: str, names: dict[str, str]) -> list[Json]:
    return [{"of": words, "planned": told["planned"][part][name],
             "change": told["difference"][part][name]}
            for name, words in names.items() if name in told["planned"][part]]  # fmt: skip
