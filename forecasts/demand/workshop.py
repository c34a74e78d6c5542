"""All forecasting methods by name, at one origin: each computed only when asked for, and once."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.demand import classical as statsmodels_methods
from forecasts.demand.drivers import driver_factors
from forecasts.demand.forest import Forest, ForestOptions, learn
from forecasts.demand.growth import growth_factors
from forecasts.demand.intermittent import intermittent
from forecasts.demand.methods import Paths
from forecasts.demand.panel import Panel
from forecasts.demand.seasonality import seasonal_indices, spread
from forecasts.demand.shifts import without_past
from forecasts.demand.simple import counts, empirical, seasonal_naive, zero
from forecasts.quantiles import Floats

Rows = npt.NDArray[np.int64]
REFERENCES = ("zero", "seasonal naive")
QUICK = ("empirical", "counts", "croston", "sba", "tsb", "adida")  # and the seasonal naive
SLOW = statsmodels_methods.METHODS
PLAIN = ""
ADJUSTMENTS = ("seasonal", "driven", "seasonal driven")


def named(adjustment: str, method: str) -> str:
    """Name of a method on adjusted histories."""
    return f"{adjustment} {method}".strip()


def parsed(name: str) -> tuple[str, str]:
    """Adjustment and method of a name."""
    for adjustment in sorted(ADJUSTMENTS, key=len, reverse=True):
        if name.startswith(f"{adjustment} ") and name not in REFERENCES:
            return adjustment, name[len(adjustment) + 1 :]
    return PLAIN, name


@dataclass(eq=False)
class Workshop:
    """The methods at the end of ``panel``, for ``horizon`` steps at ``levels``.

    A history is adjusted by dividing out what is known of it (growth of launches, season,
    drivers); the forecast of the rest is multiplied by what is known of the steps ahead. The
    references see it as it is.
    """

    panel: Panel
    horizon: int
    levels: Floats
    forest_options: ForestOptions
    executor: Executor
    drivers: pd.DataFrame = field(default_factory=pd.DataFrame)
    _forests: dict[str, Forest | None] = field(default_factory=dict)
    _panels: dict[str, Panel] = field(default_factory=dict)

    @cached_property
    def adjustments(self) -> dict[str, Floats]:
        """Factors by name, series x (periods + horizon), those that there is evidence for."""
        width = self.panel.periods + self.horizon
        growth = growth_factors(self.panel, self.horizon)
        found = {PLAIN: growth}
        if len(self.drivers):  # before the season, which would take their effects for its own
            effects = driver_factors(self.panel, self.drivers, self.horizon)
            if (effects != 1.0).any():
                found["driven"] = growth * effects
        if self.panel.periods >= 2 * self.panel.season:
            for name, factors in list(found.items()):
                indices = spread(seasonal_indices(self._adjusted(factors)), 0, width)
                if (indices != 1.0).any():
                    found[named("seasonal", name)] = factors * indices
        return found

    def paths(self, name: str, rows: Rows) -> Paths | None:
        """Forecasts by the method called ``name`` for some series; None where it cannot be."""
        adjustment, method = parsed(name)
        if adjustment not in self.adjustments:
            return None
        if not len(rows):
            shape = (0, self.horizon)
            return Paths(np.zeros((*shape, len(self.levels))), np.zeros(shape))
        if name in REFERENCES:
            return self._plain(name, PLAIN, self.panel.part(rows))
        factors = self.adjustments[adjustment]
        panel = self._panel(adjustment).part(rows)
        paths = self._plain(method, adjustment, panel)
        return None if paths is None else paths.times(factors[rows, self.panel.periods :])

    def _plain(self, method: str, adjustment: str, panel: Panel) -> Paths | None:
        horizon, levels = self.horizon, self.levels
        if method == "forest":
            learnt = self._forest(adjustment)
            return None if learnt is None else learnt.paths(panel, horizon, levels)
        if method in ("croston", "sba", "tsb", "adida"):
            return intermittent(panel, horizon, levels, method)  # type: ignore[arg-type]
        if method in SLOW:
            return statsmodels_methods.classical(panel, horizon, levels, method, self.executor)
        simple = {"zero": zero, "seasonal naive": seasonal_naive, "empirical": empirical,
                  "counts": counts}  # fmt: skip
        return simple[method](panel, horizon, levels)

    def _forest(self, adjustment: str) -> Forest | None:
        if adjustment not in self._forests:
            panel = self._panel(adjustment)
            self._forests[adjustment] = learn(panel, self.horizon, self.forest_options)
        return self._forests[adjustment]

    def _panel(self, adjustment: str) -> Panel:
        if adjustment not in self._panels:
            self._panels[adjustment] = self._adjusted(self.adjustments[adjustment])
        return self._panels[adjustment]

    def _adjusted(self, factors: Floats) -> Panel:
        """The histories without what the factors explain, and without what a step made old."""
        values = self.panel.values / factors[:, : self.panel.periods]
        return replace(self.panel, values=without_past(values, self.panel.season))
