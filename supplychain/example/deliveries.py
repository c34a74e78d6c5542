"""Past orders for chips: lead times drift, and in an allocation regime they step up.

Actual lead time = option's lead time x drift of the fab x regime + noise; the fab's promise follows
the drift with a delay, so in the regime receipts come later than promised.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.example.market import CALENDAR
from supplychain.example.requirement import Requirement
from supplychain.example.routes import CHIP
from supplychain.example.sizes import HISTORY, PERIODS
from supplychain.example.tables import Numbers, significant

REGIME = (-112, -66)  # weeks of the allocation regime
STEP = 1.75  # factor on the lead time within it
PROMISE_DELAY = 13  # weeks until promises follow the lead times


def receipt_history(
    options: pd.DataFrame,
    need: Requirement,
    spacing: int,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Rows of receipt_history: an order of every routine option each ``spacing`` weeks."""
    ways = options[(options["kind"] == CHIP) & options["routine"]].reset_index(drop=True)
    factor = _factors(ways, random)
    count = HISTORY // spacing
    way = np.repeat(np.arange(len(ways)), count)
    offset = random.integers(0, spacing, len(ways))[way]
    week = np.minimum(np.tile(np.arange(count) * spacing, len(ways)) + offset, HISTORY - 1)
    lead_time = ways["lead_time"].to_numpy(dtype=float)[way]
    weeks = lead_time * factor[way, week] + random.gamma(2.0, 0.4, len(way)) - 0.6
    promised = np.round(lead_time * factor[way, np.maximum(week - PROMISE_DELAY, 0)])
    ordered = _date(7 * (week - HISTORY) + random.integers(0, 5, len(way)))
    received = ordered + np.round(np.maximum(weeks, 1) * 7).astype("timedelta64[D]")
    started = np.datetime64(CALENDAR.start, "D")
    weekly = need.of(ways["item"], ways["location"])[:, :PERIODS].mean(axis=1)
    lot = significant(np.maximum(weekly * ways["share"].to_numpy() * spacing, 1.0))
    rows = ways.loc[way, ["item", "location", "supplier", "mode"]].reset_index(drop=True)
    return rows.assign(
        order_id=[f"PH-{number + 1:06d}" for number in way],
        line=(pd.Series(np.tile(np.arange(count), len(ways))) + 1).astype("str").str.zfill(2),
        quantity=np.round(lot[way] * random.uniform(0.8, 1.2, len(way))),
        ordered_on=ordered,
        promised_on=ordered + (promised * 7).astype("timedelta64[D]"),
        received_on=np.where(received < started, received, np.datetime64("NaT")),
    )


def _factors(ways: pd.DataFrame, random: np.random.Generator) -> Numbers:
    """Lead-time factor of every way and week: drift of its fab, and the regime of two fabs."""
    fabs = sorted(ways["supplier"].unique())
    steps = random.normal(0.0, 0.006, (len(fabs), HISTORY)).cumsum(axis=1)
    drift = np.exp(steps - steps[:, -1:])
    number = {fab: row for row, fab in enumerate(fabs)}
    row = np.array([number[fab] for fab in ways["supplier"]])
    factor = drift[row]
    hit = ways["group"].isin(["logic", "mcu"]).to_numpy() & _in_taiwan(ways)
    weeks = np.arange(-HISTORY, 0)
    inside = (weeks >= REGIME[0]) & (weeks < REGIME[1])
    return np.asarray(np.where(hit[:, None] & inside[None, :], factor * STEP, factor))


def _in_taiwan(ways: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return ways["supplier"].str.startswith("FAB-TW").to_numpy(dtype=bool)


def _date(days: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    return np.asarray(np.datetime64(CALENDAR.start, "D") + days)
