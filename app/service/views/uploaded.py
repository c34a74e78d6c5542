"""An upload that waits to be written: its tables, kept as a draft, and the rows to mend."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from app.service.plain import plain
from supplychain.errors import Problem

Json = dict[str, Any]
Frames = Mapping[str, pd.DataFrame]
MOST_CELLS = 200_000  # that a draft holds
WRONG = "what is wrong"


def is_small(frames: Frames) -> bool:
    """Whether the tables fit into a draft."""
    return sum(frame.size for frame in frames.values()) <= MOST_CELLS


def to_draft(frames: Frames, problems: Iterable[Problem], replace: bool) -> Json:
    """Tables and what is wrong with them as plain data."""
    tables = {name: {"columns": [str(column) for column in frame.columns],
                     "rows": [[_cell(cell) for cell in row] for row in frame.to_numpy(object)]}
              for name, frame in frames.items()}  # fmt: skip
    return {"tables": tables, "problems": [problem.as_dict() for problem in problems],
            "replace": replace}  # fmt: skip


def _cell(value: Any) -> Any:
    """A cell as JSON holds it."""
    kept = plain(value)
    return kept if kept is None or isinstance(kept, str | int | float | bool) else str(kept)


def from_draft(kept: Json) -> tuple[dict[str, pd.DataFrame], tuple[Problem, ...], bool]:
    """The tables of a draft, what is wrong with them, and whether they replace what is there."""
    frames = {name: pd.DataFrame(table["rows"], columns=table["columns"], dtype=object)
              for name, table in kept["tables"].items()}  # fmt: skip
    return frames, tuple(Problem(**found) for found in kept["problems"]), bool(kept["replace"])


def rows_to_mend(frame: pd.DataFrame, table: str, problems: Iterable[Problem]) -> pd.DataFrame:
    """The rows of ``frame`` that have problems, with what is wrong in front; index: their place."""
    told: dict[int, list[str]] = {}
    for problem in problems:
        if problem.table == table and problem.row is not None and problem.row <= len(frame):
            where = f"{problem.column}: " if problem.column else ""
            told.setdefault(problem.row - 1, []).append(
                f"{where}{problem.message}; {problem.remedy}"
            )
    places = sorted(told)
    rows = frame.iloc[places].map(_text)
    rows.insert(0, WRONG, [" / ".join(told[place]) for place in places])
    rows.insert(0, "row", [place + 1 for place in places])
    return rows.set_axis(places, axis=0)


def told(problem: Problem) -> str:
    """A problem of an upload in one line: where it is, what is wrong, and its mend."""
    where = [f"row {problem.row:,}"] if problem.row is not None else []
    where += [problem.column] if problem.column else []
    value = f" `{problem.value}`" if problem.value else ""
    place = ", ".join(where) or problem.table
    return f"**{place}**{value} {problem.message}; {problem.remedy}"


def _text(value: Any) -> str:
    """A cell as a person edits it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():  # of a workbook, which has no whole numbers
        return str(int(value))
    return str(plain(value))


def mended(
    frame: pd.DataFrame, shown: pd.DataFrame, edits: Mapping[int, Mapping[str, Any]]
) -> pd.DataFrame:
    """``frame`` with the edited cells of the ``shown`` rows, by their number among these."""
    result = frame.copy()
    for number, cells in edits.items():
        for column, value in cells.items():
            if column in result:
                result.loc[result.index[shown.index[int(number)]], column] = value
    return result
