"""Settings: what is wrong with them is told at once, without their values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from typer.testing import CliRunner

from app.cli.root import app
from app.cli.serve import answer
from app.service.context import open_service
from app.service.settings import ServiceSettings, read_service_settings
from supplychain.errors import FileError, InputError


def test_everything_wrong_is_listed_and_no_value_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUPPLYCHAIN_PORT", "http")
    monkeypatch.setenv("SUPPLYCHAIN_DATABASE_URL", "mysql://planner:hush@db/planner")
    with pytest.raises(InputError) as raised:
        read_service_settings()
    told = str(raised.value)
    assert "settings column SUPPLYCHAIN_PORT: Input should be a valid integer" in told
    assert "SUPPLYCHAIN_DATABASE_URL: is not the address of a PostgreSQL database" in told
    assert "hush" not in told


def test_the_pages_are_served_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLYCHAIN_API_WORKERS", "2")
    with pytest.raises(InputError, match="SUPPLYCHAIN_PLANNER=false"):
        read_service_settings()
    assert read_service_settings(planner=False).api_workers == 2


def test_a_proxy_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_service_settings(proxies="10.0.0.5, 10.1.0.0/16").proxies == "10.0.0.5, 10.1.0.0/16"
    monkeypatch.setenv("SUPPLYCHAIN_PROXIES", "proxy.example")
    with pytest.raises(InputError, match="SUPPLYCHAIN_PROXIES: is no list of addresses"):
        read_service_settings()


@pytest.mark.parametrize(("proxies", "seen"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9")])
def test_a_forwarded_address_is_believed_of_a_proxy_that_is_named(
    monkeypatch: pytest.MonkeyPatch, proxies: str, seen: str
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(os, "environ", dict(os.environ))  # it tells the server's processes there
    monkeypatch.setattr("uvicorn.run", lambda app, **options: given.update(options))
    answer(ServiceSettings(proxies=proxies))
    told: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told.append(scope["client"][0])

    given.pop("factory")
    config = uvicorn.Config(app, **{**given, "workers": None})
    config.load()
    scope = {"type": "http", "client": ("127.0.0.1", 1), "scheme": "http",
             "headers": [(b"x-forwarded-for", b"203.0.113.9")]}  # fmt: skip
    anyio.run(config.loaded_app, scope, None, None)
    assert told == [seen]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made"):
        open_service(ServiceSettings(folder=tmp_path / "file" / "below"))


def test_a_database_that_is_away_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLYCHAIN_DATABASE_URL", "postgresql://planner:hush@127.0.0.1:1/planner")
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 1
    assert result.stderr == "the database cannot be reached; try again in a moment\n"
