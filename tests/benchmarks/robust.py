"""What planning for futures gains over planning on means, out of sample.

``python -m tests.benchmarks.robust SCENARIO...`` (names in ``data/automaker/scenarios``). For each
scenario two response plans are made, one on means and one for sampled futures, and both are lived
through the same fresh futures: as they stand, and planned again (on means) every K weeks. Printed
is the difference of profit, robust less mean, with a 95 % confidence interval of paired samples.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from app.service.forecasts.filling import Filled, fill, lead_time_forecast
from app.service.futures.robust import RobustOptions, make_robust_plan
from app.service.futures.sampled import draws
from app.service.futures.simulating import (
    Lived,
    Subject,
    live,
    live_replanned,
    service_level,
    spread,
)
from app.service.plans.planning import PlanningOptions, Stages, make_plan
from solver.data import model_data
from solver.plan import Plan, plan_as_is
from supplychain.files import read_dataset
from supplychain.network import Network
from supplychain.scenario import Scenario, read_scenario
from supplychain.scope import expand

DATA = Path(__file__).resolve().parents[2] / "data" / "automaker"
FRESH = 1000  # seed of the futures lived through; those planned for have another


@dataclass(frozen=True)
class Setting:
    """How large the experiment is."""

    futures: int = 5
    common_periods: int = 8
    risk_weight: float = 0.2
    samples: int = 200
    replanned: int = 12
    every: int = 8


@dataclass(frozen=True, eq=False)
class Case:
    """Both plans of one scenario, to be lived through."""

    scenario: Scenario
    filled: Filled
    network: Network
    calm: Plan
    mean: Plan
    robust: Plan
    seconds: float

    def subject(self, plan: Plan) -> Subject:
        return Subject(self.network, plan.tables, self.calm.tables, "response",
                       self.scenario.responses)  # fmt: skip


def make_case(base: Network, name: str, setting: Setting) -> Case:
    """Plan one scenario on means and for futures."""
    story = read_scenario(DATA / "scenarios" / f"{name}.yaml")
    options = RobustOptions(futures=setting.futures, common_periods=setting.common_periods,
                            risk_weight=setting.risk_weight)  # fmt: skip
    mean = make_plan(base, story, "response", PlanningOptions())
    outcome, _, made = make_robust_plan(base, [story], np.ones(1), options,
                                        Stages(lambda text: None))  # fmt: skip
    filled = fill(base)
    calm = plan_as_is(model_data(expand(filled.network)), options.for_solver)
    return Case(story, filled, outcome.network, calm, mean.plans["response"], made.plan,
                made.solution.seconds)  # fmt: skip


def lives(base: Network, case: Case, plan: Plan, setting: Setting) -> Iterator[tuple[str, Lived]]:
    """The plan as it stands, and planned again on the way."""
    times, subject = lead_time_forecast(base), case.subject(plan)
    batches = list(draws(case.network, case.filled, times, setting.samples, FRESH))
    yield "plan stands", live(subject, batches)
    if setting.replanned:
        some = list(draws(case.network, case.filled, times, setting.replanned, FRESH))
        yield f"replanned every {setting.every} weeks", live_replanned(
            subject, some, setting.every, PlanningOptions(), lambda text: None)  # fmt: skip


def compared(base: Network, name: str, setting: Setting) -> pd.DataFrame:
    """A row for each way to live: profit on means and robust, their difference, service."""
    case = make_case(base, name, setting)
    rows = []
    both = [dict(lives(base, case, plan, setting)) for plan in (case.mean, case.robust)]
    for how, mean in both[0].items():
        robust = both[1][how]
        profit = [lived.money["profit"].to_numpy() / 1e6 for lived in (mean, robust)]
        level = [100 * service_level(lived.totals).to_numpy() for lived in (mean, robust)]
        gain, served = spread(profit[1] - profit[0]), spread(level[1] - level[0])
        rows.append({
            "scenario": name, "lived": how, "futures": len(profit[0]),
            "profit_mean": profit[0].mean(), "profit_robust": profit[1].mean(),
            "gain": gain["mean"], "gain_pm": gain["plus_minus"],
            "worst_fifth_gain": worst(profit[1]) - worst(profit[0]),
            "service_mean": level[0].mean(), "service_gain": served["mean"],
            "service_pm": served["plus_minus"], "seconds": case.seconds,
        })  # fmt: skip
    return pd.DataFrame(rows)


def worst(profit: np.ndarray, share: float = 0.2) -> float:
    """Mean of the worst fifth."""
    return float(np.sort(profit)[: max(1, round(share * len(profit)))].mean())


def line(row: pd.Series) -> str:
    """One row of the table, money in millions."""
    return (f"{row['scenario']:14} {row['lived']:24} {row['futures']:>4}"
            f" {row['profit_mean']:>9,.1f} {row['profit_robust']:>9,.1f}"
            f" {row['gain']:>+7.1f} ± {row['gain_pm']:<5.1f} {row['worst_fifth_gain']:>+7.1f}"
            f" {row['service_mean']:>6.1f} {row['service_gain']:>+6.2f} ± {row['service_pm']:<5.2f}"
            f" {row['seconds']:>6.0f}")  # fmt: skip


HEADER = (
    "scenario       lived                       n   on means    robust    gain, 95 %    "
    "worst   service %, gain, 95 %   solve s  (profit in M EUR)"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scenarios", nargs="+")
    for name, value in vars(Setting()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = vars(parser.parse_args())
    base, scenarios = read_dataset(DATA), given.pop("scenarios")
    print(f"{replace(Setting(), **given)}\n{HEADER}", flush=True)
    for name in scenarios:
        started = time.perf_counter()
        for _, row in compared(base, name, Setting(**given)).iterrows():
            print(line(row), flush=True)
        print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
