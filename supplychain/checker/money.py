"""(C9) Premium and budget, unit costs, closing stock, terms of the profit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from supplychain.calendar import PERIODS_A_YEAR
from supplychain.checker.balance import Balance
from supplychain.checker.chain import Chain
from supplychain.checker.decisions import Decisions
from supplychain.checker.demand import Service
from supplychain.checker.effects import Effect
from supplychain.checker.keys import NEVER, tally
from supplychain.checker.prices import cost_and_premium
from supplychain.checker.report import Findings, FloatArray
from supplychain.checker.scheduled import Scheduled
from supplychain.checker.tables import TERMS
from supplychain.checker.values import Values

TERM_OF = {"sourcing": "purchase", "lanes": "freight", "production": "production"}
_SIGN = {"revenue": 1, "closing": 1, "profit": 0, "premium": 0}
CLOSING_COLUMNS = ("on_hand", "beyond", "target", "quantity", "value")


def check_costs_of(
    decisions: Decisions, values: Values, chain: Chain, findings: Findings
) -> Effect:
    """Unit cost, cost and premium of each row of the decisions."""
    period, table, labels = decisions.period, decisions.table, decisions.labels
    cost, premium = cost_and_premium(decisions, values, chain, findings)
    unit_cost = cost / decisions.quantity
    name = decisions.name
    stated = table["unit_cost"]
    findings.equal("money", f"unit_cost of {name}", labels, stated, unit_cost, unit_cost, period)
    findings.equal("money", f"cost of {name}", labels, table["cost"], cost, cost, period)
    findings.equal(
        "C9", f"premium of {name}", labels, table["premium"], premium, cost + premium, period
    )
    return Effect({TERM_OF[decisions.options.kind]: float(cost.sum())}, float(premium.sum()))


def check_budget(premium: float, budget: float | None, findings: Findings) -> None:
    """The premium of all rows stays within the budget, where there is one."""
    limit = np.inf if budget is None else budget
    keys = pd.DataFrame({"term": ["premium"]})
    findings.at_most("C9", "premium exceeds the budget", keys, [premium], [limit], [premium])


def recompute_closing(
    chain: Chain, balance: Balance, scheduled: Scheduled, values: Values
) -> pd.DataFrame:
    """Closing stock and its value by item of the modelled places; ``scale`` sums its flows."""
    places = chain.places
    item = values.items.find(places.frame)
    count = len(values.items)
    parts = scheduled.parts[(scheduled.parts["receipt"] == NEVER) & scheduled.parts["sent"]]
    parts = parts[places.find(parts) >= 0]
    beyond_quantity = parts["quantity"].to_numpy(np.float64)
    on_hand = tally(item, balance.on_hand[:, -1], count)
    beyond = tally(values.items.find(parts, ["item"]), beyond_quantity, count)
    quantity = np.minimum(values.target, on_hand + beyond)
    table = pd.DataFrame(
        {
            "item": values.items.frame["item"],
            "on_hand": on_hand,
            "beyond": beyond,
            "target": values.target,
            "quantity": quantity,
            "value": quantity * values.closing,
            "scale": tally(item, balance.scale[:, -1], count) + beyond + values.target,
            "each": values.closing,
        }
    )
    return table[np.isin(np.arange(count), item)].reset_index(drop=True)


def check_closing(closing: pd.DataFrame, stated: pd.DataFrame, findings: Findings) -> None:
    """The closing table is as recomputed; an item left out stands for zeros."""
    both = closing.merge(stated, on="item", how="left", suffixes=("_due", ""))
    both = both.fillna(dict.fromkeys(CLOSING_COLUMNS, 0.0))
    for column in CLOSING_COLUMNS:
        scale = both["scale"] * (both["each"] if column == "value" else 1.0)
        message = f"{column} of closing stock"
        expected = both[f"{column}_due"]
        findings.equal("closing", message, both[["item"]], both[column], expected, scale)


def holding_cost(chain: Chain, balance: Balance, values: Values) -> FloatArray:
    """Cost of the stock on hand at the end of each period, by modelled item-location."""
    settings = chain.network.settings
    rate = settings.holding_rate / PERIODS_A_YEAR[settings.bucket]
    unit_cost = chain.network.table("items")["unit_cost"].fillna(0.0).to_numpy(np.float64)
    value: FloatArray = unit_cost[values.items.find(chain.places.frame)]
    stock: FloatArray = balance.on_hand.sum(axis=1)
    return rate * value * stock


def recompute_terms(
    effects: Iterable[Effect], service: Service, holding: FloatArray, closing: pd.DataFrame
) -> dict[str, float]:
    """All terms of the costs table, profit among them."""
    terms = dict.fromkeys(TERMS, 0.0)
    terms |= {name: float(amounts.sum()) for name, amounts in service.money.items()}
    terms |= {"holding": float(holding.sum()), "closing": float(closing["value"].sum())}
    for effect in effects:
        terms["premium"] += effect.premium
        for name, amount in effect.cost.items():
            terms[name] += amount
    terms["profit"] = sum(_SIGN.get(name, -1) * amount for name, amount in terms.items())
    return terms


def check_terms(terms: Mapping[str, float], stated: pd.DataFrame, findings: Findings) -> None:
    """The costs table has every term as recomputed, and its own profit adds up.

    A term that is left out stands for 0.
    """
    amounts = dict(zip(stated["term"], stated["amount"], strict=True))
    keys = pd.DataFrame({"term": list(terms)})
    given = [amounts.get(name, 0.0) for name in terms]
    whole = sum(abs(terms[name]) for name in terms if _SIGN.get(name, -1))
    scale = [whole if name == "profit" else abs(amount) for name, amount in terms.items()]
    findings.equal("money", "term of the costs", keys, given, list(terms.values()), scale)
    total = sum(_SIGN.get(name, -1) * amount for name, amount in zip(terms, given, strict=True))
    findings.equal(
        "money", "profit is not the sum of its terms", keys[keys["term"] == "profit"],
        [amounts.get("profit", np.nan)], [total], [whole],
    )  # fmt: skip
