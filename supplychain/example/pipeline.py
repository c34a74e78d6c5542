"""What the example company has and has ordered: opening stock and scheduled receipts.

The pipeline is exact by construction: for every routine way, open orders cover the need of the
receiving item-location until the first new order can arrive, and stages upstream work for the weeks
after that; the opening stock comes on top.
"""

from __future__ import annotations

from math import nan

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.example.company import Company
from supplychain.example.market import CALENDAR
from supplychain.example.requirement import Requirement, makers_frame
from supplychain.example.routes import CHIP
from supplychain.example.sizes import PERIODS
from supplychain.example.tables import Numbers, look_up, whole
from supplychain.schema import STANDARD

# Weeks of cover on hand, lowest and highest, by what is where.
COVER = {
    ("product", "market"): (0.6, 1.2),
    ("product", "plant"): (0.1, 0.3),
    ("assembly", "plant"): (0.5, 1.3),
    ("assembly", "supplier"): (0.2, 0.5),
    ("assembly", "warehouse"): (3.0, 6.0),
    ("component", "plant"): (2.0, 4.0),
    ("component", "supplier"): (2.0, 4.0),
    ("chip", "supplier"): (0.8, 2.6),
}
HUB_COVER = (0.2, 1.4)  # weeks of the world's need, kept in a chip hub
OVERDUE = 0.02  # share of receipts of the first week that were due before
SMOOTHING = 5  # weeks over which orders for chips level the need
_ORDERS = ("item", "location", "origin", "lead_time", "share", "prefix")


def stock(
    company: Company, options: pd.DataFrame, need: Requirement, random: np.random.Generator
) -> pd.DataFrame:
    """Opening stock: weeks of cover that differ from place to place, and the chip hubs."""
    rows = need.rows.to_frame(index=False)
    rows["kind"] = _classes(company, options, rows)
    low, high = np.array([COVER.get(kind, (0.0, 0.0)) for kind in rows["kind"]]).T
    mean = need.weekly[:, :PERIODS].mean(axis=1)
    cover = low + (high - low) * random.random(len(rows))
    quantity = np.ceil(mean * cover)
    chips, hubs = sorted(options["item"][options["kind"] == CHIP].unique()), company.hubs
    world = pd.Series(mean, index=need.rows).groupby(level=0).sum()
    for hub in hubs:
        at_hub = ((rows["location"] == hub.code) & rows["item"].isin(chips)).to_numpy()
        kept = random.uniform(*HUB_COVER, int(at_hub.sum())) / len(hubs)
        quantity[at_hub] = np.round(world[rows["item"][at_hub]].to_numpy() * kept)
    counted = pd.Timestamp(CALENDAR.start) - pd.Timedelta(days=3)
    rows = rows.assign(quantity=quantity, as_of=counted)
    return rows[rows["quantity"] > 0].drop(columns="kind")


def _classes(company: Company, options: pd.DataFrame, rows: pd.DataFrame) -> list[tuple[str, str]]:
    products = {product.item for product in company.products}
    chips = set(options["item"][options["kind"] == CHIP])
    places = {place.code: "plant" for place in company.plants}
    places |= {place.code: "market" for place in company.markets}
    places |= {place.code: "warehouse" for place in (*company.hubs, *company.services)}
    return [
        (
            "product" if item in products
            else "assembly" if item in company.assemblies
            else "chip" if item in chips
            else "component",
            places.get(location, "supplier"),
        )
        for item, location in zip(rows["item"], rows["location"], strict=True)
    ]  # fmt: skip


def scheduled_receipts(
    company: Company,
    options: pd.DataFrame,
    lanes: pd.DataFrame,
    need: Requirement,
    unit_cost: dict[str, float],
    random: np.random.Generator,
) -> pd.DataFrame:
    """Open orders, vehicles on the way and work in progress, due before anything new can be."""
    ways = _ways(company, options, lanes)
    weekly = need.of(ways["item"], ways["location"]) * ways["share"].to_numpy()[:, None]
    is_chip = ways["is_chip"].to_numpy(dtype=bool)
    weekly[is_chip] = _levelled(weekly[is_chip])
    weeks = int(ways["lead_time"].max())
    due = np.arange(weeks)[None, :] < ways["lead_time"].to_numpy()[:, None]
    quantity = whole(np.where(due, weekly[:, :weeks], 0.0))
    way, week = np.nonzero(quantity > 0)
    rows = ways.iloc[way].assign(quantity=quantity[way, week])
    rows["due"] = _due_dates(week, random)
    rows = _numbered(rows)
    return _terms(rows, week, unit_cost, random)


def _ways(company: Company, options: pd.DataFrame, lanes: pd.DataFrame) -> pd.DataFrame:
    """Routine ways in use as one frame: sourcing, lanes and production."""
    makers = makers_frame(company)
    makers = makers[makers["routine"] & (makers["version"] == STANDARD)]
    parts = [
        options.assign(origin=options["supplier"], prefix="PO"),
        lanes.assign(location=lanes["destination"], prefix="TO"),
        makers.assign(origin="", share=1.0, prefix="WO"),
    ]
    ways = pd.concat([part[list(_ORDERS)] for part in parts], ignore_index=True)
    chips = set(options["item"][options["kind"] == CHIP])
    ways["is_chip"] = [item in chips for item in ways["item"]]
    return ways[(ways["share"] > 0) & (ways["lead_time"] > 0)]


def _levelled(weekly: Numbers) -> Numbers:
    """Moving average: chips are ordered at a steady rate."""
    window = np.lib.stride_tricks.sliding_window_view(
        np.pad(weekly, ((0, 0), (0, SMOOTHING - 1)), mode="edge"), SMOOTHING, axis=1
    )
    return np.asarray(window.mean(axis=2))


def _due_dates(
    week: npt.NDArray[np.int64], random: np.random.Generator
) -> npt.NDArray[np.datetime64]:
    """A working day of the week; a few of the first week were due the week before."""
    late = (week == 0) & (random.random(len(week)) < OVERDUE)
    days = 7 * (week - late) + random.integers(0, 5, len(week))
    return np.asarray(np.datetime64(CALENDAR.start, "D") + days)


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """An order for each way, a line for each receipt."""
    order = pd.Series(rows.index, index=range(len(rows))).rank(method="dense").astype(int)
    rows = rows.reset_index(drop=True)
    rows["order_id"] = rows["prefix"] + "-" + order.astype("str").str.zfill(6)
    line = rows.groupby("order_id").cumcount() + 1
    rows["line"] = line.astype("str").str.zfill(2)
    return rows


def _terms(
    rows: pd.DataFrame,
    week: npt.NDArray[np.int64],
    unit_cost: dict[str, float],
    random: np.random.Generator,
) -> pd.DataFrame:
    """Terms of some orders for chips: expediting by three weeks, and cancelling."""
    late = rows["is_chip"].to_numpy(dtype=bool) & (week >= 4)
    drawn = random.random(len(rows))
    cost = look_up(unit_cost, rows["item"])
    can_expedite, can_cancel = late & (drawn < 0.10), late & (drawn > 0.95)
    rows["expedite_cost"] = np.where(can_expedite, np.round(0.6 * cost, 2), nan)
    earlier = (rows["due"] - pd.Timedelta(days=21)).astype("datetime64[ns]")
    rows["earliest"] = earlier.where(pd.Series(can_expedite, index=rows.index))
    rows["cancel_cost"] = np.where(can_cancel, np.round(0.3 * cost, 2), nan)
    return rows
