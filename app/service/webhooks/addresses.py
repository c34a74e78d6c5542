"""Where a webhook may point to: the service must not be made to ask its own host for things.

Addresses on the company's own network are what most webhooks point to, so they are permitted;
those of this host, and link-local ones (where clouds hand out credentials), are not. Names are
looked up once for every message, and what was looked up is what is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TypeAlias
from urllib.parse import urlsplit

from supplychain.errors import Problem

_LONGEST = 2000
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


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
    if not local and not all(map(is_elsewhere, resolved(host))):
        return [_problem(url, "points to this host")]
    return []


def resolved(host: str) -> list[str]:
    """The addresses of ``host``, each once, in the order to try them; none: it is not known."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_elsewhere(address: str) -> bool:
    """Whether an IP address is that of another host, and of one."""
    one = _plain(ipaddress.ip_address(address.partition("%")[0]))
    return not (one.is_loopback or one.is_link_local or one.is_unspecified or one.is_multicast
                or one.is_reserved)  # fmt: skip


def _plain(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _problem(url: str, message: str) -> Problem:
    return Problem("webhook", message, "give https://HOST/PATH of the receiver", column="url",
                   value=url[:200])  # fmt: skip
