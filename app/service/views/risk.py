"""Money at risk if nothing is done: by product, line, plant, brand and the item that stops them.

The money of a demand row is the revenue of its units that are lost or still open at the end, and
what is due for lost ones; revenue that only comes late is shown beside it. A product's money falls
on its lines by the load that each of them misses against the calm plan, and on the item that these
lines wait for.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from app.service.plans.summary import final_items
from app.service.views.cases import AS_IS, RESPONSE, Case, Tables
from solver.lines import NO_CAUSE, OWN_CAPACITY
from supplychain.network import Network

_KEYS = ["item", "location", "period", "customer"]
_TINY = 1e-9
_CAUSE = re.compile(r"^(?P<item>.+?) (?:from|at) (?P<place>.+)$")
UNKNOWN = "no single item"  # what stops a product whose lines name none


def demand_money(network: Network, service: pd.DataFrame) -> pd.DataFrame:
    """The service table with money: ``at_risk`` and ``late_revenue`` of every demand row."""
    prices = network.table("demand")[[*_KEYS, "unit_revenue", "lost_cost"]]
    rows = service.merge(prices, on=_KEYS, how="left", validate="many_to_one")
    revenue = rows["unit_revenue"].fillna(0.0)
    missed = rows["lost"] + rows["open"]
    return service.assign(
        at_risk=(revenue * missed + rows["lost_cost"].fillna(0.0) * rows["lost"]).to_numpy(),
        late_revenue=(revenue * rows["late"]).to_numpy(),
    )


def products_at_risk(case: Case) -> pd.DataFrame:
    """Demanded items that miss their date as-is, the most money first.

    Columns: item, description, brand, demanded, late, missed (lost or open), at_risk,
    late_revenue, at_risk_response, first (period due of the first unit missed), stopped_by.
    """
    rows = demand_money(case.network, case.first["service"])
    short = rows[rows[["late", "lost", "open"]].sum(axis=1) > _TINY]
    if short.empty:
        return pd.DataFrame(columns=["item", "description", "brand", "demanded", "late", "missed",
                                     "at_risk", "late_revenue", "at_risk_response", "first",
                                     "stopped_by"])  # fmt: skip
    sums = rows.assign(missed=rows["lost"] + rows["open"]).groupby("item")
    table = sums[["quantity", "late", "missed", "at_risk", "late_revenue"]].sum()
    table = table.loc[short["item"].unique()].rename(columns={"quantity": "demanded"})
    table["at_risk_response"] = _response_money(case).reindex(table.index).fillna(0.0)
    table["first"] = short.groupby("item")["period"].min()
    items = case.network.table("items").set_index("item")
    table = table.join(items[["description", "brand"]])
    table["stopped_by"] = stoppers(case).reindex(table.index).fillna(UNKNOWN)
    order = ["at_risk", "late_revenue"]
    return table.sort_values(order, ascending=False, kind="stable").reset_index(names="item")


def _response_money(case: Case) -> pd.Series:
    if RESPONSE not in case.plans:
        return pd.Series(dtype=float)
    rows = demand_money(case.network, case.plans[RESPONSE]["service"])
    return rows.groupby("item")["at_risk"].sum()


def stoppers(case: Case) -> pd.Series:
    """The item that the lines of each product wait for most, by the load that they miss."""
    missing = _missing_loads(case, case.first)
    named = missing[missing["stopper"] != ""]
    sums = named.groupby(["item", "stopper"])["load"].sum().reset_index()
    first = sums.sort_values("load", ascending=False, kind="stable").drop_duplicates("item")
    return first.set_index("item")["stopper"]


def stopper_of(waits_for: pd.Series) -> pd.DataFrame:
    """Item and place of causes such as "MCU-1 from FAB-1"; both blank where it is no item."""
    parts = waits_for.astype("str").str.extract(_CAUSE).fillna("")
    none = waits_for.isin([NO_CAUSE, OWN_CAPACITY, ""])
    return parts.where(~none, "")


def _missing_loads(case: Case, tables: Tables) -> pd.DataFrame:
    """Load that each line misses against the calm plan, by product that it makes.

    Columns: resource, plant, item, load, stopper; several products of a line share its load.
    """
    empty = pd.DataFrame(columns=["resource", "plant", "item", "load", "stopper"])
    if "lines" not in tables:
        return empty
    lines = tables["lines"]
    load = (lines["calm_load"] - lines["load"]).clip(lower=0.0)
    rows = lines.assign(load=load, stopper=stopper_of(lines["waits_for"])["item"])
    rows = rows[(rows["load"] > _TINY)]
    made = line_products(case.network)
    rows = rows[["resource", "location", "load", "stopper"]].merge(made, on="resource")
    rows["load"] /= rows.groupby("resource")["item"].transform("nunique")
    return rows.rename(columns={"location": "plant"})


def line_products(network: Network) -> pd.DataFrame:
    """Which final items each line makes (columns resource, item)."""
    made = network.table("production_resources")[["resource", "item"]].drop_duplicates()
    return made[made["item"].isin(final_items(network))].reset_index(drop=True)


def lines_at_risk(case: Case, products: pd.DataFrame) -> pd.DataFrame:
    """Lines of demanded items that stop, the most money first.

    Columns: line, plant, products, stopped_by, place, down_from, weeks_down, at_risk, and the same
    down_from_response and weeks_down_response; NaT where the response keeps the line running.
    """
    columns = ["line", "plant", "products", "stopped_by", "place", "down_from", "weeks_down",
               "at_risk", "down_from_response", "weeks_down_response"]  # fmt: skip
    made = line_products(case.network)
    stops = _stops(case, AS_IS if AS_IS in case.plans else RESPONSE)
    stops = stops[stops.index.isin(made["resource"])]
    if stops.empty:
        return pd.DataFrame(columns=columns)
    table = stops.join(made.groupby("resource")["item"].agg(", ".join).rename("products"))
    table["at_risk"] = money_by_line(case, products).reindex(table.index).fillna(0.0)
    other = _stops(case, RESPONSE).reindex(table.index)
    table["down_from_response"] = pd.to_datetime(other["down_from"])
    table["weeks_down_response"] = other["weeks_down"].fillna(0).astype(int)
    table = table.sort_values(["at_risk", "down_from"], ascending=[False, True], kind="stable")
    return table.reset_index(names="line")[columns]


def _stops(case: Case, kind: str) -> pd.DataFrame:
    """First period down, periods down and their first cause, by line that stops."""
    columns = ["plant", "down_from", "weeks_down", "stopped_by", "place"]
    tables = case.plans.get(kind, {})
    if "lines" not in tables:
        return pd.DataFrame(columns=columns)
    down = tables["lines"][tables["lines"]["down"]].sort_values("period", kind="stable")
    causes = stopper_of(down["waits_for"])
    down = down.assign(stopped_by=causes["item"], place=causes["place"])
    down["stopped_by"] = down["stopped_by"].where(down["stopped_by"] != "", down["waits_for"])
    found = down.groupby("resource").agg(
        plant=("location", "first"), down_from=("period", "min"), weeks_down=("period", "count"),
        stopped_by=("stopped_by", "first"), place=("place", "first"))  # fmt: skip
    return found[columns]


def money_by_line(case: Case, products: pd.DataFrame) -> pd.Series:
    """Money at risk of the products that each line makes, by the load that it misses."""
    return _spread(case, products, "resource")


def money_by_plant(case: Case, products: pd.DataFrame) -> pd.Series:
    """Money at risk by plant, most first; what no line misses falls on no plant."""
    return _spread(case, products, "plant").sort_values(ascending=False, kind="stable")


def _spread(case: Case, products: pd.DataFrame, column: str) -> pd.Series:
    missing = _missing_loads(case, case.first)
    money = products.set_index("item")["at_risk"]
    shares = missing["load"] / missing.groupby("item")["load"].transform("sum")
    spread = shares * missing["item"].map(money).astype(float).fillna(0.0)
    return spread.groupby(missing[column]).sum()


def items_at_fault(products: pd.DataFrame) -> pd.DataFrame:
    """The items that stop products: item, products, at_risk, first; the most money first."""
    groups = products.groupby("stopped_by")
    table = groups.agg(products=("item", "count"), at_risk=("at_risk", "sum"),
                       first=("first", "min")).reset_index(names="item")  # fmt: skip
    return table.sort_values("at_risk", ascending=False, kind="stable", ignore_index=True)


def late_share(case: Case, kind: str, items: list[str]) -> pd.DataFrame:
    """Share of demand not on time by item (rows, as given) and period due (columns)."""
    service = case.plans[kind]["service"] if kind in case.plans else case.first["service"]
    chosen = service[service["item"].isin(items)]
    due = chosen["period"].where(chosen["period"] >= case.calendar.date(0), case.calendar.date(0))
    sums = chosen.assign(due=due).groupby(["item", "due"])[["quantity", "on_time"]].sum()
    share = 1.0 - sums["on_time"] / sums["quantity"].where(sums["quantity"] > 0.0)
    wide = share.unstack("due").reindex(index=items, columns=case.calendar.dates)
    return wide.where(np.abs(wide) > 1e-6, 0.0)
