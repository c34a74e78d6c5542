"""Why demand is late or lost: causes known by hand, and sums that agree with the loss."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.optimizer import SolverOptions
from solver.plan import Plan, PlanKind
from solver.reasons.why import why_table
from solver.reasons.words import why_sentences
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.solver.random_networks import networks
from tests.solver.test_properties import few
from tests.support import plan_only, tiny

CAR = {
    "production": """
        item  location  lead_time
        CAR   PLANT     0
        ECU   TIER      1
    """,
    "bom": """
        item  component  quantity_per
        CAR   ECU        1
        ECU   CHIP       2
    """,
}
ECU_SOURCE = "ECU PLANT TIER road 1 0 - - 1 true"
HEADER = "item location supplier mode lead_time unit_cost capacity group group_per_unit routine\n"
DEMAND_HEADER = "item location period quantity unit_revenue lost_after backorder_cost\n"


def why(
    network: Network, kind: PlanKind = "response", responses: Responses | None = None
) -> list[dict[str, Any]]:
    """Causes of a plan, a dictionary each with short keys."""
    plan = plan_only(expand(network), kind, responses)
    table = why_table(plan, SolverOptions())
    assert_sums_to_the_loss(plan, table)
    names = ["loss", "cause", "owner", "scarce_item", "first", "last", "quantity"]
    calendar = network.calendar
    short = table.assign(first=calendar.index(table["first"]), last=calendar.index(table["last"]))
    return [dict(zip(names, row, strict=True)) for row in short[names].itertuples(index=False)]


def assert_sums_to_the_loss(plan: Plan, table: pd.DataFrame) -> None:
    keys = ["item", "location", "period", "customer"]
    service = plan.tables["service"].set_index(keys)
    for loss in ("late", "lost", "open"):
        summed = table[table["loss"] == loss].groupby(keys)["quantity"].sum()
        summed = summed.reindex(service.index).fillna(0.0)
        assert summed.to_numpy() == pytest.approx(service[loss].to_numpy(), abs=1e-9)
    assert (table["quantity"] > 0).all()


def fab_and_tier(periods: int, wanted: str, **tables: str) -> Network:
    """A car of one ECU of two chips; the fab has 8 chips a period for its group."""
    return tiny(
        periods=periods,
        sourcing=HEADER + f"{ECU_SOURCE}\nCHIP TIER FAB sea 1 1 - mcu 1 true",
        supplier_capacity="supplier group capacity\nFAB mcu 8",
        demand=DEMAND_HEADER + wanted,
        **{**CAR, **tables},
    )


def test_a_car_waits_for_the_fab_at_the_end_of_its_bom() -> None:
    # a car in period 3 needs its ECU built in 1 and shipped in 2, chips received in 1, sent in 1
    # (no transit) and ordered in 0: 8 chips in 1, and what the fab sends before cannot arrive.
    # chips of period 1 only: 4 cars of 10
    causes = why(fab_and_tier(4, "CAR PLANT 3 10 100 0 0"))
    assert causes == [
        {"loss": "lost", "cause": "supplier_capacity", "owner": "FAB|mcu", "scarce_item": "CHIP",
         "first": 1, "last": 1, "quantity": pytest.approx(6)}
    ]  # fmt: skip


def test_a_late_unit_waits_for_the_same_fab() -> None:
    # cars due in 3, wanted later too: 4 on time, 4 in period 4, 2 in period 5
    causes = why(fab_and_tier(6, "CAR PLANT 3 10 100 - 1"))
    assert [(row["loss"], row["owner"]) for row in causes] == [("late", "FAB|mcu")]
    assert causes[0]["quantity"] == pytest.approx(6)


def test_a_full_line_is_the_cause_where_more_parts_would_not_help() -> None:
    network = tiny(
        periods=1,
        production="item location\nCAR PLANT",
        production_resources="item location version resource\nCAR PLANT standard LINE",
        resources="resource location capacity\nLINE PLANT 7",
        bom="item component quantity_per\nCAR CHIP 1",
        sourcing=HEADER + "CHIP PLANT FAB sea 0 1 50 - 1 true",
        demand=DEMAND_HEADER + "CAR PLANT 0 10 100 0 0",
    )
    (cause,) = why(network)
    assert (cause["cause"], cause["owner"], cause["quantity"]) == (
        "resources", "LINE", pytest.approx(3))  # fmt: skip


def test_of_two_limits_that_bind_together_the_one_relaxed_last_is_named() -> None:
    # fab 7 and line 7 for 10 cars: relaxing the fab alone serves nothing more
    network = tiny(
        periods=1,
        production="item location\nCAR PLANT",
        production_resources="item location version resource\nCAR PLANT standard LINE",
        resources="resource location capacity\nLINE PLANT 7",
        bom="item component quantity_per\nCAR CHIP 1",
        sourcing=HEADER + "CHIP PLANT FAB sea 0 1 7 - 1 true",
        demand=DEMAND_HEADER + "CAR PLANT 0 10 100 0 0",
    )
    (cause,) = why(network)
    assert cause["owner"] == "LINE"


def test_before_the_first_receipt_the_lead_time_is_the_cause() -> None:
    # nothing ordered in period 0 arrives before 2; all that is there is a stock of 3
    network = tiny(
        periods=3,
        stock="item location quantity\nCHIP PLANT 3",
        sourcing=HEADER + "CHIP PLANT FAB sea 2 1 - - 1 true",
        demand=DEMAND_HEADER + "CHIP PLANT 1 10 20 0 0",
    )
    (cause,) = why(network)
    assert (cause["cause"], cause["owner"]) == ("lead_time", "CHIP|PLANT")
    assert cause["quantity"] == pytest.approx(7)


def test_a_receipt_that_its_source_holds_back_names_the_source() -> None:
    # FAB sends nothing in period 0: the 5 due in 1 (a transit of 1) leave in 1, arrive in 2
    network = tiny(
        periods=3,
        scheduled_receipts="""
            order_id  line  item  location  origin  quantity  due
            PO        1     CHIP  PLANT     FAB     5         1
        """,
        sourcing="""
            item  location  supplier  lead_time  transit_time  unit_cost  group
            CHIP  PLANT     FAB       3          1             1          mcu
        """,
        supplier_capacity="supplier group capacity\nFAB mcu 100",
        capacities="kind owner valid_from valid_to capacity\nsupplier_capacity FAB|mcu 0 0 0",
        demand=DEMAND_HEADER + "CHIP PLANT 1 5 20 0 0",
    )
    plan = plan_only(expand(network))
    table = why_table(plan, SolverOptions())
    assert table[["cause", "owner", "receipts"]].to_numpy().tolist() == [
        ["supplier_capacity", "FAB|mcu", "PO|1"]
    ]
    (sentence,) = why_sentences(table, network)
    assert sentence["text"] == (
        "CHIP at PLANT waits: FAB (mcu) is at its allocation in W01; PO/1 waits there"
    )
    assert sentence["keys"]["demand"] == ["CHIP|PLANT|2026-01-05|"]


BROKER = HEADER + "CHIP PLANT BROKER road 0 5 - - 1 false"


def ten_from_a_broker() -> Network:
    return tiny(periods=1, sourcing=BROKER, demand=DEMAND_HEADER + "CHIP PLANT 0 10 20 0 0")


def test_what_only_an_option_that_is_not_permitted_serves_says_so() -> None:
    (cause,) = why(ten_from_a_broker(), "response", Responses(alternates=False))
    assert (cause["cause"], cause["owner"]) == ("not_permitted", "order CHIP|PLANT|BROKER|road")
    assert why(ten_from_a_broker(), "as-is")[0]["cause"] == "not_permitted"


def test_what_the_budget_does_not_reach_says_so() -> None:
    # premium of the broker is 5 - 1 = 4 beyond the fab, which has ended: 12 buy 3
    network = tiny(
        periods=2,
        sourcing="""
            item  location  supplier  mode  lead_time  unit_cost  routine  available_to
            CHIP  PLANT     FAB       sea   0          1          true     0
            CHIP  PLANT     BROKER    road  0          5          false    -
        """,
        demand=DEMAND_HEADER + "CHIP PLANT 1 10 20 0 0",
        stock="item location quantity\nCHIP PLANT 0",
        capacities="kind owner valid_from valid_to capacity\nsourcing CHIP|PLANT|FAB|sea 0 1 0",
    )
    causes = why(network, responses=Responses(budget=12))
    # the fab could have sold in period 0, but its option is closed: supply comes first
    assert [row["cause"] for row in causes] == ["sourcing"]
    causes = why(ten_with_a_budget(), responses=Responses(budget=12))
    assert [(row["cause"], row["quantity"]) for row in causes] == [("budget", pytest.approx(7))]


def ten_with_a_budget() -> Network:
    """Lanes cost 4 of premium a unit; the store has plenty."""
    return tiny(
        periods=1,
        stock="item location quantity\nCHIP STORE 100",
        lanes="item origin destination lead_time unit_cost routine\nCHIP STORE PLANT 0 4 false",
        demand=DEMAND_HEADER + "CHIP PLANT 0 10 20 0 0",
    )


def test_what_costs_more_than_it_earns_is_not_worth_building() -> None:
    network = tiny(
        periods=1,
        sourcing=HEADER + "CHIP PLANT FAB sea 0 30 - - 1 true",
        demand=DEMAND_HEADER + "CHIP PLANT 0 10 20 0 0",
    )
    (cause,) = why(network)
    assert (cause["cause"], cause["quantity"]) == ("not_worth", pytest.approx(10))


def test_demand_due_before_the_start_is_late_whatever_is_done() -> None:
    network = tiny(
        periods=1,
        stock="item location quantity\nCHIP PLANT 9",
        demand=DEMAND_HEADER + "CHIP PLANT -1 5 20 - 0",
    )
    (cause,) = why(network)
    assert (cause["loss"], cause["cause"], cause["quantity"]) == ("late", "overdue", 5)


def test_two_scarce_chips_share_the_loss_by_what_they_are_worth() -> None:
    # cars need A and B; A has 6, B has 6 for 10 cars and a spare-part demand of B worth 30 each:
    # an A is worth 100 - 30 = 70, a B 30
    network = tiny(
        periods=1,
        production="item location\nCAR PLANT",
        bom="item component quantity_per\nCAR A 1\nCAR B 1",
        sourcing=HEADER + "A PLANT FAB-A sea 0 0 6 - 1 true\nB PLANT FAB-B sea 0 0 8 - 1 true",
        demand=DEMAND_HEADER + "CAR PLANT 0 10 100 0 0\nB PLANT 0 10 30 0 0",
    )
    causes = why(network)
    cars = [row for row in causes if row["quantity"] and row["scarce_item"] in ("A", "B")]
    by_owner = {row["owner"]: row["quantity"] for row in cars if row["quantity"] < 4}
    assert by_owner["A|PLANT|FAB-A|sea"] == pytest.approx(4 * 0.7)
    assert by_owner["B|PLANT|FAB-B|sea"] == pytest.approx(4 * 0.3)


KINDS = st.sampled_from(["as-is", "response"])


@few(3)
@given(networks(), KINDS, st.sampled_from([None, 0.0, 30.0]))
def test_causes_add_up_to_the_loss_of_every_demand_row(
    network: Network, kind: PlanKind, budget: float | None
) -> None:
    plan = plan_only(expand(network), kind, Responses(budget=budget))
    assert_sums_to_the_loss(plan, why_table(plan, SolverOptions()))
