"""Past demand of a dataset, as the forecasts want it."""

from __future__ import annotations

import pandas as pd

from forecasts.demand.history import make_panel
from forecasts.demand.panel import Panel
from supplychain.calendar import Bucket
from supplychain.errors import DataError, Problem
from supplychain.network import Network


def history_panel(network: Network, frequency: Bucket | None = None) -> Panel:
    """The panel of a dataset's demand history; DataError where it has none."""
    history = network.table("demand_history")
    if not len(history):
        problem = Problem("demand_history", "has no rows", "add the past demand to the dataset")
        raise DataError([problem])
    return make_panel(history, frequency or network.settings.bucket, alike_groups(network))


def alike_groups(network: Network) -> pd.Series:
    """The group of alike items that a launch borrows from: kind, brand and commodity."""
    items = network.table("items").set_index("item")
    return items["kind"] + "|" + items["brand"] + "|" + items["commodity"]
