"""Users, tokens and the audit as text for people; see :mod:`app.render`."""

from __future__ import annotations

from typing import Any

from app.figures import NOTHING
from app.layout import Parts, facts, table

Json = dict[str, Any]


def users(document: Json, width: int) -> Parts:
    """One row a user: roles, brands and plants."""
    columns = ("name", "roles", "brands", "plants", "password", "active")
    yield from table("Users", columns, (
        (user["name"], _listed(user["roles"]), _listed(user["brands"]), _listed(user["plants"]),
         _yes(user["has_password"]), _yes(user["active"]))
        for user in document["users"]
    ))  # fmt: skip


def tokens(document: Json, width: int) -> Parts:
    """One row a token: scopes and its end."""
    columns = ("id", "name", "scopes", "until", "revoked")
    yield from table(f"Tokens of {document['user']}", columns, (
        (token["id"], token["name"], _listed(token["scopes"]), token["expires_at"][:10],
         (token["revoked_at"] or NOTHING)[:10])
        for token in document["tokens"]
    ))  # fmt: skip


def audit(document: Json, width: int) -> Parts:
    """One row an entry: when, who, what."""
    columns = (">number", "at", "who", "did", "to", "version")
    yield from table("Audit", columns, (
        (str(entry["sequence"]), entry["at"][:19], entry["actor"], entry["action"],
         entry["subject"], entry["version"])
        for entry in document["entries"]
    ))  # fmt: skip


def verification(document: Json, width: int) -> Parts:
    """What is wrong with the chain, and the verdict."""
    after = document["unconfirmed"]
    yield from facts([
        ("Entries", f"{document['entries']:,}"),
        ("After head", f"{after} that the head does not name yet" if after else ""),
        *(("Wrong", problem) for problem in document["problems"]),
        ("Verdict", "passed: the chain is whole" if document["passed"] else "FAILED"),
    ])  # fmt: skip


def _listed(names: list[str]) -> str:
    return ", ".join(names) or NOTHING


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
