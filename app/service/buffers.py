"""Where safety stock pays: placement at least cost, and what closes the gap to recovery."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from app.service.forecasts.filling import fill
from app.service.futures.demand_spread import demand_spread
from app.service.plain import records
from app.service.plans.planning import WORKERS, Progress, Stages
from app.service.plans.summary import describe_dataset
from solver.buffers.guaranteed_service import Placement, evaluate, hold_everywhere, place
from solver.buffers.routes import routine_only
from solver.buffers.stages import Stages as StockStages
from solver.buffers.stages import stages_of
from solver.buffers.survival import Survival, survival_of
from solver.program import Floats
from supplychain.errors import DataError, Problem
from supplychain.files import (
    Format,
    read_dataset,
    require_free,
    whole_or_nothing,
    write_tables,
)
from supplychain.network import Network
from supplychain.scope import expand

Json = dict[str, Any]
SERVICES = (0.9, 0.95, 0.98, 0.99, 0.995)
_TINY = 1e-6


@dataclass(frozen=True)
class BufferOptions:
    """What is asked for.

    ``service``: chance that the demand of a time is within its bound; ``promise``: periods within
    which demand is served; ``time_limit``: seconds for each of two solves.
    """

    service: float = 0.95
    promise: int = 0
    time_limit: float | None = None
    forecast: bool = True


def run_buffers(
    dataset: Path,
    options: BufferOptions,
    out: Path | None = None,
    progress: Progress = lambda text: None,
    form: Format = "csv",
) -> Json:
    """Safety stock of ``dataset`` at least cost, and the time it survives without each location.

    Writes the tables as ``form`` to the new folder ``out``, if given. Raises InputError and
    PlanError.
    """
    stages = Stages(progress)
    if out is not None:
        require_free(out)
    with stages.stage("read"):
        base = read_dataset(dataset)
    with stages.stage("forecast"):
        filled = fill(base, options.forecast)
        demand = demand_spread(filled)
        if not len(demand):
            problem = Problem("demand", "has no units", "add demand: stock is held to serve it")
            raise DataError([problem])
    expanded = expand(filled.network)
    with stages.stage("place"):
        network = routine_only(expanded)
        stock = stages_of(network, demand, float(ndtri(options.service)), options.promise)
        placement = place(stock.network, options.time_limit)
    with stages.stage("survive"):
        survival = survival_of(network, stock.table, demand, stock.network.holding_cost)
        outages = _Outages(network, survival, placement.stock)
        rows = outages.rows
    held = _stock_rows(expanded, stock, placement, survival.on_hand)
    if out is not None:
        with stages.stage("write"), whole_or_nothing(out) as folder:
            _write(folder, held, rows, form)
    return {
        "path": str(dataset), "dataset": describe_dataset(base, expanded),
        "forecast": filled.facts, "service": options.service, "promise": options.promise,
        "safety_factor": float(ndtri(options.service)),
        "placement": _placement_facts(stock, placement),
        "services": _services(placement, options.service),
        "demand": records(demand), "stages": records(held), "cut": records(stock.cut),
        "calm_survives": outages.calm, "outages": rows,
        "out": None if out is None else str(out), "seconds": stages.rounded,
    }  # fmt: skip


def _placement_facts(stock: StockStages, placement: Placement) -> Json:
    """Cost and bound a year, against stock at every stage; the size and time of the program."""
    everywhere = evaluate(stock.network, hold_everywhere(stock.network)).cost
    return {
        "status": placement.status, "cost": placement.cost, "bound": placement.bound,
        "gap": placement.gap, "cost_everywhere": everywhere, "saved": everywhere - placement.cost,
        "stages": len(stock.table), "arcs": len(stock.network.origin),
        "with_stock": int((placement.stock > _TINY).sum()),
        "rows": placement.size[0], "columns": placement.size[1], "seconds": placement.seconds,
    }  # fmt: skip


def _services(placement: Placement, service: float) -> list[Json]:
    """Cost of other service levels: the same places, as all stock grows with the safety factor."""
    levels = sorted({*SERVICES, service})
    return [{"service": level, "cost": float(placement.cost * ndtri(level) / ndtri(service))}
            for level in levels]  # fmt: skip


def _stock_rows(
    network: Network, stock: StockStages, placement: Placement, on_hand: Floats
) -> pd.DataFrame:
    """Every stage with its times (periods), stock (units) and cost a year, dearest first."""
    kinds = network.table("locations").set_index("location")["kind"]
    value = stock.table["item"].map(network.table("items").set_index("item")["unit_cost"])
    table = stock.table.assign(
        kind=stock.table["location"].map(kinds), inbound=placement.inbound,
        outbound=placement.outbound, net_time=placement.net_time, stock=placement.stock,
        on_hand=on_hand, value=value * placement.stock,
        cost=stock.network.holding_cost * placement.stock,
    )  # fmt: skip
    return table.sort_values(["cost", "item", "location"], ascending=[False, True, True],
                             kind="stable", ignore_index=True)  # fmt: skip


def _write(folder: Path, held: pd.DataFrame, outages: list[Json], form: Format) -> None:
    flat = [{key: value for key, value in row.items() if key != "parts"} for row in outages]
    write_tables({"buffers": held, "outages": pd.DataFrame(flat)}, folder, form)


@dataclass(frozen=True, eq=False)
class _Outages:
    """What an outage of each location means for the chain, with the safety stock in place."""

    network: Network
    survival: Survival
    stock: Floats

    @cached_property
    def calm(self) -> float | None:
        """Periods that demand is served without any outage; None where that does not end."""
        return _finite(self.survival.time_to_survive("", self.stock))

    @cached_property
    def rows(self) -> list[Json]:
        """One row a location, the largest loss first; those that demand can do without last."""
        with ThreadPoolExecutor(WORKERS) as executor:
            rows = list(executor.map(lambda key: self._row(*key), self._locations()))
        return sorted(rows, key=lambda row: (-(row["lost"] or 0.0), row["location"]))

    def _locations(self) -> Iterator[tuple[str, str, float]]:
        """Suppliers, and what else has a time to recover, as far as something comes from there."""
        used = set(self.survival.routes["dispatcher"])
        table = self.network.table("locations")
        columns = (table[name] for name in ("location", "kind", "time_to_recover"))
        for location, kind, recover in zip(*columns, strict=True):
            if location in used and (kind == "supplier" or not np.isnan(recover)):
                yield location, kind, float(recover)

    def _row(self, location: str, kind: str, recover: float) -> Json:
        today = self.survival.time_to_survive(location)
        survive = self.survival.time_to_survive(location, self.stock)
        gap = max(recover - survive, 0.0)
        row = {"location": location, "kind": kind, "time_to_recover": _finite(recover),
               "survives_today": _finite(today), "survives": _finite(survive),
               "gap": None if np.isnan(recover) else gap}  # fmt: skip
        if not gap > _TINY:
            return {**row, **dict.fromkeys(("units", "cost", "lost", "lost_a_period", "years")),
                    "parts": []}  # fmt: skip
        extra = self.survival.buffer(location, recover, self.stock)
        cost = float(extra @ self.survival.holding_cost)
        lost = self.survival.lost(location, recover, self.stock)
        return {**row, "units": float(extra.sum()), "cost": cost, "lost": lost,
                "lost_a_period": lost / gap, "years": lost / cost if cost > 0 else None,
                "parts": self._parts(extra)}  # fmt: skip

    def _parts(self, extra: Floats) -> list[Json]:
        """The item-locations of a buffer, dearest first."""
        table = self.survival.pairs[["item", "location"]]
        table = table.assign(units=extra, cost=extra * self.survival.holding_cost)
        table = table[table["units"] > _TINY]
        return records(table.sort_values("cost", ascending=False, kind="stable"))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
