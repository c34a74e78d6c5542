"""Settings: the visitor's own tokens, webhooks and people for who may, and what holds here."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.exports import exports
from app.pages.settings_people import people
from app.pages.settings_webhooks import hooks
from app.pages.told_once import told_once
from app.pages.visit import Visit
from app.service.identity.identity import Permission
from app.service.identity.tokens import TokenView, create_token, revoke_token, tokens
from app.service.views.setting_words import permission, settings_in_words, until


def page(visit: Visit) -> None:
    """Settings."""
    st.title("Settings")
    _self(visit)
    parts = [(name, show) for name, needed, show in (
        ("API tokens", Permission.TOKENS, _tokens), ("Webhooks", Permission.WEBHOOKS, hooks),
        ("People", Permission.USERS, people), ("This service", Permission.SETTINGS, _service))
        if visit.may(needed)]  # fmt: skip
    if not parts:
        return
    names = [name for name, _ in parts]
    part = st.segmented_control("Part", names, default=names[0], key="settings_part",
                                label_visibility="collapsed", bind="query-params",
                                required=True)  # fmt: skip
    with look.mended():
        dict(parts)[str(part)](visit)


def _self(visit: Visit) -> None:
    """Who one is here, and what that permits."""
    identity = visit.identity
    st.markdown(f"You are **{identity.name}**: {', '.join(sorted(identity.roles))}. Brands: "
                f"{_names(identity.brands)}. Plants: {_names(identity.plants)}.")  # fmt: skip
    st.caption("You may " + ", ".join(permission(name) for name in sorted(identity.permissions))
               + ".")  # fmt: skip


def _names(names: frozenset[str]) -> str:
    return "all" if "*" in names else ", ".join(sorted(names)) or "none"


# --- tokens --------------------------------------------------------------------------------------


def _tokens(visit: Visit) -> None:
    """API tokens: for Excel, scripts and the ERP."""
    st.caption("Excel's *Data, From Web, Advanced* and the API take one in the header "
               "`Authorization: Bearer scp_...`.")  # fmt: skip
    valid = [one for one in tokens(visit.service, visit.identity) if one.revoked_at is None]
    if valid:
        _list(visit, valid)
    else:
        look.empty("No token yet", "Make one below for each program that asks for tables.", "key")
    _new_token(visit)


def _list(visit: Visit, valid: list[TokenView]) -> None:
    """Tokens that were not revoked, with scope and end; the chosen one can be revoked."""
    frame = pd.DataFrame({
        "name": [one.name for one in valid],
        "may": [", ".join(map(permission, one.scopes)) for one in valid],
        "made": [f"{one.created_at:%Y-%m-%d}" for one in valid],
        "valid until": [until(one.expires_at) for one in valid]})  # fmt: skip
    columns = look.all_columns(frame) | {"may": st.column_config.TextColumn("may", width="large")}
    look.table(frame, columns, "tokens")
    exports(frame, "api tokens")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Revoke", valid, None, placeholder="choose a token",
                              format_func=lambda one: one.name, key="token_to_revoke")  # fmt: skip
        if st.button("Revoke it", disabled=chosen is None, icon=":material/block:") and chosen:
            revoke_token(visit.service, visit.identity, chosen.id)
            look.tell(f"Revoked: whoever still uses {chosen.name} is refused from now on.")
            st.rerun()


def _new_token(visit: Visit) -> None:
    told_once("new_token_secret", "The new token")
    with st.form("new_token", clear_on_submit=True):
        left, middle, right = st.columns([2, 3, 1])
        name = left.text_input("Name", placeholder="Excel on my desk")
        options = sorted(visit.identity.permissions)
        scopes = middle.multiselect("It may", options, [Permission.RUN_READ]
                                    if Permission.RUN_READ in options else [],
                                    format_func=permission)  # fmt: skip
        days = right.number_input("Days", 1, 365, 90)
        if st.form_submit_button("Make a token"):
            with look.mended():
                _, made = create_token(visit.service, visit.identity, name, scopes, int(days))
                st.session_state["new_token_secret"] = made
                st.rerun()


# --- the service ---------------------------------------------------------------------------------


def _service(visit: Visit) -> None:
    """What the operator has set; secrets are not among it."""
    frame = pd.DataFrame(settings_in_words(visit.service), columns=["setting", "value", "variable"])
    look.table(frame, {"setting": st.column_config.TextColumn("setting", width="medium"),
                       "value": st.column_config.TextColumn("value", width="large"),
                       "variable": "set by the operator with"}, "service_settings",
               height="content")  # fmt: skip
    st.caption("The operator of this host sets them in the environment and starts the service "
               "anew.")  # fmt: skip
