"""The example company: a synthetic carmaker, its suppliers, its past, and what may happen to it.

``generate`` makes the tables of the data contract, ``scenarios`` the scenario files beside them.
Every number is drawn or computed here; no real company, product or person is meant. Equal size and
seed give equal tables.
"""

from __future__ import annotations

import pandas as pd

from supplychain.example.assemble import company_tables
from supplychain.example.sizes import PROFILES, Size
from supplychain.example.stories import scenarios

__all__ = ["Size", "generate", "scenarios"]


def generate(size: Size, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables of the example company, by name, in contract types and sorted by key.

    ``size`` small has about 320 item-locations, medium about 5,000, large about 30,000; ``seed`` is
    a whole number from 0 up.
    """
    return company_tables(PROFILES[size], seed)
