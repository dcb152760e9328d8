"""Attack: a program hands in what was looked at before: a subject that wears another's template, source or pixels, or
a source that names another file's hash."""

from __future__ import annotations

import contextlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from countenance.errors import PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject
from countenance.media.source import Source
from countenance.permission import Authorisation
from countenance.permission.authorisation import public_domain
from countenance.permission.jws import open_document, sign_document
from countenance.render.options import AnimateOptions
from countenance.render.still_preview import StillPreview
from tests.attacks.conftest import square
from tests.likeness.material import Studio, picture_of
from tests.permission.people import ADA


def test_a_stranger_who_wears_anothers_template_and_source(studio: Studio, grace: FaceTemplate, tmp_path: Path) -> None:
    right = studio.grant(ADA, grace, "animate")
    hers = PictureSubject(Source.pin(picture_of(tmp_path / "grace.png", square("grace"))))
    stranger = PictureSubject(Source.pin(picture_of(tmp_path / "eileen.png", square("eileen"))))
    for name in ("template", "source"):
        with contextlib.suppress(AttributeError):
            setattr(stranger, name, getattr(hers, name))
    out = tmp_path / "out.png"
    with pytest.raises(PermissionRefused) as refused:
        studio.job.run(StillPreview(stranger, "authored:smile", out, right, AnimateOptions(size=256)))
    assert refused.value.code == "permission.face" and not out.exists()


def test_what_was_looked_at_cannot_be_made_writable_again(tmp_path: Path) -> None:
    subject = PictureSubject(Source.pin(picture_of(tmp_path / "a.png", square("grace"))))
    with pytest.raises(AttributeError):
        del subject.source
    arrays: list[Any] = [subject.pixels, subject.face.landmarks, subject.face.blendshapes, subject.face.pose]
    for array in [*arrays, subject.template.vector]:
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_a_source_that_names_another_files_hash(studio: Studio, tmp_path: Path) -> None:
    granted = Source.pin(picture_of(tmp_path / "grace.png", square("grace")))
    other = Source.pin(picture_of(tmp_path / "eileen.png", square("eileen")))
    forged = replace(other, sha256=granted.sha256)
    assert np.array_equal(PictureSubject(forged).pixels, square("eileen")), "its bytes are read: blocks hold them"
    work = public_domain("A Lady, oil on canvas, anonymous, 1850")
    with Authorisation("animate", {"source": work}, studio.settings) as asking:
        assert asking.decide({"source": PictureSubject(other)}, {"driver": granted})
        for subject, driver in ((forged, granted), (other, forged)):
            with pytest.raises(PermissionRefused) as refused:
                asking.decide({"source": PictureSubject(subject)}, {"driver": driver})
            assert refused.value.code == "permission.input"


def test_a_text_that_is_checked_one_way_and_read_another() -> None:
    honest = sign_document({"uses": ["animate"]}, ADA, "a+jwt")
    head, _, signature = honest.text.split(".")
    forged = urlsafe_b64encode(b'{"uses":["swap"]}').rstrip(b"=").decode()

    class Forked(str):
        def strip(self, *_: object) -> Forked:
            return self

        def split(self, *_: object, **__: object) -> list[str]:
            return [head, forged, signature]

    assert open_document(Forked(honest.text), "a+jwt").said == {"uses": ["animate"]}


def test_a_signature_is_remembered_for_its_own_text_alone() -> None:
    honest = sign_document({"uses": ["animate"]}, ADA, "a+jwt")
    head, payload, signature = honest.text.split(".")
    forged = urlsafe_b64encode(b'{"uses":["swap"]}').rstrip(b"=").decode()
    for text in (f"{head}.{forged}.{signature}", f"{head}.{payload}.{'A' * 86}"):
        for _ in range(2):
            with pytest.raises(PermissionRefused) as refused:
                open_document(text, "a+jwt")
            assert refused.value.code == "permission.tampered"
