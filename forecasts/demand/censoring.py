"""Demand that a stock-out hid: at least what was sold, and beyond that like other demand so large.

A cell with a lower bound gets a value of the Kaplan-Meier distribution of its series above the
bound: the mass of each censored value is shared by those to its right (redistribution to the
right; Efron 1967, Proceedings of the Fifth Berkeley Symposium 4). The bounds of a series take
evenly spread ranks of it in turn, so that the mean and the spread of what is filled in are right,
not the mean alone. A bound that no demand is below says nothing: the cell is unknown. One that no
demand is above stays as it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasts.quantiles import Floats

_TURN = (np.sqrt(5.0) - 1.0) / 2.0  # golden section: ranks that fill the line evenly in any number


def uncensored(values: Floats, bounds: Floats) -> Floats:
    """``values`` with the cells that have a bound filled; both series x periods, NaN where none."""
    filled = values.copy()
    for row in np.flatnonzero(~np.isnan(bounds).all(axis=1)):
        filled[row] = _uncensored_row(values[row], bounds[row])
    return filled


def _uncensored_row(values: Floats, bounds: Floats) -> Floats:
    is_cut = ~np.isnan(bounds)
    shown = np.where(is_cut, bounds, values)
    known = np.flatnonzero(~np.isnan(shown))
    order = known[np.lexsort((~is_cut[known], shown[known]))]  # bounds before equal demand
    mass = _mass(is_cut[order])
    filled = shown.copy()
    free = shown[known[~is_cut[known]]]
    lowest = free.min() if len(free) else 0.0
    for turn, cell in enumerate(np.flatnonzero(is_cut)):
        above = np.cumsum(np.where(shown[order] >= bounds[cell], mass, 0.0))
        rank = (0.5 + turn * _TURN) % 1.0
        if bounds[cell] <= lowest:
            filled[cell] = np.nan
        elif above[-1] > 0.0:
            filled[cell] = shown[order][np.searchsorted(above, rank * above[-1])]
    return filled


def _mass(is_cut: npt.NDArray[np.bool_]) -> Floats:
    """Mass of values in rising order after redistribution; the last one keeps what it has."""
    mass = np.ones(len(is_cut))
    for place in np.flatnonzero(is_cut[:-1]):
        mass[place + 1 :] += mass[place] / (len(mass) - place - 1)
        mass[place] = 0.0
    return mass
