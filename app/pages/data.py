"""Data: tables to look at and edit, upload with every error in place, download, health."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.choice import put, remembered
from app.pages.data_upload import upload
from app.pages.exports import data_link, exports
from app.pages.visit import Visit
from app.service.data.contract import TableView, contract
from app.service.data.datasets import DatasetView, create_dataset, datasets
from app.service.data.exporting import export
from app.service.data.listing import Page, rows
from app.service.drafts import discard_draft, draft, keep_draft
from app.service.edits import Edits, save_edits
from app.service.identity.identity import Permission
from app.service.views.health import health

Json = dict[str, Any]
Form = Literal["csv", "parquet", "xlsx"]
_FORMS: dict[Form, str] = {"xlsx": "Workbook", "csv": "CSV files, zipped",
                           "parquet": "Parquet files, zipped"}  # fmt: skip
_PARTS = ("Tables", "Upload", "Download", "Health")
_OPERATORS = {"is": "eq", "is not": "ne", "at least": "gte", "at most": "lte", "one of": "in"}


def page(visit: Visit) -> None:
    """Data."""
    st.title("Data")
    with look.mended():
        dataset = _dataset(visit)
        if dataset is None:
            return
        parts = [part for part in _PARTS if part != "Upload" or visit.may(Permission.DATA_WRITE)]
        part = st.segmented_control("Part", parts, default=parts[0], key="data_part",
                                    label_visibility="collapsed", bind="query-params",
                                    required=True)  # fmt: skip
        shows = {"Tables": _tables, "Upload": upload, "Download": _download, "Health": _health}
        shows[part](visit, dataset)


def _dataset(visit: Visit) -> DatasetView | None:
    """The dataset of the address; a new one can be made by who may write."""
    known = {found.name: found for found in datasets(visit.service, visit.identity)}
    wanted = remembered("dataset")
    chosen = None
    if known:
        names = list(known)
        place = names.index(wanted) if wanted in known else 0
        chosen = known[st.sidebar.selectbox("Dataset", names, place, key=f"data_of_{place}")]
        put("dataset", chosen.name)
    if visit.may(Permission.DATA_WRITE):
        with st.sidebar.popover("New dataset", icon=":material/add:"), st.form("new_dataset"):
            name = st.text_input("Name")
            if st.form_submit_button("Make it"):
                with look.mended():
                    put("dataset", create_dataset(visit.service, visit.identity, name).name)
                    st.rerun()
    if chosen is None:
        look.empty("No data yet", "Make a dataset in the sidebar, then upload its tables.")
    return chosen


# --- tables --------------------------------------------------------------------------------------


def _tables(visit: Visit, dataset: DatasetView) -> None:
    """A table, a page of it at a time, to look at and to edit."""
    known = {declared.name: declared for declared in contract()}
    names = list(known)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    wanted = st.query_params.get("table", "items")
    place = names.index(wanted) if wanted in names else 0
    table = left.selectbox("Table", names, place, key="table_of", format_func=lambda name: _named(
        name, dataset))  # fmt: skip
    if st.query_params.get("table") != table:
        st.query_params["table"] = table
    declared = known[table]
    right.caption(declared.meaning)
    wanted_rows = _filter(declared)
    cursors = _cursors(dataset.id, table, wanted_rows)
    found = rows(visit.service, visit.identity, dataset.id, table, wanted_rows,
                 after=cursors[-1] if cursors else None, limit=look.PAGE_ROWS)  # fmt: skip
    if found.rows.empty and not cursors:
        look.empty("No rows", "This table is empty, or no row passes the filter.", "table_rows")
    if visit.may(Permission.DATA_WRITE):
        _editor(visit, dataset, table, found, declared)
    elif len(found.rows):
        look.table(found.rows, {column.name: column.name for column in declared.columns},
                   f"rows_of_{table}")  # fmt: skip
    _turn(found, cursors)
    if len(found.rows):
        own = found.rows[[column.name for column in declared.columns]]
        exports(own, table, data_link(visit, dataset.id, table))
        st.caption("xlsx and csv hold the rows shown here, the link the whole table.")


def _named(table: str, dataset: DatasetView) -> str:
    count = dataset.rows.get(table)
    return table if count is None else f"{table} ({count:,})"


def _filter(declared: TableView) -> list[tuple[str, str, str]]:
    """One condition, kept in the address."""
    left, middle, right = st.columns([2, 1, 3], vertical_alignment="bottom")
    names = ["", *(column.name for column in declared.columns)]
    wanted = st.query_params.get("where", "")
    name = left.selectbox(
        "Only where",
        names,
        names.index(wanted) if wanted in names else 0,
        format_func=lambda text: text or "(all rows)",
        key="filter_column",
    )
    st.query_params["where"] = name
    if not name:
        return []
    words = middle.selectbox("compares", list(_OPERATORS), key="filter_words",
                             label_visibility="hidden")  # fmt: skip
    value = right.text_input("with", key="filter_value", bind="query-params",
                             placeholder="a value; several separated by commas")  # fmt: skip
    return [(name, _OPERATORS[words], value)] if value else []


def _cursors(*place: Any) -> list[str]:
    """How far the list was turned; another dataset, table or filter begins at its first rows."""
    if st.session_state.get("cursors_of") != place:
        st.session_state["cursors_of"], st.session_state["cursors"] = place, []
    found: list[str] = st.session_state["cursors"]
    return found


def _turn(found: Page, cursors: list[str]) -> None:
    """First and next page."""
    if not cursors and found.next is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("First rows", disabled=not cursors, icon=":material/first_page:"):
            st.session_state["cursors"] = []
            st.rerun()
        if st.button("Next rows", disabled=found.next is None, icon=":material/chevron_right:"):
            st.session_state["cursors"] = [*cursors, found.next]
            st.rerun()
        st.caption(f"Page {len(cursors) + 1}")


# --- editing -------------------------------------------------------------------------------------


def _editor(
    visit: Visit, dataset: DatasetView, table: str, found: Page, declared: TableView
) -> None:
    """Edit rows; what is not saved yet is a draft, so that a refresh loses nothing."""
    name = f"edits {dataset.id} {table}"
    kept = draft(visit.service, visit.identity, name) or _nothing()
    shown = _with_draft(found.rows, kept, declared)
    rows_shown = abs(hash(tuple(found.rows["row_key"])))
    key = f"editor_{table}_{found.revision}_{rows_shown}_{st.session_state.get('edits_saved', 0)}"
    if st.session_state.get("editor", ("",))[0] != key:
        st.session_state["editor"] = (key, shown, kept["added"])
    # the editor's input stays what it was when it was first drawn, its deltas are added to it
    _, base, added = st.session_state["editor"]
    st.data_editor(
        base[[column.name for column in declared.columns]], key=key, hide_index=True,
        width="stretch",
        num_rows="dynamic", column_config={column.name: _config(column, declared)
                                        for column in declared.columns},
        on_change=_keep, args=(visit, name, key, base, {**kept, "added": added}),
        height=look.height(len(base)))  # fmt: skip
    edits = _edits(draft(visit.service, visit.identity, name) or _nothing())
    if not edits:
        st.caption("Change a cell, add a row below, or select rows and delete them; then save.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Save", type="primary", icon=":material/save:"):
            _save(visit, dataset, table, name, edits)
        if st.button("Discard", icon=":material/undo:"):
            _forget(visit, name)
            st.rerun()
        st.caption(f"{len(edits.changed)} changed, {len(edits.added)} added, {len(edits.deleted)} "
                   "to be deleted; kept as a draft, not saved yet.")  # fmt: skip


def _nothing() -> Json:
    return {"changed": {}, "deleted": [], "added": [], "seen": {}}


def _config(column: Any, declared: TableView) -> Any:
    """How a column is edited."""
    words = f"{column.meaning}{f' ({column.unit})' if column.unit else ''}"
    make = st.column_config
    if column.type in ("number", "integer"):
        return make.NumberColumn(column.name, help=words, format="localized")
    if column.type == "flag":
        return make.CheckboxColumn(column.name, help=words)
    if column.type in ("date", "period"):
        return make.DateColumn(column.name, help=words, format="YYYY-MM-DD")
    if column.choices:
        return make.SelectboxColumn(column.name, help=words, options=list(column.choices))
    return make.TextColumn(column.name, help=words, pinned=column.name in declared.key)


def _with_draft(found: pd.DataFrame, kept: Json, declared: TableView) -> pd.DataFrame:
    """The rows with what was changed and not saved, of an earlier visit to the page."""
    shown = found[~found["row_key"].isin(kept["deleted"])].reset_index(drop=True)
    types = {column.name: column.type for column in declared.columns}
    for key, cells in kept["changed"].items():
        for column, value in cells.items():
            at = shown["row_key"] == key
            dated = types[column] in ("date", "period") and value is not None
            shown.loc[at, column] = pd.Timestamp(value) if dated else value
    return shown


def _keep(visit: Visit, name: str, key: str, base: pd.DataFrame, kept: Json) -> None:
    """Add the editor's deltas to the draft."""
    with look.mended():
        _keep_draft(visit.now(), name, key, base, kept)


def _keep_draft(visit: Visit, name: str, key: str, base: pd.DataFrame, kept: Json) -> None:
    deltas = st.session_state[key]
    told: Json = {"changed": {row: dict(cells) for row, cells in kept["changed"].items()},
                  "deleted": list(kept["deleted"]), "seen": dict(kept["seen"]),
                  "added": [*kept["added"], *deltas["added_rows"]]}  # fmt: skip
    for place, cells in deltas["edited_rows"].items():
        row = str(base["row_key"].iloc[int(place)])
        told["changed"][row] = {**told["changed"].get(row, {}), **cells}
        told["seen"].setdefault(row, int(base["revision"].iloc[int(place)]))
    for place in deltas["deleted_rows"]:
        row = str(base["row_key"].iloc[int(place)])
        told["deleted"].append(row)
        told["changed"].pop(row, None)
        told["seen"].setdefault(row, int(base["revision"].iloc[int(place)]))
    told["deleted"] = sorted(set(told["deleted"]))
    keep_draft(visit.service, visit.identity, name, told)


def _edits(kept: Json) -> Edits:
    return Edits(kept["changed"], kept["deleted"], [row for row in kept["added"] if row],
                 kept["seen"])  # fmt: skip


def _save(visit: Visit, dataset: DatasetView, table: str, name: str, edits: Edits) -> None:
    """Save all of it or nothing; the second of two planners is told."""
    with look.mended():
        save_edits(visit.service, visit.identity, dataset.id, table, edits)
        _forget(visit, name)
        look.tell("Saved.")
        st.rerun()


def _forget(visit: Visit, name: str) -> None:
    discard_draft(visit.service, visit.identity, name)
    st.session_state["edits_saved"] = st.session_state.get("edits_saved", 0) + 1


# --- download and health -------------------------------------------------------------------------


def _download(visit: Visit, dataset: DatasetView) -> None:
    """The whole dataset as a file that imports unchanged."""
    st.markdown("The whole dataset, as far as you may see it. What is downloaded here can be "
                "uploaded again unchanged.")  # fmt: skip
    for form, words in _FORMS.items():
        name = f"{dataset.name}.xlsx" if form == "xlsx" else f"{dataset.name}-{form}.zip"
        st.download_button(words, partial(_exported, visit, dataset, form), name,
                           icon=":material/download:", key=f"download_{form}",
                           on_click="ignore")  # fmt: skip


def _exported(visit: Visit, dataset: DatasetView, form: Form) -> bytes:
    return export(visit.service, visit.now().identity, dataset.id, form).content


@st.cache_resource(max_entries=8, show_spinner="Looking through the data")
def _health_of(_visit: Visit, dataset_id: str, revision: int, scope: Any) -> Json | None:
    return health(_visit.service, _visit.identity, dataset_id)


def _health(visit: Visit, dataset: DatasetView) -> None:
    """What is doubtful in the data, and what hangs on one source."""
    found = _health_of(visit, dataset.id, dataset.revision, visit.scope)
    if found is None:
        look.empty("Not for your view", "Health tells of every brand and plant.", "lock")
        return
    size, structure = found["dataset"], found["structure"]
    look.cards([
        look.Card("Items", f"{size['items']:,}", f"{size['item_locations']:,} item-locations"),
        look.Card("Locations", f"{size['locations']:,}", f"{size['lanes']:,} lanes"),
        look.Card("Demand", f"{look.quantity(size['demand_units'])} units",
                  f"{size['start']} to {size['end']}"),
        look.Card("One source only", f"{len(structure['single_sourced']):,}",
                  "items that nobody else can supply", look.AS_IS),
    ])  # fmt: skip
    if size["notices"]:
        st.warning("  \n".join(size["notices"]), icon=":material/warning:")
    else:
        st.caption(":material/check: No doubtful row was found.")
    for title, key, words in (
        ("Items with one source over all options", "single_sourced", "sources"),
        ("Items with one routine source", "one_routine_source", "routine"),
        ("Suppliers that products share", "suppliers", "suppliers")):  # fmt: skip
        rows_of = pd.DataFrame(structure[key])
        if len(rows_of):
            st.subheader(title)
            shown = {str(name): str(name).replace("_", " ") for name in rows_of}
            shown |= {"share": look.share_column("share of demand")}
            look.paged(rows_of, shown, f"health_{words}")
            exports(rows_of, title.lower())
