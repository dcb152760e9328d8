"""Getting a published revocation list from where it lies: an https or file address, or a path. Bytes only."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from countenance.permission.jws import LONGEST

TIMEOUT = 8.0  # seconds without an answer, and at most three times that for all of it
_HEADERS = {"Accept": "application/jose, */*", "Accept-Encoding": "identity"}
_REDIRECTS = 3


class NotFetched(Exception):
    """It could not be had; the text says why, in a few words."""


def fetch_list(address: str, trust: ssl.SSLContext | bool = True) -> bytes:
    """The bytes at an address, LONGEST + 1 at most.

    Args:
        address: https://…, file:///…, or a path.
        trust: whose certificates are trusted for https.

    Raises:
        NotFetched.
    """
    scheme = urlsplit(address).scheme.lower()
    if scheme == "https":
        return _fetched(address, trust)
    if scheme == "file":
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost"):
            raise NotFetched("a file on another computer cannot be read")
        return _read(Path(unquote(parts.path)))
    if scheme and len(scheme) > 1 and "://" in address:
        raise NotFetched(f"{scheme} is not taken, only https and files")
    return _read(Path(address))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise NotFetched(f"{path.name} cannot be read ({error.strerror})") from error


def _fetched(address: str, trust: ssl.SSLContext | bool) -> bytes:
    end = time.monotonic() + 3 * TIMEOUT
    try:
        with httpx.Client(verify=trust, timeout=TIMEOUT, headers=_HEADERS) as client:
            for _ in range(_REDIRECTS + 1):
                with client.stream("GET", address) as answer:
                    if answer.has_redirect_location:
                        address = str(answer.url.join(answer.headers["location"]))
                        if not address.lower().startswith("https://"):
                            raise NotFetched("it leads away from https")
                        continue
                    if answer.status_code != 200:
                        raise NotFetched(f"the server answered {answer.status_code}")
                    data = b""
                    for block in answer.iter_raw():
                        data += block
                        if time.monotonic() > end:
                            raise NotFetched("the server is too slow")
                        if len(data) > LONGEST:
                            raise NotFetched("it is too large")
                    return data
            raise NotFetched("it leads from address to address")
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise NotFetched(f"the server could not be reached ({type(error).__name__})") from error
