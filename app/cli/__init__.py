"""The command line: parse, call one use case, print. Data on stdout, progress on stderr.

Exit codes: 0 done; 1 no plan, a plan that fails its check, or a defect of the product; 2 input or
usage that is wrong. What a command needs is imported when it runs, so that help comes at once.
"""

from __future__ import annotations

import sys

from app.cli import (  # noqa: F401 - they add their commands to the root
    buffers,
    data,
    forecasts,
    people,
    planner,
    plans,
    reasons,
    serve,
    store,
    uncertainty,
)
from app.cli.root import app


def main() -> None:
    """Entry point of the command ``supplychain``."""
    for stream in (sys.stdout, sys.stderr):  # names that a terminal cannot show are no failure
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app(prog_name="supplychain")
