"""Past demand of a dataset, as the forecasts want it."""

from __future__ import annotations

import pandas as pd

from forecasts.demand.history import infer_frequency, is_coarser, make_panel
from forecasts.demand.panel import Panel
from supplychain.calendar import Bucket
from supplychain.errors import DataError, Problem
from supplychain.network import Network


def history_panel(network: Network, frequency: Bucket | None = None) -> Panel:
    """The panel of a dataset's demand history, by default in the periods of its settings.

    A history that is coarser, such as one by month for a plan by week, keeps its own. Raises
    DataError where there is none.
    """
    history = network.table("demand_history")
    if not len(history):
        problem = Problem("demand_history", "has no rows", "add the past demand to the dataset")
        raise DataError([problem])
    return make_panel(history, frequency or _bucket(network), alike_groups(network))


def _bucket(network: Network) -> Bucket:
    wanted, dates = network.settings.bucket, network.table("demand_history")["period"]
    if wanted == "week" and dates.dt.day_of_week.nunique() == 1:
        return wanted  # though the few dates that there are may be firsts of a month too
    found = infer_frequency(dates)
    return found if found is not None and is_coarser(found, wanted) else wanted


def alike_groups(network: Network) -> pd.Series:
    """The group of alike items that a launch borrows from: kind, brand and commodity."""
    items = network.table("items").set_index("item")
    return items["kind"] + "|" + items["brand"] + "|" + items["commodity"]
