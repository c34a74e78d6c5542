"""(C4), (C13), (C15) Overtime, shares of versions and their price, smallest runs."""

from __future__ import annotations

import pytest

from supplychain.disruptions import PlantOutage
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import planned, with_settings
from tests.support import by_period, money, profit, rows_of, served, tiny, total, under

LINE = {
    "production": "item location\nCAR PLANT",
    "production_resources": "item location resource per_unit\nCAR PLANT LINE 2",
    "resources": "resource location capacity\nLINE PLANT 10",
    "overtime": """
        resource  step      capacity  unit_cost
        LINE      evening   4         1
        LINE      saturday  6         3
    """,
}


def demand(*quantities: float, revenue: float = 20) -> str:
    rows = "\n".join(f"CAR PLANT {t} {q} {revenue} 0" for t, q in enumerate(quantities))
    return f"item location period quantity unit_revenue lost_after\n{rows}"


def overtime(*quantities: float, revenue: float = 20, **tables: str) -> Network:
    return tiny(
        len(quantities), **{**LINE, "demand": demand(*quantities, revenue=revenue), **tables}
    )


@pytest.mark.parametrize(
    ("revenue", "steps", "cost"),
    [(1.9, [0, 0], 0), (2.1, [4, 0], 4), (6.1, [4, 6], 4 + 18)],
)
def test_overtime_is_added_step_by_step_while_it_pays(
    revenue: float, steps: list[float], cost: float
) -> None:
    plan = planned(overtime(20, revenue=revenue))
    # a car takes 2 hours: 5 in the normal time, 2 in the evening at 2 each, 3 on Saturday at 6
    assert [total(plan, "overtime", step=s) for s in ("evening", "saturday")] == steps
    assert served(plan) == [5 + sum(steps) / 2]
    assert money(plan, "overtime", "premium") == [cost, cost]


def test_there_is_no_overtime_as_is_or_where_it_is_not_permitted() -> None:
    assert served(planned(overtime(20), "as-is")) == [5]
    assert served(planned(overtime(20), responses=Responses(overtime=False))) == [5]


def test_an_outage_takes_the_overtime_with_it_in_proportion() -> None:
    outage = PlantOutage(location="PLANT", start="2026-W01", periods=1, share=0.5)
    plan = planned(under(overtime(20, 20), outage))
    assert by_period(plan, "overtime") == [5, 10]
    assert served(plan) == [5, 10]
    full = PlantOutage(location="PLANT", start="2026-W01", periods=1)
    assert by_period(planned(under(overtime(20, 20), full)), "overtime") == [0, 10]


def test_more_than_its_normal_capacity_gives_a_line_no_more_overtime() -> None:
    more = "kind owner valid_from valid_to capacity\nresources LINE 0 0 20"
    assert served(planned(overtime(40, capacities=more))) == [15]


def test_a_frozen_week_has_no_overtime() -> None:
    network = with_settings(overtime(20, 20), frozen_periods=1)
    assert by_period(planned(network), "overtime") == [0, 10]


def test_a_budget_limits_overtime_to_its_cheapest_hours() -> None:
    plan = planned(overtime(20), responses=Responses(budget=10))
    assert [total(plan, "overtime", step=s) for s in ("evening", "saturday")] == [4, 2]


def test_capacity_in_use_counts_the_load_not_the_overtime() -> None:
    plan = planned(overtime(20))
    row = rows_of(plan, "capacity_use", kind="resources").iloc[0]
    assert (row["capacity"], row["used"]) == (10, 20)


# --- versions ----------------------------------------------------------------------------------


def versions(*quantities: float, share: object, routine: str = "false", cut: float = 3) -> Network:
    """Full cars need a chip, of which there are 6; lean ones do not, and sell for less."""
    return tiny(
        len(quantities),
        production=f"""
            item  location  version  max_share  price_reduction  routine
            CAR   PLANT     full     -          -                true
            CAR   PLANT     lean     {share}    {cut}            {routine}
        """,
        bom="""
            item  version  component  quantity_per
            CAR   full     CHIP       1
            CAR   lean     BODY       1
        """,
        stock="item location quantity\nCHIP PLANT 6\nBODY PLANT 100",
        demand=demand(*quantities),
    )


def test_a_version_without_the_scarce_feature_sells_at_its_reduction() -> None:
    plan = planned(versions(10, share="-"))
    assert [total(plan, "builds", version=v) for v in ("full", "lean")] == [6, 4]
    assert money(plan, "price_reduction", "premium") == [12, 0]
    assert profit(plan) == pytest.approx(10 * 20 - 4 * 3)


@pytest.mark.parametrize(("share", "lean"), [(0.25, 2.0), (0.4, 4.0), (0.9, 4.0)])
def test_a_version_makes_no_more_than_its_share_of_all_builds(share: float, lean: float) -> None:
    # lean <= share x (6 + lean): 2 at a quarter; all 4 that are wanted from 0.4 on
    plan = planned(versions(10, share=share))
    assert total(plan, "builds", version="lean") == pytest.approx(lean)


def test_the_share_of_a_version_counts_over_the_horizon() -> None:
    plan = planned(versions(6, 2, share=0.25))
    assert served(plan) == [6, 2]  # two lean cars in a week of their own


@pytest.mark.parametrize(("cut", "lean"), [(19.9, 4), (20.1, 0)])
def test_a_lean_car_is_built_while_it_earns_more_than_it_gives_up(cut: float, lean: float) -> None:
    assert total(planned(versions(10, share="-", cut=cut)), "builds", version="lean") == lean


def test_a_version_that_is_not_routine_is_an_alternate() -> None:
    network = versions(10, share=0.4)
    assert served(planned(network, "as-is")) == [6]
    assert served(planned(network, responses=Responses(alternates=False))) == [6]


def test_the_share_of_a_routine_version_holds_as_is() -> None:
    plan = planned(versions(10, share=0.25, routine="true"), "as-is")
    assert served(plan) == [pytest.approx(8)]


# --- smallest runs -----------------------------------------------------------------------------


def runs(
    *quantities: float, cost: float = 1, closing_target: float = 0.0, **tables: str
) -> Network:
    return tiny(
        len(quantities),
        closing_target=closing_target,
        production=f"item location unit_cost min_run\nCAR PLANT {cost} 8",
        **{"demand": demand(*quantities), **tables},
    )


@pytest.mark.parametrize("kind", ["as-is", "response"])
def test_a_line_runs_at_its_smallest_run_or_stops(kind: str) -> None:
    network = runs(10, 0, 3)
    plan = planned(network, kind)  # type: ignore[arg-type]
    # either 10 + 8 or 13 at once: 13 cost less
    assert by_period(plan, "builds") == [13, 0, 0]


@pytest.mark.parametrize(("cost", "built"), [(7.4, 8.0), (7.6, 0.0)])
def test_a_smallest_run_is_made_where_what_it_sells_pays_for_all_of_it(
    cost: float, built: float
) -> None:
    plan = planned(runs(3, cost=cost))  # 3 x 20 = 60 pay for 8 cars at 7.5
    assert total(plan, "builds") == built


def test_a_line_stops_where_its_capacity_is_below_the_smallest_run() -> None:
    lines = {k: v for k, v in LINE.items() if k in ("production_resources", "resources")}
    assert total(planned(runs(20, **lines)), "builds") == 0  # 10 / 2 = 5 < 8
    more = {**lines, "resources": "resource location capacity\nLINE PLANT 16"}
    assert total(planned(runs(20, **more)), "builds") == 8


def test_short_builds_count_towards_the_smallest_run() -> None:
    network = runs(
        0, 10,
        bom="item component quantity_per\nCAR CHIP 1",
        stock="item location quantity\nCHIP PLANT 5",
        scheduled_receipts="order_id item location quantity due\nPO CHIP PLANT 5 1",
        short_builds="item component location retrofit_cost\nCAR CHIP PLANT 1",
        production_resources="item location resource\nCAR PLANT LINE",
        resources="resource location capacity\nLINE PLANT 10",
        capacities="kind owner valid_from valid_to capacity\nresources LINE 1 - 0",
    )  # fmt: skip
    plan = planned(network)
    # five whole and five short in week 0: five cars alone would be no run
    assert total(plan, "builds") == 5
    assert total(plan, "short_builds") == 5
    assert served(plan) == [0, 10]
    assert total(planned(network, responses=Responses(short_builds=False)), "builds") == 0


def test_a_run_above_the_demand_can_take_all_its_components() -> None:
    network = runs(
        2,
        bom="item component quantity_per\nCAR CHIP 1",
        sourcing="item location supplier lead_time unit_cost moq\nCHIP PLANT FAB 0 1 2",
    )
    plan = planned(network)
    # two cars at 20 pay for eight, each with a chip at 1
    assert total(plan, "orders") == 8
    assert profit(plan) == pytest.approx(40 - 8 - 8)
