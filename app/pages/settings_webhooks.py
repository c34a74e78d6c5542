"""Webhooks on the page of settings: listed, added, tried, switched off and removed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.pages import look
from app.pages.told_once import told_once
from app.pages.visit import Visit
from app.service.views.setting_words import STATES, event
from app.service.webhooks import (
    EVENTS,
    MessageView,
    WebhookView,
    add_webhook,
    change_webhook,
    delete_webhook,
    messages,
    webhooks,
)
from app.service.webhooks.trying import try_webhook

_EVERY = 2.0  # seconds between looks at messages on their way
_LAST = 10  # messages that are shown


def hooks(visit: Visit) -> None:
    """All webhooks, each with what can be done about it."""
    st.caption("A webhook is told of events by a signed POST (Standard Webhooks), tried again "
               "where the receiver does not answer.")  # fmt: skip
    told_once("new_webhook_secret", "The secret that signs its messages")
    found = webhooks(visit.service, visit.identity)
    if not found:
        look.empty("No webhook yet", "Add the address of a system that wants to be told, such as "
                   "the ERP.", "webhook")  # fmt: skip
    for one in found:
        _one(visit, one)
    with st.expander("Add a webhook", icon=":material/add:", expanded=not found):
        _add(visit)


def _add(visit: Visit) -> None:
    with st.form("new_webhook"):
        url = st.text_input("Address", placeholder="https://erp.example.com/hooks/planner")
        events = st.multiselect("It is told when", EVENTS, EVENTS, format_func=event)
        if st.form_submit_button("Add", type="primary"):
            with look.mended():
                _, secret = add_webhook(visit.service, visit.identity, url, events)
                st.session_state["new_webhook_secret"] = secret
                st.rerun()


def _one(visit: Visit, one: WebhookView) -> None:
    service, identity = visit.service, visit.identity
    with st.container(border=True):
        state = "" if one.active else " (switched off)"
        st.markdown(f"**{one.url}**{state}: told when {', '.join(map(event, one.events))}")
        with st.container(horizontal=True):
            if st.button("Send a test", key=f"try_{one.id}", icon=":material/send:",
                         disabled=not one.active):  # fmt: skip
                try_webhook(service, identity, one.id)
            words = "Switch off" if one.active else "Switch on"
            if st.button(words, key=f"switch_{one.id}", icon=":material/power_settings_new:"):
                change_webhook(service, identity, one.id, active=not one.active,
                               if_match=one.revision)  # fmt: skip
                st.rerun()
            with st.popover("Remove", icon=":material/delete:"):
                st.markdown(f"Remove **{one.url}**, with what waits for it?")
                if st.button("Remove it", type="primary", key=f"remove_{one.id}"):
                    delete_webhook(service, identity, one.id, if_match=one.revision)
                    st.rerun()
        waits = any(found.state == "waiting" for found in messages(service, identity, one.id, 1))
        st.fragment(_messages, run_every=_EVERY if waits else None)(visit, one.id)


def _messages(visit: Visit, webhook_id: str) -> None:
    """The last messages of a webhook, to who may see them by now: it is drawn again and again."""
    with look.mended():
        now = visit.now()
        _list(messages(now.service, now.identity, webhook_id, _LAST), webhook_id)


def _list(found: list[MessageView], webhook_id: str) -> None:
    """Messages, and why one waits still."""
    if not found:
        st.caption("No message yet.")
        return
    frame = pd.DataFrame({
        "when": [f"{one.created_at:%Y-%m-%d %H:%M:%S} UTC" for one in found],
        "what": [event(one.event) for one in found],
        "state": [STATES.get(one.state, one.state) for one in found],
        "tries": [one.attempts for one in found],
        "why": [one.last_error for one in found]})  # fmt: skip
    columns = {**look.all_columns(frame),
               "why": st.column_config.TextColumn("last error", width="large")}  # fmt: skip
    look.table(frame, columns, f"messages_{webhook_id}")
