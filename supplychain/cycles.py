"""Rows that lead back to where they start."""

from __future__ import annotations

import pandas as pd

from supplychain.cells import is_among
from supplychain.errors import Problem


def cycle_problems(table: str, rows: pd.DataFrame, start: str, end: str) -> list[Problem]:
    """A problem of column ``end`` for each knot of cycles among the edges ``start`` to ``end``."""
    rows = in_cycles(rows, start, end)
    return [_problem(table, rows, start, end, cycle) for cycle in _cycles(rows[[start, end]])]


def in_cycles(rows: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """``rows`` without those that close no cycle: what is only start or only end is on none."""
    count = -1
    while count != (count := len(rows)):
        goes_on = is_among(rows[start], rows[end])
        rows = rows[goes_on & is_among(rows[end], rows[start])]
    return rows


def _cycles(edges: pd.DataFrame) -> list[list[str]]:
    """One cycle of items for each strongly connected part of these edges."""
    if not len(edges):
        return []
    import networkx as nx  # costs a fifth of a second, and good data has no cycles

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(edges.itertuples(index=False, name=None))
    parts = [graph.subgraph(part) for part in nx.strongly_connected_components(graph)]
    cyclic = sorted((part for part in parts if part.number_of_edges()), key=min)
    return [[edge[0] for edge in nx.find_cycle(part, min(part))] for part in cyclic]


def _problem(table: str, rows: pd.DataFrame, start: str, end: str, cycle: list[str]) -> Problem:
    message = f"is part of a cycle: {' -> '.join([*cycle, cycle[0]])}"
    closing = rows[(rows[start] == cycle[-1]) & (rows[end] == cycle[0])].index[0]
    return Problem(table, message, "remove one of these rows", int(closing), end, cycle[0])
