"""A plan for more than one future: sampled demand and lead times, and weighted scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.service.forecasts.filling import Filled, lead_time_forecast
from app.service.futures.sampled import certain_networks, draw
from app.service.futures.simulating import spread
from app.service.plans.files import write_plan
from app.service.plans.planning import (
    Outcome,
    PlanningOptions,
    Progress,
    Stages,
    filled_by,
    model_options,
)
from app.service.plans.summary import summarize_plan
from app.service.plans.tables import read_last
from forecasts.quantiles import Floats
from solver.data import model_data
from solver.model import Model, build_model
from solver.options import LastPlan
from solver.robust import RiskOptions, RobustPlan, solve_robust
from supplychain.errors import FileError, InputError, Problem
from supplychain.files import Format, read_dataset, require_free, whole_or_nothing
from supplychain.network import Network
from supplychain.scenario import Scenario, apply, describe, read_scenario
from supplychain.scope import expand

Json = dict[str, Any]


@dataclass(frozen=True)
class RobustOptions(PlanningOptions):
    """Planning options, and those of the futures.

    ``futures`` are sampled for each scenario. Their decisions of the first ``common_periods`` are
    the same; ``risk_weight`` is the weight of the mean profit of the worst ``tail`` of the futures.
    """

    futures: int = 10
    common_periods: int = 4
    risk_weight: float = 0.2
    tail: float = 0.2
    seed: int | None = None

    @property
    def for_risk(self) -> RiskOptions:
        """The part that the program reads."""
        return RiskOptions(self.common_periods, self.risk_weight, self.tail)


@dataclass(frozen=True, eq=False)
class Futures:
    """Models of all futures with their scenario and probability; ``mean`` that of the plan."""

    mean: Model
    models: list[Model]
    scenarios: list[str]
    probabilities: Floats

    def table(self, made: RobustPlan) -> pd.DataFrame:
        """A row for each future: scenario, probability, demand, profit as planned for it."""
        units = [float(m.data.demand.table["quantity"].sum()) for m in self.models]
        return pd.DataFrame({
            "future": range(len(self.models)), "scenario": self.scenarios,
            "probability": self.probabilities, "demanded": units,
            "profit": made.profits if len(made.profits) else np.nan,
        })  # fmt: skip


def run_robust_plan(
    dataset: Path,
    scenarios: Sequence[str],
    options: RobustOptions,
    out: Path | None = None,
    form: Format = "csv",
    progress: Progress = lambda text: None,
    last: Path | None = None,
) -> Json:
    """Make a response plan for the futures of ``scenarios``, files that may have a weight:
    ``FILE=0.3``; its summary. Without any the base data. Writes a PLAN_DIR to ``out``. ``last`` is
    the PLAN_DIR that frozen periods repeat and that changes are counted from.
    """
    stages = Stages(progress)
    if out is not None:
        require_free(out)
    with stages.stage("read"):
        base = read_dataset(dataset)
        stories, weights = read_weighted(scenarios)
        before = None if last is None else read_last(last)
    outcome, futures, made = make_robust_plan(base, stories, weights, options, stages, before)
    if out is not None:
        with stages.stage("write plan"), whole_or_nothing(out) as folder:
            write_plan(outcome, "response", options, folder, form)
    return {**summarize_plan(outcome, "response"), "robust": facts(futures, made, options),
            "out": None if out is None else str(out), "model": None,
            "seconds": stages.rounded}  # fmt: skip


def make_robust_plan(
    base: Network,
    stories: Sequence[Scenario],
    weights: Floats,
    options: RobustOptions,
    stages: Stages,
    last: LastPlan | None = None,
) -> tuple[Outcome, Futures, RobustPlan]:
    """Plan for the futures of ``stories``; the plan is made for the mean future of the first."""
    filled = filled_by(base, options, stages)
    with stages.stage("futures"):
        expanded = expand(filled.network)
        futures = sampled_futures(base, filled, expanded, stories, weights, options, last)
    with stages.stage("robust plan"):
        made = solve_robust(futures.mean, futures.models, futures.probabilities, options.for_risk,
                            options.for_solver)  # fmt: skip
    tables = {**made.plan.tables, "futures": futures.table(made)}
    none, story = pd.DataFrame(), stories[0]
    outcome = Outcome(
        story, base, filled, futures.mean.data.network, describe(story, expanded),
        {"response": made.plan}, {"response": tables}, none, none, stages.seconds, last,
    )  # fmt: skip
    return outcome, futures, made


def sampled_futures(
    base: Network,
    filled: Filled,
    expanded: Network,
    stories: Sequence[Scenario],
    weights: Floats,
    options: RobustOptions,
    last: LastPlan | None = None,
) -> Futures:
    """Models of the sampled futures of all ``stories``; equal seeds, equal futures."""
    lead_times = (filled.lead_times or lead_time_forecast(base)) if options.forecast else None
    seed = options.seed if options.seed is not None else base.settings.seed or 0
    models, names, chances = [], [], []
    for number, (story, weight) in enumerate(zip(stories, weights, strict=True)):
        random = np.random.default_rng([seed, number])
        network = apply(story, expanded)
        drawn = draw(network, filled, lead_times, options.futures, random)
        permitted = model_options(story.responses, last)[0]
        models += [build_model(model_data(future), permitted) for future in certain_networks(drawn)]
        names += [story.name] * options.futures
        chances += [weight / options.futures] * options.futures
    first = apply(stories[0], expanded)
    mean = build_model(model_data(first), model_options(stories[0].responses, last)[0])
    return Futures(mean, models, names, np.array(chances))


def read_weighted(given: Sequence[str]) -> tuple[list[Scenario], Floats]:
    """Scenarios of files ``FILE`` or ``FILE=WEIGHT``, and weights that sum to 1.

    What has no weight shares equally what the others leave of 1. InputError where a weight is no
    number above 0, or where they leave nothing, or sum to another number than 1.
    """
    if not given:
        return [Scenario.calm()], np.ones(1)
    stories, weights = [], []
    for text in given:
        path, weight = _split(text)
        stories.append(read_scenario(path))
        weights.append(weight)
    stated = sum(weight for weight in weights if weight is not None)
    unknown = sum(weight is None for weight in weights)
    if stated > 1.0 + 1e-9 or (unknown and stated > 1.0 - 1e-9) or not (unknown or stated > 0):
        raise _weight_problem("the weights of scenarios exceed 1", "give weights that sum to 1")
    if not unknown and abs(stated - 1.0) > 1e-9:
        raise _weight_problem("the weights of scenarios do not sum to 1", "correct one of them")
    rest = (1.0 - stated) / unknown if unknown else 0.0
    return stories, np.array([rest if weight is None else weight for weight in weights])


def _split(text: str) -> tuple[Path, float | None]:
    """File and weight of ``FILE=WEIGHT``; a file of the whole name comes first."""
    name, separator, weight = text.rpartition("=")
    if not separator or Path(text).exists():
        return Path(text), None
    try:
        value = float(weight)
    except ValueError:
        raise FileError(Path(text), "does not exist", "write FILE or FILE=WEIGHT") from None
    if not 0.0 < value <= 1.0:
        raise _weight_problem(f"the weight {weight} is not above 0 and at most 1", "correct it")
    return Path(name), value


def _weight_problem(message: str, remedy: str) -> InputError:
    return InputError([Problem("scenario", message, remedy)])


def facts(futures: Futures, made: RobustPlan, options: RobustOptions) -> Json:
    """What was planned for: futures, common periods, the two parts of the objective."""
    if not len(made.profits):
        return {}
    order = np.argsort(made.profits)
    chance = futures.probabilities[order]
    before = np.cumsum(chance) - chance
    share = np.clip(options.tail - before, 0.0, chance) / options.tail
    return {
        "futures": len(made.profits), "common_periods": options.common_periods,
        "risk_weight": options.risk_weight, "tail": options.tail,
        "expected_profit": float(futures.probabilities @ made.profits),
        "tail_profit": float(share @ made.profits[order]),
        "profit": spread(made.profits), "objective": made.solution.objective,
        "bound": made.solution.bound, "status": made.solution.status,
        "rows": made.stacked.program.shape[0], "columns": made.stacked.program.shape[1],
        "seconds": round(made.solution.seconds, 3),
        "table": futures.table(made).to_dict("records"),
    }  # fmt: skip
