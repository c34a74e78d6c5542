"""Rules that may be broken at a weight: what the plan owes of them, and the table that says so."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.keys import NEVER
from supplychain.checker.report import Equation, Findings

_KEY = ["rule", "owner", "period"]
_EQUATIONS: dict[str, Equation] = {
    "min_share": "C7", "floor": "C8", "plant_spread": "C8", "frozen": "C10",
}  # fmt: skip
_TIMES_THE_REVENUE = 10


def broken(
    rule: str,
    owner: npt.ArrayLike,
    missed: npt.ArrayLike,
    scale: npt.ArrayLike,
    period: npt.ArrayLike = NEVER,
) -> pd.DataFrame:
    """By how much each owner misses the ``rule``, 0 where it is kept (NEVER: of no period)."""
    missed = np.asarray(missed, dtype=np.float64)
    owners = pd.Series(owner, dtype="str").to_numpy()
    return pd.DataFrame(
        {"rule": rule, "owner": owners, "period": period, "due": missed, "scale": scale}
    )


def check_broken_rules(
    chain: Chain, recomputed: Iterable[pd.DataFrame], table: pd.DataFrame, findings: Findings
) -> None:
    """The table holds every rule that is missed, by as much as recomputed, and no other.

    Its penalty is the quantity times settings.rule_penalty.
    """
    due = pd.concat(list(recomputed), ignore_index=True)
    due = due.groupby(_KEY, as_index=False).agg({"due": "sum", "scale": "max"})
    both = due.merge(table, on=_KEY, how="outer").fillna({"due": 0.0, "scale": 0.0})
    unknown = ~both["rule"].isin(list(_EQUATIONS))
    findings.record("tables", "unknown rule", both[["rule", "owner"]], unknown)
    for equation in dict.fromkeys(_EQUATIONS.values()):
        rules = [rule for rule, of in _EQUATIONS.items() if of == equation]
        rows = both[both["rule"].isin(rules)]
        message = "rule is missed by another quantity than broken_rules says"
        findings.equal(
            equation, message, rows[["rule", "owner"]], rows["quantity"].fillna(0.0),
            rows["due"], rows["scale"], _shown(rows["period"]),
        )  # fmt: skip
    weight = table["quantity"].to_numpy(np.float64) * _weight(chain)
    findings.equal(
        "money", "penalty of broken_rules", table[["rule", "owner"]], table["penalty"],
        weight, weight, _shown(table["period"]),
    )  # fmt: skip


def _weight(chain: Chain) -> float:
    """Money that a missed unit weighs: ten times the largest unit revenue unless settings say."""
    given = chain.network.settings.rule_penalty
    if given is not None:
        return given
    return float(_TIMES_THE_REVENUE * chain.network.table("demand")["unit_revenue"].max())


def _shown(period: pd.Series) -> npt.NDArray[np.int64]:
    """Periods for messages: the first one where a rule has none."""
    return period.clip(lower=0).to_numpy(np.int64)
