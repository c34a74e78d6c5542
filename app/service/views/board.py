"""The board: what runs short, ranked by money at risk, as one small document.

It is made once for a run and kept beside it, so that a page has only to read it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.service.plain import plain, records
from app.service.report.headline import in_words
from app.service.views import network as network_view
from app.service.views import plan as plan_view
from app.service.views import risk
from app.service.views.cases import AS_IS, RESPONSE, Case, total

Json = dict[str, Any]
MOST_ROWS = 25  # of the heat map
_MONEY = ("at_risk", "late_revenue", "at_risk_response")


def board(case: Case) -> Json:
    """Everything that the board shows of a case, as plain data.

    ``lines``, ``products``, ``items`` (what stops them), ``plants`` and ``brands`` are ranked by
    money at risk; ``heat`` has the share of demand not on time by item and period.
    """
    settings = case.network.settings
    products = risk.products_at_risk(case)
    lines = risk.lines_at_risk(case, products)
    items = risk.items_at_fault(products)
    return {
        "currency": settings.currency, "bucket": settings.bucket, "note": settings.note,
        "start": plain(case.calendar.date(0)), "periods": case.calendar.periods,
        "totals": _totals(case, products), "actions": _actions(case),
        "lines": records(lines), "products": records(products), "items": records(items),
        "plants": _ranked(risk.money_by_plant(case, products), "plant"),
        "brands": _brands(products), "stops": records(plan_view.stops(case)),
        "heat": {kind: _heat(risk.late_share(case, kind, list(products["item"][:MOST_ROWS])))
                 for kind in case.plans},
        "bottleneck": _bottleneck(case, lines, items),
    }  # fmt: skip


def _totals(case: Case, products: pd.DataFrame) -> Json:
    demanded = float(case.first["service"]["quantity"].sum())
    return {
        **{name: float(products[name].sum()) for name in _MONEY}, "demanded": demanded,
        **{kind: {name: total(case.plans, kind, "service", name)
                  for name in ("on_time", "late", "lost", "open")} for kind in case.plans},
        "saved": _saved(case), "premium": _term(case, RESPONSE, "premium"),
    }  # fmt: skip


def _saved(case: Case) -> float | None:
    """What the response earns more than as-is; None where it is not for who asks, or not made."""
    before, after = (_term(case, kind, "profit") for kind in (AS_IS, RESPONSE))
    return None if before is None or after is None else after - before


def _term(case: Case, kind: str, term: str) -> float | None:
    costs = case.plans.get(kind, {}).get("costs")
    if costs is None:
        return None
    return float(costs.loc[costs["term"] == term, "amount"].sum())


def _actions(case: Case) -> list[Json]:
    """Actions of the response in words, those to be decided first before the others."""
    table = case.plans.get(RESPONSE, {}).get("actions", pd.DataFrame())
    if table.empty:
        return []
    order = table.sort_values(["decide_by", "rank"], kind="stable")
    kept = ["rank", "item", "decide_by", "cost", "premium", "worth", "confidence"]
    return [{**{name: row[name] for name in kept}, "text": in_words(row)}
            for row in records(order)]  # fmt: skip


def _ranked(money: pd.Series, name: str) -> list[Json]:
    kept = money[money > 0.0]
    return [{name: str(key), "at_risk": float(value)} for key, value in kept.items()]


def _brands(products: pd.DataFrame) -> list[Json]:
    brand = products["brand"].where(products["brand"] != "", "(no brand)")
    money = products.groupby(brand)["at_risk"].sum().sort_values(ascending=False, kind="stable")
    return _ranked(money, "brand")


def _heat(share: pd.DataFrame) -> Json:
    return {"items": [str(item) for item in share.index],
            "periods": [plain(date) for date in share.columns],
            "values": [[plain(value) for value in row] for row in share.to_numpy()]}  # fmt: skip


def _bottleneck(case: Case, lines: pd.DataFrame, items: pd.DataFrame) -> Json | None:
    """The item that stops most money, its source, and the network around it."""
    known = set(case.network.table("items")["item"])
    named = [str(item) for item in items["item"] if item in known]
    if not named:
        return None
    item = named[0]
    places = lines.loc[lines["stopped_by"] == item, "place"]
    place = str(places.mode().iloc[0]) if len(places) else ""
    return {"item": item, "place": place, **around(case, item, place)}


def around(case: Case, item: str, place: str = "") -> Json:
    """The network around one item: drawing, places, routes, and what is above and below it."""
    return {"graph": network_view.graph(case, item),
            "places": records(network_view.places(case, item, place)),
            "routes": records(network_view.routes(case, item)),
            "relatives": network_view.relatives(case, item)}  # fmt: skip


def changes(before: Json, after: Json) -> list[Json]:
    """What changed from one board to the next: kind (new, gone, sooner, later, money), name, text.

    Lines come first; of products the money, where it moved by more than a hundredth of all.
    """
    return [*_line_changes(before, after), *_money_changes(before, after)]


def _line_changes(before: Json, after: Json) -> list[Json]:
    old, new = ({row["line"]: row for row in side["lines"]} for side in (before, after))
    found: list[Json] = []
    for name, row in new.items():
        was = old.get(name)
        if was is None:
            found.append({"kind": "new", "name": name, "before": None, "after": row["down_from"]})
        elif was["down_from"] != row["down_from"]:
            kind = "sooner" if row["down_from"] < was["down_from"] else "later"
            found.append({"kind": kind, "name": name, "before": was["down_from"],
                          "after": row["down_from"]})  # fmt: skip
    found += [{"kind": "gone", "name": name, "before": row["down_from"], "after": None}
              for name, row in old.items() if name not in new]  # fmt: skip
    return found


def _money_changes(before: Json, after: Json) -> list[Json]:
    old, new = ({row["item"]: row["at_risk"] for row in side["products"]}
                for side in (before, after))  # fmt: skip
    least = 0.01 * max(before["totals"]["at_risk"], after["totals"]["at_risk"], 1.0)
    moved = {name: new.get(name, 0.0) - old.get(name, 0.0) for name in {*old, *new}}
    ranked = sorted(moved.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    return [{"kind": "money", "name": name, "before": old.get(name, 0.0),
             "after": new.get(name, 0.0)}
            for name, change in ranked if abs(change) > least]  # fmt: skip


def with_chances(lines: list[Json], line_down: pd.DataFrame) -> pd.DataFrame:
    """The lines with what simulated futures say: probability, and the date's range.

    ``line_down`` is the table of a shortages run; lines that stop only in some futures follow.
    """
    chances = line_down[line_down["kind"] == "line"].drop(columns=["kind", "location"])
    chances = chances.rename(columns={"name": "line", "stopped_by": "stopped_by_sampled"})
    table = pd.DataFrame(lines).merge(chances, on="line", how="left")
    return table.drop(columns=["stopped_at", "stopped_share"], errors="ignore")
