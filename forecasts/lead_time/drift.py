"""Drift: lead times of all options that rise or fall together, too slowly for a change of regime.

A line through log lead times over order dates, every option about its own mean. Months of a
supplier count as one for its error (cluster-robust variance, Liang and Zeger 1986, Biometrika 73),
and the slope is shrunk by what chance alone would give (James and Stein 1961).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasts.lead_time.history import Floats, History, Ints, group_numbers, group_sums
from forecasts.lead_time.options import KEY
from forecasts.lead_time.survival import expected_excess, kaplan_meier

# Squared t statistic up to which a slope is taken for chance: lead times that wander to and fro,
# as they mostly do, show slopes of three or four standard errors that do not last.
_CHANCE = 25.0
_HALF_LIFE = 365.0  # days
_REACH = 730.0  # days: older orders are moved no further
_ROUNDS = 3
_MONTH = 30.0


def without_drift(history: History) -> History:
    """``history`` with all times moved to the level of its last orders.

    A time of an order ``age`` days old is multiplied by exp(slope * age).
    """
    if not history.received.any():
        return history
    moved = history
    age = np.minimum(history.age, _REACH)
    for _ in range(_ROUNDS):  # expectations of open orders sharpen with the slope
        slope = _slope(moved, age)
        if slope == 0.0:
            break
        moved = replace(moved, days=moved.days * np.exp(slope * age))
    return moved


def _slope(history: History, age: Floats) -> float:
    """Shrunk rise of log lead time a day of later order."""
    weight = history.weights(_HALF_LIFE)
    option = group_numbers(history.keys, KEY)
    value = _filled(history, weight)
    rise, time = (_centred(x, option, weight) for x in (value, -age))
    squares = float(weight @ np.square(time))
    if squares <= 0.0:
        return 0.0
    slope = float(weight @ (time * rise)) / squares
    month = history.keys[["supplier"]].assign(month=np.floor(history.age / _MONTH))
    cluster = group_numbers(month, ["supplier", "month"])
    pull = group_sums(cluster, weight * time * (rise - slope * time), int(cluster.max()) + 1)
    error = float(np.square(pull).sum()) / squares**2
    return slope * max(0.0, 1.0 - _CHANCE * error / slope**2) if slope else 0.0


def _filled(history: History, weight: Floats) -> Floats:
    """Log lead times, open orders replaced by what is expected beyond their age."""
    value = history.log_days
    is_open = ~history.received
    if not is_open.any():
        return value
    option = group_numbers(history.keys, KEY)
    count = int(option.max()) + 1
    known = weight * history.received
    total = group_sums(option, known, count)
    common = float(known @ value / known.sum())
    # one order's worth of the common mean steadies options with few receipts
    mean = (group_sums(option, known * value, count) + common) / (total + 1.0)
    residual = value - mean[option]
    support, surviving = kaplan_meier(residual, history.received, weight)
    filled = value.copy()
    excess = expected_excess(support, surviving, residual[is_open])
    filled[is_open] = excess + mean[option][is_open]
    return filled


def _centred(values: Floats, group: Ints, weight: Floats) -> Floats:
    """Values less the weighted mean of their group."""
    count = int(group.max()) + 1
    mean = group_sums(group, weight * values, count) / group_sums(group, weight, count)
    return np.asarray(values - mean[group])
