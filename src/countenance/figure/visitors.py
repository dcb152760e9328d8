"""Where visitors come from, and how much of a figure one address may take. The kiosk's own computer has its place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from countenance.errors import TooLarge

VIEWERS = 6
"""Pictures that one address may watch at once."""
MOST_VIEWERS = 12
"""Pictures that all addresses together may watch at once, besides the kiosk's own."""
HERE = ""
"""The address of this computer's own pages: the kiosk."""


def place_of(host: str | None) -> str:
    """What counts as one address: HERE for this computer's own, a /64 where it is of IPv6.

    Args:
        host: the connection's other end, as the server tells it; None where that has no address.
    """
    try:
        address = ip_address(host or "::1")
    except ValueError:
        return host or HERE
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return HERE
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


class Viewers:
    """Who watches: pictures by WebRTC, which the session knows, and by MJPEG."""

    def __init__(self) -> None:
        self._there: dict[str, str] = {}

    def admit(self, place: str) -> None:
        """Whether one more may watch. Raises TooLarge: figure.viewers."""
        others = [one for one in self._there.values() if one != HERE]
        if place != HERE and (others.count(place) >= VIEWERS or len(others) >= MOST_VIEWERS):
            raise TooLarge("No more can watch from there.", "Close another page that watches.", code="figure.viewers")

    def add(self, name: str, place: str) -> None:
        """One watches."""
        self._there[name] = place

    def gone(self, name: str) -> None:
        """One no longer does."""
        self._there.pop(name, None)

    def keep(self, peers: Iterable[str]) -> None:
        """Forget the peers that the session no longer has; streams of pictures have names that begin with a dash."""
        alive = set(peers)
        for name in [one for one in self._there if not one.startswith("-") and one not in alive]:
            del self._there[name]


class Recent:
    """How often something was done from an address of late.

    Args:
        most: times in `seconds`.
        seconds: of looking back.
    """

    def __init__(self, most: int, seconds: float = 60.0) -> None:
        self._most, self._seconds = most, seconds
        self._times: dict[str, deque[float]] = {}

    def full(self, place: str, now: float) -> bool:
        """Whether it was done as often as it may be; else it is counted."""
        for one in [one for one, times in self._times.items() if now - times[-1] >= self._seconds]:
            del self._times[one]
        times = self._times.setdefault(place, deque(maxlen=self._most))
        if len(times) >= self._most and now - times[0] < self._seconds:
            return True
        times.append(now)
        return False
