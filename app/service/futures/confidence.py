"""How sure actions are: in which share of sampled futures each of them pays.

The response is lived through the same futures with an action and without it, all else as planned.
An action pays in a future where the plan earns more with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd

from app.service.forecasts.filling import Filled, lead_time_forecast
from app.service.futures.sampled import draws, joined
from solver.plan import Plan
from supplychain.network import Network
from supplychain.simulation import simulated_profits

MOST = 10  # actions whose confidence is told
WHOLE = frozenset({"qualify"})  # kinds that are done or not, in no other quantity
Tables = Mapping[str, pd.DataFrame]
_ORDERS = {"orders": {"item": "item", "origin": "supplier", "destination": "location",
                      "mode": "mode"}}  # fmt: skip
_MOVED = {
    "reschedules": {"item": "item", "destination": "location", "mode": "line", "kind": "kind"}
}
_SHORT = {"item": "item", "destination": "location", "origin": "component", "mode": "version"}
_ROWS: dict[str, dict[str, dict[str, str]]] = {
    "order": _ORDERS, "switch mode": _ORDERS, "switch source": _ORDERS,
    "last-time buy": {"orders": {**_ORDERS["orders"], "decide_by": "period"}},
    "qualify": {"qualifications": _ORDERS["orders"]},
    "transfer": {"transfers": {"item": "item", "origin": "origin", "destination": "destination",
                               "mode": "mode"}},
    "build": {"builds": {"item": "item", "destination": "location", "mode": "version"}},
    "substitute": {"substitutions": {"item": "component", "origin": "substitute",
                                     "destination": "location", "mode": "item"}},
    "build short": {"short_builds": _SHORT, "retrofits": _SHORT, "parked": _SHORT},
    "overtime": {"overtime": {"item": "resource"}},
    "expedite": _MOVED, "push out": _MOVED, "cancel": _MOVED,
}  # fmt: skip
_NEEDING = {"qualify": _ORDERS}  # rows that cannot be without the action, and are another's


def with_confidence(
    actions: pd.DataFrame,
    response: Plan,
    network: Network,
    filled: Filled,
    samples: int,
    executor: Executor,
) -> pd.DataFrame:
    """``actions`` with a column ``confidence`` (0 to 1); blank where it is not known.

    Known of the first actions, reallocations left out. Blank for all where neither demand nor lead
    times are forecast, as no future differs from another then.
    """
    shares = np.full(len(actions), np.nan)
    wanted = bool(samples and len(actions))
    lead_times = (filled.lead_times or lead_time_forecast(filled.base)) if wanted else None
    if wanted and (filled.demand is not None or lead_times is not None):
        seed = filled.base.settings.seed or 0
        drawn = list(draws(network, filled, lead_times, samples, seed))

        def profit(tables: Tables) -> pd.Series:
            futures = joined([part.futures(tables) for part in drawn])
            return simulated_profits(network, tables, futures)

        first = actions.head(MOST).to_dict("records")
        known = [number for number, action in enumerate(first) if action["kind"] in _ROWS]
        plans = [response.tables, *(without(response.tables, first[number]) for number in known)]
        whole, *others = executor.map(profit, plans)
        shares[known] = [float((whole > other).mean()) for other in others]
    return actions.assign(confidence=shares)


def without(tables: Tables, action: Mapping[Any, Any]) -> dict[str, pd.DataFrame]:
    """The result tables of a plan without the rows of one action, and without those it allows."""
    left = dict(tables)
    gone = rows_of(tables, action) | _matching(tables, action, _NEEDING)
    for name, own in gone.items():
        left[name] = tables[name][~own].reset_index(drop=True)
    return left


def rows_of(tables: Tables, action: Mapping[Any, Any]) -> dict[str, pd.Series]:
    """Which rows of a plan one action is about, by table; none of a reallocation.

    No row is of two actions of a plan: of a new source the qualification is one, its orders are
    another.
    """
    return _matching(tables, action, _ROWS)


def _matching(
    tables: Tables, action: Mapping[Any, Any], of_kinds: Mapping[str, dict[str, dict[str, str]]]
) -> dict[str, pd.Series]:
    found = {}
    for name, columns in of_kinds.get(action["kind"], {}).items():
        rows = tables[name]
        own = pd.Series(True, index=rows.index)
        for field, column in columns.items():
            own &= _cells(rows, column) == _wanted(action, field)
        found[name] = own
    return found


def _cells(rows: pd.DataFrame, column: str) -> pd.Series:
    if column == "line":
        return rows["order_id"] + " " + rows["line"]
    return pd.to_datetime(rows[column]) if column == "period" else rows[column]


def _wanted(action: Mapping[Any, Any], field: str) -> Any:
    return pd.Timestamp(action[field]) if field == "decide_by" else action[field]
