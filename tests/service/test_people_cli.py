"""Commands on users, tokens and the audit, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from app.cli import app
from app.service.context import Service, open_service
from app.service.identity.logins import identity_of_login, log_in
from app.service.identity.tokens import authenticate_token
from app.service.settings import ServiceSettings
from app.store.migrate import downgrade

PASSWORD = "correct horse battery"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service in the environment that the commands find; nothing of it is there yet."""
    folder = tmp_path / "service"
    monkeypatch.setenv("SUPPLYCHAIN_FOLDER", str(folder))
    return open_service(ServiceSettings(folder=folder))


def run(*arguments: str, code: int = 0, stdin: str = "") -> Any:
    result = CliRunner().invoke(app, arguments, input=stdin)
    assert result.exit_code == code, f"{result.exit_code}: {result.output}{result.stderr}"
    return result


def document(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code).stdout)


def test_the_first_user_is_added_with_a_password_that_is_asked(service: Service) -> None:
    result = run("user", "add", "ann", "--role", "planner", "--brand", "Aster",
                 stdin=f"{PASSWORD}\n{PASSWORD}\n")  # fmt: skip
    assert PASSWORD not in result.output + result.stderr
    found = identity_of_login(service, log_in(service, "ann", PASSWORD))
    assert (found.roles, found.brands, found.plants) == ({"planner"}, {"Aster"}, {"*"})


def test_a_password_comes_from_a_file_or_stdin(service: Service, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(PASSWORD + "\n")
    run("user", "add", "ann", "--role", "viewer", "--password-file", str(tmp_path / "secret"))
    log_in(service, "ann", PASSWORD)
    run("user", "password", "ann", "--password-file", "-", stdin=PASSWORD + "!\n")
    log_in(service, "ann", PASSWORD + "!")


def test_a_short_password_is_refused_and_nothing_is_added(service: Service) -> None:
    result = run("user", "add", "ann", "--role", "viewer", "--password-file", "-",
                 stdin="short", code=2)  # fmt: skip
    assert result.stderr.splitlines()[1] == (
        "- users column password: has 5 characters; use 12 to 1024"
    )
    assert document("user", "list") == {"users": []}


def test_users_are_changed_listed_disabled_and_enabled(service: Service) -> None:
    run("user", "add", "erp", "--role", "integrator", "--no-password")
    run("user", "change", "erp", "--role", "viewer", "--brand", "Birch", "--email", "e@example.com")
    (user,) = document("user", "disable", "erp")["users"]
    assert (user["roles"], user["brands"], user["active"]) == (["viewer"], ["Birch"], False)
    assert "no" in run("user", "list").stdout.splitlines()[-2]
    assert document("user", "enable", "erp")["users"][0]["active"]
    assert run("user", "change", "bob", code=2).stderr.startswith("no user 'bob'")


def test_a_token_is_told_once_and_ends_when_it_is_revoked(service: Service) -> None:
    run("user", "add", "erp", "--role", "integrator", "--no-password")
    secret = run("token", "add", "erp", "--scope", "data:read", "--name", "SAP").stdout.strip()
    assert authenticate_token(service, secret).name == "erp"
    (listed,) = document("token", "list", "erp")["tokens"]
    assert (listed["name"], listed["scopes"]) == ("SAP", ["data:read"])
    assert secret not in run("token", "list", "erp").stdout
    assert document("token", "revoke", listed["id"])["tokens"][0]["revoked_at"]
    told = run("token", "add", "erp", "--scope", "user:manage", code=2).stderr
    assert told.startswith("erp may not user:manage")
    assert document("token", "add", "erp", "--scope", "run:read")["secret"].startswith("scp_")


def test_the_audit_is_listed_and_verified_and_tells_of_tampering(service: Service) -> None:
    run("user", "add", "erp", "--role", "integrator", "--no-password")
    assert document("audit", "verify")["passed"]
    (entry,) = document("audit", "list", "--subject", "user erp")["entries"]
    assert (entry["actor"], entry["action"]) == ("local operator", "user.added")
    assert "user.added" in run("audit", "list").stdout
    with service.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE audit SET actor = 'nobody'")
    assert "entry 1 was edited" in run("audit", "verify", code=1).stdout
    with service.database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM audit")
    assert not document("audit", "verify", code=1)["passed"]


def test_the_folder_is_named_as_for_serve(service: Service, tmp_path: Path) -> None:
    other = ("--folder", str(tmp_path / "other"))
    run("user", "add", "erp", "--role", "integrator", "--no-password", *other)
    run("token", "add", "erp", "--scope", "data:read", *other)
    assert [user["name"] for user in document("user", "list", *other)["users"]] == ["erp"]
    assert len(document("audit", "list", *other)["entries"]) == 2
    assert document("user", "list") == {"users": []}  # SUPPLYCHAIN_FOLDER is another one


@pytest.mark.parametrize("group", ["user", "token", "audit", "store"])
def test_every_command_beside_the_database_takes_a_folder(group: str) -> None:
    commands = get_command(app).commands[group].commands  # type: ignore[attr-defined]
    without = [name for name, command in commands.items()
               if not any("--folder" in option.opts for option in command.params)]  # fmt: skip
    assert (len(commands) > 1, without) == (True, [])


def test_a_database_of_another_version_is_left_as_it_is(service: Service) -> None:
    run("user", "list")
    downgrade(service.database, "0001")
    assert "supplychain store upgrade" in run("user", "list", code=2).stderr
