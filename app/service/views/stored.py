"""Tables of stored plans for the pages, as far as who asks may see them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from app.service.context import Service
from app.service.faults import NotFound
from app.service.identity.identity import Identity, Permission
from app.service.results import plan_table
from app.service.results.frames import stored_frame
from app.service.results.runs import run_record
from app.service.results.scope import scope_of
from app.service.views.kept import StoredCase
from app.service.views.plan import inventory

PLACES = ("location", "destination", "plant")  # columns that say where something comes in


@dataclass(frozen=True)
class Filter:
    """Rows wanted: of any of the items, places and suppliers named; none named: all."""

    items: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``frame`` that are wanted; a filter on what it does not have lets all by."""
        wanted = pd.Series(True, index=frame.index)
        for columns, names in ((("item",), self.items), (PLACES, self.places),
                               (("supplier", "origin"), self.suppliers)):  # fmt: skip
            found = [column for column in columns if column in frame]
            if names and found:
                wanted &= frame[found].isin(names).any(axis=1)
        return frame[wanted]


def plan_rows(
    service: Service, identity: Identity, case: StoredCase, kind: str, table: str
) -> pd.DataFrame:
    """A table of the plan of ``kind``; empty where the plan has no such table."""
    try:
        return plan_table(service, identity, case.plans[kind], table).rows
    except NotFound:
        return pd.DataFrame()


def input_rows(service: Service, identity: Identity, case: StoredCase, table: str) -> pd.DataFrame:
    """A table of the data that a case was planned from."""
    identity.require(Permission.RUN_READ)
    with service.database.reading() as session:
        run = run_record(session, case.run_id)
        if table not in run.inputs:
            return pd.DataFrame()
        scope = scope_of(session, identity, run)
        return scope.visible(stored_frame(session, str(run.inputs[table])))


def inventory_report(
    service: Service, identity: Identity, case: StoredCase, kind: str
) -> pd.DataFrame:
    """Stock by item, place and period: start plus in minus out is end."""
    names = ("inventory", "orders", "builds", "transfers", "receipts")
    tables = {name: plan_rows(service, identity, case, kind, name) for name in names}
    stock = input_rows(service, identity, case, "stock")
    if stock.empty:
        stock = pd.DataFrame({"item": [], "location": [], "quantity": []})
    return inventory(tables, stock)
