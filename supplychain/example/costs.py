"""Standard costs of the example company, rolled up from chips and parts to vehicles."""

from __future__ import annotations

import pandas as pd

from supplychain.example import catalogue
from supplychain.example.company import Company
from supplychain.example.tables import look_up
from supplychain.schema import STANDARD

LANDED = 1.03  # components with their freight
VEHICLE_FREIGHT = 0.02  # share of the list price
SMALL_PARTS = 700.0  # cost of all small parts of a vehicle


class Costs:
    """Standard cost of every item, and the conversion cost of what is made."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.conversion = {product.item: _conversion(product.price) for product in company.products}
        self.conversion |= {item: family.cost for item, (family, _) in company.assemblies.items()}
        self.unit_cost = self._purchased()
        self._roll_up_assemblies()
        self._roll_up_products()

    def _purchased(self) -> dict[str, float]:
        return {item: self._price(item) for item in self._company.bom["component"].unique()}

    def _price(self, item: str) -> float:
        """Price of a chip, a part or an assembly bought complete; 0 for what is rolled up."""
        if item in self._company.assemblies:
            family, variant = self._company.assemblies[item]
            return 0.0 if family.skill else family.cost * (1 + 0.03 * (variant % 7))
        code, _, number = item.rpartition("-")
        if code in catalogue.CHIPS:
            return catalogue.CHIPS[code].price * (1 + 0.02 * (int(number) % 5 - 1))
        if code in catalogue.PARTS:
            return catalogue.PARTS[code].price / self._company.profile.parts_per_use
        if item.startswith(catalogue.FITTING.code):
            return SMALL_PARTS / self._company.profile.plant_parts
        prices = {part.code: part.price for part, _ in catalogue.PLANT_PARTS}
        prices |= {catalogue.BODY.code: catalogue.BODY.price, catalogue.TRIM.code: 0.0}
        return prices[item.partition("-")[0]]

    def _roll_up_assemblies(self) -> None:
        """Twice: units inside other assemblies first count in the second round."""
        bom = self._standard_bom(self._company.assemblies)
        for _ in range(2):
            parts = self._component_cost(bom)
            for item, (family, _) in self._company.assemblies.items():
                if family.skill:
                    self.unit_cost[item] = float(parts[item]) * LANDED + family.cost

    def _roll_up_products(self) -> None:
        """The trim set takes what is left of the cost that the brand's margin allows."""
        products = self._company.products
        parts = self._component_cost(self._standard_bom([product.item for product in products]))
        for product in products:
            made = product.price * (1 - product.brand.margin - VEHICLE_FREIGHT)
            known = float(parts[product.item]) * LANDED + self.conversion[product.item]
            trim = max((made - known) / LANDED, 500.0)
            self.unit_cost[f"{catalogue.TRIM.code}-{product.item}"] = trim
            self.unit_cost[product.item] = known + trim * LANDED
            if product.predecessor:
                self.unit_cost[product.predecessor] = 0.95 * self.unit_cost[product.item]

    def _standard_bom(self, items: object) -> pd.DataFrame:
        bom = self._company.bom
        return bom[bom["item"].isin(list(items)) & (bom["version"] == STANDARD)]  # type: ignore[call-overload]

    def _component_cost(self, bom: pd.DataFrame) -> pd.Series:
        cost = bom["quantity_per"] * look_up(self.unit_cost, bom["component"])
        return cost.groupby(bom["item"]).sum()


def _conversion(price: float) -> float:
    return 300.0 + 0.09 * price
