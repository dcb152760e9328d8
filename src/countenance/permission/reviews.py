"""A person's word on a likeness that the numbers leave open, signed with the reviewer's key and kept.

    reviews/<sha256 of what it is about>.jwt

Knows nothing of pictures: what was looked at is named by hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from countenance.errors import PermissionRefused
from countenance.files import write_atomically
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer
from countenance.permission.vault import make_private_folder
from countenance.settings import Settings

TYPE = "countenance-review+jwt"
FARTHEST = 4.0
"""The distance that is noted where none was measured."""


@dataclass(frozen=True)
class Question:
    """What was asked of the reviewer: does this picture show the person of this template, under this grant?"""

    grant: str
    picture: str
    template: str

    @property
    def id(self) -> str:
        """SHA-256 hex of the three hashes."""
        return hashlib.sha256(f"{self.grant} {self.picture} {self.template}".encode()).hexdigest()


class Review(BaseModel):
    """What the reviewer signed: hashes (SHA-256 hex), the distance as measured, the answer, who and when (ISO 8601)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    grant: str
    picture: str
    template: str
    distance: float = Field(ge=0, le=4)
    same_person: bool
    reviewer: str
    reviewer_name: str
    at: str


class Reviews:
    """The reviews kept here.

    Args:
        folder: one signed file a question.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @classmethod
    def at_home(cls, settings: Settings) -> Reviews:
        """This installation's."""
        return cls(settings.home / "reviews")

    def keep(self, text: str | bytes) -> Review:
        """Keep the answer of a reviewer elsewhere; whether they are a reviewer here is for the policy.

        Raises:
            PermissionRefused: as `signing.open_document`; permission.tampered, where it is no review.
        """
        document = open_document(text, TYPE)
        review = _read(document)
        make_private_folder(self.folder)
        question = Question(review.grant, review.picture, review.template)
        write_atomically(self.folder / f"{question.id}.jwt", document.text.encode(), mode=0o600)
        return review

    def file_of(self, question: Question) -> Path:
        """Where the answer to a question lies."""
        return self.folder / f"{question.id}.jwt"

    def record(self, question: Question, distance: float, same_person: bool, reviewer: Signer) -> Review:
        """Sign and keep a reviewer's answer; a later one takes an earlier one's place."""
        review = Review(
            grant=question.grant,
            picture=question.picture,
            template=question.template,
            distance=round(distance, 4),
            same_person=same_person,
            reviewer=reviewer.identity.did,
            reviewer_name=reviewer.identity.shown_as,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        signed = sign_document(review.model_dump(), reviewer, TYPE)
        make_private_folder(self.folder)
        write_atomically(self.folder / f"{question.id}.jwt", signed.text.encode(), mode=0o600)
        return review

    def find(self, question: Question) -> Review | None:
        """The answer to exactly this question, its signature checked; None where nobody answered.

        Raises:
            PermissionRefused: the answer was changed, or is to another question.
        """
        path = self.folder / f"{question.id}.jwt"
        if not path.is_file():
            return None
        review = _read(open_document(path.read_bytes()[: LONGEST + 1], TYPE))
        if Question(review.grant, review.picture, review.template) != question:
            raise _altered()
        return review


def _read(document: SignedDocument) -> Review:
    try:
        review = Review.model_validate_json(document.payload)
    except ValidationError as error:
        raise _altered() from error
    if review.reviewer != document.issuer:
        raise _altered()
    return review


def _altered() -> PermissionRefused:
    return PermissionRefused(
        "The recorded review of this picture was altered.",
        "Look again: countenance permission review --help.",
        code="permission.tampered",
    )
