"""Subjects and templates of people that tests need not have pictures of: as near to each other as they are told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from countenance.face.identity import FaceTemplate
from countenance.face.subject import Lent, Subject
from countenance.media.source import Source


class NamedTemplate(FaceTemplate):
    """A template whose fingerprint is given."""

    @property
    def hash(self) -> str:
        return self.salt.decode()


def template_named(fingerprint: str, distance: float = 0.0) -> NamedTemplate:
    """So far from the origin."""
    vector = np.zeros(128, np.float32)
    vector[0] = distance
    return NamedTemplate(vector, 6, True, fingerprint.encode())


class StandIn(Subject):
    """A person in a file, so far from `template_named(…)`."""

    def __init__(self, path: Path, distance: float = 0.2, lends: Lent = "face") -> None:
        self.source = Source.pin(path)
        vars(self)["lends"] = lends
        self._template = template_named("0" * 64, distance)

    @property
    def template(self) -> FaceTemplate | None:
        return self._template if self.lends == "face" else None

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.source.sha256} {self.lends} {self._template.vector[0]}".encode()).hexdigest()
