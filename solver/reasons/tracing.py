"""From a demand row down the BOM and back through lead times to the limit that it waits for.

Of a program and its successor, in which a kind of limit is relaxed, the cheapest way is followed
that fills each item-location in each period: Bellman's equation over the hypergraph of inflows,
each drawing the components or the stock that it needs (Gallo, Longo, Pallottino and Nguyen (1993),
Directed hypergraphs and applications, Discrete Applied Mathematics 42). The ways are those in use
in the successor, at the prices before; stock that was held for later may be used sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from solver.program import Floats, Ints, LinearProgram
from solver.reasons.relaxation import Step

Flags = npt.NDArray[np.bool_]
_TINY = 1e-7
_DEEPEST = 500  # links of a way, against circles
_EDGE = 1e-6


@dataclass(frozen=True)
class Ways:
    """Ways into balance rows: number of the program's column (-1: stock held for later), the row
    that each fills, its own cost; ``draws`` are ways x balance rows, units drawn a unit filled."""

    column: Ints
    target: Ints
    cost: Floats
    draws: sp.csr_array


def ways(before: Step, after: Step) -> Ways:
    """Ways in use in ``after``, paid at the prices of ``before``; limits relaxed cost nothing."""
    program = after.program
    balance = program.row_blocks["balance"].stop
    in_balance = program.rows < balance
    fills = in_balance & (program.values < 0)
    used = after.solution.values > _TINY
    fills &= used[program.columns]
    price = np.where(_is_relaxed(before.program, program), 0.0, before.solution.row_prices)
    paid = np.bincount(program.columns[~in_balance],
                       (price[program.rows] * program.values)[~in_balance],
                       len(program.cost)) - program.cost  # fmt: skip
    entry = np.flatnonzero(fills)
    columns, target, size = program.columns[entry], program.rows[entry], -program.values[entry]
    matrix = sp.csc_array(
        (np.where(in_balance & (program.values > 0), program.values, 0.0),
         (program.rows, program.columns)), shape=program.shape)  # fmt: skip
    draws = sp.csr_array(matrix[:balance, columns].T)
    draws = sp.csr_array(sp.diags_array(1.0 / size) @ draws)
    draws.eliminate_zeros()
    return _with_stock(before, Ways(columns, target, paid[columns] / size, draws))


def _is_relaxed(before: LinearProgram, after: LinearProgram) -> Flags:
    return np.asarray((before.row_upper < np.inf) & (after.row_upper == np.inf))


def _with_stock(before: Step, found: Ways) -> Ways:
    """Also the use of what ``before`` holds at the end of a period: drawn from the next one."""
    program = before.program
    block = program.column_blocks["on_hand"]
    entry = np.flatnonzero((program.columns >= block.start) & (program.columns < block.stop)
                           & (program.rows < program.row_blocks["balance"].stop)
                           & (program.values < 0)
                           & (before.solution.values[program.columns] > _TINY))  # fmt: skip
    later, columns = program.rows[entry], program.columns[entry]
    target = columns - block.start
    draws = sp.csr_array((np.ones(len(later)), (np.arange(len(later)), later)),
                         shape=(len(later), found.draws.shape[1]))  # fmt: skip
    return Ways(
        np.concatenate([found.column, np.full(len(later), -1)]),
        np.concatenate([found.target, target]),
        np.concatenate([found.cost, program.cost[columns]]),
        sp.csr_array(sp.vstack([found.draws, draws])),
    )


def cheapest(found: Ways, price: Floats, usual: Floats) -> Ints:
    """Number of the cheapest way into every balance row; -1 where what is there is as cheap.

    ``price`` is what a unit there costs before, ``usual`` what it costs to replace: what is no
    dearer is not scarce and is taken from there. What nothing in use fills keeps its price.
    """
    supply = np.where(price <= usual + _EDGE * np.maximum(1.0, usual), price, np.inf)
    chosen = np.full(len(price), -1, np.int64)
    supply = _settled(found, supply, chosen)
    _settled(found, np.where(np.isfinite(supply), supply, price), chosen)
    return chosen


def _settled(found: Ways, supply: Floats, chosen: Ints) -> Floats:
    """``supply`` lowered until no way is cheaper; notes the ways ``chosen``."""
    drawn = found.draws.tocoo()
    for _ in range(_DEEPEST):
        taken = np.zeros(len(found.target))
        np.add.at(taken, drawn.row, drawn.data * supply[drawn.col])
        cost = found.cost + taken
        best = np.full(len(supply), np.inf)
        np.minimum.at(best, found.target, cost)
        better = np.isfinite(best)
        better[better] = best[better] < supply[better] - _EDGE * np.maximum(1.0, abs(best[better]))
        if not better.any():
            break
        first = np.flatnonzero((cost == best[found.target]) & better[found.target])
        chosen[found.target[first][::-1]] = first[::-1]
        supply = np.where(better, best, supply)
    return supply


def units_by_way(found: Ways, chosen: Ints, rows: Ints) -> sp.csr_array:
    """Units of every way that one unit into each of ``rows`` takes: len(rows) x ways."""
    size, count = found.draws.shape[1], len(found.target)
    has = np.flatnonzero(chosen >= 0)
    choice = sp.csr_array((np.ones(len(has)), (has, chosen[has])), shape=(size, count))
    front = sp.csr_array((np.ones(len(rows)), (np.arange(len(rows)), rows)),
                         shape=(len(rows), size))  # fmt: skip
    total = sp.csr_array((len(rows), count))
    for _ in range(_DEEPEST):
        taken = sp.csr_array(front @ choice)
        if not taken.nnz:
            break
        total = sp.csr_array(total + taken)
        front = sp.csr_array(taken @ found.draws)
    return total


def limit_use(program: LinearProgram, rows: slice) -> sp.csr_array:
    """Units of the limits ``rows`` that one unit of every column takes: columns x limits."""
    inside = (program.rows >= rows.start) & (program.rows < rows.stop) & (program.values > 0)
    return sp.csr_array(
        (program.values[inside], (program.columns[inside], program.rows[inside] - rows.start)),
        shape=(program.shape[1], rows.stop - rows.start),
    )
