"""What will run short: the as-is plan lived through sampled demand and lead times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from app.service.drawn_demand import drawn_demand
from app.service.filling import OPTION, Filled, fill, lead_time_forecast
from app.service.plain import records
from app.service.planning import PlanningOptions, Progress, Stages
from forecasts.lead_time import LeadTimeForecast, sample_quantiles
from forecasts.lead_time.forecast import DELAY
from forecasts.lead_time.sampling import DAYS_A_PERIOD
from forecasts.quantiles import PREFIX, Floats
from solver.data import model_data
from solver.plan import Plan, plan_as_is
from supplychain.errors import PlanError
from supplychain.files import read_dataset, require_free, whole_or_nothing, write_tables
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, describe, read_scenario
from supplychain.scope import expand
from supplychain.simulation import (
    Futures,
    Simulation,
    rank_item_locations,
    revenue_values,
    simulate,
)

Json = dict[str, Any]
_MOST = 20
TOGETHER = 0.5  # correlation of the ranks of delays of one option
Whole = npt.NDArray[np.int64]
_TABLES = ("stock", "line_down", "service", "totals")


def run_shortages(
    dataset: Path,
    scenario: Path | None,
    samples: int,
    seed: int | None,
    options: PlanningOptions,
    out: Path | None = None,
    progress: Progress = lambda text: None,
) -> Json:
    """Simulate the as-is plan of ``dataset`` through ``samples`` futures; what runs short, ranked.

    Writes the tables to the new folder ``out``, if given. Raises InputError, PlanError.
    """
    stages = Stages(progress)
    if out is not None:
        require_free(out)
    with stages.stage("read"):
        base = read_dataset(dataset)
        story = Scenario.calm() if scenario is None else read_scenario(scenario)
    with stages.stage("forecast"):
        filled = fill(base, options.forecast)
        lead_times = (filled.lead_times or lead_time_forecast(base)) if options.forecast else None
    with stages.stage("plan"):
        expanded = expand(filled.network)
        network = apply(story, expanded)
        calm = plan_as_is(model_data(expanded), options.for_solver)
        plan = plan_as_is(model_data(network), options.for_solver) if scenario else calm
    if "no plan" in (plan.status, calm.status):
        raise PlanError("no plan: the solver found none in time; raise --time-limit")
    seed = seed if seed is not None else base.settings.seed or 0
    with stages.stage("simulate"):
        futures = sampled_futures(network, plan, filled, lead_times, samples, seed)
        result = simulate(network, dict(plan.tables), futures, dict(calm.tables))
        ranking = rank_item_locations(result, revenue_values(network))
    if out is not None:
        with stages.stage("write"), whole_or_nothing(out) as folder:
            tables = {name: getattr(result, name) for name in _TABLES}
            write_tables({**tables, "ranking": ranking}, folder, "csv")
    return {
        "path": str(dataset), "scenario": story.name, "changes": list(describe(story, expanded)),
        "samples": samples, "seed": seed, "forecast": filled.facts,
        "uncertain": {"demand": filled.demand is not None, "lead_times": lead_times is not None},
        "bucket": network.settings.bucket, "currency": network.settings.currency,
        "plan": {name: float(plan.tables["service"][name].sum())
                 for name in ("quantity", "on_time", "late", "lost", "open")},
        "totals": _spread(result), "items": _short(result, ranking), "lines": _lines(result),
        "out": None if out is None else str(out),
        "seconds": stages.rounded,
    }  # fmt: skip


def sampled_futures(
    network: Network, plan: Plan, filled: Filled, lead_times: LeadTimeForecast | None,
    samples: int, seed: int,
) -> Futures:  # fmt: skip
    """Demand and delays drawn together; equal ``seed``, equal futures.

    Demand: see ``drawn_demand``. Planned orders come after lead times drawn by sourcing option,
    less the lead time that the plan counts on; scheduled receipts miss their date as promises were
    missed. What one option sends is late together, in part.
    """
    random = np.random.default_rng(seed)
    drawn = drawn_demand(network.table("demand"), filled, samples, random)
    orders, receipts = plan.tables["orders"], plan.tables["receipts"]
    if lead_times is None:
        late = (np.zeros((len(rows), samples), dtype=np.int64) for rows in (orders, receipts))
        return Futures(drawn, *late)
    delays = Delays(network, lead_times, samples, random)
    return Futures(drawn, delays.of_orders(orders), delays.of_receipts(receipts))


@dataclass(frozen=True, eq=False)
class Delays:
    """Draws delays of orders and receipts, those of one sourcing option partly together."""

    network: Network
    lead_times: LeadTimeForecast
    samples: int
    random: np.random.Generator

    def of_orders(self, orders: pd.DataFrame) -> Whole:
        """Periods by which sampled lead times exceed those of the plan, rows x samples."""
        sourcing = self.network.table("sourcing").set_index(OPTION)["lead_time"]
        planned = sourcing.reindex(pd.MultiIndex.from_frame(orders[OPTION])).to_numpy(dtype=float)
        days = self._drawn(orders.rename(columns={"supplier": "source"}), PREFIX)
        late = np.ceil(days / self._days - 1e-6) - planned[:, None]
        return np.asarray(np.nan_to_num(late).astype(np.int64))

    def of_receipts(self, receipts: pd.DataFrame) -> Whole:
        """Periods by which scheduled receipts miss their promise, rows x samples."""
        days = self._drawn(receipts.rename(columns={"origin": "source"}), DELAY + PREFIX)
        return np.asarray(np.nan_to_num(np.round(days / self._days)).astype(np.int64))

    @property
    def _days(self) -> float:
        return DAYS_A_PERIOD[self.network.settings.bucket]

    def _drawn(self, rows: pd.DataFrame, prefix: str) -> Floats:
        """Draws from the quantile columns with ``prefix``; NaN for options without a forecast."""
        table = self.lead_times.table
        values = table[[name for name in table if str(name).startswith(prefix)]].to_numpy(float)
        option = self._options(rows)
        uniforms = self._uniforms(option)
        drawn = np.full((len(rows), self.samples), np.nan)
        known = (option >= 0) & ~np.isnan(values).any(axis=1)[option]
        quantiles = values[option[known]]
        lowest = np.minimum(quantiles[:, :1], 0.0)  # delays may be early; draws are not below zero
        shifted = sample_quantiles(quantiles - lowest, self.lead_times.levels, uniforms[known])
        drawn[known] = shifted + lowest
        return drawn

    def _options(self, rows: pd.DataFrame) -> Whole:
        """Row of the forecast of each order; a receipt names no mode and takes the first one."""
        table = self.lead_times.table
        keys = pd.DataFrame({name: table.get(name, "") for name in OPTION})
        modes = rows["mode"] if "mode" in rows else pd.Series("", index=rows.index)
        exact = {key: number for number, key in enumerate(keys.itertuples(index=False, name=None))}
        first: dict[tuple[str, ...], int] = {}
        for (item, location, supplier, _), number in exact.items():
            first.setdefault((item, location, supplier), number)
        wanted = zip(rows["item"], rows["location"], rows["source"], modes, strict=True)
        found = [exact.get(key, first.get(key[:3], -1) if not key[3] else -1) for key in wanted]
        return np.array(found, dtype=np.int64)

    def _uniforms(self, option: Whole) -> Floats:
        """Ranks of the rows, those of one option with a common part (Gaussian copula)."""
        common = self.random.standard_normal((int(option.max(initial=-1)) + 2, self.samples))
        own = self.random.standard_normal((len(option), self.samples))
        return np.asarray(
            ndtr(np.sqrt(TOGETHER) * common[option + 1] + np.sqrt(1 - TOGETHER) * own)
        )


def _spread(result: Simulation) -> Json:
    """Mean and 10, 50, 90 % of the units by sample."""
    return {str(name): {"mean": float(values.mean()),
                        **{f"P{level}": float(np.percentile(values, level))
                           for level in (10, 50, 90)}}
            for name, values in result.totals.items()}  # fmt: skip


def _short(result: Simulation, ranking: pd.DataFrame) -> list[Json]:
    """The item-locations that run short most: ranking with the first period that is likely to."""
    stock = result.stock
    likely = stock[stock["probability_of_stock_out"] >= 0.5]
    first = likely.groupby(["item", "location"])["period"].min()
    top = ranking[ranking["expected_shortage"] > 0.0].head(_MOST)
    rows = []
    for row in records(top):
        since = first.get((row["item"], row["location"]))
        rows.append({**row,
                     "likely_from": None if since is None else str(since.date())})  # fmt: skip
    return rows


def _lines(result: Simulation) -> list[Json]:
    table = result.line_down.sort_values(
        ["kind", "down_P50", "down_P90", "probability"],
        ascending=[True, True, True, False],
        kind="stable",
    )
    return records(table[table["probability"] > 0.0])
