"""A translation's folder: what each stage made, of what, and whether a person has edited it since.

    transcript.vtt     what is said, sentence by sentence, as heard: edit it where hearing erred
    es.vtt             the translation: edit it, delete its note
    es.xliff           the same for translators' programs
    project.json       what was made of what, by hashes

A product that nobody touched is made anew when what it was made of changed. One that somebody edited is never
overwritten: it is used, or, where what it was made of changed since, refused with what to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.errors import BadDocument
from countenance.files import write_atomically
from countenance.permission.vault import make_private_folder

STATE = "project.json"
_VERSION = 1


@dataclass(frozen=True)
class Product:
    """A file that a stage made.

    Attributes:
        path: of it.
        edited: whether a person changed it since.
        made_now: whether this run made it.
    """

    path: Path
    edited: bool
    made_now: bool


class Project:
    """A folder.

    Args:
        folder: made when first written to, readable by its owner alone: it holds what people said.
        clip: SHA-256 hex of the film.

    Raises:
        BadDocument: `translate.project`: it is of another film, or damaged.
    """

    def __init__(self, folder: Path, clip: str) -> None:
        self.folder, self._clip = Path(folder), clip
        self._said = self._read()
        if self._said["clip"] != clip:
            raise BadDocument(
                f"{folder} holds the translation of another film, or the film has changed.",
                "Give another folder with -o, or delete this one.",
                code="translate.project",
            )

    def product(self, name: str, of: str, make: Callable[[], bytes]) -> Product:
        """The file of a stage, made where it is not there or is stale.

        Args:
            name: of the file.
            of: what it is made of, in a text; another text makes it anew.
            make: gives its bytes.

        Raises:
            BadDocument: `translate.edited`: somebody edited it, and what it was made of has changed since.
        """
        path, key = self.folder / name, _hash(of.encode())
        known = self._said["products"].get(name)
        if path.is_file() and known is not None:
            edited = _hash(path.read_bytes()) != known["sha256"]
            if known["of"] == key:
                return Product(path, edited, False)
            if edited:
                raise BadDocument(
                    f"{name} was edited, and what it was made of has changed since.",
                    f"Bring {path} up to date and run with --keep {name}, or delete it to have it made anew.",
                    code="translate.edited",
                )
        elif path.is_file():
            raise BadDocument(
                f"{path} is there, and was not made by this project.",
                f"Run with --keep {name} to use it, or move it away.",
                code="translate.project",
            )
        data = make()
        make_private_folder(self.folder)
        write_atomically(path, data, mode=0o600)
        self._note(name, key, _hash(data))
        return Product(path, False, True)

    def keep(self, name: str, of: str) -> None:
        """Say that a product is up to date with what it is made of: an edited one, or one that nobody knows of."""
        if (self.folder / name).is_file():
            known = self._said["products"].get(name, {"sha256": ""})
            self._note(name, _hash(of.encode()), known["sha256"])

    def write(self, name: str, data: bytes) -> Path:
        """A copy for other programs. Replaces what was written here before, and nothing that somebody changed.

        Raises:
            BadDocument: `translate.edited`.
        """
        path, known = self.folder / name, self._said["products"].get(name)
        if path.is_file() and (known is None or _hash(path.read_bytes()) != known["sha256"]):
            if path.read_bytes() == data:
                return path
            raise BadDocument(
                f"{name} was edited.",
                f"Move it out of the folder and give it with --translation {path.stem}=…/{name}.",
                code="translate.edited",
            )
        make_private_folder(self.folder)
        write_atomically(path, data, mode=0o600)
        self._note(name, "", _hash(data))
        return path

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value of a stage."""
        self._said[name] = value
        self._save()

    def remembered(self, name: str) -> Any:
        """What `remember` kept, or None."""
        return self._said.get(name)

    def _note(self, name: str, key: str, sha256: str) -> None:
        self._said["products"][name] = {"of": key, "sha256": sha256}
        self._save()

    def _save(self) -> None:
        make_private_folder(self.folder)
        write_atomically(self.folder / STATE, json.dumps(self._said, indent=1).encode(), mode=0o600)

    def _read(self) -> dict[str, Any]:
        path = self.folder / STATE
        if not path.is_file():
            return {"version": _VERSION, "clip": self._clip, "products": {}}
        try:
            said = json.loads(path.read_bytes())
            products = said["products"]
            if said["version"] != _VERSION or not isinstance(said["clip"], str):
                raise ValueError("another version")
            for one in products.values():
                if not isinstance(one["of"], str) or not isinstance(one["sha256"], str):
                    raise ValueError("no hash")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadDocument(
                f"{path} is damaged ({error}).",
                "Delete it, and run with --keep for each file that you edited.",
                code="translate.project",
            ) from error
        return dict(said)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
