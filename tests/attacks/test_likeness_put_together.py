"""Attack: a likeness of one person's template and another's views, through Python: put together, or written into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import countenance
from countenance.errors import PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject
from countenance.likeness.gathering import Gathered, gather, made_from
from countenance.likeness.library.likeness_store import LikenessSubject, WornSubject, save_likeness
from countenance.likeness.value import Likeness
from countenance.media.source import Source
from countenance.permission import Authorisation
from countenance.render.face_swap import Swap, SwapOptions
from tests.attacks.conftest import square
from tests.likeness.material import BEN, Studio, picture_of
from tests.permission.people import ADA


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gathered]:
    folder = tmp_path_factory.mktemp("two")
    return {
        name: gather([picture_of(folder / f"{name}.png", square(name, 320, 0.6))], side=128)
        for name in ("grace", "eileen")
    }


@pytest.fixture(scope="module")
def made(gathered: dict[str, Gathered]) -> dict[str, Likeness]:
    return {name: made_from(one, name, grant_sha256="ab" * 32) for name, one in gathered.items()}


class Worn(WornSubject):
    """In memory alone, as a kiosk has it."""

    def __init__(self, source: Source, likeness: Likeness) -> None:
        self.source, self.likeness = source, likeness


def test_anothers_views_under_her_template_are_not_kept(
    studio: Studio, made: dict[str, Likeness], tmp_path: Path
) -> None:
    hers, other = made["grace"], made["eileen"]
    assert save_likeness(hers, tmp_path / "hers.likeness", studio.settings).is_file()
    out = tmp_path / "out.likeness"
    parts = [replace(hers, views=other.views), replace(hers, shape=other.shape), replace(hers, network=b"another's")]
    parts += [replace(hers, material=other.material), replace(hers, years=20.0), replace(hers, light=other.light)]
    for one in [*parts, replace(other, template=hers.template, seal=hers.seal)]:
        with pytest.raises(PermissionRefused) as refused:
            save_likeness(one, out, studio.settings)
        assert refused.value.code == "likeness.forged" and not out.exists()


def test_takes_of_another_person_make_no_likeness_of_her(gathered: dict[str, Gathered]) -> None:
    hers, other = gathered["grace"], gathered["eileen"]
    painted = replace(hers.takes[0], pixels=other.takes[0].pixels)
    for takes in (other.takes, (*hers.takes, *other.takes), (painted,)):
        with pytest.raises(PermissionRefused) as refused:
            made_from(replace(hers, takes=takes), "Grace", grant_sha256="ab" * 32)
        assert refused.value.code == "likeness.forged"


def test_anothers_views_in_memory_are_not_drawn(
    studio: Studio, grace: FaceTemplate, made: dict[str, Likeness], tmp_path: Path
) -> None:
    source = Source.pin(picture_of(tmp_path / "take.png", square("grace")))
    plate = PictureSubject(Source.pin(picture_of(tmp_path / "plate.png", square("eileen"))))
    rights = {"source": studio.grant(ADA, grace, "swap"), "plate": studio.grant(BEN, plate.template, "double")}
    mixed = replace(made["grace"], views=made["eileen"].views, shape=made["eileen"].shape)
    with Authorisation("swap", rights, studio.settings) as asking:
        honest = Worn(source, made["grace"])
        permit = asking.permit({"source": honest, "plate": plate}, {})
        with pytest.raises(PermissionRefused) as refused:
            asking.permit({"source": Worn(source, mixed), "plate": plate}, {})
        assert refused.value.code == "permission.input"
    forged = Worn(source, replace(mixed, id=made["grace"].id))
    assert forged.key == honest.key
    permit.admit("source", honest)
    with pytest.raises(PermissionRefused) as refused:
        permit.admit("source", forged)
    assert refused.value.code == "permission.subject"


def test_a_likeness_handed_in_is_opened_again(studio: Studio, made: dict[str, Likeness], tmp_path: Path) -> None:
    """What was done to the subject since does not count; and nothing of it can be written to."""
    path = save_likeness(made["grace"], tmp_path / "grace.likeness", studio.settings)
    subject = LikenessSubject(Source.pin(path), studio.settings)
    view = subject.likeness.views[0]
    for array in (view.texture, view.seen, subject.likeness.shape, subject.likeness.light):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    vars(subject)["likeness"] = made["eileen"]
    plate = picture_of(tmp_path / "plate.png", square("eileen"))
    options = SwapOptions()
    swap = Swap(plate, subject, tmp_path / "out.png", studio.grant(ADA, made["grace"].template, "swap"), None, options)
    drawn = swap.open(studio.settings).subjects["source"]
    assert isinstance(drawn, LikenessSubject) and drawn is not subject
    assert drawn.likeness.name == "grace" and np.array_equal(drawn.likeness.views[0].texture, view.texture)


def test_nobody_answers_for_a_subject() -> None:
    with pytest.raises(TypeError, match="answer"):
        type("Other", (PictureSubject,), {"template": None})
    with pytest.raises(TypeError, match="template"):
        type("Other", (WornSubject,), {"template": None})


def test_seals_are_set_where_likenesses_are_made_alone() -> None:
    root = Path(countenance.__file__).parent
    allowed = {root / "likeness" / name for name in ("value.py", "gathering.py")}
    allowed |= {root / "likeness" / "library" / name for name in ("likeness_store.py", "training.py")}
    for path in root.rglob("*.py"):
        assert path in allowed or not {"resealed", "seal_over"} & set(path.read_text().replace("(", " ").split()), path
