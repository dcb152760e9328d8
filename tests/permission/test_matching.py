"""The same face is known again, another is not; what is known of a face lies sealed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.errors import BadDocument, FaceChoice, NoFace, PermissionRefused, ProvenanceError
from countenance.face.identity import (
    ACCEPT,
    REFUSE,
    FaceTemplate,
    describe,
    describe_still,
    judge,
    nearest,
    template_from,
    template_of_clip,
    template_of_still,
)
from countenance.face.tracker import choose_face, find_faces
from countenance.permission.keyring import Keyring
from countenance.permission.templates import TemplateStore, seal_for, unseal
from countenance.permission.vault import Vault
from tests.permission.people import ADA, MALLORY, STUDIO
from tests.portraits import eileen_collins, grace_hopper


def any_template(seed: int = 1) -> FaceTemplate:
    vector = np.random.default_rng(seed).normal(0, 0.1, 128).astype(np.float32)
    return FaceTemplate(vector, 6, True, bytes([seed]) * 16)


def test_thresholds() -> None:
    assert [judge(d) for d in (0.0, ACCEPT - 1e-6, ACCEPT, REFUSE, REFUSE + 1e-6, 9.0)] == [
        "accept", "accept", "review", "review", "refuse", "refuse",
    ]  # fmt: skip
    assert judge(float("nan")) == judge(-0.1) == "refuse"


def test_a_face_is_known_again_and_another_is_not() -> None:
    hopper, collins = grace_hopper(), eileen_collins()
    template = template_of_still(hopper.pixels, hopper.face)
    small = np.asarray(cv2.resize(hopper.pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 40])
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    same = template.distance(describe(again, choose_face(find_faces(again))))
    other = template_of_still(collins.pixels, collins.face)
    assert judge(same) == "accept"
    assert judge(template.distance(other)) == "refuse"
    found = nearest([template, other], describe_still(collins.pixels, collins.face))
    assert found is not None and found[0] is other and found[1] < ACCEPT
    assert nearest([], [template.vector]) is None
    assert str(float(template.vector[0])) not in repr(template) and "vector" not in repr(template)


def test_a_template_needs_several_frames_of_one_person() -> None:
    one, two = any_template(1).vector, any_template(2).vector
    with pytest.raises(NoFace):
        template_from([one] * 4)
    with pytest.raises(FaceChoice):
        template_from([one] * 4 + [two] * 2)
    assert template_from([one] * 5).distance(one) == pytest.approx(0, abs=1e-6)


def test_templates_go_through_bytes() -> None:
    template = any_template()
    again = FaceTemplate.from_bytes(template.to_bytes())
    assert again.hash == template.hash and again.distance(template) == 0
    assert any_template(2).hash != template.hash
    for bad in (b"", template.to_bytes()[:-1], b"x" + template.to_bytes()[1:]):
        with pytest.raises(BadDocument):
            FaceTemplate.from_bytes(bad)
    broken = FaceTemplate(np.full(128, np.nan, np.float32), 6, True)
    with pytest.raises(BadDocument):
        FaceTemplate.from_bytes(broken.to_bytes())


def test_a_store_seals_and_forgets(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path / "faces", Keyring(tmp_path / "identities", "word").vault)
    template = any_template()
    fingerprint = store.keep(template)
    data = (store.folder / f"{fingerprint}.face").read_bytes()
    assert template.vector.tobytes()[:32] not in data
    assert (store.folder / f"{fingerprint}.face").stat().st_mode & 0o077 == 0
    assert store.fingerprints() == [fingerprint]
    found = store.find(fingerprint)
    assert found is not None and found.hash == fingerprint
    with pytest.raises(ProvenanceError):
        TemplateStore(store.folder, Vault(tmp_path / "identities", "another")).find(fingerprint)
    other = any_template(2)
    (store.folder / f"{other.hash}.face").write_bytes(data)  # one in another's place
    with pytest.raises(ProvenanceError):
        store.find(other.hash)
    assert store.forget(fingerprint) and not store.forget(fingerprint)
    assert store.find(fingerprint) is None
    for bad in ("../../etc/passwd", "", "F" * 64):
        with pytest.raises(BadDocument):
            store.find(bad)


def test_a_template_on_its_way_opens_for_the_grantee_alone() -> None:
    template = any_template()
    sealed = seal_for(template, STUDIO.identity.did)
    assert unseal(sealed, STUDIO).hash == template.hash
    for text, who in (
        (sealed, ADA),
        (sealed, MALLORY),
        (sealed[:-3] + "AAA", STUDIO),
        ("x", STUDIO),
        ("x" * 9000, STUDIO),
    ):
        with pytest.raises(PermissionRefused) as caught:
            unseal(text, who)
        assert caught.value.code == "permission.face_sealed"


def film(path: Path, pictures: list[np.ndarray], seconds: int) -> None:
    """A clip that shows each picture for so long, one frame a second."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        stream.width = stream.height = 320
        for picture in pictures:
            small = np.asarray(cv2.resize(picture[:512, :512], (320, 320)), np.uint8)
            for _ in range(seconds):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(small, format="rgb24")))
        container.mux(stream.encode())


def test_a_clip_is_looked_at_in_its_whole_length(tmp_path: Path) -> None:
    hopper, collins = grace_hopper().pixels, eileen_collins().pixels
    film(tmp_path / "one.mp4", [hopper], 14)
    template = template_of_clip(tmp_path / "one.mp4")
    assert judge(template.distance(template_of_still(hopper, grace_hopper().face))) == "accept"
    film(tmp_path / "two.mp4", [hopper, hopper, collins], 12)
    with pytest.raises(FaceChoice):
        template_of_clip(tmp_path / "two.mp4")
