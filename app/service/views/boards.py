"""Boards as files among those of a run: made where the plans are made, read by the pages."""

from __future__ import annotations

import json
from pathlib import Path

from app.service.plans.files import read_manifest
from app.service.plans.outputs import slug
from app.service.views.board import board
from app.service.views.cases import KINDS, read_case


def write_boards(folder: Path) -> None:
    """Write the boards of a what-if beside its plans in ``folder``, to be kept with the run."""
    for scenario in sorted(path for path in folder.iterdir() if path.is_dir()):
        folders = {kind: scenario / kind for kind in KINDS if (scenario / kind).is_dir()}
        plans = {kind: folder for kind, folder in folders.items()
                 if read_manifest(folder).get("status") != "no plan"}  # fmt: skip
        if plans:
            content = json.dumps(board(read_case(plans)), allow_nan=False)
            (scenario / "board.json").write_text(content, encoding="utf-8")


def board_path(scenario: str) -> str:
    """Where the board of a scenario is among the files of its run."""
    return f"{slug(scenario)}/board.json"
