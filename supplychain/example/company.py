"""The structure of the example company: products, assemblies, who makes what, and the BOM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import pandas as pd

from supplychain.example import catalogue, places
from supplychain.example.catalogue import Brand, Family, Segment
from supplychain.example.places import Place
from supplychain.example.sizes import Profile
from supplychain.example.tables import records
from supplychain.schema import STANDARD

REDESIGN = "redesign"
LAUNCH_EVERY = 7  # one product in so many was launched within the history


@dataclass(frozen=True)
class Product:
    """A vehicle model and its place in the company."""

    item: str
    number: int
    brand: Brand
    segment: Segment
    markets: tuple[Place, ...]
    plants: tuple[Place, ...]  # routine ones first
    routine_plants: int
    volume: float  # vehicles a week in all markets

    @property
    def price(self) -> float:
        """Wholesale list price."""
        return self.segment.price * self.brand.price

    @property
    def predecessor(self) -> str:
        """Name of the model that it replaced within the history, blank if none."""
        return f"{self.item}-G1" if self.number % LAUNCH_EVERY == LAUNCH_EVERY - 1 else ""

    def variant(self, family: Family, variety: int) -> int:
        """Which variant of an assembly family the product uses."""
        base = {
            "": 0,
            "platform": catalogue.PLATFORMS.index(self.segment.platform),
            "premium": int(self.brand.premium),
        }[family.by]
        return base % family.variants + family.variants * (self.number % variety)

    def uses(self, family: Family) -> bool:
        """Whether the product has an assembly of the family."""
        return {"all": True, "fuel": not self.segment.electric, "electric": self.segment.electric}[
            family.use
        ]


@dataclass(frozen=True)
class Maker:
    """A production row: an item made at a location by a version."""

    item: str
    location: str
    version: str
    lead_time: int
    routine: bool
    conversion: float  # share of the standard conversion cost
    resource: str


class Company:
    """The chain of one size: places, items, BOM edges and makers."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.plants = list(places.PLANTS[: profile.plants])
        self.markets = list(places.MARKETS[: profile.markets])
        self.hubs = list(places.HUBS[: profile.hubs])
        self.services = list(places.SERVICES[: profile.services])
        self.brokers = list(places.BROKERS)
        self.tier1s = places.numbered("T1", places.TIER1S, profile.tier1s)
        self.fabs = places.numbered("FAB", places.FABS, profile.fabs)
        count = profile.sources * len(places.SOURCES)
        self.sources = places.numbered("SUP", places.SOURCES, count)
        self.products = list(_products(self))

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every place by its code."""
        kinds = (self.plants, self.markets, self.hubs, self.services)
        suppliers = (self.tier1s, self.fabs, self.brokers, self.sources)
        return {place.code: place for group in (*kinds, *suppliers) for place in group}

    @cached_property
    def assemblies(self) -> dict[str, tuple[Family, int]]:
        """Family and variant of every assembly in use, by item."""
        result = {}
        for product in self.products:
            for family in self.families_of(product):
                variant = product.variant(family, self.profile.variety)
                result[_name(family.code, variant)] = (family, variant)
                for child, _ in family.children:
                    result[_name(child, variant)] = (catalogue.FAMILIES[child], variant)
        return dict(sorted(result.items()))

    def families_of(self, product: Product) -> list[Family]:
        """Assembly families fitted to a product at the plant."""
        families = catalogue.FAMILIES.values()
        return [family for family in families if family.use != "none" and product.uses(family)]

    @cached_property
    def bom(self) -> pd.DataFrame:
        """Frame of item, version, component, quantity_per."""
        rows = [row for product in self.products for row in self._product_rows(product)]
        for item, (family, variant) in self.assemblies.items():
            rows += self._assembly_rows(item, family, variant)
        return records("item version component quantity_per", rows)

    def _product_rows(self, product: Product) -> Iterator[tuple[object, ...]]:
        for family in self.families_of(product):
            variant = product.variant(family, self.profile.variety)
            yield product.item, STANDARD, _name(family.code, variant), family.quantity
        platform = product.segment.platform
        yield product.item, STANDARD, f"{catalogue.BODY.code}-{platform}", 1
        yield product.item, STANDARD, f"{catalogue.TRIM.code}-{product.item}", 1
        for part, quantity in catalogue.PLANT_PARTS:
            yield product.item, STANDARD, f"{part.code}-{platform}", quantity
        for number in range(self.profile.plant_parts):
            yield product.item, STANDARD, _name(f"{catalogue.FITTING.code}-{platform}", number), 1

    def _assembly_rows(self, item: str, family: Family, variant: int) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = [
            (item, STANDARD, component, quantity)
            for component, quantity in self._components(family, variant)
        ]
        for code, old, new, _ in catalogue.REDESIGNS:
            if family.code == code:
                rows += _redesigned(rows, old, new)
        return rows

    def _components(self, family: Family, variant: int) -> Iterator[tuple[str, int]]:
        profile = self.profile
        for child, quantity in family.children:
            yield _name(child, variant), quantity
        for chip, quantity in family.quantities(family.chips, variant).items():
            for copy in range(profile.chips_per_use):
                number = (variant * profile.chips_per_use + copy) % profile.chip_variety
                yield _name(chip, number), max(1, round(quantity / profile.chips_per_use))
        for part, quantity in family.quantities(family.parts, variant).items():
            for copy in range(profile.parts_per_use):
                yield _name(part, (7 * variant + copy) % profile.part_pool), quantity

    @cached_property
    def makers(self) -> list[Maker]:
        """Every production row."""
        rows = [maker for product in self.products for maker in self._plants_of(product)]
        for item, (family, variant) in self.assemblies.items():
            if family.skill:
                rows += self._tier1s_of(item, family, variant)
        return rows

    def _plants_of(self, product: Product) -> Iterator[Maker]:
        for order, plant in enumerate(product.plants):
            line = plant.skills.index(product.segment.platform) + 1
            resource = f"LINE-{plant.code.removeprefix('PLANT-')}-{line}"
            routine = order < product.routine_plants
            share = 1.0 if routine else 1.25
            yield Maker(product.item, plant.code, STANDARD, 1, routine, share, resource)

    def _tier1s_of(self, item: str, family: Family, variant: int) -> Iterator[Maker]:
        sites = self._sites(item, family, variant)
        reserve = self._reserve(sites, family, variant) if family.reserve else []
        for site in (*sites, *reserve):
            routine = site in sites
            share = 1.0 if routine else 1.25
            resource = f"{site.code}-LINE"
            yield Maker(item, site.code, STANDARD, family.lead_time, routine, share, resource)
            for code, _, _, more in catalogue.REDESIGNS:
                if family.code == code and routine:
                    lead_time = family.lead_time
                    yield Maker(item, site.code, REDESIGN, lead_time, False, more, resource)

    def _sites(self, item: str, family: Family, variant: int) -> list[Place]:
        """Tier-1 sites of an assembly: one in each region that needs it, then the first capable."""
        capable = self._capable(family)
        regions = dict.fromkeys(self.places[code].region for code in self.users[item])
        sites = []
        for region in regions:
            local = [place for place in capable if place.region == region]
            if local:
                sites.append(local[variant % len(local)])
        return (sites or [capable[variant % len(capable)]])[: family.sites]

    def _reserve(self, sites: list[Place], family: Family, variant: int) -> list[Place]:
        others = [place for place in self._capable(family) if place not in sites]
        return [others[variant % len(others)]] if others else []

    def _capable(self, family: Family) -> list[Place]:
        return [place for place in self.tier1s if family.skill in place.skills]

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """Plants (of the parent's parent, for a part of an assembly) that need an assembly."""
        users: dict[str, list[str]] = {}
        for product in self.products:
            codes = [plant.code for plant in product.plants]
            for family in self.families_of(product):
                item = _name(family.code, product.variant(family, self.profile.variety))
                for child, _ in family.children:
                    variant = product.variant(family, self.profile.variety)
                    users.setdefault(_name(child, variant), []).extend(codes)
                users.setdefault(item, []).extend(codes)
        return users

    @cached_property
    def service_items(self) -> list[tuple[str, str]]:
        """Pairs of spare part and service warehouse, with a demand of their own."""
        spares = [
            item
            for code in ("ECU-BODY", "ECU-ENGINE", "DISPLAY", "LAMP", "BRAKE-UNIT")
            for item, (family, _) in self.assemblies.items()
            if family.code == code
        ]
        count = min(self.profile.service_items, len(spares))
        step = len(spares) / count
        chosen = [spares[int(position * step)] for position in range(count)]
        return [(item, place.code) for place in self.services for item in chosen]


def _name(code: str, number: int) -> str:
    return f"{code}-{number + 1}"


def _redesigned(rows: list[tuple[object, ...]], old: str, new: str) -> list[tuple[object, ...]]:
    """The BOM rows of a version whose board takes another chip."""
    result: list[tuple[object, ...]] = []
    for item, _, component, quantity in rows:
        code, _, number = str(component).rpartition("-")
        result.append((item, REDESIGN, f"{new}-{number}" if code == old else component, quantity))
    return result


def _products(company: Company) -> Iterator[Product]:
    profile, counters, number = company.profile, dict.fromkeys(catalogue.PLATFORMS, 0), 0
    for brand in catalogue.BRANDS[: profile.brands]:
        markets = _markets(brand, company.markets)
        for code in brand.segments:
            segment = catalogue.SEGMENTS[code]
            for model in range(profile.models):
                plants, routine = _home(company.plants, markets, segment.platform, counters)
                yield Product(
                    _product_name(brand, code, model, profile.models),
                    number,
                    brand,
                    segment,
                    markets,
                    plants,
                    routine,
                    segment.volume * brand.volume / profile.models,
                )
                number += 1


def _product_name(brand: Brand, segment: str, model: int, models: int) -> str:
    name = f"{brand.name.upper()}-{segment}"
    return name if models == 1 else f"{name}-{model + 1}"


def _markets(brand: Brand, markets: list[Place]) -> tuple[Place, ...]:
    count = ceil(brand.reach * len(markets))
    return tuple(markets[(brand.first_market + step) % len(markets)] for step in range(count))


def _home(
    plants: list[Place], markets: tuple[Place, ...], platform: str, counters: dict[str, int]
) -> tuple[tuple[Place, ...], int]:
    """Plants of the next product of a platform, and how many of them are routine.

    First the plants of the regions where most of it is sold, in turn where there are several.
    """
    number = counters[platform]
    counters[platform] += 1
    sold = {place.region: 0.0 for place in plants}
    for market in markets:
        sold[market.region] = sold.get(market.region, 0.0) + market.weight
    capable = [plant for plant in plants if platform in plant.skills]
    turn = number % len(capable)
    ranked = sorted(capable[turn:] + capable[:turn], key=lambda plant: -sold[plant.region])
    if len(ranked) == 1 or number % 3 == 2:
        return (ranked[0],), 1
    return (ranked[0], ranked[1]), 2 - number % 2
