"""(C16) Scheduled receipts pulled forward, pushed out or cancelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.effects import Effect, check_allowed, check_money, flow
from supplychain.checker.keys import NEVER, Keys, numbers_of
from supplychain.checker.report import Findings, FloatArray
from supplychain.checker.scheduled import Scheduled, committed

_ORDER = ["order_id", "line"]
_KEY = [*_ORDER, "kind"]
EXPEDITE, PUSH_OUT, CANCEL = "expedite", "push out", "cancel"


def assign_parts(scheduled: Scheduled, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table cut to the parts of receipts that they move.

    ``part`` numbers the part (-1: what is more than all parts of the order with that receipt);
    ``row`` the row of the table. Parts with the same receipt are taken in the order of dispatch,
    which matters only for those that come beyond the horizon.
    """
    parts = scheduled.parts[scheduled.parts["sent"]]
    parts = parts.sort_values("dispatch", kind="stable")
    left = dict(zip(parts.index, parts["quantity"].astype(float), strict=True))
    by_receipt = parts.groupby([*_ORDER, "receipt"]).groups
    pieces: list[tuple[int, int, float]] = []
    for row, move in enumerate(table.to_dict("records")):
        rest = float(move["quantity"])
        for part in by_receipt.get((move["order_id"], move["line"], move["planned"]), ()):
            taken = min(rest, left[part])
            if taken > 0:
                pieces.append((row, part, taken))
                left[part] -= taken
                rest -= taken
        if rest > 0:
            pieces.append((row, -1, rest))
    return pd.DataFrame(pieces, columns=["row", "part", "quantity"]).astype(
        {"row": np.int64, "part": np.int64, "quantity": np.float64}
    )


def check_reschedules(
    chain: Chain, scheduled: Scheduled, table: pd.DataFrame, permitted: bool, findings: Findings
) -> tuple[Effect, Scheduled]:
    """Only what may be moved, to where it may go; its effect, and the receipts as they are then."""
    if not len(table):
        return Effect({}), scheduled
    check_allowed("reschedules", table, _KEY, permitted, findings)
    moves = _moves(chain, scheduled, table)
    known = moves["part"] >= 0
    rest = moves["quantity"].where(~known, 0.0)
    whole = moves["stated"]
    message = "more is moved than there is of the receipt"
    findings.at_most("C16", message, moves[_KEY], rest, 0.0, whole)
    moves = moves[known].reset_index(drop=True)
    _check_kinds(chain, moves, findings)
    unit_cost, unit_premium = _unit_money(chain, moves)
    quantity = moves["quantity"].to_numpy(np.float64)
    count, row = len(table), moves["row"].to_numpy(np.int64)
    cost, premium = np.zeros(count), np.zeros(count)
    np.add.at(cost, row, unit_cost * quantity)
    np.add.at(premium, row, unit_premium * quantity)
    check_money("reschedules", table, _KEY, cost, premium, findings)
    return (
        Effect({"rescheduling": float(cost.sum())}, float(premium.sum()), _arrivals(moves)),
        _moved(chain, scheduled, moves),
    )


def _moves(chain: Chain, scheduled: Scheduled, table: pd.DataFrame) -> pd.DataFrame:
    """The assigned rows with all that is known of part, order and move."""
    moves = assign_parts(scheduled, table)
    stated = table[[*_ORDER, "item", "location", "kind", "planned", "receipt", "quantity"]]
    stated = stated.rename(columns={"quantity": "stated"}).iloc[moves["row"]]
    moves = pd.concat([moves, stated.reset_index(drop=True)], axis=1)
    columns = ["option", "lane", "transit", "dispatch"]
    part = scheduled.parts[columns].reindex(moves["part"]).fillna(NEVER).astype(np.int64)
    moves = pd.concat([moves, part.reset_index(drop=True)], axis=1)
    orders = chain.network.table("scheduled_receipts")
    order = Keys(orders, _ORDER).find(moves)
    columns = ["expedite_cost", "cancel_cost"]
    given = orders[columns].iloc[order].reset_index(drop=True)
    earliest = np.maximum(numbers_of(chain.calendar, orders["earliest"])[order], 0)
    return pd.concat([moves, given], axis=1).assign(earliest=earliest)


def _check_kinds(chain: Chain, moves: pd.DataFrame, findings: Findings) -> None:
    """Each kind of move is open to the part, and its receipt is on the right side."""
    kind, receipt = moves["kind"], moves["receipt"].to_numpy(np.int64)
    before = moves["planned"].to_numpy(np.int64)
    before = np.where(before == NEVER, chain.calendar.periods, before)

    def require(message: str, of: pd.Series, good: object) -> None:
        bad = of.to_numpy(bool) & ~np.asarray(good, dtype=bool)
        findings.record("C16", message, moves[_KEY], bad)

    pulled, pushed, cancelled = (kind == name for name in (EXPEDITE, PUSH_OUT, CANCEL))
    waits = moves["dispatch"] >= 0
    require("unknown kind of move", kind != "", pulled | pushed | cancelled)
    require("has no expedite_cost", pulled, moves["expedite_cost"].notna())
    require("is not pulled forward", pulled, receipt < before)
    require("comes before its earliest date", pulled, receipt >= moves["earliest"].to_numpy())
    require("has no cancel_cost", pushed | cancelled, moves["cancel_cost"].notna())
    require("is in transit", pushed | cancelled, waits)
    inside = receipt < chain.calendar.periods
    require("is not pushed out within the horizon", pushed, (receipt > before) & inside)
    require("is cancelled and received", cancelled, receipt == NEVER)


def _unit_money(chain: Chain, moves: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Cost and premium of one unit: a cancelled one is refunded the price of its option."""
    option, dispatch = moves["option"].to_numpy(np.int64), moves["dispatch"].to_numpy(np.int64)
    bought = (option >= 0) & (dispatch >= 0)
    refund = np.zeros(len(moves))
    refund[bought] = chain.sourcing.unit_cost[option[bought], dispatch[bought]]
    expedite = moves["expedite_cost"].fillna(0.0).to_numpy(np.float64)
    cancel = moves["cancel_cost"].fillna(0.0).to_numpy(np.float64)
    pulled, cancelled = moves["kind"] == EXPEDITE, moves["kind"] == CANCEL
    premium = np.where(pulled, expedite, np.where(cancelled, cancel, 0.0))
    return premium - np.where(cancelled, refund, 0.0), premium


def _arrivals(moves: pd.DataFrame) -> pd.DataFrame:
    """Units that come when they are moved to, and no longer when they were planned."""
    item, place, quantity = moves["item"], moves["location"], moves["quantity"]
    no_longer = flow(item, place, moves["planned"], -quantity)
    instead = flow(item, place, moves["receipt"], quantity)
    return pd.concat([no_longer, instead], ignore_index=True)


def _moved(chain: Chain, scheduled: Scheduled, moves: pd.DataFrame) -> Scheduled:
    """The receipts with the moves in them: what takes capacity, and what comes beyond the end.

    A part in transit takes none; another one takes it a transit time before its new receipt.
    """
    waits = moves["dispatch"].to_numpy(np.int64) >= 0
    gone = moves.assign(quantity=-moves["quantity"])
    kept = moves[waits & (moves["receipt"] != NEVER).to_numpy()]
    sent = np.maximum(kept["receipt"] - kept["transit"], 0)
    rows = pd.concat([gone[waits], kept.assign(dispatch=sent)], ignore_index=True)
    change = committed(chain, rows)
    taken = [before + after for before, after in zip(
        (scheduled.sourcing, scheduled.lanes, scheduled.groups), change, strict=True
    )]  # fmt: skip
    late = gone[(gone["planned"] == NEVER).to_numpy()]
    late = late.assign(receipt=NEVER, sent=True)
    parts = pd.concat([scheduled.parts, late], ignore_index=True)
    return replace(scheduled, parts=parts, sourcing=taken[0], lanes=taken[1], groups=taken[2])
