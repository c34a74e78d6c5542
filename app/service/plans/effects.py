"""What a scenario changes of a dataset before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.service.context import Service
from app.service.data.visible import visible
from app.service.identity.identity import Identity, Permission
from app.service.scenarios import Content, checked, read, under
from app.store.contract import row_keys
from supplychain.network import Network
from supplychain.overrides import VALUE_COLUMN, effective, owners
from supplychain.scenario import describe
from supplychain.schema import TABLES

_PLACE = ("item", "location")
_OPTIONS = ("resources", "supplier_capacity", "sourcing", "lanes", "production")
_COLUMNS = ("measure", "kind", "owner", "item", "location", "period", "before", "after")


@dataclass(frozen=True)
class Effect:
    """Sentences on what changes, and a row for each value that does.

    ``rows``: measure (capacity, lead_time, unit_cost, quantity), kind and owner (table and key of
    the row), item and location where the row has them, period (NaT: at the start), before and
    after (NaN: unlimited).
    """

    changes: tuple[str, ...]
    rows: pd.DataFrame


def effect(service: Service, identity: Identity, dataset: str, content: Content) -> Effect:
    """What ``content``, a scenario, changes of ``dataset``, as far as ``identity`` may see it.

    Sentences tell of all brands and plants, so only who sees all gets them.
    """
    identity.require(Permission.SCENARIO_READ)
    _, scenario = checked(service, identity, dataset, content)
    before = read(service, dataset)
    after = under(before, scenario, identity)
    changes = describe(scenario, before) if identity.sees_everything else ()
    rows = pd.concat([_EMPTY, *_values(before, after), *_quantities(before, after)])
    rows = visible(rows, before, identity)
    return Effect(
        changes, rows.sort_values(["measure", "kind", "owner", "period"], ignore_index=True)
    )


_EMPTY = pd.DataFrame({name: pd.Series(dtype="str") for name in _COLUMNS}).astype(
    {"period": "datetime64[us]", "before": "float64", "after": "float64"}
)


def _values(before: Network, after: Network) -> Iterator[pd.DataFrame]:
    """Values by period that differ, of every option that is in both networks."""
    dates = before.calendar.dates
    for table, measure in VALUE_COLUMN.items():
        for kind in _OPTIONS:
            base = before.tables[kind]
            if measure not in TABLES[kind].column_names and table != "capacities":
                continue
            old = effective(before, table, kind, base, measure)
            new = effective(after, table, kind, base, measure)
            row, period = np.nonzero((old != new) & ~(np.isnan(old) & np.isnan(new)))
            yield pd.DataFrame({
                "measure": measure, "kind": kind,
                "owner": owners(kind, base).to_numpy()[row],
                **{name: base[name].to_numpy()[row] if name in base else "" for name in _PLACE},
                "period": dates[period],
                "before": old[row, period], "after": new[row, period],
            })  # fmt: skip


def _quantities(before: Network, after: Network) -> Iterator[pd.DataFrame]:
    """Quantities of demand, stock and receipts that differ; 0 where there is no row."""
    for kind in ("demand", "stock", "scheduled_receipts"):
        key = list(TABLES[kind].key)
        on = list(dict.fromkeys([*key, "item", "location"]))
        old, new = (n.tables[kind].set_index(on)["quantity"] for n in (before, after))
        both = pd.concat([old.rename("before"), new.rename("after")], axis=1).fillna(0.0)
        both = both[both["before"] != both["after"]].reset_index()
        if "period" not in both:
            both["period"] = pd.Series(pd.NaT, index=both.index, dtype="datetime64[us]")
        yield both.assign(measure="quantity", kind=kind, owner=row_keys(kind, both))[[*_COLUMNS]]
