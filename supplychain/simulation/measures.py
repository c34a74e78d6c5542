"""What is kept of all samples while they are lived through: stock by period, service in total."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.checker.report import FloatArray
from supplychain.simulation.execution import Execution
from supplychain.simulation.futures import Futures
from supplychain.simulation.groups import Groups
from supplychain.simulation.step import Lived, State

QUANTILES = (0.1, 0.5, 0.9)
COMING = 4  # periods whose mean need the days of supply refer to
_TINY = 1e-9  # of a demand row: the rounding that service tables leave out


class StockMeasure:
    """Collects the stock table, a column of numbers (one an item-location) each period.

    ``foreseen`` (n x T) is the shortage that the plan itself knows against a reference plan,
    cumulative units: it is short in every sample.
    """

    def __init__(self, execution: Execution, foreseen: FloatArray) -> None:
        self._execution = execution
        self._foreseen = foreseen
        self._new = np.maximum(np.diff(foreseen, axis=1, prepend=0.0), 0.0)
        self._columns: list[FloatArray] = []

    def observe(self, state: State, lived: Lived) -> None:
        """Take the end of a period into account."""
        on_hand = np.maximum(state.on_hand, 0.0)
        foreseen = self._foreseen[:, lived.period, None] > 0
        values = [
            on_hand.mean(axis=1), *np.quantile(on_hand, QUANTILES, axis=1),
            ((lived.unmet > 0) | foreseen).mean(axis=1),
            lived.newly_unmet.mean(axis=1) + self._new[:, lived.period],
        ]  # fmt: skip
        self._columns.append(np.stack(values))

    def table(self, futures: Futures) -> pd.DataFrame:
        """Rows by item-location and period; see ``Simulation.stock``."""
        execution = self._execution
        frame = execution.places.frame
        periods = execution.periods
        table = frame.loc[np.repeat(np.arange(len(frame)), periods)].reset_index(drop=True)
        table["period"] = np.tile(execution.chain.calendar.dates.to_numpy(), len(frame))
        values = np.stack(self._columns, axis=-1).reshape(6, -1)
        names = ["on_hand_mean", *(f"on_hand_P{100 * level:.0f}" for level in QUANTILES),
                 "probability_of_stock_out", "expected_shortage"]  # fmt: skip
        table[names] = values.T
        table["days_of_supply"] = self._days(values[0].reshape(-1, periods), futures).ravel()
        return table

    def _days(self, on_hand: FloatArray, futures: Futures) -> FloatArray:
        """Mean on hand over the mean need a day of the coming periods; NaN where none comes."""
        execution = self._execution
        need, demand = execution.planned_need.copy(), execution.demand
        known = (demand.pair >= 0) & (demand.first < execution.periods)
        np.add.at(need, (demand.pair[known], demand.first[known]),
                  futures.demand.mean(axis=1)[known])  # fmt: skip
        dates = execution.chain.calendar.dates_of(np.arange(execution.periods + 1))
        days = np.diff(dates.to_numpy()) / np.timedelta64(1, "D")
        coming, length = _of_coming(need), _of_coming(days[None, :])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(coming > 0, on_hand * length / coming, np.nan)


def _of_coming(values: FloatArray) -> FloatArray:
    """Sums over the coming periods, fewer of them at the end (rows x T)."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, COMING))), axis=1)
    total[:, values.shape[1] + 1 :] = total[:, values.shape[1], None]
    periods = np.arange(values.shape[1])
    return np.asarray(total[:, periods + 1 + COMING] - total[:, periods + 1])


class ServiceMeasure:
    """Collects what becomes of the demand rows (all arrays D x N)."""

    def __init__(self, execution: Execution, futures: Futures) -> None:
        self._execution = execution
        self._demand = futures.demand
        self._on_time = np.zeros_like(futures.demand)
        self._served = np.zeros_like(futures.demand)

    def observe(self, lived: Lived) -> None:
        """Take the deliveries of a period into account."""
        demand, rows = self._execution.demand, lived.rows
        prompt = (demand.first[rows] == lived.period) & (demand.due[rows] >= 0)
        self._on_time[rows[prompt]] += lived.delivered[prompt]
        self._served[rows] += lived.delivered

    def _parts(self) -> dict[str, FloatArray]:
        late = np.maximum(self._served - self._on_time, 0.0)
        unserved = np.maximum(self._demand - self._served, 0.0)
        unserved[unserved < _TINY * self._demand] = 0.0
        lost = self._execution.demand.lost_in_horizon(self._execution.periods)[:, None]
        return {"demanded": self._demand, "on_time": self._on_time, "late": late,
                "lost": unserved * lost, "open": unserved * ~lost}  # fmt: skip

    def totals(self) -> pd.DataFrame:
        """Units by sample; see ``Simulation.totals``."""
        parts = {name: units.sum(axis=0) for name, units in self._parts().items()}
        return pd.DataFrame(parts, index=pd.RangeIndex(self._demand.shape[1], name="sample"))

    def table(self) -> pd.DataFrame:
        """Mean units by demand row; see ``Simulation.service``."""
        keys = self._execution.demand.table[["item", "location", "period", "customer"]]
        means = {name: units.mean(axis=1) for name, units in self._parts().items()}
        return keys.reset_index(drop=True).assign(**means).rename(columns={"demanded": "quantity"})


class WaitingItems:
    """Which demanded items have a unit waiting at the end of a period, or losing it."""

    def __init__(self, execution: Execution) -> None:
        names = execution.demand.table["item"].to_numpy(dtype=str)
        self.items, self._number = np.unique(names, return_inverse=True)
        self._dust = 1e-6 * np.maximum(execution.demand.table["quantity"].to_numpy(np.float64), 1.0)

    def of(self, lived: Lived) -> FloatArray:
        """1 where an item waits, else 0 (demanded items x N)."""
        waits = (lived.waiting > self._dust[lived.rows, None]).astype(np.float64)
        result = np.zeros((len(self.items), waits.shape[1]))
        groups = Groups(self._number[lived.rows])
        result[groups.keys] = np.minimum(groups.sum(waits), 1.0)
        return result
