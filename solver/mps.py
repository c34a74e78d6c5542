"""Write a program as free MPS with 17 significant digits, so that anyone can solve it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from solver.program import Floats, LinearProgram


def write_mps(program: LinearProgram, path: Path) -> None:
    """Write ``program`` (maximise; OBJSENSE MAX) to ``path``.

    Rows and columns are named block_number, counted within the blocks of the formulation. Format:
    free MPS as read by HiGHS, SCIP, CBC, Gurobi and others.
    """
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.writelines(f"{line}\n" for line in _lines(program))


def _lines(program: LinearProgram) -> Iterator[str]:
    rows = _names(program.row_blocks)
    columns = _names(program.column_blocks)
    yield from ("NAME plan", "OBJSENSE", "    MAX", "ROWS", " N profit")
    yield from _row_lines(program, rows)
    yield "COLUMNS"
    yield from _column_lines(program, rows, columns)
    yield "RHS"
    yield from _right_hand_sides(program, rows)
    yield "BOUNDS"
    yield from _bound_lines(program, columns)
    yield "ENDATA"


def _names(blocks: dict[str, slice]) -> list[str]:
    return [f"{name}_{number}" for name, block in blocks.items()
            for number in range(block.stop - block.start)]  # fmt: skip


def _row_lines(program: LinearProgram, names: list[str]) -> Iterator[str]:
    """Rows are equations, upper limits, or without limit; the model has no other kind."""
    for name, lower, upper in zip(names, program.row_lower, program.row_upper, strict=True):
        yield f" {'E' if lower == upper else 'L' if np.isfinite(upper) else 'N'} {name}"


def _column_lines(program: LinearProgram, rows: list[str], columns: list[str]) -> Iterator[str]:
    order = np.lexsort((program.rows, program.columns))
    row, column, value = program.rows[order], program.columns[order], program.values[order]
    start = np.searchsorted(column, np.arange(len(columns) + 1))
    for number, name in enumerate(columns):
        if number and program.integer[number] != program.integer[number - 1]:
            yield from _marker(program.integer[number])
        if program.cost[number] or start[number] == start[number + 1]:
            yield f" {name} profit {_digits(program.cost[number])}"
        for entry in range(start[number], start[number + 1]):
            yield f" {name} {rows[row[entry]]} {_digits(value[entry])}"
    if len(columns) and program.integer[-1]:
        yield from _marker(False)


def _marker(begins: bool) -> Iterator[str]:
    """Columns between the two markers are whole numbers; the first column of a model is not."""
    yield f" MARKER 'MARKER' '{'INTORG' if begins else 'INTEND'}'"


def _right_hand_sides(program: LinearProgram, rows: list[str]) -> Iterator[str]:
    for number in np.flatnonzero(np.isfinite(program.row_upper) & (program.row_upper != 0)):
        yield f" RHS {rows[number]} {_digits(program.row_upper[number])}"


def _bound_lines(program: LinearProgram, columns: list[str]) -> Iterator[str]:
    """Every lower bound is 0, which MPS takes for granted; of whole numbers it wants to be told."""
    finite = np.isfinite(program.upper)
    for number in np.flatnonzero(finite | program.integer):
        limit = f"UP bound {columns[number]} {_digits(program.upper[number])}"
        yield f" {limit}" if finite[number] else f" PL bound {columns[number]}"


def _digits(value: Floats | float) -> str:
    return f"{float(value):.17g}"
