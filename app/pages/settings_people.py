"""People on the page of settings: who is known, with which roles, brands and plants."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.exports import exports
from app.pages.visit import Visit
from app.service.identity.identity import Role
from app.service.identity.tokens import revoke_token, tokens
from app.service.identity.users import UserView, add_user, change_user, set_password, users
from app.service.views.setting_words import permission, until

_ROLES = [role.value for role in Role]
_HELP = "`*` for all; else names, separated by commas"


def people(visit: Visit) -> None:
    """Users; the one that is chosen can be changed."""
    known = users(visit.service, visit.identity, limit=None)
    frame = pd.DataFrame({
        "name": [user.name for user in known],
        "roles": [", ".join(user.roles) for user in known],
        "brands": [_told(user.brands) for user in known],
        "plants": [_told(user.plants) for user in known],
        "comes by": ["password" if user.has_password else "provider or token" for user in known],
        "active": [user.active for user in known]})  # fmt: skip
    look.table(frame, look.all_columns(frame), "people")
    exports(frame, "people")
    by_name = {user.name: user for user in known}
    chosen = st.selectbox("Change somebody", list(by_name), None, key="person", bind="query-params",
                          placeholder="choose whom")  # fmt: skip
    if chosen:
        _change(visit, by_name[chosen])
    with st.expander("Add somebody", icon=":material/person_add:"):
        _add(visit)


def _told(names: tuple[str, ...]) -> str:
    return "all" if "*" in names else ", ".join(names) or "none"


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _add(visit: Visit) -> None:
    with st.form("new_user", clear_on_submit=False):
        left, right = st.columns(2)
        name = left.text_input("Name of the account")
        roles = right.multiselect("Roles", _ROLES)
        brands = left.text_input("Brands", "*", help=_HELP)
        plants = right.text_input("Plants", "*", help=_HELP)
        password = left.text_input("Password, 12 characters or more (blank: they come by the "
                                   "identity provider or by token)", type="password")  # fmt: skip
        if st.form_submit_button("Add", type="primary"):
            with look.mended():
                add_user(visit.service, visit.identity, name, roles=roles,
                         password=password or None, brands=_listed(brands),
                         plants=_listed(plants))  # fmt: skip
                look.tell(f"Added: {name}.")
                st.rerun()


def _change(visit: Visit, user: UserView) -> None:
    """Roles, brands and plants of somebody; refused where somebody else changed them first."""
    with st.form(f"change_{user.name}_{user.revision}"):
        left, right = st.columns(2)
        roles = left.multiselect("Roles", _ROLES, user.roles)
        active = right.checkbox("active (else logins and tokens end at once)", user.active)
        brands = left.text_input("Brands", ", ".join(user.brands), help=_HELP)
        plants = right.text_input("Plants", ", ".join(user.plants), help=_HELP)
        if st.form_submit_button("Change", type="primary"):
            with look.mended():
                change_user(visit.service, visit.identity, user.name, if_match=user.revision,
                            roles=roles, brands=_listed(brands), plants=_listed(plants),
                            active=active)  # fmt: skip
                look.tell(f"Changed: {user.name}.")
                st.rerun()
    left, right = st.columns(2)
    with left.popover("New password", icon=":material/password:"):
        _password(visit, user)
    with right:
        _tokens_of(visit, user)


def _password(visit: Visit, user: UserView) -> None:
    with st.form(f"password_{user.name}", clear_on_submit=True):
        password = st.text_input("Password, 12 characters or more", type="password")
        if st.form_submit_button("Set it"):
            with look.mended():
                set_password(visit.service, visit.identity, user.name, password)
                look.tell(f"{user.name} has a new password; their logins have ended.")
                st.rerun()


def _tokens_of(visit: Visit, user: UserView) -> None:
    """Their tokens with scope and end, to be revoked."""
    found = tokens(visit.service, visit.identity, of_user=user.name)
    valid = [one for one in found if one.revoked_at is None]
    st.markdown("**Tokens**" if valid else "No tokens")
    for one in valid:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{one.name}: {', '.join(map(permission, one.scopes))}; "
                        f"{until(one.expires_at)}")  # fmt: skip
            if st.button("Revoke", key=f"revoke_{one.id}", width="content"):
                revoke_token(visit.service, visit.identity, one.id)
                st.rerun()
