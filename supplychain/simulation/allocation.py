"""Who gets what of the stock and capacity of one period, all samples at once.

See the package docstring, equations (S4) to (S7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplychain.checker.report import BoolArray, FloatArray, IntArray
from supplychain.simulation.groups import Groups

PASSES = 2  # so that what one use cannot take, for want of another input, goes to the others


@dataclass(frozen=True)
class Entries:
    """Entry e: one unit of row ``row`` takes ``per_unit[e]`` of ``owner``, a stock or a limit."""

    row: IntArray
    owner: IntArray
    per_unit: FloatArray

    def of_rows(self, chosen: IntArray, count: int) -> Entries:
        """The entries of the ``chosen`` of ``count`` rows, which are numbered anew."""
        number = np.full(count, -1)
        number[chosen] = np.arange(len(chosen))
        kept = number[self.row] >= 0
        return Entries(number[self.row[kept]], self.owner[kept], self.per_unit[kept])


@dataclass(frozen=True)
class Wants:
    """What is wanted in a period: ``quantity`` (rows x samples), and what the rows take.

    A row is decided on its ``level``, when the stock of all its inputs is known. ``fills`` numbers
    the item-location that receives a row, -1 if none, ``at_once`` (rows x samples) says whether it
    does so within the period.
    """

    quantity: FloatArray
    level: IntArray
    fills: IntArray
    at_once: BoolArray
    inputs: Entries
    uses: Entries


@dataclass(frozen=True)
class Shares:
    """How entries share what their owners have: the same proportion for all claims on an owner."""

    entries: Entries
    owners: Groups
    rows: Groups

    @classmethod
    def of(cls, entries: Entries) -> Shares:
        """Prepare the sums over ``entries``."""
        return cls(entries, Groups(entries.owner), Groups(entries.row))

    def claims(self, quantity: FloatArray) -> FloatArray:
        """What the rows claim by owner (owners of the groups x samples)."""
        return self.owners.sum(self._amounts(quantity))

    def alone(self, quantity: FloatArray, have: FloatArray, dust: FloatArray) -> FloatArray:
        """Share of the claim of each entry that its owner has (entries x samples), for it alone.

        ``have`` (owners x samples) and ``dust`` (owners) are by owner.
        """
        owner = self.entries.owner
        return covered(self._amounts(quantity), have[owner], dust[owner])

    def least(self, share: FloatArray, quantity: FloatArray) -> FloatArray:
        """Least of the shares of the entries of each row, shaped as ``quantity``; 1 without any."""
        result = np.ones_like(quantity)
        result[self.rows.keys] = self.rows.least(share)
        return result

    def least_of_others(self, share: FloatArray) -> FloatArray:
        """Least share of the other entries of the row of each entry (entries x samples)."""
        if (share == 1.0).all():
            return share
        of_row = self.rows.of_row
        least = self.rows.least(share)[of_row]
        is_least = share == least
        single = self.rows.sum(is_least.astype(np.float64))[of_row] == 1
        second = self.rows.least(np.where(is_least, 1.0, share))[of_row]
        return np.where(is_least & single, second, least)

    def together(
        self,
        quantity: FloatArray,
        have: FloatArray,
        dust: FloatArray,
        factor: FloatArray | float = 1.0,
    ) -> FloatArray:
        """Share of ``quantity`` that each row gets (rows x samples) if all claim it together.

        ``factor`` (entries x samples) reduces the claims of entries.
        """
        owners = self.owners.keys
        claims = self.owners.sum(self._amounts(quantity) * factor)
        share = covered(claims, have[owners], dust[owners])[self.owners.of_row]
        return self.least(share * factor, quantity)

    def _amounts(self, quantity: FloatArray) -> FloatArray:
        """What each entry takes for ``quantity`` (entries x samples)."""
        return quantity[self.entries.row] * self.entries.per_unit[:, None]

    def take(self, granted: FloatArray, have: FloatArray) -> None:
        """Take what is ``granted`` to the rows out of ``have``."""
        have[self.owners.keys] -= self.claims(granted)


def covered(claims: FloatArray, have: FloatArray, dust: FloatArray) -> FloatArray:
    """Share of ``claims`` that ``have`` covers, 1 where only ``dust`` (by row) is missing."""
    short = claims > have + dust[:, None]
    share = np.ones_like(claims)
    np.divide(np.maximum(have, 0.0), claims, out=share, where=short)
    return share


@dataclass(frozen=True)
class Allocation:
    """``granted`` (rows x samples) of what is wanted, and the share of the claims on each
    item-location that its stock covered when its turn came (``coverage``, pairs x samples)."""

    granted: FloatArray
    claimed: FloatArray
    coverage: FloatArray


def allocate(
    wants: Wants,
    stock: FloatArray,
    room: FloatArray,
    dust: FloatArray,
    room_dust: FloatArray,
    level_of_pair: IntArray,
) -> Allocation:
    """Grant what stock (pairs x samples) and room (limits x samples) allow, level by level.

    ``stock`` and ``room`` are left with what remains. With enough of both everything is granted.
    """
    granted = np.zeros_like(wants.quantity)
    coverage = np.ones_like(stock)
    claimed = np.zeros_like(stock)
    for level in range(int(level_of_pair.max(initial=0)) + 1):
        pending = np.flatnonzero(wants.level >= level)
        inputs = wants.inputs.of_rows(pending, len(wants.level))
        known = level_of_pair[inputs.owner] <= level
        here = Entries(inputs.row[known], inputs.owner[known], inputs.per_unit[known])
        uses = wants.uses.of_rows(pending, len(wants.level))
        turn = _Turn(
            wants.quantity[pending], wants.level[pending] == level, wants.fills[pending],
            wants.at_once[pending], Shares.of(here), Shares.of(uses), dust, room_dust,
        )  # fmt: skip
        own = level_of_pair[turn.inputs.owners.keys] == level
        claims, share = turn.first_claims(stock, room)
        owners = turn.inputs.owners.keys[own]
        claimed[owners], coverage[owners] = claims[own], share[own]
        granted[pending] += turn.grant(stock, room)
    return Allocation(granted, claimed, coverage)


@dataclass(frozen=True)
class _Turn:
    """The decisions of one level: rows that are ``ready``, and claims of those that come later."""

    want: FloatArray
    ready: BoolArray
    fills: IntArray
    at_once: BoolArray
    inputs: Shares
    uses: Shares
    dust: FloatArray
    room_dust: FloatArray

    def first_claims(self, stock: FloatArray, room: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Claims on each stock, of what capacity allows, and the share of them that it covers."""
        within = self.want * self.uses.together(self.want, room, self.room_dust)
        claims, owners = self.inputs.claims(within), self.inputs.owners.keys
        return claims, covered(claims, stock[owners], self.dust[owners])

    def grant(self, stock: FloatArray, room: FloatArray) -> FloatArray:
        """Units granted to the rows that are ready, in a few passes (rows x samples)."""
        granted = np.zeros_like(self.want)
        rest = self.want
        for _ in range(PASSES):
            alone = self.inputs.alone(rest, stock, self.dust)
            able = rest * self.inputs.least(alone, rest)
            by_room = self.uses.together(able, room, self.room_dust)
            others = self.inputs.least_of_others(alone)
            by_stock = self.inputs.together(rest * by_room, stock, self.dust, others)
            able = by_room * np.minimum(able, rest * by_stock)
            able[~self.ready] = 0.0
            self.inputs.take(able, stock)
            self.uses.take(able, room)
            instant = np.flatnonzero(self.at_once.any(axis=1))
            np.add.at(stock, self.fills[instant], able[instant] * self.at_once[instant])
            granted += able
            rest = np.maximum(self.want - granted, 0.0)
            if not able.any() or not rest[self.ready].any():
                break
        return granted
