"""What the pages are about: the dataset and the case, kept in the address."""

from __future__ import annotations

import streamlit as st

from app.pages.look import empty
from app.pages.visit import Visit
from app.service.data.datasets import DatasetView, datasets
from app.service.views.kept import StoredCase, cases


def remembered(name: str) -> str:
    """What the address says of ``name``; after a change of page, what it said before."""
    value = st.query_params.get(name) or st.session_state.get(f"address_{name}", "")
    if value:
        put(name, value)
    return str(value)


def put(name: str, value: str) -> None:
    """Write into the address, so that a refresh and a link find it."""
    st.session_state[f"address_{name}"] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def chosen_dataset(visit: Visit) -> DatasetView:
    """The dataset of the address, else the first; where there is none the page ends here."""
    known = {found.name: found 
             for found in datasets(visit.service, visit.identity, counted=False)}  # fmt: skip
    if not known:
        empty("No data yet", "Upload a workbook or CSV files on the page **Data** to begin.")
        st.stop()
    wanted = remembered("dataset")
    names = list(known)
    index = names.index(wanted) if wanted in known else 0
    name = st.sidebar.selectbox("Dataset", names, index, key=f"dataset_of_{index}")
    put("dataset", name)
    return known[name]


def chosen_case(visit: Visit, dataset: DatasetView) -> tuple[StoredCase, list[StoredCase]]:
    """The case of the address, else the last one made; without any the page ends here."""
    known = cases(visit.service, visit.identity, dataset.id)
    if not known:
        empty("Nothing planned yet",
              "Open **Scenarios**, choose or build one, and run it: the board fills by itself.",
              "play_circle")  # fmt: skip
        st.stop()
    wanted = remembered("run"), remembered("scenario")
    case = _of_scenario(known, *wanted)
    put("run", case.run_id)
    put("scenario", case.scenario)
    return case, known


def _of_scenario(known: list[StoredCase], run: str, scenario: str) -> StoredCase:
    """Which scenario, and which of its plans: two short names that the sidebar has room for."""
    case = next((one for one in known if one.run_id == run and scenario in ("", one.scenario)),
                next((one for one in known if one.scenario == scenario), known[0]))  # fmt: skip
    names = list(dict.fromkeys(one.scenario for one in known))
    index = names.index(case.scenario)
    name = st.sidebar.selectbox("Scenario", names, index, key=f"scenario_of_{index}")
    made = [one for one in known if one.scenario == name]
    place = made.index(case) if case in made else 0
    return st.sidebar.selectbox("Planned", made, place, format_func=lambda found: found.made,
                                key=f"plan_of_{name}_{made[place].run_id}")  # fmt: skip
