"""A plan in tables: service and money against as-is, stock whose identity holds, stops of lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from app.service.views.cases import Case, Tables
from app.service.views.comparison import PREMIUM, PROFIT, signed

_PLACE = ["item", "location"]
_IN = ("orders", "builds", "transfers", "receipts")  # tables with a receipt at a location
_TINY = 1e-6


def units(plans: Mapping[str, Tables]) -> pd.DataFrame:
    """Units demanded, on time, late, lost and open (rows) of each plan (columns), and the change.

    Not served is what is lost or open; what is on time, late or not served is what is demanded.
    """
    names = {"quantity": "demanded", "on_time": "on time", "late": "late", "lost": "lost",
             "open": "open at the end"}  # fmt: skip
    sums = {kind: [float(tables["service"][name].sum()) for name in names]
            for kind, tables in plans.items()}  # fmt: skip
    table = pd.DataFrame(sums, index=list(names.values()))
    table.loc["not served"] = table.loc["lost"] + table.loc["open at the end"]
    return table.assign(change=table.iloc[:, -1] - table.iloc[:, 0])


def money(costs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What each term adds to the profit (rows) of each plan (columns), costs below 0.

    The terms add up to the row of the profit; the premium, a part of the costs, follows. Column
    ``change``: the last plan less the first. Terms that are 0 everywhere are left out.
    """
    table = signed(pd.DataFrame({kind: table.set_index("term")["amount"].astype(float)
                                 for kind, table in costs.items()}))  # fmt: skip
    return table.assign(change=table.iloc[:, -1] - table.iloc[:, 0])


def steps(table: pd.DataFrame) -> pd.Series:
    """The changes of the terms in a table of money, without those of profit and premium."""
    return table["change"].drop([PROFIT, PREMIUM], errors="ignore")


def by_period(service: pd.DataFrame) -> pd.DataFrame:
    """Units late, lost and open by period in which they are due."""
    return service.groupby("period")[["late", "lost", "open"]].sum().reset_index()


def inventory(tables: Tables, stock: pd.DataFrame) -> pd.DataFrame:
    """Stock of every item-location and period: start + in - out = end.

    Columns: item, location, period, start, what comes in (orders, builds, transfers, receipts,
    other_in), out, end, and ``difference`` (what the identity misses: 0). ``stock`` is the table of
    the contract, the start of the first period.
    """
    table = tables["inventory"].sort_values([*_PLACE, "period"], ignore_index=True)
    keys = pd.MultiIndex.from_frame(table[_PLACE])
    opening = stock.groupby(_PLACE)["quantity"].sum()
    first = pd.Series(opening.reindex(keys).fillna(0.0).to_numpy())
    start = table.groupby(_PLACE)["on_hand"].shift().fillna(first)
    parts = {name: _received(tables[name], table) for name in _IN if name in tables}
    known = sum(parts.values(), np.zeros(len(table)))
    end = start + table["arrivals"] - table["uses"]
    return table[[*_PLACE, "period"]].assign(
        start=start, **parts, other_in=_clean(table["arrivals"] - known), out=table["uses"],
        end=table["on_hand"], difference=_clean(end - table["on_hand"]),
    )  # fmt: skip


def _received(rows: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Units of ``rows`` that come in, by row of the inventory ``table``."""
    rows = rows[rows["receipt"].notna()]
    place = "destination" if "destination" in rows else "location"
    sums = rows.groupby(["item", place, "receipt"])["quantity"].sum()
    keys = pd.MultiIndex.from_frame(table[[*_PLACE, "period"]])
    return sums.reindex(keys).fillna(0.0).to_numpy()


def _clean(values: pd.Series) -> pd.Series:
    """Without the rounding of the solver."""
    return values.where(values.abs() > _TINY * np.maximum(1.0, values.abs().max()), 0.0)


def stops(case: Case) -> pd.DataFrame:
    """Runs of periods in which a line is down for one cause.

    Columns: line, plant, plan, from, to, weeks, waits_for; ``to`` is the first
    day after the run, for bars on a time axis.
    """
    found = [_stops(tables["lines"], kind, case) for kind, tables in case.plans.items()
             if "lines" in tables]  # fmt: skip
    columns = ["line", "plant", "plan", "from", "to", "weeks", "waits_for"]
    return pd.concat(found)[columns] if found else pd.DataFrame(columns=columns)


def _stops(lines: pd.DataFrame, kind: str, case: Case) -> pd.DataFrame:
    down = lines[lines["down"]].sort_values(["resource", "period"], kind="stable")
    number = pd.Series(case.calendar.index(down["period"]), index=down.index)
    breaks = number.groupby(down["resource"]).diff().ne(1.0)
    breaks |= down["waits_for"].ne(down.groupby("resource")["waits_for"].shift())
    runs = down.assign(number=number).groupby(["resource", breaks.cumsum()])
    table = runs.agg(plant=("location", "first"), first=("number", "min"), last=("number", "max"),
                     waits_for=("waits_for", "first")).reset_index(level=0)  # fmt: skip
    return table.rename(columns={"resource": "line"}).assign(
        plan=kind, weeks=table["last"] - table["first"] + 1,
        **{"from": case.calendar.dates_of(table["first"]),
           "to": case.calendar.dates_of(table["last"] + 1)},
    )  # fmt: skip
