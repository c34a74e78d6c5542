"""Scenario files of the example company: what may happen to it, and what it may do then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import yaml

from supplychain.example.tables import significant

Fields = dict[str, object]
BUDGET_SHARE = 0.0003  # of the revenue demanded


@dataclass(frozen=True)
class Story:
    """One scenario: its name, what it is in words, disruptions, and share of the usual budget.

    An ``item`` of a disruption is a family; the scenario names the member with the largest stock.
    """

    name: str
    description: str
    disruptions: tuple[Fields, ...] = ()
    budget: float | None = None
    switches: tuple[str, ...] = ("reallocation", "transfers", "alternates")


def _hit(kind: str, start: str, periods: int, recovery: int = 0, **fields: object) -> Fields:
    timing: Fields = {"start": start, "periods": periods}
    return {"kind": kind, **fields, **timing, **({"recovery": recovery} if recovery else {})}


_ALLOCATION = _hit("allocation", "2026-W10", 12, 4, commodity="semiconductor", share=0.6)
_EVERY_SWITCH = (*Story.switches, "substitutes", "expedite", "short_builds")
STORIES = (
    Story("calm-baseline", "nothing happens: the plan of record"),
    Story(
        "chip-shortage",
        "semiconductors are on allocation and the largest fab stands still for six weeks",
        (_ALLOCATION, _hit("supplier_outage", "2026-W12", 6, 2, location="FAB-TW-1")),
        budget=1.0,
        switches=_EVERY_SWITCH,
    ),
    Story(
        "fab-fire",
        "a fire stops the fab for microcontrollers and sensors, which comes back line by line",
        (_hit("supplier_outage", "2026-W08", 5, 4, location="FAB-JP-1"),),
        budget=1.0,
    ),
    Story(
        "port-closure",
        "a strike closes ports: nothing leaves Europe by sea",
        (_hit("lane_closure", "2026-W09", 6, 3, mode="sea", origin_region="Europe"),),
        budget=1.0,
    ),
    Story(
        "plant-outage",
        "the paint shop of a plant's first line fails",
        (_hit("plant_outage", "2026-W09", 5, 2, location="PLANT-DE", resource="LINE-DE-1"),),
        budget=2.0,
    ),
    Story(
        "demand-surge",
        "incentives lift the demand for one brand's cars, and for all cars in one market",
        (
            _hit("demand_change", "2026-W08", 14, 4, brand="Duskar", factor=1.6),
            _hit("demand_change", "2026-W10", 12, 2, location="MARKET-NA", factor=1.4),
        ),
        budget=1.0,
    ),
    Story(
        "quality-hold",
        "stock of one chip and of one battery is held for tests, and their makers slow down",
        (
            _hit("stock_quarantine", "2026-W02", 14, 1, item="MCU-SAFETY", share=0.9),
            _hit("allocation", "2026-W02", 6, 2, item="MCU-SAFETY", share=0.4),
            _hit("stock_quarantine", "2026-W02", 8, item="BATTERY"),
            _hit("plant_outage", "2026-W02", 4, 2, location="T1-CN-2", share=0.4),
        ),
        budget=1.0,
    ),
    Story(
        "tariff",
        "a tariff on all that is bought from China, and dearer sea freight",
        (
            _hit("cost_change", "2026-W14", 16, country="China", tariff=0.25),
            _hit("cost_change", "2026-W14", 16, mode="sea", factor=1.3),
        ),
        budget=2.0,
    ),
    Story(
        "combination",
        "a chip shortage, an earthquake, closed ports, late ships and a surge of demand at once",
        (
            _ALLOCATION,
            _hit("region_outage", "2026-W14", 4, 2, country="Taiwan", share=0.25),
            _hit(
                "lane_closure", "2026-W11", 4, mode="sea",
                origin_region="East Asia", destination_region="Europe",
            ),
            _hit("lead_time_change", "2026-W08", 10, mode="sea", add=1),
            _hit("demand_change", "2026-W16", 8, 2, brand="Cirrona", factor=1.2),
        ),
        budget=1.5,
        switches=_EVERY_SWITCH,
    ),
)  # fmt: skip


def scenarios(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the scenario files (name -> YAML text) for the tables ``frames``.

    Budgets grow with the revenue that the demand of ``frames`` is worth.
    """
    demand = frames["demand"]
    revenue = float((demand["quantity"] * demand["unit_revenue"]).sum())
    held = frames["stock"].groupby("item")["quantity"].sum()
    return {f"{story.name}.yaml": _text(story, revenue, held) for story in STORIES}


def _text(story: Story, revenue: float, held: pd.Series) -> str:
    responses: Fields = dict.fromkeys(story.switches, True)
    if story.budget is not None:
        responses["budget"] = int(significant(revenue * BUDGET_SHARE * story.budget, 2))
    content = {
        "name": story.name,
        "description": f"{story.description} (synthetic)",
        "disruptions": [_named(fields, held) for fields in story.disruptions],
        "responses": responses,
    }
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=100)


def _named(fields: Fields, held: pd.Series) -> Fields:
    if "item" not in fields:
        return fields
    family = held[[str(item).rpartition("-")[0] == fields["item"] for item in held.index]]
    return {**fields, "item": str(family.idxmax())}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True
