"""(C8) Demand: served within its window, late, lost or open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.checker.chain import ALWAYS, Chain
from supplychain.checker.keys import Keys, numbers_of, tally
from supplychain.checker.report import Findings, FloatArray, IntArray

_KEY = ["item", "location", "period", "customer"]


@dataclass(frozen=True)
class Service:
    """What became of each demand row, and its money.

    ``first`` and ``last``: period numbers between which a row may be served; ``last`` is at least
    the number of periods where an unserved unit stays open. ``money``: revenue, backorder and lost
    cost by demand row.
    """

    keys: Keys
    first: IntArray
    last: IntArray
    table: pd.DataFrame
    money: dict[str, FloatArray]


def recompute_service(chain: Chain, deliveries: pd.DataFrame) -> Service:
    """On time, late, lost and open quantity of each demand row from its deliveries."""
    demand = chain.network.table("demand").reset_index(drop=True)
    due = numbers_of(chain.calendar, demand["period"])
    first, last = _window(demand, due)
    keys = Keys(demand.assign(period=due), _KEY)
    row = keys.find(deliveries)
    served = deliveries["served"].to_numpy(np.int64)
    quantity = deliveries["quantity"].to_numpy(np.float64)
    prompt = (served == first[row]) & (due[row] >= 0)
    count, periods = len(demand), chain.calendar.periods
    on_time = tally(row, quantity * prompt, count)
    late = tally(row, quantity * ~prompt, count)
    wanted = demand["quantity"].to_numpy(np.float64)
    rest = np.maximum(wanted - on_time - late, 0.0)
    lost = np.where(last < periods, rest, 0.0)
    still_open = rest - lost
    waited = tally(row, quantity * (served - first[row]), count)
    waited += lost * (np.minimum(last, periods) - first)
    waited += still_open * np.maximum(periods - first, 0)
    money = {
        "revenue": (on_time + late) * demand["unit_revenue"].to_numpy(np.float64),
        "backorder": waited * demand["backorder_cost"].to_numpy(np.float64),
        "lost": lost * demand["lost_cost"].to_numpy(np.float64),
    }
    columns = {"quantity": wanted, "on_time": on_time, "late": late}
    outcome = pd.DataFrame({**columns, "lost": lost, "open": still_open})
    return Service(keys, first, last, outcome, money)


def check_deliveries(service: Service, deliveries: pd.DataFrame, findings: Findings) -> None:
    """Each delivery falls in the window of its row, and a row gets no more than it wants."""
    row, served = service.keys.find(deliveries), deliveries["served"].to_numpy(np.int64)
    labels = deliveries[["item", "location", "customer"]]
    first, last = service.first[row], service.last[row]
    findings.record("C8", "served before it is due", labels, served < first, served, first, served)
    findings.record("C8", "served after it is lost", labels, served > last, served, last, served)
    table = service.table
    total, wanted = table["on_time"] + table["late"], table["quantity"]
    labels = service.keys.frame[["item", "location", "customer"]]
    findings.at_most(
        "C8", "more is served than wanted", labels, total, wanted, wanted, service.first
    )


def check_no_idle_stock(
    service: Service, on_hand: FloatArray, chain: Chain, findings: Findings
) -> None:
    """Fair share leaves no stock idle that could have served an unserved unit of its place.

    A necessary condition only: idle is what stays on hand from the last period of the row's window
    to the end. A hundred times the tolerance, because cost is minimised after the shares.
    """
    place = chain.places.find(service.keys.frame)
    wanted = service.table["quantity"].to_numpy(np.float64)
    unserved = (service.table["lost"] + service.table["open"]).to_numpy(np.float64)
    stays = np.minimum.accumulate(on_hand[:, ::-1], axis=1)[:, ::-1]
    last = np.minimum(service.last, chain.calendar.periods - 1)
    idle = np.zeros(len(place))
    idle[place >= 0] = stays[place[place >= 0], last[place >= 0]]
    labels = service.keys.frame[["item", "location", "customer"]]
    findings.at_most(
        "fair_share",
        "stock is idle while demand goes unserved",
        labels,
        np.minimum(idle, unserved),
        0.0,
        100 * np.maximum(wanted, 1.0),
        service.first,
    )


def check_service(service: Service, stated: pd.DataFrame, findings: Findings) -> None:
    """The service table has every demand row, as recomputed."""
    labels = service.keys.frame[["item", "location", "customer"]]
    row = service.keys.find(stated)
    present = np.zeros(len(service.keys), dtype=bool)
    present[row] = True
    findings.record(
        "C8", "demand row is missing from service", labels, ~present, period=service.first
    )
    wanted = service.table["quantity"].to_numpy()[row]
    for column in service.table.columns:
        expected = service.table[column].to_numpy()[row]
        message = f"{column} is not as recomputed"
        keys = labels.iloc[row]
        period = stated["period"]
        findings.equal("C8", message, keys, stated[column], expected, wanted, period)


def _window(demand: pd.DataFrame, due: IntArray) -> tuple[IntArray, IntArray]:
    """First and last period of service; a unit that is never lost has no last one."""
    patience = demand["lost_after"].fillna(ALWAYS).to_numpy(np.float64).astype(np.int64)
    return np.maximum(due, 0), np.maximum(due + patience, 0)
