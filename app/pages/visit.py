"""Who visits, and the service that answers: opened once a process, asked at every rerun."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace

import streamlit as st

from app.service.context import Service, open_service
from app.service.faults import Unauthenticated
from app.service.identity.identity import Identity, Permission
from app.service.identity.logins import identity_of_login
from app.service.settings import LOGIN_COOKIE


@dataclass(frozen=True)
class Visit:
    """One person at the pages of one service; ``login`` is blank where a page is tried alone."""

    service: Service
    identity: Identity
    login: str = ""

    def now(self) -> Visit:
        """The same person as known by now; Unauthenticated where the login has ended.

        For what happens outside a whole rerun: callbacks, fragments and downloads.
        """
        if not self.login:
            return self
        return replace(self, identity=identity_of_login(self.service, self.login))

    def may(self, permission: Permission) -> bool:
        """Whether a button for this would not refuse."""
        return self.identity.may(permission)

    @property
    def scope(self) -> tuple[str, ...]:
        """What they may see, as a key of caches."""
        if self.identity.sees_everything:
            return ()
        return (*sorted(self.identity.brands), "|", *sorted(self.identity.plants))


@st.cache_resource(show_spinner=False)
def opened() -> Service:
    """The service of this process.

    What is loaded by now is kept out of the collection of garbage, which Streamlit does in full
    after every rerun: 8 ms instead of 190.
    """
    service = open_service()
    gc.collect()
    gc.freeze()
    return service


def visit() -> Visit:
    """Who visits; where nobody is logged in, the page asks for it and ends here."""
    service = opened()
    try:
        cookie = st.context.cookies.get(LOGIN_COOKIE, "")
        return Visit(service, identity_of_login(service, cookie), cookie)
    except Unauthenticated:
        _ask_to_log_in()
        st.stop()


def _ask_to_log_in() -> None:
    st.title("Supply-chain planner")
    st.markdown("You are not logged in, or your login has ended. What you had begun is kept.")
    st.html('<a href="/login">Log in</a>')
