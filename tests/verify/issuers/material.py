"""Installations that have issuer numbers, a directory that lists them, and somebody who follows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

from countenance.marking.render_receipt import Receipt
from countenance.marking.video_exit import write_picture
from countenance.permission.keyring import Keyring, Signer
from countenance.settings import Settings
from countenance.verify.fetching import Fetching
from countenance.verify.issuers import Publisher, sign_directory
from countenance.verify.issuers.directory import DirectoryContent, Issuer, IssuerKey
from countenance.verify.issuers.directory_store import DirectoryStore
from tests.exit_material import making, permit, picture, settings_in

LOOPBACK = Fetching(private=True, ports=None, max_seconds=3.0)
LAST_YEAR = datetime(2025, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    """One with an issuer number.

    Attributes:
        settings: of its home; signer: whose key states its records; still: a render of its.
        copy: the still without its manifest, saved again as JPEG.
    """

    settings: Settings
    signer: Signer
    still: Receipt
    copy: Path

    @property
    def payload(self) -> int:
        return int(self.still.payload, 16)


def identity(home: Settings, name: str) -> Signer:
    """A new key in a home."""
    ring = Keyring.at_home(home)
    ring.make(name, "me")
    return ring.signer("me")


def installation(folder: Path, number: int, seed: int) -> Installation:
    """One that has made a picture."""
    settings = settings_in(folder, issuer=number)
    signer = identity(settings, f"Issuer {seed}")
    still = write_picture(
        folder / "still.png",
        picture(400, 300, seed=seed),
        permit(),
        making(title=f"A still {seed}"),
        settings=settings,
    )
    copy = folder / "copy.jpg"
    Image.open(still.path).convert("RGB").save(copy, quality=92)
    return Installation(settings, signer, still, copy)


def moved_mark(one: Installation, target: Path) -> Path:
    """Another picture that was given the installation's mark."""
    from countenance.marks.watermark import STILL_STRENGTH, Watermark

    other = Watermark(one.payload, strength=STILL_STRENGTH).embed(picture(400, 300, seed=99))
    Image.fromarray(np.asarray(other)).save(target)
    return target


def issuer(number: int, name: str, signer: Signer | None, resolver: str | None, **more: object) -> Issuer:
    """An entry."""
    keys = () if signer is None else (IssuerKey(did=signer.identity.did, not_before=LAST_YEAR, **more),)  # type: ignore[arg-type]
    return Issuer(
        number=f"{number:06x}", name=name, contact=f"records@{number:06x}.example", resolver=resolver, keys=keys
    )


@dataclass(frozen=True)
class Asker:
    """A stranger who follows one directory.

    Attributes:
        settings: of a home that has made nothing; publisher: of the directory, whose key is `signer`.
    """

    settings: Settings
    signer: Signer
    publisher: Publisher

    @property
    def store(self) -> DirectoryStore:
        return DirectoryStore(self.settings)

    def signed(self, *entries: Issuer, sequence: int = 1, now: datetime | None = None, days: float = 30) -> bytes:
        """A directory of these, as its publisher signs it."""
        content, valid = DirectoryContent(issuers=entries), timedelta(days=days)
        when = now or datetime.now(UTC)
        return sign_directory(content, self.signer, sequence=sequence, now=when, valid=valid).encode()

    def told(self, *entries: Issuer, sequence: int = 1) -> None:
        """These are listed from now on."""
        self.store.accept(self.publisher, self.signed(*entries, sequence=sequence), datetime.now(UTC))


def asker(folder: Path) -> Asker:
    """Somebody who follows the directory of a publisher with a key of their own."""
    settings, publisher = settings_in(folder), identity(settings_in(folder / "publisher"), "The Directory")
    chosen = DirectoryStore(settings).publishers.add(
        publisher.identity.did, "The Directory", mirrors=(), compared="in person", by=identity(settings, "Asker")
    )
    return Asker(settings, publisher, chosen)
