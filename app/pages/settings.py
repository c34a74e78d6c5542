"""Settings: what holds here, the visitor's own tokens, and for administrators the people."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.visit import Visit
from app.service.identity.identity import Permission, Role
from app.service.identity.tokens import create_token, revoke_token, tokens
from app.service.identity.users import add_user, change_user, users

_SHOWN = {"host": "address", "port": "port", "jobs_at_once": "solves at once of a worker",
          "job_workers": "workers", "job_memory": "megabytes of a job", "job_seconds":
          "longest job, seconds", "body_limit": "largest upload, bytes", "approval_limit":
          "cost above which an action needs an approver", "login_hours": "hours of a login",
          "requests_a_minute": "requests a minute of one identity"}  # fmt: skip


def page(visit: Visit) -> None:
    """Settings."""
    st.title("Settings")
    _self(visit)
    with look.mended():
        if visit.may(Permission.TOKENS):
            _tokens(visit)
        if visit.may(Permission.USERS):
            _people(visit)
        if visit.may(Permission.SETTINGS):
            _service(visit)


def _self(visit: Visit) -> None:
    """Who one is here, and what that permits."""
    identity = visit.identity
    st.markdown(f"You are **{identity.name}**: {', '.join(sorted(identity.roles))}. Brands: "
                f"{_names(identity.brands)}. Plants: {_names(identity.plants)}.")  # fmt: skip
    st.caption("You may: " + ", ".join(sorted(identity.permissions)))


def _names(names: frozenset[str]) -> str:
    return "all" if "*" in names else ", ".join(sorted(names)) or "none"


def _tokens(visit: Visit) -> None:
    """API tokens: for Excel, scripts and the ERP."""
    st.subheader("Your API tokens")
    st.caption("Excel's *Data, From Web, Advanced* and the API take one in the header "
               "`Authorization: Bearer scp_...`.")  # fmt: skip
    mine = tokens(visit.service, visit.identity)
    for token in mine:
        if token.revoked_at is None:
            left, right = st.columns([5, 1], vertical_alignment="center")
            left.markdown(f"**{token.name}** for {', '.join(token.scopes)}, until "
                          f"{token.expires_at:%Y-%m-%d}")  # fmt: skip
            right.button("Revoke", key=f"revoke_{token.id}", on_click=_revoke,
                         args=(visit, token.id))  # fmt: skip
    with st.form("new_token", clear_on_submit=True):
        left, middle, right = st.columns([2, 3, 1])
        name = left.text_input("Name", placeholder="Excel on my desk")
        options = sorted(visit.identity.permissions)
        scopes = middle.multiselect("Scopes", options, [Permission.RUN_READ]
                                    if Permission.RUN_READ in options else [])  # fmt: skip
        days = right.number_input("Days", 1, 365, 90)
        if st.form_submit_button("Make a token"):
            with look.mended():
                _, secret = create_token(visit.service, visit.identity, name, scopes, int(days))
                st.success("Copy it now: it is not shown again.")
                st.code(secret, language=None)


def _revoke(visit: Visit, token_id: str) -> None:
    with look.mended():
        revoke_token(visit.service, visit.identity, token_id)


def _people(visit: Visit) -> None:
    """Users, with a change that fails where somebody else made one first."""
    st.subheader("People")
    known = users(visit.service, visit.identity)
    frame = pd.DataFrame({
        "name": [user.name for user in known],
        "roles": [", ".join(user.roles) for user in known],
        "brands": [", ".join(user.brands) for user in known],
        "plants": [", ".join(user.plants) for user in known],
        "active": [user.active for user in known]})  # fmt: skip
    look.table(frame, look.all_columns(frame), "people")
    with st.expander("Add somebody"), st.form("new_user", clear_on_submit=True):
        name = st.text_input("Name of the account")
        roles = st.multiselect("Roles", [role.value for role in Role])
        brands = st.text_input("Brands, separated by commas", "*")
        plants = st.text_input("Plants, separated by commas", "*")
        password = st.text_input("Password, 12 characters or more", type="password")
        if st.form_submit_button("Add"):
            with look.mended():
                add_user(visit.service, visit.identity, name, roles=roles,
                         password=password or None, brands=_listed(brands),
                         plants=_listed(plants))  # fmt: skip
                st.rerun()
    with st.expander("Change somebody"):
        chosen = st.selectbox("Account", known, format_func=lambda user: user.name)
        if chosen is not None:
            with st.form(f"change_{chosen.name}_{chosen.revision}"):
                roles = st.multiselect("Roles", [role.value for role in Role], chosen.roles)
                active = st.checkbox("active", chosen.active)
                if st.form_submit_button("Change"):
                    with look.mended():
                        change_user(
                            visit.service,
                            visit.identity,
                            chosen.name,
                            if_match=chosen.revision,
                            roles=roles,
                            active=active,
                        )
                        st.rerun()


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _service(visit: Visit) -> None:
    """What the operator has set; secrets are not among it."""
    st.subheader("This service")
    settings = visit.service.settings
    frame = pd.DataFrame([(words, str(getattr(settings, name))) for name, words in _SHOWN.items()],
                         columns=["setting", "value"])  # fmt: skip
    kind = "SQLite file" if visit.service.database.is_sqlite else "PostgreSQL"
    frame.loc[len(frame)] = ["database", kind]
    look.table(frame, {"setting": "setting", "value": "value"}, "service_settings")
