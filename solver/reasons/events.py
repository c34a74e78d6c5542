"""Stock events of a plan, read from its tables: what comes in, what goes out, and what makes it.

An *activity* is a decision that turns inputs into an output: a build, a transfer, an order from a
supplier that makes the item, a retrofit. Its output is a supply, its inputs are uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.costs import supplier_makes
from supplychain.network import Network

Tables = Mapping[str, pd.DataFrame]
STOCK, RECEIPT, DELIVERY = "stock", "receipt", "delivery"
_SUPPLY = ["kind", "key", "item", "location", "origin", "period", "at", "quantity", "activity"]
_USE = ["kind", "item", "location", "at", "quantity", "activity", "demand"]
_RETROFIT = ["item", "location", "version", "component"]
PARKED = "parked, short of "


@dataclass(frozen=True)
class Events:
    """Supplies and uses of stock.

    ``supplies``: kind, key (of the row it comes from), item, location, origin, period (of the
    decision), at (period of arrival), quantity, activity (-1: none). ``uses``: kind, item,
    location, at, quantity, activity that uses it, demand (row of ``deliveries``; else -1).
    Periods are numbers, -1 for what was decided before the start.
    """

    supplies: pd.DataFrame
    uses: pd.DataFrame


def stock_events(network: Network, tables: Tables) -> Events:
    """The events of the result ``tables`` of a plan of ``network``."""
    activities, outputs = _activities(network, tables)
    supplies = [_opening(network), _receipts(network, tables), outputs]
    uses = [_inputs(network, tables, activities), _deliveries(network, tables)]
    return Events(_joined(supplies, _SUPPLY), _joined(uses, _USE))


def _joined(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    found = [frame.reindex(columns=columns) for frame in frames if len(frame)]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    table = table[table["quantity"].astype(float) > 0].reset_index(drop=True)
    numbers = [name for name in ("at", "activity", "demand", "period") if name in columns]
    return table.astype({**dict.fromkeys(numbers, "int64"), "quantity": "float64"})


def _number(network: Network, dates: pd.Series) -> pd.Series:
    return pd.Series(network.calendar.index(dates) if len(dates) else [], dates.index, dtype=int)


def _opening(network: Network) -> pd.DataFrame:
    stock = network.table("stock")
    return stock.assign(kind=STOCK, key=stock["item"] + "|" + stock["location"], origin="",
                        period=-1, at=-1, activity=-1)  # fmt: skip


def _receipts(network: Network, tables: Tables) -> pd.DataFrame:
    """Scheduled receipts inside the horizon, after what the plan reschedules of them."""
    table = tables["receipts"]
    table = table[table["receipt"].notna()]
    moved = tables.get("reschedules", pd.DataFrame())
    if len(moved):
        keys = ["order_id", "line", "item", "location", "origin"]
        out = moved[moved["planned"].notna()].assign(receipt=moved["planned"])
        into = moved[moved["receipt"].notna()]
        changes = pd.concat([table, out.assign(quantity=-out["quantity"]), into])
        table = changes.groupby([*keys, "receipt"])[["quantity"]].sum().reset_index()
    key = table["order_id"].astype("str") + "|" + table["line"].astype("str")
    return table.assign(kind=RECEIPT, key=key, period=-1, at=_number(network, table["receipt"]),
                        activity=-1)  # fmt: skip


def _activities(network: Network, tables: Tables) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Rows of every table of activities, numbered through, and what they put out."""
    names = {"orders": "order", "transfers": "transfer", "builds": "build",
             "short_builds": "short build", "retrofits": "retrofit"}  # fmt: skip
    found: dict[str, pd.DataFrame] = {}
    outputs, start = [], 0
    for name, kind in names.items():
        table = tables.get(name, pd.DataFrame())
        if not len(table):
            continue
        numbered = table.reset_index(drop=True).assign(
            activity=start + np.arange(len(table)), kind=kind)  # fmt: skip
        start += len(table)
        found[name] = numbered
        outputs.append(_output(network, numbered, name))
    return found, pd.concat(outputs) if outputs else pd.DataFrame(columns=_SUPPLY)


def _output(network: Network, table: pd.DataFrame, name: str) -> pd.DataFrame:
    keys = {"orders": ["item", "location", "supplier", "mode"],
            "transfers": ["item", "origin", "destination", "mode"],
            "builds": ["item", "location", "version"],
            "short_builds": _RETROFIT, "retrofits": _RETROFIT}[name]  # fmt: skip
    parts = [table[column].astype("str") for column in keys]
    key = ["|".join(values) for values in zip(*parts, strict=True)]
    arrival = table["ready" if name == "short_builds" else "receipt"]
    origin = table.get("supplier", table.get("origin", table.get("location")))
    place = table["destination"] if name == "transfers" else table["location"]
    item = _parked(table) if name == "short_builds" else table["item"]
    return table.assign(key=key, origin=origin, location=place, item=item,
                        period=_number(network, table["period"]),
                        at=_number(network, arrival))[_SUPPLY]  # fmt: skip


def _parked(table: pd.DataFrame) -> pd.Series:
    """The name under which units without a component wait to be completed."""
    return table["item"] + " " + table["version"] + " " + PARKED + table["component"]


def _inputs(network: Network, tables: Tables, activities: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What activities use of the stock at their place."""
    frames = []
    if "transfers" in activities:
        rows = activities["transfers"]
        frames.append(rows.assign(location=rows["origin"], at=_number(network, rows["period"])))
    if "orders" in activities:
        rows = activities["orders"]
        rows = rows[supplier_makes(network, rows)]
        frames.append(rows.assign(location=rows["supplier"], at=_number(network, rows["dispatch"])))
    for name in ("builds", "short_builds"):
        if name in activities:
            frames.append(_components(network, tables, activities[name], name))
    if "retrofits" in activities:
        frames += _retrofit_inputs(network, activities["retrofits"])
    return pd.concat([frame.assign(demand=-1) for frame in frames]) if frames else pd.DataFrame()


def _components(network: Network, tables: Tables, rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Components of builds by the BOM valid when they start, substitutes in their place."""
    rows = rows.assign(at=_number(network, rows["period"]))
    if name == "short_builds":
        rows = rows.rename(columns={"component": "missing"})
    used = rows.merge(_valid_bom(network), on=["item", "version"])
    used = used[(used["at"] >= used["first"]) & (used["at"] <= used["last"])]
    if name == "short_builds":
        used = used[used["component"] != used["missing"]]
    used = used.assign(quantity=used["quantity"] * used["quantity_per"])
    columns = ["activity", "kind", "location", "at", "component", "quantity"]
    changes = [used[columns]]
    if name == "builds" and len(tables.get("substitutions", ())):
        keys = ["item", "location", "version", "period"]
        made = tables["substitutions"].merge(rows[[*keys, "activity", "kind", "at"]], on=keys)
        changes.append(made.assign(quantity=-made["quantity"])[columns])
        changes.append(made.assign(component=made["substitute"], quantity=made["used"])[columns])
    total = pd.concat(changes).groupby(columns[:-1])[["quantity"]].sum().reset_index()
    return total.rename(columns={"component": "item"})


def _valid_bom(network: Network) -> pd.DataFrame:
    bom, calendar = network.table("bom"), network.calendar
    dates = {"first": (bom["valid_from"], -1), "last": (bom["valid_to"], calendar.periods)}
    numbers = {}
    for name, (column, blank) in dates.items():
        number = np.full(len(bom), blank, np.int64)
        known = column.notna().to_numpy()
        number[known] = calendar.index(column[known]) if known.any() else number[known]
        numbers[name] = number
    return bom[["item", "version", "component", "quantity_per"]].assign(**numbers)


def _retrofit_inputs(network: Network, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The parked unit and the component that completes it."""
    rows = rows.assign(at=_number(network, rows["period"]))
    bom = _valid_bom(network)
    fitted = rows.merge(bom, on=["item", "version", "component"])
    fitted = fitted[(fitted["at"] >= fitted["first"]) & (fitted["at"] <= fitted["last"])]
    component = fitted.assign(item=fitted["component"],
                              quantity=fitted["quantity"] * fitted["quantity_per"])  # fmt: skip
    return [rows.assign(item=_parked(rows)), component]


def _deliveries(network: Network, tables: Tables) -> pd.DataFrame:
    rows = tables["deliveries"].reset_index(drop=True)
    return rows.assign(kind=DELIVERY, at=_number(network, rows["served"]), activity=-1,
                       demand=np.arange(len(rows)))  # fmt: skip
