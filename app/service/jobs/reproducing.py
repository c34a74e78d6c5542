"""A run made again from what is stored of it, and whether the same came out."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from sqlmodel import Session, select

from app.service.context import Service
from app.service.faults import NotFound
from app.service.jobs.blobs import artifacts
from app.service.jobs.publishing import Made
from app.store.records import PlanRecord, Run

Json = dict[str, Any]


def compared(service: Service, run_id: str, made: Made) -> Made:
    """What was ``made`` again against the run, by hashes, and nothing else of it.

    Compared are the plans; of runs without plans the tables, without tables the document.
    """
    with service.database.reading() as session:
        run = session.get(Run, run_id)
        if run is None:
            raise NotFound.of("run", run_id)
        rows = (_plans(session, run_id, made) or _tables(session, run_id, made)
                or _rows("result", _document(run.result), _document(made.document)))  # fmt: skip
    same_input = run.input_hash == made.input_hash
    document = {
        "run": run_id, "same": same_input and all(row["same"] for row in rows),
        "same_input": same_input, "compared": rows,
        "versions": {"then": run.version, "now": version("supplychain-planner")},
    }  # fmt: skip
    return replace(made, document=document, kept=[], files=[], plans=[])


def _plans(session: Session, run_id: str, made: Made) -> list[Json]:
    stored = session.exec(select(PlanRecord).where(PlanRecord.run_id == run_id))
    then = {f"{plan.scenario}, {plan.kind}": plan.plan_hash for plan in stored}
    now = {f"{plan.manifest['scenario']}, {plan.manifest['kind']}": plan.manifest["plan_hash"]
           for plan in made.plans}  # fmt: skip
    return _rows("plan", then, now)


def _tables(session: Session, run_id: str, made: Made) -> list[Json]:
    """Tables of runs without plans."""
    then = {path: found.blob for path, found in artifacts(session, run_id).items()
            if found.rows is not None}  # fmt: skip
    return _rows("table", then, {f.path: f.sha256 for f in made.files if f.rows is not None})


def _document(content: Json) -> dict[str, str]:
    """The hash of a document, whatever time it took."""
    timeless = {name: part for name, part in content.items() if name != "seconds"}
    return {"document": sha256(json.dumps(timeless, sort_keys=True).encode()).hexdigest()}


def _rows(what: str, then: dict[str, str], now: dict[str, str]) -> list[Json]:
    return [{what: name, "then": then.get(name), "now": now.get(name),
             "same": then.get(name) == now.get(name)}
            for name in sorted({*then, *now})]  # fmt: skip
