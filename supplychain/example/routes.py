"""The ways of the example company: sourcing options and lanes, with their routine shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import pandas as pd

from supplychain.example import catalogue
from supplychain.example.catalogue import Chip
from supplychain.example.company import Company, Product
from supplychain.example.places import Place, neighbours, route

AIR_WEEKS = 1
ALTERNATE_WEEKS = 10  # lead time of a second fab with a free slot
MADE, CHIP, SPOT, BOUGHT = "made", "chip", "spot", "bought"


@dataclass(frozen=True)
class Option:
    """A sourcing option; ``share`` is its part of the location's need in the calm plan.

    ``cost`` is the part of the item's standard cost that is paid to the supplier (freight and its
    margin only, where the supplier's own costs are modelled).
    """

    item: str
    location: str
    supplier: str
    mode: str
    lead_time: int
    transit_time: float
    kind: str
    cost: float
    routine: bool = True
    share: float = 1.0
    group: str = ""
    qualification_time: float = nan
    qualification_cost: float = nan


@dataclass(frozen=True)
class Lane:
    """A lane; ``freight`` is a share of the item's standard cost."""

    item: str
    origin: str
    destination: str
    mode: str
    lead_time: int
    freight: float
    routine: bool = True
    share: float = 0.0


_FREIGHT = {"land": 0.02, "sea": 0.03, "air": 0.12}
_CHIP_FREIGHT = {"land": 0.01, "sea": 0.01, "air": 0.02}


def needs(company: Company) -> pd.DataFrame:
    """Pairs of component and location that a production row or a service warehouse draws on."""
    makers = pd.DataFrame([(maker.item, maker.version, maker.location) for maker in company.makers])
    makers.columns = pd.Index(["item", "version", "location"])
    drawn = makers.merge(company.bom, on=["item", "version"])
    spares = pd.DataFrame(company.service_items, columns=["component", "location"])
    pairs = pd.concat([drawn[["component", "location"]], spares]).drop_duplicates()
    return pairs.sort_values(["component", "location"], ignore_index=True)


def sourcing(company: Company) -> pd.DataFrame:
    """All sourcing options of the needs and of the chip hubs."""
    rules = _Sourcing(company)
    pairs = needs(company)
    options = [
        option
        for item, code in zip(pairs["component"], pairs["location"], strict=True)
        for option in rules.options(item, company.places[code])
    ]
    chips = dict.fromkeys(option.item for option in options if option.kind == CHIP)
    for hub in company.hubs:
        options += [rules.hub_option(item, hub) for item in chips]
    return pd.DataFrame([vars(option) for option in options])


class _Sourcing:
    def __init__(self, company: Company) -> None:
        self.company = company
        self.makers: dict[str, dict[str, bool]] = {}
        for maker in company.makers:
            self.makers.setdefault(maker.item, {}).setdefault(maker.location, maker.routine)

    def options(self, item: str, place: Place) -> Iterator[Option]:
        family, _, number = item.rpartition("-")
        if item in self.makers:
            yield from self._made(item, place)
        elif family in catalogue.CHIPS:
            yield from self._chip(item, catalogue.CHIPS[family], int(number) - 1, place)
        else:
            yield self._bought(item, place)

    def _made(self, item: str, place: Place) -> Iterator[Option]:
        sites = [(self.company.places[code], on) for code, on in self.makers[item].items()]
        routine = [site for site, on in sites if on]
        local = [site for site in routine if site.region == place.region]
        home = (local or routine)[0]
        yield _made_option(item, place, home, *route(home, place))
        if route(home, place)[0] == "sea":
            yield _made_option(item, place, home, "air", AIR_WEEKS, routine=False)
        for site, _ in sites:
            if site is not home:
                mode, weeks = route(site, place)
                way = ("air", AIR_WEEKS) if mode == "sea" else (mode, weeks)
                yield _made_option(item, place, site, *way, routine=False)

    def _chip(self, item: str, chip: Chip, number: int, place: Place) -> Iterator[Option]:
        first, second = self._fabs(chip, number)
        dual = second is not None and chip.second == "routine"
        yield from _fab_options(item, chip, first, place, share=0.6 if dual else 1.0)
        if second is not None and dual:
            yield from _fab_options(item, chip, second, place, share=0.4)
        elif second is not None and chip.second:
            yield _second_fab(item, chip, number, second, place)
        yield self._spot(item, chip, number, place)

    def _fabs(self, chip: Chip, number: int) -> tuple[Place, Place | None]:
        fabs = [fab for fab in self.company.fabs if chip.technology in fab.skills]
        chips = catalogue.CHIPS.values()
        peers = [peer.code for peer in chips if peer.technology == chip.technology]
        start = peers.index(chip.code) + number
        second = fabs[(start + 1) % len(fabs)] if len(fabs) > 1 else None
        return fabs[start % len(fabs)], second

    def _spot(self, item: str, chip: Chip, number: int, place: Place) -> Option:
        rank = list(catalogue.CHIPS).index(chip.code) + number
        broker = self.company.brokers[rank % len(self.company.brokers)]
        cost = 3.0 + 0.5 * (rank * 5 % 15)
        lead_time = 1 + rank % 4
        return Option(
            item, place.code, broker.code, "spot", lead_time, 1, SPOT, cost, False, 0.0, item
        )

    def hub_option(self, item: str, hub: Place) -> Option:
        """A chip's way to a hub: the first fab, by air, on decision."""
        family, _, number = item.rpartition("-")
        chip = catalogue.CHIPS[family]
        fab, _ = self._fabs(chip, int(number) - 1)
        return _fab_option(item, chip, fab, hub, "air", AIR_WEEKS, routine=False, share=0.0)

    def _bought(self, item: str, place: Place) -> Option:
        sources = [source for source in self.company.sources if source.region == place.region]
        supplier = sources[sum(map(ord, item)) % len(sources)]
        mode, weeks = route(supplier, place)
        lead_time = max(_bought_weeks(item), weeks)
        cost = 1.0 + _FREIGHT[mode]
        return Option(item, place.code, supplier.code, mode, lead_time, weeks, BOUGHT, cost)


def _made_option(
    item: str, place: Place, site: Place, mode: str, weeks: int, *, routine: bool = True
) -> Option:
    cost, share = 0.02 + _FREIGHT[mode], float(routine)
    return Option(item, place.code, site.code, mode, weeks, nan, MADE, cost, routine, share)


def _fab_options(
    item: str, chip: Chip, fab: Place, place: Place, *, share: float
) -> Iterator[Option]:
    mode, weeks = route(fab, place)
    if mode == "sea" and chip.mode == "sea":
        yield _fab_option(item, chip, fab, place, mode, weeks, routine=True, share=share)
        yield _fab_option(item, chip, fab, place, "air", AIR_WEEKS, routine=False, share=0.0)
        return
    way = ("air", AIR_WEEKS) if mode == "sea" else (mode, weeks)
    yield _fab_option(item, chip, fab, place, *way, routine=True, share=share)


def _fab_option(
    item: str, chip: Chip, fab: Place, place: Place, mode: str, weeks: int, *,
    routine: bool, share: float,
) -> Option:  # fmt: skip
    lead_time = chip.lead_time - 1 + weeks
    cost = 1.0 + _CHIP_FREIGHT[mode] + (0.08 if mode == "air" and not routine else 0.0)
    group = chip.technology
    return Option(
        item, place.code, fab.code, mode, lead_time, weeks, CHIP, cost, routine, share, group
    )


def _second_fab(item: str, chip: Chip, number: int, fab: Place, place: Place) -> Option:
    """A second fab: dearer, with a free slot; still to be qualified for some chips."""
    mode, weeks = route(fab, place)
    mode, weeks = ("air", AIR_WEEKS) if mode == "sea" else (mode, weeks)
    time, cost = (nan, nan) if chip.second == "alternate" else (8.0 + number % 5, 250_000.0)
    return Option(
        item, place.code, fab.code, mode, ALTERNATE_WEEKS, weeks, CHIP, 1.4, False, 0.0,
        chip.technology, time, cost,
    )  # fmt: skip


def _bought_weeks(item: str) -> int:
    code = item.partition("-")[0]
    parts = [*catalogue.PARTS.values(), *(part for part, _ in catalogue.PLANT_PARTS)]
    parts += [catalogue.BODY, catalogue.FITTING, catalogue.TRIM]
    weeks = {part.code: part.lead_time for part in parts}
    weeks |= {family.code: family.lead_time for family in catalogue.FAMILIES.values()}
    return weeks[code]


def lanes(company: Company, options: pd.DataFrame) -> pd.DataFrame:
    """All lanes: vehicles to market, and lateral lanes for vehicles, assemblies and chips."""
    rows = [lane for product in company.products for lane in _vehicle_lanes(product)]
    rows += _lateral(options, _pairs(company.plants), "assembly", company)
    rows += _lateral(options, neighbours(company.tier1s), CHIP, company)
    ways = [(hub, place) for hub in company.hubs for place in company.tier1s]
    rows += _lateral(options, ways, CHIP, company, back=False)
    return pd.DataFrame([vars(lane) for lane in rows])


def _vehicle_lanes(product: Product) -> Iterator[Lane]:
    routine = product.plants[: product.routine_plants]
    for market in product.markets:
        home = _nearest(routine, market)
        for plant in product.plants:
            mode, weeks = route(plant, market)
            freight = 0.012 + 0.006 * weeks
            on = plant is home
            yield Lane(product.item, plant.code, market.code, mode, weeks, freight, on, float(on))
    for first, second in _pairs(list(product.markets)):
        if first.region == second.region:
            for origin, end in ((first, second), (second, first)):
                mode, weeks = route(origin, end)
                yield Lane(product.item, origin.code, end.code, mode, weeks, 0.02, False)


def _nearest(plants: tuple[Place, ...], market: Place) -> Place:
    """The plant of the market's region, else the one with the shortest way; the first of equals."""
    return min(plants, key=lambda plant: (plant.region != market.region, route(plant, market)[1]))


def _pairs(places: list[Place]) -> list[tuple[Place, Place]]:
    return [(first, second) for n, first in enumerate(places) for second in places[n + 1 :]]


def _lateral(
    options: pd.DataFrame,
    pairs: list[tuple[Place, Place]],
    kind: str,
    company: Company,
    *,
    back: bool = True,
) -> list[Lane]:
    """Lanes by air or land for the items of ``kind`` that both places keep."""
    chosen = options["item"].isin(list(company.assemblies)) & (options["kind"] == MADE)
    kept = options[chosen if kind == "assembly" else options["kind"] == CHIP]
    items = {str(code): sorted(set(group)) for code, group in kept.groupby("location")["item"]}
    rows = []
    for first, second in pairs:
        both = set(items.get(second.code, ()))
        for item in items.get(first.code, []):
            if item in both:
                rows += _both_ways(item, first, second) if back else [_side(item, first, second)]
    return rows


def _both_ways(item: str, first: Place, second: Place) -> list[Lane]:
    return [_side(item, first, second), _side(item, second, first)]


def _side(item: str, origin: Place, destination: Place) -> Lane:
    mode, weeks = route(origin, destination)
    mode, weeks = ("air", AIR_WEEKS) if mode == "sea" else (mode, weeks)
    return Lane(item, origin.code, destination.code, mode, weeks, _FREIGHT[mode], routine=False)
