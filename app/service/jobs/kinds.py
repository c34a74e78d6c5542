"""The kinds of jobs and what each of them is asked: checked before a job is queued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.service.scenarios import LONGEST
from supplychain.calendar import Bucket
from supplychain.errors import InputError, Problem
from supplychain.frames import near

if TYPE_CHECKING:
    from app.service.futures.robust import RobustOptions
    from app.service.plans.planning import PlanningOptions

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Samples = Annotated[int, Field(ge=1, le=100_000)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Content = Annotated[str, Field(min_length=1, max_length=LONGEST)]
_MOST_SCENARIOS = 50  # that a job names, and that it brings


class Asked(BaseModel):
    """What a job is asked; an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The plans that the job starts from."""
        return ()


class _Solving(Asked):
    solver: Literal["highs", "glop"] = "highs"
    time_limit: Seconds | None = Field(default=None, description="seconds for each solve")
    forecast: bool = Field(default=True, description="let forecasts fill demand and lead times")
    overrides: bool = Field(
        default=True, description="let planners' overrides take the place of the forecast"
    )

    @property
    def planning(self) -> PlanningOptions:
        """The options of the plans."""
        from app.service.plans.planning import PlanningOptions  # loads the solver

        return PlanningOptions(self.solver, self.time_limit, forecast=self.forecast)


class _OneScenario(_Solving):
    scenario: Name | None = Field(default=None, description="name or id of a stored scenario")
    content: Content | None = Field(default=None, description="a scenario's YAML instead")


class _ManyScenarios(_Solving):
    scenarios: list[Name] = Field(
        default=[], max_length=_MOST_SCENARIOS, description="names or ids of stored scenarios"
    )
    contents: list[Content] = Field(
        default=[], max_length=_MOST_SCENARIOS, description="scenarios in YAML"
    )
    last: Name | None = Field(default=None, description="id of the plan that frozen periods repeat")

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The plan before."""
        return () if self.last is None else (self.last,)


class WhatIf(_ManyScenarios):
    """As-is and response plan under every scenario."""

    candidates: Annotated[int, Field(ge=0, le=1000)] = 20
    samples: Annotated[int, Field(ge=0, le=10_000)] = 100

    @property
    def planning(self) -> PlanningOptions:
        """The options of the plans."""
        from app.service.plans.planning import PlanningOptions  # loads the solver

        return PlanningOptions(self.solver, self.time_limit, self.candidates, self.samples,
                               self.forecast)  # fmt: skip


class PlanOne(_OneScenario):
    """One plan, of the base data or under a scenario."""

    kind: Literal["response", "as-is"] = "response"
    last: Name | None = Field(default=None, description="id of the plan that frozen periods repeat")

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The plan before."""
        return () if self.last is None else (self.last,)


class RobustPlan(_ManyScenarios):
    """One response plan for sampled futures of the base data or of weighted scenarios."""

    weights: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        default=[], description="of the scenarios, then of the contents; else equal ones"
    )
    futures: Annotated[int, Field(ge=1, le=1000)] = 10
    common_periods: Annotated[int, Field(ge=1, le=1000)] = 4
    risk_weight: Annotated[float, Field(ge=0, le=1)] = 0.2
    tail: Annotated[float, Field(gt=0, le=1)] = 0.2
    seed: Seed | None = None

    @property
    def planning(self) -> RobustOptions:
        """The options of the plan and of its futures."""
        from app.service.futures.robust import RobustOptions  # loads the solver

        return RobustOptions(
            self.solver, self.time_limit, forecast=self.forecast, futures=self.futures,
            common_periods=self.common_periods, risk_weight=self.risk_weight, tail=self.tail,
            seed=self.seed,
        )  # fmt: skip


class Shortages(_OneScenario):
    """The as-is plan lived through sampled futures."""

    samples: Samples = 1000
    seed: Seed | None = None


class Simulate(_OneScenario):
    """A stored plan lived through sampled futures, of its own scenario or of another."""

    plan: Name
    samples: Samples = 1000
    seed: Seed | None = None
    replan: Annotated[int, Field(ge=1, le=1000)] | None = None

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The plan that is lived through."""
        return (self.plan,)


class Compare(Asked):
    """The difference of two stored plans."""

    before: Name
    after: Name

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """Both plans."""
        return (self.before, self.after)


class Explain(Asked):
    """Why a stored plan is as it is, why not, and which supply serves what."""

    plan: Name
    why_not: Annotated[str, Field(max_length=1000)] | None = None
    demand: Name | None = None
    pegging: bool = False
    supply: Name | None = None

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The plan that is explained."""
        return (self.plan,)


class Preview(Asked):
    """A stored plan with another quantity of one of its actions, all else as planned."""

    plan: Name
    action: Name
    quantity: Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]

    @property
    def plan_ids(self) -> tuple[str, ...]:
        """The plan that the action is of."""
        return (self.plan,)


class ForecastDemand(Asked):
    """Quantiles of demand by item, location and period, with totals and components."""

    horizon: Annotated[int, Field(ge=1, le=1000)]
    quantiles: Annotated[str, Field(max_length=200)] | None = None
    frequency: Bucket | None = None


class ForecastLeadTime(Asked):
    """Quantiles of lead times by sourcing option, as known on a day."""

    as_of: Name
    quantiles: Annotated[str, Field(max_length=200)] | None = None


class Backtest(Asked):
    """Every forecasting method judged on the past."""

    horizon: Annotated[int, Field(ge=1, le=1000)]
    origins: Annotated[int, Field(ge=1, le=100)] = 2
    frequency: Bucket | None = None


class Buffers(Asked):
    """Safety stock at least cost, and what closes the gap to recovery."""

    service: Annotated[float, Field(ge=0.5, le=0.9999)] = 0.95
    promise: Annotated[int, Field(ge=0, le=1000)] = 0
    time_limit: Seconds | None = None
    forecast: bool = True


class Reproduce(Asked):
    """A run made again from what is stored of it."""

    run: Name


KINDS: dict[str, type[Asked]] = {
    "what_if": WhatIf, "plan": PlanOne, "robust_plan": RobustPlan, "shortages": Shortages,
    "simulate": Simulate, "compare": Compare, "explain": Explain, "forecast_demand": ForecastDemand,
    "forecast_lead_time": ForecastLeadTime, "backtest": Backtest, "buffers": Buffers,
    "preview": Preview, "reproduce": Reproduce,
}  # fmt: skip
ON_DATASET = frozenset({"what_if", "plan", "robust_plan", "shortages", "forecast_demand",
                        "forecast_lead_time", "backtest", "buffers"})  # fmt: skip


def read_parameters(kind: str, parameters: dict[str, Any]) -> Asked:
    """What a job of ``kind`` is asked; InputError with everything that is wrong with it."""
    if kind not in KINDS:
        remedy = f"choose one of {', '.join(KINDS)}{near(kind, KINDS)}"
        raise InputError([Problem("job", "is no kind of job", remedy, column="kind", value=kind)])
    try:
        asked = KINDS[kind].model_validate(parameters)
    except ValidationError as error:
        raise InputError(_problem(KINDS[kind], dict(found)) for found in error.errors()) from None
    if isinstance(asked, WhatIf) and not (asked.scenarios or asked.contents):
        raise InputError([Problem("job", "names no scenario", "name at least one scenario",
                                  column="scenarios")])  # fmt: skip
    if isinstance(asked, _OneScenario) and asked.scenario and asked.content:
        raise InputError([Problem("job", "names a scenario and brings one", "leave one of them out",
                                  column="content")])  # fmt: skip
    if isinstance(asked, RobustPlan) and asked.weights:
        _check_weights(asked)
    return asked


def _check_weights(asked: RobustPlan) -> None:
    """InputError where the weights are not one a scenario."""
    number = len(asked.scenarios) + len(asked.contents)
    if len(asked.weights) != number:
        message = f"has {len(asked.weights)} weights for {number} scenarios"
        raise InputError([Problem("job", message, "give one a scenario", column="weights")])


def _problem(kind: type[Asked], found: dict[str, Any]) -> Problem:
    """One error of pydantic, in our words."""
    column = ".".join(str(part) for part in found["loc"])
    known = list(kind.model_fields)
    remedy = f"its fields are {', '.join(known)}{near(column, known)}"
    if found["type"] != "extra_forbidden":
        remedy = "give a value that the field allows"
    value = "" if found["type"] == "missing" else str(found["input"])[:80]
    return Problem("job", found["msg"], remedy, column=column, value=value)
