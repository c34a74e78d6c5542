"""Sampled delays of orders and scheduled receipts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from app.service.forecasts.filling import OPTION
from forecasts.lead_time import LeadTimeForecast, sample_quantiles
from forecasts.lead_time.forecast import DELAY
from forecasts.lead_time.sampling import DAYS_A_PERIOD
from forecasts.quantiles import PREFIX, Floats
from supplychain.network import Network

TOGETHER = 0.5  # correlation of the ranks of delays of one option
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Delays:
    """Draws delays of orders and receipts, those of one sourcing option partly together."""

    network: Network
    lead_times: LeadTimeForecast
    samples: int
    random: np.random.Generator

    def of_orders(self, orders: pd.DataFrame) -> Whole:
        """Periods by which sampled lead times exceed those of the plan, rows x samples."""
        sourcing = self.network.table("sourcing").set_index(OPTION)["lead_time"]
        planned = sourcing.reindex(pd.MultiIndex.from_frame(orders[OPTION])).to_numpy(dtype=float)
        days = self._drawn(orders.rename(columns={"supplier": "source"}), PREFIX)
        late = np.ceil(days / self._days - 1e-6) - planned[:, None]
        return np.asarray(np.nan_to_num(late).astype(np.int64))

    def of_receipts(self, receipts: pd.DataFrame) -> Whole:
        """Periods by which scheduled receipts miss their promise, rows x samples."""
        days = self._drawn(receipts.rename(columns={"origin": "source"}), DELAY + PREFIX)
        return np.asarray(np.nan_to_num(np.round(days / self._days)).astype(np.int64))

    @property
    def _days(self) -> float:
        return DAYS_A_PERIOD[self.network.settings.bucket]

    def _drawn(self, rows: pd.DataFrame, prefix: str) -> Floats:
        """Draws from the quantile columns with ``prefix``; NaN for options without a forecast."""
        table = self.lead_times.table
        values = table[[name for name in table if str(name).startswith(prefix)]].to_numpy(float)
        option = self._options(rows)
        uniforms = self._uniforms(option)
        drawn = np.full((len(rows), self.samples), np.nan)
        known = (option >= 0) & ~np.isnan(values).any(axis=1)[option]
        quantiles = values[option[known]]
        lowest = np.minimum(quantiles[:, :1], 0.0)  # delays may be early; draws are not below zero
        shifted = sample_quantiles(quantiles - lowest, self.lead_times.levels, uniforms[known])
        drawn[known] = shifted + lowest
        return drawn

    def _options(self, rows: pd.DataFrame) -> Whole:
        """Row of the forecast of each order; a receipt names no mode and takes the first one."""
        table = self.lead_times.table
        keys = pd.DataFrame({name: table.get(name, "") for name in OPTION})
        modes = rows["mode"] if "mode" in rows else pd.Series("", index=rows.index)
        exact = {key: number for number, key in enumerate(keys.itertuples(index=False, name=None))}
        first: dict[tuple[str, ...], int] = {}
        for (item, location, supplier, _), number in exact.items():
            first.setdefault((item, location, supplier), number)
        wanted = zip(rows["item"], rows["location"], rows["source"], modes, strict=True)
        found = [exact.get(key, first.get(key[:3], -1) if not key[3] else -1) for key in wanted]
        return np.array(found, dtype=np.int64)

    def _uniforms(self, option: Whole) -> Floats:
        """Ranks of the rows, those of one option with a common part (Gaussian copula)."""
        common = self.random.standard_normal((int(option.max(initial=-1)) + 2, self.samples))
        own = self.random.standard_normal((len(option), self.samples))
        return np.asarray(
            ndtr(np.sqrt(TOGETHER) * common[option + 1] + np.sqrt(1 - TOGETHER) * own)
        )
