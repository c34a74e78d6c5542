"""The plan: as-is against response, stock whose identity holds, orders, and stops of lines."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import charts, look
from app.pages.board import read
from app.pages.choice import chosen_case, chosen_dataset
from app.pages.exports import exports, plan_link
from app.pages.visit import Visit
from app.service.views.comparison import PROFIT
from app.service.views.kept import StoredCase
from app.service.views.plan import by_period, money, steps, units
from app.service.views.stored import Filter, inventory_report, plan_rows

Key = tuple[Any, ...]
_IN = ("orders", "builds", "transfers", "receipts", "other_in")
_PARTS = ("Summary", "Inventory", "Orders", "Transfers", "Builds", "Receipts", "Service", "Stops")
_DATES = {"period": "decided", "dispatch": "leaves", "receipt": "arrives", "due": "due",
          "ready": "ready"}  # fmt: skip
_TEXTS = {"order_id": "order", "line": "line", "item": "item", "supplier": "supplier",
          "origin": "from", "destination": "to", "location": "at", "mode": "mode",
          "version": "version", "customer": "customer"}  # fmt: skip
_NUMBERS = {"quantity": "units", "on_time": "on time", "late": "late", "lost": "lost",
            "open": "open at the end", "cost": "cost", "premium": "premium"}  # fmt: skip


def page(visit: Visit) -> None:
    """The plan."""
    dataset = chosen_dataset(visit)
    case, _ = chosen_case(visit, dataset)
    st.title(f"Plan: {case.scenario}")
    with look.mended():
        part = st.segmented_control("Part", _PARTS, default=_PARTS[0], key="part",
                                    label_visibility="collapsed", bind="query-params",
                                    required=True)  # fmt: skip
        if part == "Summary":
            _summary(visit, case)
        elif part == "Stops":
            _stops(visit, case)
        else:
            _rows(visit, case, part)


def _summary(visit: Visit, case: StoredCase) -> None:
    services = {kind: {"service": table_of(visit, case, plan_id, kind, visit.scope, "service")}
                for kind, plan_id in case.plans.items()}  # fmt: skip
    st.subheader("What is late or lost")
    key = (*case.plans.values(), visit.scope)
    charts.draw(charts.kept((*key, "service"), partial(_late, services)), "plan_service",
                "Units not served on time by week, as-is and response.")  # fmt: skip
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.subheader("Units")
        table = units(services).reset_index(names="units")
        numbers = {str(name): look.number_column(str(name)) for name in table if name != "units"}
        look.table(table, {"units": "", **numbers}, "plan_units")
        exports(table, "units", plan_link(visit, last_plan(case), "service"))
        st.caption("Demanded is what is on time, late or not served; not served is what is lost or "
                   "open at the end.")  # fmt: skip
    _money(visit, case, right)


def last_plan(case: StoredCase) -> str:
    """The id of the response, or of the only plan."""
    return list(case.plans.values())[-1]


def _late(services: dict[str, dict[str, pd.DataFrame]]) -> Any:
    """Units not on time by week, of each plan."""
    return charts.service({kind: by_period(one["service"]) for kind, one in services.items()})


def _money(visit: Visit, case: StoredCase, right: Any) -> None:
    """Money by term, for who sees the whole company."""
    right.subheader("Money")
    costs = {kind: table_of(visit, case, plan_id, kind, visit.scope, "costs")
             for kind, plan_id in case.plans.items()}  # fmt: skip
    if any(table.empty for table in costs.values()):
        right.caption("Money of the whole company is shown to those who see every brand and plant.")
        return
    table = money(costs)
    currency = case.currency
    shown = (table / 1000.0).round(0).reset_index(names="term")
    with right:
        look.table(shown, {"term": "", **{str(name): look.money_column(str(name), currency)
                                          for name in table}}, "plan_money",
                   height="content")  # fmt: skip
        exports(table.reset_index(names="term"), "money",
                plan_link(visit, last_plan(case), "costs"))  # fmt: skip
        st.caption("What adds to the profit is above 0, what costs below; the lines add up to the "
                   "profit.")  # fmt: skip
    if len(costs) == 2:
        st.subheader("From the profit as-is to that of the response")
        before, after = (float(table[kind][PROFIT]) for kind in costs)
        make = partial(charts.waterfall, before, steps(table), after, currency)
        key = (*case.plans.values(), "waterfall")
        charts.draw(charts.kept(key, make), "plan_waterfall",
                    "From the profit as-is to that of the response, by term.")  # fmt: skip
        st.caption("The axis does not begin at 0, so that the steps are seen.")


def _rows(visit: Visit, case: StoredCase, part: str) -> None:
    """A table of the plan with filters that stay in the address, a page at a time."""
    kinds = list(case.plans)
    top = st.columns([1, 1, 1, 1], vertical_alignment="bottom")
    kind = top[0].segmented_control("Of the plan", kinds, default=kinds[-1], key="of",
                                    bind="query-params", required=True)  # fmt: skip
    frame = _inventory(visit, case, kind) if part == "Inventory" else plan_rows(
        visit.service, visit.identity, case, kind, part.lower())  # fmt: skip
    if frame.empty:
        look.empty(f"No {part.lower()}", "This plan has none, or none that you may see.")
        return
    wanted = Filter(
        tuple(_chosen(top[1], "items", frame, ("item",))),
        tuple(_chosen(top[2], "places", frame, ("location", "destination"))),
        tuple(_chosen(top[3], "suppliers", frame, ("supplier", "origin"))),
    )
    rows = wanted.of(frame)
    columns = _inventory_columns(rows) if part == "Inventory" else _columns(rows)
    if part == "Inventory":
        _identity((case.plans[kind], visit.scope), wanted, rows)
    look.paged(rows, columns, f"rows_{part}_{kind}")
    link = plan_link(visit, case.plans[kind], part.lower())
    exports(rows[[*columns]], f"{case.scenario} {kind} {part.lower()}", link)


def _chosen(place: Any, words: str, frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Names to filter by, kept in the address."""
    found = [name for name in names if name in frame]
    if not found:
        return []
    options = sorted(set(frame[found[0]].astype(str)) - {""})
    here = [name for name in st.query_params.get_all(words) if name in options]
    chosen = place.multiselect(words.capitalize(), options, here, key=f"filter_{words}",
                               placeholder="all")  # fmt: skip
    st.query_params[words] = chosen
    return list(chosen)


def _inventory(visit: Visit, case: StoredCase, kind: str) -> pd.DataFrame:
    return inventory_of(visit, case, case.plans[kind], kind, visit.scope)


@st.cache_resource(max_entries=16, show_spinner="Adding up the stock")
def inventory_of(
    _visit: Visit, _case: StoredCase, plan_id: str, kind: str, scope: Any
) -> pd.DataFrame:
    """The inventory report of a plan, which never changes."""
    return inventory_report(_visit.service, _visit.identity, _case, kind)


@st.cache_resource(max_entries=32, show_spinner=False)
def table_of(
    _visit: Visit, _case: StoredCase, plan_id: str, kind: str, scope: Any, table: str
) -> pd.DataFrame:
    """A table of a plan, which never changes; nobody may write into it."""
    return plan_rows(_visit.service, _visit.identity, _case, kind, table)


def _identity(plan: Key, wanted: Filter, rows: pd.DataFrame) -> None:
    """Whether start + in - out = end in every row, and what the rows add up to."""
    wrong, told = _sums(plan, (wanted.items, wanted.places), rows)
    if wrong:
        st.error(f"In {wrong:,} of {len(rows):,} rows start plus in minus out is not the end.")
    else:
        st.caption(f":material/check: Start plus in minus out is the end in all {len(rows):,} "
                   f"rows; over all weeks {told}.")  # fmt: skip


@st.cache_resource(max_entries=64, show_spinner=False)
def _sums(plan: Key, wanted: Key, _rows: pd.DataFrame) -> tuple[int, str]:
    """How many rows of a plan do not add up, and the sums of those that are wanted in words."""
    rows = _rows
    wrong = int((rows["difference"] != 0).sum())
    first, last = (rows.drop_duplicates(["item", "location"], keep=end)
                   for end in ("first", "last"))  # fmt: skip
    into = rows[[name for name in _IN if name in rows]].to_numpy().sum()
    parts = (first["start"].sum(), into, rows["out"].sum(), last["end"].sum())
    start, come, out, end = (look.quantity(float(part)) for part in parts)
    told = f"start {start} + in {come} \u2212 out {out} = end {end} units"
    return wrong, told


def _inventory_columns(frame: pd.DataFrame) -> dict[str, Any]:
    words = {"start": "start", "orders": "+ ordered", "builds": "+ built",
             "transfers": "+ transferred", "receipts": "+ scheduled",
             "other_in": "+ other (retrofit, moved)", "out": "\u2212 out", "end": "= end",
             "difference": "check"}  # fmt: skip
    return {"item": "item", "location": "at",
            "period": "week",
            **{name: look.number_column(text) for name, text in words.items()}}  # fmt: skip


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    """The columns of a result table, in words, those that it has."""
    columns: dict[str, Any] = {name: text for name, text in _TEXTS.items() if name in frame}
    columns |= {name: text for name, text in _DATES.items() if name in frame}
    columns |= {name: look.number_column(text) for name, text in _NUMBERS.items() if name in frame}
    if "routine" in frame:
        columns["routine"] = st.column_config.CheckboxColumn("routine")
    return columns


def _stops(visit: Visit, case: StoredCase) -> None:
    """Gantt of the lines' stops."""
    stops = pd.DataFrame(read(visit, case)["stops"])
    if stops.empty:
        look.empty("No line stops", "Every line keeps at least half of its calm load.",
                   "check_circle")  # fmt: skip
        return
    st.caption("A line is down in a period when it runs below half of its calm load while demand "
               "that needs it waits.")  # fmt: skip
    charts.draw(charts.gantt(stops), "plan_gantt", "Stops of each line over time, as-is and "
                "response. The same is in the table.")  # fmt: skip
    shown = stops.assign(**{"from": look.weeks(stops["from"])})
    look.table(shown, {"line": "line", "plant": "plant", "plan": "plan", "from": "from",
                       "weeks": look.number_column("periods"), "waits_for": "waits for"},
               "plan_stops")  # fmt: skip
    exports(stops, "stops of lines", plan_link(visit, last_plan(case), "lines"))
