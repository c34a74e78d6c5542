"""Quarantine of stock: a lot is held for quality, then released."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from supplychain.disruptions.base import Disruption, Quantity, Share, Text, problem
from supplychain.disruptions.selection import BoolArray, nothing_matches
from supplychain.disruptions.words import number
from supplychain.errors import ScenarioError
from supplychain.network import Network
from supplychain.schema import TABLES


class StockQuarantine(Disruption):
    """Part of the opening stock of an item is held, at one location or at all that have some.

    share: share held of each stock (1 unless given); quantity: units held, of one stock. The lot is
    not used before its release either, whenever the hold starts. It comes back as scheduled receipts
    ``HOLD-<item>`` in the period after the window, or in equal parts over that and the ``recovery``
    periods behind it; without ``periods``, never.
    """

    selectors: ClassVar[tuple[str, ...]] = ("item", "location")

    kind: Literal["stock_quarantine"] = "stock_quarantine"
    item: Text
    location: Text | None = None
    share: Share | None = None
    quantity: Quantity | None = None

    @classmethod
    def rule_problems(cls, given: dict[str, object]) -> list[Problem]:  # type: ignore[override]
        """As for every disruption; share and quantity exclude each other."""
        problems = super().rule_problems(given)
        return problems
