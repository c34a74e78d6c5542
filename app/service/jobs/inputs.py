"""The dataset of a job, as it is stored when the job starts."""

from __future__ import annotations

import pandas as pd
from sqlmodel import Session, select

from app.service.faults import NotFound
from app.store.contract import CONTRACT
from app.store.records import Dataset
from supplychain.network import Network
from supplychain.schema import TABLES


def stored_network(session: Session, dataset_id: str) -> tuple[Network, int]:
    """The network of a dataset and its revision, both of one moment."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    dataset = session.get(Dataset, dataset_id)
    if dataset is None:
        raise NotFound.of("dataset", dataset_id)
    frames = {name: _frame(session, name, dataset_id) for name in CONTRACT}
    filled = {name: frame for name, frame in frames.items() if len(frame)}
    return Network.from_frames(filled), dataset.revision


def _frame(session: Session, name: str, dataset_id: str) -> pd.DataFrame:
    table = CONTRACT[name]
    columns = [table.c[column.name] for column in TABLES[name].columns]
    query = select(*columns).where(table.c.dataset_id == dataset_id)
    return pd.read_sql(query, session.connection())
