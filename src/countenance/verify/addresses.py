"""Addresses that strangers give: which of the internet's are public, and how a host's name is written to look it up."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress

import idna

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that was ever given to anybody (RFC 4291); the rest is local, reserved, or a way round."""
_NOBODYS = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.88.99.0/24",  # relays of 6to4, abandoned
        "192.0.0.0/24",  # the protocols' own
        "2001::/23",  # likewise; Teredo, which wraps IPv4
        "2001:db8::/32",  # examples
        "2002::/16",  # 6to4, which wraps IPv4
        "3fff::/20",  # examples
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in _UNICAST:
            return False
    if any(found in one for one in _NOBODYS if one.version == found.version):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def host_in_ascii(host: str) -> str:
    """A host's name as it is looked up: letters beyond ASCII as UTS 46 has them, IP addresses as they are.

    Raises:
        ValueError: no host is called so.
    """
    host = host.lower()
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    if host.isascii():
        if not _HOST.fullmatch(host):
            raise ValueError(f"{host[:100]!r} is no name of a host")
        return host
    return idna.encode(host, uts46=True).decode("ascii")
