"""The example company put together: the tables of the data contract, in order of making."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from supplychain.example import catalogue
from supplychain.example.company import Company
from supplychain.example.costs import Costs
from supplychain.example.deliveries import receipt_history
from supplychain.example.levers import levers, order_sizes
from supplychain.example.limits import Limits, set_limits
from supplychain.example.market import CALENDAR, Market
from supplychain.example.pipeline import scheduled_receipts, stock
from supplychain.example.places import Place
from supplychain.example.requirement import explode, makers_frame
from supplychain.example.routes import lanes, sourcing
from supplychain.example.sizes import Profile
from supplychain.example.tables import contract_frame, look_up, records
from supplychain.schema import TABLES, WILDCARD

NOTE = "synthetic data, made by supplychain.example; no real company, product or price is meant"


def company_tables(profile: Profile, seed: int) -> dict[str, pd.DataFrame]:
    """Return all tables of one company."""
    company = Company(profile)
    costs = Costs(company)
    streams = iter(np.random.default_rng([seed, number]) for number in range(5))
    market = Market(company, next(streams))
    options = sourcing(company)
    ways = lanes(company, options)
    need = explode(company, options, ways, market.direct())
    limits = set_limits(company, options, ways, need, next(streams))
    receipts = scheduled_receipts(company, options, ways, need, costs.unit_cost, next(streams))
    tables = {
        **_chain(company, costs, limits),
        **_market(company, costs, market),
        "scheduled_receipts": receipts,
        "stock": stock(company, options, need, next(streams)),
        "receipt_history": receipt_history(options, need, profile.order_spacing, next(streams)),
        "settings": _settings(seed),
    }
    return {name: contract_frame(name, tables[name]) for name in TABLES if name in tables}


def _chain(company: Company, costs: Costs, limits: Limits) -> dict[str, pd.DataFrame]:
    """Tables of what can be bought, made and moved where."""
    priced = _priced_sourcing(limits.options, costs)
    tables = {
        "items": _items(company, costs),
        "bom": company.bom,
        "production": _production(company, costs),
        "production_resources": _production_resources(company),
        "resources": limits.resources,
        "sourcing": priced,
        "supplier_capacity": limits.groups,
        "lanes": _priced_lanes(limits.lanes, costs),
        **levers(company, limits, priced, costs.unit_cost),
    }
    return {**tables, "locations": _locations(company, tables)}


def _market(company: Company, costs: Costs, market: Market) -> dict[str, pd.DataFrame]:
    """Tables of demand, past and to come."""
    return {
        "demand": market.demand({item: costs.unit_cost[item] for item, _ in company.service_items}),
        "demand_history": market.history(),
        "drivers": market.drivers(),
        "predecessors": market.predecessors(),
    }


def _settings(seed: int) -> pd.DataFrame:
    values = {
        "start": CALENDAR.start.isoformat(), "periods": CALENDAR.periods, "bucket": "week",
        "currency": "EUR", "holding_rate": 0.15, "closing_target": 2, "seed": seed, "note": NOTE,
    }  # fmt: skip
    return records("name value", [(name, str(value)) for name, value in values.items()])


def _items(company: Company, costs: Costs) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for product in company.products:
        words = f"{product.brand.name} {product.segment.description}"
        rows.append((product.item, words, "product", "vehicle", product.brand.name))
        if product.predecessor:
            words = f"{words}, first generation"
            rows.append((product.predecessor, words, "product", "vehicle", product.brand.name))
    for item, (family, variant) in company.assemblies.items():
        words = f"{family.description}, variant {variant + 1}"
        rows.append((item, words, "assembly", family.commodity, ""))
    known = {str(row[0]) for row in rows}
    rows += [
        (item, words, "component", commodity, "")
        for item in sorted(set(company.bom["component"]) - known)
        for words, commodity in [_component(item)]
    ]
    frame = records("item description kind commodity brand", rows)
    value = np.round(look_up(costs.unit_cost, frame["item"]), 2)
    return frame.assign(unit="piece", unit_cost=value)


def _component(item: str) -> tuple[str, str]:
    """Description and commodity of a chip or part."""
    code, _, number = item.rpartition("-")
    if code in catalogue.CHIPS:
        return f"{catalogue.CHIPS[code].description} {number}", "semiconductor"
    parts = [*catalogue.PARTS.values(), *(part for part, _ in catalogue.PLANT_PARTS)]
    parts += [catalogue.BODY, catalogue.FITTING, catalogue.TRIM]
    part = {part.code: part for part in parts}[item.partition("-")[0]]
    return f"{part.description} {item.partition('-')[2]}", part.commodity


def _production(company: Company, costs: Costs) -> pd.DataFrame:
    makers = makers_frame(company)
    cost = look_up(costs.conversion, makers["item"]) * makers["conversion"]
    return makers.assign(unit_cost=np.round(cost, 2))


def _production_resources(company: Company) -> pd.DataFrame:
    """Line of every item and place, for all versions."""
    makers = makers_frame(company).drop_duplicates(["item", "location"])
    return makers.assign(version=WILDCARD, per_unit=1.0)


def _priced_sourcing(options: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    paid = look_up(costs.unit_cost, options["item"]) * options["cost"]
    return order_sizes(options).assign(unit_cost=np.round(paid, 2))


def _priced_lanes(ways: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    freight = look_up(costs.unit_cost, ways["item"]) * ways["freight"]
    return ways.assign(unit_cost=np.maximum(np.round(freight, 2), 0.01))


def _locations(company: Company, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Places that anything refers to."""
    kinds: tuple[tuple[str, float, Iterable[Place]], ...] = (
        ("plant", 4, company.plants),
        ("market", np.nan, company.markets),
        ("warehouse", 2, (*company.hubs, *company.services)),
        ("supplier", 6, company.tier1s),
        ("supplier", 16, company.fabs),
        ("supplier", np.nan, (*company.brokers, *company.sources)),
    )
    used = set(tables["sourcing"]["supplier"]) | set(tables["sourcing"]["location"])
    used |= set(tables["production"]["location"]) | set(tables["lanes"]["destination"])
    rows: list[tuple[object, ...]] = [
        (place.code, kind, place.company, place.country, place.region, place.latitude,
         place.longitude, recover)
        for kind, recover, group in kinds
        for place in group
        if place.code in used
    ]  # fmt: skip
    columns = "location kind company country region latitude longitude time_to_recover"
    return records(columns, rows)
