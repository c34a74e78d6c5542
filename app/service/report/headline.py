"""The headline of the report: what is lost, what the response saves and costs, and by when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.service.report.words import counted, large, percent, plural, units

Json = Mapping[str, Any]
_TINY = 1e-9


class Card(NamedTuple):
    """One figure of the headline: its name, its value, and what to know about it."""

    name: str
    value: str
    note: str
    kind: str = ""


def missed(units_of_plan: Json) -> float:
    """Units not served on time: late, lost, or still open at the end."""
    return float(units_of_plan["late"] + units_of_plan["lost"] + units_of_plan["open"])


def headline(summary: Json, calm: Json, currency: str) -> list[str]:
    """The situation in sentences; ``summary`` of an outcome, ``calm`` costs of the calm plan."""
    return [*_do_nothing(summary, calm, currency), *_response(summary, currency),
            *_decision(summary)]  # fmt: skip


def cards(summary: Json, calm: Json, currency: str) -> list[Card]:
    """The four figures of the headline; fewer where a plan is missing."""
    costs, counts = summary["costs"], summary["units"]
    found = []
    if costs.get("as-is") and calm:
        lost = calm["profit"] - costs["as-is"]["profit"]
        name = "Lost if nothing is done" if lost >= 0 else "Gained even if nothing is done"
        short = missed(counts["as-is"])
        note = f"{units(short)} of {units(counts['as-is']['demanded'])} units not on time"
        found.append(Card(name, f"{currency} {large(abs(lost))}", note, "as-is"))
    if costs.get("as-is") and costs.get("response"):
        saved = costs["response"]["profit"] - costs["as-is"]["profit"]
        note = f"{units(missed(counts['response']))} units still not on time"
        found.append(Card("Saved by the response", f"{currency} {large(saved)}", note, "response"))
    if costs.get("response"):
        spent = f"{currency} {large(costs['response']['premium'])}"
        found.append(Card("Spent in premium", spent, _budget_words(summary, currency)))
    if first := first_decisions(summary):
        note = f"{counted(len(first), 'decision')} due then, of {len(summary['actions']):,}"
        found.append(Card("First decision by", first[0]["decide_by_label"], note))
    return found


def first_decisions(summary: Json) -> list[Json]:
    """Actions whose decision is due first, most worth first."""
    actions = summary["actions"]
    first = min((action["decide_by"] for action in actions), default="")
    return [action for action in actions if action["decide_by"] == first]


def _do_nothing(summary: Json, calm: Json, currency: str) -> Iterator[str]:
    counts, costs = summary["units"].get("as-is"), summary["costs"].get("as-is")
    if not counts or not costs:
        yield "There is no as-is plan: the solver found none in the time it had."
        return
    short, demanded = missed(counts), counts["demanded"]
    if short <= _TINY * demanded:
        yield f"Even if nothing is done, all {units(demanded)} units are served on time."
    else:
        yield (f"If nothing is done, {units(short)} of {units(demanded)} units "
               f"({percent(short / demanded)}) are not served on time: "
               f"{units(counts['late'])} late, {units(counts['lost'])} lost and "
               f"{units(counts['open'])} still open at the end.")  # fmt: skip
    if calm:
        yield _loss(calm["profit"] - costs["profit"], abs(calm["profit"]), currency)


def _loss(lost: float, scale: float, currency: str) -> str:
    if abs(lost) <= _TINY * max(scale, 1.0):
        return "The profit is that of the plan without the scenario."
    word = "less" if lost > 0 else "more"
    return f"The profit is {currency} {large(abs(lost))} {word} than without the scenario."


def _response(summary: Json, currency: str) -> Iterator[str]:
    counts, costs = summary["units"], summary["costs"]
    if not costs.get("response"):
        yield "There is no response plan: the solver found none in the time it had."
        return
    if costs.get("as-is"):
        saved = costs["response"]["profit"] - costs["as-is"]["profit"]
        before, after = (missed(counts[kind]) for kind in ("as-is", "response"))
        if saved <= _TINY * abs(costs["as-is"]["profit"]):
            yield "Nothing that the scenario permits improves on that."
        else:
            yield (f"The response plan earns {currency} {large(saved)} more"
                   f"{_service_change(before, after)}.")  # fmt: skip
    yield f"It spends {currency} {large(costs['response']['premium'])} in premium" \
          f" ({_budget_words(summary, currency)})."  # fmt: skip


def _service_change(before: float, after: float) -> str:
    if abs(before - after) < 0.5:
        return ""
    if after > before:
        return f", though {units(after - before)} more units miss their date"
    rest = f"; {units(after)} still miss it" if after >= 0.5 else ""
    return f" and serves {units(before - after)} more units on time{rest}"


def _budget_words(summary: Json, currency: str) -> str:
    budget = summary["responses"].get("budget")
    if budget is None:
        return "no budget is set"
    if budget == 0:
        return "the budget is nil"
    share = summary["costs"]["response"]["premium"] / budget
    return f"{percent(share)} of a budget of {currency} {large(budget)}"


def _decision(summary: Json) -> Iterator[str]:
    if first := first_decisions(summary):
        action = first[0]
        yield f"The first decision is due by {action['decide_by_label']}: {in_words(action)}."


_INSTRUCTIONS = {
    "order": "order {what} from {origin} for {destination} ({mode})",
    "switch mode": "order {what} from {origin} for {destination} by {mode} instead",
    "switch source": "order {what} from {origin} for {destination} ({mode}) instead",
    "last-time buy": "order {what} from {origin} for {destination} ({mode}) for the last time",
    "transfer": "move {what} from {origin} to {destination} ({mode})",
    "build": "build {what} at {origin} ({mode})",
    "reallocation": "serve {what} less in {origin}, in favour of {destination}",
    "substitute": "replace {what} by {origin} in {mode} at {destination}",
    "build short": "build {what} without {origin} at {destination}, fitted later",
    "overtime": "run {item} at {destination} for {amount} units of capacity in overtime",
    "qualify": "qualify {origin} to supply {item} to {destination} ({mode})",
    "expedite": "expedite {what} from {origin} for {destination} (order {mode})",
    "push out": "push out {what} from {origin} for {destination} (order {mode})",
    "cancel": "cancel {what} from {origin} for {destination} (order {mode})",
}


def in_words(action: Json) -> str:
    """What to do, as an instruction; KeyError for a kind of action that has none."""
    amount = units(action["quantity"])
    what = f"{amount} {plural(action['unit'])} of {action['item']}"
    return _INSTRUCTIONS[action["kind"]].format(what=what, amount=amount, **_named(action))


def _named(action: Json) -> Json:
    return {name: action[name] for name in ("item", "origin", "destination", "mode")}
