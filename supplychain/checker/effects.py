"""What the rows of a lever do to the stock and the money of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy.typing as npt
import pandas as pd

from supplychain.checker.report import Equation, Findings, FloatArray


def flow(
    item: npt.ArrayLike, location: npt.ArrayLike, period: npt.ArrayLike, quantity: npt.ArrayLike
) -> pd.DataFrame:
    """Units of items that come to, or leave, a location in a period; less where negative."""
    return pd.DataFrame(
        {"item": item, "location": location, "period": period, "quantity": quantity}
    )


@cache
def no_flow() -> pd.DataFrame:
    """A flow without rows."""
    return flow([], [], [], [])


@dataclass(frozen=True)
class Effect:
    """Recomputed effect of a lever: ``cost`` by term, premium, flows in (C1)."""

    cost: Mapping[str, float]
    premium: float = 0.0
    arrivals: pd.DataFrame = field(default_factory=no_flow)
    uses: pd.DataFrame = field(default_factory=no_flow)


def check_money(
    name: str, table: pd.DataFrame, key: list[str], cost: FloatArray, premium: FloatArray,
    findings: Findings,
) -> None:  # fmt: skip
    """Cost and premium of the rows of the result table ``name`` are as recomputed."""
    period = table["period"].to_numpy() if "period" in table else None
    labels, scale = table[key], abs(cost) + abs(premium)
    message = f"cost of {name}"
    findings.equal("money", message, labels, table["cost"], cost, scale, period)
    message = f"premium of {name}"
    findings.equal("C9", message, labels, table["premium"], premium, scale, period)


def check_allowed(
    name: str, table: pd.DataFrame, key: list[str], permitted: bool, findings: Findings,
    equation: Equation = "responses",
) -> None:  # fmt: skip
    """No row unless the responses permit what the table ``name`` holds."""
    message = f"the responses do not permit {name.replace('_', ' ')}"
    period = table["period"].to_numpy() if "period" in table else None
    bad = [not permitted] * len(table)
    findings.record(equation, message, table[key], bad, period=period)
