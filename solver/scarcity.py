"""Scarcity by item-location and period: prices of the stock balance (C1)."""

from __future__ import annotations

import numpy as np

from solver.plan import Plan
from solver.program import Floats


def balance_scarcity(plan: Plan) -> Floats:
    """Scarcity prices of the balances of ``plan``, item-locations x periods; empty if it has none.

    In money, or for a fair-share plan in units of demand that one unit more would serve.
    """
    if not len(plan.scarcity):
        return np.zeros((0, 0))
    block = plan.program.row_blocks["balance"]
    return np.asarray(plan.scarcity[block]).reshape(-1, plan.model.data.periods)


def price_rise(plan: Plan, calm: Plan) -> Floats:
    """Money by which a unit is dearer than in ``calm``, item-locations x periods, at least 0.

    Empty where the two plans cannot be compared, or either lacks a part of its demand: then its
    prices are not all in money.
    """
    prices, usual = plan.solution.row_prices, calm.solution.row_prices
    if len(calm.scarcity) or not (len(prices) and len(usual) and comparable(plan, calm)):
        return np.zeros((0, 0))
    raised = prices[plan.program.row_blocks["balance"]]
    raised = raised - usual[calm.program.row_blocks["balance"]]
    return np.maximum(raised, 0.0).reshape(-1, plan.model.data.periods)


def comparable(plan: Plan, calm: Plan) -> bool:
    """Whether ``calm`` is a plan, over the same item-locations."""
    return calm.status != "no plan" and plan.model.data.pairs.equals(calm.model.data.pairs)
