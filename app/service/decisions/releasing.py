"""An approved action becomes what the ERP carries out: planned orders, transfers, builds.

One release is one row of the plan: an order of a day, a transfer, a build. Where a planner changed
the quantity of an action its rows are changed in proportion.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from app.service.faults import Conflict
from app.service.futures.confidence import rows_of
from app.service.jobs.blobs import artifacts
from app.service.plain import records
from app.service.results.frames import stored_frame
from app.service.results.runs import plan_record, run_record
from app.service.webhooks.outbox import announce
from app.store.records import ActionRecord, Dataset, Release, new_id

Json = dict[str, Any]
_KINDS = {"orders": "planned_order", "transfers": "transfer", "builds": "build",
          "substitutions": "substitution", "short_builds": "short_build",
          "retrofits": "retrofit", "overtime": "overtime", "reschedules": "receipt_change",
          "qualifications": "qualification"}  # fmt: skip
_SCALED = ("quantity", "cost", "premium")
_COUNT = text(
    "INSERT INTO counters (name, value) VALUES ('releases', :many) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + :many RETURNING value"
)


def release_action(session: Session, action: ActionRecord) -> None:
    """Write the releases of an action that was approved; Conflict where its dataset is gone."""
    dataset_id = dataset_of(session, action)
    share = 1.0 if action.decided_quantity is None else action.decided_quantity / action.quantity
    rows = list(_rows(session, plan_record(session, action.plan_id).run_id, action))
    first = take_numbers(session, len(rows)) - len(rows) + 1
    for sequence, (kind, row) in enumerate(rows, first):
        scaled = {name: row[name] * share for name in _SCALED if row.get(name) is not None}
        made = Release(id=new_id(), sequence=sequence, dataset_id=dataset_id,
                       action_id=action.id, kind=kind, content={**row, **scaled})  # fmt: skip
        session.add(made)
        announce(session, "release.created", {"release": made.id, "kind": kind,
                                              "dataset": made.dataset_id})  # fmt: skip


def withdraw(session: Session, action: ActionRecord) -> None:
    """Withdraw the open releases of an action; Conflict where one was acknowledged."""
    query = select(Release).where(Release.action_id == action.id, Release.state != "withdrawn")
    for found in session.exec(query.with_for_update()):
        if found.state == "acknowledged":
            raise Conflict("the ERP has taken it already", "change it there, or plan again")
        found.state, found.revision = "withdrawn", found.revision + 1
        announce(session, "release.withdrawn", {"release": found.id, "kind": found.kind,
                                                "dataset": found.dataset_id})  # fmt: skip


def _rows(session: Session, run_id: str, action: ActionRecord) -> Iterator[tuple[str, Json]]:
    """The rows of the plan that an action is about; of a reallocation the action itself."""
    found = artifacts(session, run_id, action.plan_id)
    paths = {name: f"{name}.parquet" for name in (*_KINDS, "parked")}
    tables = {name: stored_frame(session, found[path].blob) for name, path in paths.items()
              if path in found}  # fmt: skip
    own_rows = rows_of(tables, action.content)
    if not own_rows:
        yield "allocation", action.content
    for name in (name for name in own_rows if name in _KINDS):
        for row in records(tables[name][own_rows[name]]):
            yield _KINDS[name], row


def dataset_of(session: Session, action: ActionRecord) -> str:
    """The dataset of an action, which stays until the transaction ends; Conflict where it is gone.

    Who deletes it waits and then finds the releases.
    """
    run = run_record(session, plan_record(session, action.plan_id).run_id)
    kept = {"read": True, "key_share": True}
    if run.dataset_id is None or not session.get(Dataset, run.dataset_id, with_for_update=kept):
        raise Conflict("the dataset of its plan was deleted", "plan again, and decide on that plan")
    return run.dataset_id


def take_numbers(session: Session, many: int) -> int:
    """The last of ``many`` fresh numbers; nobody else takes one until the transaction ends.

    So releases become visible in the order of their numbers, and a cursor passes over none.
    """
    return int(session.execute(_COUNT, {"many": many}).scalar_one())
