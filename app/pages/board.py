"""The board: what is wrong, what to do, and by when, before anyone clicks."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import around, charts, look
from app.pages.choice import chosen_case, chosen_dataset
from app.pages.exports import exports, plan_link
from app.pages.visit import Visit
from app.service.report.words import counted
from app.service.views.board import changes, with_chances
from app.service.views.chances import chances_run, line_stops
from app.service.views.kept import StoredCase, case_before, read_board

Json = dict[str, Any]
Key = tuple[Any, ...]  # of a case as somebody sees it, for figures that are made once
_HEAT = "Share of the demand due in a week that is late or not served."
_SIGNS = {"new": "newly stops", "gone": "runs again", "sooner": "stops sooner",
          "later": "stops later", "money": "revenue at risk"}  # fmt: skip


@st.cache_resource(max_entries=32, show_spinner="Reading the plans of this run")
def board_of(_visit: Visit, _case: StoredCase, run_id: str, scenario: str, scope: Any) -> Json:
    """The board of a case; a run never changes, so it is kept by its id."""
    return read_board(_visit.service, _visit.identity, _case)


def read(visit: Visit, case: StoredCase) -> Json:
    """The board of a case, out of memory if somebody of the same scope has just seen it."""
    return board_of(visit, case, case.run_id, case.scenario, visit.scope)


def page(visit: Visit) -> None:
    """The board."""
    dataset = chosen_dataset(visit)
    case, known = chosen_case(visit, dataset)
    with look.mended():
        board = read(visit, case)
        _headline(board, case)
        _lines(visit, board, case)
        key = (case.run_id, case.scenario, visit.scope, look.is_dark())
        left, right = st.columns([3, 2])
        with left:
            _heat(visit, board, case, key)
        with right:
            _changes(visit, board, case, known)
            _groups(board, key)
        around.network(visit, board, case)


def _headline(board: Json, case: StoredCase) -> None:
    """The situation in one sentence, what to do and by when, and four figures."""
    currency, totals = board["currency"], board["totals"]
    st.title(_sentence(board))
    st.markdown(_advice(board))
    due = [action["decide_by"] for action in board["actions"]]
    look.cards([
        look.Card("Revenue at risk if nothing is done", look.money(totals["at_risk"], currency),
                  _units(totals), look.AS_IS),
        look.Card("Profit gained by the response", look.money(totals["saved"], currency),
                  f"{look.money(totals['at_risk_response'], currency)} of revenue stay at risk",
                  look.RESPONSE),
        look.Card("Spent in premium", look.money(totals["premium"], currency),
                  "beyond the cheapest routine options"),
        look.Card("First decision by", look.week(min(due, default=None)),
                  f"{due.count(min(due))} due then, of {len(due):,}" if due else "nothing to do"),
    ])  # fmt: skip
    st.caption(f"{case.name}, by {case.created_by or 'unknown'}. {board['note']}")


def _units(totals: Json) -> str:
    """Units not on time if nothing is done, in the words of all pages."""
    plan = totals["as-is"] if "as-is" in totals else totals["response"]
    missed = look.quantity(plan["lost"] + plan["open"])
    return (f"{missed} units not served, {look.quantity(plan['late'])} late, "
            f"of {look.quantity(totals['demanded'])}")  # fmt: skip


def _sentence(board: Json) -> str:
    """What is wrong."""
    lines, currency = board["lines"], board["currency"]
    if not lines and not board["products"]:
        return "Nothing runs short"
    at_risk = look.money(board["totals"]["at_risk"], currency)
    if not lines:
        return f"No line stops; {at_risk} of revenue at risk"
    first = min(lines, key=lambda line: line["down_from"])
    return (f"{counted(len(lines), 'line')} will stop, the first {first['line']} on "
            f"{look.week(first['down_from'])}: {at_risk} at risk")  # fmt: skip


def _advice(board: Json) -> str:
    """What to do, and by when: a line each."""
    bottleneck, actions = board["bottleneck"], board["actions"]
    parts, best = [], None
    if bottleneck:
        place = f" from **{bottleneck['place']}**" if bottleneck["place"] else ""
        who = "They wait" if board["lines"] else "Demand waits"
        parts.append(f"{who} for **{bottleneck['item']}**{place}.")
    if actions:
        best = max(actions, key=lambda action: action["worth"] or 0.0)
        parts.append(f"Worth most: {best['text']}, by **{look.week(best['decide_by'])}**.")
    if actions and actions[0] is not best:
        first = actions[0]
        parts.append(f"Due first: {first['text']}, by **{look.week(first['decide_by'])}**.")
    return "  \n".join(parts)


def _lines(visit: Visit, board: Json, case: StoredCase) -> None:
    """Lines that stop, ranked, with how sure that is where it was simulated."""
    st.subheader("What stops, most money first")
    currency = board["currency"]
    if not board["lines"]:
        look.empty("No line stops", "In this plan every line keeps at least half of its calm load.",
                   "check_circle")  # fmt: skip
        return
    frame, simulated = _with_chances(visit, board, case)
    frame["money"] = look.thousands(frame["at_risk"])
    frame["then"] = [look.week(date) if date is not None and not pd.isna(date) else "runs on"
                     for date in frame["down_from_response"]]  # fmt: skip
    columns: dict[str, Any] = {
        "line": "line", "plant": "plant",
        "money": look.money_column("revenue at risk", currency),
        "down": "down from", "weeks_down": look.number_column(f"{board['bucket']}s down"),
        "stopped_by": "waits for", "place": "from",
    }  # fmt: skip
    frame["down"] = look.weeks(frame["down_from"])
    if simulated:
        frame["range"] = [_range(*ends) for ends in zip(frame["down_P10"], frame["down_P90"],
                                                        strict=True)]  # fmt: skip
        columns |= {"range": st.column_config.TextColumn(
                        "range", help="8 of 10 simulated futures stop the line within it"),
                    "probability": look.share_column("chance")}  # fmt: skip
    columns["then"] = "with the response"
    columns["products"] = "products"
    look.table(frame, columns, "board_lines")
    exports(
        frame[[*columns]],
        "lines at risk",
        plan_link(visit, next(iter(case.plans.values())), "lines"),
    )
    if not simulated:
        st.caption("Not simulated yet: without a range and a chance. Start **How sure is it?** on "
                   "the page Scenarios.")  # fmt: skip


def _range(first: Any, last: Any) -> str:
    """From when to when most futures stop a line."""
    if pd.isna(first):
        return look.NOTHING
    until = "later" if pd.isna(last) else f"{pd.Timestamp(last):%Y-%m-%d}"
    return f"{pd.Timestamp(first):%Y-%m-%d} to {until}"


def _with_chances(visit: Visit, board: Json, case: StoredCase) -> tuple[pd.DataFrame, bool]:
    found = simulated_run(visit, case)
    if found is None:
        return pd.DataFrame(board["lines"]), False
    return _sampled(visit, board, case.run_id, case.scenario, visit.scope, found).copy(), True


@st.cache_resource(max_entries=64, show_spinner=False)
def _sampled(
    _visit: Visit, _board: Json, run_id: str, scenario: str, scope: Any, found: str
) -> pd.DataFrame:
    """The lines with the chances of a simulation; neither of them changes."""
    return with_chances(_board["lines"], line_stops(_visit.service, _visit.identity, found))


def simulated_run(visit: Visit, case: StoredCase) -> str | None:
    """The simulation that tells how sure a case is, if it was made."""
    return chances_run(visit.service, visit.identity, case)


def _heat(visit: Visit, board: Json, case: StoredCase, key: Key) -> None:
    """Products by week: how much of what is due misses its date."""
    st.subheader("When it hits")
    kinds = list(board["heat"])
    kind = st.segmented_control("Plan", kinds, default=kinds[0], key="heat_of",
                                label_visibility="collapsed", bind="query-params")  # fmt: skip
    values = board["heat"][kind or kinds[0]]
    if not values["items"]:
        st.caption("Everything is on time.")
        return
    st.caption(_HEAT)
    figure = charts.kept((*key, "heat", kind), partial(charts.heat, values, look.is_dark()))
    charts.draw(figure, f"heat_{kind}",
                "Heat map of products by week: share of demand not on time. The numbers are in the "
                "export.")  # fmt: skip
    frame = pd.DataFrame(values["values"], values["items"], values["periods"])
    exports(
        frame.reset_index(names="item"),
        "not on time by week",
        plan_link(visit, case.plans[kind or kinds[0]], "service"),
    )


def _changes(visit: Visit, board: Json, case: StoredCase, known: list[StoredCase]) -> None:
    """What changed since the run before."""
    st.subheader("What changed")
    before = case_before(known, case)
    if before is None:
        st.caption("This is the first run of the scenario: from the next one on, what changed "
                   "since yesterday stands here.")  # fmt: skip
        return
    earlier = read(visit, before)
    rows = changes(earlier, board)
    st.caption(f"Since {before.name}: revenue at risk "
               f"{look.money(earlier['totals']['at_risk'], board['currency'])} then, "
               f"{look.money(board['totals']['at_risk'], board['currency'])} now.")  # fmt: skip
    if not rows:
        st.markdown(":material/check: No line and no product is worse or better off.")
        return
    frame = pd.DataFrame(rows)
    shown = pd.DataFrame({
        "what": frame["kind"].map(_SIGNS), "name": frame["name"],
        "before": [_value(value, board["currency"]) for value in frame["before"]],
        "now": [_value(value, board["currency"]) for value in frame["after"]]})  # fmt: skip
    look.table(shown, look.all_columns(shown), "board_changes", height=look.height(len(shown), 230))
    exports(shown, "what changed")


def _value(value: Any, currency: str) -> str:
    return look.money(value, currency) if isinstance(value, float) else look.week(value)


def _groups(board: Json, key: Key) -> None:
    """Money at risk by plant and by brand."""
    st.subheader("Where it hurts")
    plants, brands = st.tabs(["By plant", "By brand"])
    for tab, rows, name in ((plants, board["plants"], "plant"), (brands, board["brands"], "brand")):
        with tab:
            if rows:
                make = partial(charts.bars, rows, name, board["currency"])
                charts.draw(charts.kept((*key, "bars", name), make), f"bars_{name}",
                            f"Money at risk by {name}: "
                            + ", ".join(str(row[name]) for row in rows))  # fmt: skip
            else:
                st.caption("None.")
