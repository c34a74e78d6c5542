"""Forecasts, effects and jobs in words."""

from __future__ import annotations

import pandas as pd
import pytest

from app.service.views import forecast_words as words
from app.service.views.scenario_form import effect_summary, fields, suggested
from app.service.views.scenario_form import words as asked
from app.service.views.work import how_far

LEAD = {"item": "CHIP", "supplier": "FAB", "location": "PLANT", "mode": "sea",
        "quantile_P50": 40.0, "quantile_P90": 55.0, "observations": 12, "open_orders": 2,
        "regime_since": pd.Timestamp("2025-10-06"), "drift": 9.0}  # fmt: skip


def test_a_lead_time_is_told_with_what_the_data_counts_on() -> None:
    told = words.lead_words(LEAD, 35.0)
    assert "**40 days** at the median" in told
    assert "9 of 10 cases at most **55 days**" in told
    assert "counts on 35 days, 5 days less than the median" in told
    assert "as the median" in words.lead_words(LEAD, 40.0)
    assert "counts on" not in words.lead_words(LEAD, None)


def test_a_drift_alarm_names_the_option_the_day_and_the_days() -> None:
    told = words.drift_words(LEAD)
    assert told.startswith("**CHIP, FAB, PLANT, sea**: orders since 2025-10-06")
    assert "**9 days above**" in told


def test_accuracy_is_told_against_no_forecast_and_last_year() -> None:
    table = pd.DataFrame({"class": "all", "method": ["combined", "seasonal naive"],
                          "weighted_quantile_loss": [0.1, 0.2], "coverage_80": [0.79, 0.7],
                          "bias": [-0.02, 0.0]})  # fmt: skip
    told = words.accuracy_words(table)
    assert "**90% less** than no forecast" in told
    assert "**50% less** than repeating last year" in told
    assert "79% lay inside its 80 % range; its mean was 2.0% too low" in told
    assert not words.accuracy_words(table.head(0))


def test_demand_ahead_is_told_in_units_of_its_periods() -> None:
    ahead = pd.DataFrame({"mean": [10.0, 1990.0], "quantile_P10": [5.0, 1.0],
                          "quantile_P90": [20.0, 2.0]})  # fmt: skip
    told = words.demand_words(ahead, "week")
    assert "In the next 2 weeks **2,000 units**" in told
    assert "between 5 and 20" in told


def test_an_effect_has_one_row_for_each_thing_and_its_worst_value() -> None:
    weeks = pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-05"])
    rows = pd.DataFrame({
        "measure": ["capacity", "capacity", "lead_time"], "kind": "sourcing",
        "owner": ["CHIP|FAB", "CHIP|FAB", "WIRE|FAB"], "item": ["CHIP", "CHIP", "WIRE"],
        "location": "PLANT", "period": weeks,
        "before": [20.0, 20.0, 3.0], "after": [0.0, 10.0, 5.0]})  # fmt: skip
    wire, chip = effect_summary(rows).to_dict("records")
    assert (chip["owner"], chip["before"], chip["worst"], chip["periods"]) == (
        "CHIP \u00b7 FAB", 20.0, 0.0, 2)  # fmt: skip
    assert (wire["measure"], wire["worst"]) == ("lead time", 5.0)
    assert effect_summary(rows.head(0)).empty


def test_what_is_pointed_at_on_the_map_means_what_happens_there() -> None:
    places = pd.DataFrame({"location": ["F", "P", "W", "M"],
                           "kind": ["supplier", "plant", "warehouse", "market"]})  # fmt: skip
    kinds = [suggested(name, places)["kind"] for name in places["location"]]
    assert kinds == ["supplier_outage", "plant_outage", "lane_closure", "demand_change"]


def test_fields_of_a_form_have_their_units() -> None:
    told = {field.name: asked(field, "week") for field in fields("supplier_outage")}
    assert told["share"] == "share that remains, %"
    assert told["periods"] == "for how many weeks (blank: to the end)"


@pytest.mark.parametrize(
    ("kind", "stage", "told", "share"),
    [
        ("what_if", "chip shortage: plans", "solving the as-is plan and the response", 4 / 11),
        ("what_if", "forecast: 1 of 1 overrides used, +15 units",
         "forecasting demand and lead times", 1 / 11),
        ("forecast_demand", "judge methods: smooth", "judging methods of forecasting (smooth)",
         1 / 6),
        ("explain", "something else", "something else", None),
        ("what_if", "", "", None),
    ],
)  # fmt: skip
def test_a_stage_is_told_in_words_with_how_far_it_is(
    kind: str, stage: str, told: str, share: float | None
) -> None:
    assert how_far(kind, stage) == (told, share)
