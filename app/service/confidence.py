"""How sure actions are: in which share of sampled futures each of them pays.

An action pays in a future where the plan with it earns more than the plan that was made without
it, both lived through the same future. What is drawn belongs to demand rows, orders and receipts,
not to plans, so the two differ by their decisions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
import pandas as pd

from app.service.filling import Filled, lead_time_forecast
from app.service.sampled import draws, joined
from solver.extract import extract
from solver.optimizer import Solution
from solver.plan import Plan
from supplychain.network import Network
from supplychain.simulation import simulate

MOST = 10  # actions whose confidence is told


def with_confidence(
    actions: pd.DataFrame,
    without: Sequence[Solution | None],
    response: Plan,
    network: Network,
    filled: Filled,
    samples: int,
    executor: Executor,
) -> pd.DataFrame:
    """``actions`` with a column ``confidence`` (0 to 1); blank where it is not known.

    ``without`` are the solutions without the first actions, in their order. Blank for all where
    neither demand nor lead times are forecast, as no future differs from another then.
    """
    shares = np.full(len(actions), np.nan)
    wanted = bool(samples and without)
    lead_times = (filled.lead_times or lead_time_forecast(filled.base)) if wanted else None
    if wanted and (filled.demand is not None or lead_times is not None):
        seed = filled.base.settings.seed or 0
        drawn = list(draws(network, filled, lead_times, samples, seed))

        def profit(tables: dict[str, pd.DataFrame]) -> pd.Series:
            futures = joined([part.futures(tables) for part in drawn])
            return simulate(network, tables, futures).money["profit"]

        plans = [dict(response.tables), *(extract(response.model, solution.values)
                                          for solution in without[:MOST] if solution)]  # fmt: skip
        first, *others = executor.map(profit, plans)
        known = [n for n, solution in enumerate(without[:MOST]) if solution]
        shares[known] = [float((first > other).mean()) for other in others]
    return actions.assign(confidence=shares)
