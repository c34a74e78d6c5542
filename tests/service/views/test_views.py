"""View models, by plans so small that their numbers are derived by hand.

A line builds 10 cars a week, each with a chip from a fab that is out in weeks 2 and 3. A car earns
100; one that waits is lost after no week, and then costs 5.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from app.service.views import board as board_view
from app.service.views import network as network_view
from app.service.views import plan as plan_view
from app.service.views import risk
from app.service.views.cases import Case
from tests.support import tiny

WEEKS = pd.date_range("2025-12-29", periods=4, freq="7D")
CHIP_OUT = "CHIP from FAB"


def frame(text: str) -> pd.DataFrame:
    """A table as it looks; whole numbers in date columns count weeks, ``-`` is no date."""
    header, *rows = [line.split() for line in text.strip().splitlines()]
    table = pd.DataFrame(rows, columns=header)
    for column in table:
        if column in ("period", "receipt"):
            numbers = pd.to_numeric(table[column], errors="coerce")
            table[column] = [pd.NaT if np.isnan(n) else WEEKS[int(n)] for n in numbers]
        elif column not in (
            "item",
            "location",
            "customer",
            "supplier",
            "origin",
            "destination",
            "mode",
            "resource",
            "waits_for",
            "term",
        ):
            table[column] = table[column].astype(float)
    return table


def service(on_time: tuple[int, ...]) -> pd.DataFrame:
    rows = "\n".join(
        f"CAR MARKET {n} retail 10 {units} 0 {10 - units} 0" for n, units in enumerate(on_time)
    )
    return frame(f"item location period customer quantity on_time late lost open\n{rows}")


def lines(loads: tuple[int, ...]) -> pd.DataFrame:
    rows = "\n".join(f"LINE PLANT {n} {load} 10 10" for n, load in enumerate(loads))
    table = frame(f"resource location period load calm_load capacity\n{rows}")
    down = table["load"] < 5
    return table.assign(down=down, waits_for=[CHIP_OUT if stop else "" for stop in down])


def tables(loads: tuple[int, ...], profit: float) -> dict[str, pd.DataFrame]:
    orders = frame("""
        item location supplier mode period receipt quantity
        CHIP PLANT    FAB      air  0      1       10
        CHIP PLANT    FAB      air  3      -       7
    """)
    return {
        "service": service(loads), "lines": lines(loads), "orders": orders,
        "transfers": frame("item origin destination mode period receipt quantity"),
        "receipts": frame("item location origin receipt quantity"),
        "builds": frame("item location period receipt quantity"),
        "inventory": frame("""
            item location period on_hand arrivals uses
            CHIP PLANT    0      2       0        3
            CHIP PLANT    1      12      10       0
        """),
        "costs": frame(f"term amount\nrevenue {profit + 10}\npurchase 10\nprofit {profit}\n"
                       "premium 3"),
    }  # fmt: skip


@pytest.fixture
def case() -> Case:
    network = tiny(
        items="item kind brand\nCAR product Avenor\nCHIP component -",
        locations="location kind latitude longitude\nFAB supplier 1 2\nPLANT plant 3 4\n"
        "MARKET market - -",
        bom="item version component quantity_per\nCAR standard CHIP 1",
        production="item location lead_time\nCAR PLANT 0",
        resources="resource location capacity\nLINE PLANT 10",
        production_resources="item location version resource per_unit\nCAR PLANT standard LINE 1",
        sourcing="item location supplier lead_time\nCHIP PLANT FAB 1",
        lanes="item origin destination lead_time\nCAR PLANT MARKET 0",
        stock="item location quantity\nCHIP PLANT 5",
        demand="item location period customer quantity unit_revenue lost_after lost_cost\n"
        + "\n".join(f"CAR MARKET {week} retail 10 100 0 5" for week in range(4)),
    )
    return Case(network, {"as-is": tables((10, 2, 0, 10), 100.0),
                         "response": tables((10, 10, 8, 10), 250.0)})  # fmt: skip


def test_money_at_risk_is_the_revenue_of_what_is_never_served_and_what_its_loss_costs(
    case: Case,
) -> None:
    (car,) = risk.products_at_risk(case).to_dict("records")
    assert (car["item"], car["brand"], car["missed"]) == ("CAR", "Avenor", 18.0)
    assert car["at_risk"] == 18 * 100 + 18 * 5
    assert car["at_risk_response"] == 2 * 105
    assert car["first"] == WEEKS[1]
    assert car["stopped_by"] == "CHIP"


def test_a_line_carries_the_money_of_what_it_makes_and_is_down_from_its_first_stop(
    case: Case,
) -> None:
    (line,) = risk.lines_at_risk(case, risk.products_at_risk(case)).to_dict("records")
    assert (line["line"], line["plant"], line["products"]) == ("LINE", "PLANT", "CAR")
    assert (line["stopped_by"], line["place"]) == ("CHIP", "FAB")
    assert (line["down_from"], line["weeks_down"]) == (WEEKS[1], 2)
    assert line["at_risk"] == 1890.0
    assert pd.isna(line["down_from_response"])
    assert line["weeks_down_response"] == 0


def test_what_waits_for_no_item_names_none() -> None:
    causes = pd.Series(["MCU at 2 from FAB at SEA", "its own capacity", "", "no scarce item found"])
    assert risk.stopper_of(causes)["item"].tolist() == ["MCU", "", "", ""]


def test_the_heat_map_has_the_share_not_on_time_by_week(case: Case) -> None:
    share = risk.late_share(case, "as-is", ["CAR"])
    assert share.loc["CAR"].round(6).tolist() == [0.0, 0.8, 1.0, 0.0]


def test_stock_at_the_start_plus_in_minus_out_is_stock_at_the_end(case: Case) -> None:
    report = plan_view.inventory(case.first, case.network.table("stock"))
    assert report["start"].tolist() == [5.0, 2.0]
    assert report["orders"].tolist() == [0.0, 10.0]
    assert report["other_in"].tolist() == [0.0, 0.0]
    assert report["out"].tolist() == [3.0, 0.0]
    assert report["end"].tolist() == [2.0, 12.0]
    assert report["difference"].tolist() == [0.0, 0.0]


def test_an_identity_that_does_not_hold_is_told(case: Case) -> None:
    broken = {**case.first, "inventory": case.first["inventory"].assign(on_hand=[2.0, 11.0])}
    report = plan_view.inventory(broken, case.network.table("stock"))
    assert report["difference"].tolist() == [0.0, 1.0]


def test_stops_of_a_line_that_follow_each_other_are_one_bar(case: Case) -> None:
    (stop,) = plan_view.stops(case).to_dict("records")
    assert (stop["line"], stop["plan"], stop["weeks"]) == ("LINE", "as-is", 2)
    assert (stop["from"], stop["to"]) == (WEEKS[1], WEEKS[3])


def test_money_tells_what_each_term_adds_to_the_profit(case: Case) -> None:
    table = plan_view.money({kind: part["costs"] for kind, part in case.plans.items()})
    assert table.index.tolist() == ["revenue", "purchase", "profit", "premium, within the costs"]
    assert table["response"].tolist() == [260.0, -10.0, 250.0, -3.0], "the terms add up"
    assert table["change"].tolist()[:3] == [150.0, 0.0, 150.0]
    assert plan_view.steps(table).tolist() == [150.0, 0.0]


def test_what_is_not_served_is_lost_or_open(case: Case) -> None:
    table = plan_view.units(case.plans)["as-is"]
    assert table["not served"] == table["lost"] + table["open at the end"]
    assert table["demanded"] == table["on time"] + table["late"] + table["not served"]


def test_routes_leave_out_what_arrives_after_the_end(case: Case) -> None:
    (route,) = network_view.routes(case, "CHIP").to_dict("records")
    assert route == {"origin": "FAB", "destination": "PLANT", "as-is": 10.0, "response": 10.0}


def test_a_place_tells_what_it_sends_builds_and_uses(case: Case) -> None:
    fab = network_view.at_place(case, "FAB").set_index("does")
    assert fab.loc["sends", ["item", "as-is", "response"]].tolist() == ["CHIP", 10.0, 10.0]
    plant = network_view.at_place(case, "PLANT")
    assert {"builds", "uses"} & set(plant["does"])
    assert network_view.at_place(case, "NOWHERE").empty


def test_the_map_shows_places_with_coordinates_and_lights_the_bottleneck(case: Case) -> None:
    places = network_view.places(case, "CHIP", "FAB").set_index("location")
    assert places["role"].to_dict() == {"FAB": "bottleneck", "PLANT": "user"}


def test_the_board_ranks_and_names_the_bottleneck(case: Case) -> None:
    board = board_view.board(case)
    assert board["bottleneck"]["item"] == "CHIP"
    assert board["bottleneck"]["place"] == "FAB"
    assert board["bottleneck"]["relatives"] == {"above": ["CAR"], "below": []}
    assert board["plants"] == [{"plant": "PLANT", "at_risk": 1890.0}]
    assert board["brands"] == [{"brand": "Avenor", "at_risk": 1890.0}]
    assert board["totals"]["saved"] == 150.0


def test_changes_since_the_run_before_tell_what_stops_sooner_and_what_runs_again(
    case: Case,
) -> None:
    today = board_view.board(case)
    before = board_view.board(Case(case.network, {"as-is": tables((10, 10, 0, 10), 100.0)}))
    moved = {(row["kind"], row["name"]) for row in board_view.changes(before, today)}
    assert moved == {("sooner", "LINE"), ("money", "CAR")}
    calm = board_view.board(Case(case.network, {"as-is": tables((10, 10, 10, 10), 100.0)}))
    assert {row["kind"] for row in board_view.changes(today, calm)} == {"gone", "money"}
    assert calm["lines"] == []
    assert calm["bottleneck"] is None


def test_a_line_that_was_simulated_has_a_range_and_a_probability(case: Case) -> None:
    sampled = pd.DataFrame({
        "kind": ["line"], "name": ["LINE"], "location": ["PLANT"], "probability": [0.9],
        "down_P10": [WEEKS[0]], "down_P50": [WEEKS[1]], "down_P90": [WEEKS[3]],
        "stopped_by": ["CHIP"], "stopped_at": ["PLANT"], "stopped_share": [0.8]})  # fmt: skip
    (line,) = board_view.with_chances(board_view.board(case)["lines"], sampled).to_dict("records")
    assert (line["probability"], line["down_P10"]) == (0.9, WEEKS[0])
