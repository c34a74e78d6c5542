"""Commands on the people of the service: users, tokens and the audit, beside its database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.beside import ready
from app.cli.options import AsJson, Folder
from app.cli.output import print_document
from app.cli.root import audit_app, token_app, user_app

User = Annotated[str, typer.Argument(metavar="NAME", help="Name of the user.")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="viewer, planner, approver, integrator, administrator or auditor; may be repeated.",
    ),
]
Brands = Annotated[
    list[str] | None,
    typer.Option("--brand", help="Brand that they see; may be repeated; else all."),
]
Plants = Annotated[
    list[str] | None,
    typer.Option("--plant", help="Plant that they see; may be repeated; else all."),
]
Email = Annotated[str | None, typer.Option(help="Address of the user.")]
PasswordFile = Annotated[
    typer.FileText | None,
    typer.Option(metavar="FILE", help="Read the password from a file, - for stdin; else asked."),
]


# --- users -------------------------------------------------------------------------------------


@user_app.command("add", short_help="add a user")
def user_add(
    context: typer.Context,
    name: User,
    role: Roles,
    brand: Brands = None,
    plant: Plants = None,
    email: Email = None,
    subject: Annotated[
        str | None, typer.Option(help="Subject (sub) that the identity provider knows them by.")
    ] = None,
    password_file: PasswordFile = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They come by token or identity provider only.")
    ] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Add a user with roles, and the brands and plants that they see."""
    password = None if no_password or subject else _password(password_file)
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.users import ALL, add_user

        user = add_user(
            service,
            OPERATOR,
            name,
            roles=role,
            password=password,
            brands=brand or ALL,
            plants=plant or ALL,
            email=email or "",
            subject=subject,
        )
    _print_users([user], as_json)


@user_app.command("list", short_help="list users")
def user_list(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """List users with their roles and what they see."""
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.users import users

        found = users(service, OPERATOR, limit=None)
    _print_users(found, as_json)


@user_app.command("change", short_help="change roles, brands, plants or the address")
def user_change(
    context: typer.Context,
    name: User,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="Roles instead of the present ones.")
    ] = None,
    brand: Annotated[
        list[str] | None, typer.Option("--brand", help="Brands instead; * for all.")
    ] = None,
    plant: Annotated[
        list[str] | None, typer.Option("--plant", help="Plants instead; * for all.")
    ] = None,
    email: Email = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Replace what is given; it holds at once."""
    _change(context, name, as_json, folder, roles=role, brands=brand, plants=plant, email=email)


@user_app.command("disable", short_help="let a user in no longer")
def user_disable(
    context: typer.Context, name: User, as_json: AsJson = False, folder: Folder = None
) -> None:
    """End a user's logins and tokens and let them in no longer; what they did stays theirs."""
    _change(context, name, as_json, folder, active=False)


@user_app.command("enable", short_help="let a user in again")
def user_enable(
    context: typer.Context, name: User, as_json: AsJson = False, folder: Folder = None
) -> None:
    """Let a user in again; tokens that ended stay ended."""
    _change(context, name, as_json, folder, active=True)


def _change(
    context: typer.Context, name: str, as_json: bool, folder: Path | None, **changes: Any
) -> None:
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.users import change_user

        user = change_user(service, OPERATOR, name, **changes)
    _print_users([user], as_json)


@user_app.command("password", short_help="set a user's password")
def user_password(
    context: typer.Context,
    name: User,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Set a user's password, at least 12 characters; their logins end."""
    password = _password(password_file)
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.users import set_password

        set_password(service, OPERATOR, name, password)


def _password(file: typer.FileText | None) -> str:
    if file is not None:
        return file.read().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _print_users(users: Any, as_json: bool) -> None:
    from app import render_people

    print_document({"users": _plain(users)}, as_json, render_people.users)


def _plain(views: Any) -> Any:
    """Views of the service as JSON has them."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(views)


# --- tokens ------------------------------------------------------------------------------------


@token_app.command("add", short_help="make a token for a user")
def token_add(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose token it is.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", help="What it may do, such as data:write; may be repeated."),
    ],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(help="How long it is valid, at most 366.")] = 90,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Make a token; stdout gets its secret, which is kept nowhere and told only now."""
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.tokens import create_token

        token, secret = create_token(service, OPERATOR, name, scope, days, for_user=user)
    if as_json:
        print_document({**_plain(token), "secret": secret}, as_json, lambda *_: ())
        return
    typer.echo(f"token {token.id} of {token.user}, until {token.expires_at:%Y-%m-%d}", err=True)
    typer.echo(secret)


@token_app.command("list", short_help="list the tokens of a user")
def token_list(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose tokens.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """List the tokens of a user, the newest first, without their secrets."""
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.tokens import tokens

        found = tokens(service, OPERATOR, of_user=user)
    _print_tokens(user, found, as_json)


@token_app.command("revoke", short_help="end a token")
def token_revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(metavar="ID", help="Of the token, from token list.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """End a token; every process refuses it within five seconds."""
    with ready(context, as_json, folder) as service:
        from app.service.identity.identity import OPERATOR
        from app.service.identity.tokens import revoke_token

        ended = revoke_token(service, OPERATOR, token)
    _print_tokens(ended.user, [ended], as_json)


def _print_tokens(user: str, tokens: Any, as_json: bool) -> None:
    from app import render_people

    print_document({"user": user, "tokens": _plain(tokens)}, as_json, render_people.tokens)


# --- the audit ---------------------------------------------------------------------------------


@audit_app.command("list", short_help="list who did what when")
def audit_list(
    context: typer.Context,
    actor: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    subject: Annotated[
        str | None, typer.Option(help='Only what was done to it, such as "user ann".')
    ] = None,
    before: Annotated[int | None, typer.Option(help="Only entries older than this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Entries at most.")] = 50,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """List entries of the audit, the newest first; --json tells before and after."""
    with ready(context, as_json, folder) as service:
        from app.service.audit import entries
        from app.service.identity.identity import OPERATOR

        found = entries(service, OPERATOR, actor=actor, subject=subject, before=before, limit=limit)
    from app import render_people

    print_document({"entries": _plain(found)}, as_json, render_people.audit)


@audit_app.command("verify", short_help="check that nobody tampered with the audit")
def audit_verify(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """Check the audit's chain against its head outside the database; exit code 1 if it is broken.

    An edit, a deletion, another order, a missing end and a chain that was written anew all show.
    """
    with ready(context, as_json, folder) as service:
        from app.service.audit import verify
        from app.service.identity.identity import OPERATOR

        found = verify(service, OPERATOR)
    from app import render_people

    document = {"passed": found.passed, **_plain(found)}
    print_document(document, as_json, render_people.verification)
    if not found.passed:
        raise typer.Exit(1)
