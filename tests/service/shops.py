"""A tiny supply chain of two brands that share a chip, and jobs on it."""

from __future__ import annotations

from typing import Any

from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from app.service.identity.identity import Identity, Role
from app.service.jobs import JobView, submit
from supplychain.network import Network
from tests.service.running import run_now
from tests.support import tiny

PETRA = Identity("u-planner", "petra", frozenset({Role.PLANNER}))
ERP = Identity("u-erp", "erp", frozenset({Role.INTEGRATOR}))
BOSS = Identity("u-boss", "boss", frozenset({Role.APPROVER}))
FAB_OUT = """
name: fab out
disruptions:
- {kind: supplier_outage, location: FAB, start: 2026-W01, periods: 3}
"""


def two_brands() -> Network:
    """TOY of ALPHA and GAME of BETA, each 10 a week for four weeks, of one CHIP each.

    The routine source FAB gives 20 chips a week, BROKER any number at once for more.
    """
    demand = "\n".join(f"TOY PLANT {n} 10 50 1\nGAME PLANT {n} 10 40 1" for n in range(4))
    return tiny(
        holding_rate=0.2,
        items="""
            item  kind       brand  unit_cost
            TOY   product    ALPHA  9
            GAME  product    BETA   9
            CHIP  component  -      2
        """,
        locations="location kind\nPLANT plant\nFAB supplier\nBROKER supplier",
        bom="item component quantity_per\nTOY CHIP 1\nGAME CHIP 1",
        production="item location lead_time unit_cost\nTOY PLANT 0 1\nGAME PLANT 0 1",
        sourcing="""
            item  location  supplier  mode  lead_time  unit_cost  capacity  routine
            CHIP  PLANT     FAB       sea   1          2          20        true
            CHIP  PLANT     BROKER    air   0          9          100       false
        """,
        stock="item location quantity\nCHIP PLANT 20",
        demand=f"item location period quantity unit_revenue lost_after\n{demand}",
    )


def stored(service: Service, name: str = "shop", network: Network | None = None) -> str:
    """A supply chain, the two brands unless given, in the database; the id of its dataset."""
    dataset = create_dataset(service, PETRA, name)
    tables = (network or two_brands()).tables
    write(service, PETRA, dataset.id, {n: frame for n, frame in tables.items() if len(frame)})
    return dataset.id


def asked(service: Service, identity: Identity, kind: str, dataset: str | None = None,
          key: str | None = None, **parameters: Any) -> JobView:  # fmt: skip
    """A job that is queued."""
    return submit(service, identity, kind, dataset, parameters, key)


def what_if(service: Service, identity: Identity, dataset: str = "shop") -> JobView:
    """A what-if of the fab that stops, carried out."""
    job = asked(service, identity, "what_if", dataset, contents=[FAB_OUT], candidates=3, samples=0)
    return run_now(service, job.id)
