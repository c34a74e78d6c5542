"""A small company for the pages: two brands on two lines, one chip, and a fab that stops."""

from __future__ import annotations

from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from app.service.identity.identity import Identity, Role
from app.service.identity.users import add_user, find, identity_of
from app.service.jobs import submit
from app.service.scenarios import create_scenario
from supplychain.network import Network
from tests.service.running import run_now
from tests.support import tiny

PASSWORD = "correct horse battery"
OPERATOR = Identity("", "operator", frozenset(Role))
PEOPLE = {  # roles and brands
    "paula": ("planner", "*"), "petra": ("planner", "*"), "vera": ("viewer", "*"),
    "anna": ("approver", "*"), "adam": ("administrator", "*"), "otto": ("auditor", "*"),
    "iris": ("integrator", "*"), "bea": ("planner", "ALPHA"),
}  # fmt: skip
FAB_OUT = """
name: fab out
description: the only routine fab stands still
disruptions:
- {kind: supplier_outage, location: FAB, start: 2026-W01, periods: 3}
"""


def company() -> Network:
    """TOY of ALPHA on one line and GAME of BETA on another, 10 a week each, of one CHIP each.

    The routine source FAB gives 20 chips a week, BROKER any number at once for more.
    """
    weeks = range(6)
    demand = "\n".join(f"TOY SHOP {n} 10 50 1 true\nGAME SHOP {n} 10 40 1 true" for n in weeks)
    return tiny(
        6,
        holding_rate=0.2,
        items="""
            item  kind       brand  unit_cost
            TOY   product    ALPHA  9
            GAME  product    BETA   9
            CHIP  component  -      2
        """,
        locations="""
            location  kind      country  region    latitude  longitude
            PLANT     plant     Germany  Europe    51.3      12.4
            WORKS     plant     Spain    Europe    41.7      -0.9
            FAB       supplier  Taiwan   EastAsia  24.8      121.0
            BROKER    supplier  Holland  Europe    52.3      4.8
            SHOP      market    Germany  Europe    53.6      10.0
        """,
        bom="item component quantity_per\nTOY CHIP 1\nGAME CHIP 1",
        production="item location lead_time unit_cost\nTOY PLANT 0 1\nGAME WORKS 0 1",
        resources="resource location capacity\nLINE-1 PLANT 20\nLINE-2 WORKS 20",
        production_resources="""
            item  location  version   resource  per_unit
            TOY   PLANT     standard  LINE-1    1
            GAME  WORKS     standard  LINE-2    1
        """,
        sourcing="""
            item  location  supplier  mode  lead_time  unit_cost  capacity  routine
            CHIP  PLANT     FAB       sea   1          2          20        true
            CHIP  PLANT     BROKER    air   0          9          100       false
            CHIP  WORKS     FAB       sea   1          2          20        true
        """,
        lanes="item origin destination lead_time\nTOY PLANT SHOP 0\nGAME WORKS SHOP 0",
        stock="item location quantity\nCHIP PLANT 10\nCHIP WORKS 10",
        demand=f"item location period quantity unit_revenue lost_after firm\n{demand}",
    )


def identity(name: str) -> Identity:
    """A person of the small company."""
    role, brand = PEOPLE[name]
    return Identity(f"u-{name}", name, frozenset({Role(role)}), frozenset({brand}))


def someone(service: Service, name: str) -> Identity:
    """The same person as the database knows them."""
    with service.database.reading() as session:
        return identity_of(find(session, name))


def settle(service: Service) -> str:
    """The small company with its people and its scenario, in the database; its dataset's id."""
    for name, (role, brand) in PEOPLE.items():
        add_user(service, OPERATOR, name, roles=[role], password=PASSWORD, brands=[brand])
    dataset = create_dataset(service, OPERATOR, "shop")
    tables = company().tables
    write(service, OPERATOR, dataset.id, {n: frame for n, frame in tables.items() if len(frame)})
    create_scenario(service, identity("paula"), dataset.id, FAB_OUT, shared=True)
    return dataset.id


def plan(service: Service, dataset: str) -> str:
    """What the fab's outage does, planned and simulated; the id of the run of plans."""
    asked = {"contents": [FAB_OUT], "candidates": 3, "samples": 0}
    job = submit(service, identity("paula"), "what_if", dataset, asked)
    run_now(service, job.id)
    sampled = {"content": FAB_OUT, "samples": 20}
    run_now(service, submit(service, identity("paula"), "shortages", dataset, sampled).id)
    return job.id
