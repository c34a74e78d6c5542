"""What would fix it: prices, how far they hold, and worths known by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from solver.optimizer import SolverOptions
from solver.plan import PlanKind
from solver.reasons.fixes import FROM_PRICE, RESOLVED, fix_table
from supplychain.network import Network
from supplychain.scenario import Responses
from supplychain.scope import expand
from tests.support import START, plan_only, tiny

CHIPS = """
    item  location  supplier  mode  lead_time  unit_cost  capacity
    CHIP  PLANT     FAB       sea   0          1          6
"""
TEN = "item location period quantity unit_revenue lost_after\nCHIP PLANT 0 10 21 0"


def fixes(
    network: Network, kind: PlanKind = "response", responses: Responses | None = None
) -> pd.DataFrame:
    """The fixes of a network's plan, indexed by kind."""
    plan = plan_only(expand(network), kind, responses)
    return fix_table(plan, SolverOptions()).set_index("kind")


@pytest.mark.parametrize(("kind", "least"), [("as-is", 0), ("response", -6)])
def test_a_capacity_is_worth_what_one_unit_more_earns_until_demand_is_met(
    kind: PlanKind, least: float
) -> None:
    # 6 of 10 chips at 1, sold for 21: a tenth more (0.6) earns 20 each; the price holds from none
    # (6 less; as-is from 0 less, because what it serves is settled) to 10 (4 more)
    row = fixes(tiny(periods=1, sourcing=CHIPS, demand=TEN), kind).loc["sourcing"]
    assert row["owner"] == "CHIP|PLANT|FAB|sea"
    numbers = row[["step", "price", "holds_from", "holds_to", "worth"]].tolist()
    assert numbers == pytest.approx([0.6, 20, least, 4, 12])
    assert (row["period"], row["method"]) == (pd.Timestamp(START), RESOLVED)


def test_a_lot_more_of_an_item_is_worth_its_price_less_what_it_usually_costs() -> None:
    # mean requirement 10 of the one period; of 10 more, 4 earn 21, and all 10 cost 1 as usual
    row = fixes(tiny(periods=1, sourcing=CHIPS, demand=TEN)).loc["supply"]
    assert row[["step", "price"]].tolist() == pytest.approx([10, 21 - 1])
    # with 10 more, all demand is served; 6 bought chips are no longer needed: 10 * 21 - 10 * 1
    # against 6 * 20
    assert row["worth"] == pytest.approx(200 - 120)


def test_a_receipt_a_period_earlier_is_worth_the_demand_it_still_meets() -> None:
    network = tiny(
        periods=3,
        scheduled_receipts="order_id line item location quantity due\nPO 1 CHIP PLANT 8 2",
        demand="item location period quantity unit_revenue lost_after\nCHIP PLANT 1 5 20 0",
    )
    row = fixes(network).loc["earlier"]
    # 8 a period earlier serve 5 at 20; the price of 20 a unit holds up to 5
    assert row[["step", "price", "holds_to", "worth"]].tolist() == pytest.approx([8, 20, 5, 100])
    assert row["owner"] == "PO|1"


def test_more_budget_is_worth_what_its_premium_serves() -> None:
    # a lane at 4 of premium a unit, sold at 20: 16 earned for 4; a tenth of 12 is 1.2
    network = tiny(
        periods=1,
        stock="item location quantity\nCHIP STORE 100",
        lanes="item origin destination lead_time unit_cost routine\nCHIP STORE PLANT 0 4 false",
        demand="item location period quantity unit_revenue lost_after\nCHIP PLANT 0 10 20 0",
    )
    row = fixes(network, responses=Responses(budget=12)).loc["budget"]
    numbers = row[["step", "price", "holds_from", "holds_to", "worth"]].tolist()
    assert numbers == pytest.approx([1.2, 4, -12, 28, 1.2 * 4])
    assert row["method"] != FROM_PRICE


def test_where_nothing_binds_there_is_nothing_to_fix() -> None:
    plenty = CHIPS.replace("          6", "          -")
    assert not len(fixes(tiny(periods=1, sourcing=plenty, demand=TEN)))
