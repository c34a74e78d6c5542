"""How well suppliers keep their promises, and how far a promise is to be believed.

Delay is receipt less promise, in days, negative when early. Its distribution is pooled as that of
lead times, in steps, so that a promise kept to the day is forecast to the day. How far the promise
itself, its delays and the history count is measured: by the quantile loss that each would have had
on orders placed since earlier dates, of each supplier as far as its orders go. The three are mixed
as distributions, so that quantiles sit at the promise as far as it is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecasts.lead_time.history import Floats, History, Ints, group_numbers
from forecasts.lead_time.options import LeadTimeOptions
from forecasts.lead_time.pooling import (
    Prior,
    Sample,
    learn_strengths,
    levels_of,
    pooled_curves,
    wide_chain,
)
from forecasts.lead_time.survival import Curves
from forecasts.lead_time.views import View, lead_time_views, view_quantiles
from forecasts.quantiles import DECILES, pinball

_SPREAD = 2.0  # as for lead times
_ORIGINS = (182.0, 365.0, 547.0)  # days back
_HORIZON = 182.0  # days
_SUPPLIER_STRENGTH = 30.0  # batches at which a supplier's own losses count half
_SHARPNESS = 8.0  # the share of a forecast falls with this power of its loss
# The promise is left only for what is surely better: the losses of the others count so much more.
_HANDICAP = np.array([1.25, 1.25, 1.0])
_GRID = tuple((np.arange(200) + 0.5) / 200.0)  # quantiles that stand for a distribution
_ROWS_AT_ONCE = 4000
_LEAST_LOSS = 1e-3  # days
_NOTHING = 1e-9  # of a share
_SUREST = 0.9999  # share of a promise alone: of one that is broken the delays must be left
# Without any receipt a promise is believed, with the weight of a tenth of a receipt.
_BELIEF = Prior(np.zeros(1), 0.1)


def has_promise(history: History) -> bool:
    """Whether any order of the history came with a promise."""
    return bool(np.isfinite(history.promise).any())


def delay_curves(history: History, targets: pd.DataFrame, options: LeadTimeOptions) -> Curves:
    """Distributions of delay (days) of the targets, the average over half-lives.

    ``history`` must have promises; ``targets`` have the columns of its keys.
    """
    promised = history.take(np.isfinite(history.promise))
    delay = promised.days - promised.promise
    tail = max(1.0, 0.25 * float(promised.days.mean()))
    damped = np.sign(delay) * np.log1p(np.abs(delay))
    part = batch_parts(promised)
    levels = levels_of(promised.keys, targets, wide_chain(promised.keys))
    found = []
    for half_life in options.half_lives:
        strengths = _SPREAD * learn_strengths(promised, damped, levels, half_life, part)
        weights = part * promised.weights(half_life)
        sample = Sample(delay, promised.received, weights, promised.borrowing)
        found.append(pooled_curves(levels, strengths, sample, _BELIEF, tail))
    return replace(found[0], cdf=np.mean([curves.cdf for curves in found], axis=0))


def promised_quantiles(
    curves: Curves, rows: Ints, promise: Floats, age: Floats, levels: Sequence[float]
) -> Floats:
    """Quantiles in days from the order, (rows, levels), by promise and delay.

    ``rows``: target of each row; ``age``: days that the order is open, NaN if it is not placed yet.
    """
    beyond = np.where(np.isfinite(age), age - promise, -np.inf)
    found = promise[:, None] + curves.steps(rows, levels, beyond)
    return np.maximum(found, np.where(np.isfinite(age), age, 0.0)[:, None])


@dataclass(frozen=True)
class _Losses:
    """Quantile loss of past orders (orders, 3): history, promise with its delays, promise alone.

    ``supplier`` and ``part``: supplier of each order, and its part in its batch.
    """

    supplier: tuple[str, ...]
    part: Floats
    loss: Floats


def believed_quantiles(
    history: History,
    targets: pd.DataFrame,
    rows: Ints,
    promise: Floats,
    age: Floats,
    levels: Sequence[float],
    views: Sequence[View],
    options: LeadTimeOptions,
) -> Floats:
    """Quantiles (rows, levels) in days from the order, of orders with a promise.

    A mixture of the ``views`` of the history and of the promise with its delays, some of which are
    none: shares by their record. Of a promise that is broken only the late delays are left.
    """
    share = promise_shares(history, targets, options)
    alone = share[:, 2] / np.maximum(share[:, 1:].sum(axis=1), _NOTHING)
    curves = delay_curves(history, targets, options).with_atom(np.minimum(alone, _SUREST))
    found = np.empty((len(rows), len(levels)))
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        asked = rows[part]
        by_history = view_quantiles(views, asked, _GRID, age[part])
        by_promise = promised_quantiles(curves, asked, promise[part], age[part], _GRID)
        found[part] = _mixed(by_history, by_promise, share[asked, 0], levels)
    return found


def _mixed(one: Floats, other: Floats, share: Floats, levels: Sequence[float]) -> Floats:
    """Quantiles (rows, levels) of mixtures of ``one``, with its ``share`` (rows,), and ``other``.

    Both are equally likely values, (rows, points).
    """
    values = np.hstack([one, other])
    weights = np.hstack([np.repeat(part[:, None] / each.shape[1], each.shape[1], axis=1)
                         for part, each in ((share, one), (1.0 - share, other))])  # fmt: skip
    order = np.argsort(values, axis=1, kind="stable")
    mass = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    below = (mass[:, None, :] < np.asarray(levels)[:, None] - _NOTHING).sum(axis=2)
    place = np.take_along_axis(order, np.minimum(below, values.shape[1] - 1), axis=1)
    return np.take_along_axis(values, place, axis=1)


def promise_shares(history: History, targets: pd.DataFrame, options: LeadTimeOptions) -> Floats:
    """Weights (targets, 3) of the history, of the promise with its delays, of the promise alone."""
    losses = _past_losses(history, options)
    if not len(losses.part):
        return np.tile([0.5, 0.5, 0.0], (len(targets), 1))
    weighted = pd.DataFrame(losses.loss * losses.part[:, None]).assign(count=losses.part)
    common = losses.part @ losses.loss / losses.part.sum()
    by = weighted.groupby(np.asarray(losses.supplier, dtype=object)).sum()
    sums = by.reindex(targets["supplier"]).fillna(0.0).to_numpy()
    own = (sums[:, :3] + _SUPPLIER_STRENGTH * common) / (sums[:, 3:] + _SUPPLIER_STRENGTH)
    own = np.maximum(own, _LEAST_LOSS) * _HANDICAP
    merit = (own.min(axis=1, keepdims=True) / own) ** _SHARPNESS
    return np.asarray(merit / merit.sum(axis=1, keepdims=True))


def _past_losses(history: History, options: LeadTimeOptions) -> _Losses:
    """Losses on orders placed after earlier dates; where there are none, on the record itself."""
    found = []
    for back in _ORIGINS:
        then, asked = history.rewound(back), history.following(back, _HORIZON)
        if back <= history.span and then.received.any() and has_promise(then):
            found.append(_losses(then, asked, options))
    if not sum(len(losses.part) for losses in found) and history.received.any():
        found = [_losses(history, history.take(history.received), options)]
    return _Losses(
        tuple(name for losses in found for name in losses.supplier),
        np.concatenate([np.empty(0), *(losses.part for losses in found)]),
        np.concatenate([np.empty((0, 3)), *(losses.loss for losses in found)]),
    )


def _losses(then: History, asked: History, options: LeadTimeOptions) -> _Losses:
    """Losses of orders with a promise, cut off at their age where they are open still.

    A bound cuts outcome and forecast alike (Powell 1986, Journal of Econometrics 32), so that
    orders that are still open take part.
    """
    asked = asked.take(np.isfinite(asked.promise))
    if not len(asked):
        return _Losses((), np.empty(0), np.empty((0, 3)))
    targets, rows = distinct(asked.keys)
    unplaced = np.full(len(asked), np.nan)
    by_history = view_quantiles(lead_time_views(then, targets, options.half_lives), rows, DECILES)
    curves = delay_curves(then, targets, options)
    by_promise = promised_quantiles(curves, rows, asked.promise, unplaced, DECILES)
    bound = asked.age[:, None]
    loss = [
        pinball(asked.days, np.minimum(found, bound), DECILES).mean(axis=-1)
        for found in (by_history, by_promise, asked.promise[:, None])
    ]
    return _Losses(tuple(asked.keys["supplier"]), batch_parts(asked), np.stack(loss, axis=1))


def batch_parts(history: History) -> Floats:
    """One over the number of orders of the same day, supplier and location, for each row.

    They share their fate as to promises: together they tell as much as one.
    """
    batch = history.keys[["supplier", "location"]].assign(age=history.age)
    size = batch.groupby(["supplier", "location", "age"])["age"].transform("size")
    return 1.0 / size.to_numpy(dtype=np.float64)


def distinct(keys: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """The distinct rows of ``keys``, and the number of each row's."""
    number = group_numbers(keys, keys.columns.tolist())
    return keys.loc[~keys.duplicated()].reset_index(drop=True), number
