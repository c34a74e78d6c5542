"""Rules and permissions as causes of a loss: cases known by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.optimizer import SolverOptions
from solver.options import LastPlan
from solver.plan import PlanKind
from solver.reasons.why import why_table
from solver.reasons.words import why_sentences
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import planned, with_settings
from tests.solver.levers.test_whole_numbers import RESPONSES
from tests.solver.random_networks import networks
from tests.solver.test_properties import few, many
from tests.support import START, tiny

Cause = tuple[str, str, str, float]
DEMAND = "item location period quantity unit_revenue lost_after\n"
TEN_CHIPS = DEMAND + "CHIP PLANT 0 10 20 0"


def causes(
    network: Network, responses: Responses | None = None, last: LastPlan | None = None,
    kind: PlanKind = "response",
) -> list[Cause]:  # fmt: skip
    """Item, cause, owner and units of every cause; they add up to the loss."""
    plan = planned(network, kind, responses, last)
    table = why_table(plan, SolverOptions())
    service = plan.tables["service"]
    loss = float(service[["late", "lost", "open"]].sum().sum())
    assert table["quantity"].sum() == pytest.approx(loss, abs=1e-6)
    names = ["item", "cause", "owner", "quantity"]
    return [(str(item), str(cause), str(owner), pytest.approx(quantity))
            for item, cause, owner, quantity in table[names].itertuples(index=False)]  # fmt: skip


def sentence(
    network: Network, responses: Responses | None = None, last: LastPlan | None = None
) -> str:
    table = why_table(planned(network, "response", responses, last), SolverOptions())
    return str(why_sentences(table, network)[0]["text"])


def bought(terms: str, cells: str, **tables: str) -> Network:
    """Ten chips, each sold at 20, from FAB at 9; ``terms`` are more columns of its option."""
    return tiny(
        periods=1,
        sourcing=f"item location supplier mode lead_time unit_cost {terms}\n"
                 f"CHIP PLANT FAB sea 0 9 {cells}",
        demand=TEN_CHIPS, **tables,
    )  # fmt: skip


def test_too_little_is_needed_for_a_minimum_order() -> None:
    # 25 at 9 cost 225, ten sell at 200
    network = bought("moq", "25")
    assert causes(network) == [("CHIP", "minimum_order", "CHIP|PLANT|FAB|sea", 10)]
    assert sentence(network) == (
        "CHIP at PLANT waits: what is needed is less than the minimum order of FAB in W01"
    )


def test_what_does_not_fill_a_lot_is_left() -> None:
    # a lot of 8 earns 160 - 72; a second one costs 72 and sells 2 at 20
    network = bought("lot_size", "8")
    assert causes(network) == [("CHIP", "lot_size", "CHIP|PLANT|FAB|sea", 2)]
    assert "FAB sells it in whole lots" in sentence(network)


def test_scarce_supply_is_no_matter_of_lots() -> None:
    # the fab has 8 in all: two lots of 4, and with parts of lots no more
    network = bought("lot_size capacity", "4 8")
    assert causes(network) == [("CHIP", "sourcing", "CHIP|PLANT|FAB|sea", 2)]


def test_a_smallest_run_is_too_much() -> None:
    # a run of 25 at 9 costs 225, ten sell at 200
    network = tiny(
        periods=1, production="item location unit_cost min_run\nCAR PLANT 9 25",
        demand=DEMAND + "CAR PLANT 0 10 20 0",
    )  # fmt: skip
    assert causes(network) == [("CAR", "smallest_run", "CAR|PLANT|standard", 10)]
    assert "less than the smallest run of it at PLANT in W01" in sentence(network)


def test_a_largest_share_keeps_a_source_from_stepping_in() -> None:
    # OLD has 3; NEW may have half of all orders: 3 more, and 4 of ten are lost
    network = tiny(
        periods=1,
        sourcing="""
            item  location  supplier  mode  lead_time  unit_cost  capacity  max_share
            CHIP  PLANT     OLD       sea   0          1          3         -
            CHIP  PLANT     NEW       sea   0          1          -         0.5
        """,
        demand=TEN_CHIPS,
    )
    assert causes(network) == [("CHIP", "max_share", "CHIP|PLANT|NEW|sea", 4)]
    assert "NEW is at its largest share of all orders in W01" in sentence(network)


def test_a_largest_share_of_a_version_holds_builds_back() -> None:
    # with camera 3, and without at most half of all builds: 3 more
    network = tiny(
        periods=1,
        production="""
            item  location  version   max_share
            CAR   PLANT     standard  -
            CAR   PLANT     plain     0.5
        """,
        bom="item version component quantity_per\nCAR standard CAMERA 1",
        stock="item location quantity\nCAMERA PLANT 3",
        demand=DEMAND + "CAR PLANT 0 10 20 0",
    )
    assert causes(network) == [("CAR", "version_share", "CAR|PLANT|plain", 4)]
    assert "version plain is at its largest share of all builds" in sentence(network)


def two_brands(**tables: str) -> Network:
    """5 cars of brand A, worth 100 each, and 5 of brand B, worth 50, on one line."""
    return tiny(
        periods=1,
        items="item brand\nA-CAR A\nB-CAR B\nCHIP -",
        production="item location\nA-CAR PLANT\nB-CAR PLANT",
        production_resources="item location resource\n* PLANT LINE",
        bom="item component quantity_per\nA-CAR CHIP 1\nB-CAR CHIP 1",
        demand=DEMAND + "A-CAR PLANT 0 5 100 0\nB-CAR PLANT 0 5 50 0",
        **tables,
    )


FLOOR = "brand customer location share\nB * * 0.6"
CHIPS = "item location quantity\nCHIP PLANT 99"


def test_a_floor_takes_the_room_on_a_line_from_other_demand() -> None:
    # room for 6: without a floor A gets 5 and B 1; with 60 % for B it is 3 and 3. The two that A
    # loses are those of the floor, the two that B loses all the same have no room
    line = "resource location capacity\nLINE PLANT 6"
    assert causes(two_brands(stock=CHIPS, resources=line)) == [("B-CAR", "resources", "LINE", 4)]
    network = two_brands(stock=CHIPS, resources=line, floors=FLOOR)
    assert causes(network) == [
        ("A-CAR", "floor", "B|*|*", 2), ("B-CAR", "resources", "LINE", 2),
    ]  # fmt: skip
    table = why_table(planned(network), SolverOptions())
    texts = {entry["cause"]: entry["text"] for entry in why_sentences(table, network)}
    assert texts["floor"] == "A-CAR: the floor for B takes its supply"


def test_scarce_supply_is_the_cause_whomever_a_floor_takes_it_from() -> None:
    network = two_brands(
        resources="resource location capacity\nLINE PLANT -", floors=FLOOR,
        sourcing="item location supplier mode lead_time capacity\nCHIP PLANT FAB sea 0 6",
    )  # fmt: skip
    fab = ("sourcing", "CHIP|PLANT|FAB|sea")
    assert causes(network) == [("A-CAR", *fab, 2), ("B-CAR", *fab, 2)]


def test_a_frozen_week_keeps_an_alternate_out() -> None:
    network = with_settings(bought("routine", "false"), frozen_periods=1)
    assert causes(network) == [("CHIP", "frozen", "order CHIP|PLANT|FAB|sea", 10)]
    assert sentence(network) == ("CHIP at PLANT waits: order CHIP from FAB to PLANT by sea is not"
                                 " decided anew while its weeks are frozen in W01")  # fmt: skip


def test_a_frozen_week_repeats_less_than_is_wanted_now() -> None:
    last = LastPlan({"orders": pd.DataFrame({
        "item": "CHIP", "location": "PLANT", "supplier": "FAB", "mode": "sea",
        "period": [pd.Timestamp(START)], "quantity": [4.0]})})  # fmt: skip
    network = with_settings(bought("routine", "true"), frozen_periods=1)
    assert causes(network, last=last) == [("CHIP", "frozen", "order CHIP|PLANT|FAB|sea", 6)]


def test_what_is_frozen_and_not_permitted_either_is_not_permitted() -> None:
    network = with_settings(bought("routine", "false"), frozen_periods=1)
    (cause,) = causes(network, Responses(alternates=False))
    assert cause[1:3] == ("not_permitted", "order CHIP|PLANT|FAB|sea")


# --- levers that the responses do not permit ---------------------------------------------------


def test_a_substitute_that_is_not_permitted_is_named() -> None:
    network = tiny(
        periods=1, production="item location\nCAR PLANT",
        bom="item component quantity_per\nCAR CHIP 1",
        substitutes="item component substitute location\nCAR CHIP CLONE PLANT",
        stock="item location quantity\nCLONE PLANT 7",
        demand=DEMAND + "CAR PLANT 0 5 20 0",
    )  # fmt: skip
    responses = Responses(substitutes=False)
    assert causes(network, responses) == [
        ("CAR", "not_permitted", "replace CAR|PLANT|standard|CHIP|CLONE", 5)
    ]
    assert sentence(network, responses) == (
        "CAR waits for CHIP at PLANT; substitute CLONE for CHIP in CAR at PLANT is not permitted"
    )


def test_a_new_source_that_may_not_be_qualified_is_named() -> None:
    network = bought("qualification_cost", "30")
    responses = Responses(alternates=False)
    assert causes(network, responses) == [
        ("CHIP", "not_permitted", "qualify CHIP|PLANT|FAB|sea", 10)
    ]
    assert "qualify FAB for CHIP to PLANT by sea is not permitted" in sentence(network, responses)


def test_a_qualification_that_does_not_pay_is_not_worth_it() -> None:
    # ten earn 11 each
    assert causes(bought("qualification_cost", "111")) == [("CHIP", "not_worth", "", 10)]
    assert causes(bought("qualification_cost", "109")) == []


def test_overtime_that_is_not_permitted_is_named_before_the_line_is_full() -> None:
    # the line has 3 and two hours of overtime: two of ten wait for a permission, five for room
    network = tiny(
        periods=1, production="item location\nCAR PLANT",
        production_resources="item location resource\nCAR PLANT LINE",
        resources="resource location capacity\nLINE PLANT 3",
        overtime="resource step capacity unit_cost\nLINE night 2 1",
        demand=DEMAND + "CAR PLANT 0 10 20 0",
    )  # fmt: skip
    responses = Responses(overtime=False)
    assert sorted(causes(network, responses), key=lambda cause: cause[1]) == [
        ("CAR", "not_permitted", "overtime LINE|night", 2), ("CAR", "resources", "LINE", 5),
    ]  # fmt: skip


def test_expediting_that_is_not_permitted_is_named() -> None:
    network = tiny(
        periods=3,
        scheduled_receipts="""
            order_id  line  item  location  quantity  due  expedite_cost
            PO        1     CHIP  PLANT     10        2    1
        """,
        demand=TEN_CHIPS,
    )
    responses = Responses(expedite=False)
    assert causes(network, responses) == [("CHIP", "not_permitted", "reschedule PO|1", 10)]
    assert "expedite PO/1 is not permitted" in sentence(network, responses)


def test_building_short_that_is_not_permitted_is_named() -> None:
    # the chip comes in period 1, when the line has no room any more; short cars are fitted then
    network = tiny(
        periods=2, production="item location\nCAR PLANT",
        bom="item component quantity_per\nCAR CHIP 1",
        production_resources="item location resource\nCAR PLANT LINE",
        resources="resource location capacity\nLINE PLANT 5",
        capacities="kind owner valid_from valid_to capacity\nresources LINE 1 1 0",
        scheduled_receipts="order_id line item location quantity due\nPO 1 CHIP PLANT 5 1",
        short_builds="item component location lead_time retrofit_cost\nCAR CHIP PLANT 0 1",
        demand=DEMAND + "CAR PLANT 1 5 20 0",
    )  # fmt: skip
    responses = Responses(short_builds=False)
    assert causes(network, responses) == [
        ("CAR", "not_permitted", "retrofit CAR|PLANT|standard|CHIP", 5)
    ]
    assert "build CAR at PLANT without CHIP, fitted later, is not permitted" in sentence(
        network, responses
    )


# --- every lever at once -----------------------------------------------------------------------


@few(3)
@given(networks(with_levers=True), st.sampled_from(["as-is", "response"]), RESPONSES)
def test_with_every_lever_causes_add_up_to_the_loss(
    network: Network, kind: PlanKind, responses: Responses
) -> None:
    causes(network, responses, kind=kind)


@many
@given(networks(with_levers=True), st.sampled_from(["as-is", "response"]), RESPONSES)
def test_with_every_lever_causes_add_up_to_the_loss_of_many_networks(
    network: Network, kind: PlanKind, responses: Responses
) -> None:
    causes(network, responses, kind=kind)
