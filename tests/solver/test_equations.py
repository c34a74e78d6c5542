"""Every equation is needed: without it, hand-solved cases of the other files fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

import solver.data
import solver.fair_share
import solver.model
from solver.data import Demand
from solver.program import Floats, ProgramBuilder
from supplychain.network import Network
from tests.solver import (
    test_allocation,
    test_balance,
    test_capacity,
    test_closing,
    test_dates,
    test_demand,
    test_money,
    test_receipts,
)

Patch = pytest.MonkeyPatch
Case = Callable[[], None]


@contextmanager
def unbounded_rows() -> Iterator[None]:
    """Rows that are added inside have no effect: their bounds are infinite."""
    add_rows = ProgramBuilder.add_rows

    def add_free_rows(self: ProgramBuilder, name: str, lower: Floats, upper: Floats) -> None:
        add_rows(self, name, np.full_like(lower, -np.inf), np.full_like(upper, np.inf))

    with Patch.context() as patch:
        patch.setattr(ProgramBuilder, "add_rows", add_free_rows)
        yield


def free(patch: Patch, equation: str) -> None:
    """Let the function of one equation add its rows, without bounds."""
    original = getattr(solver.model, equation)

    def without_effect(*arguments: object) -> None:
        with unbounded_rows():
            original(*arguments)

    patch.setattr(solver.model, equation, without_effect)


def drop(patch: Patch, equation: str) -> None:
    """Leave out what a function adds to an equation."""
    patch.setattr(solver.model, equation, lambda *arguments: None)


def ignore_dates(patch: Patch, equation: str) -> None:
    """(C6) is no row: it decides which variables exist. Let all of them."""

    def always(first: np.ndarray, last: np.ndarray, horizon: int) -> np.ndarray:
        return np.ones((len(first), horizon), bool)

    patch.setattr(solver.data, equation, always)


def ignore_deadlines(patch: Patch, equation: str) -> None:
    """Part of (C8): let every unit be served until the end."""
    original = solver.data._demand

    def patient(network: Network, index: pd.MultiIndex) -> Demand:
        demand = original(network, index)
        last = np.full_like(demand.last, network.settings.periods - 1)
        return dataclasses.replace(demand, last=last)

    patch.setattr(solver.data, equation, patient)


def one_slice(patch: Patch, equation: str) -> None:
    """Fair shares: count all unserved units of a row alike."""
    patch.setattr(solver.fair_share, equation, 1)


def no_hurry(patch: Patch, equation: str) -> None:
    """First come, first served: let later demand weigh as much as earlier demand."""
    patch.setattr(solver.fair_share, equation, lambda model, *arguments: np.ones(
        len(model.data.demand.table)))  # fmt: skip


Removal = Callable[[Patch, str], None]
EQUATIONS: dict[str, tuple[Removal, str, list[Case]]] = {
    "C1 balance": (free, "_balance", [
        test_balance.test_opening_stock_is_used_once_and_no_more,
        test_balance.test_stock_is_carried_from_period_to_period,
        test_receipts.test_quarantined_stock_serves_nobody_until_it_is_released,
    ]),
    "C1 dispatch": (drop, "_balance_dispatch", [
        test_balance.test_a_transfer_leaves_one_location_and_arrives_at_the_other,
        test_balance.test_a_supplier_that_makes_the_item_sends_its_stock_and_what_it_builds,
    ]),
    "C1 components": (drop, "_balance_components", [
        test_balance.test_a_bom_of_three_levels_multiplies_its_quantities,
        test_balance.test_components_of_a_supplier_limit_what_it_makes,
        test_balance.test_a_bom_row_holds_within_its_dates,
    ]),
    "C2 sourcing capacity": (free, "_sourcing_capacity", [
        test_capacity.test_an_option_dispatches_no_more_than_its_capacity,
        test_capacity.test_capacity_counts_in_the_period_of_dispatch_not_of_the_order,
        test_receipts.test_a_scheduled_receipt_waits_for_capacity_in_parts,
        test_receipts.test_capacity_recovers_along_a_ramp,
    ]),
    "C3 supplier capacity": (free, "_supplier_capacity", [
        test_capacity.test_two_chips_share_the_capacity_of_one_fab,
        test_capacity.test_builds_and_dispatches_of_a_supplier_draw_on_the_same_group,
    ]),
    "C4 resources": (free, "_resources", [
        test_capacity.test_a_resource_limits_what_is_started_in_a_period,
        test_capacity.test_the_scarcer_of_two_resources_binds,
    ]),
    "C4 production capacity": (free, "_production_capacity", [
        test_capacity.test_a_limit_on_a_version_costs_what_could_not_be_made_ahead,
    ]),
    "C5 lane capacity": (free, "_lane_capacity", [
        test_capacity.test_a_lane_carries_no_more_than_its_capacity,
        test_receipts.test_a_receipt_by_lane_uses_the_capacity_of_the_lane,
    ]),
    "C6 dates": (ignore_dates, "_window", [
        test_dates.test_an_order_waits_for_the_qualification_of_its_source,
        test_dates.test_a_source_is_not_used_after_it_ends,
        test_dates.test_a_version_is_built_within_its_dates,
    ]),
    "C8 demand": (free, "_demand", [
        test_demand.test_a_unit_that_is_never_lost_is_open_at_the_end_and_has_waited_so_long,
        test_demand.test_customers_of_one_item_are_served_by_what_they_pay,
    ]),
    "C8 deadline": (ignore_deadlines, "_demand", [
        test_demand.test_a_lost_unit_waits_until_its_deadline_and_costs_the_lost_cost,
        test_demand.test_a_backlog_from_before_the_start_keeps_its_date_and_is_never_on_time,
    ]),
    "C9 budget": (free, "_budget", [
        test_money.test_a_binding_budget_limits_premium_spending,
        test_money.test_a_scarce_budget_is_spent_where_a_unit_of_it_earns_most,
    ]),
    "C11 closing": (free, "_closing", [
        test_closing.test_a_unit_is_kept_where_its_sale_earns_less_than_its_closing_value,
    ]),
    "fair shares": (one_slice, "SLICES", [
        test_allocation.test_a_scarce_component_is_shared_in_proportion_to_demand,
    ]),
    "first come, first served": (no_hurry, "_row_weights", [
        test_allocation.test_demand_due_earlier_comes_first,
        test_allocation.test_three_periods_of_shortage_are_shared_period_by_period,
    ]),
}  # fmt: skip
CASES = [
    pytest.param(removal, target, case, id=f"{name}: {case.__name__.removeprefix('test_')}")
    for name, (removal, target, cases) in EQUATIONS.items()
    for case in cases
]


@pytest.mark.parametrize(("removal", "target", "case"), CASES)
def test_a_hand_solved_case_fails_without_its_equation(
    removal: Removal, target: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    removal(monkeypatch, target)
    with pytest.raises(AssertionError):
        case()


def test_every_equation_of_the_model_has_a_case() -> None:
    """Each function that build_model lists is taken away above."""
    called = {name for name in solver.model.build_model.__code__.co_names if name[0] == "_"}
    listed = called - {"_serve_windows", "_add_variables", "_levers"}
    assert listed == {target for removal, target, _ in EQUATIONS.values() if removal is free}
