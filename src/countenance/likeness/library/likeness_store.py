"""Likenesses on disk: saved sealed, opened, deleted for good. The one place where values, bytes and keys meet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from countenance.errors import BadDocument, FileMissing, OutputFolder, OutputFormat, PermissionRefused, TooLarge
from countenance.face.identity import FaceTemplate
from countenance.face.subject import Subject
from countenance.files import check_output, sha256_file, write_atomically
from countenance.likeness.likeness_file import (
    HEAD_BYTES,
    LARGEST,
    SUFFIX,
    id_of,
    is_likeness,
    likeness_in,
    opened,
    sealed,
)
from countenance.likeness.value import Likeness, resealed
from countenance.media.source import Source
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.records import deletion_body
from countenance.permission.likeness_keys import LikenessKey, LikenessKeys, shred
from countenance.settings import Settings


@dataclass(frozen=True)
class Deleted:
    """What went.

    Attributes:
        id: the likeness's number.
        file: whether there was a file to remove; its key is gone either way.
        key: whether there was a key.
        seq: where the ledger says so.
    """

    id: str
    file: bool
    key: bool
    seq: int


def save_likeness(likeness: Likeness, path: Path, settings: Settings, *, overwrite: bool = False) -> Path:
    """Write a likeness, sealed; its key is kept in the home folder. Several files of one number share a key.

    Args:
        likeness: as `made_from` or `open_likeness` gave it.
        path: a .likeness file.
        settings: whose home folder.
        overwrite: replace what is there.

    Raises:
        PermissionRefused: likeness.forged: its parts are not those that were measured or opened together.
        OutputFolder, OutputExists, OutputFull, OutputFormat; ProvenanceError: mark.passphrase.
    """
    path = Path(path)
    if not likeness.is_genuine:
        raise PermissionRefused(
            f"The likeness {likeness.name!r} was put together by hand.",
            "Make it of the person's own material: countenance likeness create.",
            code="likeness.forged",
        )
    check_likeness_output(path, overwrite=overwrite)
    keys = LikenessKeys.at_home(settings)
    known = keys.find(likeness.id)
    secret = keys.fresh() if known is None else known.secret
    data = sealed(likeness, secret)
    note = LikenessKey(
        likeness.id, secret, likeness.name, str(path.resolve()), likeness.made_at.isoformat(),
        likeness.grant_sha256, likeness.grant_id, hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    keys.keep(note)  # first: a file without a key would be lost
    try:
        write_atomically(path, data, mode=0o600)
    except BaseException:
        if known is None:
            keys.delete(likeness.id)
        raise
    return path


def check_likeness_output(path: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
    """Whether a likeness may be written here.

    Raises:
        OutputFormat, OutputFolder, OutputIsInput, OutputExists.
    """
    if path.suffix != SUFFIX:
        raise OutputFormat(f"{path.name} does not end in {SUFFIX}.", f"Name it {path.stem}{SUFFIX}.")
    check_output(path, inputs, overwrite=overwrite)


def number_of(path: Path) -> str | None:
    """The number in a likeness's head; None for what is no likeness, or not there. Raises nothing."""
    try:
        return id_of(_head(Path(path)))
    except (OSError, BadDocument):
        return None


def open_likeness(given: Source | Path | str, settings: Settings) -> Likeness:
    """The likeness in a file.

    Raises:
        FileMissing: input.missing, or likeness.key where its key is not here, or no longer.
        BadDocument: likeness.format, likeness.version, likeness.truncated, likeness.altered.
        EmptyFile, TooLarge, InputChanged; ProvenanceError: mark.passphrase.
    """
    source = given if isinstance(given, Source) else _pinned(Path(given))
    with source.open() as file:
        number = id_of(file.read(HEAD_BYTES), source.name)
    if source.size > LARGEST:
        raise TooLarge(f"{source.name} has {source.size >> 20} MiB; a likeness has {LARGEST >> 20} MiB at most.")
    key = LikenessKeys.at_home(settings).need(number, source.name)
    return resealed(likeness_in(opened(source.read_bytes(), key.secret, source.name), number, source.name))


class WornSubject(Subject):
    """A person whose likeness is put on somebody else: the likeness that is drawn is the one that is asked about.

    Attributes:
        likeness: of the person.
    """

    likeness: Likeness

    def __init_subclass__(cls, **more: object) -> None:
        super().__init_subclass__(**more)
        if own := {"likeness", "template", "key", "is_genuine"} & vars(cls).keys():
            raise TypeError(f"A likeness answers for itself: {', '.join(sorted(own))}.")

    @property
    def is_genuine(self) -> bool:
        """See Subject; all of the likeness was made together."""
        return super().is_genuine and self.likeness.is_genuine

    @property
    def template(self) -> FaceTemplate:
        """The likeness's own."""
        return self.likeness.template

    @property
    def key(self) -> str:
        """See Subject."""
        chosen = [self.source.sha256.encode(), b"worn", self.likeness.id.encode(), self.template.vector.tobytes()]
        return hashlib.sha256(b"\n".join(chosen)).hexdigest()


@final
class LikenessSubject(WornSubject):
    """The person of a likeness file.

    Args:
        source: the file.
        settings: whose keys open it.

    Raises:
        As `open_likeness`.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self.source = source
        self.likeness = open_likeness(source, settings)

    @property
    def material(self) -> tuple[str, ...]:
        """SHA-256 of the files that the likeness was made of."""
        return self.likeness.material or (self.source.sha256,)


def _pinned(path: Path) -> Source:
    try:
        return Source.pin(path)
    except FileMissing as error:
        raise FileMissing(f"There is no likeness {path}.", "See `countenance likeness list`.") from error


def is_likeness_file(path: Path) -> bool:
    """Whether a file is a likeness, by its first bytes. Raises nothing."""
    try:
        with Path(path).open("rb") as file:
            return is_likeness(file.read(HEAD_BYTES))
    except OSError:
        return False


def delete_likeness(path: Path | str, settings: Settings, *, why: str = "asked") -> Deleted:
    """Remove a likeness for good: its file and its key are overwritten, and the ledger says that it was deleted.

    Every copy, wherever it lies, becomes noise with the key. Works on files that are damaged but for their head.

    Args:
        path: the file, or the likeness's number, where the file is elsewhere.
        settings: whose home folder and ledger.
        why: asked, revoked, expired or replaced; stands in the ledger.

    Raises:
        FileMissing, BadDocument; OutputFolder: the file cannot be removed (the key then still is); OutputError.
    """
    keys = LikenessKeys.at_home(settings)
    file = Path(path)
    number = str(path) if not file.is_file() else id_of(_head(file), file.name)
    if not file.is_file() and number not in keys.numbers():
        raise FileMissing(f"There is no likeness {path}.", "See `countenance likeness list`.")
    known = keys.find(number)
    if known is None and not file.is_file():
        raise FileMissing(f"There is no likeness {path}.", "See `countenance likeness list`.")
    last = Path(known.path) if known is not None and known.path else None
    if not file.is_file() and last is not None and number_of(last) == number:
        file = last
    there = file.is_file()
    digest = sha256_file(file) if there else (known.sha256 if known is not None and known.sha256 else _of(number))
    had = keys.delete(number)
    with Ledger.open(settings) as ledger:
        grant = known.grant_id if known is not None and known.grant_id else None
        entry = ledger.append("deletion", deletion_body("likeness", digest, why, grant))
    if there:
        try:
            shred(file)
        except OSError as error:
            raise OutputFolder(
                f"{file} cannot be removed: {error.strerror}. Its key is deleted: nobody can open it.",
                "Remove the file by hand.",
            ) from error
    return Deleted(number, there, had, entry.seq)


def _of(number: str) -> str:
    """What the ledger names a likeness by whose file is not at hand: SHA-256 of its number."""
    return hashlib.sha256(bytes.fromhex(number)).hexdigest()


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
