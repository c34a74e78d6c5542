"""Fixes, answers to why-not and differences of plans in the planner's words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from solver.reasons import why_not as verdicts
from solver.reasons.why_not import Answer
from solver.reasons.words import option_words, period_name, span
from supplychain.calendar import Calendar
from supplychain.network import Network

Json = dict[str, Any]
_LIMITS = {
    "supplier_capacity": "capacity at {0} ({1})",
    "sourcing": "capacity at {2} for {0} to {1} ({3})",
    "resources": "capacity of {0}",
    "production": "capacity to build {0} at {1} ({2})",
    "lanes": "capacity for {0} from {1} to {2} ({3})",
}
_VERDICTS = {
    verdicts.IN_PLAN: "it is in the plan, with {quantity} units",
    verdicts.NO_DEMAND: "no demand of the plan can draw on it",
    verdicts.NOT_QUALIFIED: "it is not qualified or valid in any period of the plan",
    verdicts.ENDED: "it has ended before the plan begins",
    verdicts.BEYOND: "what is decided in the first period arrives after the last",
    verdicts.NOT_PERMITTED: "the plan is not permitted to use it{worth}",
    verdicts.CLOSED: "it has no capacity{worth}",
    verdicts.FULL: "its own capacity is taken{worth}",
    verdicts.AS_GOOD: "it would do as well as what the plan does, and no better",
    verdicts.NOT_IN_MODEL: "no demand of the plan reaches the stock of it, so it is not planned",
    verdicts.TOO_DEAR: "it does not pay{price}{earlier}",
    verdicts.OVER_BUDGET: "the budget earns more elsewhere{price}{earlier}",
}


def number(value: float) -> str:
    """A number for people: whole from a hundred up, else with at most two decimals."""
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}"


def _named(row: Mapping[Any, Any]) -> Json:
    return {str(name): value for name, value in row.items()}


def fix_sentences(table: pd.DataFrame, network: Network) -> list[Json]:
    """The rows of a ``fixes`` table, each with a text and its keys."""
    currency = network.settings.currency
    return [{**_named(row), "text": _fix(row, network.calendar, currency),
             "keys": {row["kind"]: [row["owner"]]}}
            for row in table.to_dict("records")]  # fmt: skip


def _fix(row: Mapping[Any, Any], calendar: Calendar, currency: str) -> str:
    step, worth = number(row["step"]), f"{currency} {number(row['worth'])}"
    if row["kind"] == "budget":
        return f"{currency} {step} more budget earns {worth}; {_price(row, currency)}"
    when = period_name(calendar, row["period"])
    if row["kind"] == "earlier":
        what = f"{step} {row['item']} to {row['location']}"
        receipt = row["owner"].replace("|", "/")
        return f"receipt {receipt} ({what}) one {calendar.bucket} sooner, in {when}, earns {worth}"
    if row["kind"] == "supply":
        what = f"{row['item']} at {row['location']} in {when}"
    else:
        parts = [*row["owner"].split("|"), "", "", ""]
        what = f"{_LIMITS[row['kind']].format(*parts)} in {when}"
    return f"{step} more of {what} earns {worth}; {_price(row, currency)}"


def _price(row: Mapping[Any, Any], currency: str) -> str:
    price = f"{currency} {number(row['price'])} a unit"
    if row["kind"] == "budget":
        price = f"{number(row['price'])} for each"
    up = row["holds_to"]
    if math.isnan(up):
        return price
    if up <= 0:
        return f"{price} for the first of them"
    return f"{price} without end" if math.isinf(up) else f"{price} for the next {number(up)}"


def answer_sentences(answers: list[Answer], network: Network) -> list[Json]:
    """Answers to why-not, each with a text and its key."""
    return [{**vars(answer), "text": f"{answer.option}: {_answer(answer, network)}",
             "period": None if answer.period < 0 else str(
                 network.calendar.date(answer.period).date()),
             "keys": {"option": [answer.option]}} for answer in answers]  # fmt: skip


def _answer(answer: Answer, network: Network) -> str:
    calendar, currency = network.calendar, network.settings.currency
    price = worth = earlier = ""
    if not math.isnan(answer.price_change) and answer.price_change < 0:
        week = period_name(calendar, calendar.date(answer.period))
        fall = f"{currency} {number(-answer.price_change)} a unit"
        price = f"; in {week}, its best period, it would have to cost {fall} less"
        if answer.unit_cost + answer.price_change < 0:
            price += f" than its {number(answer.unit_cost)}: not even a gift would be used"
        else:
            price += f" than its {number(answer.unit_cost)}"
    if answer.verdict in (verdicts.TOO_DEAR, verdicts.OVER_BUDGET):
        earlier = f"; arriving {answer.earlier} {_plural(calendar, answer.earlier)} sooner it pays"
        if answer.earlier < 0:
            earlier = "; arriving sooner would not help"
    if not math.isnan(answer.worth):
        used, gain = number(answer.capacity), f"{currency} {number(answer.worth)}"
        worth = f"; with it the plan would use {used} units and earn {gain} more"
        if answer.capacity <= 0:
            worth = "; the plan would not use it if it could"
    text = _VERDICTS[answer.verdict]
    return text.format(quantity=number(answer.quantity), price=price, worth=worth, earlier=earlier)


def _plural(calendar: Calendar, count: int) -> str:
    return calendar.bucket if count == 1 else f"{calendar.bucket}s"


def decision_sentences(table: pd.DataFrame, network: Network) -> list[Json]:
    """The rows of a table of differences, each with a text and its key."""
    return [{**_named(row), "text": _decision(row, network.calendar),
             "keys": {row["kind"]: [row["key"]]}}
            for row in table.to_dict("records")]  # fmt: skip


def _decision(row: Mapping[Any, Any], calendar: Calendar) -> str:
    kind, parts = row["kind"], row["key"].split("|")
    if kind in ("order", "transfer", "build"):
        what = option_words(f"{kind} {row['key']}")
    elif kind == "serve":
        what = f"serve {parts[0]} at {parts[1]}" + (f" ({parts[2]})" if parts[2] else "")
    else:
        what = f"{kind} {' '.join(parts)}"
    when: str = "" if pd.isna(row["first"]) else f" {span(calendar, row['first'], row['last'])}"
    before, after = number(row["before"]), number(row["after"])
    if row["change"] == "moved":
        return f"moved: {what}, {number(row['moved'])} of {after}{when}"
    return f"{row['change']}: {what}, {before} to {after}{when}"
