"""Why not: phrases that are understood, and the smallest change known by hand."""

from __future__ import annotations

import pytest

from solver.optimizer import SolverOptions
from solver.plan import PlanKind
from solver.reasons import why_not as verdicts
from solver.reasons.why_not import Answer, answer_table, why_not
from solver.reasons.wishes import parse_wish, wished_rows
from supplychain.errors import InputError
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.support import plan_only, tiny

TEN = "item location period quantity unit_revenue lost_after\nCHIP PLANT 1 10 20 0"
SOURCES = """
    item  location  supplier  mode  lead_time  unit_cost  capacity  routine
    CHIP  PLANT     FAB       sea   0          5          -         true
"""


def answer(
    network: Network, text: str, kind: PlanKind = "response", responses: Responses | None = None
) -> Answer:
    (found,) = why_not(plan_only(expand(network), kind, responses), text, SolverOptions())
    return found


def with_source(row: str, **more: str) -> Network:
    return tiny(periods=2, sourcing=SOURCES + row, demand=TEN, **more)


@pytest.mark.parametrize(
    ("text", "kind", "keys"),
    [
        ("order MCU-7 from BROKER-2", "order", {"item": "MCU-7", "supplier": "BROKER-2"}),
        ("Order MCU-7 from A to B by air.", "order",
         {"item": "MCU-7", "supplier": "A", "location": "B", "mode": "air"}),
        ("transfer ECU from A to B", "transfer",
         {"item": "ECU", "origin": "A", "destination": "B"}),
        ("build CAR at PLANT lean", "build",
         {"item": "CAR", "location": "PLANT", "version": "lean"}),
        ("substitute X for Y in Z", "substitute",
         {"substitute": "X", "component": "Y", "item": "Z"}),
    ],
)  # fmt: skip
def test_phrases_are_read(text: str, kind: str, keys: dict[str, str]) -> None:
    wish = parse_wish(text)
    assert (wish.kind, wish.keys) == (kind, keys)


def test_what_is_no_phrase_is_told_the_forms() -> None:
    with pytest.raises(InputError, match="order ITEM from SUPPLIER"):
        parse_wish("buy more chips")


def test_an_option_that_does_not_exist_is_told_the_nearest() -> None:
    network = with_source("CHIP PLANT BROKER-2 air 0 9 - false")
    with pytest.raises(InputError, match="nearest are: order CHIP from BROKER-2 to PLANT by air"):
        wished_rows(network, parse_wish("order CHIP from BROKER-3 by air"))


def test_a_dear_source_would_have_to_cost_what_the_other_does() -> None:
    network = with_source("CHIP PLANT BROKER road 0 9 - false")
    found = answer(network, "order CHIP from BROKER")
    assert (found.verdict, found.unit_cost) == (verdicts.TOO_DEAR, 9)
    assert found.price_change == pytest.approx(5 - 9)
    assert found.earlier == -1


def test_what_comes_too_late_would_have_to_come_sooner() -> None:
    # the fab has 4; the broker takes 2 periods, for demand of period 1 and 2; at 9 it pays for the
    # 6 of period 1 that are lost if it came one period sooner; for period 2 there is enough
    network = tiny(
        periods=3,
        sourcing=SOURCES.replace("          -    ", "          4    ")
        + "CHIP PLANT BROKER road 2 9 - false",
        demand=TEN + "\nCHIP PLANT 2 1 20 0",
    )
    found = answer(network, "order CHIP from BROKER")
    assert (found.verdict, found.earlier) == (verdicts.TOO_DEAR, 1)
    assert found.price_change == pytest.approx(5 - 9)


def test_what_is_not_permitted_is_planned_again_with_it() -> None:
    network = with_source("CHIP PLANT BROKER road 0 3 - false")
    found = answer(network, "order CHIP from BROKER", responses=Responses(alternates=False))
    assert found.verdict == verdicts.NOT_PERMITTED
    assert [found.capacity, found.worth] == pytest.approx([10, 10 * (5 - 3)])
    assert answer(network, "order CHIP from BROKER", "as-is").worth == pytest.approx(20)


def test_a_closed_source_pays_as_soon_as_it_has_capacity() -> None:
    found = answer(with_source("CHIP PLANT CHEAP road 0 2 0 true"), "order CHIP from CHEAP")
    assert found.verdict == verdicts.CLOSED
    assert [found.capacity, found.worth] == pytest.approx([10, 10 * 3])


def test_what_the_budget_does_not_reach_says_so() -> None:
    # premium 9 - 5 of 4 a unit; the fab has ended, so chips are worth 20 and budget 11 / 4
    network = tiny(
        periods=2,
        sourcing="""
            item  location  supplier  mode  lead_time  unit_cost  routine  capacity
            CHIP  PLANT     FAB       sea   0          5          true     0
            CHIP  PLANT     BROKER    road  0          9          false    -
            CHIP  PLANT     TRADER    road  0          12         false    -
        """,
        demand=TEN,
    )
    found = answer(network, "order CHIP from TRADER", responses=Responses(budget=8))
    # 8 buy 2 of the broker; at 7 of premium the trader earns 8, less than the budget earns there
    assert found.verdict == verdicts.OVER_BUDGET
    assert found.price_change == pytest.approx(8 - 7 * 11 / 4)


def test_options_that_cannot_be_say_why() -> None:
    late = answer(with_source("CHIP PLANT BROKER road 9 9 - false"), "order CHIP from BROKER")
    assert late.verdict == verdicts.BEYOND
    elsewhere = answer(
        with_source("CHIP NOWHERE BROKER road 0 9 - false"), "order CHIP from BROKER"
    )
    assert elsewhere.verdict == verdicts.NO_DEMAND
    unqualified = tiny(
        periods=2,
        sourcing="""
            item  location  supplier  lead_time  unit_cost  qualified_from
            CHIP  PLANT     FAB       0          5          -
            CHIP  PLANT     NEW       0          2          9
        """,
        demand=TEN,
    )
    assert answer(unqualified, "order CHIP from NEW").verdict == verdicts.NOT_QUALIFIED


def test_a_transfer_that_is_in_the_plan_says_how_much() -> None:
    network = tiny(
        periods=2,
        stock="item location quantity\nCHIP STORE 100",
        lanes="item origin destination lead_time unit_cost\nCHIP STORE PLANT 1 4",
        demand=TEN,
    )
    found = answer(network, "transfer CHIP from STORE to PLANT")
    assert (found.verdict, found.quantity) == (verdicts.IN_PLAN, pytest.approx(10))
    table = answer_table([found], network.calendar)
    assert table["option"].tolist() == ["transfer CHIP from STORE to PLANT by standard"]


def test_a_substitute_is_measured_against_what_it_replaces() -> None:
    # a chip costs 5, its twin 4 for each of 2 that are needed and 1 for the change: 5 - 9
    network = tiny(
        periods=1,
        production="item location\nCAR PLANT",
        bom="item component quantity_per\nCAR CHIP 1\nVAN TWIN 1",
        sourcing="item location supplier lead_time unit_cost\nCHIP PLANT FAB 0 5\n"
        "TWIN PLANT FAB 0 4",
        substitutes="item component substitute location ratio extra_cost\nCAR CHIP TWIN PLANT 2 1",
        demand="item location period quantity unit_revenue lost_after\nCAR PLANT 0 10 20 0\n"
        "TWIN PLANT 0 1 20 0",
    )
    found = answer(network, "substitute TWIN for CHIP in CAR")
    assert found.verdict == verdicts.TOO_DEAR
    assert found.price_change == pytest.approx(5 - (2 * 4 + 1))
