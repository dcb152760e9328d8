"""Attack: a photograph of someone passed off as a person who is nobody, their voice as that one's, or their face as an
earlier one of a persona's. The recipe is drawn again, and must be it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from countenance.errors import BadOption, PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject, VoiceSubject
from countenance.media.source import Source
from countenance.permission import Authorisation, GrantFile
from countenance.permission.grant import GrantEvidence
from countenance.permission.granting import nobodys_face
from countenance.permission.intended_use import Circumstances
from countenance.permission.keyring import Keyring
from countenance.permission.signed_grant import sign_grant
from countenance.permission.synthetic import BESIDE, check_drawn
from countenance.permission.templates import TemplateStore
from countenance.persona.library import making
from countenance.persona.library.folder import Persona
from countenance.persona.library.keeping import finishing, kept_recipe, kept_while_made
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import Recipe
from countenance.settings import Settings
from tests.portraits import grace_hopper_file

NOVA = Recipe("Nova", 7, sex="woman", age=30, hair="short", glasses="none")


@pytest.fixture(scope="module")
def drawn() -> NDArray[np.uint8]:
    return draw_portrait(NOVA)


def subject(folder: Path, pixels: NDArray[np.uint8]) -> PictureSubject:
    path = folder / "p.png"
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return PictureSubject(Source.pin(path))


def photograph(side: int) -> NDArray[np.uint8]:
    read = cv2.cvtColor(cv2.imread(str(grace_hopper_file())), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.resize(read, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_what_the_recipe_draws_passes_also_when_it_is_marked(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    check_drawn(NOVA.to_bytes(), subject(tmp_path, drawn))
    grain = np.random.default_rng(1).normal(0, 3, drawn.shape)
    check_drawn(NOVA.to_bytes(), subject(tmp_path, np.clip(drawn + grain, 0, 255).astype(np.uint8)))


def test_a_photograph_is_refused(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    for pixels in (photograph(len(drawn)), photograph(600)):
        with pytest.raises(PermissionRefused) as refused:
            check_drawn(NOVA.to_bytes(), subject(tmp_path, pixels))
        assert refused.value.code == "permission.synthetic"


def test_a_photograph_pasted_into_the_drawing_is_refused(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    side = 420
    mixed = drawn.copy()
    mixed[230 : 230 + side, 300 : 300 + side] = photograph(side)
    with pytest.raises(PermissionRefused) as refused:
        check_drawn(NOVA.to_bytes(), subject(tmp_path, mixed))
    assert refused.value.code == "permission.synthetic"


def test_a_photograph_laid_thinly_over_it_is_refused(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    mixed = cv2.addWeighted(drawn, 0.75, photograph(len(drawn)), 0.25, 0)
    with pytest.raises(PermissionRefused):
        check_drawn(NOVA.to_bytes(), subject(tmp_path, np.asarray(mixed, np.uint8)))


@pytest.mark.parametrize("recipe", [None, b"", b"{}", NOVA.with_attributes(mood="cheerful").to_bytes()])
def test_another_recipe_or_none_is_refused(tmp_path: Path, drawn: NDArray[np.uint8], recipe: bytes | None) -> None:
    with pytest.raises(PermissionRefused) as refused:
        check_drawn(recipe, subject(tmp_path, drawn))
    assert refused.value.code == "permission.synthetic"


def test_somebodys_recording_is_no_voice_of_nobody(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    """Also where one's own grant for a person who is nobody says that the voice may be used."""
    settings = Settings(home=tmp_path / "home")
    Keyring.at_home(settings).make("Ann")
    signer = Keyring.at_home(settings).signer(None)
    who = subject(tmp_path, drawn)
    (tmp_path / BESIDE).write_bytes(NOVA.to_bytes())
    evidence = GrantEvidence(kind="recipe", sha256=NOVA.digest, note="a recipe")
    TemplateStore.at_home(settings).keep(who.template)
    plain = nobodys_face(signer, "Nova", who.template, who.source.sha256, evidence, uses=("speak",)).grant
    lending = plain.model_copy(update={"likeness": plain.likeness.model_copy(update={"voice": True})})
    path = tmp_path / "grant.jwt"
    path.write_text(sign_grant(lending, signer).document.text)
    (tmp_path / "voice.wav").write_bytes(b"somebody speaks")
    right = GrantFile(path, Circumstances("personal", ("DE",), ("en",)))
    with Authorisation("speak", {"source": right, "voice": right}, settings) as asking:
        assert asking.permit({"source": who}, {}).kind == "synthetic", "with a voice that is nobody's"
        with pytest.raises(PermissionRefused) as refused:
            asking.permit({"source": who, "voice": VoiceSubject(Source.pin(tmp_path / "voice.wav"))}, {})
    assert refused.value.code == "permission.voice" and "voice.wav" in refused.value.message


def test_a_persona_s_own_statement_excuses_no_likeness(
    tmp_path: Path, drawn: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom a persona may look like is what it was drawn as here; a statement and a note that say more are no proof."""
    settings = Settings(home=tmp_path / "home")
    Keyring.at_home(settings).make("Ann")
    cheerful = NOVA.with_attributes(mood="cheerful")
    pictures = {NOVA: drawn, cheerful: draw_portrait(cheerful)}
    monkeypatch.setattr(making, "draw_portrait", pictures.__getitem__)
    own = subject(tmp_path, drawn).template
    like = subject(tmp_path, pictures[cheerful]).template
    somebody = FaceTemplate(like.vector, like.count, like.still)
    TemplateStore.at_home(settings).keep(somebody)
    personas = settings.home / "personas"
    for said in ({"face": own.hash, "kin": [somebody.hash]}, {"face": somebody.hash}):
        with pytest.raises(BadOption) as refused:
            making.change_persona(
                Persona(tmp_path, NOVA, said, "did"), tmp_path / "out", settings, {"mood": "cheerful"}
            )
        assert refused.value.code == "persona.alike" and not (tmp_path / "out").exists()
        (personas / f"{somebody.hash}.json").write_text(json.dumps({"recipe": NOVA.to_bytes().decode()}))
    with finishing(settings), kept_while_made(settings, own, NOVA, tmp_path / "nova"):
        pass
    for face in (own.hash, somebody.hash):
        assert making._is_drawn(own, Persona(tmp_path, NOVA, {"face": face}, "did"), settings)
    other = Persona(tmp_path, Recipe("Nova", 8), {"face": somebody.hash}, "did")
    assert kept_recipe(settings, own.hash) == NOVA and not making._is_drawn(own, other, settings)
