"""A secret that is shown a single time, right after it was made."""

from __future__ import annotations

import streamlit as st


def told_once(name: str, words: str) -> None:
    """Show the secret kept under ``name``, if there is one, and forget it."""
    secret = st.session_state.pop(name, "")
    if secret:
        with st.container(border=True):
            st.success(f"{words}. Copy it now: it is not shown again.", icon=":material/key:")
            st.code(secret, language=None, wrap_lines=True)
