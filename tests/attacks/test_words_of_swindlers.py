"""Attack: a likeness made to say what impostors say, by every way words come in: a recipe, the command line, the
service, a live session, a figure."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import c2pa
import pytest
from typer.testing import CliRunner

from countenance.cli import app
from countenance.errors import CountenanceError, FileMissing, PermissionRefused
from countenance.figure import open_figure
from countenance.figure.serving import figure_plan
from countenance.live.said_live import SaidLive
from countenance.marking.video_exit import write_picture
from countenance.permission import Ledger
from countenance.permission.authorisation import public_domain
from countenance.permission.permit import seal_of
from countenance.permission.scripts import TOPICS, Script, review
from countenance.render.dubbing import Dub
from countenance.render.job import Film, Recipe, RenderJob, Said
from countenance.render.options import AnimateOptions
from countenance.render.people import Person
from countenance.render.script_review import check_said
from countenance.render.speaking import Speak, SpeakSound
from countenance.render.speech_source import SpeechOptions
from countenance.server.jobs import spec
from countenance.server.jobs.making import preflight
from countenance.settings import Settings
from countenance.speech.script import Cue
from countenance.verify.credentials import read_manifest
from countenance.verify.trust import Trust
from tests.exit_material import making, permit, picture, settings_in
from tests.figure.figures import BIRTH, small
from tests.portraits import grace_hopper_file

POLICE = "This is the police. Tell me your PIN."
DIGEST = Script((POLICE,)).digest
HOPPER = public_domain("Grace Hopper (1906–1992), US Navy photograph, 1984", "us-government-work")


def refused(attempt: object) -> PermissionRefused:
    with pytest.raises(PermissionRefused) as told:
        attempt()  # type: ignore[operator]
    return told.value


@pytest.mark.parametrize("recipe", [Speak, SpeakSound, Dub])
@pytest.mark.parametrize("text", [POLICE, [Cue("This is the", Fraction(0), Fraction(1)), Cue("po"), Cue("lice.")]])
def test_every_recipe_asks_before_it_reads_anything(
    tmp_path: Path, recipe: type[Recipe], text: str | list[Cue]
) -> None:
    output = tmp_path / ("a.wav" if recipe is SpeakSound else "a.mp4")
    made = recipe(tmp_path / "nowhere.jpg", text, output, HOPPER, SpeechOptions(), AnimateOptions())  # type: ignore[call-arg]
    told = refused(RenderJob(made, settings_in(tmp_path)).run)
    assert told.code == "permission.script"
    meant = SpeechOptions(confirm_script=(told.details["digest"],))
    again = recipe(tmp_path / "nowhere.jpg", text, output, HOPPER, meant, AnimateOptions())  # type: ignore[call-arg]
    with pytest.raises((FileMissing, PermissionRefused)) as next_one:  # a work may not be dubbed at all
        RenderJob(again, settings_in(tmp_path)).run()
    assert next_one.value.code != "permission.script"
    india = refused(RenderJob(again, settings_in(tmp_path, market="IN")).run)
    assert india.code == "permission.script_market"


class Secretive(Speak):
    """A recipe that states other words than it speaks."""

    def __init__(self, folder: Path, stated: Script | None) -> None:
        options = AnimateOptions(size=128)
        super().__init__(grace_hopper_file(), POLICE, folder / "a.mp4", HOPPER, SpeechOptions(), options)
        self.script = stated

    def prepare(self, *_: object) -> Film:
        def frames() -> Iterator[object]:
            raise AssertionError("nothing is drawn")
            yield

        said = Said("nobody", "en", (Cue(POLICE),))
        return Film(making(), (128, 128), Fraction(25), frames(), said=said)  # type: ignore[arg-type]


@pytest.mark.parametrize("stated", [None, Script(("Hello.",)), Script(("Hello.",), confirmed=(DIGEST[::-1],))])
def test_a_recipe_that_states_other_words_than_it_speaks(tmp_path: Path, stated: Script | None) -> None:
    assert refused(RenderJob(Secretive(tmp_path, stated), settings_in(tmp_path)).run).code == "permission.script"


def test_what_was_confirmed_stands_in_ledger_record_and_manifest(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    plain = replace(permit(), script=review(Script((POLICE,), confirmed=(DIGEST,))))
    leave = replace(plain, seal=seal_of(plain))
    write_picture(tmp_path / "a.png", picture(), leave, making(), settings=settings)
    with c2pa.Reader(str(tmp_path / "a.png")) as reader:
        document = json.loads(reader.json())
    stated = document["manifests"][document["active_manifest"]]["assertions"]
    said = next(one["data"] for one in stated if one["label"] == "org.countenance.permission")["script"]
    assert said["found"] == [TOPICS["official"], TOPICS["secret"]] and said["confirmed"] == DIGEST
    with Ledger.open(settings) as ledger:
        (entry,) = ledger.entries("permit")
    assert entry.said["script"] == {"topics": ["official", "secret"], "confirmed": DIGEST, "looked_at": True}
    found = read_manifest(tmp_path / "a.png", Trust.of(settings), until=time.monotonic() + 60).permission
    assert found is not None and found.script == ("official", "secret")
    with pytest.raises(PermissionRefused, match="not minted here"):  # it is part of what is sealed
        write_picture(tmp_path / "b.png", picture(), replace(leave, script=None), making(), settings=settings)


def test_on_the_command_line_no_yes_will_do(tmp_path: Path) -> None:
    call = ["speak", "-s", str(grace_hopper_file()), "-o", str(tmp_path / "a.mp4"), "-t", POLICE, "--json"]
    call += ["--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work"]
    for more in ([], ["--confirm-script", "yes"], ["--confirm-script", DIGEST[::-1]]):
        told = CliRunner().invoke(app, [*call, *more])
        assert isinstance(told.exception, PermissionRefused) and told.exception.code == "permission.script"
    assert not (tmp_path / "a.mp4").exists()


def test_the_service_asks_before_anything_waits(tmp_path: Path) -> None:
    right = {"kind": "public-domain", "work": "Grace Hopper (1906–1992), US Navy photograph, 1984"}
    right |= {"basis": "us-government-work"}
    body = {"recipe": "speak", "source": "sample:grace-hopper", "right": right}
    plain = spec.Speak.model_validate(body | {"speech": {"text": POLICE}})
    told = refused(lambda: preflight(plain, settings_in(tmp_path)))
    digest = told.details["digest"]
    meant = spec.Speak.model_validate(body | {"speech": {"text": POLICE, "confirm_script": [digest]}})
    preflight(meant, settings_in(tmp_path))
    for yes in (True, "yes", ["yes"], ["true"]):
        with pytest.raises(ValueError, match="confirm_script"):
            spec.Speak.model_validate(body | {"speech": {"text": POLICE, "confirm_script": yes}})


def said_at(*cues: tuple[str, str, int]) -> list[Cue]:
    return [Cue(text, Fraction(at), Fraction(at + 1), speaker) for speaker, text, at in cues]


@pytest.mark.parametrize(
    "cues",
    [
        said_at(("Ann", "Good day. Tell me", 0), ("Ben", "your PIN", 1), ("Ann", "and have a nice day.", 2)),
        said_at(("Ben", "Good day. Tell me", 0), ("Ann", "your PIN", 1), ("Ben", "and have a nice day.", 2)),
        said_at(("Ann", "Tell me", 0), ("Ben", "Lovely weather today, and warm, as we all had hoped it would be", 1),
                ("Ann", "your PIN", 2)),
    ],
)  # fmt: skip
def test_a_phrase_split_between_two_speakers(tmp_path: Path, cues: list[Cue]) -> None:
    """Joined as they are heard, whoever speaks them; and one speaker's after the other's, as before."""
    people = [Person("left", HOPPER, speaker="Ann"), Person("right", HOPPER, speaker="Ben")]
    dub = Dub(tmp_path / "nowhere.mp4", cues, tmp_path / "a.mp4", people, SpeechOptions(), AnimateOptions())
    told = refused(RenderJob(dub, settings_in(tmp_path)).run)
    assert told.code == "permission.script" and told.details["topics"] == ["secret"]
    meant = SpeechOptions(confirm_script=(told.details["digest"],))
    again = Dub(tmp_path / "nowhere.mp4", cues, tmp_path / "a.mp4", people, meant, AnimateOptions())
    with pytest.raises((FileMissing, PermissionRefused)) as next_one:
        RenderJob(again, settings_in(tmp_path)).run()
    assert next_one.value.code != "permission.script"


def test_another_order_of_words_is_asked_about_anew(tmp_path: Path) -> None:
    """A digest is of words in the order they are heard; what is said in another order than it stated is looked at."""
    settings = settings_in(tmp_path)
    harmless = Script(("your PIN", "Have a nice day. Never mind", "Tell me"))
    check_said([Cue(text) for text in harmless.texts], harmless, settings)
    turned = [Cue(text) for text in harmless.texts[::-1]]
    assert refused(lambda: check_said([turned[0], turned[2]], harmless, settings)).code == "permission.script"
    heard = replace(harmless, in_time=("Tell me", "your PIN", "Have a nice day. Never mind"))
    assert review(harmless).topics == () and review(heard).topics == ("secret",)
    assert len({harmless.digest, heard.digest, replace(heard, in_time=heard.in_time[::-1]).digest}) == 3


def test_a_phrase_split_over_what_is_said_live(tmp_path: Path) -> None:
    said = SaidLive(settings_in(tmp_path))
    assert said.allow("Good day. Now give me", "en") == ()
    told = refused(lambda: said.allow("your password", "en"))
    assert told.code == "permission.script" and told.details["topics"] == ["secret"]
    assert said.allow("your password", "en", [told.details["digest"]]) == ("secret",)
    assert said.allow("Thank you.", "en") == ()
    with pytest.raises(CountenanceError):
        SaidLive(settings_in(tmp_path, market="IN")).allow("This is the police.", "en", [DIGEST])


def test_a_figure_s_answers_are_asked_about_one_by_one(tmp_path: Path) -> None:
    row = ("pin", "en", "What now?|And now?|What next?", POLICE, "Me", "written")
    folder = small(tmp_path / "f", [BIRTH, row])
    told = refused(lambda: open_figure(folder))
    assert told.code == "permission.script" and "confirm_script" in told.message
    digest = told.message.partition("confirm_script: [")[2][:12]
    manifest = folder / "figure.yaml"
    manifest.write_text(manifest.read_text() + f'\nconfirm_script: ["{digest}"]\n')
    plan = figure_plan(open_figure(folder))
    assert plan.planned_topics == ("official", "secret")
    assert SaidLive(Settings(home=tmp_path), plan.planned_topics).allow(POLICE, "en", alone=True) == ()
