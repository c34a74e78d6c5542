"""What another plan has released already is released again by who says so."""

from __future__ import annotations

import streamlit as st

from app.pages.visit import Visit
from app.service.decisions import ActionView, released_before


def asked_again(visit: Visit, one: ActionView) -> bool:
    """Whether an action is to be released though another plan has released the same."""
    before = released_before(visit.service, visit.identity, one.id)
    if before is None:
        return False
    st.warning(f"{before[:1].upper()}{before[1:]}.", icon=":material/content_copy:")
    return st.checkbox("Release it again, with a reason", key=f"again_{one.id}")
