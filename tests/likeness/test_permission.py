"""Who may make a likeness, and who may put it on whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countenance.errors import CountenanceError, FaceError
from countenance.face.identity import FaceTemplate
from countenance.files import sha256_file
from countenance.likeness.library.creation import create_likeness
from countenance.likeness.library.likeness_store import delete_likeness, open_likeness, save_likeness
from countenance.likeness.value import Likeness, resealed
from countenance.marking.picture_exit import write_picture
from countenance.marking.render_spec import Ingredient
from countenance.media.source import pinned
from countenance.permission import GrantFile
from countenance.permission.authorisation import public_domain
from countenance.permission.keyring import Signer
from countenance.permission.permit import Permit
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.permission.signed_grant import load_grant
from countenance.render.face_swap import Swap, SwapOptions
from countenance.render.job import RenderJob
from countenance.settings import default_settings
from tests.exit_material import making, picture
from tests.likeness.material import BEN, Studio, picture_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper


def code_of(ask: Callable[[], object]) -> str:
    with pytest.raises(CountenanceError) as caught:
        ask()
    assert caught.value.remedy
    return caught.value.code


def revoke(right: GrantFile, by: Signer, folder: Path) -> None:
    """The signer takes the grant back, and the studio is sent the list."""
    grant = load_grant(right.path).grant
    taken = RevokedGrant(grant=grant.id, since=int(datetime.now(UTC).timestamp()), ends=grant.ends, reason="No more.")
    publish_list(by, folder / "revoked.jwt", [taken], lists=RevocationLists.at_home(default_settings()))


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """The double."""
    return picture_of(tmp_path / "plate.png", eileen_collins().pixels)


@pytest.fixture
def file(likeness: Likeness, tmp_path: Path) -> Path:
    one = resealed(replace(likeness, views=likeness.views[:1]))
    return save_likeness(one, tmp_path / "grace.likeness", default_settings())


@pytest.fixture
def hers(studio: Studio, grace: FaceTemplate) -> GrantFile:
    return studio.grant(ADA, grace, "swap", "animate")


@pytest.fixture
def doubles(studio: Studio, eileen: FaceTemplate) -> GrantFile:
    return studio.grant(BEN, eileen, "double")


class TestMaking:
    """`likeness create`."""

    @pytest.mark.parametrize("use", ["swap", "kiosk", "re-age", "train"])
    def test_each_use_that_needs_a_likeness_allows_to_make_one(
        self, studio: Studio, grace: FaceTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str
    ) -> None:
        class Reached(Exception):
            """The material is looked at."""

        def gather(*_: object, **__: object) -> None:
            raise Reached

        monkeypatch.setattr("countenance.likeness.library.creation.gather", gather)
        with pytest.raises(Reached):
            create_likeness(
                "Grace", [tmp_path], tmp_path / "g.likeness", studio.grant(ADA, grace, use), default_settings()
            )

    def test_refused_before_any_face_is_looked_at(
        self, studio: Studio, grace: FaceTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gather(*_: object, **__: object) -> None:
            raise AssertionError("looked")

        monkeypatch.setattr("countenance.likeness.library.creation.gather", gather)

        def make(right: object, **more: object) -> Callable[[], object]:
            return lambda: create_likeness(
                "Grace", [tmp_path], tmp_path / "g.likeness", right, default_settings(), **more
            )  # type: ignore[arg-type]

        assert code_of(make(studio.grant(ADA, grace, "animate", "dub", "speak"))) == "permission.use"
        assert code_of(make(public_domain("Mona Lisa, Leonardo da Vinci, c. 1503"))) == "permission.use"
        good = studio.grant(ADA, grace, "swap")
        assert code_of(make(replace(good, circumstances=replace(good.circumstances, purpose="news")))) == (
            "permission.purpose"
        )
        assert code_of(make(good, side=300)) == "input.option"
        wrong = tmp_path / "g.png"
        assert code_of(lambda: create_likeness("Grace", [tmp_path], wrong, good, default_settings())) == "output.format"
        revoke(good, ADA, tmp_path)
        assert code_of(make(good)) == "permission.revoked"

    def test_a_grant_whose_template_is_not_here(self, studio: Studio, grace: FaceTemplate, tmp_path: Path) -> None:
        right = studio.grant(ADA, grace, "swap", keep=False)
        out = tmp_path / "g.likeness"
        assert (
            code_of(lambda: create_likeness("Grace", [tmp_path], out, right, default_settings()))
            == "permission.face_unchecked"
        )

    def test_material_of_somebody_else(self, hers: GrantFile, plate: Path, tmp_path: Path) -> None:
        out = tmp_path / "g.likeness"
        assert code_of(lambda: create_likeness("Grace", [plate], out, hers, default_settings())) == "permission.face"
        assert not out.exists()

    def test_blurred_material(self, hers: GrantFile, tmp_path: Path) -> None:
        import cv2
        import numpy as np

        folder = tmp_path / "blurred"
        folder.mkdir()
        for k, sigma in enumerate((4, 5, 6)):
            blurred = np.asarray(cv2.GaussianBlur(grace_hopper().pixels, (0, 0), sigma), np.uint8)
            picture_of(folder / f"{k}.png", blurred)
        with pytest.raises(FaceError) as caught:
            create_likeness("Grace", [folder], tmp_path / "g.likeness", hers, default_settings())
        assert caught.value.code == "likeness.blurred" and "focus" in caught.value.remedy

    def test_made_from_a_photo_under_a_grant(self, hers: GrantFile, grace: FaceTemplate, tmp_path: Path) -> None:
        photo, out = picture_of(tmp_path / "a.png", grace_hopper().pixels), tmp_path / "g.likeness"
        made = create_likeness("Grace", [photo], out, hers, default_settings())
        back = open_likeness(out, default_settings())
        grant = load_grant(hers.path)
        assert (back.grant_sha256, back.grant_id) == (grant.sha256, grant.grant.id) and back.name == "Grace"
        assert back.material == (sha256_file(photo),) and back.id == made.likeness.id
        assert back.template.distance(grace) < 0.38 and any("one picture" in said for said in back.warnings)


class TestSwapping:
    """A likeness on a double."""

    def test_with_both_grants(self, file: Path, plate: Path, hers: GrantFile, doubles: GrantFile) -> None:
        permit = permit_for_swap(hers, doubles, file, plate)
        permit.require("swap", {"source": sha256_file(file), "plate": sha256_file(plate)})
        assert "the double" in permit.basis and len(permit.rests_on) == 2
        assert set(permit.subjects) == {"source", "plate"}

    def test_likeness_and_grant_of_different_people(
        self, studio: Studio, file: Path, plate: Path, eileen: FaceTemplate, doubles: GrantFile
    ) -> None:
        others = studio.grant(ADA, eileen, "swap")
        assert code_of(lambda: permit_for_swap(others, doubles, file, plate)) == "permission.face"

    def test_a_double_without_a_grant_or_with_anothers(
        self, studio: Studio, file: Path, plate: Path, hers: GrantFile, grace: FaceTemplate, eileen: FaceTemplate
    ) -> None:
        assert code_of(lambda: permit_for_swap(hers, None, file, plate)) == "permission.double"
        anothers = studio.grant(BEN, grace, "double")
        assert code_of(lambda: permit_for_swap(hers, anothers, file, plate)) == "permission.face"
        no_double = studio.grant(BEN, eileen, "animate", "dub")
        assert code_of(lambda: permit_for_swap(hers, no_double, file, plate)) == "permission.use"

    @pytest.mark.parametrize("named", ["all", "one"])
    def test_a_grant_that_names_its_pictures(
        self, studio: Studio, file: Path, plate: Path, grace: FaceTemplate, doubles: GrantFile, likeness: Likeness,
        named: str,
    ) -> None:  # fmt: skip
        assert len(likeness.material) == 2
        pictures = list(likeness.material) if named == "all" else [likeness.material[0]]
        face = {"faces": [grace.hash], "voice": False, "depicts": "adult", "pictures": pictures}
        right = studio.grant(ADA, grace, "swap", likeness=face)
        if named == "all":
            assert permit_for_swap(right, doubles, file, plate).use == "swap"
        else:
            assert code_of(lambda: permit_for_swap(right, doubles, file, plate)) == "permission.picture"

    def test_a_use_that_the_grant_does_not_name(
        self, studio: Studio, file: Path, plate: Path, grace: FaceTemplate, doubles: GrantFile
    ) -> None:
        animate = studio.grant(ADA, grace, "animate")
        assert code_of(lambda: permit_for_swap(animate, doubles, file, plate)) == "permission.use"
        nobodys = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
        assert code_of(lambda: permit_for_swap(nobodys, doubles, file, plate)) == "permission.use"

    def test_a_likeness_that_was_deleted(
        self, file: Path, plate: Path, hers: GrantFile, doubles: GrantFile, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy.likeness"
        copy.write_bytes(file.read_bytes())
        delete_likeness(file, default_settings())
        assert code_of(lambda: permit_for_swap(hers, doubles, copy, plate)) == "likeness.key"

    @pytest.mark.parametrize("whose", ["likeness", "double"])
    def test_revoked_between_plan_and_render(
        self, file: Path, plate: Path, hers: GrantFile, doubles: GrantFile, tmp_path: Path, whose: str
    ) -> None:
        planned = permit_for_swap(hers, doubles, file, plate)
        revoke(hers if whose == "likeness" else doubles, ADA if whose == "likeness" else BEN, tmp_path)
        assert code_of(lambda: permit_for_swap(hers, doubles, file, plate)) == "permission.revoked"
        out = tmp_path / "out.png"
        assert code_of(lambda: leave(out, planned, file, plate)) == "permission.revoked"
        assert not out.exists() and [p for p in tmp_path.iterdir() if "part" in p.name] == []

    def test_what_still_stands_leaves(
        self, file: Path, plate: Path, hers: GrantFile, doubles: GrantFile, tmp_path: Path
    ) -> None:
        leave(tmp_path / "out.png", permit_for_swap(hers, doubles, file, plate), file, plate)
        assert (tmp_path / "out.png").stat().st_size > 1000

    def test_a_permit_says_on_what_it_rests_and_cannot_be_made_to_forget(
        self, file: Path, plate: Path, hers: GrantFile, doubles: GrantFile
    ) -> None:
        permit = permit_for_swap(hers, doubles, file, plate)
        assert code_of(lambda: replace(permit, rests_on=()).require("swap", {})) == "permission.forged"
        assert permit.expires_at <= datetime.now(UTC) + timedelta(days=1)


def permit_for_swap(right: GrantFile, doubles: GrantFile | None, file: Path, plate: Path) -> Permit:
    """What the policy says of a swap, before anything is drawn."""
    recipe = Swap(plate, file, plate.with_name("swapped.png"), right, doubles, SwapOptions())
    return RenderJob(recipe, default_settings()).permit()


def leave(path: Path, permit: Permit, file: Path, plate: Path) -> None:
    """Through the exit."""
    inputs = (Ingredient("source", pinned(file)), Ingredient("plate", pinned(plate)))
    write_picture(path, picture(320, 256), permit, making(use="swap", ingredients=inputs, label="credit"))
