"""Changes of regime: since when, and by how much, lead times are at another level.

A scan over order dates for the step, or the rise from a date to now, with the largest linear rank
statistic: normal scores of times some of which are only bounds (Prentice 1978, Biometrika 65),
which weigh what has come and what is still open by what its age can tell. So neither does an order
that is quick to arrive pass for a new level, nor has a step of lead time to wait for its first
receipts; and no outlier makes a change. The level of significance allows for the search over dates
(Siegmund 1985, Sequential Analysis), for orders that wander together, and for the number of series
looked at (Benjamini and Hochberg 1995). Wide groups are looked at first - all orders, lanes, modes,
kinds of items, suppliers - and what is least likely to be chance is taken; then options alone, each
less the changes found so far.

The size of a change has a posterior distribution: the likelihood of the orders behind it, open ones
by what survives their age, under the curve before it moved by log lead time; large
steps are rare beforehand (Laplace). Old orders are moved by draws from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri

from forecasts.lead_time.history import (
    SHORTEST,
    Floats,
    History,
    Ints,
    Mask,
    group_numbers,
    group_sums,
)
from forecasts.lead_time.options import KEY, LeadTimeOptions
from forecasts.lead_time.scan import Change, largest_change
from forecasts.lead_time.survival import expected_excess, kaplan_meier

_FARTHEST = 3.0  # scores lie within
_ROUNDS = 4  # changes of wide groups
_LOOKS = 4  # changes of one series
_TELLING = 0.75  # information of an option that speaks for itself: three orders before and behind
_MOST_AGAINST = 0.25  # share of the options that speak
_UNSEEN = 0.25  # orders that have seen so little of a change are taken for old
_MOST_OPEN = 0.5  # share of like orders that may still be open at an order's age
_USUAL_STEP = 0.3  # of log lead time
_STEPS = np.linspace(-3.0, 3.0, 121)  # of log lead time
_DRAWS = (0.1, 0.3, 0.5, 0.7, 0.9)  # quantiles that stand for the size of a change
_OLD_TRUST = 0.5  # weight left to orders of an earlier regime, moved to the level of the present
_ALONE = 0.5  # strength with which an option that changed by itself still borrows
_POINTS = (np.arange(25) + 0.5) / 25.0
_LEAST_LIKELY = 0.01  # density or survival of an order that the curve rules out
_NOTHING = 1e-9
_LEAST_WIDTH = 0.05  # of log lead time


@dataclass(frozen=True)
class _Values:
    """Log lead times less the level of their option; those of open orders, and ``bound``, are the
    values that the age of each row lets one see. NaN: the level is not known."""

    value: Floats
    bound: Floats

    def moved(self, by: Floats) -> _Values:
        """The same, each row moved."""
        return _Values(self.value + by, self.bound + by)


@dataclass(frozen=True)
class _Series:
    """Orders of a group by date: scores, later than usual being positive, and their information.

    Orders of one day share their fate and count once: each has a ``part``.
    """

    rows: Ints
    day: Floats
    part: Floats
    score: Floats
    information: Floats


_Found: TypeAlias = tuple[_Series, Change]


def detect_regimes(history: History, options: LeadTimeOptions) -> tuple[History, Floats]:
    """``history`` with orders before a change moved behind it, and the age of each row's regime.

    The moved orders are told several times, once for each draw of the size of the change. The age
    is in days before the date of the history, a value for each row of the history given; NaN where
    no change was found.
    """
    age = np.full(len(history), np.nan)
    if options.false_alarm <= 0.0 or not history.received.any():
        return history, age
    option = group_numbers(history.keys, KEY)
    shift, borrowing = np.zeros((len(history), len(_DRAWS))), np.full(len(history), np.inf)
    state = _State(_levelled(history, option), shift, borrowing, age)
    *wide, alone = _groupings(history)
    rate = options.false_alarm / (len(wide) + 1)
    for _ in range(_ROUNDS):
        found = [_changes(history, state.values, group, rate) for group in wide]
        likely = min(filter(None, found), key=_least_probable, default=[])
        after = _followed(history, option, state, likely, options)
        if after is state:
            break
        state = after
    found_alone = _changes(history, state.values, alone, rate)
    state = _followed(history, option, state, found_alone, options, _ALONE)
    return _moved(history, state.shift, state.borrowing), state.age


@dataclass(frozen=True)
class _State:
    """What the changes found so far make of the history: values, draws of shifts, ages."""

    values: _Values
    shift: Floats
    borrowing: Floats
    age: Floats


def _followed(
    history: History, option: Ints, state: _State, found: Sequence[_Found],
    options: LeadTimeOptions, borrowing: float = np.inf,
) -> _State:  # fmt: skip
    """``state`` after the changes ``found``; itself where no option follows any of them."""
    for series, change in found:
        followers = np.isin(option, _followers(series, option, change))
        draws = _sizes(history, state.values, series, followers, change)
        middle = float(draws[len(draws) // 2])
        if abs(middle) < np.log1p(options.smallest_change) or middle * change.effect < 0.0:
            continue
        unseen = np.where(followers, 1.0 - change.part(-history.age), 0.0)
        state = _State(
            state.values.moved(unseen * middle), state.shift + unseen[:, None] * draws,
            np.where(followers, borrowing, state.borrowing),
            np.where(followers, -change.since, state.age),
        )  # fmt: skip
    return state


def _least_probable(found: Sequence[_Found]) -> float:
    """Probability of what is least likely to be chance."""
    return min(change.probability for _, change in found)


def _groupings(history: History) -> list[Ints]:
    """Ways in which orders may change together, from all of them to the option; each only once."""
    names = [str(name) for name in history.keys if name not in ("item", "supplier")]
    found: list[Ints] = [np.zeros(len(history), dtype=np.int64)]
    for by in (*([name] for name in names), ["supplier"], list(KEY)):
        group = group_numbers(history.keys, by)
        if not any(np.array_equal(group, other) for other in found):
            found.append(group)
    return found


def _levelled(history: History, option: Ints) -> _Values:
    """Log lead times less the median of their option, over orders old enough to tell.

    Orders so young that most like them are still open tell only of those that are quick.
    """
    logs = pd.Series(history.log_days)
    ages = np.log(np.maximum(history.age, SHORTEST))
    median = logs.where(history.received).groupby(option).transform("median").to_numpy()
    residual = logs.to_numpy() - median
    known = np.isfinite(residual)
    support, surviving = kaplan_meier(residual[known], history.received[known])
    open_then = np.append(1.0, surviving)[np.searchsorted(support, ages - median, side="right")]
    is_open = known & ~history.received
    residual[is_open] = expected_excess(support, surviving, residual[is_open])
    is_old = known & (open_then <= _MOST_OPEN)
    level = (
        pd.Series(residual + median).where(is_old).groupby(option).transform("median").to_numpy()
    )
    return _Values(logs.to_numpy() - level, ages - level)


def _changes(history: History, values: _Values, group: Ints, rate: float) -> list[_Found]:
    """Series and latest change of every group that has one, controlling the rate of false ones."""
    found = []
    for rows in _parts(group, np.isfinite(values.value)):
        if looks := _looks(history, values, rows):
            found.append(looks)
    smallest = [min(change.probability for _, change in looks) for looks in found]
    limit = _step_up(smallest, rate)
    passed = ([look for look in looks if look[1].probability <= limit] for looks in found)
    return [looks[-1] for looks in passed if looks]


def _looks(history: History, values: _Values, rows: Ints) -> list[_Found]:
    """The change of a series, that of what lies behind it, and so on up to a rise.

    Each has the probability that the most likely of so many has.
    """
    found: list[_Found] = []
    while len(found) < _LOOKS:
        series = _series(history, values, rows)
        change = _change_of(series)
        if change is None:
            break
        found.append((series, change))
        if not change.is_step:
            break
        rows = series.rows[series.day >= change.since]
    return [
        (series, replace(change, probability=min(len(found) * change.probability, 1.0)))
        for series, change in found
    ]


def _parts(group: Ints, usable: Mask) -> Iterator[Ints]:
    """Usable rows of each group."""
    rows = np.flatnonzero(usable)
    order = rows[np.argsort(group[rows], kind="stable")]
    return iter(np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else [])


def _series(history: History, values: _Values, rows: Ints) -> _Series:
    """Scores of ``rows`` against their own curve.

    Under no change a score has the mean 0 and as variance the information: the expected square of a
    standard normal variable, known only to lie beyond z where it does.
    """
    rows = rows[np.argsort(-history.age[rows], kind="stable")]
    _, position, count = np.unique(-history.age[rows], return_inverse=True, return_counts=True)
    part, received = 1.0 / count[position], history.received[rows]
    support, surviving = kaplan_meier(values.value[rows], received, part)
    gone = np.append(0.0, 1.0 - surviving)
    place = np.searchsorted(support, values.value[rows])
    come = _normal((gone[place] + gone[place + 1]) / 2.0)
    z = _normal(gone[np.searchsorted(support, values.bound[rows] + _NOTHING, side="right")])
    density = np.exp(-np.square(z) / 2.0) / np.sqrt(2.0 * np.pi)
    beyond = density / ndtr(-z)
    score = np.where(received, come, beyond)
    information = ndtr(z) + density * (beyond - z)
    return _Series(rows, -history.age[rows], part, score, information)


def _normal(share: Floats) -> Floats:
    """Standard normal quantiles of ``share``, within bounds."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(ndtri(share), -_FARTHEST, _FARTHEST))


def _change_of(series: _Series) -> Change | None:
    """The change that stands out most, by days."""
    day, position = np.unique(series.day, return_inverse=True)
    score, information = (
        group_sums(position, series.part * each, len(day))
        for each in (series.score, series.information)
    )
    return largest_change(day, score, information)


def _step_up(probabilities: Sequence[float], rate: float) -> float:
    """The largest probability that is taken for a change (Benjamini and Hochberg)."""
    ranked = np.sort(probabilities)
    passed = ranked <= rate * np.arange(1, len(ranked) + 1) / max(len(ranked), 1)
    return float(ranked[passed].max()) if passed.any() else -1.0


def _followers(series: _Series, option: Ints, change: Change) -> Ints:
    """Options of the group that change with it: all but those whose own orders speak against it.

    None where more than a quarter of the options that can tell speak against it: then a
    narrower group changes.
    """
    number, names = pd.factorize(option[series.rows])
    seen, weight = change.part(series.day), series.part * series.information

    def sums(values: Floats) -> Floats:
        return group_sums(number, values, len(names))

    total = np.maximum(sums(weight), _NOTHING)
    away = seen - (sums(weight * seen) / total)[number]
    information = sums(weight * np.square(away))
    effect = sums(series.part * series.score * away) / np.maximum(information, _NOTHING)
    both = information >= _TELLING
    against = both & (effect * np.sign(change.effect) < abs(change.effect) / 3.0)
    if _MOST_AGAINST * both.sum() < against.sum():
        return np.empty(0, dtype=np.int64)
    return np.asarray(np.asarray(names)[~against], dtype=np.int64)


def _sizes(
    history: History, values: _Values, series: _Series, followers: Mask, change: Change
) -> Floats:
    """Draws of the size of a change in log lead time, (draws,); zeros where nobody follows."""
    taking_part, seen = followers[series.rows], change.part(series.day)
    old = series.rows[taking_part & (seen <= _UNSEEN)]
    is_new = taking_part & (seen > _UNSEEN)
    new, part = series.rows[is_new], series.part[is_new]
    if not len(old) or not len(new) or not history.received[old].any():
        return np.zeros(len(_DRAWS))
    base = _base(values.value[old], history.received[old])
    width = max(_LEAST_WIDTH, 0.3 * float(base.std()))
    away = (values.value[new] - _STEPS[:, None] * seen[is_new])[:, :, None] - base
    survives = expit(-away / width)
    likely = np.where(history.received[new], (survives * (1.0 - survives)).mean(axis=2) / width,
                      survives.mean(axis=2))  # fmt: skip
    fit = np.log(np.maximum(likely, _LEAST_LIKELY)) @ part - np.abs(_STEPS) / _USUAL_STEP
    chance = np.cumsum(np.exp(fit - fit.max()))
    return np.asarray(np.interp(_DRAWS, chance / chance[-1], _STEPS))


def _base(values: Floats, received: Mask) -> Floats:
    """Points that stand for the curve of ``values``, each with the same mass."""
    support, surviving = kaplan_meier(values, received)
    place = np.searchsorted(1.0 - surviving, _POINTS)
    return np.asarray(support[np.minimum(place, len(support) - 1)])


def _moved(history: History, shift: Floats, borrowing: Floats) -> History:
    """Rows with a shift once for each draw of it, all others as they are."""
    draws = shift.shape[1]
    changed = (shift != 0.0).any(axis=1)
    row = np.repeat(np.arange(len(history)), np.where(changed, draws, 1))
    first = np.searchsorted(row, np.arange(len(history)))
    by = shift[row, np.arange(len(row)) - first[row]]
    trust = np.where(changed, _OLD_TRUST / draws, 1.0)[row]
    return History(
        history.keys.iloc[row].reset_index(drop=True), history.days[row] * np.exp(by),
        history.received[row], history.age[row], history.promise[row], trust, borrowing[row],
    )  # fmt: skip
