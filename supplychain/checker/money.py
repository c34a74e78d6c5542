"""(C9) Premium and budget, unit costs, closing stock, terms of the profit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain.calendar import PERIODS_A_YEAR
from supplychain.checker.balance import Balance
from supplychain.checker.chain import Chain
from supplychain.checker.decisions import TABLE_OF, Decisions
from supplychain.checker.demand import Service
from supplychain.checker.keys import NEVER, tally
from supplychain.checker.report import Findings, FloatArray
from supplychain.checker.scheduled import Scheduled
from supplychain.checker.values import Values, premium_a_unit

TERM_OF = {"sourcing": "purchase", "lanes": "freight", "production": "production"}
EARNED = ("revenue", "closing")
CLOSING_COLUMNS = ("on_hand", "beyond", "target", "quantity", "value")


def check_costs_of(decisions: Decisions, values: Values, findings: Findings) -> dict[str, float]:
    """Unit cost, cost and premium of each row; returns the recomputed cost and premium."""
    options, option, period = decisions.options, decisions.option, decisions.period
    quantity, table, labels = decisions.quantity, decisions.table, decisions.labels
    unit_cost = options.unit_cost[option, period]
    cost = quantity * unit_cost
    premium = quantity * premium_a_unit(options, values)[option, period]
    name = TABLE_OF[options.kind]
    stated = table["unit_cost"]
    findings.equal("money", f"unit_cost of {name}", labels, stated, unit_cost, unit_cost, period)
    findings.equal("money", f"cost of {name}", labels, table["cost"], cost, cost, period)
    findings.equal(
        "C9", f"premium of {name}", labels, table["premium"], premium, cost + premium, period
    )
    return {TERM_OF[options.kind]: float(cost.sum()), "premium": float(premium.sum())}


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
    decided: Mapping[str, float], service: Service, holding: FloatArray, closing: pd.DataFrame
) -> dict[str, float]:
    """All terms of the costs table, profit among them."""
    terms = {name: float(amounts.sum()) for name, amounts in service.money.items()}
    terms |= {"holding": float(holding.sum()), "closing": float(closing["value"].sum())}
    terms |= {name: amount for name, amount in decided.items() if name != "premium"}
    profit = sum(amount if name in EARNED else -amount for name, amount in terms.items())
    return terms | {"profit": profit, "premium": decided["premium"]}


def check_terms(terms: Mapping[str, float], stated: pd.DataFrame, findings: Findings) -> None:
    """The costs table has every term as recomputed, and its own profit adds up."""
    amounts = dict(zip(stated["term"], stated["amount"], strict=True))
    keys = pd.DataFrame({"term": list(terms)})
    given = [amounts.get(name, np.nan) for name in terms]
    whole = sum(abs(amount) for name, amount in terms.items() if name not in ("profit", "premium"))
    scale = [whole if name == "profit" else abs(amount) for name, amount in terms.items()]
    findings.equal("money", "term of the costs", keys, given, list(terms.values()), scale)
    parts = [name for name in terms if name not in ("profit", "premium")]
    total = sum(amounts.get(name, np.nan) * (1 if name in EARNED else -1) for name in parts)
    stated_profit = amounts.get("profit", np.nan)
    findings.equal(
        "money", "profit is not the sum of its terms", keys[keys["term"] == "profit"],
        [stated_profit], [total], [whole],
    )  # fmt: skip
