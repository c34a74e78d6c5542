"""What the page of settings shows and does: tokens, webhooks, people, and the service in words."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.pages.visit import Visit
from app.service.context import Service
from app.service.identity.logins import log_in, log_out
from app.service.identity.tokens import create_token, tokens
from app.service.identity.users import user
from app.service.views.setting_words import permission, span
from app.service.webhooks import add_webhook, messages, webhooks
from tests.pages.test_pages import shown, text
from tests.pages.world import OPERATOR, PASSWORD, someone

HOOK = "https://erp.example.com/hook"


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception
    return page


def field(page: AppTest, kind: str, label: str) -> Any:
    return next(one for one in getattr(page, kind) if one.label.startswith(label))


def test_a_token_is_listed_with_scope_and_end_and_its_secret_is_shown_once(
    service: Service,
) -> None:
    page = shown(service, "paula", "settings", settings_part="API tokens")
    field(page, "text_input", "Name").set_value("Excel")
    press(page, "Make a token")
    assert page.code[0].value.startswith("scp_")
    page.run()
    assert not page.code
    row = page.dataframe[0].value.iloc[0]
    assert (row["name"], row["may"]) == ("Excel", "read plans and forecasts")
    assert row["valid until"].endswith(("(in 89 days)", "(in 90 days)"))


def test_a_token_is_revoked_on_the_page(service: Service) -> None:
    create_token(service, someone(service, "paula"), "old", ["run:read"])
    page = shown(service, "paula", "settings", settings_part="API tokens")
    field(page, "selectbox", "Revoke").select_index(0).run()
    press(page, "Revoke it")
    assert tokens(service, someone(service, "paula"))[0].revoked_at is not None
    assert "No token yet" in text(page)


def test_a_webhook_is_added_tried_and_removed(service: Service) -> None:
    adam = someone(service, "adam")
    page = shown(service, "adam", "settings", settings_part="Webhooks")
    field(page, "text_input", "Address").set_value(HOOK)
    press(page, "Add")
    assert page.code[0].value.startswith("whsec_")
    (made,) = webhooks(service, adam)
    press(page, "Send a test")
    assert not page.code, "the secret is shown once"
    (message,) = messages(service, adam, made.id)
    assert (message.event, message.state) == ("webhook.test", "waiting")
    assert "waits" in set(page.dataframe[0].value["state"])
    press(page, "Switch off")
    assert not webhooks(service, adam)[0].active
    press(page, "Remove it")
    assert webhooks(service, adam) == []


def test_messages_are_drawn_no_more_for_who_has_logged_out(service: Service) -> None:
    def script(visit: object, webhook_id: str) -> None:
        from app.pages import settings_webhooks

        settings_webhooks._messages(visit, webhook_id)  # type: ignore[arg-type]

    made, _ = add_webhook(service, OPERATOR, HOOK, ["job.finished"])
    login = log_in(service, "adam", PASSWORD)
    visit = Visit(service, someone(service, "adam"), login)
    page = AppTest.from_function(script, args=(visit, made.id), default_timeout=60).run()
    assert "No message yet" in text(page)
    log_out(service, login)
    page.run()
    assert "No message yet" not in text(page)
    assert [error.value for error in page.error] == ["nobody is logged in. log in"]


def test_a_wrong_address_of_a_webhook_is_told_with_the_mend(service: Service) -> None:
    page = shown(service, "adam", "settings", settings_part="Webhooks")
    field(page, "text_input", "Address").set_value("ftp://erp")
    press(page, "Add")
    assert page.error
    assert webhooks(service, someone(service, "adam")) == []


def test_only_who_manages_webhooks_is_offered_them(service: Service) -> None:
    add_webhook(service, OPERATOR, HOOK, ["job.finished"])
    page = shown(service, "paula", "settings", settings_part="Webhooks")
    assert HOOK not in text(page)


def test_brands_and_plants_of_somebody_are_edited_on_the_page(service: Service) -> None:
    page = shown(service, "adam", "settings", settings_part="People", person="vera")
    assert "vera" in set(page.dataframe[0].value["name"])
    inputs = [one for one in page.text_input if one.label in ("Brands", "Plants")]
    inputs[0].set_value("ALPHA, BETA")
    inputs[1].set_value("PLANT")
    press(page, "Change")
    changed = user(service, someone(service, "adam"), "vera")
    assert (changed.brands, changed.plants) == (("ALPHA", "BETA"), ("PLANT",))


def test_somebody_is_added_with_brands(service: Service) -> None:
    page = shown(service, "adam", "settings", settings_part="People")
    field(page, "text_input", "Name of the account").set_value("nora")
    field(page, "multiselect", "Roles").select("viewer")
    field(page, "text_input", "Brands").set_value("BETA")
    press(page, "Add")
    assert user(service, someone(service, "adam"), "nora").brands == ("BETA",)


def test_settings_are_in_words_with_units(service: Service) -> None:
    page = shown(service, "otto", "settings", settings_part="This service")
    told = dict(page.dataframe[0].value[["setting", "value"]].to_numpy())
    assert told["Longest job"] == "1 hour"
    assert told["Largest upload"] == "200 MB"
    assert told["An action needs an approver"].startswith("from a cost of 250,000 on")
    assert told["Workers"] == "1 process, each with 2 jobs at once"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3600, "1 hour"), (5400, "1 hour 30 minutes"), (59, "59 seconds"), (0, "0 seconds")],
)
def test_a_time_is_told_in_hours_minutes_and_seconds(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_every_permission_has_its_words(service: Service) -> None:
    every = OPERATOR.permissions
    assert all(permission(name) != name for name in every)
