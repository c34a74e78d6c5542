"""What jobs made, as far as who asks may see it: runs, plans, their tables and files."""

from __future__ import annotations

from app.service.results.runs import PlanView, RunView, plan, plans, run, runs
from app.service.results.tables import (
    StoredFile,
    TablePage,
    components,
    plan_table,
    plan_table_file,
    plan_tables,
    plan_units,
    run_file,
    run_files,
    run_table,
    run_table_file,
    run_tables,
)

__all__ = ["PlanView", "RunView", "StoredFile", "TablePage", "components", "plan", "plan_table",
           "plan_table_file", "plan_tables", "plan_units", "plans", "run", "run_file", "run_files",
           "run_table", "run_table_file", "run_tables", "runs"]  # fmt: skip
