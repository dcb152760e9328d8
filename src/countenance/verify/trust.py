"""Whose signatures this computer trusts: the roots in `trust/` of the home folder, and those that came with imported
keys.
The root that an installation made for itself vouches for nobody: it only tells that a file was signed here.

Nothing is fetched: neither remote manifests nor revocation answers, so that a file cannot make this computer call out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from countenance.errors import ProvenanceError
from countenance.settings import Settings


@dataclass(frozen=True)
class Trust:
    """Roots that are trusted.

    Attributes:
        anchors: PEM of those the user put there (or whose keys were imported).
        own: PEM of the root that this installation made for itself.
    """

    anchors: str = ""
    own: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Trust:
        """The roots of this installation.

        Raises:
            ProvenanceError: mark.trust, a file in the trust folder is no certificate.
        """
        anchors = "".join(_certificates(path) for path in sorted((settings.home / "trust").glob("*.pem")))
        keys = settings.home / "keys"
        imported, own = keys / "imported" / "chain.pem", keys / "root.pem"
        if imported.is_file():
            anchors += _certificates(imported, last=True)
        return cls(anchors, _certificates(own) if own.is_file() else "")

    def context(self, *, own_alone: bool = False) -> Any:
        """A c2pa context that trusts these roots and stays offline.

        Without any root the signer's trust is not asked for, as c2pa would else find fault with every file.

        Args:
            own_alone: trust this installation's own root and no other.
        """
        everyone = self.own if own_alone else self.anchors + self.own
        wanted: dict[str, Any] = {
            "verify": {
                "verify_trust": bool(everyone),
                "remote_manifest_fetch": False,
                "ocsp_fetch": False,
            },
        }
        if everyone:
            wanted["trust"] = {"trust_anchors": everyone}
        return c2pa.Context.from_dict(wanted)


def _certificates(path: Path, *, last: bool = False) -> str:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ProvenanceError(
            f"{path.name} in {path.parent} is no certificate.",
            "Put PEM certificates there, or remove the file.",
            code="mark.trust",
        ) from error
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in (found[-1:] if last else found))
