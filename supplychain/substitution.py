"""Which components a production version uses, and what may stand in for them (the green list)."""

from __future__ import annotations

import pandas as pd

from supplychain.patterns import concrete
from supplychain.schema import WILDCARD

USE = ["item", "component", "location"]
_REPLACED = ["item", "substitute", "location"]


def used_components(production: pd.DataFrame, bom: pd.DataFrame) -> pd.DataFrame:
    """Rows (item, component, location), each once: what is made where uses which component.

    A version ``*`` of the BOM means all; a location ``*`` of production is handed on.
    """
    rows = production[["item", "location", "version"]].merge(
        bom[["item", "version", "component"]], on="item", suffixes=("", "_of_bom")
    )
    of_bom = rows["version_of_bom"]
    rows = rows[(of_bom == rows["version"]) | (of_bom == WILDCARD)]
    return rows[USE].drop_duplicates(ignore_index=True)


def approved(substitutes: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``substitutes`` with item and location made concrete for ``uses`` (no ``*`` left).

    A row holds where the item uses the component, or an approved substitute of it: chains go on.
    """
    known = uses[USE].drop_duplicates()
    while True:
        found = concrete(substitutes, known, USE)
        more = pd.concat([known, found[_REPLACED].set_axis(USE, axis=1)]).drop_duplicates()
        if len(more) == len(known):
            return found
        known = more
