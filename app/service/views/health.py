"""The health of a dataset: how large it is, what is doubtful, and what hangs on a single thread."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.service.context import Service
from app.service.data.stored import find_stored
from app.service.identity.identity import Identity, Permission
from app.service.plans.summary import describe_dataset
from supplychain.network import Network
from supplychain.scope import expand
from supplychain.structure import summarize_structure

Json = dict[str, Any]


def health(service: Service, identity: Identity, dataset: str) -> Json | None:
    """Size, notices and structure of a dataset; None for who does not see all of it.

    Raises InputError where the dataset is still empty.
    """
    identity.require(Permission.DATA_READ)
    if not identity.sees_everything:
        return None
    stored = find_stored(service, dataset)[0].network
    # read again as a file would be, for what is allowed and yet most likely an oversight
    base = Network.from_frames({name: rows for name, rows in stored.tables.items() if len(rows)})
    expanded = expand(base)
    return {"dataset": describe_dataset(base, expanded),
            "structure": asdict(summarize_structure(expanded))}  # fmt: skip
