"""Rows whose key columns may hold ``*``, which means any: matched, and made concrete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from supplychain.cells import Mask, is_among, rows_among
from supplychain.schema import WILDCARD


def is_wild(rows: pd.DataFrame, on: Sequence[str]) -> Mask:
    """Whether each row has ``*`` in one of the columns ``on``, shape (rows,)."""
    wild = np.zeros(len(rows), dtype=bool)
    for name in on:
        wild |= (rows[name] == WILDCARD).to_numpy(dtype=bool)
    return wild


def names_any(owners: pd.Series) -> pd.Series:
    """Whether each owner, a key joined by ``|``, has ``*`` in one of its places."""
    return owners.str.contains(r"(?:^|\|)\*(?:\||$)", regex=True)


def by_pattern(rows: pd.DataFrame, on: Sequence[str]) -> Iterator[tuple[list[str], Mask]]:
    """Rows with ``*`` in the same of the columns ``on``: the other columns, and a mask of rows."""
    patterns = np.zeros(len(rows), dtype=np.int64)
    for place, name in enumerate(on):
        patterns += (rows[name] == WILDCARD).to_numpy(dtype=np.int64) << place
    for pattern in np.unique(patterns).tolist():
        fixed = [name for place, name in enumerate(on) if not pattern >> place & 1]
        yield fixed, patterns == pattern


def overlap(rows: pd.DataFrame, known: pd.DataFrame, on: Sequence[str]) -> Mask:
    """Whether each of ``rows`` means something that a row of ``known`` means too, shape (rows,).

    Both may hold ``*`` in the columns ``on``.
    """
    found = np.zeros(len(rows), dtype=bool)
    if not len(rows) or not len(known):
        return found
    for fixed, members in by_pattern(rows, on):
        for fixed_known, members_known in by_pattern(known, on):
            shared = [name for name in fixed if name in fixed_known]
            found[members] |= _is_in(rows.loc[members, shared], known.loc[members_known, shared])
    return found


def _is_in(rows: pd.DataFrame, known: pd.DataFrame) -> Mask:
    """Whether each of ``rows`` equals a row of ``known``; all do where there is no column."""
    if not len(rows.columns):
        return np.full(len(rows), len(known) > 0)
    if len(rows.columns) == 1:
        return is_among(rows.iloc[:, 0], known.iloc[:, 0])
    return rows_among(rows, known)


def concrete(table: pd.DataFrame, known: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    """Rows of ``table`` that match a row of ``known`` in the columns ``on``, ``*`` matching any.

    Each row comes once for every match, with its values in ``on``. ``known`` holds no ``*`` and
    every combination once.
    """
    known = known[list(on)]
    found = []
    for fixed, members in by_pattern(table, on):
        rows = table[members].drop(columns=[name for name in on if name not in fixed])
        found.append(rows.merge(known, on=fixed) if fixed else rows.merge(known, how="cross"))
    return pd.concat(found, ignore_index=True)[table.columns] if found else table.iloc[:0]
