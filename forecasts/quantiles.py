"""Quantile levels, the columns that carry them, and the loss that judges them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from supplychain.errors import InputError, Problem

Floats = npt.NDArray[np.float64]
DECILES = tuple(round(0.1 * number, 1) for number in range(1, 10))
DEFAULT_LEVELS = (*DECILES, 0.95, 0.99)
PREFIX = "quantile_P"


def parse_levels(text: str) -> tuple[float, ...]:
    """Quantile levels from text such as ``0.1,0.5,0.9``; InputError where one is no level."""
    return check_levels(text.split(","))


def check_levels(levels: Iterable[float | str]) -> tuple[float, ...]:
    """Levels in rising order, once each; InputError lists those that are not between 0 and 1."""
    found: set[float] = set()
    problems = []
    for level in levels:
        try:
            value = float(level)
        except ValueError:
            value = np.nan
        if 0.0 < round(value, 6) < 1.0:
            found.add(round(value, 6))
            continue
        remedy = "write levels between 0 and 1, such as 0.1,0.5,0.9"
        problems.append(Problem("options", "is not a quantile level", remedy, None, "quantiles",
                                str(level)))  # fmt: skip
    if problems:
        raise InputError(problems)
    return tuple(sorted(found))


def column(level: float) -> str:
    """Name of the column of one level: quantile_P05, quantile_P10, quantile_P97.5."""
    percent = f"{100.0 * level:.4f}".rstrip("0").rstrip(".")
    whole, point, rest = percent.partition(".")
    return f"{PREFIX}{whole:0>2}{point}{rest}"


def columns(levels: Iterable[float]) -> list[str]:
    """Names of the columns of ``levels``."""
    return [column(level) for level in levels]


def level_of(name: str) -> float:
    """The level that a quantile column carries; ValueError where the name is of another column."""
    if not name.startswith(PREFIX):
        raise ValueError(name)
    return round(float(name[len(PREFIX) :]) / 100.0, 6)


def pinball(actual: Floats, forecast: Floats, levels: Sequence[float] | Floats) -> Floats:
    """Quantile loss, twice the pinball loss, so that at level 0.5 it is the absolute error.

    ``actual`` has any shape, ``forecast`` that shape and a last axis of ``levels``; so has the
    result. Missing actual values give missing losses. Koenker and Bassett (1978), Econometrica 46.
    """
    error = actual[..., None] - forecast
    level = np.asarray(levels, dtype=float)
    return 2.0 * np.maximum(level * error, (level - 1.0) * error)


def ordered(quantiles: Floats) -> Floats:
    """Quantiles that do not fall over the last axis, none negative: a larger one lifts the next."""
    return np.maximum.accumulate(np.maximum(quantiles, 0.0), axis=-1)
