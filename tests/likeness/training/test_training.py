"""Training under a grant, from clips to a likeness with a network: what is asked, kept, and never left lying about."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from countenance.engines.mesh.refiner_config import PLANS
from countenance.engines.mesh.refining import Refiner
from countenance.errors import (
    BadDocument,
    BadOption,
    FileMissing,
    Interrupted,
    LibraryMissing,
    OutputExists,
    PermissionRefused,
)
from countenance.face.identity import FaceTemplate
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.library import training
from countenance.likeness.library.likeness_store import open_likeness, save_likeness
from countenance.likeness.library.training import TrainingOptions, left_beside, train_likeness
from countenance.likeness.value import Likeness, resealed
from countenance.settings import default_settings
from tests.end_to_end.command import Command
from tests.likeness.conftest import eileen, grace, studio  # noqa: F401
from tests.likeness.material import SHAPES, Studio, clip_of, drawn, picture_of
from tests.likeness.training.faces import TINY
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper

BRIEFLY = TrainingOptions(minutes=0.05, device="cpu")


def talking(folder: Path) -> Path:
    """Grace, turning and speaking, six seconds of it."""
    moments = [(float(12 * np.sin(k / 4)), SHAPES[k // 3 % len(SHAPES)]) for k in range(48)]
    return clip_of(folder / "talking.mp4", drawn(grace_hopper(), moments), rate=8)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def of_grace(tmp_path_factory: pytest.TempPathFactory, grace: FaceTemplate) -> Likeness:  # noqa: F811
    photo = picture_of(tmp_path_factory.mktemp("photo") / "a.png", grace_hopper().pixels)
    return made_from(gather([photo], [grace]), "Grace", grant_sha256="ab" * 32)


@pytest.fixture
def file(of_grace: Likeness, tmp_path: Path, own_home: Path) -> Path:
    del own_home
    return save_likeness(of_grace, tmp_path / "grace.likeness", default_settings())


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    monkeypatch.setitem(PLANS, "small", TINY)


@pytest.mark.usefixtures("tiny")
def test_from_a_clip_to_a_likeness_with_a_network(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "ADD_GAIN", -99.0)
    right = studio.grant(ADA, grace, "train")
    preview = tmp_path / "preview.png"
    said = []
    made = train_likeness(file, [clip], right, default_settings(), replace(BRIEFLY, preview=preview), say=said.append)
    assert made.held_out >= 5
    assert made.trained_on > made.held_out
    assert said[-1].best == made.trained[0]
    likeness = open_likeness(file, default_settings())
    assert likeness.network is not None
    assert len(likeness.network) == made.bytes
    assert Refiner(likeness.network).side == TINY.side
    assert preview.is_file()
    assert b"c2pa" in preview.read_bytes()
    assert not left_beside(file).exists()
    with pytest.raises(OutputExists):
        train_likeness(file, [clip], right, default_settings(), BRIEFLY)


@pytest.mark.usefixtures("tiny")
def test_what_gains_nothing_is_not_kept(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "ADD_GAIN", 99.0)
    before = file.read_bytes()
    made = train_likeness(file, [clip], studio.grant(ADA, grace, "train"), default_settings(), BRIEFLY)
    assert made.bytes == 0
    assert file.read_bytes() == before


@pytest.mark.usefixtures("tiny")
def test_stopped_it_keeps_what_it_learnt_sealed_and_goes_on(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "LEAST", 0.0)
    monkeypatch.setattr(training, "ADD_GAIN", -99.0)
    right = studio.grant(ADA, grace, "train")
    before = file.read_bytes()

    def stop(check: object) -> None:
        del check
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        train_likeness(file, [clip], right, default_settings(), replace(BRIEFLY, minutes=5.0), say=stop)
    assert "--resume" in caught.value.remedy
    assert file.read_bytes() == before
    left = left_beside(file)
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert b"PK\x03\x04" not in left.read_bytes()[:64]
    with pytest.raises(OutputExists):
        train_likeness(file, [clip], right, default_settings(), BRIEFLY)
    steps: list[int] = []
    train_likeness(
        file, [clip], right, default_settings(), replace(BRIEFLY, resume=True), say=lambda c: steps.append(c.step)
    )
    assert steps[0] >= 1
    assert not left.exists()
    assert open_likeness(file, default_settings()).network is not None

    left.write_bytes(b"something else entirely, and long enough")
    with pytest.raises(BadDocument):
        train_likeness(file, [clip], right, default_settings(), replace(BRIEFLY, resume=True, overwrite=True))


def test_without_torch_it_says_what_to_install(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(LibraryMissing) as caught:
        train_likeness(file, [clip], studio.grant(ADA, grace, "train"), default_settings(), BRIEFLY)
    assert caught.value.remedy == "pip install 'countenance[train]'"


@pytest.mark.usefixtures("tiny")
def test_who_may_not_be_trained_on(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    eileen: FaceTemplate,  # noqa: F811
    of_grace: Likeness,
    tmp_path: Path,
) -> None:
    with pytest.raises(PermissionRefused) as caught:
        train_likeness(file, [clip], studio.grant(ADA, grace, "swap"), default_settings(), BRIEFLY)
    assert caught.value.code == "permission.use"
    other = clip_of(tmp_path / "other.mp4", drawn(eileen_collins(), [(3.0 * k, {}) for k in range(8)]))
    with pytest.raises(PermissionRefused) as caught:
        train_likeness(file, [clip, other], studio.grant(ADA, grace, "train"), default_settings(), BRIEFLY)
    assert caught.value.code == "permission.face"
    with pytest.raises(PermissionRefused) as caught:
        train_likeness(file, [other], studio.grant(ADA, eileen, "train"), default_settings(), BRIEFLY)
    assert caught.value.code == "permission.face"
    older = save_likeness(resealed(replace(of_grace, years=20.0)), tmp_path / "older.likeness", default_settings())
    with pytest.raises(BadOption):
        train_likeness(older, [clip], studio.grant(ADA, grace, "train"), default_settings(), BRIEFLY)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        (TrainingOptions(minutes=0), BadOption),
        (TrainingOptions(minutes=float("nan")), BadOption),
        (TrainingOptions(size="vast"), BadOption),  # type: ignore[arg-type]
        (TrainingOptions(resume=True), FileMissing),
    ],
)
def test_what_cannot_be_asked(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    options: TrainingOptions,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        train_likeness(file, [clip], studio.grant(ADA, grace, "train"), default_settings(), options)


@pytest.mark.usefixtures("tiny")
def test_the_command(
    file: Path,
    clip: Path,
    studio: Studio,  # noqa: F811
    grace: FaceTemplate,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "ADD_GAIN", -99.0)
    countenance = Command(capfd, monkeypatch)
    grant = studio.grant(ADA, grace, "train").path
    allowed = ["--permission", grant, "--purpose", "film", "--territory", "DE"]
    ran = countenance("likeness", "train", file, clip, "--minutes", "0.05", "--json", *allowed)
    said = json.loads(ran.out)
    assert ran.status == 0
    assert said["kept"] and said["bytes"] > 1000 and said["held_out"] >= 5
    ran = countenance("likeness", "train", file, clip, *allowed)
    assert ran.status == 6 and "--overwrite" in ran.err
    ran = countenance("likeness", "train", file, clip, "--size", "vast", *allowed)
    assert ran.status == 3 and "small or large" in ran.err
    ran = countenance("likeness", "train", file, clip)
    assert ran.status == 5 and "permission.missing" in ran.err
