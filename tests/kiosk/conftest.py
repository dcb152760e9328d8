"""A kiosk: a template of one person, takes of another, grants of both. Drawn once."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.face.identity import FaceTemplate
from countenance.permission import GrantFile
from countenance.permission.keyring import Keyring
from countenance.permission.templates import seal_for
from countenance.settings import default_settings
from tests.end_to_end.command import Command
from tests.likeness.material import BEN, SHAPES, Studio, clip_of, drawn, template_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper

TEMPLATE = """\
schema: countenance.kiosk/1
title: Museum advert
clip: advert.mp4
slot:
  face: largest
  from: 0.5
  to: 1.5
look: {language: de, label: {style: burn}}
double: {permission: double.jwt}
purpose: film
territories: [DE]
"""


@pytest.fixture(scope="session")
def grace() -> FaceTemplate:
    return template_of(grace_hopper())


@pytest.fixture(scope="session")
def eileen() -> FaceTemplate:
    return template_of(eileen_collins())


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`take.mp4` of Grace, `advert.mp4` with Eileen, and takes that are none."""
    folder = tmp_path_factory.mktemp("clips")
    turns = [(yaw, SHAPES[k % len(SHAPES)]) for k, yaw in enumerate(np.linspace(-12, 12, 7))]
    mine = drawn(grace_hopper(), turns)
    other = eileen_collins().pixels
    clip_of(folder / "take.mp4", mine)
    clip_of(folder / "short.mp4", mine[:2])
    clip_of(folder / "dark.mp4", [(one * 0.03).astype(np.uint8) for one in mine])
    clip_of(folder / "blurred.mp4", [np.asarray(cv2.GaussianBlur(one, (0, 0), 5), np.uint8) for one in mine])
    clip_of(folder / "nobody.mp4", [np.full((480, 480, 3), 90, np.uint8)] * 6)
    clip_of(folder / "other.mp4", [other] * 6)
    height = min(mine[0].shape[0], other.shape[0])
    clip_of(folder / "two.mp4", [np.hstack([one[:height], other[:height]]) for one in mine])
    clip_of(folder / "advert.mp4", [other] * 8)
    return folder


@dataclass
class Kiosk:
    """One installation with everything for a showing."""

    studio: Studio
    folder: Path
    home: Path
    clips: Path
    visitor: GrantFile
    template: Path

    def take(self, name: str = "take") -> Path:
        """A fresh copy of a take."""
        return Path(shutil.copy(self.clips / f"{name}.mp4", self.folder / "take.mp4"))

    def write(self, text: str) -> Path:
        """Another template."""
        self.template.write_text(text)
        return self.template


@pytest.fixture
def kiosk(
    tmp_path: Path, own_home: Path, clips: Path, grace: FaceTemplate, eileen: FaceTemplate,
    monkeypatch: pytest.MonkeyPatch,
) -> Kiosk:  # fmt: skip
    """The visitor's face came sealed with the grant; the double's is kept."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    studio = Studio(tmp_path)
    visitor = studio.grant(ADA, grace, "kiosk", keep=False)
    visitor.path.with_suffix(".face").write_text(seal_for(grace, Keyring.at_home(default_settings()).find().did))
    double = studio.grant(BEN, eileen, "double")
    double.path.rename(tmp_path / "double.jwt")
    shutil.copy(clips / "advert.mp4", tmp_path / "advert.mp4")
    made = Kiosk(studio, tmp_path, own_home, clips, visitor, tmp_path / "template.yaml")
    made.write(TEMPLATE)
    return made


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capfd, monkeypatch)
