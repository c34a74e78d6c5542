"""Plans as text for people: tables that read well at 80 columns, without colour, and piped.

Takes the plain data that the use cases return (dict, list, str, numbers) and nothing else. Every
table names its units; large money is shown in thousands or millions, one scale a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.figures import NOTHING, Scale, count, money_scale, percent, unit_scale
from app.layout import Parts, facts, heading, more, table

Json = dict[str, Any]
KINDS = ("calm", "as-is", "response")
WIDE = 100  # columns from which tables show more
ACTIONS, ACTIONS_IN_SHORT = 10, 3
_TERMS = {
    "revenue": "revenue", "purchase": "- purchase", "production": "- production",
    "freight": "- freight", "holding": "- holding stock", "backorder": "- late delivery",
    "lost": "- lost sales", "substitution": "- substitutes", "price_reduction": "- de-content",
    "retrofit": "- parking, retrofit", "overtime": "- overtime",
    "rescheduling": "- expedite, cancel", "qualification": "- qualification",
    "contracts": "- take or pay", "changes": "- changes of plan",
    "closing": "+ closing stock", "profit": "= profit",
    "premium": "premium spending",
}  # fmt: skip
_LEVER_TERMS = ("substitution", "price_reduction", "retrofit", "overtime", "rescheduling",
                "qualification", "contracts", "changes")  # fmt: skip
_LEVERS = {
    "alternates": "other suppliers, modes, versions",
    "transfers": "transfers between locations",
    "reallocation": "reallocation of what is scarce",
    "qualification": "qualification of new sources",
    "substitutes": "substitutes of the green list",
    "short_builds": "building short, retrofit",
    "overtime": "overtime",
    "expedite": "orders expedited, pushed out, cancelled",
    "supply": "all extra supply of {item}",
}
_SENTENCES = {
    "reallocation": "{what} less in {origin}{by_mode}; goes to {destination}",
    "substitute": "{what} by {origin} in {mode} at {destination}",
    "build short": "{what} without {origin} at {destination}, fitted later",
    "overtime": "{kind}: {quantity} at {item}, {destination}",
    "qualify": "{kind}: {item} from {origin} for {destination}{by_mode}",
    "expedite": "{what} from {origin} to {destination}, order {mode}",
    "push out": "{what} from {origin} to {destination}, order {mode}",
    "cancel": "{what} from {origin} to {destination}, order {mode}",
}
_UNITS = {"demanded": "demanded", "on_time": "on time", "late": "late", "lost": "lost",
          "open": "open at the end"}  # fmt: skip


def what_if(document: Json, width: int, full: bool = False) -> Parts:
    """The situation, then every scenario; several in comparison first, and in short unless full."""
    dataset, scenarios = document["dataset"], document["scenarios"]
    yield from heading("Situation")
    yield from situation(dataset, document.get("forecast"))
    if len(scenarios) > 1:
        yield from _comparison(document["comparison"], dataset["currency"], width)
    for scenario in scenarios:
        shown = _scenario if full or len(scenarios) == 1 else _scenario_in_short
        yield from shown(scenario, document["calm"], dataset, width)
    yield from _closing_facts(document)


def situation(dataset: Json, forecast: Json | None = None) -> Parts:
    """How large a dataset is, its horizon and its demand, and what forecasts replaced of it."""
    bucket, demand = dataset["bucket"], dataset["demand_units"]
    yield from facts([
        ("Horizon", f"{count(dataset['periods'], bucket)} from {dataset['start']}, "
                    f"the last from {dataset['end']}"),
        ("Demand", f"{unit_scale(demand).named(demand)} in {count(dataset['demand_rows'], 'row')}"),
        ("Forecast", _forecast(forecast or {})),
        ("Network", f"{count(dataset['items'], 'item')}, {count(dataset['locations'], 'location')};"
                    f" the demand needs {count(dataset['item_locations'], 'item-location')}"),
        ("Options", f"{dataset['sourcing_options']:,} to source, {dataset['production_options']:,} "
                    f"to make, {count(dataset['lanes'], 'lane')}; "
                    f"{count(dataset['scheduled_receipts'], 'scheduled receipt')}"),
        ("Units", f"quantities in the unit of each item, money in {dataset['currency']}"),
        ("Note", dataset["note"]),
        *(("Notice", notice) for notice in dataset["notices"]),
    ])  # fmt: skip


def _forecast(facts: Json) -> str:
    """What forecasts put in place of the dataset's own figures; "" where they did not."""
    told = []
    if "rows" in facts:
        before, after = facts["units_before"], facts["units_after"]
        told.append(f"demand from its history in place of {count(facts['rows'], 'row')} that are "
                    f"not firm: {before:,.0f} -> {after:,.0f} units")  # fmt: skip
    if "options" in facts:
        told.append(f"{count(facts['options'], 'lead time')} at their "
                    f"{percent(facts['lead_time_quantile'])} quantile")  # fmt: skip
    return "; ".join(told)


def _comparison(rows: Sequence[Json], currency: str, width: int) -> Parts:
    names = ("profit_as_is", "profit_response", "saved", "premium")
    money = money_scale([row[name] for row in rows for name in names], currency)
    lost = ("not_served_as_is", "not_served_response")
    units = unit_scale([row[name] for row in rows for name in lost])
    response = "response" if width >= WIDE else "resp."
    cells = (
        (
            row["scenario"],
            *(units.show(row[name]) for name in lost),
            *(money.show(row[name]) for name in names),
            f"{row['first_line_down']} {row['first_line']}" if row["first_line"] else "none",
        )
        for row in rows
    )
    yield from table(
        f"Scenarios compared, in units and {money.unit}",
        ("scenario", ">not\nserved\nas-is", f">not\nserved\n{response}", ">profit\nas-is",
         f">profit\n{response}", ">saved", ">premium", "first line\ndown as-is"), cells,
        "not served: lost, or open at the end. saved: profit of the response less that of as-is.",
    )  # fmt: skip


def _scenario(scenario: Json, calm: Json, dataset: Json, width: int) -> Parts:
    currency = dataset["currency"]
    kinds = tuple(scenario["solve"])
    yield from heading(f"Scenario {scenario['name']}", scenario["description"])
    yield from _story(scenario, calm, currency)
    yield from _service({"calm": calm["units"], **scenario["units"]})
    yield from _money({"calm": calm["costs"], **scenario["costs"]}, currency)
    for title, key in (("By kind of item", "by_kind"), ("By brand", "by_brand")):
        yield from _by_group(title, scenario[key], kinds, width)
    yield from _by_plant(scenario["by_plant"])
    yield from _lines(scenario["lines"], dataset["bucket"])
    if _are_planned(scenario):
        yield from _levers(scenario.get("levers", ()), currency)
        yield from _actions(scenario["actions"], ACTIONS, currency)
    yield from _solves({"calm": calm["solve"], **scenario["solve"]}, currency)
    yield from facts([("Seconds", f"{_seconds(scenario['seconds'])} (this scenario)")])


def _scenario_in_short(scenario: Json, calm: Json, dataset: Json, width: int) -> Parts:
    yield from heading(f"Scenario {scenario['name']}", scenario["description"])
    yield from _story(scenario, calm, dataset["currency"])
    if _are_planned(scenario):
        yield from _actions(scenario["actions"], ACTIONS_IN_SHORT, dataset["currency"])
    solves = (f"{kind} {solve['status']}, gap {percent(solve['gap'])}"
              for kind, solve in scenario["solve"].items())  # fmt: skip
    yield from facts([("Solved", "; ".join(solves)), ("Seconds", _seconds(scenario["seconds"]))])


def _are_planned(scenario: Json) -> bool:
    return all(scenario["costs"].values())


def _story(scenario: Json, calm: Json, currency: str) -> Parts:
    """What happens and may be done about it, and the outcome in two sentences."""
    changes = [("Changes" if not n else "", text) for n, text in enumerate(scenario["changes"])]
    budget = scenario["responses"]["budget"]
    money = money_scale([calm["costs"], scenario["costs"], budget], currency)
    yield from facts([
        *(changes or [("Changes", "nothing")]),
        ("Permitted", _permitted(scenario["responses"], money)),
        *_outcome(scenario, calm, money),
    ])  # fmt: skip


def _permitted(responses: Json, money: Scale) -> str:
    """The switches that are on, and the budget."""
    names = [name for name, value in responses.items() if value is True]
    budget = responses["budget"]
    limit = "any premium" if budget is None else f"a premium of up to {money.named(budget)}"
    return f"{', '.join(names) or 'routine options only'}; {limit}"


def _outcome(scenario: Json, calm: Json, money: Scale) -> Iterator[tuple[str, str]]:
    """What each plan fails to serve, and its profit against the plan before it."""
    units, costs = scenario["units"], scenario["costs"]
    if not (calm["costs"] and _are_planned(scenario)):
        yield "Outcome", "no plan was found in time; raise --time-limit"
        return
    before, after = costs["as-is"]["profit"], costs["response"]["profit"]
    spent = f"{money.named(costs['response']['premium'])} of premium"
    yield (
        "As-is",
        _sentence(units["as-is"], money, before - calm["costs"]["profit"], "the calm plan"),
    )
    yield "Response", f"{_sentence(units['response'], money, after - before, 'as-is')}, for {spent}"


def _sentence(units: Json, money: Scale, change: float, against: str) -> str:
    amount = money.show(abs(change))
    side = "above" if change > 0 else "below"
    profit = f"profit {amount} {money.unit} {side} {against}"
    return f"{_served(units)}; {f'profit as in {against}' if amount == '0' else profit}"


def _served(units: Json) -> str:
    missed, scale = units["lost"] + units["open"], unit_scale(units)
    if scale.show(missed) == "0":
        return f"all {scale.named(units['demanded'])} served by the end"
    share = percent(missed, units["demanded"])
    demanded = scale.named(units["demanded"])
    return f"{scale.show(missed)} of {demanded} not served by the end ({share})"


def _known(columns: Mapping[str, Json]) -> list[str]:
    """Kinds of plan that are there and were found."""
    return [kind for kind in KINDS if columns.get(kind)]


def _change_columns(kinds: Sequence[str]) -> list[str]:
    return [">response\nless as-is"] if {"as-is", "response"} <= set(kinds) else []


def _service(columns: Mapping[str, Json]) -> Parts:
    kinds, scale = _known(columns), unit_scale(columns)
    extra = _change_columns(kinds)
    rows = ((name, *(scale.show(columns[kind][key]) for kind in kinds),
             *(scale.change(columns["as-is"][key], columns["response"][key]) for _ in extra))
            for key, name in _UNITS.items())  # fmt: skip
    if kinds:
        yield from table("Demand, in units", ("", *(f">{k}" for k in kinds), *extra), rows)


def _money(columns: Mapping[str, Json], currency: str) -> Parts:
    kinds, scale = _known(columns), money_scale(columns, currency)
    extra = _change_columns(kinds)
    rows = ((name, *(scale.show(columns[kind].get(key)) for kind in kinds),
             *(scale.change(columns["as-is"].get(key), columns["response"].get(key))
               for _ in extra))
            for key, name in _TERMS.items()
            if key not in _LEVER_TERMS
            or any(columns[kind].get(key) for kind in kinds))  # fmt: skip
    if kinds:
        yield from table(
            f"Money, in {scale.unit}", ("", *(f">{k}" for k in kinds), *extra), rows,
            "premium spending: paid beyond the cheapest routine options; part of the costs above",
        )  # fmt: skip


def _by_group(title: str, groups: Sequence[Json], kinds: Sequence[str], width: int) -> Parts:
    """Units of each group as a share on time, late where there is room, and not served."""
    found = [kind for kind in kinds if any(kind in group for group in groups)]
    scale, late = unit_scale(groups), width >= WIDE
    columns = [f">on time\n{kind}" for kind in found]
    columns += [f">late\n{kind}" for kind in found if late]
    columns += [f">not served\n{kind}" for kind in found]
    rows = []
    for group in groups:
        plans = [group.get(kind, {}) for kind in found]
        rows.append((
            group["name"], scale.show(group["demanded"]),
            *(percent(plan.get("on_time"), group["demanded"]) for plan in plans),
            *(scale.show(plan.get("late")) for plan in plans if late),
            *(scale.show(plan["lost"] + plan["open"]) if plan else NOTHING for plan in plans),
        ))  # fmt: skip
    if rows:
        yield from table(f"{title}, in units", ("", ">demanded", *columns), rows)


def _by_plant(plants: Sequence[Json]) -> Parts:
    kinds = [kind for kind in KINDS if any(kind in plant for plant in plants)]
    scale = unit_scale(plants)
    extra = _change_columns(kinds)
    rows = ((plant["name"], *(scale.show(plant.get(kind)) for kind in kinds),
             *(scale.change(plant["as-is"], plant["response"]) for _ in extra))
            for plant in plants)  # fmt: skip
    if kinds:
        yield from table("By plant, in units built", ("", *(f">{k}" for k in kinds), *extra), rows)


def _lines(lines: Sequence[Json], bucket: str) -> Parts:
    """Lines that stop in one of the plans; the others in a note."""
    rows, running = [], []
    for line in lines:
        plans = {kind: line[kind] for kind in KINDS if kind in line}
        if not any(plan["down_from"] for plan in plans.values()):
            running.append(line["name"])
            continue
        for number, (kind, plan) in enumerate(plans.items()):
            name = f"{line['name']}, {line['location']}" if not number else ""
            down = (plan["label"], f"{plan['periods_down']:,}", plan["waits_for"])
            rows.append((name, kind, *(down if plan["down_from"] else ("runs on", "0", ""))))
    note = f"never down: {', '.join(running)}" if running else ""
    if rows:
        columns = ("line", "plan", "down from", f">{bucket}s\ndown", "waits for")
        yield from table("Production lines that stop", columns, rows, note)
    elif running:
        yield from facts([("Lines", f"none of {len(running)} stops in either plan")])


def _levers(levers: Sequence[Json], currency: str) -> Parts:
    money = money_scale([(lever["premium"], lever["worth"]) for lever in levers], currency)
    rows = ((_LEVERS[lever["lever"]].format(item=lever["item"]), money.show(lever["premium"]),
             money.show(lever["worth"])) for lever in levers)  # fmt: skip
    if levers:
        yield from table(
            f"What decisions are worth together, in {money.unit}",
            ("decisions", ">premium", ">worth"), rows,
            "worth: the profit lost when the response is planned again without any of them",
        )  # fmt: skip


def _actions(actions: Sequence[Json], most: int, currency: str) -> Parts:
    shown = [action for action in actions if action["worth"] is not None][:most]
    if not shown:
        yield from facts([("Actions", "the response does nothing that as-is does not do")])
        return
    money = money_scale([(action["cost"], action["worth"]) for action in shown], currency)
    is_known = any(action.get("confidence") is not None for action in shown)
    rows = ((f"{action['rank']}", _action(action), action["decide_by_label"],
             money.show(action["cost"]), money.show(action["worth"]),
             *([_sure(action)] if is_known else []))
            for action in shown)  # fmt: skip
    yield from table(
        f"Actions worth most, in {money.unit}",
        (">#", "what to do", "decide by", ">cost", ">worth", *([">sure"] if is_known else [])),
        rows,
        "worth: the profit lost when the response is planned again without the action. Worths of "
        "actions that serve the same need do not add up. "
        + ("sure: the share of sampled futures in which it pays. " if is_known else "")
        + more(len(shown), len(actions)),
    )  # fmt: skip


def _sure(action: Json) -> str:
    confidence = action.get("confidence")
    return NOTHING if confidence is None else f"{100 * confidence:.0f} %"


def _action(action: Json) -> str:
    """An action as a sentence: kind, quantity, item, from, to, mode."""
    quantity = unit_scale(action["quantity"]).show(action["quantity"])
    unit = "" if action["unit"] in ("", "piece") else f" ({action['unit']})"
    what = f"{action['kind']}: {quantity} {action['item']}{unit}"
    mode = f", {action['mode']}" if action["mode"] else ""
    if action["kind"] in _SENTENCES:
        return _SENTENCES[action["kind"]].format(
            **{**action, "what": what, "quantity": quantity, "by_mode": mode}
        )
    if action["origin"] == action["destination"]:
        return f"{what} at {action['origin']}{mode}"
    return f"{what} from {action['origin']} to {action['destination']}{mode}"


def _solves(solves: Mapping[str, Json], currency: str) -> Parts:
    money = money_scale([(s["objective"], s["bound"]) for s in solves.values()], currency)
    yield from table(
        f"Solver, profit and bound in {money.unit}",
        ("plan", "status", ">profit", ">bound", ">gap", ">seconds", ">rows", ">columns"),
        ((kind, solve["status"], money.show(solve["objective"]), money.show(solve["bound"]),
          percent(solve["gap"]), f"{solve['seconds']:,.1f}", f"{solve['rows']:,}",
          f"{solve['columns']:,}")
         for kind, solve in solves.items()),
    )  # fmt: skip


def _seconds(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f}" for name, value in seconds.items())


def _closing_facts(document: Json) -> Parts:
    written = {"Written to": document.get("out") or "", "Model": document.get("model") or ""}
    yield from facts([("Seconds", _seconds(document["seconds"])), *written.items()])


def plan(document: Json, width: int) -> Parts:
    """One plan: situation, what the scenario changes, demand, money, brands, solver."""
    kind, currency = document["kind"], document["dataset"]["currency"]
    yield from heading(f"{kind} plan, scenario {document['scenario']}".capitalize())
    yield from situation(document["dataset"], document.get("forecast"))
    changes = [("Changes" if not n else "", text) for n, text in enumerate(document["changes"])]
    units, costs = document["units"], document["costs"]
    profit = money_scale(costs, currency).named(costs.get("profit"))
    outcome = f"{_served(units)}; profit {profit}" if units else "no plan was found in time"
    yield from facts([*changes, ("Outcome", outcome)])
    yield from _service({kind: document["units"]})
    yield from _money({kind: document["costs"]}, currency)
    yield from _by_group("By brand", document["by_brand"], (kind,), width)
    yield from _solves({kind: document["solve"]}, currency)
    yield from _closing_facts(document)
