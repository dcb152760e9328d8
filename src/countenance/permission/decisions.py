"""Decisions about whom to trust, kept in one file, each signed by an identity of this installation. Knows no grants.

    {"version": 2, "decisions": ["<compact JWS>", …]}

An edited file is refused whole: a decision that nobody here signed must not count, and one that was taken out by hand
should be noticed. What the owner of the keys signs cannot be prevented here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from countenance.errors import BadDocument, BadOption, PermissionRefused
from countenance.files import write_atomically
from countenance.permission.confusables import skeleton, unsafe, unsafe_name
from countenance.permission.did import short_form
from countenance.permission.jws import SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer
from countenance.permission.vault import make_private_folder

_VERSION = 2
Kind = TypeVar("Kind")


class Named(Protocol):
    """Somebody with a key and a name."""

    @property
    def did(self) -> str:
        """did:key of the key."""
        ...

    @property
    def name(self) -> str:
        """As it is told to people."""
        ...


class Decisions:
    """The decisions of one kind.

    Args:
        path: made when first written to.
        typ: of the signed documents, as `countenance-trusted-key+jwt`.
        own: did:keys whose signature counts here.
        again: the command that makes such a decision anew, for remedies.
    """

    def __init__(self, path: Path, typ: str, own: Collection[str], again: str) -> None:
        self.path, self.typ, self.again = Path(path), typ, again
        self._own = frozenset(own)
        self._checked: tuple[bytes, list[SignedDocument]] | None = None

    def all(self) -> list[SignedDocument]:
        """Every decision, its signature checked.

        Raises:
            BadDocument: the file is damaged. PermissionRefused: permission.trust_altered.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadDocument(f"{self.path} cannot be read: {error.strerror}.", "Restore it from a backup.") from error
        if self._checked is None or self._checked[0] != data:
            self._checked = data, self._read(data)
        return list(self._checked[1])

    def entries(self, kind: Callable[..., Kind], listed: str) -> list[tuple[Kind, SignedDocument]]:
        """Every decision as the value that it was written from.

        Args:
            kind: makes the value.
            listed: its field that is a tuple; JSON has it as a list.

        Raises:
            As `all`.
        """
        try:
            return [(kind(**{**one.said, listed: tuple(one.said[listed])}), one) for one in self.all()]
        except (KeyError, TypeError) as error:
            raise BadDocument(f"{self.path} is damaged.", "Restore it from a backup.") from error

    def _read(self, data: bytes) -> list[SignedDocument]:
        try:
            said = json.loads(data.decode("utf-8"))
            version, texts = said["version"], said.get("decisions", [])
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadDocument(f"{self.path} is damaged.", "Restore it from a backup.") from error
        if version != _VERSION:
            raise self._altered("its entries are not signed")
        documents = []
        for text in texts:
            try:
                document = open_document(text, self.typ)
            except PermissionRefused as error:
                raise self._altered("a signature in it does not hold") from error
            if document.issuer not in self._own:
                raise self._altered("an entry was signed by a key that is not here")
            documents.append(document)
        return documents

    def write(
        self, kept: Sequence[SignedDocument], added: dict[str, Any] | None = None, by: Signer | None = None
    ) -> None:
        """Replace the file: what is kept, and one decision more.

        Raises:
            PermissionRefused: permission.size. OutputFolder, OutputFull.
        """
        texts = [document.text for document in kept]
        if added is not None and by is not None:
            texts.append(sign_document(added, by, self.typ).text)
        make_private_folder(self.path.parent)
        said = {"version": _VERSION, "decisions": texts}
        write_atomically(self.path, json.dumps(said, indent=1).encode(), mode=0o600)

    def _altered(self, why: str) -> PermissionRefused:
        return PermissionRefused(
            f"{self.path.name} was edited by hand, or comes from another installation: {why}.",
            f"Restore it from a backup; or delete {self.path} and decide again, key by key: {self.again}.",
            code="permission.trust_altered",
        )


def check_plain(name: str, compared: str, *, how: str = "compared") -> None:
    """Raises BadOption where a name, or how a key was compared (`how` is the word for it), is not plainly written."""
    if (why := unsafe_name(name) or unsafe(compared) or (None if compared else "nothing")) is not None:
        raise BadOption(f"The name {name!r}, or how the key was {how}, is {why}.", "Write both plainly.")


def check_no_lookalike(did: str, name: str, others: Iterable[Named], *, chosen: str, remedy: str) -> None:
    """Raises PermissionRefused: permission.lookalike, where a name looks like that of another key.

    Args:
        did, name: of whom is chosen now.
        others: who was chosen before; `chosen` is the word for it, as `trusted`.
        remedy: what to do where it has a new key.
    """
    for other in others:
        if other.did != did and skeleton(other.name) == skeleton(name):
            raise PermissionRefused(
                f"{other.name!r} is {chosen} already, with another key ({short_form(other.did)}).",
                remedy,
                code="permission.lookalike",
            )
