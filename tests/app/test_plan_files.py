"""PLAN_DIR: what is read back of the plan before."""

from __future__ import annotations

from pathlib import Path

from app.service.plans.files import kept_decisions


def test_the_decisions_of_the_last_plan_are_read_where_they_are_kept(tmp_path: Path) -> None:
    assert kept_decisions(tmp_path) is None
    (tmp_path / "last").mkdir()
    for name in ("orders", "builds", "costs"):
        (tmp_path / "last" / f"{name}.csv").write_text("item,period\nCHIP,2026-01-05\n")
    read = kept_decisions(tmp_path)
    assert read is not None
    assert sorted(read) == ["builds", "orders"]
    assert read["orders"]["item"].tolist() == ["CHIP"]
