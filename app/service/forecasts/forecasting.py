"""Use cases of forecasts: demand, lead times, and how good the methods were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from app.service.datasets import parse_day
from app.service.forecasts.histories import history_panel
from app.service.plain import records
from app.service.plans.planning import Progress, Stages
from forecasts.components import component_demand, longest_offset
from forecasts.demand.backtest import backtest
from forecasts.demand.classes import CLASSES
from forecasts.demand.forecast import DemandForecast, DemandOptions, forecast_demand
from forecasts.demand.history import make_panel, read_history
from forecasts.demand.panel import Panel, masked_mean
from forecasts.executors import process_pool
from forecasts.lead_time import (
    check_orders,
    check_receipts,
    forecast_arrivals,
    forecast_lead_times,
)
from forecasts.quantiles import DEFAULT_LEVELS, parse_levels
from forecasts.totals import with_totals
from supplychain.calendar import Bucket
from supplychain.errors import FileError
from supplychain.files import read_dataset, read_table, require_free, whole_or_nothing, write_table
from supplychain.network import Network

Json = dict[str, Any]
_SUFFIXES = (".csv", ".parquet")


def run_forecast_demand(
    history: Path,
    horizon: int,
    quantiles: str | None = None,
    frequency: Bucket | None = None,
    out: Path | None = None,
    totals: Path | None = None,
    components: Path | None = None,
    progress: Progress = lambda text: None,
) -> Json:
    """Forecast the demand of a dataset, or of one file of past demand; its summary.

    Writes the forecast to ``out``, that of brands and regions to ``totals`` and that of components
    to ``components``, if given (.csv or .parquet). Raises InputError.
    """
    stages = Stages(progress)
    targets = [path for path in (out, totals, components) if path is not None]
    for number, target in enumerate(targets):
        _require_table(target)
        if target in targets[:number]:
            raise FileError(target, "is named for two tables", "give each a file of its own")
    levels = _levels(quantiles)
    with stages.stage("read"):
        network, panel, tables = _read_history(history, frequency)
    if network is None and (totals is not None or components is not None):
        remedy = "totals and components need a dataset with items, locations and bom"
        raise FileError(history, "is one table, not a dataset", remedy)
    with stages.stage("forecast"), process_pool() as executor:
        further = 0 if network is None or components is None else longest_offset(network)
        made = forecast_demand(panel, horizon + further, DemandOptions(levels=levels), *tables,
                               executor=executor, progress=progress)  # fmt: skip
    frames: list[tuple[Path, pd.DataFrame]] = []
    if network is not None and totals is not None:
        with stages.stage("totals"):
            made, sums = with_totals(made, panel, network)
        frames.append((totals, sums[sums["period"].isin(made.first(horizon).table["period"])]))
    if network is not None and components is not None:
        with stages.stage("components"):
            frames.append((components, component_demand(made, network, horizon)))
    made = made.first(horizon)
    table = made.table
    frames += [] if out is None else [(out, table)]
    with stages.stage("write"):
        _write_all(frames)
    return {**_described(made, history), "table": None if out else records(table),
            "out": [str(path) for path in targets], "seconds": stages.rounded}  # fmt: skip


def run_forecast_lead_time(
    receipts: Path,
    as_of: str,
    quantiles: str | None = None,
    orders: Path | None = None,
    out: Path | None = None,
    progress: Progress = lambda text: None,
) -> Json:
    """Forecast lead times by sourcing option, or the arrival of every order in ``orders``.

    ``receipts`` is a dataset or one file of its table receipt_history. Raises InputError.
    """
    stages = Stages(progress)
    if out is not None:
        _require_table(out)
    levels = _levels(quantiles)
    moment = parse_day(as_of, "as-of")
    with stages.stage("read"):
        past, items, locations = _read_receipts(receipts)
        given = None if orders is None else read_table(orders)
        asked = None if given is None else check_orders(given)
    with stages.stage("forecast"):
        if given is None or asked is None:
            made = forecast_lead_times(past, moment, levels, items=items, locations=locations)
            table = made.table
        else:
            table = forecast_arrivals(past, asked, moment, levels, items=items,
                                      locations=locations)  # fmt: skip
            table = table if "line" in given else table.drop(columns="line", errors="ignore")
    with stages.stage("write"):
        _write_all([] if out is None else [(out, table)])
    known = past[past["ordered_on"] <= pd.Timestamp(moment)]
    still_open = known["received_on"].isna() | (known["received_on"] > pd.Timestamp(moment))
    return {
        "path": str(receipts), "as_of": str(moment), "orders": len(known),
        "open": int(still_open.sum()), "rows": len(table),
        "of": "options" if asked is None else "orders",
        "changes": _changes(table), "table": None if out else records(table),
        "out": [] if out is None else [str(out)], "seconds": stages.rounded,
    }  # fmt: skip


def run_backtest(
    history: Path,
    horizon: int,
    origins: int,
    frequency: Bucket | None = None,
    out: Path | None = None,
    progress: Progress = lambda text: None,
) -> Json:
    """Judge every method at the last ``origins`` origins that ``horizon`` periods follow.

    Writes the table and a report with charts to the new folder ``out``, if given. What is done
    when the user interrupts is shown, with the number of origins done.
    """
    from app.service.forecasts.report import write_backtest

    stages = Stages(progress)
    if out is not None:
        require_free(out)
    with stages.stage("read"):
        network, panel, tables = _read_history(history, frequency)
    with stages.stage("backtest"), process_pool() as executor:
        result = backtest(panel, horizon, origins, *tables, executor=executor, progress=progress)
    if out is not None:
        with stages.stage("write"), whole_or_nothing(out) as folder:
            write_backtest(result, network, folder)
    return {
        "path": str(history), "series": panel.series, "periods": panel.periods,
        "bucket": panel.calendar.bucket, "horizon": horizon, "origins": result.origins_done,
        "asked": origins, "table": records(result.table), "out": None if out is None else str(out),
        "seconds": stages.rounded,
    }  # fmt: skip


def _read_history(
    path: Path, frequency: Bucket | None
) -> tuple[Network | None, Panel, tuple[pd.DataFrame, pd.DataFrame]]:
    """The network if ``path`` is a dataset, the histories, and the tables that help to forecast."""
    if _is_table(path):
        return None, make_panel(read_history(read_table(path)), frequency), (pd.DataFrame(),) * 2
    network = read_dataset(path)
    helping = network.table("drivers"), network.table("predecessors")
    return network, history_panel(network, frequency), helping


def _read_receipts(
    path: Path,
) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None]:
    """Past orders, checked, with the items and locations of a dataset that tell which are alike."""
    if _is_table(path):
        return check_receipts(read_table(path)), None, None
    network = read_dataset(path)
    items, locations = network.table("items"), network.table("locations")
    return check_receipts(network.table("receipt_history")), items, locations


def _levels(quantiles: str | None) -> tuple[float, ...]:
    return DEFAULT_LEVELS if quantiles is None else parse_levels(quantiles)


def _is_table(path: Path) -> bool:
    """Whether ``path`` is one table, not a dataset."""
    return path.is_file() and path.suffix.lower() in _SUFFIXES


def _require_table(path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise FileError(path, "is not a table's name", "end it in .csv or .parquet")
    require_free(path)


def _write_all(frames: list[tuple[Path, pd.DataFrame]]) -> None:
    """Write every table whole or none of them."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        for path, frame in frames:
            write_table(frame, stack.enter_context(whole_or_nothing(path)), path.suffix.lower())


def _described(made: DemandForecast, history: Path) -> Json:
    panel = made.panel
    return {
        "path": str(history), "series": panel.series, "periods": panel.periods,
        "bucket": panel.calendar.bucket, "horizon": made.horizon,
        "from": str(panel.calendar.date(panel.periods).date()),
        "available_at": str(panel.calendar.date(panel.periods).date()),
        "mean_before": float(masked_mean(panel.values[:, -panel.season :]).sum()),
        "mean": float(made.paths.mean.sum() / made.horizon),
        "classes": [{"class": name, "series": int((made.classes == name).sum()),
                     "methods": made.weights[name]} for name in CLASSES if name in made.weights],
        "notes": list(made.notes),
    }  # fmt: skip


def _changes(table: pd.DataFrame) -> list[Json]:
    """The regimes that were detected: option, since when, and the mean now."""
    if "regime_since" not in table:
        return []
    changed = table[table["regime_since"].notna()]
    keys = [name for name in ("item", "location", "supplier", "mode") if name in table]
    return [{**{key: str(row[key]) for key in keys}, "since": str(row["regime_since"].date()),
             "mean": float(row["mean"]), "observations": int(row["observations"])}
            for row in changed.to_dict("records")]  # fmt: skip
