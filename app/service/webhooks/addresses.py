"""Where a webhook may point to: the service must not be made to ask its own host for things.

Addresses on the company's own network are what most webhooks point to, so they are permitted;
those of this host, and link-local ones (where clouds hand out credentials), are not. Names are
looked up again before every message.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from supplychain.errors import Problem

_LONGEST = 2000


def address_problems(url: str, *, local: bool) -> list[Problem]:
    """What is wrong with the address of a webhook; ``local``: this host is permitted."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return [_problem(url, "is no address")]
    if parts.scheme not in ("http", "https") or not host or len(url) > _LONGEST:
        return [_problem(url, "is not an address of the web")]
    if parts.username is not None or parts.password is not None:
        return [_problem("", "holds a name or password")]
    if not local and not is_public(host):
        return [_problem(url, "points to this host")]
    return []


def is_public(host: str) -> bool:
    """Whether ``host`` is not this one; a name that is not known yet counts as another one."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return not any(one.is_loopback or one.is_link_local or one.is_unspecified or one.is_multicast
                   or one.is_reserved for one in map(_plain, addresses))  # fmt: skip


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> (
    ipaddress.IPv4Address | ipaddress.IPv6Address
):  # fmt: skip
    """The IPv4 address that an IPv6 one stands for, if it does."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _problem(url: str, message: str) -> Problem:
    return Problem("webhook", message, "give https://HOST/PATH of the receiver", column="url",
                   value=url[:200])  # fmt: skip
