"""How large the example company is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Size = Literal["small", "medium", "large"]

START = dt.date(2026, 1, 5)
PERIODS = 26
HISTORY = 156  # weeks of demand history and of receipt history


@dataclass(frozen=True)
class Profile:
    """The counts that differ between the sizes."""

    brands: int
    models: int  # per brand and segment
    plants: int
    markets: int
    tier1s: int
    fabs: int
    hubs: int
    services: int
    sources: int  # general suppliers per region
    variety: int  # variants of an assembly family, times the family's own
    chip_variety: int  # chips of a chip family
    chips_per_use: int  # chips of a family in one assembly
    parts_per_use: int  # parts of a kind in one assembly
    part_pool: int  # parts of a kind
    plant_parts: int  # small parts fitted at the plants, per platform
    service_items: int  # spare parts per service warehouse
    order_spacing: int  # weeks between the orders of an option in the receipt history


PROFILES: dict[Size, Profile] = {
    "small": Profile(
        brands=4, models=1, plants=4, markets=5, tier1s=10, fabs=5, hubs=1, services=2, sources=1,
        variety=1, chip_variety=1, chips_per_use=1, parts_per_use=1, part_pool=1, plant_parts=0,
        service_items=2, order_spacing=5,
    ),
    "medium": Profile(
        brands=8, models=2, plants=8, markets=8, tier1s=20, fabs=8, hubs=2, services=3, sources=3,
        variety=7, chip_variety=7, chips_per_use=1, parts_per_use=7, part_pool=40, plant_parts=44,
        service_items=12, order_spacing=8,
    ),
    "large": Profile(
        brands=12, models=3, plants=12, markets=12, tier1s=48, fabs=14, hubs=3, services=4,
        sources=4, variety=26, chip_variety=24, chips_per_use=2, parts_per_use=15, part_pool=180,
        plant_parts=180, service_items=60, order_spacing=13,
    ),
}  # fmt: skip
