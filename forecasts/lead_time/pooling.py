"""Partial pooling: an option with few receipts borrows from options that are like it.

A chain of levels leads from the option itself over its supplier and the like to all orders. A
level with effective number of receipts n has the share n / (n + k) of what the levels before it
leave over. The strengths k are learned by rolling origins: how well did the level's earlier
receipts foretell its later ones. Empirical Bayes with credibility weights: Buehlmann and Straub
(1970); Efron and Morris (1975), JASA 70.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecasts.lead_time.history import Floats, History, Ints, Mask, group_sums
from forecasts.lead_time.options import KEY
from forecasts.lead_time.survival import Curves, life_tables, support_of, survival

Chain = Sequence[tuple[str, ...]]
_STRENGTHS = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0])
_USUAL_STRENGTH = 8.0
_PRIOR_WEIGHT = 0.4  # of an octave away from the usual strength, against one order's squared error
_ORIGINS = 8
_HORIZON = 182.0  # days in which the orders are placed that judge a strength
_LOOK_BACK = 730.0


def wide_chain(keys: pd.DataFrame) -> Chain:
    """From the option to all orders by every way in which options are alike."""
    attributes = [str(name) for name in keys if name not in KEY]
    return (
        KEY,
        ("item", "supplier", "mode"),
        ("location", "supplier", "mode"),
        *((name, "supplier", "mode") for name in attributes),
        ("supplier", "mode"),
        ("supplier",),
        *((name, "mode") for name in attributes),
        ("location", "mode"),
        ("mode",),
        (),
    )


def narrow_chain() -> Chain:
    """From the option to all orders by its supplier."""
    return (KEY, ("location", "supplier"), ("supplier",), ("mode",), ())


@dataclass(frozen=True)
class Level:
    """One way of being alike: groups of ``rows`` (orders) and of ``targets``, below ``count``."""

    rows: Ints
    targets: Ints
    count: int


def levels_of(keys: pd.DataFrame, targets: pd.DataFrame, chain: Chain) -> list[Level]:
    """The levels of ``chain`` for rows with ``keys`` and for ``targets`` (same columns).

    Levels that part the orders as the one before does are left out.
    """
    both = pd.concat([keys, targets], ignore_index=True)
    codes = {name: pd.factorize(both[name])[0].astype(np.int64) for name in keys}
    found: list[Level] = []
    for names in chain:
        group = np.zeros(len(both), dtype=np.int64)
        for name in names:
            joined = group * (codes[name].max(initial=0) + 1) + codes[name]
            group = pd.factorize(joined)[0].astype(np.int64)
        level = Level(group[: len(keys)], group[len(keys) :], int(group.max(initial=0)) + 1)
        if found and _is_same(found[-1], level):
            continue
        found.append(level)
    return found


def _is_same(one: Level, other: Level) -> bool:
    """Whether two levels part rows and targets alike."""
    if one.count != other.count:
        return False
    pairs = (one.rows * one.count + other.rows, one.targets * one.count + other.targets)
    return len(np.unique(np.concatenate(pairs))) == one.count


# --- strengths ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Trial:
    """Known and later receipts at one origin, with the forecast of the later ones so far."""

    known: Ints
    later: Ints
    weights: Floats
    forecast: Floats


def learn_strengths(
    history: History,
    values: Floats,
    levels: Sequence[Level],
    half_life: float,
    importance: Floats | None = None,
) -> Floats:
    """The strength k of each level but the last, (levels - 1,), from the least error of forecasts.

    ``values``: what is forecast, of each row of ``history``; rows still open are left out.
    ``importance``: of each row, 1 unless given. Chosen from the last level to the first, each given
    the ones behind it.
    """
    weights = history.trust if importance is None else history.trust * importance
    trials = _trials(history, values, half_life, weights)
    strengths = np.full(len(levels) - 1, _USUAL_STRENGTH)
    for number in range(len(strengths) - 1, -1, -1):
        sums = [_later_sums(trial, values, levels[number]) for trial in trials]
        strengths[number] = _best_strength(trials, sums, values, weights)
        trials = [
            replace(t, forecast=_blend(total, weight, t.forecast, float(strengths[number])))
            for t, (weight, total) in zip(trials, sums, strict=True)
        ]
    return strengths


def _trials(history: History, values: Floats, half_life: float, importance: Floats) -> list[_Trial]:
    """Origins in the past from which orders are foretold that have come by now."""
    reach = min(_LOOK_BACK, history.span / 2.0)
    found = []
    for back in np.linspace(reach / _ORIGINS, reach, _ORIGINS):
        age = history.age - back
        known = np.flatnonzero(history.received & (age >= 0.0) & (history.days <= age))
        later = np.flatnonzero(history.received & (age < 0.0) & (age >= -_HORIZON))
        if len(known) and len(later):
            weights = importance[known] * 0.5 ** ((age[known] - age[known].min()) / half_life)
            mean = np.average(values[known], weights=weights)
            found.append(_Trial(known, later, weights, np.full(len(later), mean)))
    return found


def _later_sums(trial: _Trial, values: Floats, level: Level) -> tuple[Floats, Floats]:
    """Weight, and weighted sum of values, known in the group of each later order."""
    group, asked = level.rows[trial.known], level.rows[trial.later]
    weight = group_sums(group, trial.weights, level.count)
    total = group_sums(group, trial.weights * values[trial.known], level.count)
    return weight[asked], total[asked]


def _blend(total: Floats, weight: Floats, behind: Floats, strength: float | Floats) -> Floats:
    return np.asarray((total + strength * behind) / (weight + strength))


def _best_strength(
    trials: Sequence[_Trial],
    sums: Sequence[tuple[Floats, Floats]],
    values: Floats,
    importance: Floats,
) -> float:
    """The strength of least squared error, drawn to the usual one where there is little to see."""
    if not trials:
        return _USUAL_STRENGTH
    error = np.zeros(len(_STRENGTHS))
    count = 0.0
    for trial, (weight, total) in zip(trials, sums, strict=True):
        each = importance[trial.later]
        count += float(each.sum())
        for number, strength in enumerate(_STRENGTHS):
            miss = values[trial.later] - _blend(total, weight, trial.forecast, strength)
            error[number] += float(each @ np.square(miss))
    scale = max(float(error.min()) / count, 1e-12)
    away = np.square(np.log(_STRENGTHS / _USUAL_STRENGTH))
    return float(_STRENGTHS[np.argmin(error / scale + _PRIOR_WEIGHT * away)])


# --- pooled means and distributions ------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """What is pooled, one entry per row: values, those not ``received`` being lower bounds.

    ``borrowing``: see ``History``.
    """

    values: Floats
    received: Mask
    weights: Floats
    borrowing: Floats


def pooled_means(
    levels: Sequence[Level], strengths: Floats, sample: Sample
) -> tuple[Floats, Floats]:
    """Shrunk means of the sample's values for its rows and for the targets, bounds as if values."""
    values, weights, borrowing = sample.values, sample.weights, sample.borrowing
    asked = _of_targets(levels[0], borrowing)
    mean = float(np.average(values, weights=weights))
    rows, targets = np.full(len(values), mean), np.full(len(levels[0].targets), mean)
    for level, strength in zip(levels[-2::-1], strengths[::-1], strict=True):
        weight = group_sums(level.rows, weights, level.count)
        total = group_sums(level.rows, weights * values, level.count)
        rows = _blend(total[level.rows], weight[level.rows], rows, np.minimum(strength, borrowing))
        behind = np.minimum(strength, asked)
        targets = _blend(total[level.targets], weight[level.targets], targets, behind)
    return rows, targets


def _of_targets(level: Level, borrowing: Floats) -> Floats:
    """Least ``borrowing`` (rows,) of the rows that are in the group of each target."""
    least = np.full(level.count, np.inf)
    np.minimum.at(least, level.rows, borrowing)
    return least[level.targets]


@dataclass(frozen=True)
class Prior:
    """What is believed with no receipt at all: values, each with the same part of a weight."""

    values: Floats
    weight: float


def pooled_curves(
    levels: Sequence[Level], strengths: Floats, sample: Sample, prior: Prior, tail: float
) -> Curves:
    """Kaplan-Meier curves of the targets, each from all rows, weighted by their likeness.

    A row's weight is the sum over levels in which it is in the target's group of the level's share
    over the level's weight.
    """
    every = np.concatenate([sample.values, prior.values])
    support, place = support_of(every, prior.values)
    place, prior_place = place[: len(sample.values)], place[len(sample.values) :]
    targets, size = len(levels[0].targets), len(support)
    deaths, at_risk = np.zeros((2, targets, size))
    left, borrowed = np.ones(targets), _of_targets(levels[0], sample.borrowing)
    for level, strength in zip(levels, [*strengths, 0.0], strict=True):
        asked, position = np.unique(level.targets, return_inverse=True)
        number = np.full(level.count, -1)
        number[asked] = np.arange(len(asked))
        group = number[level.rows]
        used = group >= 0
        died, exposed = life_tables(
            group[used], len(asked), place[used], sample.received[used], sample.weights[used], size
        )
        if level is levels[-1]:
            died, exposed = _with_prior(died, exposed, prior, prior_place)
        weight = exposed[:, 0]
        share = weight[position] / (weight[position] + np.minimum(strength, borrowed))
        each = np.divide(share, weight[position], out=np.zeros(targets), where=share > 0.0)
        factor = (left * each)[:, None]
        deaths += factor * died[position]
        at_risk += factor * exposed[position]
        left = left * (1.0 - share)
    return Curves.from_survival(support, survival(deaths, at_risk), tail)


def _with_prior(died: Floats, exposed: Floats, prior: Prior, place: Ints) -> tuple[Floats, Floats]:
    """Life tables of all orders with those of the prior added."""
    each = np.full(len(place), prior.weight / len(place))
    everything = np.ones(len(place), dtype=np.bool_)
    group = np.zeros(len(place), dtype=np.int64)
    more = life_tables(group, 1, place, everything, each, died.shape[1])
    return died + more[0], exposed + more[1]
