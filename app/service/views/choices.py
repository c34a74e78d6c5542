"""What forms and maps of a dataset offer: names, periods, places and ways."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from app.service.context import Service
from app.service.data.stored import find_stored
from app.service.data.visible import scope_of
from app.service.identity.identity import Identity, Permission
from app.service.views import scenario_form
from supplychain.network import Network


@dataclass(frozen=True, eq=False)
class Choices:
    """What may be chosen in a dataset: names by field, periods by date, places and ways."""

    names: dict[str, list[str]]
    periods: dict[str, str]
    places: pd.DataFrame
    ways: pd.DataFrame
    currency: str
    bucket: str = "week"


def choices(service: Service, identity: Identity, dataset_id: str) -> Choices:
    """What ``identity`` may choose in a dataset."""
    identity.require(Permission.SCENARIO_READ)
    stored, _ = find_stored(service, dataset_id)
    scope = scope_of(stored.tables, identity)
    tables = {name: rows[~scope.hides(rows)] for name, rows in stored.tables.items()}
    network = Network(tables, stored.network.settings)
    places, ways = scenario_form.network_map(network)
    return Choices(scenario_form.options(network), scenario_form.periods(network.calendar), places,
                   ways, network.settings.currency, network.settings.bucket)  # fmt: skip
