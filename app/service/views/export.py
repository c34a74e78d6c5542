"""Tables as files for people: workbooks and CSV in which nothing is a formula."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from app.service.results.frames import as_file

FileForm = Literal["csv", "xlsx"]


def file_of(frame: pd.DataFrame, name: str, form: FileForm) -> bytes:
    """``frame`` as the content of a file whose sheet has the ``name``, as far as one may."""
    return as_file(frame, _sheet(name), form)


def _sheet(name: str) -> str:
    """A name that a sheet can have."""
    return "".join(c for c in name if c.isalnum() or c in " -_")[:31] or "table"
