"""Use cases that make plans: one plan, and what-ifs that compare as-is with response."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from app.service.forecasts.filling import Filled, fill
from app.service.forecasts.overridden import Overridden, told_overrides
from app.service.futures.confidence import with_confidence
from solver.actions import action_table, lever_table
from solver.data import model_data
from solver.lines import line_table
from solver.optimizer import SolverName, SolverOptions
from solver.options import LastPlan, ModelOptions
from solver.plan import Plan, PlanKind, plan_as_is, plan_for
from supplychain.errors import Problem, ScenarioError
from supplychain.network import Network
from supplychain.scenario import Responses, Scenario, apply, describe
from supplychain.scope import expand

Progress = Callable[[str], None]
WORKERS = 2  # solves side by side; the solver releases the interpreter while it works


@dataclass(frozen=True)
class PlanningOptions:
    """Options of a planning run; loadable from the ``options.json`` of a plan.

    ``time_limit`` is in seconds for each solve; ``candidates`` is the number of actions whose
    worth is found by re-solving, ``samples`` that of the futures in which actions are tried (0:
    none). ``forecast`` lets forecasts fill demand and lead times, where the dataset has the history
    for them; ``overrides`` are what planners said instead of them.
    """

    solver: SolverName = "highs"
    time_limit: float | None = None
    candidates: int = 20
    samples: int = 100
    forecast: bool = True
    overrides: tuple[Overridden, ...] = ()

    @property
    def for_solver(self) -> SolverOptions:
        """The part that the solver reads."""
        return SolverOptions(self.solver, self.time_limit)


@dataclass
class Stages:
    """Seconds by stage; tells ``progress`` as each of them begins."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        self.progress(name)
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    @property
    def rounded(self) -> dict[str, float]:
        """Seconds by stage, to the millisecond."""
        return {name: round(seconds, 3) for name, seconds in self.seconds.items()}


def filled_by(base: Network, options: PlanningOptions, stages: Stages) -> Filled:
    """``base`` with its forecasts, and with the overrides of ``options``, which is told."""
    with stages.stage("forecast"):
        filled = fill(base, options.forecast, options.overrides)
    if told := told_overrides(filled.facts):
        stages.progress(told)
    return filled


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one scenario does: the plans as-is and in response, with lines and actions.

    ``base`` is the dataset, ``filled`` the same with its forecasts, ``network`` the network that
    both plans are made for (wildcards expanded, scenario applied). ``tables`` gives the result
    tables of each plan, lines included. ``last`` is the plan before.
    """

    scenario: Scenario
    base: Network
    filled: Filled
    network: Network
    changes: tuple[str, ...]
    plans: dict[PlanKind, Plan]
    tables: dict[PlanKind, dict[str, pd.DataFrame]]
    actions: pd.DataFrame
    levers: pd.DataFrame
    seconds: dict[str, float]
    last: LastPlan | None = None


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Outcomes of scenarios on one dataset, with the calm plan that they are measured against."""

    base: Network
    filled: Filled
    expanded: Network
    calm: Plan
    outcomes: tuple[Outcome, ...]
    options: PlanningOptions
    seconds: dict[str, float]


def what_if(
    base: Network,
    scenarios: Sequence[Scenario],
    options: PlanningOptions,
    progress: Progress = lambda text: None,
    last: LastPlan | None = None,
) -> WhatIf:
    """Plan as-is and response under every scenario; ScenarioError if one does not fit.

    ``last`` is the plan that frozen periods repeat and that changes are counted from.
    """
    stages = Stages(progress)
    filled = filled_by(base, options, stages)
    with stages.stage("prepare"):
        expanded = expand(filled.network)
        networks = _apply_all(scenarios, expanded)
    with ThreadPoolExecutor(WORKERS) as executor:
        planner = _Planner(filled, expanded, options, progress, executor, last)
        outcomes = tuple(map(planner.outcome, scenarios, networks))
        with stages.stage("calm plan"):
            return WhatIf(
                base, filled, expanded, planner.calm.result(), outcomes, options, stages.seconds
            )


def _apply_all(scenarios: Sequence[Scenario], expanded: Network) -> list[Network]:
    """The network under each scenario; ScenarioError with the problems of all of them."""
    networks: list[Network] = []
    problems: list[Problem] = []
    for scenario in scenarios:
        try:
            networks.append(apply(scenario, expanded))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return networks


@dataclass(frozen=True)
class _Planner:
    """Plans scenario by scenario, the solves of one scenario side by side."""

    filled: Filled
    expanded: Network
    options: PlanningOptions
    progress: Progress
    executor: Executor
    last: LastPlan | None

    @cached_property
    def calm(self) -> Future[Plan]:
        """The calm plan, started when first asked for."""
        return self.executor.submit(self._calm_plan)

    def _calm_plan(self) -> Plan:
        return plan_as_is(model_data(self.expanded), self.options.for_solver)

    def outcome(self, scenario: Scenario, network: Network) -> Outcome:
        """Both plans of one scenario, the longer one started first, and what they mean."""
        solver, submit = self.options.for_solver, self.executor.submit
        stages = Stages(lambda text: self.progress(f"{scenario.name}: {text}"))
        with stages.stage("scenario"):
            data = model_data(network)
            changes = describe(scenario, self.expanded)
        with stages.stage("plans"):
            permitted, reallocation = model_options(scenario.responses, self.last)
            kinds: tuple[PlanKind, ...] = ("as-is", "response")
            made = {kind: submit(plan_for, kind, data, permitted, reallocation, solver)
                    for kind in kinds}  # fmt: skip
            calm = self.calm
            plans = {kind: plan.result() for kind, plan in made.items()}
        with stages.stage("lines"):
            tables = {kind: _with_lines(plan, calm.result()) for kind, plan in plans.items()}
        with stages.stage("actions"):
            actions = action_table(plans["as-is"], plans["response"], solver, self.executor,
                                   self.options.candidates)  # fmt: skip
            levers = lever_table(plans["as-is"], plans["response"], solver, self.executor)
        with stages.stage("confidence"):
            actions = with_confidence(actions, plans["response"], network, self.filled,
                                      self.options.samples, self.executor)  # fmt: skip
        return Outcome(scenario, self.filled.base, self.filled, network, changes, plans, tables,
                       actions, levers, stages.seconds, self.last)  # fmt: skip


def _with_lines(plan: Plan, calm: Plan) -> dict[str, pd.DataFrame]:
    if plan.status == "no plan" or calm.status == "no plan":
        return dict(plan.tables)
    return {**plan.tables, "lines": line_table(plan, calm)}


def model_options(responses: Responses, last: LastPlan | None = None) -> tuple[ModelOptions, bool]:
    """What the model permits under ``responses``, and whether it may reallocate."""
    permitted = ModelOptions(
        transfers=responses.transfers, alternates=responses.alternates,
        substitutes=responses.substitutes, short_builds=responses.short_builds,
        overtime=responses.overtime, rescheduling=responses.expedite,
        floors=responses.reallocation, priorities=responses.priorities,
        plant_spread=responses.plant_spread, budget=responses.budget, last=last,
    )  # fmt: skip
    return permitted, responses.reallocation


def make_plan(
    base: Network,
    scenario: Scenario | None,
    kind: PlanKind,
    options: PlanningOptions,
    progress: Progress = lambda text: None,
    last: LastPlan | None = None,
) -> Outcome:
    """One plan of ``kind`` under ``scenario`` (None: of the base data), without actions."""
    stages = Stages(progress)
    scenario = scenario or Scenario.calm()
    filled = filled_by(base, options, stages)
    with stages.stage("prepare"):
        expanded = expand(filled.network)
        network = apply(scenario, expanded)
        data = model_data(network)
    with stages.stage(f"{kind} plan"):
        permitted, reallocation = model_options(scenario.responses, last)
        plan = plan_for(kind, data, permitted, reallocation, options.for_solver)
    changes = describe(scenario, expanded)
    none = pd.DataFrame()
    return Outcome(scenario, base, filled, network, changes, {kind: plan},
                   {kind: dict(plan.tables)}, none, none, stages.seconds, last)  # fmt: skip
