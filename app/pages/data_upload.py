"""Upload: files are read and checked; what is wrong is shown in place, to be mended there."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.exports import exports
from app.pages.visit import Visit
from app.service import InputError, Problem
from app.service.data.contract import TABLE_NAMES
from app.service.data.datasets import DatasetView
from app.service.data.uploads import form_of, parse_upload
from app.service.data.writing import write
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.faults import ServiceError
from app.service.views.uploaded import (
    WRONG,
    from_draft,
    is_small,
    mended,
    rows_to_mend,
    to_draft,
    told,
)

_FORMS = ["xlsx", "csv", "parquet", "json", "zip"]
_MODES = {"Add and change rows": False, "Replace these tables": True}
_MOST_LINES = 25  # errors of a table that are told in full
Waiting = tuple[dict[str, pd.DataFrame], tuple[Problem, ...], bool]


def upload(visit: Visit, dataset: DatasetView) -> None:
    """The upload that waits for its mend, or the place to drop files."""
    waiting = _waiting(visit, dataset)
    if waiting is not None:
        _mend(visit, dataset, waiting)
        return
    st.markdown("A workbook with one sheet a table, or files of the tables. All is checked first; "
                "it is written whole or not at all.")  # fmt: skip
    files = st.file_uploader("Files", _FORMS, accept_multiple_files=True,
                             key=f"files_{st.session_state.get('uploads', 0)}")  # fmt: skip
    mode = st.segmented_control("Then", list(_MODES), default=next(iter(_MODES)), required=True)
    if not files:
        return
    tables = {file.name: _table_of(file.name) for file in files}
    largest = visit.service.settings.body_limit
    if sum(file.size for file in files) > largest:
        st.error(f"Together these files are larger than {largest / 1e6:,.0f} MB: upload them one "
                 "after the other.", icon=":material/error:")  # fmt: skip
        return
    if st.button("Check and write", type="primary", icon=":material/upload:"):
        frames = _read(visit, files, tables)
        if frames is not None:
            _write(visit, dataset, frames, _MODES[mode])


def _read(
    visit: Visit, files: list[Any], tables: dict[str, str | None]
) -> dict[str, pd.DataFrame] | None:
    """The tables of all files; None where one cannot be read, after every such file is named."""
    frames: dict[str, pd.DataFrame] = {}
    wrong = []
    for file in files:
        try:
            frames |= parse_upload(visit.service.settings, file.getvalue(),
                                   form_of("", file.name), tables[file.name])  # fmt: skip
        except ServiceError as error:
            wrong.append(f"**{file.name}** {error.message}; {error.remedy}")
        except InputError as error:
            wrong += [f"**{file.name}**: {told(problem)}" for problem in error.problems]
    if wrong:
        st.error("\n".join(["Nothing was written:", *(f"- {line}" for line in wrong)]),
                 icon=":material/error:")  # fmt: skip
    return None if wrong else frames


def _table_of(name: str) -> str | None:
    """The table that a file of one table holds: by its name, else as chosen."""
    path = PurePath(name)
    if path.suffix.lower() not in (".csv", ".parquet", ".json"):
        return None
    known = list(TABLE_NAMES)
    if path.stem in known:
        return path.stem
    return str(st.selectbox(f"{name} holds the table", known, key=f"holds_{name}"))


def _write(
    visit: Visit, dataset: DatasetView, frames: dict[str, pd.DataFrame], replace: bool
) -> None:
    """Write all of it; where something is wrong it waits as a draft for its mend."""
    name = f"upload {dataset.id}"
    try:
        done = write(visit.service, visit.identity, dataset.id, frames, replace=replace)
    except InputError as error:
        small = is_small(frames)
        st.session_state[name] = (frames if small else {}, error.problems, replace)
        if small:
            keep_draft(visit.service, visit.identity, name,
                       to_draft(frames, error.problems, replace))  # fmt: skip
        st.rerun()
    _forget(visit, name)
    notices = "".join(f" Note: {notice}." for notice in done.notices)
    look.tell(f"Written: {done.upserted:,} rows new or changed, {done.deleted:,} deleted.{notices}")
    st.rerun()


def _waiting(visit: Visit, dataset: DatasetView) -> Waiting | None:
    """The upload that waits, after a refresh too."""
    name = f"upload {dataset.id}"
    if name in st.session_state:
        found: Waiting = st.session_state[name]
        return found
    kept = draft(visit.service, visit.identity, name)
    return None if kept is None else from_draft(kept)


def _mend(visit: Visit, dataset: DatasetView, waiting: Waiting) -> None:
    """Every row error in place, in a table that can be edited; then try again."""
    frames, problems, replace = waiting
    here = "here, or " if frames else ""
    st.error(f"{len(problems):,} to mend before anything is written. Mend them {here}in your "
             "file and upload it again. Row 1 is the first below the header.",
             icon=":material/error:")  # fmt: skip
    if not frames:
        st.caption("This upload is too large to be kept and mended on this page.")
    result = dict(frames)
    for table, frame in frames.items():
        shown = rows_to_mend(frame, table, problems)
        if shown.empty:
            continue
        st.subheader(f"{table}: {len(shown):,} of {len(frame):,} rows")
        key = f"mend_{table}_{len(problems)}"
        st.data_editor(shown, key=key, hide_index=True, disabled=["row", WRONG], width="stretch",
                       column_config={WRONG: st.column_config.TextColumn(WRONG, width="large")},
                       height=look.height(len(shown)))  # fmt: skip
        _in_full(table, problems)
        edits: dict[int, dict[str, Any]] = st.session_state[key]["edited_rows"]
        result[table] = mended(frame, shown, edits)
    others = [found for found in problems if found.row is None or found.table not in frames]
    if others:
        look.problems(tuple(others))
    with st.container(horizontal=True):
        if frames and st.button("Try again", type="primary", icon=":material/upload:"):
            _write(visit, dataset, result, replace)
        if st.button("Discard the upload", icon=":material/delete:"):
            _forget(visit, f"upload {dataset.id}")
            st.rerun()


def _in_full(table: str, problems: tuple[Problem, ...]) -> None:
    """Every error of a table in full: a column is too narrow for what is wrong and its mend."""
    own = [problem for problem in problems if problem.table == table and problem.row is not None]
    own.sort(key=lambda problem: problem.row or 0)
    lines = [f"- {told(problem)}" for problem in own[:_MOST_LINES]]
    if len(own) > _MOST_LINES:
        lines.append(f"- and {len(own) - _MOST_LINES:,} more, in the table and in the export")
    st.markdown("\n".join(lines))
    exports(pd.DataFrame([problem.as_dict() for problem in own]), f"errors of {table}")


def _forget(visit: Visit, name: str) -> None:
    st.session_state.pop(name, None)
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
    discard_draft(visit.service, visit.identity, name)
