"""Logs of a server: one JSON document a line on stderr, its libraries' lines included."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from app.service.logs import quiet_clients


def configure_logs(least: str = "info") -> None:
    """Let this process log in JSON what is ``least`` or worse.

    Variables of a traceback stay out, as they may be secrets.
    """
    level = logging.getLevelNamesMapping()[least.upper()]
    first: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso"),
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    ]
    last = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*first, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet_clients()


def quiet_libraries(least: str) -> None:
    """Keep the servers' own lines to what is ``least`` or worse; requests are logged by us.

    To be called after the pages' framework is loaded: it gives these loggers a level of its own.
    """
    level = logging.getLevelNamesMapping()[least.upper()]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi", "websockets", "streamlit"):
        logging.getLogger(name).setLevel(level)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
