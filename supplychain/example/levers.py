"""Rows of the example company for levers that later plans use, and what is announced by period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.example import catalogue
from supplychain.example.company import Company
from supplychain.example.limits import Limits
from supplychain.example.market import CALENDAR
from supplychain.example.routes import CHIP, SPOT
from supplychain.example.tables import records, significant
from supplychain.schema import WILDCARD

OVERTIME = ((0.05, 1.5), (0.05, 2.0))  # share of the line's capacity, factor on labour
LABOUR = 900.0  # labour in one unit of a vehicle line


def levers(
    company: Company, limits: Limits, sourcing: pd.DataFrame, unit_cost: dict[str, float]
) -> dict[str, pd.DataFrame]:
    """Tables overtime, substitutes, short_builds, price_steps, contracts, floors and overrides."""
    return {
        "overtime": _overtime(limits.resources),
        "substitutes": _substitutes(company),
        "short_builds": _short_builds(company),
        "price_steps": _price_steps(sourcing),
        "contracts": _contracts(limits.options, limits.groups),
        "floors": _floors(company),
        "capacities": _capacities(limits.resources),
        "lead_times": _lead_times(sourcing),
        "unit_costs": _unit_costs(sourcing, unit_cost),
    }


def order_sizes(options: pd.DataFrame) -> pd.DataFrame:
    """Columns moq and lot_size: chips of a sea way or a second fab come in reels."""
    reels = (options["kind"] == CHIP) & ((options["mode"] == "sea") | ~options["routine"])
    lot = np.where(reels, 500.0, np.nan)
    return options.assign(lot_size=lot, moq=np.where(reels & ~options["routine"], 1_000.0, np.nan))


def _overtime(resources: pd.DataFrame) -> pd.DataFrame:
    lines = resources[resources["resource"].str.startswith("LINE-")]
    rows: list[tuple[object, ...]] = [
        (line, str(step), float(significant(share * capacity)), LABOUR * (factor - 1))
        for line, capacity in zip(lines["resource"], lines["capacity"], strict=True)
        for step, (share, factor) in enumerate(OVERTIME, start=1)
    ]
    return records("resource step capacity unit_cost", rows)


def _substitutes(company: Company) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [
        (f"{family}-1", f"{old}-1", f"{new}-1", WILDCARD, ratio, cost, CALENDAR.date(4))
        for family, old, new, ratio, cost in catalogue.SUBSTITUTES
        if f"{family}-1" in company.assemblies
    ]
    columns = "item component substitute location ratio extra_cost approved_from"
    return records(columns, rows)


def _short_builds(company: Company) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for product in company.products[:3]:
        for code in ("DISPLAY", "ADAS"):
            family = catalogue.FAMILIES[code]
            item = f"{code}-{product.variant(family, company.profile.variety) + 1}"
            for plant in product.plants:
                rows.append((product.item, item, plant.code, 1_500.0, 45.0, 120.0, 1))
    columns = "item component location places weekly_cost retrofit_cost lead_time"
    return records(columns, rows)


def _price_steps(sourcing: pd.DataFrame) -> pd.DataFrame:
    """Three spot offers whose price rises with volume."""
    spot = sourcing[sourcing["kind"] == SPOT].drop_duplicates("item").head(3)
    rows: list[tuple[object, ...]] = [
        (*key, str(step), up_to, round(price * factor, 2))
        for *key, price in spot[["item", "location", "supplier", "mode", "unit_cost"]].itertuples(
            index=False
        )
        for step, up_to, factor in ((1, 2_000.0, 1.0), (2, 5_000.0, 1.3), (3, np.nan, 1.7))
    ]
    return records("item location supplier mode step up_to unit_cost", rows)


def _contracts(options: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """One take-or-pay contract with the fab of the first single-sourced chip."""
    first = options[(options["kind"] == CHIP) & options["routine"]].iloc[0]
    chosen = (groups["supplier"] == first["supplier"]) & (groups["group"] == first["group"])
    volume = float(significant(groups.loc[chosen, "capacity"].iloc[0] * 2))
    row = ("TAKE-OR-PAY-1", first["item"], WILDCARD, first["supplier"], CALENDAR.date(0),
           CALENDAR.date(CALENDAR.periods - 1), volume, 0.50)  # fmt: skip
    return records("contract item location supplier valid_from valid_to quantity penalty", [row])


def _floors(company: Company) -> pd.DataFrame:
    first, last = company.products[0], company.products[-1]
    rows: list[tuple[object, ...]] = [
        (first.brand.name, "fleet", WILDCARD, 0.80),
        (last.brand.name, WILDCARD, last.markets[0].code, 0.70),
    ]
    return records("brand customer location share", rows)


def _capacities(resources: pd.DataFrame) -> pd.DataFrame:
    """A week with a holiday at the last line."""
    line = resources[resources["resource"].str.startswith("LINE-")].iloc[-1]
    short = float(significant(line["capacity"] * 0.8))
    week = CALENDAR.date(13)
    row = ("resources", line["resource"], week, week, short)
    return records("kind owner valid_from valid_to capacity", [row])


def _lead_times(sourcing: pd.DataFrame) -> pd.DataFrame:
    """Two weeks in which chips ordered by one sea way come a week later."""
    way = sourcing[(sourcing["kind"] == CHIP) & (sourcing["mode"] == "sea")].iloc[0]
    owner = "|".join(way[["item", "location", "supplier", "mode"]])
    row = ("sourcing", owner, CALENDAR.date(5), CALENDAR.date(6), way["lead_time"] + 1)
    return records("kind owner valid_from valid_to lead_time", [row])


def _unit_costs(sourcing: pd.DataFrame, unit_cost: dict[str, float]) -> pd.DataFrame:
    """An announced price rise of the second chip at its first user."""
    chips = sourcing[(sourcing["kind"] == CHIP) & sourcing["routine"]]
    item = sorted(chips["item"].unique())[1]
    rows: list[tuple[object, ...]] = [
        ("sourcing", "|".join(key), CALENDAR.date(13), pd.NaT, round(unit_cost[item] * 1.06, 2))
        for key in chips.loc[
            chips["item"] == item, ["item", "location", "supplier", "mode"]
        ].itertuples(index=False)
    ]
    return records("kind owner valid_from valid_to unit_cost", rows)
