"""The difference of two plans in decisions, on literal tables."""

from __future__ import annotations

import pandas as pd
import pytest

from solver.reasons.comparison import decision_table, term_table

WEEKS = pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-19"])
DEMAND = pd.DataFrame({"item": ["CAR"], "location": ["PLANT"], "period": WEEKS[:1],
                       "customer": [""], "unit_revenue": [100.0]})  # fmt: skip
NONE = DEMAND.drop(columns="unit_revenue").assign(served=WEEKS[0], quantity=0.0).head(0)
Tables = dict[str, pd.DataFrame]


def plan(orders: dict[int, float], served: float = 0.0, routine: bool = True) -> Tables:
    """A plan that orders chips at 2 in these weeks, and serves so many cars."""
    rows = pd.DataFrame({
        "item": "CHIP", "location": "PLANT", "supplier": "FAB", "mode": "sea",
        "period": [WEEKS[week] for week in orders], "quantity": list(orders.values()),
        "cost": [2 * units for units in orders.values()], "premium": 0.0, "routine": routine,
    })  # fmt: skip
    deliveries = DEMAND.drop(columns="unit_revenue").assign(served=WEEKS[0], quantity=served)
    costs = {"revenue": 100 * served, "purchase": 2 * sum(orders.values())}
    costs["profit"] = costs["revenue"] - costs["purchase"]
    table = pd.DataFrame({"term": list(costs), "amount": list(costs.values())})
    return {"orders": rows, "deliveries": deliveries if served else NONE, "costs": table}


def test_units_in_other_weeks_are_moved_and_the_rest_is_added_or_dropped() -> None:
    row = decision_table(plan({0: 10, 1: 5}), plan({0: 4, 2: 9}), DEMAND).iloc[0]
    # 6 less in week 0, 5 less in week 1, 9 more in week 2: 9 move, 2 are dropped
    assert row[["moved", "added", "dropped", "cost", "profit"]].tolist() == [9, 0, 2, -4, 4]
    assert (row["change"], row["first"], row["last"]) == ("less", WEEKS[0], WEEKS[2])


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [({}, {0: 1}, "added"), ({0: 1}, {}, "dropped"), ({0: 1}, {1: 1}, "moved"),
     ({0: 1}, {0: 2}, "more")],
)  # fmt: skip
def test_a_change_has_a_name(
    before: dict[int, float], after: dict[int, float], change: str
) -> None:
    table = decision_table(plan(before), plan(after), DEMAND)
    assert table["change"].tolist() == [change]


def test_choices_come_before_demand_and_both_before_the_routine_that_follows() -> None:
    before, after = plan({0: 1}), plan({0: 50}, served=3)
    chosen = plan({0: 1}, routine=False)["orders"].assign(supplier="BROKER")
    after["orders"] = pd.concat([after["orders"], chosen])
    table = decision_table(before, after, DEMAND)
    assert table["group"].tolist() == ["choice", "demand", "follow-up"]
    assert table["profit"].tolist() == pytest.approx([-2, 300, -98])


def test_the_money_of_the_decisions_explains_the_terms() -> None:
    before, after = plan({0: 1}), plan({0: 6}, served=3)
    terms = term_table(before, after, decision_table(before, after, DEMAND)).set_index("term")
    assert terms["profit"].to_dict() == {"revenue": 300, "purchase": -10, "profit": 290}
    assert terms["decisions"].to_dict() == {"revenue": 300, "purchase": -10, "profit": 0}
    assert terms.loc["purchase", "mostly"] == "order CHIP|PLANT|FAB|sea"


def test_equal_plans_do_not_differ() -> None:
    assert not len(decision_table(plan({0: 1}), plan({0: 1}), DEMAND))
