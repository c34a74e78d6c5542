"""What a planner asks about, in a phrase: order, transfer, build or substitute something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import pandas as pd

from supplychain.errors import InputError, Problem
from supplychain.network import Network

_PHRASES = {
    "order": r"order (?P<item>.+?) from (?P<supplier>.+?)"
             r"(?: to (?P<location>.+?))?(?: by (?P<mode>.+?))?",
    "transfer": r"transfer (?P<item>.+?) from (?P<origin>.+?) to (?P<destination>.+?)"
                r"(?: by (?P<mode>.+?))?",
    "build": r"build (?P<item>.+?) at (?P<location>\S+)(?: (?P<version>.+?))?",
    "substitute": r"substitute (?P<substitute>.+?) for (?P<component>.+?) in (?P<item>.+?)"
                  r"(?: at (?P<location>.+?))?",
}  # fmt: skip
TABLE_OF = {"order": "sourcing", "transfer": "lanes", "build": "production",
            "substitute": "substitutes"}  # fmt: skip
_FORMS = ("order ITEM from SUPPLIER [to LOCATION] [by MODE]; transfer ITEM from A to B [by MODE]; "
          "build ITEM at LOCATION [VERSION]; substitute X for Y in ITEM [at LOCATION]")  # fmt: skip
_NEAR = 3


@dataclass(frozen=True)
class Wish:
    """A kind of decision and the keys of the rows that it names."""

    kind: str
    keys: dict[str, str]

    @property
    def table(self) -> str:
        """The table of options that the wish is about."""
        return TABLE_OF[self.kind]


def parse_wish(text: str) -> Wish:
    """Read a phrase such as ``order MCU-7 from BROKER-2``; InputError with the forms if it is none.

    A quote or a full stop around it is no part of it; the words between the names may be in
    capitals.
    """
    phrase = " ".join(text.split()).strip("\"'.? ")
    for kind, pattern in _PHRASES.items():
        if match := re.fullmatch(pattern, phrase, re.IGNORECASE):
            return Wish(kind, {name: value for name, value in match.groupdict().items() if value})
    raise InputError([Problem("--why-not", "is no question that is understood",
                              f"write one of: {_FORMS}", value=text)])  # fmt: skip


def wished_rows(network: Network, wish: Wish) -> pd.DataFrame:
    """The options that ``wish`` names; InputError with those most alike where there is none."""
    table = network.table(wish.table)
    matches = pd.Series(True, index=table.index)
    for column, value in wish.keys.items():
        names = table[column].astype("str").str.casefold()
        matches &= (names == value.casefold()) | (names == "*")
    if matches.any():
        return table[matches]
    known = [wish_phrase(wish.kind, row) for row in table.astype("str").to_dict("records")]
    asked = wish_phrase(wish.kind, wish.keys)
    near = sorted(set(known), key=lambda name: (-_likeness(name, asked), name))[:_NEAR]
    remedy = f"the nearest are: {'; '.join(near)}" if near else f"{wish.table} has no rows"
    raise InputError([Problem("--why-not", f"{wish.table} has no such option", remedy,
                              value=asked)])  # fmt: skip


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()


def wish_phrase(kind: str, row: Mapping[Any, Any]) -> str:
    """An option as the phrase that asks for it."""
    name = {key: str(row.get(key, "")) for key in (
        "item", "supplier", "location", "mode", "origin", "destination", "version", "substitute",
        "component")}  # fmt: skip
    to, by = (f" {word} {name[key]}" if name[key] else ""
              for word, key in (("to", "location"), ("by", "mode")))  # fmt: skip
    if kind == "order":
        return f"order {name['item']} from {name['supplier']}{to}{by}"
    if kind == "transfer":
        return f"transfer {name['item']} from {name['origin']} to {name['destination']}{by}"
    if kind == "build":
        return f"build {name['item']} at {name['location']} {name['version']}".strip()
    at = f" at {name['location']}" if name["location"] else ""
    return f"substitute {name['substitute']} for {name['component']} in {name['item']}{at}"
