"""Actions as instructions: each kind has its own, since an order is no cancellation."""

from __future__ import annotations

from typing import Any

import pytest

from app.service.report.headline import in_words


def action(kind: str, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "item": "CHIP", "quantity": 400.0, "unit": "piece", "origin": "FAB",
            "destination": "PLANT", "mode": "PO-1 1", **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (action("expedite"), "expedite 400 pieces of CHIP from FAB for PLANT (order PO-1 1)"),
        (action("push out"), "push out 400 pieces of CHIP from FAB for PLANT (order PO-1 1)"),
        (action("cancel"), "cancel 400 pieces of CHIP from FAB for PLANT (order PO-1 1)"),
        (action("switch source", mode="air"),
         "order 400 pieces of CHIP from FAB for PLANT (air) instead"),
        (action("substitute", origin="CHIP-2", mode="ECU"),
         "replace 400 pieces of CHIP by CHIP-2 in ECU at PLANT"),
        (action("build short", item="CAR", origin="CHIP"),
         "build 400 pieces of CAR without CHIP at PLANT, fitted later"),
        (action("overtime", item="LINE"),
         "run LINE at PLANT for 400 units of capacity in overtime"),
        (action("qualify", mode="air"), "qualify FAB to supply CHIP to PLANT (air)"),
    ],
)  # fmt: skip
def test_every_lever_has_its_own_words(told: dict[str, Any], words: str) -> None:
    assert in_words(told) == words


def test_a_kind_without_words_is_no_order() -> None:
    with pytest.raises(KeyError):
        in_words(action("pray"))
