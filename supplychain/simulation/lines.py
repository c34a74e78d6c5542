"""When lines, and products at their plants, are first down, and which item stops them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.calendar import Calendar
from supplychain.checker.keys import Keys
from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.simulation.activities import BUILD, Inputs, components, planned_by_option
from supplychain.simulation.execution import Execution
from supplychain.simulation.limits import resource_needs
from supplychain.simulation.measures import QUANTILES, WaitingItems
from supplychain.simulation.reach import Sources, goes_into, read_sources
from supplychain.simulation.step import Lived

DOWN_SHARE = 0.5  # of the load in the reference plan
OWN_CAPACITY = "its own capacity"
NO_CAUSE = "no short item found"
_TINY = 1e-6
_DEEPEST = 50  # steps, against lanes that lead in a circle
_NONE, _OWN = -1, -2


@dataclass(frozen=True)
class Lines:
    """Resources, and products by plant, whose load is watched (L lines, P production options).

    ``table`` has a row for each with columns kind (line or product), name, location. ``per_unit``
    (L x P): load of one unit started; ``uses`` (L x resources): which resources it runs on;
    ``reference`` and ``planned`` (L x T): loads in the reference plan and in the plan.
    """

    table: pd.DataFrame
    per_unit: FloatArray
    uses: BoolArray
    reference: FloatArray
    planned: FloatArray


def read_lines(execution: Execution, builds: pd.DataFrame, reference: pd.DataFrame | None) -> Lines:
    """The lines of a plan with its ``builds``; ``reference`` builds, None: the planned ones."""
    chain = execution.chain
    resources = chain.network.table("resources")
    products = _products(execution)
    table = pd.concat([
        pd.DataFrame({"kind": "line", "name": resources["resource"],
                      "location": resources["location"]}),
        pd.DataFrame({"kind": "product", "name": products["item"],
                      "location": products["location"]}),
    ], ignore_index=True)  # fmt: skip
    count = len(resources)
    per_unit = np.zeros((len(table), len(chain.production.table)))
    option, resource, amount = resource_needs(chain)
    np.add.at(per_unit, (resource, option), amount)
    owner = Keys(products, ["item", "location"]).find(chain.production.table)
    made = np.flatnonzero(owner >= 0)
    per_unit[count + owner[made], made] = 1.0
    on_resource = per_unit[:count] > 0
    runs_on = (per_unit[count:] > 0).astype(np.float64) @ on_resource.T.astype(np.float64) > 0
    uses = np.vstack([np.eye(count, dtype=bool), runs_on])
    planned = per_unit @ planned_by_option(chain, chain.production, builds)
    calm = planned
    if reference is not None:
        calm = per_unit @ planned_by_option(chain, chain.production, reference)
    return Lines(table, per_unit, uses, calm, planned)


def _products(execution: Execution) -> pd.DataFrame:
    """Products by plant: items of that kind, or of none and in no BOM, where they are made."""
    network = execution.chain.network
    items = network.table("items")
    is_top = (items["kind"] == "") & ~items["item"].isin(network.table("bom")["component"])
    products = items.loc[(items["kind"] == "product") | is_top, "item"]
    made = network.table("production")[["item", "location"]].drop_duplicates()
    made = made[made["item"].isin(products)].reset_index(drop=True)
    return made[execution.places.find(made) >= 0].reset_index(drop=True)


class LineWatch:
    """Watches all samples for the first period in which each line is down.

    A line is down in a period when its load is below half of its load in the reference plan while
    demand that needs it waits at the end of the period, or is lost in it (design, section 3).
    """

    def __init__(self, execution: Execution, lines: Lines, samples: int) -> None:
        self._execution = execution
        self._lines = lines
        self._waiting = WaitingItems(execution)
        self._needed_by = _needed_by(execution, lines, self._waiting.items.tolist())
        self._option = execution.activities.option[execution.activities.kind == BUILD]
        self.first = np.full((len(lines.table), samples), execution.periods)
        self.full = np.zeros((len(lines.table), samples), dtype=bool)
        shape = (execution.periods, len(execution.places), samples)
        self.short = np.zeros(shape, dtype=np.float32)
        self._keeps_short = True

    def follow(self, execution: Execution) -> None:
        """Go on with another plan; what is short is not kept from then on."""
        self._execution, self._keeps_short = execution, False
        self._option = execution.activities.option[execution.activities.kind == BUILD]

    def observe(self, lived: Lived) -> None:
        """Take a period into account."""
        period, lines = lived.period, self._lines
        if self._keeps_short:
            np.subtract(1.0, lived.coverage, out=self.short[period], casting="same_kind")
        loads = _product(lines.per_unit[:, self._option], lived.builds)
        reference = lines.reference[:, period, None]
        waits = _product(self._needed_by, self._waiting.of(lived)) > 0
        below = loads < DOWN_SHARE * reference * (1.0 - _TINY)
        fresh = below & (reference > _TINY) & waits & (self.first == self._execution.periods)
        if fresh.any():
            self.first[fresh] = period
            self.full[fresh] = self._is_full(loads, period)[fresh]

    def _is_full(self, loads: FloatArray, period: int) -> BoolArray:
        """Whether a resource of each line has no capacity left (L x N)."""
        limits, uses = self._execution.limits, self._lines.uses
        count = uses.shape[1]
        limited = limits.resource >= 0
        room = np.where(limited, limits.room[limits.resource, period], np.inf)[:, None]
        full = (loads[:count] >= room * (1.0 - _TINY)).astype(np.float64)
        return np.asarray(_product(uses.astype(np.float64), full) > 0)


def _product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Matrix product without the threads of a linear algebra library.

    On products as small as these they cost more than they save, many times on busy cores, and
    the sums of a sample must not depend on the others.
    """
    return np.asarray(np.einsum("ij,jk->ik", left, right))


def _needed_by(execution: Execution, lines: Lines, demanded: list[str]) -> FloatArray:
    """1 where demand of an item needs a line, else 0 (L x demanded items)."""
    made = execution.chain.production.table["item"].tolist()
    into = goes_into(execution.chain.network, made, demanded).astype(np.float64)
    return ((lines.per_unit > 0).astype(np.float64) @ into > 0).astype(np.float64)


def line_down_table(
    execution: Execution, lines: Lines, watch: LineWatch, earliest: IntArray
) -> pd.DataFrame:
    """Distribution of the first period down by line; see ``Simulation.line_down``.

    ``earliest`` (n): first period in which the plan could have had a unit more.
    """
    trace = _Trace.of(execution, lines, watch, earliest)
    calendar, periods = execution.chain.calendar, execution.periods
    table = lines.table.assign(probability=(watch.first < periods).mean(axis=1))
    first = np.quantile(watch.first, QUANTILES, axis=1, method="inverted_cdf").astype(np.int64)
    for level, numbers in zip(QUANTILES, first, strict=True):
        table[f"down_P{100 * level:.0f}"] = _dates(calendar, numbers)
    causes = [trace.main_cause(line) for line in range(len(table))]
    names = pd.DataFrame(causes, columns=["stopped_by", "stopped_at", "stopped_share"])
    names = names.astype({"stopped_by": "str", "stopped_at": "str", "stopped_share": "float64"})
    return pd.concat([table, names], axis=1)


def _dates(calendar: Calendar, numbers: IntArray) -> pd.Series:
    dates = pd.Series(calendar.dates_of(numbers))
    return dates.where(numbers < calendar.periods)


@dataclass(frozen=True)
class _Trace:
    """Follows what is short from a line down to the lowest short input, all samples at once.

    In a sample, the input with the least of its claims covered is followed, as long as any claim on
    an input was cut; where the plan itself foresaw the stop, the input of which one unit more could
    come latest, as long as it would come too late.
    """

    execution: Execution
    lines: Lines
    watch: LineWatch
    earliest: IntArray
    sources: Sources
    entries: Inputs

    @classmethod
    def of(cls, execution: Execution, lines: Lines, watch: LineWatch, earliest: IntArray) -> _Trace:
        entries = components(execution.chain, execution.places)[1]
        sources = read_sources(execution.chain, execution.places)
        return cls(execution, lines, watch, earliest, sources, entries)

    def main_cause(self, line: int) -> tuple[str, str, float]:
        """Item and location that stop a line most often, and in what share of its stops."""
        samples = np.flatnonzero(self.watch.first[line] < self.execution.periods)
        if not len(samples):
            return "", "", float("nan")
        found = self._causes(line, samples)
        numbers, counts = np.unique(found, return_counts=True)
        number, share = int(numbers[counts.argmax()]), float(counts.max()) / len(samples)
        if number < 0:
            return (OWN_CAPACITY if number == _OWN else NO_CAUSE), "", share
        place = self.execution.places.frame.iloc[number]
        return str(place["item"]), str(place["location"]), share

    def _causes(self, line: int, samples: IntArray) -> IntArray:
        """Item-location that stops a line in each sample, or _OWN, or _NONE."""
        period = self.watch.first[line, samples]
        half = DOWN_SHARE * self.lines.reference[line, period]
        planned_stop = self.lines.planned[line, period] < half
        own, above = self._options(line)
        found = np.full(len(samples), _NONE)
        for options in (own, above):
            inputs = np.unique(self.entries.pair[np.isin(self.entries.row, options)])
            lived, foreseen = (self._follow(inputs[inputs >= 0], period, samples, by_plan)
                               for by_plan in (False, True))  # fmt: skip
            first = np.where(planned_stop, foreseen, lived)
            first = np.where(first == _NONE, np.maximum(foreseen, lived), first)
            found = np.where(found == _NONE, first, found)
        return np.where(self.watch.full[line, samples], _OWN, found)

    def _options(self, line: int) -> tuple[IntArray, IntArray]:
        """Production options of a line, and of what its items go into.

        A line with all its inputs stops where what it makes lies idle for want of something else.
        """
        production = self.execution.chain.production.table["item"].to_numpy(dtype=str)
        own = np.flatnonzero(self.lines.per_unit[line] > 0)
        names = np.unique(production)
        made = np.unique(production[own]).tolist()
        above = goes_into(self.execution.chain.network, made, names.tolist()).any(axis=0)
        return own, np.flatnonzero(np.isin(production, names[above]))

    def _follow(
        self, own: IntArray, period: IntArray, samples: IntArray, foreseen: bool
    ) -> IntArray:
        """The lowest short input below the item-locations ``own``, _NONE where none is short."""
        node = np.full(len(samples), _NONE)
        if not len(own):
            return node
        inputs = np.repeat(own[None, :], len(samples), axis=0)
        then = np.repeat(period[:, None], len(own), axis=1)
        known = np.ones(inputs.shape, dtype=bool)
        for _ in range(_DEEPEST):
            short = self._shortness(inputs, then, samples, foreseen)
            short = np.where(known, short, 0.0)
            best = short.argmax(axis=1)[:, None]
            goes_on = np.take_along_axis(short, best, axis=1)[:, 0] > _TINY
            if not goes_on.any():
                break
            node = np.where(goes_on, np.take_along_axis(inputs, best, axis=1)[:, 0], node)
            period = np.where(goes_on, np.take_along_axis(then, best, axis=1)[:, 0], period)
            inputs, then, known = self.sources.before(np.maximum(node, 0), period)
            known &= goes_on[:, None]
        return node

    def _shortness(
        self, inputs: IntArray, then: IntArray, samples: IntArray, foreseen: bool
    ) -> FloatArray:
        """How short each input was (samples x inputs), 0: not at all."""
        if foreseen:
            wait = np.maximum(self.earliest[inputs] - then, 0)
            return np.asarray(wait, dtype=np.float64)
        at = np.clip(then, 0, self.execution.periods - 1)
        return np.asarray(self.watch.short[at, inputs, samples[:, None]], dtype=np.float64)
