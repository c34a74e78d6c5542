"""Every equation of the levers is needed: without it, a hand-solved case fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

import solver.levers.production_rules
from solver.data import model_data
from solver.model import build_model
from solver.optimizer import SolverOptions, solve
from solver.options import LastPlan, ModelOptions
from solver.program import Floats, ProgramBuilder
from supplychain.network import Network
from tests.solver.levers import (
    test_allocation_rules,
    test_production_rules,
    test_qualification,
    test_rescheduling,
    test_short_builds,
    test_sourcing_rules,
    test_stability,
    test_substitution,
)
from tests.support import tiny

Patch = pytest.MonkeyPatch
Case = Callable[[], None]
CORE = {"balance", "sourcing_capacity", "supplier_capacity", "resources", "production_capacity",
        "lane_capacity", "demand", "closing", "budget"}  # fmt: skip


def free(patch: Patch, block: str) -> None:
    """Let the rows of one block have no effect: their bounds are infinite."""
    add_rows = ProgramBuilder.add_rows

    def add(self: ProgramBuilder, name: str, lower: Floats, upper: Floats) -> None:
        if name == block:
            lower, upper = np.full_like(lower, -np.inf), np.full_like(upper, np.inf)
        add_rows(self, name, lower, upper)

    patch.setattr(ProgramBuilder, "add_rows", add)


def a_source_is_qualified_once() -> None:
    """Even if every start were worth something."""
    model = build_model(model_data(test_qualification.new_source(time=1)), ModelOptions())
    starts = model.program.column_blocks["qualify"]
    reward = np.zeros_like(model.program.cost)
    reward[starts] = 1.0
    solution = solve(model.program.derive(cost=reward), SolverOptions())
    assert solution.values[starts].sum() == pytest.approx(1)


sourcing, stability = test_sourcing_rules, test_stability
allocation, production, short = test_allocation_rules, test_production_rules, test_short_builds
EQUATIONS: dict[str, Case] = {
    "one_start": a_source_is_qualified_once,
    "qualified": test_qualification.test_a_source_is_qualified_in_time_for_its_first_order,
    "lot_size": sourcing.test_lots_are_ordered_at_once_and_kept_for_later_periods,
    "minimum_order": partial(
        sourcing.test_a_minimum_order_is_placed_whole_or_not_at_all, 3.3, 15.0
    ),
    "largest_order": partial(sourcing.test_a_minimum_order_is_placed_whole_or_not_at_all, 3.4, 0.0),
    "max_share": partial(
        sourcing.test_a_largest_share_holds_over_the_horizon_not_in_every_period, "response"
    ),
    "min_share": partial(sourcing.test_a_smallest_share_keeps_a_dear_source_alive, "response"),
    "contracts": partial(
        sourcing.test_a_contract_is_taken_where_its_penalty_is_above_what_it_costs_more, 2.1, 6.0
    ),
    "price_steps": sourcing.test_steps_count_anew_in_every_period,
    "floors": partial(
        allocation.test_a_floor_reserves_a_share_of_demand, "* FLEET * 0.3", [3, 10, 2]
    ),
    "most_used": partial(allocation.test_plants_are_used_as_evenly_as_is_asked, 0.0, 8, 4),
    "least_used": partial(allocation.test_plants_are_used_as_evenly_as_is_asked, 0.0, 8, 4),
    "plant_spread": partial(allocation.test_plants_are_used_as_evenly_as_is_asked, 0.3, 10, 2),
    "frozen_order": stability.test_a_frozen_week_in_which_the_last_plan_did_nothing_stays_empty,
    "frozen_transfer": stability.test_what_was_shipped_in_a_frozen_week_is_shipped_again,
    "frozen_build": stability.test_what_was_built_in_a_frozen_week_is_built_again,
    "changes_order": partial(
        stability.test_a_change_is_made_where_it_earns_more_than_its_price, 4.1, 4
    ),
    "changes_transfer": stability.test_builds_and_transfers_are_changes_too,
    "changes_build": stability.test_builds_and_transfers_are_changes_too,
    "gone_order": stability.test_a_last_order_that_is_no_longer_possible_is_a_change_with_its_price,
    "gone_transfer": (
        stability.test_builds_and_transfers_that_are_no_longer_possible_are_changes_too
    ),
    "gone_build": stability.test_builds_and_transfers_that_are_no_longer_possible_are_changes_too,
    "replaced": test_substitution.test_an_approval_holds_for_its_parent_and_its_plant_only,
    "version_share": partial(
        production.test_a_version_makes_no_more_than_its_share_of_all_builds, 0.25, 2.0
    ),
    "parked": short.test_the_component_is_used_at_the_retrofit_and_the_others_at_the_build,
    "places": short.test_parking_places_limit_what_stands_at_the_end_of_a_period,
    "smallest_run": partial(production.test_a_line_runs_at_its_smallest_run_or_stops, "response"),
    "largest_run": partial(
        production.test_a_smallest_run_is_made_where_what_it_sells_pays_for_all_of_it, 7.6, 0.0
    ),
    "rescheduled": test_rescheduling.test_no_more_of_a_receipt_is_pulled_forward_than_there_is,
}


@pytest.mark.parametrize("block", EQUATIONS)
def test_a_hand_solved_case_fails_without_its_equation(block: str, monkeypatch: Patch) -> None:
    free(monkeypatch, block)
    with pytest.raises(AssertionError):
        EQUATIONS[block]()


def test_overtime_is_no_row_of_its_own_and_without_its_entries_a_case_fails(
    monkeypatch: Patch,
) -> None:
    overtime = solver.levers.production_rules.Overtime
    monkeypatch.setattr(overtime, "add_rows", lambda self, builder: None)
    with pytest.raises(AssertionError):
        production.test_overtime_is_added_step_by_step_while_it_pays(6.1, [4, 6], 22)


def everything() -> Network:
    """A row in every table of a lever."""
    return tiny(
        periods=1,
        production="item location max_share min_run\nCAR WEST 1 1\nCAR EAST 1 1",
        bom="item component quantity_per\nCAR CHIP 1",
        production_resources="item location resource\nCAR WEST W\nCAR EAST E",
        resources="resource location capacity\nW WEST 9\nE EAST 9",
        overtime="resource step capacity\nW night 1",
        sourcing="""
            item location supplier lead_time moq lot_size min_share max_share qualification_cost
            CHIP WEST     FAB      0         1   1        0.1       0.9       -
            CHIP WEST     NEW      0         1   1        0.1       0.9       1
            CHIP EAST     FAB      0         1   1        -         -         -
        """,
        price_steps="item location supplier step unit_cost\nCHIP EAST FAB a 1",
        contracts="contract item location supplier quantity\nC CHIP WEST FAB 1",
        substitutes="item component substitute location\nCAR CHIP CLONE WEST",
        short_builds="item component location places\nCAR CHIP WEST 1",
        scheduled_receipts="order_id item location quantity due cancel_cost\nPO CHIP WEST 1 0 1",
        floors="brand customer location share\n* * * 0.5",
        demand="item location period quantity unit_revenue\nCAR WEST 0 1 9\nCAR EAST 0 1 9",
        stock="item location quantity\nCLONE WEST 1",
    )


def test_every_equation_of_the_levers_has_a_case() -> None:
    network = everything()
    table = network.table("settings")
    table.loc[len(table)] = ["change_cost", "1"]
    network = Network.from_frames({**network.tables, "settings": table})
    options = ModelOptions(plant_spread=0.1, last=LastPlan())
    program = build_model(model_data(network), options).program
    assert set(program.row_blocks) - CORE == set(EQUATIONS)
