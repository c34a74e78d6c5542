"""What can happen to a supply chain: nine kinds of disruption, each a function of a network."""

from supplychain.disruptions.allocation import Allocation
from supplychain.disruptions.base import Disruption
from supplychain.disruptions.costs import CostChange
from supplychain.disruptions.demand import DemandChange
from supplychain.disruptions.lanes import LaneClosure
from supplychain.disruptions.lead_times import LeadTimeChange
from supplychain.disruptions.outages import PlantOutage, RegionOutage, SupplierOutage
from supplychain.disruptions.stock import StockQuarantine

KINDS: dict[str, type[Disruption]] = {
    "supplier_outage": SupplierOutage,
    "region_outage": RegionOutage,
    "allocation": Allocation,
    "plant_outage": PlantOutage,
    "lane_closure": LaneClosure,
    "lead_time_change": LeadTimeChange,
    "demand_change": DemandChange,
    "stock_quarantine": StockQuarantine,
    "cost_change": CostChange,
}

__all__ = [
    "KINDS",
    "Allocation",
    "CostChange",
    "DemandChange",
    "Disruption",
    "LaneClosure",
    "LeadTimeChange",
    "PlantOutage",
    "RegionOutage",
    "StockQuarantine",
    "SupplierOutage",
]
