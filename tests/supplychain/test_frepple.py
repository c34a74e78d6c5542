"""Import of frePPLe dumps: tiny dumps with numbers derived by hand, and the demonstration data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from solver.plan import PlanKind
from supplychain.errors import DataError, FileError, InputError
from supplychain.frepple import FreppleImport, FreppleOptions, import_frepple, read_dump
from supplychain.frepple.values import parse_duration
from supplychain.network import Network
from tests.support import plan_and_check

Record = dict[str, object]
HOUR, DAY = 3600, 86400


def rec(model: str, pk: object = None, **fields: object) -> Record:
    """One record; without pk, as in dumps with natural keys."""
    label = model if "." in model else f"input.{model}"
    record: Record = {"model": label, "fields": fields}
    return record if pk is None else {"model": label, "pk": pk, "fields": fields}


def parameter(name: str, value: str) -> Record:
    return rec("common.parameter", name, value=value)


NOW = parameter("currentdate", "2024-01-01 00:00:00")  # a Monday
STRICT = parameter("plan.fixBrokenSupplyPath", "false")
PLANT, SHOP = rec("location", name="plant"), rec("location", name="shop")
CHAIR, LEG = rec("item", name="chair", cost=100), rec("item", name="leg", cost=5)
MILL = rec("supplier", name="mill")
LEGS_FROM_MILL = rec("itemsupplier", item="leg", location="plant", supplier="mill", leadtime=0)


def demand(name: str = "order", **fields: object) -> Record:
    given = {"item": "chair", "location": "plant", "due": "2024-01-24", "quantity": 10}
    return rec("demand", name=name, **({"customer": "C"} | given | fields))


def operation(name: str, **fields: object) -> Record:
    return rec("operation", name=name, **({"location": "plant"} | fields))


def material(operation: str, item: str, quantity: float, **fields: object) -> Record:
    kind = "start" if quantity < 0 else "end"
    given = {"operation": operation, "item": item, "quantity": quantity, "type": kind}
    return rec("operationmaterial", **(given | fields))


def load(operation: str, resource: str, quantity: float = 1, **fields: object) -> Record:
    return rec(
        "operationresource", operation=operation, resource=resource, quantity=quantity, **fields
    )


def do_import(*records: Record, **options: object) -> FreppleImport:
    """Import; the result must satisfy the data contract, whatever the test is about."""
    result = import_frepple(list(records), FreppleOptions(**options))  # type: ignore[arg-type]
    Network.from_frames(result.frames)
    return result


def only(frame: pd.DataFrame, **values: object) -> Any:
    """The one row with these values."""
    for column, value in values.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1, frame
    return next(frame.itertuples(index=False))


def noted(result: FreppleImport, *parts: str) -> bool:
    return any(all(part in line for part in parts) for line in result.notes)


MAKE_CHAIR = (
    NOW, PLANT, CHAIR, LEG, MILL, LEGS_FROM_MILL, demand(),
    operation("assemble", type="time_per", item="chair", duration_per=HOUR),
    material("assemble", "leg", -4),
)  # fmt: skip


# -- reading -----------------------------------------------------------------------------------


def test_a_missing_file_is_a_file_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_dump(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"model": ', "is not valid JSON at line 1 column 12"),
        ("", "is not valid JSON at line 1 column 1"),
        ('{"model": "input.item"}', "is not a list of records"),
        ('[{"model": "input.item"}, 3]', "row 2: is not a record with model and fields"),
        ('[{"model": "auth.user", "fields": {}}]', "holds no records of frePPLe"),
        ("[]", "holds no records of frePPLe"),
        ("[" * 100000, "JSON|nested"),
    ],
)
def test_what_is_no_fixture_is_a_data_error(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "dump.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_dump(path)


def test_a_file_that_is_no_text_is_a_file_error(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_bytes(b"\xff\xfe\x00[]")
    with pytest.raises(FileError, match="UTF-8"):
        read_dump(path)


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps([CHAIR]), encoding="utf-8-sig")
    assert read_dump(path) == [CHAIR]


def test_all_unreadable_values_are_reported_at_once() -> None:
    broken = (demand(quantity="ten"), demand("other", due="soon", maxlateness="a while"))
    with pytest.raises(DataError) as caught:
        do_import(*MAKE_CHAIR, *broken, rec("buffer", 7, item="leg", location="plant", onhand="x"))
    text = str(caught.value)
    assert "demand order row 10 column quantity value 'ten': is not a number" in text
    assert "demand other row 11 column due value 'soon': is not a date" in text
    assert "column maxlateness value 'a while': is not a duration" in text
    assert "buffer 7 row 12 column onhand value 'x': is not a number" in text


def test_a_number_that_is_not_finite_is_unreadable() -> None:
    with pytest.raises(DataError, match="is not a finite number"):
        do_import(*MAKE_CHAIR, demand(quantity=float("nan")))


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        (5400, 1.5), ("5400.0", 1.5), ("01:30:00", 1.5), ("1 12:00:00", 36),
        ("2 days, 0:30:00", 48.5), ("P1D", 24), ("P1DT2H30M", 26.5), ("P0DT00H00M36.0S", 0.01),
        ("P1W", 168), ("-1:00:00", -1),
    ],
)  # fmt: skip
def test_durations_come_in_many_spellings(value: object, hours: float) -> None:
    assert parse_duration(value) == pytest.approx(hours)


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="bucket value 'month': is not day or week"):
        FreppleOptions(bucket="month")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="periods"):
        FreppleOptions(periods=0)


# -- operations --------------------------------------------------------------------------------


def test_an_operation_becomes_production_with_its_bill_of_materials() -> None:
    result = do_import(*MAKE_CHAIR)
    row = only(result.frames["production"], item="chair")
    assert (row.location, row.version, row.lead_time, row.routine) == ("plant", "standard", 0, True)
    assert only(result.frames["bom"], item="chair", component="leg").quantity_per == 4


def routing(*more: Record) -> list[Record]:
    """Saw (20 h an order), then assemble (1 h a unit, orders of 10 or more): 30 h an order."""
    return [
        NOW, PLANT, CHAIR, LEG, MILL, LEGS_FROM_MILL, demand(),
        operation("make", type="routing", item="chair", sizeminimum=10),
        operation("saw", type="fixed_time", duration=20 * HOUR, owner="make", priority=1),
        operation("fit", type="time_per", duration_per=HOUR, owner="make", priority=2),
        material("saw", "leg", -4), material("fit", "chair", 2), *more,
    ]  # fmt: skip


@pytest.mark.parametrize(("bucket", "periods"), [("day", 2), ("week", 0)])
def test_a_routing_collapses_into_the_time_of_its_steps(bucket: str, periods: int) -> None:
    """30 h are 1.25 days: 2; and 0.18 weeks: less than half a week, so 0."""
    result = do_import(*routing(), bucket=bucket)
    assert only(result.frames["production"], item="chair").lead_time == periods
    assert noted(result, f"below half a {bucket} 0, else rounded up")


def test_the_yield_of_an_order_scales_what_it_uses() -> None:
    """4 legs make 2 chairs, so a chair takes 2."""
    result = do_import(*routing())
    assert only(result.frames["bom"], component="leg").quantity_per == 2
    assert list(result.frames["production"]["item"]) == ["chair"]


def test_steps_without_dependency_on_each_other_run_in_parallel() -> None:
    """Sawing, a gap of 6 h and fitting take 36 h; a third step of 40 h waits for nothing."""
    more = (
        operation("paint", type="fixed_time", duration=40 * HOUR, owner="make", priority=3),
        rec(
            "operationdependency",
            1,
            operation="fit",
            blockedby="saw",
            hard_safety_leadtime=6 * HOUR,
        ),
    )
    result = do_import(*routing(*more), bucket="day")
    assert only(result.frames["production"], item="chair").lead_time == 2  # ceil(40 / 24)
    chained = (*more, rec("operationdependency", 2, operation="paint", blockedby="fit"))
    result = do_import(*routing(*chained), bucket="day")
    assert only(result.frames["production"], item="chair").lead_time == 4  # ceil(76 / 24)


def test_working_time_stretches_an_operation() -> None:
    """30 h of work at 8 h on 7 days a week last 3.75 days: 4 days instead of 2."""
    shift = (
        rec("calendar", name="shift", defaultvalue=0),
        rec(
            "calendarbucket",
            1,
            calendar="shift",
            value=1,
            starttime="08:00:00",
            endtime="15:59:59",
        ),
    )
    plant = rec("location", name="plant", available="shift")
    records = [plant if r is PLANT else r for r in routing(*shift)]
    assert only(do_import(*records, bucket="day").frames["production"], item="chair").lead_time == 4


def test_offsets_of_materials_add_to_the_lead_time() -> None:
    """Chairs cool down for 24 h after the 30 h: 54 h are 3 days."""
    cooling = material("fit", "chair", 0, offset="1 00:00:00", type="end")
    result = do_import(*routing(cooling), bucket="day")
    assert only(result.frames["production"], item="chair").lead_time == 3


def test_quantities_per_order_are_spread_over_a_typical_order() -> None:
    """Demand lines of 10 make orders of 10: one wasted leg an order is 0.1 a chair."""
    records = [r for r in MAKE_CHAIR if r["model"] != "input.operationmaterial"]
    waste = material("assemble", "leg", -4, quantity_fixed=-1)
    result = do_import(*records, waste)
    assert only(result.frames["bom"], component="leg").quantity_per == pytest.approx(4.1)


def test_alternatives_are_routine_by_lowest_priority_and_disabled_by_zero() -> None:
    ways = [
        operation("make", type="alternate", item="chair"),
        operation("fast", type="fixed_time", owner="make", priority=2, cost=3),
        operation("slow", type="fixed_time", owner="make", priority=1),
        operation("never", type="fixed_time", owner="make", priority=0),
        material("fast", "leg", -4), material("slow", "leg", -5),
    ]  # fmt: skip
    result = do_import(NOW, PLANT, CHAIR, LEG, MILL, LEGS_FROM_MILL, demand(), *ways)
    production = result.frames["production"].set_index("version")
    assert production["routine"].to_dict() == {"slow": True, "fast": False}
    assert production["unit_cost"].to_dict() == {"slow": 0, "fast": 3}
    assert only(result.frames["bom"], version="slow").quantity_per == 5
    assert noted(result, "alternatives of priority 0 (disabled), left out: 1 (never)")


def test_all_branches_of_a_split_are_routine() -> None:
    ways = [
        operation("make", type="split", item="chair"),
        operation("left", owner="make", priority=30),
        operation("right", owner="make", priority=70),
    ]
    result = do_import(NOW, PLANT, CHAIR, demand(), *ways)
    assert result.frames["production"]["routine"].tolist() == [True, True]
    assert noted(result, "split operations", "1 (make)")


def test_alternative_materials_and_resources_become_versions() -> None:
    more = (
        rec("item", name="beech", cost=9), rec("item", name="oak", cost=9),
        rec("itemsupplier", item="beech", supplier="mill"),
        rec("itemsupplier", item="oak", supplier="mill"),
        material("assemble", "beech", -1, name="wood", priority=1),
        material("assemble", "oak", -2, name="wood", priority=2),
        rec("resource", name="A", location="plant"), rec("resource", name="B", location="plant"),
        load("assemble", "A", name="line", priority=1),
        load("assemble", "B", name="line", priority=2),
    )  # fmt: skip
    result = do_import(*MAKE_CHAIR, *more)
    production = result.frames["production"].set_index("version")["routine"].to_dict()
    assert production == {"assemble": True, "assemble (oak)": False, "assemble (B)": False}
    bom = result.frames["bom"]
    assert set(bom[bom["version"] == "assemble (oak)"]["component"]) == {"leg", "oak"}
    uses = result.frames["production_resources"].set_index("version")["resource"].to_dict()
    assert uses == {"assemble": "A", "assemble (oak)": "A", "assemble (B)": "B"}


def test_an_operation_that_is_no_longer_valid_is_left_out_and_a_later_one_begins_then() -> None:
    records = [r for r in MAKE_CHAIR if r["model"] not in ("input.operation",)]
    records += [
        operation("assemble", item="chair", effective_start="2024-01-15"),
        operation("old", item="chair", effective_end="2023-12-01"),
        operation("until", item="chair", effective_end="2024-01-15", priority=2),
    ]
    result = do_import(*records)
    production = result.frames["production"].set_index("version")
    assert production.loc["assemble", "valid_from"] == pd.Timestamp("2024-01-15")
    assert production.loc["until", "valid_to"] == pd.Timestamp("2024-01-14")
    assert production["routine"].to_dict() == {"assemble": True, "until": True}
    assert noted(result, "operations that are no longer valid, left out: 1 (old)")


def test_what_an_operation_makes_besides_is_noted() -> None:
    more = (
        rec("item", name="dust"),
        material("assemble", "dust", 1),
        material("assemble", "chair", 1),
    )
    result = do_import(*MAKE_CHAIR, *more)
    assert noted(result, "co-products have no counterpart: 1 (assemble: dust)")


def test_a_circle_of_materials_is_broken_at_the_worst_operation() -> None:
    more = (
        operation("take apart", item="leg", priority=5),
        material("take apart", "chair", -1),
        material("take apart", "leg", 4),
    )
    result = do_import(*MAKE_CHAIR, *more)
    assert list(result.frames["production"]["item"]) == ["chair"]
    assert noted(result, "circle of materials, left out: 1 (take apart)")


# -- resources and calendars -------------------------------------------------------------------

WORKING_WEEK = (
    rec("calendar", name="shift", defaultvalue=0),
    rec("calendarbucket", 1, calendar="shift", value=1, priority=10, starttime="08:00:00",
        endtime="15:59:59", saturday=False, sunday=False),
    rec("calendarbucket", 2, calendar="shift", value=0, priority=1,
        startdate="2024-01-10", enddate="2024-01-11"),
)  # fmt: skip
SHIFTED_PLANT = rec("location", name="plant", available="shift")


def with_line(*more: Record, **fields: object) -> list[Record]:
    line = rec("resource", name="line", **({"location": "plant", "maximum": 2} | fields))
    records = [SHIFTED_PLANT if r is PLANT else r for r in MAKE_CHAIR]
    return [*records, *WORKING_WEEK, line, load("assemble", "line"), *more]


def capacities(result: FreppleImport, owner: str = "line") -> dict[str, float]:
    rows = result.frames["capacities"]
    rows = rows[rows["owner"] == owner]
    return dict(zip(rows["valid_from"].dt.strftime("%m-%d"), rows["capacity"], strict=True))


def test_capacity_is_size_times_working_hours_and_a_holiday_changes_its_week() -> None:
    """2 machines x 5 days x 8 h = 80 h a week; Wednesday 10 January off: 64 h."""
    result = do_import(*with_line())
    assert only(result.frames["resources"], resource="line").capacity == pytest.approx(80)
    assert capacities(result) == {"01-08": pytest.approx(64)}
    assert only(result.frames["production_resources"], resource="line").per_unit == 1


def test_capacity_by_day_is_zero_on_days_off() -> None:
    result = do_import(*with_line(), bucket="day", periods=24)
    assert only(result.frames["resources"], resource="line").capacity == pytest.approx(16)
    assert capacities(result) == {"01-06": 0, "01-10": 0, "01-13": 0, "01-20": 0}
    weekend = only(result.frames["capacities"], valid_from=pd.Timestamp("2024-01-13"))
    assert weekend.valid_to == pd.Timestamp("2024-01-14")


def test_of_the_first_week_only_the_days_left_count() -> None:
    """From Thursday on: 2 days x 2 x 8 h."""
    records = [r for r in with_line() if r is not NOW]
    result = do_import(*records, parameter("currentdate", "2024-01-04 09:30:00"))
    assert capacities(result)["01-01"] == pytest.approx(32)
    assert only(result.frames["settings"], name="start").value == "2024-01-01"


def test_a_size_calendar_beats_the_maximum_and_efficiency_scales() -> None:
    """Size 1 until 15 January, then 3; efficiency 50 %: 20 h, then 60 h a week."""
    size = (
        rec("calendar", name="size", defaultvalue=3),
        rec("calendarbucket", 9, calendar="size", value=1, enddate="2024-01-15"),
    )
    result = do_import(*with_line(*size, maximum_calendar="size", efficiency=50), periods=4)
    assert only(result.frames["resources"], resource="line").capacity == pytest.approx(60)
    assert capacities(result) == {"01-01": pytest.approx(20), "01-08": pytest.approx(16)}


def test_of_overlapping_calendar_buckets_the_lowest_priority_then_the_latest_start_counts() -> None:
    size = (
        rec("calendar", name="size", defaultvalue=9),
        rec("calendarbucket", 11, calendar="size", value=1, priority=2),
        rec("calendarbucket", 12, calendar="size", value=2, priority=2, startdate="2024-01-08"),
        rec("calendarbucket", 13, calendar="size", value=4, priority=1, startdate="2024-01-15"),
    )
    result = do_import(*with_line(*size, maximum_calendar="size"), periods=3)
    by_week = {"01-01": 40, "01-08": 64, "01-15": 160}  # 32 h in the week of the holiday
    standing = only(result.frames["resources"], resource="line").capacity
    assert {**dict.fromkeys(by_week, standing), **capacities(result)} == by_week


def test_an_unconstrained_resource_is_unlimited() -> None:
    for fields in ({"type": "infinite"}, {"constrained": False}):
        result = do_import(*with_line(**fields))
        assert pd.isna(only(result.frames["resources"], resource="line").capacity)


def test_a_bucket_resource_counts_units_of_its_own() -> None:
    """100 in two weeks are 50 a week; an order of 10 takes 10 x 2 + 5: 2.5 a chair."""
    buckets = (
        rec("calendar", name="size"),
        rec("calendarbucket", 9, calendar="size", value=100, startdate="2024-01-01",
            enddate="2024-01-15"),
        rec("calendarbucket", 10, calendar="size", value=140, startdate="2024-01-15",
            enddate="2024-01-29"),
    )  # fmt: skip
    records = with_line(*buckets, type="buckets", maximum_calendar="size")
    records = [r for r in records if r["model"] != "input.operationresource"]
    records.append(load("assemble", "line", 2, quantity_fixed=5))
    result = do_import(*records, periods=4)
    assert only(result.frames["resources"], resource="line").capacity == pytest.approx(70)
    assert capacities(result) == {"01-01": pytest.approx(50)}
    assert only(result.frames["production_resources"], item="chair").per_unit == pytest.approx(2.5)


def test_a_fixed_time_on_a_resource_is_shared_by_a_typical_order() -> None:
    """8 h an order of 10: 0.8 h a chair; orders of at most 4: 2 h a chair."""
    records = [r for r in with_line() if r["model"] != "input.operation"]
    for largest, hours in ((None, 0.8), (4, 2.0)):
        made = operation("assemble", item="chair", duration=8 * HOUR, sizemaximum=largest)
        result = do_import(*records, made)
        row = only(result.frames["production_resources"], item="chair")
        assert row.per_unit == pytest.approx(hours)


TEAM = ("Ann", "Bob", "Cyd")


def people(*loads: Record) -> list[Record]:
    return [
        *MAKE_CHAIR,
        rec("resource", name="team", location="plant"),
        *(rec("resource", name=n, owner="team", location="plant", cost=6) for n in TEAM),
        rec("skill", name="saw"),
        rec("resourceskill", 1, resource="Ann", skill="saw"),
        rec("resourceskill", 2, resource="Bob", skill="saw"),
        *loads,
    ]  # fmt: skip


def test_a_group_and_a_skill_become_pools_that_share_their_members() -> None:
    """Ann and Bob saw, so sawing takes from the pool of two and from the team of three."""
    more = (
        operation("turn", type="time_per", item="leg", duration_per=1800),
        load("turn", "team", skill="saw"),
    )
    result = do_import(*people(load("assemble", "team"), *more))
    capacity = result.frames["resources"].set_index("resource")["capacity"].to_dict()
    assert capacity == {"team (saw)": 336, "team": 504}  # 168 h a head
    uses = result.frames["production_resources"].set_index(["item", "resource"])["per_unit"]
    assert uses.to_dict() == {
        ("chair", "team"): 1, ("leg", "team (saw)"): 0.5, ("leg", "team"): 0.5
    }  # fmt: skip
    assert only(result.frames["production"], item="chair").unit_cost == 6  # 1 h at 6
    assert noted(result, "pools of resources", "team = Ann + Bob + Cyd")


def test_a_skill_that_nobody_has_is_noted() -> None:
    weld = (rec("skill", name="weld"), load("assemble", "team", skill="weld"))
    result = do_import(*people(*weld))
    assert noted(result, "skill that no member has, left out: 1 (assemble: team (weld))")
    assert noted(result, "resources that nothing uses, left out: 3 (Ann, Bob, Cyd)")


def test_a_resource_shared_by_two_locations_is_given_to_each() -> None:
    more = (
        rec("resource", name="truck", location="plant"), load("assemble", "truck"), SHOP,
        operation("finish", type="time_per", item="table", location="shop", duration_per=HOUR),
        rec("item", name="table", cost=1), load("finish", "truck"),
        demand("second", item="table", location="shop"),
    )  # fmt: skip
    result = do_import(*MAKE_CHAIR, *more)
    places = result.frames["resources"].set_index("resource")["location"].to_dict()
    assert places == {"truck @ plant": "plant", "truck @ shop": "shop"}
    assert result.frames["resources"]["capacity"].tolist() == [168, 168]
    assert noted(result, "shared by several locations, given to each in full: 1 (truck)")


# -- purchasing and distribution ---------------------------------------------------------------


def test_an_item_supplier_becomes_a_sourcing_option() -> None:
    bought = rec(
        "itemsupplier", item="chair", location="plant", supplier="mill", leadtime="8 00:00:00",
        hard_safety_leadtime=DAY, sizeminimum=20, sizemultiple=5, cost=80,
        effective_start="2024-01-08 00:00:00", effective_end="2024-03-01 00:00:00",
    )  # fmt: skip
    row = only(do_import(NOW, PLANT, CHAIR, MILL, demand(), bought).frames["sourcing"])
    assert (row.lead_time, row.unit_cost, row.moq, row.lot_size) == (2, 80, 20, 5)
    assert row.qualified_from == pd.Timestamp("2024-01-08")
    assert row.available_to == pd.Timestamp("2024-02-29")
    assert row.routine


def test_a_price_that_is_not_given_is_the_cost_of_the_item() -> None:
    bought = rec("itemsupplier", item="chair", supplier="mill")
    row = only(do_import(NOW, PLANT, CHAIR, MILL, demand(), bought).frames["sourcing"])
    assert (row.location, row.unit_cost, row.lead_time) == ("*", 100, 0)


def test_purchasing_competes_with_production_by_priority() -> None:
    """Buying chairs ranks second, at the plant; at the shop it is the only way, so routine."""
    more = (
        SHOP, rec("itemsupplier", item="chair", supplier="mill", priority=2),
        demand("second", location="shop"),
    )  # fmt: skip
    sourcing = do_import(*MAKE_CHAIR, *more).frames["sourcing"]
    assert only(sourcing, item="chair", location="*").routine
    assert not only(sourcing, item="chair", location="plant").routine


def test_two_validities_of_one_supplier_are_two_modes() -> None:
    bought = [
        rec("itemsupplier", item="chair", supplier="mill", cost=80, effective_end="2024-02-05"),
        rec("itemsupplier", item="chair", supplier="mill", cost=90, effective_start="2024-02-05"),
        rec("itemsupplier", item="chair", supplier="mill", cost=70, priority=0,
            effective_start="2024-04-05"),
    ]  # fmt: skip
    result = do_import(NOW, PLANT, CHAIR, MILL, demand(), *bought)
    rows = result.frames["sourcing"].set_index("mode")
    assert rows["unit_cost"].to_dict() == {"standard": 80, "from 2024-02-05": 90}
    assert rows["routine"].all()
    assert noted(result, "item suppliers of priority 0 (disabled), left out: 1")


def test_groups_of_items_and_locations_expand_to_their_members_and_closer_rules_win() -> None:
    records = [
        NOW, MILL, rec("location", name="all"), rec("location", name="east", owner="all"),
        rec("location", name="north", owner="east"), rec("location", name="south", owner="east"),
        rec("item", name="goods"), rec("item", name="chair", owner="goods", cost=1),
        rec("item", name="table", owner="goods", cost=1),
        rec("itemsupplier", item="goods", location="all", supplier="mill", cost=5),
        rec("itemsupplier", item="table", location="south", supplier="mill", cost=6),
        demand(location="north"),
    ]  # fmt: skip
    result = do_import(*records)
    cost = result.frames["sourcing"].set_index(["item", "location"])["unit_cost"].to_dict()
    assert cost == {
        ("chair", "north"): 5, ("chair", "south"): 5, ("table", "north"): 5, ("table", "south"): 6
    }  # fmt: skip
    assert set(result.frames["items"]["item"]) == {"chair", "table"}
    assert set(result.frames["locations"]["location"]) == {"north", "south", "mill"}
    assert noted(result, "item groups, replaced by their members: 1 (goods)")
    assert noted(result, "location groups, replaced by their members: 2 (all, east)")


def test_a_group_that_is_demanded_itself_stays_an_item() -> None:
    family = (rec("item", name="seat", cost=9), rec("item", name="chair", owner="seat", cost=100))
    bought = rec("itemsupplier", item="seat", supplier="mill")
    result = do_import(NOW, PLANT, MILL, *family, bought, demand(item="seat"))
    assert set(result.frames["sourcing"]["item"]) == {"seat", "chair"}


def test_owners_in_a_circle_do_no_harm() -> None:
    turning = (
        rec("item", name="chair", owner="stool", cost=1),
        rec("item", name="stool", owner="chair"),
    )
    bought = rec("itemsupplier", item="chair", supplier="mill")
    result = do_import(NOW, PLANT, MILL, *turning, bought, demand())
    assert only(result.frames["demand"]).quantity == 10


def shipped(**fields: object) -> Record:
    return rec(
        "itemdistribution",
        **({"item": "chair", "origin": "plant", "location": "shop", "leadtime": 4 * DAY} | fields),
    )


def test_a_distribution_becomes_a_lane_that_is_closed_when_it_is_not_valid() -> None:
    lane = shipped(cost=3, effective_start="2024-01-15", effective_end="2024-01-29")
    result = do_import(*MAKE_CHAIR, SHOP, lane, demand("late", location="shop"), periods=6)
    row = only(result.frames["lanes"])
    assert (row.origin, row.destination, row.lead_time, row.unit_cost) == ("plant", "shop", 1, 3)
    closed = result.frames["capacities"]
    assert set(closed["owner"]) == {"chair|plant|shop|standard"}
    assert closed["valid_from"].dt.day.tolist() == [1, 29]
    assert closed["valid_to"].tolist() == [pd.Timestamp("2024-01-08"), pd.Timestamp("2024-02-05")]
    assert closed["capacity"].tolist() == [0, 0]


def test_a_distribution_without_destination_goes_everywhere_but_to_its_origin() -> None:
    result = do_import(*MAKE_CHAIR, SHOP, rec("location", name="depot"), shipped(location=None))
    assert set(result.frames["lanes"]["destination"]) == {"shop", "depot"}


def test_bucket_resources_limit_suppliers_and_lanes() -> None:
    """50 a week: the supplier's group; a lane on which a chair takes 2: 25 a week."""
    resource = (
        rec("calendar", name="weekly"),
        rec("calendarbucket", 1, calendar="weekly", value=500, startdate="2024-01-01",
            enddate="2024-03-11"),
        rec("resource", name="dock", type="buckets", location="plant", maximum_calendar="weekly"),
        rec("resource", name="press", location="plant"),
    )  # fmt: skip
    bought = rec("itemsupplier", item="chair", location="plant", supplier="mill", resource="dock",
                 resource_qty=4)  # fmt: skip
    other = rec("itemsupplier", item="leg", location="plant", supplier="mill", resource="press")
    records = [
        NOW,
        PLANT,
        SHOP,
        CHAIR,
        LEG,
        MILL,
        *resource,
        bought,
        other,
        demand(location="shop"),
    ]
    result = do_import(*records, shipped(resource="dock", resource_qty=2), periods=6)
    option = only(result.frames["sourcing"], item="chair")
    assert (option.group, option.group_per_unit) == ("dock", 4)
    assert only(result.frames["supplier_capacity"], group="dock").capacity == pytest.approx(50)
    assert only(result.frames["lanes"]).capacity == pytest.approx(25)
    assert noted(result, "count no units, taken as unlimited: 1 (press)")


def test_a_supplier_that_is_also_a_location_gets_a_name_of_its_own() -> None:
    bought = rec("itemsupplier", item="chair", location="plant", supplier="plant")
    result = do_import(NOW, PLANT, CHAIR, rec("supplier", name="plant"), demand(), bought)
    assert only(result.frames["sourcing"]).supplier == "plant (supplier)"
    assert noted(result, "renamed with (supplier): 1 (plant)")


def test_locations_get_their_kind_from_what_happens_there() -> None:
    lanes = (shipped(location="depot"), shipped(origin="depot"))
    result = do_import(
        *MAKE_CHAIR, SHOP, rec("location", name="depot"), *lanes, demand("d", location="shop")
    )
    kinds = result.frames["locations"].set_index("location")["kind"].to_dict()
    assert kinds == {"plant": "plant", "depot": "warehouse", "shop": "market", "mill": "supplier"}


# -- demand, stock, orders ---------------------------------------------------------------------


def test_sales_orders_count_by_status() -> None:
    orders = [
        demand("a", quantity=1), demand("b", quantity=2, status="quote"),
        demand("c", quantity=4, status="closed", due="2023-11-15"),
        demand("d", quantity=8, status="canceled"), demand("e", quantity=16, status="inquiry"),
        demand("f", quantity=32, status="open", customer=None),
    ]  # fmt: skip
    result = do_import(*(r for r in MAKE_CHAIR if r["model"] != "input.demand"), *orders)
    rows = result.frames["demand"].set_index("customer")
    assert rows["quantity"].to_dict() == {"C": 3, "": 32}
    assert set(rows["period"]) == {pd.Timestamp("2024-01-22")}
    history = only(result.frames["demand_history"])
    assert (history.quantity, history.period) == (4, pd.Timestamp("2023-11-13"))
    assert noted(result, "status canceled, left out: 1 (d)")
    assert noted(result, "status inquiry, left out: 1 (e)")
    assert noted(result, "quotes, planned like open sales orders: 1 (b)")


def test_a_backlog_keeps_its_date() -> None:
    result = do_import(*MAKE_CHAIR, demand("old", due="2023-12-20"))
    assert result.frames["demand"]["period"].min() == pd.Timestamp("2023-12-18")
    assert only(result.frames["settings"], name="start").value == "2024-01-01"


@pytest.mark.parametrize(
    ("lateness", "bucket", "periods"),
    [("3 00:00:00", "week", 1), ("0", "week", 0), (DAY, "week", 0), (3 * DAY, "day", 3)],
)
def test_lateness_counts_to_the_period_of_the_latest_date(
    lateness: object, bucket: str, periods: int
) -> None:
    """Due on Friday 19 January: three days later is the Monday of the next week."""
    order = demand(due="2024-01-19", maxlateness=lateness)
    result = do_import(
        *(r for r in MAKE_CHAIR if r["model"] != "input.demand"), order, bucket=bucket
    )
    assert only(result.frames["demand"]).lost_after == periods


def test_without_a_limit_or_with_one_beyond_the_end_nothing_is_lost() -> None:
    result = do_import(*MAKE_CHAIR, demand("b", customer="D", maxlateness=5 * 365 * DAY))
    assert result.frames["demand"]["lost_after"].isna().all()


def test_the_calendar_reaches_the_last_order_and_its_lead_times() -> None:
    """Last order in the 4th week, two weeks more, and the longest lead time of two weeks."""
    slow = rec("itemsupplier", item="leg", location="plant", supplier="mill", leadtime=14 * DAY)
    result = do_import(*MAKE_CHAIR, slow)
    assert only(result.frames["settings"], name="periods").value == "6"
    records = [slow if r is LEGS_FROM_MILL else r for r in MAKE_CHAIR]
    assert only(do_import(*records).frames["settings"], name="periods").value == "8"


def test_orders_after_the_calendar_are_left_out_by_name() -> None:
    result = do_import(*MAKE_CHAIR, demand("far", due="2024-06-01"), periods=10)
    assert noted(result, "due after the last period, left out: 1 (far)")
    assert only(result.frames["demand"]).quantity == 10


def test_without_a_current_date_the_plan_starts_with_the_first_open_order() -> None:
    records = [r for r in MAKE_CHAIR if r is not NOW]
    result = do_import(*records, parameter("currentdate", "now"))
    assert only(result.frames["settings"], name="start").value == "2024-01-22"
    assert noted(result, "the parameter currentdate is 'now', no date")


def test_a_sales_order_finds_its_location_by_its_delivery_operation() -> None:
    ship = operation("ship", location="plant")
    order = demand("x", location=None, operation="ship", customer="D")
    result = do_import(*MAKE_CHAIR, SHOP, ship, order, demand("y", location=None))
    assert only(result.frames["demand"], customer="D").location == "plant"
    assert noted(result, "sales orders without location, left out: 1 (y)")
    assert noted(result, "operations that make no item (deliveries), left out: 1 (ship)")


def test_stock_is_summed_over_batches_and_never_negative() -> None:
    buffers = [
        rec("buffer", 1, item="leg", location="plant", onhand=5, batch="a", minimum=3),
        rec("buffer", 2, item="leg", location="plant", onhand="7.5", batch="b"),
        rec("buffer", 3, item="chair", location="plant", onhand=-2),
    ]
    result = do_import(*MAKE_CHAIR, *buffers)
    assert only(result.frames["stock"]).quantity == 12.5
    assert noted(result, "negative stock, taken as 0: 1 (chair @ plant)")
    assert noted(result, "safety stock has no counterpart: 1 (leg @ plant)")
    assert noted(result, "fields of buffer: batch (2)")


def test_buffers_need_no_number_of_their_own() -> None:
    """Dumps with natural keys give neither pk nor id."""
    buffers = [rec("buffer", item=item, location="plant", onhand=2) for item in ("leg", "chair")]
    stock = do_import(*MAKE_CHAIR, *buffers).frames["stock"]
    assert stock.set_index("item")["quantity"].to_dict() == {"leg": 2, "chair": 2}


def test_an_infinite_buffer_is_a_source_of_its_own() -> None:
    records = [r for r in MAKE_CHAIR if r is not LEGS_FROM_MILL]
    result = do_import(
        *records, rec("buffer", 1, type="infinite", item="leg", location="plant"), STRICT
    )
    assert only(result.frames["sourcing"]).supplier == "Infinite buffer"


def order(reference: str, kind: str, status: str = "confirmed", **fields: object) -> Record:
    given = {"startdate": "2023-12-28", "enddate": "2024-01-10", "quantity": 10}
    return rec("operationplan", reference, type=kind, status=status, **(given | fields))


def test_committed_purchase_orders_are_scheduled_receipts() -> None:
    bought = {"item": "leg", "location": "plant", "supplier": "mill"}
    orders = [
        order("P1", "PO", **bought), order("P2", "PO", "approved", enddate="2023-12-20", **bought),
        order("P3", "PO", "proposed", **bought), order("P4", "PO", "closed", **bought),
        order("P5", "PO", supplier="newcomer", item="leg", location="plant"),
    ]  # fmt: skip
    result = do_import(*MAKE_CHAIR, *orders)
    rows = result.frames["scheduled_receipts"].set_index("order_id")
    assert rows["origin"].to_dict() == {"P1": "mill", "P2": "mill", "P5": "newcomer"}
    assert rows["due"].dt.strftime("%m-%d").tolist() == ["01-10", "12-20", "01-10"]
    assert noted(result, "PO orders of status proposed, left out: 1 (P3)")


def test_a_distribution_order_on_its_way_takes_its_goods_from_the_origin() -> None:
    """12 chairs at the plant, 10 of them on their way, so 2 are left."""
    moved = {"item": "chair", "origin": "plant", "destination": "shop"}
    later = order("D2", "DO", startdate="2024-01-17", **moved)
    stock = rec("buffer", 1, item="chair", location="plant", onhand=12)
    result = do_import(*MAKE_CHAIR, SHOP, shipped(), stock, order("D1", "DO", **moved), later)
    receipt = only(result.frames["scheduled_receipts"])
    assert (receipt.order_id, receipt.origin, receipt.location) == ("D1", "plant", "shop")
    assert only(result.frames["stock"]).quantity == 2
    assert noted(result, "leave after the first period, left to the plan: 1 (D2: 10 chair)")


def test_goods_in_transit_without_origin_take_nothing() -> None:
    stock = rec("buffer", 1, item="chair", location="plant", onhand=12)
    coming = order("D1", "DO", item="chair", destination="shop", startdate="2024-02-01")
    result = do_import(*MAKE_CHAIR, SHOP, stock, coming)
    assert only(result.frames["stock"]).quantity == 12
    assert only(result.frames["scheduled_receipts"]).origin == ""


def test_a_manufacturing_order_in_progress_takes_its_components() -> None:
    """10 ordered, 4 made: 6 to come, which take 24 of the 20 legs."""
    stock = rec("buffer", 1, item="leg", location="plant", onhand=20)
    making = order("M1", "MO", operation="assemble", quantity_completed=4)
    result = do_import(*MAKE_CHAIR, stock, making)
    receipt = only(result.frames["scheduled_receipts"])
    assert (receipt.item, receipt.location, receipt.origin, receipt.quantity) == (
        "chair",
        "plant",
        "",
        6,
    )
    assert "stock" not in result.frames
    assert noted(result, "material is not in stock, taken as issued: 1 (M1: 4 leg @ plant)")
    issued = do_import(*MAKE_CHAIR, stock, making, parameter("WIP.consume_material", "false"))
    assert only(issued.frames["stock"]).quantity == 20


def test_steps_of_a_manufacturing_order_are_part_of_it() -> None:
    orders = [order("M1", "MO", operation="make"), order("M2", "MO", operation="saw", owner="M1")]
    orders.append(order("M3", "MO", operation="fit"))
    result = do_import(*routing(*orders))
    assert only(result.frames["scheduled_receipts"]).quantity == 20  # two chairs an order unit
    assert noted(result, "part of their order: 1 (M2)")
    assert noted(result, "manufacturing orders of routing steps, left out: 1 (M3)")


def test_an_order_of_an_alternative_counts_where_its_parent_does_not() -> None:
    ways = [
        operation("make", type="alternate", item="chair"),
        operation("fast", owner="make", priority=1),
    ]
    orders = [order("M1", "MO", operation="make"), order("M2", "MO", operation="fast", owner="M1")]
    result = do_import(NOW, PLANT, CHAIR, demand(), *ways, *orders)
    assert only(result.frames["scheduled_receipts"]).order_id == "M2"
    assert noted(result, "operations that are not imported, left out: 1 (M1)")


# -- what nothing supplies, money, names, notes ------------------------------------------------


def test_what_nothing_replenishes_is_bought_from_a_stand_in_as_frepple_does() -> None:
    records = [r for r in MAKE_CHAIR if r is not LEGS_FROM_MILL]
    result = do_import(*records)
    row = only(result.frames["sourcing"])
    assert (row.item, row.location, row.supplier, row.unit_cost) == (
        "leg",
        "plant",
        "Unknown supplier",
        5,
    )
    assert noted(result, "not replenished by anything", "1 (leg @ plant)")


def test_an_empty_origin_gets_no_stand_in_where_there_is_another_source() -> None:
    """Nothing comes to the depot, yet the shop is supplied by the plant."""
    depot = rec("location", name="depot")
    lanes = (shipped(), shipped(origin="depot"))
    result = do_import(*MAKE_CHAIR, SHOP, depot, *lanes, demand("x", location="shop"))
    assert set(result.frames["sourcing"]["supplier"]) == {"mill"}


@pytest.mark.parametrize("records", [(STRICT,), ()])
def test_demand_that_no_source_can_serve_is_left_out_by_name(records: tuple[Record, ...]) -> None:
    """Legs cannot be had, so no chair can be made; by the dump's parameter or by the option."""
    kept = [r for r in MAKE_CHAIR if r is not LEGS_FROM_MILL]
    options = {} if records else {"unsupplied": "leave out"}
    result = do_import(*kept, *records, **options)
    assert "demand" not in result.frames
    assert noted(result, "no source can serve, left out: 1 (order: chair @ plant)")


def test_two_locations_that_only_supply_each_other_serve_nobody() -> None:
    lanes = (shipped(), shipped(origin="shop", location="plant"))
    result = do_import(NOW, PLANT, SHOP, CHAIR, *lanes, demand())
    assert "demand" not in result.frames
    stocked = rec("buffer", 1, item="chair", location="shop", onhand=1)
    assert "demand" in do_import(NOW, PLANT, SHOP, CHAIR, *lanes, demand(), stocked).frames


def test_revenue_is_a_multiple_of_cost() -> None:
    row = only(do_import(*MAKE_CHAIR, revenue_factor=3.0, backorder_rate=0.02).frames["demand"])
    assert (row.unit_revenue, row.backorder_cost) == (300, 6)
    day = do_import(*MAKE_CHAIR, bucket="day", backorder_rate=0.07)
    assert only(day.frames["demand"]).backorder_cost == pytest.approx(200 * 0.01)


def test_a_cost_that_is_missing_is_rolled_up() -> None:
    """4 legs at 5 and 2 for the work: 22."""
    free = rec("item", name="chair")
    records = [free if r is CHAIR else r for r in MAKE_CHAIR if r["model"] != "input.operation"]
    result = do_import(*records, operation("assemble", item="chair", cost=2))
    assert only(result.frames["items"], item="chair").unit_cost == 22
    assert only(result.frames["demand"]).unit_revenue == 44


def test_a_selling_price_of_old_releases_is_the_revenue() -> None:
    priced = rec("item", name="chair", price=150)
    result = do_import(*(priced if r is CHAIR else r for r in MAKE_CHAIR))
    assert only(result.frames["demand"]).unit_revenue == 150
    assert only(result.frames["items"], item="chair").unit_cost == 20


def test_without_any_cost_the_revenue_is_one() -> None:
    bought = rec("itemsupplier", item="chair", supplier="mill")
    result = do_import(NOW, PLANT, MILL, rec("item", name="chair"), bought, demand())
    assert only(result.frames["demand"]).unit_revenue == 1
    assert noted(result, "without any cost: unit_revenue 1: 1 (chair)")


def test_the_currency_comes_from_the_option_or_the_parameter() -> None:
    def currency(*records: Record, **options: object) -> str:
        return str(
            only(
                do_import(*MAKE_CHAIR, *records, **options).frames["settings"], name="currency"
            ).value
        )

    assert currency() == "USD"
    assert currency(parameter("currency", "€,")) == "EUR"
    assert currency(parameter("currency", "€"), currency="CHF") == "CHF"


def test_names_that_would_break_keys_are_changed_and_stay_distinct() -> None:
    items = (
        rec("item", name="a|b", cost=1),
        rec("item", name="a/b", cost=2),
        rec("item", name="*", cost=3),
    )
    bought = [rec("itemsupplier", item=n, supplier="mill|1") for n in ("a|b", "a/b", "*")]
    orders = [demand(n, item=n, customer="x|y") for n in ("a|b", "a/b", "*")]
    result = do_import(NOW, PLANT, *items, *bought, *orders)
    cost = result.frames["items"].set_index("item")["unit_cost"].to_dict()
    assert cost == {"a/b": 1, "a/b (2)": 2, "any": 3}
    assert set(result.frames["demand"]["customer"]) == {"x/y"}
    assert noted(result, "names that hold |", "'a|b' -> 'a/b'")


def test_models_and_fields_without_counterpart_are_counted() -> None:
    more = (
        rec("setupmatrix", "m"), rec("forecast.forecast", "f1", planned=True),
        rec("forecast.forecast", "f2"), rec("item", name="oil", weight=3, volume=0, source="ERP"),
    )  # fmt: skip
    result = do_import(*MAKE_CHAIR, *more)
    assert "no counterpart: forecast.forecast: 2 records" in result.notes
    assert "no counterpart: input.setupmatrix: 1 records" in result.notes
    assert "no counterpart: fields of item: weight (1)" in result.notes


def test_names_that_no_record_defines_are_added() -> None:
    bought = rec("itemsupplier", item="chair", location="attic", supplier="mill")
    result = do_import(NOW, bought, demand(location="attic"))
    assert only(result.frames["items"]).item == "chair"
    assert noted(result, "items that records name but the dump does not hold, added: 1 (chair)")
    assert noted(result, "locations that records name", "attic")


def test_a_dump_without_demand_is_still_a_dataset() -> None:
    result = do_import(*(r for r in MAKE_CHAIR if r["model"] != "input.demand"))
    assert "demand" not in result.frames
    assert noted(result, "no open sales order is left")


# -- the shapes of other releases --------------------------------------------------------------


def test_a_dump_of_an_old_release_imports() -> None:
    """Flows, loads and buffers by name; suboperations; orders in models of their own."""
    records = [
        NOW, rec("location", "plant", available=None), rec("location", "shop"),
        rec("item", "chair", price="150.0000", operation="deliver chair"),
        rec("item", "leg", price=None), rec("supplier", "mill"),
        rec("customer", "C"), rec("resource", "line", maximum="2.0000", location="plant"),
        rec("buffer", "chair @ plant", item="chair", location="plant", onhand="3.0000"),
        rec("buffer", "chair @ shop", item="chair", location="shop"),
        rec("buffer", "legs in the yard", item="leg", location="plant", onhand="8.0000"),
        rec("operation", "make", type="routing", location="plant"),
        rec("operation", "saw", type="fixed_time", duration="36000.0000", location="plant"),
        rec("operation", "fit", type="time_per", duration="3600", duration_per="1800.0000",
            location="plant"),
        rec("suboperation", 1, operation="make", suboperation="saw", priority=1),
        rec("suboperation", 2, operation="make", suboperation="fit", priority=2),
        rec("flow", 1, operation="saw", thebuffer="legs in the yard", quantity="-4", type="start"),
        rec("flow", 2, operation="fit", thebuffer="chair @ plant", quantity="1", type="end"),
        rec("load", 1, operation="fit", resource="line", quantity="1.0000"),
        rec("operation", "ship", type="fixed_time", duration="345600", location="shop"),
        rec("flow", 3, operation="ship", thebuffer="chair @ plant", quantity="-1", type="start"),
        rec("flow", 4, operation="ship", thebuffer="chair @ shop", quantity="1", type="end"),
        rec("operation", "deliver chair", type="fixed_time"),
        rec("flow", 5, operation="deliver chair", thebuffer="chair @ shop", quantity="-1"),
        rec("itemsupplier", 1, item="leg", location="plant", supplier="mill", leadtime="604800"),
        rec("purchaseorder", 17, reference="ERP 17", item="leg", location="plant", supplier="mill",
            quantity="40", status="confirmed", enddate="2024-01-09T00:00:00"),
        rec("distributionorder", 18, item="chair", origin="plant", destination="shop", quantity="2",
            status="confirmed", startdate="2024-01-01T00:00:00", enddate="2024-01-05T00:00:00"),
        rec("demand", "order 1", item="chair", customer="C", due="2024-01-24T00:00:00",
            quantity="10", priority=1),
    ]  # fmt: skip
    result = do_import(*records, bucket="day")
    made = only(result.frames["production"])
    # 10 h of sawing, 1 h + 0.5 h of fitting: 11.5 h, less than half a day
    assert (made.item, made.location, made.lead_time) == ("chair", "plant", 0)
    assert only(result.frames["bom"]).component == "leg"
    assert only(result.frames["production_resources"]).per_unit == pytest.approx(0.6)  # 0.1 + 0.5
    lane = only(result.frames["lanes"])
    assert (lane.item, lane.origin, lane.destination, lane.lead_time) == (
        "chair",
        "plant",
        "shop",
        4,
    )
    assert only(result.frames["demand"]).location == "shop"
    assert only(result.frames["demand"]).unit_revenue == 150
    stock = result.frames["stock"].set_index("item")["quantity"].to_dict()
    assert stock == {"chair": 1, "leg": 8}
    receipts = result.frames["scheduled_receipts"].set_index("order_id")["origin"].to_dict()
    assert receipts == {"ERP 17": "mill", "18": "plant"}


def test_alternatives_by_suboperation_and_flow_group_import() -> None:
    """Old alternates: a suboperation record each; an alternate flow names the preferred one."""
    records = [
        NOW, PLANT, CHAIR, LEG, rec("item", "peg", cost=1), MILL, demand(),
        rec("itemsupplier", 1, item="leg", supplier="mill"),
        rec("itemsupplier", 2, item="peg", supplier="mill"),
        operation("make", type="alternate"), operation("one", type="fixed_time"),
        operation("two", type="fixed_time"),
        rec("suboperation", 1, operation="make", suboperation="two", priority=1,
            effective_end="2024-02-01T00:00:00"),
        rec("suboperation", 2, operation="make", suboperation="one", priority=2),
        rec("flow", 1, operation="one", item="chair", quantity=1, type="end"),
        rec("flow", 2, operation="two", item="chair", quantity=1, type="end"),
        rec("flow", 3, operation="one", item="leg", quantity=-4, name="legs", priority=1),
        rec("flow", 4, operation="one", item="peg", quantity=-8, alternate="legs", priority=2),
        rec("flow", 5, operation="two", item="leg", quantity=-3, type="fixed_start"),
    ]  # fmt: skip
    result = do_import(*records)
    production = result.frames["production"].set_index("version")
    # two ends on 31 January, and one is the only way for the time after it: both are routine
    assert production["routine"].to_dict() == {"two": True, "one": True, "one (peg)": False}
    assert production.loc["two", "valid_to"] == pd.Timestamp("2024-01-31")
    used = result.frames["bom"].set_index("version")["quantity_per"].to_dict()
    assert used == {"one": 4, "one (peg)": 8, "two": pytest.approx(0.3)}  # 3 an order of 10


def reshaped(record: Record) -> Record:
    """The same record as plain dumpdata writes it: pk, foreign keys without _id, natural keys."""
    fields = {}
    for name, value in dict(record["fields"]).items():  # type: ignore[call-overload]
        plain = name.removesuffix("_id")
        is_key = plain != name and plain in ("item", "location", "supplier", "resource")
        is_time = plain in ("leadtime", "duration", "duration_per", "fence") and value is not None
        fields[plain] = [value] if is_key else value
        if is_time:
            days, seconds = divmod(float(value), DAY)
            clock = f"{seconds // 3600:02.0f}:{seconds % 3600 // 60:02.0f}:{seconds % 60:02.0f}"
            fields[plain] = f"{days:.0f} {clock}"
    named = record["model"] not in ("input.calendarbucket", "input.operationplan")
    name = fields.pop("name", None) if named else None
    key = fields.pop("id", None) or fields.pop("reference", None) or name
    plain_record: Record = {"model": record["model"], "fields": fields}
    return plain_record if key is None else {**plain_record, "pk": key}


# -- the demonstration data --------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(shared: Path) -> list[Record]:
    return read_dump(shared / "datasets" / "frepple_manufacturing_demo.json")


@pytest.mark.parametrize("bucket", ["week", "day"])
def test_the_demonstration_data_import_and_check(sample: list[Record], bucket: str) -> None:
    result = do_import(*sample, bucket=bucket)
    frames = result.frames
    assert len(frames["items"]) == 11
    assert len(frames["production"]) == 7
    assert len(frames["bom"]) == 13
    assert frames["demand"]["quantity"].sum() == 250
    assert len(frames["scheduled_receipts"]) == 4
    assert frames["stock"]["quantity"].sum() == sum(
        record["fields"]["onhand"]  # type: ignore[index]
        for record in sample
        if record["model"] == "input.buffer"
    )
    leads = frames["sourcing"].set_index("item")["lead_time"].to_dict()
    weeks = {"wooden panel": 0, "wooden beam": 1, "cushion": 2, "screws": 0, "chair": 5}
    days = {"wooden panel": 1, "wooden beam": 7, "cushion": 14, "screws": 1, "chair": 30}
    assert leads == (weeks if bucket == "week" else days)
    assert not only(frames["sourcing"], item="chair").routine


def test_the_demonstration_data_have_the_capacities_of_their_calendars(
    sample: list[Record],
) -> None:
    """Two assembly places, Monday to Friday around the clock: 240 h; nothing before 4 January."""
    frames = do_import(*sample).frames
    capacity = frames["resources"].set_index("resource")["capacity"]
    assert capacity["assembly line"] == pytest.approx(240)
    assert capacity["operators"] == pytest.approx(360)
    assert capacity["operators (Sawing skill)"] == pytest.approx(240)
    changed = frames["capacities"].set_index(["owner", "valid_from"])["capacity"]
    assert changed["assembly line", pd.Timestamp("2020-12-28")] == 0
    assert changed["Antonio", pd.Timestamp("2021-01-11")] == pytest.approx(96)  # a day off


def test_the_shape_of_a_dump_makes_no_difference(sample: list[Record]) -> None:
    given, plain = do_import(*sample), do_import(*map(reshaped, sample))
    assert given.frames.keys() == plain.frames.keys()
    for name, frame in given.frames.items():
        pd.testing.assert_frame_equal(frame, plain.frames[name])


def test_the_order_of_records_makes_no_difference_to_the_network(sample: list[Record]) -> None:
    given, turned = do_import(*sample), do_import(*reversed(sample))
    assert (
        Network.from_frames(given.frames).input_hash
        == Network.from_frames(turned.frames).input_hash
    )


@pytest.mark.parametrize("kind", ["as-is", "response"])
def test_the_demonstration_data_plan_and_all_demand_is_served(
    sample: list[Record], kind: PlanKind
) -> None:
    """The horizon leaves time for every order, so the revenue is that of all 250 units."""
    network = Network.from_frames(do_import(*sample).frames)
    plan = plan_and_check(network, kind)
    demand = network.table("demand")
    costs = plan.tables["costs"].set_index("term")["amount"]
    assert plan.tables["service"][["on_time", "late"]].sum().sum() == pytest.approx(250)
    assert costs["revenue"] == pytest.approx((demand["quantity"] * demand["unit_revenue"]).sum())


@pytest.mark.parametrize("bucket", ["week", "day"])
def test_a_routing_plans_within_the_capacity_of_its_resource(bucket: str) -> None:
    """10 chairs of 1 h each on a line of 8 h a working day, due after three weeks: all on time."""
    result = do_import(*with_line(maximum=1), bucket=bucket)
    plan = plan_and_check(Network.from_frames(result.frames))
    assert plan.tables["service"]["on_time"].sum() == pytest.approx(10)
