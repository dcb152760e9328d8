"""From a film to one in another language: edits are used, and refusals come before anything is heard."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption, PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.render.options import AnimateOptions
from countenance.translate import Translated, TranslateOptions, translate
from countenance.verify import verify_file
from tests.attacks.conftest import square
from tests.likeness.material import Studio, clip_of, template_of
from tests.permission.people import ADA
from tests.portraits import grace_hopper

GERMAN = "WEBVTT\n\n00:00.200 --> 00:01.400\nGuten Tag.\n\n00:01.500 --> 00:02.900\nSie kostet 49 Euro.\n"
ENGLISH = "WEBVTT\n\n00:00.200 --> 00:01.400\nGood day.\n\n00:01.500 --> 00:02.900\nIt costs {} euros.\n"


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)


@pytest.fixture(scope="module")
def grace() -> FaceTemplate:
    return template_of(grace_hopper())


def test_a_film_is_made_resumed_and_made_again_after_an_edit(
    studio: Studio, grace: FaceTemplate, tmp_path: Path
) -> None:
    still = square("grace")
    clip = clip_of(tmp_path / "film.mp4", [np.roll(still, k % 3, 0) for k in range(6)], 2)
    (tmp_path / "de.vtt").write_text(GERMAN)
    (tmp_path / "en.vtt").write_text(ENGLISH.format(94))
    options = TranslateOptions(
        spoken="de", transcript=tmp_path / "de.vtt", translations={"en": tmp_path / "en.vtt"}, bed="none"
    )
    folder = tmp_path / "project"

    def run(right: object = None, **changed: object) -> Translated:
        asked = {**vars(options), **changed}
        [made] = translate(
            studio.job, clip, ["en"], folder,
            permission=right or studio.grant(ADA, grace, "dub"),  # type: ignore[arg-type]
            options=TranslateOptions(**asked), drawing=AnimateOptions(),
        )  # fmt: skip
        return made

    with pytest.raises(PermissionRefused) as refused:
        run(studio.grant(ADA, grace, "animate"))
    assert refused.value.code == "permission.use" and not (folder / "transcript.vtt").exists()
    with pytest.raises(PermissionRefused):
        run(studio.grant(ADA, grace, "animate"), draft=True)
    drafted = run(draft=True)
    assert drafted.drafted and [one.kind for one in drafted.remarks] == ["number"]
    assert (folder / "en.xliff").is_file() and not list(folder.glob("*.mp4"))
    script = folder / "en.vtt"
    script.write_text(script.read_text().replace("94", "49"))
    made = run()
    assert made.result is not None and made.result.redrawn == 6 and not made.remarks
    assert "49" in made.result.cues[1].text and made.output == folder / "film.en.mp4"
    assert verify_file(made.output, studio.settings).picture.best is not None
    again = run()
    assert again.result is None and not again.drafted and "made before" in again.warnings[-1]
    script.write_text(script.read_text().replace("Good day", "<b>Good day</b> {{x}}"))
    with pytest.raises(BadOption) as caught:
        run()
    assert caught.value.code == "translate.nonsense" and "line 1" in caught.value.message
    json.dumps(made.as_dict())


def test_nobody_who_translates(studio: Studio, tmp_path: Path) -> None:
    options = TranslateOptions(bed="none")
    with pytest.raises(BadOption) as caught:
        translate(
            studio.job, tmp_path / "x.mp4", ["es"], tmp_path / "p",
            permission=studio.grant(ADA, template_of(grace_hopper()), "dub"), options=options, drawing=AnimateOptions(),
        )  # fmt: skip
    assert caught.value.code == "translate.no_translator" and not (tmp_path / "p").exists()
