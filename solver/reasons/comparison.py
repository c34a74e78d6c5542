"""The difference of two plans in decisions, the smallest explanation first.

A decision is the use of one option. Of what both plans use of it, period by period, the common
part is kept; what else one of them uses is *moved* as far as the other makes up for it in other
periods, and *added* or *dropped* beyond that. The fewest rows explain the difference when the
``choice``s come first (options that are not routine, and every lever), then the ``demand`` that is
served more or less, then what follows from both: routine options. Within these, the most money
moved comes first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from solver.program import Floats

Tables = Mapping[str, pd.DataFrame]
DECISIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "orders": ("order", ("item", "location", "supplier", "mode")),
    "transfers": ("transfer", ("item", "origin", "destination", "mode")),
    "builds": ("build", ("item", "location", "version")),
    "substitutions": ("substitution", ("item", "location", "version", "component", "substitute")),
    "short_builds": ("short build", ("item", "location", "version", "component")),
    "retrofits": ("retrofit", ("item", "location", "version", "component")),
    "overtime": ("overtime", ("resource", "step")),
    "reschedules": ("reschedule", ("order_id", "line", "item", "location", "kind")),
    "qualifications": ("qualification", ("item", "location", "supplier", "mode")),
}  # fmt: skip
TERM_OF = {"orders": "purchase", "transfers": "freight", "builds": "production",
           "substitutions": "substitution", "short_builds": "production", "retrofits": "retrofit",
           "overtime": "overtime", "reschedules": "rescheduling",
           "qualifications": "qualification"}  # fmt: skip
INCOME = ("revenue", "closing", "profit")
GROUPS = ("choice", "demand", "follow-up")
COLUMNS = ["rank", "group", "kind", "key", "item", "change", "before", "after", "added",
           "dropped", "moved", "first", "last", "cost", "premium", "term", "profit",
           "explained"]  # fmt: skip
TERM_COLUMNS = ["term", "before", "after", "profit", "decisions", "mostly"]
_TINY = 1e-6


def decision_table(before: Tables, after: Tables, demand: pd.DataFrame) -> pd.DataFrame:
    """Decisions that differ between two plans, those that move most money first.

    ``change`` is added, dropped, moved, more or less; ``before`` and ``after`` are units over all
    periods, of which ``added``, ``dropped`` and ``moved``; ``first`` and ``last`` the periods that
    differ; ``cost`` and ``premium`` rise by so much, ``profit`` changes by it in the ``term`` of
    the costs. A row of kind ``serve`` is demand for an item of a customer at a location, served
    more or less, with its revenue by ``demand``. ``explained`` is the share of the money moved in
    the ``group``, up to and with the row.
    """
    frames = [_decisions(name, before, after) for name in DECISIONS]
    frames.append(_service(before, after, demand))
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(frames, ignore_index=True)
    size = table["profit"].abs()
    group = table["group"].map({name: number for number, name in enumerate(GROUPS)})
    order = np.lexsort((table["key"], table["kind"], -_units_moved(table), -size, group))
    table = table.iloc[order].reset_index(drop=True)
    money = table["profit"].abs().groupby(table["group"])
    explained = (money.cumsum() / money.transform("sum")).fillna(1.0)
    return table.assign(rank=np.arange(1, len(table) + 1), explained=explained)[COLUMNS]


def _units_moved(table: pd.DataFrame) -> Floats:
    return np.asarray(table[["added", "dropped", "moved"]].sum(axis=1), float)


def _decisions(name: str, before: Tables, after: Tables) -> pd.DataFrame:
    """Differences of one table of decisions, a row for each option."""
    kind, keys = DECISIONS[name]
    sides = [_by_period(tables.get(name), keys) for tables in (before, after)]
    table = _differences(sides[0], sides[1])
    if not len(table):
        return table
    group = np.where(table["routine"], GROUPS[2], GROUPS[0])
    return table.assign(kind=kind, group=group, term=TERM_OF[name], profit=-table["cost"])


def _by_period(table: pd.DataFrame | None, keys: tuple[str, ...]) -> pd.DataFrame:
    """Quantity, cost and premium by key and period."""
    columns = ["key", "item", "period", "quantity", "cost", "premium"]
    if table is None or not len(table):
        return pd.DataFrame(columns=[*columns, "routine"])
    period = table.get("period", table.get("receipt"))
    key = ["|".join(map(str, row)) for row in table[list(keys)].itertuples(index=False)]
    rows = table.assign(key=key, period=period, item=table.get("item", ""))
    rows = rows.assign(**{column: table.get(column, 1.0 if column == "quantity" else 0.0)
                          for column in columns[3:]},
                       routine=table.get("routine", False))  # fmt: skip
    grouped = rows.groupby(["key", "item", "routine", "period"], dropna=False)[columns[3:]].sum()
    return grouped.reset_index()


def _differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Added, dropped and moved units of every key that differs."""
    both = before.merge(
        after, on=["key", "item", "routine", "period"], how="outer", suffixes=("_a", "_b")
    )
    if not len(both):
        return pd.DataFrame(columns=COLUMNS)
    numbers = [f"{column}_{side}" for column in ("quantity", "cost", "premium") for side in "ab"]
    both[numbers] = both[numbers].astype(float).fillna(0.0)
    change = both["quantity_b"] - both["quantity_a"]
    scale = both[["quantity_a", "quantity_b"]].max(axis=1)
    change = change.where(change.abs() > _TINY * scale.clip(lower=1.0), 0.0)
    both = both.assign(more=change.clip(lower=0), less=(-change).clip(lower=0))
    differs = both["period"].where(change != 0)
    sums = both.assign(differs=differs).groupby(["key", "item", "routine"], as_index=False).agg(
        before=("quantity_a", "sum"), after=("quantity_b", "sum"), more=("more", "sum"),
        less=("less", "sum"), cost_a=("cost_a", "sum"), cost_b=("cost_b", "sum"),
        premium_a=("premium_a", "sum"), premium_b=("premium_b", "sum"), first=("differs", "min"),
        last=("differs", "max"))  # fmt: skip
    moved = sums[["more", "less"]].min(axis=1)
    table = sums.assign(moved=moved, added=sums["more"] - moved, dropped=sums["less"] - moved,
                        cost=sums["cost_b"] - sums["cost_a"],
                        premium=sums["premium_b"] - sums["premium_a"])  # fmt: skip
    table = table.assign(change=[_change(*row) for row in table[
        ["before", "after", "added", "dropped"]].itertuples(index=False)])  # fmt: skip
    differs_at_all = (table["more"] + table["less"] > 0) | (table["cost"].abs() > _TINY)
    return table[differs_at_all].reset_index(drop=True)


def _change(before: float, after: float, added: float, dropped: float) -> str:
    if before <= _TINY:
        return "added"
    if after <= _TINY:
        return "dropped"
    if added <= _TINY * after and dropped <= _TINY * before:
        return "moved"
    return "more" if added > 0 else "less"


def _service(before: Tables, after: Tables, demand: pd.DataFrame) -> pd.DataFrame:
    """Demand served more, less or at other times, by item, location and customer."""
    keys = ["item", "location", "period", "customer"]
    price = demand[[*keys, "unit_revenue"]]
    sides = []
    for tables in (before, after):
        rows = tables["deliveries"].merge(price, on=keys, how="left")
        worth = rows["quantity"] * rows["unit_revenue"].fillna(0.0)
        texts = rows[["item", "location", "customer"]].astype("str")
        key = texts["item"] + "|" + texts["location"] + "|" + texts["customer"]
        rows = rows.assign(key=key, period=rows["served"], cost=worth, premium=0.0, routine=True)
        grouped = rows.groupby(["key", "item", "routine", "period"])[
            ["quantity", "cost", "premium"]
        ].sum()
        sides.append(grouped.reset_index())
    table = _differences(sides[0], sides[1])
    if not len(table):
        return table
    return table.assign(
        kind="serve", group=GROUPS[1], term="revenue", profit=table["cost"], cost=0.0
    )


def term_table(before: Tables, after: Tables, decisions: pd.DataFrame) -> pd.DataFrame:
    """Money by term in both plans, what each change adds to the profit, and what moved it.

    ``decisions`` is what the decisions listed add to the profit in the term; the rest is the
    consequence of all of them (stock held, waiting, closing stock). ``mostly`` is the key of the
    decision that moves most.
    """
    amounts = [tables["costs"].set_index("term")["amount"].astype(float)
               for tables in (before, after)]  # fmt: skip
    rows = []
    for term in dict.fromkeys([*amounts[0].index, *amounts[1].index]):
        values = [float(amount.get(term, 0.0)) for amount in amounts]
        sign = 1.0 if term in INCOME else 0.0 if term == "premium" else -1.0
        mine = decisions[decisions["term"] == term]
        first = mine.loc[mine["profit"].abs().idxmax()] if len(mine) else None
        rows.append({
            "term": term, "before": values[0], "after": values[1],
            "profit": sign * (values[1] - values[0]), "decisions": float(mine["profit"].sum()),
            "mostly": "" if first is None else f"{first['kind']} {first['key']}",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=TERM_COLUMNS)
