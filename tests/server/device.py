"""A person's device as the consent page is: it holds a key that never leaves it, and signs what it is shown."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.permission.did import did_of
from tests.permission.authenticator import Authenticator


class Device:
    """One device with one link.

    Args:
        link: as it was sent.
        key: of the person; a fresh one by default.
    """

    def __init__(self, link: str, key: Ed25519PrivateKey | None = None) -> None:
        base, _, secret = link.partition("/consent#")
        self.key = key or Ed25519PrivateKey.generate()
        self.did = did_of(self.key.public_key())
        self.http = httpx.Client(
            base_url=base, timeout=120.0, headers={"X-Consent-Link": secret, "X-Countenance": "page"}
        )

    def ask(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        """An answer, whatever it is."""
        return self.http.request(method, f"/v1/consent{path}", **more)

    def live(self, clip: bytes = b"good") -> httpx.Response:
        """The live check."""
        assert self.ask("POST", "/challenge").status_code == 200
        return self.ask("PUT", "/clip", content=clip)

    def allowance(self, **changes: Any) -> dict[str, Any]:
        """All that is asked for, and what is changed of it."""
        asked = self.ask("GET").json()
        names = ("uses", "purposes", "territories", "languages", "days", "voice")
        return {"did": self.did, "name": "Grace Hopper", **{name: asked[name] for name in names}} | changes

    def document(self, kind: str, payload: str) -> str:
        """What was shown, signed."""
        head = {"alg": "EdDSA", "kid": self.did, "typ": kind}
        parts = [json.dumps(head, separators=(",", ":")).encode(), payload.encode()]
        text = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        return f"{text}.{urlsafe_b64encode(self.key.sign(text.encode())).rstrip(b'=').decode()}"

    def signature(self, said: dict[str, str]) -> dict[str, str]:
        """What is sent in answer to what was shown."""
        return {"document": self.document(said["type"], said["payload"])}

    def sign(self, **changes: Any) -> httpx.Response:
        """Allow and sign."""
        shown = self.ask("POST", "/proposal", json=self.allowance(**changes))
        if shown.is_error:
            return shown
        said = shown.json()
        return self.ask("POST", "/signature", json=self.signature(said))

    def revoke(self) -> httpx.Response:
        """Take it back."""
        said = self.ask("POST", "/revocation/proposal").json()
        return self.ask("POST", "/revocation", json={"document": self.document(said["type"], said["payload"])})


class PasskeyDevice(Device):
    """A device whose passkey signs, as the page has it sign.

    Args:
        link: as it was sent.
        origin: of the page at which it is used.
    """

    def __init__(self, link: str, origin: str) -> None:
        super().__init__(link)
        self.passkey = Authenticator(origin)
        self.did = self.passkey.did

    def document(self, kind: str, payload: str) -> str:
        """What was shown, signed."""
        return self.passkey.sign(kind, payload)

    def signature(self, said: dict[str, str]) -> dict[str, str]:
        """With the passkey's number."""
        return super().signature(said) | {"credential": "AbC-_1"}
