"""Attack: a language that the grant does not allow, behind another one's flag; voices of whom nobody is asked; marks in
pictures that are looked at for their marks by nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from countenance.errors import PermissionRefused
from countenance.marking.prior_marks import prior_marks
from countenance.marking.render_spec import UNASKED_BED, UNASKED_SOUND, Ingredient
from countenance.marking.video_exit import write_picture
from countenance.media.source import pinned
from countenance.render.motion_source import Driving
from countenance.render.options import AnimateOptions
from countenance.render.speech_source import SpeechOptions
from countenance.verify import verify_file
from countenance.verify.sentence import sentence
from countenance.verify.words import LANGUAGES
from tests.attacks.conftest import square
from tests.exit_material import making, permit, picture, settings_in
from tests.likeness.material import Studio, clip_of, picture_of, template_of
from tests.permission.makers import grant_said
from tests.permission.people import ADA
from tests.portraits import grace_hopper


@pytest.mark.parametrize("use", ["speak", "dub"])
def test_another_language_is_spoken_than_the_viewers(studio: Studio, tmp_path: Path, use: str) -> None:
    """The grant is asked for what is spoken, whatever else is said."""
    scope = {**grant_said()["scope"], "uses": [use], "languages": ["de"]}
    grant = studio.grant(ADA, template_of(grace_hopper()), use, scope=scope)
    speech, options = SpeechOptions(language="en"), AnimateOptions(language="de")
    with pytest.raises(PermissionRefused) as refused:
        if use == "speak":
            shown = picture_of(tmp_path / "grace.png", square("grace"))
            studio.job.speak(shown, "Good day.", tmp_path / "a.mp4", permission=grant, speech=speech, options=options)
        else:
            clip = clip_of(tmp_path / "grace.mp4", [square("grace")] * 8)
            studio.job.dub(clip, "Good day.", tmp_path / "a.mp4", permission=grant, speech=speech, options=options)
    assert refused.value.code == "permission.language" and "--language" not in refused.value.remedy
    assert not (tmp_path / "a.mp4").exists()


def test_a_voice_under_the_voice_is_an_ingredient_and_told(studio: Studio, tmp_path: Path) -> None:
    clip = clip_of(tmp_path / "grace.mp4", [np.roll(square("grace"), k % 3, 0) for k in range(8)])
    bed = tmp_path / "bed.wav"
    write_wave(bed)
    grant = studio.grant(ADA, template_of(grace_hopper()), "dub", scope={**grant_said()["scope"], "uses": ["dub"]})
    made = studio.job.dub(
        clip, "Yes.", tmp_path / "a.mp4", permission=grant, bed=bed, options=AnimateOptions(), speech=SpeechOptions()
    )
    found = verify_file(made.output, studio.settings)
    assert UNASKED_BED in [action.description for action in found.manifest.actions]
    assert "bed" in [one.title for one in found.manifest.ingredients]
    assert "whose voice is in its sound was not asked" in found.summary
    assert len({sentence(found, language) for language in LANGUAGES}) == len(LANGUAGES)


def write_wave(path: Path) -> None:
    import wave

    samples = (np.sin(np.arange(48_000 * 2) / 20) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(samples.tobytes())


def test_a_driving_films_sound_is_told(tmp_path: Path) -> None:
    from countenance.media.audio import open_sound
    from countenance.performance.authored import authored_performance
    from countenance.render.animation import making_for

    class Engine:
        name, version = "mesh", "1"

    write_wave(tmp_path / "a.wav")
    take = authored_performance("demo")
    for sound, told in ((open_sound(tmp_path / "a.wav"), True), (None, False)):
        made = making_for(Driving(take, None, "video", sound), Engine(), AnimateOptions())  # type: ignore[arg-type]
        assert (("c2pa.edited", UNASKED_SOUND) in made.actions) is told


def test_marks_are_looked_for_in_further_views_of_a_head(tmp_path: Path) -> None:
    made = write_picture(tmp_path / "a.png", picture(320, 256), permit(), making(), settings=settings_in(tmp_path))
    found = prior_marks([Ingredient("view-2", pinned(made.path))])
    assert found.payloads == (int(made.payload, 16),)
