"""(C16) Scheduled receipts pulled forward, pushed out and cancelled."""

from __future__ import annotations

import pytest

from supplychain.disruptions import SupplierOutage
from supplychain.network import Network
from supplychain.scenario import Responses
from tests.solver.levers.support import broken, planned, with_settings
from tests.support import by_period, money, profit, rows_of, served, tiny, total, under


def receipt(
    *,
    due: int = 3,
    expedite: object = "-",
    cancel: object = "-",
    earliest: object = "-",
    origin: str = "-",
    wanted: str = "CHIP PLANT 0 10 5 0",
    periods: int = 4,
    **tables: str,
) -> Network:
    """Ten chips are due; a demand of ten at 5."""
    columns = "expedite_cost  cancel_cost  earliest"
    return tiny(
        periods=periods,
        scheduled_receipts=f"""
            order_id  item  location  origin    quantity  due    {columns}
            PO        CHIP  PLANT     {origin}  10        {due}  {expedite} {cancel} {earliest}
        """,
        demand=f"item location period quantity unit_revenue lost_after\n{wanted}",
        **tables,
    )


@pytest.mark.parametrize(("price", "moved"), [(4.9, 10.0), (5.1, 0.0)])
def test_a_receipt_is_pulled_forward_where_it_has_a_price_that_pays(
    price: float, moved: float
) -> None:
    plan = planned(receipt(expedite=price))
    assert total(plan, "reschedules", kind="expedite") == moved
    assert served(plan) == [moved, 0, 0, 0]
    cost = moved * price
    assert money(plan, "rescheduling", "premium") == [pytest.approx(cost), pytest.approx(cost)]


def test_a_receipt_without_a_price_is_not_pulled_forward() -> None:
    assert sum(served(planned(receipt(cancel=0)))) == 0


def test_only_as_much_is_pulled_forward_as_is_needed() -> None:
    plan = planned(receipt(expedite=1, wanted="CHIP PLANT 0 4 5 0"))
    assert total(plan, "reschedules") == 4
    assert by_period(plan, "inventory", "arrivals") == [4, 0, 0, 6]


def test_no_more_of_a_receipt_is_pulled_forward_than_there_is() -> None:
    network = tiny(
        periods=2,
        scheduled_receipts="""
            order_id  item  location  quantity  due  expedite_cost
            PO-1      CHIP  PLANT     10        1    1
            PO-2      CHIP  PLANT     10        1    -
        """,
        demand="item location period quantity unit_revenue lost_after\nCHIP PLANT 0 14 5 0",
    )
    assert served(planned(network)) == [10, 0]


def test_nothing_is_pulled_forward_before_its_earliest_date() -> None:
    plan = planned(receipt(expedite=1, earliest=1, wanted="CHIP PLANT 0 10 5 2"))
    assert by_period(plan, "reschedules", at="receipt") == [0, 10, 0, 0]
    assert by_period(plan, "reschedules", at="planned") == [0, 0, 0, 10]


def test_a_receipt_from_beyond_the_horizon_is_pulled_into_it() -> None:
    plan = planned(receipt(due=6, expedite=1))
    row = plan.tables["reschedules"].iloc[0]
    assert row["kind"] == "expedite"
    assert row.isna()["planned"]
    assert served(plan) == [10, 0, 0, 0]


def test_what_is_pulled_in_from_beyond_is_no_closing_stock_any_more() -> None:
    tables = {"items": "item unit_cost\nCHIP 2"}
    network = receipt(due=6, expedite=1, **tables)
    closing = with_settings(network, closing_target=4)
    # mean requirement 10 / 4 a week: up to 10 units are valued at 0.9 of 2
    assert planned(closing, responses=Responses(expedite=False)).tables["closing"][
        "beyond"
    ].tolist() == [10]
    plan = planned(closing)
    assert plan.tables["closing"]["beyond"].tolist() == [0]
    assert money(plan, "closing") == [0]
    assert profit(plan) == pytest.approx(50 - 10)


HOLDING = {"items": "item unit_cost\nCHIP 52"}  # 1 a unit and week at a holding rate of 1


def test_a_receipt_is_pushed_out_to_save_holding_where_it_can_be_cancelled() -> None:
    late = "CHIP PLANT 3 10 5 0"
    for cancel, kept in ((99, [0, 0, 0, 0]), ("-", [10, 10, 10, 0])):
        network = receipt(due=0, cancel=cancel, origin="FAB", wanted=late, **HOLDING, **FAB)
        plan = planned(with_settings(network, holding_rate=1))
        assert by_period(plan, "inventory", "on_hand") == kept
        assert money(plan, "rescheduling") == [0]
        assert profit(plan) == pytest.approx(50 - sum(kept))


FAB = {"sourcing": "item location supplier lead_time unit_cost\nCHIP PLANT FAB 1 3"}


@pytest.mark.parametrize(("fee", "cancelled"), [(2.9, 6.0), (3.1, 0.0)])
def test_what_is_not_needed_is_cancelled_where_the_fee_is_below_its_price(
    fee: float, cancelled: float
) -> None:
    wanted = "CHIP PLANT 3 4 5 0"
    plan = planned(receipt(cancel=fee, origin="FAB", wanted=wanted, **FAB))
    assert total(plan, "reschedules", kind="cancel") == cancelled
    assert rows_of(plan, "reschedules", kind="cancel")["receipt"].isna().all()
    # the price of 3 is saved; only the fee is premium
    assert money(plan, "rescheduling", "premium") == [
        pytest.approx(cancelled * (fee - 3)), pytest.approx(cancelled * fee),
    ]  # fmt: skip
    assert profit(plan) == pytest.approx(4 * 5 + cancelled * (3 - fee))


def test_what_comes_from_nowhere_is_in_transit_and_neither_pushed_out_nor_cancelled() -> None:
    network = receipt(due=1, cancel=0, wanted="CHIP PLANT 3 10 5 0", **HOLDING)
    assert (
        by_period(planned(with_settings(network, holding_rate=1)), "inventory", "on_hand")[1] == 10
    )


def test_what_is_in_transit_is_not_cancelled_but_can_be_pulled_forward() -> None:
    sourcing = "item location supplier lead_time transit_time unit_cost\nCHIP PLANT FAB 3 3 3"
    network = receipt(due=2, cancel=0, expedite=1, origin="FAB", sourcing=sourcing)
    plan = planned(network)  # dispatched a week before the start
    assert total(plan, "reschedules", kind="cancel") == 0
    assert served(plan) == [10, 0, 0, 0]


def test_a_receipt_that_leaves_its_week_frees_capacity_for_a_new_order() -> None:
    sourcing = "item location supplier lead_time capacity\nCHIP PLANT FAB 0 10"
    rows = "CHIP PLANT 1 10 5 0\nCHIP PLANT 2 10 5 0"
    free = receipt(due=1, cancel=9, origin="FAB", wanted=rows, sourcing=sourcing)
    plan = planned(free)
    assert served(plan) == [0, 10, 10, 0]
    # the receipt takes all of the capacity of week 1; expedited to 0 it takes that of week 0
    tight = receipt(
        due=1, expedite=1, origin="FAB", wanted="CHIP PLANT 1 20 5 0", sourcing=sourcing,
        capacities="""
            kind      owner                    valid_from  valid_to  capacity
            sourcing  CHIP|PLANT|FAB|standard  0           0         4
        """,
    )  # fmt: skip
    plan = planned(tight)
    # 10 in week 1 and 4 in week 0, ordered anew at no price: nothing to gain from expediting
    assert sum(served(plan)) == 14
    assert money(plan, "rescheduling") == [0]


def test_an_expedited_receipt_takes_the_capacity_of_its_new_week() -> None:
    sourcing = "item location supplier lead_time group group_per_unit\nCHIP PLANT FAB 0 all 2"
    network = receipt(
        due=2, expedite=1, origin="FAB", sourcing=sourcing,
        supplier_capacity="supplier group capacity\nFAB all 20",
        capacities="kind owner valid_from valid_to capacity\nsupplier_capacity FAB|all 0 0 6",
    )  # fmt: skip
    network = network.replace(sourcing=network.table("sourcing").assign(unit_cost=100.0))
    plan = planned(network)
    assert served(plan) == [3, 0, 0, 0]  # 6 / 2
    use = plan.tables["capacity_use"]
    assert use[use["kind"] == "supplier_capacity"]["committed"].tolist()[0] == 6


def test_a_receipt_that_an_outage_blocks_for_good_is_not_moved() -> None:
    sourcing = "item location supplier lead_time unit_cost\nCHIP PLANT FAB 0 3"
    network = receipt(due=2, expedite=1, cancel=0, origin="FAB", sourcing=sourcing)
    outage = SupplierOutage(location="FAB", start="2026-W01", periods=4)
    plan = planned(under(network, outage))
    assert len(plan.tables["reschedules"]) == 0


def test_rescheduling_is_a_response_and_never_as_is() -> None:
    network = receipt(expedite=1)
    for plan in (planned(network, "as-is"), planned(network, responses=Responses(expedite=False))):
        assert sum(served(plan)) == 0
        assert broken(plan) == {}


def test_nothing_is_moved_into_frozen_weeks() -> None:
    network = receipt(expedite=1, wanted="CHIP PLANT 0 10 5 2")
    plan = planned(with_settings(network, frozen_periods=2))
    assert by_period(plan, "reschedules", at="receipt") == [0, 0, 10, 0]


def test_nothing_due_in_frozen_weeks_is_cancelled() -> None:
    for frozen, cancelled in ((3, 6), (4, 0)):
        network = receipt(cancel=1, origin="FAB", wanted="CHIP PLANT 3 4 5 0", **FAB)
        plan = planned(with_settings(network, frozen_periods=frozen))
        assert total(plan, "reschedules", kind="cancel") == cancelled


def test_a_budget_limits_expediting() -> None:
    plan = planned(receipt(expedite=2), responses=Responses(budget=7))
    assert total(plan, "reschedules") == pytest.approx(3.5)
