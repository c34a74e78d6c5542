"""What forms and maps of a dataset offer: names, periods, places and ways."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from app.service.context import Service
from app.service.data.stored import read_stored
from app.service.identity.identity import Identity, Permission
from app.service.results.scope import Scope, hidden_names
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


def choices(service: Service, identity: Identity, dataset_id: str) -> Choices:
    """What ``identity`` may choose in a dataset."""
    identity.require(Permission.SCENARIO_READ)
    network = read_stored(service, dataset_id).network
    if not identity.sees_everything:
        scope = Scope(hidden_names(network.tables, identity.brands, identity.plants))
        tables = {name: scope.visible(rows) for name, rows in network.tables.items()}
        network = Network(tables, network.settings)
    places, ways = scenario_form.network_map(network)
    return Choices(scenario_form.options(network), scenario_form.periods(network.calendar), places,
                   ways, network.settings.currency)  # fmt: skip
