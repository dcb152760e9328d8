"""From a folder to one person's takes: who is in it, what is dropped, what becomes a view, what is said of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.errors import FileMissing, InputError, NoFace
from countenance.face.identity import ACCEPT, FaceTemplate
from countenance.likeness.detail import detail_of
from countenance.likeness.gathering import Gathered, gather, made_from
from countenance.likeness.material import clock, files_in, look_again, look_at_all
from countenance.likeness.view_selection import LEAST_DETAIL
from tests.likeness.material import clip_of, picture_of
from tests.portraits import eileen_collins, grace_hopper


def test_strangers_are_left_out_and_reported_with_their_place(gathered: Gathered, eileen: FaceTemplate) -> None:
    where = {one.where.split(" ")[0] for one in gathered.strangers if one.sure}
    assert where == {"both.png", "takes.mp4"}
    assert any(" at 0:04" in one.where for one in gathered.strangers), "where the clip cuts to her"
    assert all(one.distance is None or one.distance > ACCEPT for one in gathered.strangers)
    assert gathered.template is not None and gathered.template.distance(eileen) > 0.6


def test_the_person_is_known_again(gathered: Gathered, grace: FaceTemplate) -> None:
    assert gathered.template is not None and gathered.template.distance(grace) < ACCEPT
    assert gathered.template.hash != grace.hash


def test_what_cannot_be_read_is_reported_and_does_not_stop_the_rest(gathered: Gathered) -> None:
    said = {one.path.name: one.code for one in gathered.unread}
    assert set(said) == {"again.png", "empty.jpg", "notes.txt"}
    assert said["again.png"] == "likeness.twice" and said["empty.jpg"] == "input.empty"


def test_blurred_takes_are_dropped(gathered: Gathered, material: Path) -> None:
    reasons = dict(gathered.coverage.dropped)
    blurred = [look for tracks in look_at_all([material / "blurred.png"]) for t in tracks for look in t.looks]  # type: ignore[union-attr]
    assert len(blurred) == 1 and blurred[0].detail < LEAST_DETAIL
    known = any(one.where == "blurred.png" for one in gathered.strangers)
    assert reasons.get("blurred", 0) + known == 1, "as blurred, or as somebody who cannot be told"
    assert all(take.source != blurred[0].source for take in gathered.takes)


def test_takes_are_spread_and_begin_at_the_front(gathered: Gathered) -> None:
    yaws = [take.angles[0] for take in gathered.takes]
    assert abs(yaws[0]) < 8 and gathered.takes[0].jaw < 0.15 and gathered.takes[0].smile < 0.4
    assert min(yaws) < -10 and max(yaws) > 10
    assert 4 <= len(gathered.takes) <= 12
    coverage = gathered.coverage
    assert coverage.takes == sum(map(sum, coverage.counts)) >= len(gathered.takes)
    assert coverage.looks == coverage.takes + sum(count for _, count in coverage.dropped)
    smiling = coverage.counts[1]
    assert sum(smiling) >= 2 and sum(coverage.counts[2]) >= 1, "smiles and open mouths are told"
    assert coverage.files == (7, 2), "the photo, not the frame like it"


def test_takes_hold_the_face_with_its_landmarks(gathered: Gathered) -> None:
    for take in gathered.takes:
        height, width = take.pixels.shape[:2]
        assert (take.landmarks[:, :2].min(0) > 0).all() and (take.landmarks[:, :2].max(0) < (width, height)).all()
        assert 0.05 < take.sharpness < 1.2


def test_without_a_template_whoever_is_seen_most_counts(material: Path, grace: FaceTemplate) -> None:
    found = gather([material / "clips", material / "both.png"])
    assert found.template is not None and found.template.distance(grace) < ACCEPT
    assert found.nearest is None and {one.where.split(" ")[0] for one in found.strangers} == {"both.png", "takes.mp4"}


def test_one_photo_is_enough_and_says_so(tmp_path: Path, grace: FaceTemplate) -> None:
    found = gather([picture_of(tmp_path / "a.png", grace_hopper().pixels)], [grace])
    assert len(found.takes) == 1 and "one picture" in found.warnings[0] and found.side == 512
    likeness = made_from(found, "Grace", grant_sha256="0" * 64)
    assert likeness.takes == 1 and len(likeness.views) == 1 and likeness.template.still
    assert likeness.template.distance(grace) < ACCEPT


def test_only_the_pictures_that_a_grant_names(material: Path, grace: FaceTemplate) -> None:
    with pytest.raises(InputError) as caught:
        gather([material / "a.png"], [grace], allowed=["00" * 32])
    assert caught.value.code == "likeness.nothing"


def test_nobody_nothing_and_missing(tmp_path: Path, material: Path) -> None:
    wall = np.random.default_rng(1).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    with pytest.raises(NoFace):
        gather([picture_of(tmp_path / "wall.png", wall)])
    with pytest.raises(InputError) as caught:
        gather([material / "notes.txt", material / "empty.jpg"])
    assert caught.value.code == "likeness.nothing" and "notes.txt" in caught.value.message
    with pytest.raises(FileMissing):
        gather([tmp_path / "nowhere"])
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError):
        gather([tmp_path / "nothing"])


def test_hidden_files_are_left_out(material: Path) -> None:
    assert ".hidden" not in {path.parent.name for path in files_in([material])}


def test_a_look_is_read_again_as_it_was(material: Path) -> None:
    (tracks,) = (t for t in look_at_all([material / "clips" / "takes.mp4"]))
    assert isinstance(tracks, list)
    look = tracks[0].looks[5]
    again = look_again(look)
    assert detail_of(again, look.face.landmarks) == pytest.approx(look.detail, rel=0.12)
    assert look.where == "takes.mp4 at 0:01"


def test_two_people_in_one_shot_are_two_tracks(tmp_path: Path) -> None:
    both = np.hstack([cv2.resize(p.pixels[:512, :512], (400, 400)) for p in (grace_hopper(), eileen_collins())])
    path = clip_of(tmp_path / "two.mp4", [both] * 5)
    (tracks,) = (t for t in look_at_all([path]))
    assert isinstance(tracks, list)
    assert sorted(len(track.looks) for track in tracks) == [5, 5]
    a, b = (track.descriptions[0] for track in tracks)
    assert np.linalg.norm(a - b) > 0.6


def test_detail_falls_with_blur_and_size_and_not_with_noise() -> None:
    portrait = grace_hopper()
    sharp = detail_of(portrait.pixels, portrait.face.landmarks)
    values = [
        detail_of(np.asarray(cv2.GaussianBlur(portrait.pixels, (0, 0), s), np.uint8), portrait.face.landmarks)
        for s in (1, 2, 4, 8)
    ]
    assert sharp > values[0] > values[1] > values[2] > values[3] and values[2] < LEAST_DETAIL < values[0]
    half = np.asarray(cv2.resize(portrait.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    assert detail_of(half, portrait.face.landmarks / 2) < 0.75 * sharp
    noise = np.random.default_rng(0).normal(0, 6, portrait.pixels.shape)
    blurred = cv2.GaussianBlur(portrait.pixels, (0, 0), 5)
    noisy = np.clip(blurred + noise, 0, 255).astype(np.uint8)
    assert detail_of(noisy, portrait.face.landmarks) < 0.6 * sharp


def test_clocks() -> None:
    from fractions import Fraction

    assert [clock(Fraction(s)) for s in (0, 7, 75, 3723)] == ["0:00", "0:07", "1:15", "1:02:03"]
    assert Counter(clock(Fraction(1, 3)) for _ in range(2)) == {"0:00": 2}
