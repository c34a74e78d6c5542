"""What can be chosen about lead-time forecasts, and what is wrong with a choice."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.errors import InputError, Problem

KEY = ("item", "location", "supplier", "mode")


@dataclass(frozen=True)
class LeadTimeOptions:
    """How much the past counts, and when a change of regime is believed.

    ``half_lives`` (days): an order that old counts half; the forecasts made with each of them are
    averaged. ``attributes``: further columns by which options are alike; those that a history does
    not have are left out. ``false_alarm``: share of changes of regime that may be found where there
    is none. ``smallest_change``: changes of level by a smaller share are left to the forgetting.
    """

    half_lives: tuple[float, ...] = (180.0, 730.0)
    attributes: tuple[str, ...] = (
        "item_group", "product_group", "commodity", "country", "supplier_country",
    )  # fmt: skip
    false_alarm: float = 0.05
    smallest_change: float = 0.25

    def __post_init__(self) -> None:
        """InputError lists what is out of range."""
        found: list[tuple[str, object, str]] = []
        if not self.half_lives or not all(days > 0.0 for days in self.half_lives):
            found.append(("half_lives", self.half_lives, "write positive numbers of days"))
        if not 0.0 <= self.false_alarm < 1.0:
            found.append(("false_alarm", self.false_alarm, "write a share from 0 to below 1"))
        if not 0.0 <= self.smallest_change < float("inf"):
            found.append(("smallest_change", self.smallest_change, "write a share from 0 up"))
        if found:
            raise InputError(
                Problem("options", "is out of range", remedy, None, name, str(value))
                for name, value, remedy in found
            )
