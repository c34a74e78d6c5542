"""A mixed-integer linear program in arrays: blocks of columns and rows, coordinates of a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LinearProgram:
    """Maximise cost @ x, subject to row_lower <= A x <= row_upper and lower <= x <= upper.

    A is given by coordinates (rows, columns, values), by row and then column, each place once.
    ``integer`` tells the columns that take whole numbers only. ``column_blocks`` and
    ``row_blocks`` give the slice of every named block of variables and equations.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: Flags
    row_lower: Floats
    row_upper: Floats
    rows: Ints
    columns: Ints
    values: Floats
    column_blocks: dict[str, slice]
    row_blocks: dict[str, slice]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return len(self.row_lower), len(self.cost)

    def derive(self, **changes: Floats) -> LinearProgram:
        """The same program with other cost or bounds."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def is_mixed(self) -> bool:
        """Whether any column takes whole numbers only."""
        return bool(self.integer.any())

    def relaxed(self, blocks: Iterable[str] | None = None) -> LinearProgram:
        """The program whose integers of ``blocks`` (default: all) may take any value."""
        integer = self.integer.copy()
        for name in self.column_blocks if blocks is None else blocks:
            integer[self.column_blocks.get(name, slice(0, 0))] = False
        return replace(self, integer=integer)

    def fixed(self, values: Floats) -> LinearProgram:
        """The linear program in which the integers keep their ``values``."""
        whole = np.clip(np.round(values), self.lower, self.upper)
        return replace(
            self,
            lower=np.where(self.integer, whole, self.lower),
            upper=np.where(self.integer, whole, self.upper),
            integer=np.zeros_like(self.integer),
        )


@dataclass
class ProgramBuilder:
    """Collects blocks of columns, rows and entries, then freezes them to a LinearProgram."""

    _columns: list[tuple[Floats, Floats]] = field(default_factory=list)
    _integer: list[Flags] = field(default_factory=list)
    _rows: list[tuple[Floats, Floats]] = field(default_factory=list)
    _entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _column_blocks: dict[str, slice] = field(default_factory=dict)
    _row_blocks: dict[str, slice] = field(default_factory=dict)
    _column_count: int = 0
    _row_count: int = 0

    def add_columns(
        self, name: str, cost: Floats, upper: Floats | float = np.inf, integer: bool = False
    ) -> None:
        """Add a block of variables with lower bound 0."""
        count = len(cost)
        self._columns.append((cost, np.broadcast_to(upper, count).astype(float)))
        self._integer.append(np.full(count, integer))
        self._column_blocks[name] = slice(self._column_count, self._column_count + count)
        self._column_count += count

    def add_rows(self, name: str, lower: Floats, upper: Floats) -> None:
        """Add a block of equations lower <= row <= upper."""
        self._rows.append((lower, upper))
        self._row_blocks[name] = slice(self._row_count, self._row_count + len(lower))
        self._row_count += len(lower)

    def add_entries(
        self, row_block: str, rows: Ints, column_block: str, columns: Ints, values: Floats | float
    ) -> None:
        """Add coefficients; rows and columns count within their blocks."""
        shape = np.broadcast_shapes(np.shape(rows), np.shape(columns))
        self._entries.append(
            (
                np.broadcast_to(rows, shape) + self._row_blocks[row_block].start,
                np.broadcast_to(columns, shape) + self._column_blocks[column_block].start,
                np.broadcast_to(np.asarray(values, dtype=float), shape),
            )
        )

    def has_rows(self, name: str) -> bool:
        """Whether there is a block of rows of this name."""
        return name in self._row_blocks

    def entries(self, row_block: str, column_block: str) -> tuple[Ints, Ints, Floats]:
        """Coefficients so far of a block of columns in a block of rows."""
        row, column = self._row_blocks[row_block], self._column_blocks[column_block]
        rows, columns = (np.concatenate([np.zeros(0, np.int64), *(e[i] for e in self._entries)])
                         for i in range(2))  # fmt: skip
        inside = _inside(rows, row) & _inside(columns, column)
        values = _join([e[2] for e in self._entries])[inside]
        return rows[inside] - row.start, columns[inside] - column.start, values

    def freeze(self) -> LinearProgram:
        """Return the finished program."""
        cost, upper = (_join([c[i] for c in self._columns]) for i in range(2))
        row_lower, row_upper = (_join([r[i] for r in self._rows]) for i in range(2))
        rows, columns, values = self._sorted_entries()
        return LinearProgram(
            cost,
            np.zeros_like(cost),
            upper,
            np.concatenate([np.zeros(0, bool), *self._integer]),
            row_lower,
            row_upper,
            rows,
            columns,
            values,
            self._column_blocks,
            self._row_blocks,
        )

    def _sorted_entries(self) -> tuple[Ints, Ints, Floats]:
        """Coordinates by row, then column, as the solver reads them; equal places added up."""
        rows = np.concatenate([np.zeros(0, np.int64), *(e[0] for e in self._entries)])
        columns = np.concatenate([np.zeros(0, np.int64), *(e[1] for e in self._entries)])
        values = _join([e[2] for e in self._entries])
        place = rows * max(self._column_count, 1) + columns
        order = np.argsort(place, kind="stable")
        place, first = np.unique(place[order], return_index=True)
        added = np.add.reduceat(values[order], first) if len(first) else values
        return place // max(self._column_count, 1), place % max(self._column_count, 1), added


def _inside(numbers: Ints, block: slice) -> Flags:
    return np.asarray((numbers >= block.start) & (numbers < block.stop))


def _join(parts: list[Floats]) -> Floats:
    return np.concatenate([np.zeros(0), *parts])
