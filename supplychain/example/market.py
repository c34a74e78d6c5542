"""Demand of the example company: expected levels, three years of history, and the horizon's rows.

Weeks are numbered from the start of the plan; history has negative numbers. Vehicle demand is
level x trend x season x life cycle x promotion with gamma-Poisson noise; spare parts are
intermittent (a Bernoulli occasion times a geometric size).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import nan

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.calendar import Calendar
from supplychain.example.company import Company, Product
from supplychain.example.places import Place
from supplychain.example.sizes import HISTORY, PERIODS, START
from supplychain.example.tables import Numbers, records

BEYOND = 20  # weeks after the horizon for which early stages already work
FIRM_WEEKS = 4
CALENDAR = Calendar(START, PERIODS)
PROMOTION_UPLIFT = 1.18
_WEEKS = np.arange(-HISTORY, PERIODS + BEYOND)
_SOUTH = ("South America", "Africa")


@dataclass(frozen=True)
class Terms:
    """What a customer pays and how long it waits."""

    customer: str
    price: float  # share of list price
    backorder: float  # share of revenue for a week of waiting
    lost: float  # share of revenue for a lost unit
    lost_after: float
    priority: int


RETAIL = Terms("retail", 1.0, 0.006, 0.04, 2, 1)
RETAIL_PREMIUM = Terms("retail", 1.0, 0.005, 0.05, 4, 1)
FLEET = Terms("fleet", 0.94, 0.003, 0.03, 8, 2)
WORKSHOP = Terms("workshop", 2.2, 0.02, 0.0, nan, 1)


class Market:
    """Expected and realised demand of every item and place that sells."""

    def __init__(self, company: Company, random: np.random.Generator) -> None:
        self.company = company
        self.vehicles = [(p, place) for p in company.products for place in p.markets]
        self._trend = random.normal(0.02, 0.02, len(company.products))
        self._phase = random.uniform(-2.0, 2.0, len(self.vehicles))
        self._promoted = self._promotions(random)
        self._chance = random.uniform(0.25, 0.55, len(company.service_items))
        self._size = random.uniform(5.0, 25.0, len(company.service_items))
        self._random = random

    def _promotions(self, random: np.random.Generator) -> npt.NDArray[np.bool_]:
        """Weeks with a promotion: about two a year of two weeks each, volume brands only."""
        volume = np.array([not product.brand.premium for product, _ in self.vehicles])
        starts = random.random((len(self.vehicles), len(_WEEKS))) < 0.04
        starts &= volume[:, None]
        starts[:, 1:] |= starts[:, :-1]
        return starts

    @cached_property
    def expected(self) -> Numbers:
        """Expected vehicle demand, one row per product and market, weeks along."""
        level = np.array([p.volume * _weight(p, place.code) for p, place in self.vehicles])
        trend = np.array([self._growth(product) for product, _ in self.vehicles])
        life = np.vstack([_life_cycle(product) for product, _ in self.vehicles])
        uplift = np.where(self._promoted, PROMOTION_UPLIFT, 1.0)
        return level[:, None] * np.exp(trend[:, None] * _WEEKS / 52) * self._season * life * uplift

    def _growth(self, product: Product) -> float:
        return float(self._trend[product.number]) + (0.06 if product.segment.electric else 0.0)

    @property
    def _season(self) -> Numbers:
        south = np.array([place.region in _SOUTH for _, place in self.vehicles])
        week = _WEEKS[None, :] + self._phase[:, None] + np.where(south, 26, 0)[:, None]
        angle = 2 * np.pi * week / 52
        return np.asarray(1 + 0.06 * np.sin(angle - 0.9) + 0.03 * np.sin(2 * angle - 1.2))

    def direct(self) -> pd.DataFrame:
        """Demand of the horizon and beyond: rows item, location; columns weeks from 0 on."""
        vehicles = self.expected[:, HISTORY:].copy()
        vehicles[:, :PERIODS] = self._horizon
        spares = np.repeat(self._spare_mean[:, None], PERIODS + BEYOND, axis=1)
        keys = [(product.item, place.code) for product, place in self.vehicles]
        index = pd.MultiIndex.from_tuples([*keys, *self.company.service_items])
        return pd.DataFrame(np.vstack([vehicles, spares]), index=index)

    @cached_property
    def _horizon(self) -> Numbers:
        """Vehicle demand of the horizon: orders in the first weeks, then the forecast."""
        expected = self.expected[:, HISTORY : HISTORY + PERIODS]
        quantity = np.round(expected)
        quantity[:, :FIRM_WEEKS] = self._noisy(expected[:, :FIRM_WEEKS])
        return quantity

    @property
    def _spare_mean(self) -> Numbers:
        return np.maximum(np.round(self._chance * self._size), 1.0)

    def _noisy(self, expected: Numbers, variation: float = 0.07) -> Numbers:
        shape = 1 / variation**2
        gamma = self._random.gamma(shape, 1 / shape, expected.shape)
        return self._random.poisson(expected * gamma).astype(float)

    def demand(self, spare_price: dict[str, float]) -> pd.DataFrame:
        """Rows of the demand table: a series for every item, place and kind of customer."""
        series = [
            (product.item, place.code, terms, product.price * place.price, quantity)
            for row, (product, place) in enumerate(self.vehicles)
            for terms, quantity in _split(product, place, self._horizon[row])
        ]
        series += [
            (item, location, WORKSHOP, spare_price[item], np.full(PERIODS, mean))
            for (item, location), mean in zip(
                self.company.service_items, self._spare_mean, strict=True
            )
        ]
        rows = _terms([(item, place, terms, price) for item, place, terms, price, _ in series])
        rows = rows.loc[rows.index.repeat(PERIODS)].reset_index(drop=True)
        rows["period"] = np.tile(CALENDAR.dates, len(series))
        rows["quantity"] = np.concatenate([quantity for *_, quantity in series])
        rows["firm"] = np.tile(np.arange(PERIODS) < FIRM_WEEKS, len(series))
        return rows[rows["quantity"] > 0]

    def history(self) -> pd.DataFrame:
        """Rows of the demand_history table: launches start late, stock-outs cut what was sold."""
        keys, quantity = self._past()
        cut = self._stock_outs(quantity.shape)
        share = self._random.uniform(0.2, 0.7, quantity.shape)
        sold = np.where(cut & (quantity > 0), np.floor(quantity * share), quantity)
        places = pd.DataFrame(keys, columns=["item", "location"])
        data = places.loc[places.index.repeat(HISTORY)].reset_index(drop=True)
        data["period"] = np.tile(CALENDAR.dates_of(_WEEKS[:HISTORY]), len(keys))
        data["quantity"] = sold.ravel()
        data["in_stock"] = ~cut.ravel()
        return data.dropna(subset="quantity")

    def _past(self) -> tuple[list[tuple[str, str]], Numbers]:
        keys = [(product.item, place.code) for product, place in self.vehicles]
        expected = self.expected[:, :HISTORY]
        sold = np.where(expected >= 0.02, self._noisy(expected), np.nan)
        replaced = [row for row, (product, _) in enumerate(self.vehicles) if product.predecessor]
        old = [(self.vehicles[row][0].predecessor, keys[row][1]) for row in replaced]
        past = [expected.mean(axis=1)[row] * _fading(self.vehicles[row][0]) for row in replaced]
        earlier = np.vstack(past) if past else np.empty((0, HISTORY))
        gone = np.where(earlier > 0.5, self._noisy(earlier), np.nan)
        return [*keys, *old, *self.company.service_items], np.vstack([sold, gone, self._spares()])

    def _spares(self) -> Numbers:
        shape = (len(self._chance), HISTORY)
        asked = self._random.random(shape) < self._chance[:, None]
        size = self._random.geometric(1 / self._size[:, None], shape)
        returned = self._random.random(shape) < 0.008
        quantity = np.where(asked, size, 0.0)
        return np.where(returned & ~asked, -self._random.integers(1, 4, shape), quantity)

    def _stock_outs(self, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
        cut = self._random.random(shape) < 0.006
        cut[:, 1:] |= cut[:, :-1]
        cut[:, 2:] |= cut[:, :-2]
        return cut

    def drivers(self) -> pd.DataFrame:
        """Rows of the drivers table: promotions, past and planned."""
        rows, weeks = np.nonzero(self._promoted[:, : HISTORY + PERIODS])
        chosen = [self.vehicles[row] for row in rows]
        return pd.DataFrame(
            {
                "item": [product.item for product, _ in chosen],
                "location": [place.code for _, place in chosen],
                "driver": "promotion",
                "period": CALENDAR.dates_of(_WEEKS[weeks]),
                "value": 1.0,
                "known_ahead": True,
            }
        )

    def predecessors(self) -> pd.DataFrame:
        """Rows of the predecessors table."""
        replacing = [product for product in self.company.products if product.predecessor]
        rows: list[tuple[object, ...]] = [
            (product.item, product.predecessor, 0.9) for product in replacing
        ]
        return records("item predecessor share", rows)


def _weight(product: Product, code: str) -> float:
    total = sum(place.weight for place in product.markets)
    return next(place.weight for place in product.markets if place.code == code) / total


def _launch_week(product: Product) -> int:
    return -30 - 7 * (product.number % 4)


def _life_cycle(product: Product) -> Numbers:
    """Share of the full level: launches ramp up over eight weeks, some models fade out."""
    if product.predecessor:
        return np.clip((_WEEKS - _launch_week(product) + 1) / 8, 0.0, 1.0)
    if product.number % 11 == 4:
        return np.clip(0.95 - 0.5 * (_WEEKS + 16) / 52, 0.0, 1.0)
    return np.ones(len(_WEEKS))


def _fading(product: Product) -> Numbers:
    """Share of the full level of a model that was replaced."""
    weeks = _WEEKS[:HISTORY]
    return np.clip((_launch_week(product) + 6 - weeks) / 10, 0.0, 1.0)


def _split(product: Product, place: Place, quantity: Numbers) -> Iterator[tuple[Terms, Numbers]]:
    fleet = np.round(quantity * _fleet(product, place))
    yield (RETAIL_PREMIUM if product.brand.premium else RETAIL), quantity - fleet
    yield FLEET, fleet


def _fleet(product: Product, place: Place) -> float:
    """Share of fleet customers: in the large markets, for cars with an engine."""
    is_sold = place.weight > 0.26 and not product.segment.electric
    return product.brand.fleet if is_sold else 0.0


def _terms(series: list[tuple[str, str, Terms, float]]) -> pd.DataFrame:
    """Terms of each series (item, location, terms, list price) in the columns of demand."""
    rows: list[tuple[object, ...]] = []
    for item, location, terms, price in series:
        revenue = round(price * terms.price, 2)
        backorder, lost = round(revenue * terms.backorder, 2), round(revenue * terms.lost, 2)
        rows.append((item, location, terms.customer, revenue, backorder, terms.lost_after, lost,
                     terms.priority))  # fmt: skip
    columns = "item location customer unit_revenue backorder_cost lost_after lost_cost priority"
    return records(columns, rows)
