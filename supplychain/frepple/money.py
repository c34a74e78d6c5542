"""Cost of items: as given, else rolled up from what is bought and made."""

from __future__ import annotations

from collections.abc import Iterable

from supplychain.frepple.context import Context
from supplychain.frepple.production import Make
from supplychain.frepple.supply import Option


class ItemValues:
    """Cost and price of every item.

    The cost of an item is its own, else the cheapest of its suppliers' prices and of the ways to
    make it (operation, resources and components). Releases before 2017 know a selling price
    instead of a cost: it is the revenue, and its share 1 / revenue_factor stands in for a cost
    that cannot be rolled up.
    """

    def __init__(self, context: Context, options: Iterable[Option], makes: Iterable[Make]) -> None:
        self._factor = context.options.revenue_factor
        self._costs: dict[str, float | None] = {}
        self._prices: dict[str, float] = {}
        for name, record in context.dump.named("item").items():
            if (cost := record.number("cost")) and cost > 0:
                self._costs[name] = cost
            if (price := record.number("price")) and price > 0:
                self._prices[name] = price
        self._bought: dict[str, list[float]] = {}
        for option in options:
            paid = option.row.get("unit_cost") if option.table == "sourcing" else None
            if isinstance(paid, float) and paid > 0:
                self._bought.setdefault(option.item, []).append(paid)
        self._made: dict[str, list[Make]] = {}
        for make in makes:
            self._made.setdefault(make.item, []).append(make)

    def cost(self, item: str) -> float | None:
        """Cost of one unit; None if nothing says."""
        if item not in self._costs:
            self._costs[item] = None  # a cycle through co-products ends here
            self._costs[item] = self._rolled_up(item)
        return self._costs[item]

    def _rolled_up(self, item: str) -> float | None:
        ways = list(self._bought.get(item, ()))
        for make in self._made.get(item, ()):
            parts = [(self.cost(c.item) or 0.0) * c.quantity_per for c in make.components]
            ways.append(make.unit_cost + sum(parts))
        known = [way for way in ways if way > 0]
        if not known and item in self._prices and self._factor > 0:
            return self._prices[item] / self._factor
        return min(known, default=None)

    def revenue(self, item: str) -> float | None:
        """Revenue of one unit; None if neither price nor cost is known."""
        if item in self._prices:
            return self._prices[item]
        cost = self.cost(item)
        return None if cost is None else cost * self._factor
