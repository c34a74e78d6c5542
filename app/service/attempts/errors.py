"""Errors of a job in words for who asked for it."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

from app.service.faults import ServiceError
from supplychain.errors import SupplyChainError

Json = dict[str, Any]


def described(error: BaseException, folder: str = "") -> Json:
    """An error in words for who asked for the job, without ``folder``; of a defect only that."""
    problems = [problem.as_dict() for problem in getattr(error, "problems", ())]
    if isinstance(error, MemoryError):
        message = "it needed more memory than a job may have; take fewer samples or scenarios"
    elif isinstance(error, SupplyChainError | ServiceError):
        message = str(error)
    else:
        logging.getLogger(__name__).error("a job failed", exc_info=error)
        message = "a defect of the product: the log of the worker says more"
    told = json.dumps({"type": type(error).__name__, "message": message, "problems": problems})
    return cast(Json, json.loads(told.replace(f"{folder}/", "") if folder else told))
