"""What another quantity of an action means, told before it is kept.

The best profit as a function of the most that an action may do is concave, as the plan is the
optimum of a linear program. So less of it costs at most its share of the action's worth, which is
the profit lost without any of it. More of it than the optimum takes raises no profit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Preview:
    """Money of an action at another quantity: ``most_lost`` None where no bound is known."""

    cost: float
    premium: float
    most_lost: float | None


def preview(content: Json, quantity: float) -> Preview:
    """What the action ``content`` costs at ``quantity``, and what is lost against the plan."""
    planned = float(content["quantity"])
    share = quantity / planned if planned else 0.0
    worth = content.get("worth")
    known = worth is not None and share <= 1.0
    return Preview(
        share * float(content.get("cost") or 0.0), share * float(content.get("premium") or 0.0),
        (1.0 - share) * float(worth) if known and worth is not None else None,
    )  # fmt: skip
