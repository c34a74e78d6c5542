"""Compare: several cases side by side; of two, the decisions that differ and why money moved."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.pages import look, progress
from app.pages.board import read
from app.pages.choice import chosen_case, chosen_dataset
from app.pages.exports import exports, plan_link, run_link
from app.pages.prose import prose
from app.pages.visit import Visit
from app.service.identity.identity import Permission
from app.service.report.tables import TERMS
from app.service.views.answers import answer, rows_of
from app.service.views.comparison import money_side_by_side, side_by_side, stops_side_by_side
from app.service.views.kept import StoredCase
from app.service.views.stored import plan_rows
from app.service.views.wording import decision, option

_MOST, _DECISIONS = 6, 15  # cases; decisions on a page
_TINY = 0.5  # of money that did not move
_MISSED = "Units lost, or still open at the end of the plan"


def page(visit: Visit) -> None:
    """Compare."""
    dataset = chosen_dataset(visit)
    case, known = chosen_case(visit, dataset)
    st.title("Compare")
    with look.mended():
        chosen = _choose(case, known)
        if len(chosen) < 2:
            look.empty("Choose two or more", "Each is one scenario of a run; **Scenarios** makes "
                       "more of them.", "compare_arrows")  # fmt: skip
            return
        names = {_short(one, chosen): one for one in chosen}
        currency = case.currency
        _overview(visit, names, currency)
        _money(visit, names, currency)
        _difference(visit, dataset.id, list(names.items()), currency)


def _choose(case: StoredCase, known: list[StoredCase]) -> list[StoredCase]:
    """The cases of the address, else the present one and the next of another scenario."""
    by_id = {f"{one.run_id}.{place}": one for place, one in enumerate(known)}
    here = [key for key in st.query_params.get_all("cases") if key in by_id]
    if not here:
        other = next((key for key, one in by_id.items() if one.scenario != case.scenario),
                     next((key for key, one in by_id.items() if one != case), None))  # fmt: skip
        mine = next(key for key, one in by_id.items() if one == case)
        here = [key for key in (mine, other) if key]
    chosen = st.multiselect("Cases", list(by_id), here, format_func=lambda key: by_id[key].name,
                            max_selections=_MOST, key="compare_cases")  # fmt: skip
    st.query_params["cases"] = chosen
    return [by_id[key] for key in chosen]


def _short(case: StoredCase, chosen: list[StoredCase]) -> str:
    """The scenario alone where that tells it from the others."""
    same = [one for one in chosen if one.scenario == case.scenario]
    return case.name if len(same) > 1 else case.scenario


def _overview(visit: Visit, names: dict[str, StoredCase], currency: str) -> None:
    boards = {name: read(visit, case) for name, case in names.items()}
    frame = side_by_side(boards)
    for name in ("at_risk", "at_risk_response", "saved", "premium"):
        frame[name] = look.thousands(frame[name])
    frame["first_stop"] = look.weeks(frame["first_stop"])
    columns: dict[str, Any] = {
        "case": st.column_config.TextColumn("case", width="medium"),
        "at_risk": look.money_column("at risk as-is", currency),
        "at_risk_response": look.money_column("at risk, response", currency),
        "saved": look.money_column("profit gained", currency),
        "premium": look.money_column("premium", currency),
    }  # fmt: skip
    look.table(frame, columns, "compare_cases_table")
    units = {
        "case": st.column_config.TextColumn("case", width="medium"),
        "missed": look.number_column("not served as-is", help=_MISSED),
        "missed_response": look.number_column("not served, response", help=_MISSED),
        "late": look.number_column("late as-is"), "late_response": look.number_column(
            "late, response"),
        "lines": look.number_column("lines that stop"),
        "first_line": "first line", "first_stop": "stops", "waits_for": "waits for",
    }  # fmt: skip
    look.table(frame, units, "compare_units_table")
    exports(frame, "comparison")
    stops = stops_side_by_side(boards)
    if len(stops):
        st.subheader("First stop of each line, as-is")
        shown = stops.apply(look.weeks).reset_index()
        look.table(shown, look.all_columns(shown), "compare_stops")
        exports(shown, "first stops")


def _money(visit: Visit, names: dict[str, StoredCase], currency: str) -> None:
    """Money of the responses, term by term, for who sees the whole company."""
    costs = {name: plan_rows(visit.service, visit.identity, case, list(case.plans)[-1], "costs")
             for name, case in names.items()}  # fmt: skip
    if any(table.empty for table in costs.values()):
        return
    st.subheader("Money of the responses")
    table = (money_side_by_side(costs) / 1000.0).round(0).reset_index()
    look.table(table, {"term": "", **{name: look.money_column(name, currency) for name in costs}},
               "compare_money", height="content")  # fmt: skip
    exports(
        table,
        "money by case",
        plan_link(visit, list(next(iter(names.values())).plans.values())[-1], "costs"),
    )


def _difference(
    visit: Visit, dataset_id: str, names: list[tuple[str, StoredCase]], currency: str
) -> None:
    """What the second response decides in another way than the first, and what that moves."""
    (first, before), (second, after) = names[:2]
    st.subheader(f"What {second} decides in another way than {first}")
    asked = {"before": list(before.plans.values())[-1], "after": list(after.plans.values())[-1]}
    found = answer(visit.service, visit.identity, dataset_id, "compare", asked)
    if found is None:
        _work_out(visit, dataset_id, asked)
        return
    terms = rows_of(visit.service, visit.identity, found.id, "terms")
    decisions = rows_of(visit.service, visit.identity, found.id, "decisions")
    if decisions.empty:
        st.markdown("They decide the same.")
    else:
        decisions["text"] = [decision(*row) for row in zip(
            decisions["text"], decisions["kind"], decisions["key"], strict=True)]  # fmt: skip
        decisions["gain"] = look.thousands(decisions["profit"])
        prose(decisions, {"text": "decision", "group": "group",
                          "gain": f"adds to the profit, k {currency}"},
              "compare_decisions", _DECISIONS)  # fmt: skip
        exports(decisions, "decisions that differ", run_link(visit, found.id, "decisions"))
    terms = terms[terms["profit"].abs() >= _TINY] if len(terms) else terms
    if len(terms):
        st.subheader("Why the money moved")
        terms = terms.assign(
            gain=look.thousands(terms["profit"]),
            mostly=terms["mostly"].map(option),
            term=terms["term"].map(lambda term: TERMS.get(term, term)),
        )
        prose(terms, {"term": "term", "mostly": "mostly by",
                      "gain": f"adds to the profit, k {currency}"}, "compare_terms")  # fmt: skip
        exports(terms, "money that moved", run_link(visit, found.id, "terms"))


def _work_out(visit: Visit, dataset_id: str, asked: dict[str, str]) -> None:
    """Start the comparison, or follow the one that somebody started."""
    if progress.goes_on(visit, "compare", dataset_id, asked):
        return
    if not visit.may(Permission.RUN_START):
        st.caption("Not worked out yet; a planner can start it.")
    elif st.button("Work it out", type="primary") and progress.start(visit, "compare", None, asked):
        st.rerun()
