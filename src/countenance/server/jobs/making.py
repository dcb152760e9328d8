"""A job made: what was asked for, handed to the studio's own recipes, and what came out. Asks no policy and opens no
exit itself: `Studio` does both, for jobs from here as for any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countenance.errors import CountenanceError, FileMissing
from countenance.files import sha256_file
from countenance.server.jobs import spec
from countenance.server.jobs.job import Job
from countenance.server.places import SAMPLES, Places, sample
from countenance.settings import Settings

if TYPE_CHECKING:
    from countenance.permission import Right
    from countenance.render.job import Recipe
    from countenance.render.options import AnimateOptions
    from countenance.render.reframing import AspectShape
    from countenance.render.result import RenderResult
    from countenance.speech.script import Cue

Progress = Callable[[int, int | None], None]


def warm() -> None:
    """Load what draws."""


def make(job: Job, settings: Settings, progress: Progress, cancel: Any) -> dict[str, Any]:
    """Make what a job asks for, once: what an earlier attempt finished, of which nobody was told, is taken as it is.

    Returns:
        As `RenderResult.as_dict`, with the names of files instead of their places.

    Raises:
        CountenanceError: as `Studio.run`.
    """
    places = Places.at_home(settings)
    folder = places.result_folder(job.id)
    if job.attempts > 1 and (found := finished_before(job, places, settings)) is not None:
        return found
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = body_of(job)
    output = folder / f"{job.id}{suffix_of(body, places)}"
    from countenance.studio import Studio

    recipe = recipe_of(body, output, settings, places)
    return _told(Studio(settings).run(recipe, progress=progress, cancel=cancel))


def body_of(job: Job) -> Any:
    """What was asked for, as it was checked."""
    from pydantic import TypeAdapter

    return TypeAdapter(spec.JobBody).validate_python(job.spec)


def right_of(said: spec.PublicDomainRight | spec.GrantRight, settings: Settings) -> Right:
    """The right that a body states. Raises PermissionRefused, BadOption; FileMissing: there is no such grant here."""
    from countenance.permission import Circumstances, GrantFile
    from countenance.permission.authorisation import public_domain

    if isinstance(said, spec.PublicDomainRight):
        # Refused for its purpose before anything else is asked.
        Circumstances(said.purpose, said.territories)
        return public_domain(said.work, said.basis, purpose=said.purpose, territories=said.territories)
    path = settings.home / "grants" / f"{said.grant}.jwt"
    circumstances = Circumstances(said.purpose, said.territories, said.languages)
    if not path.is_file():
        raise FileMissing(
            f"There is no grant {said.grant} here.",
            "Ask the person for one, or bring the file that they signed.",
            code="permission.no_grant",
        )
    return GrantFile(path, circumstances)


def _asked(body: Any, settings: Settings) -> Right:
    """The right, asked in the language that is spoken, where something is."""
    from countenance.permission.authorisation import in_language

    right, speech = right_of(body.right, settings), getattr(body, "speech", None)
    return right if speech is None else in_language(right, speech.language)


def preflight(body: Any, settings: Settings) -> None:
    """Refuse what can be refused before anything waits: rights that do not hold, whoever is in the files.

    Raises:
        PermissionRefused, BadOption, FileMissing: as `permission.authorisation.Authorisation.preflight`, and as
        `render.script_review.allowed_script`.
    """
    from countenance.permission import Authorisation
    from countenance.permission.scripts import Script
    from countenance.render.script_review import allowed_script

    right = _asked(body, settings)
    if isinstance(body, (spec.Speak, spec.Dub)):
        texts = tuple(cue.text for cue in text_of(body.speech) or ())
        recorded = body.speech.recording is not None
        allowed_script(Script(texts, body.speech.language, body.speech.confirm_script, recorded), settings)
    if isinstance(body, spec.Animate):
        roles: tuple[str, ...] = ("source", *(() if body.motion.startswith("authored:") else ("driver",)))
    elif isinstance(body, spec.Swap):
        roles = ("source", "plate")
    else:
        recording = getattr(getattr(body, "speech", None), "recording", None)
        roles = ("source" if isinstance(body, spec.Speak) else "plate", *(("voice",) if recording else ()))
    rights = {role: right for role in roles if role != "driver"}
    if isinstance(body, spec.Swap):
        if body.double_right is None:
            del rights["plate"]
        else:
            rights["plate"] = right_of(body.double_right, settings)
    with Authorisation(body.recipe, rights, settings) as asking:
        asking.preflight(roles)


def draw_options(said: spec.DrawOptions, title: str = "") -> AnimateOptions:
    """As the renderer takes them. Raises BadOption."""
    from fractions import Fraction

    from countenance.render.options import AnimateOptions

    return AnimateOptions(
        face=said.face,
        driving_face=said.driving_face,
        expression=said.expression,
        head=said.head,
        crop=said.crop,
        size=said.size,
        fps=None if said.fps is None else Fraction(said.fps),
        start=spec.exact(said.start),
        duration=None if said.duration is None else spec.exact(said.duration),
        motion=said.motion,
        mouth=said.mouth,
        shading=said.shading,
        sound=said.sound,
        on_missing_face=said.on_missing_face,
        seed=said.seed,
        label=_label(said.label),
        language=said.language,
        title=title,
    )


def file_of(reference: str, places: Places) -> Path:
    """The file that a body names by number or as a sample. Raises FileMissing."""
    if reference in SAMPLES:
        return sample(reference)
    path = places.upload(reference)
    if not path.is_file():
        raise FileMissing("The upload is not here any more.", "Upload the file again.")
    return path


def likeness_of(reference: str, settings: Settings, places: Places) -> Path:
    """A likeness that was uploaded, or is kept here under its number. Raises FileMissing."""
    from countenance.permission.likeness_keys import LikenessKeys

    if reference.startswith("upl_"):
        return file_of(reference, places)
    return Path(LikenessKeys.at_home(settings).need(reference, "this likeness").path)


def motion_of(reference: str, places: Places) -> str | Path:
    """What drives a face: an authored take by its name, or a file."""
    return reference if reference.startswith("authored:") else file_of(reference, places)


def suffix_of(body: Any, places: Places) -> str:
    """Of the file that will be written: a picture stays one."""
    if isinstance(body, (spec.Swap, spec.Reage)):
        from countenance.errors import NotAPicture
        from countenance.media.picture import read_picture
        from countenance.media.source import Source

        try:
            read_picture(Source.pin(file_of(body.plate, places)))
        except NotAPicture:
            return ".mp4"
        return ".png"
    return ".mp4"


def problem_of(error: BaseException) -> dict[str, Any]:
    """What is told of a job that failed."""
    if isinstance(error, CountenanceError):
        return {"code": error.code, "message": error.message, "remedy": error.remedy, "status": error.http_status}
    return {
        "code": "internal",
        "message": f"Something unforeseen happened ({type(error).__name__}).",
        "remedy": "Try it again, and report what the log says.",
        "status": 500,
    }


def finished_before(job: Job, places: Places, settings: Settings) -> dict[str, Any] | None:
    """The result of an attempt that was killed after its file had left; None where there is none.

    The registry knows every file that left, by its hash: a file that it does not know is not taken, and goes.
    """
    from countenance.marking.render_registry import Registry

    path = places.result(job.id)
    if path is None:
        return None
    digest = sha256_file(path)
    with Registry.open(settings) as registry:
        render = registry.by_file(digest)
    if render is None:
        places.wipe_result(job.id)
        return None
    return {
        "use": render.use,
        "output": path.name,
        "sha256": digest,
        "frames": render.frames,
        "frames_redrawn": None,
        "frames_without_face": None,
        "seconds": float(render.duration),
        "size": [render.width, render.height],
        "render_id": f"{render.payload:016x}",
        "permit": render.permit_id,
        "manifest_id": render.manifest_id,
        "signer": render.signer,
        "time_stamped": False,
        "marks": list(render.marks),
        "label": None,
        "sidecar": None,
        "voice": None,
        "language": None,
        "captions": None,
        "warnings": [],
        "about": {},
    }


def recipe_of(body: Any, output: Path, settings: Settings, places: Places) -> Recipe:
    """What a body asks for, as the studio makes it. Raises as `right_of` and `file_of`."""
    from countenance.render.animation import Animate
    from countenance.render.dubbing import Dub
    from countenance.render.face_swap import Reage, Swap, SwapOptions
    from countenance.render.speaking import Speak

    right = right_of(body.right, settings)
    if isinstance(body, spec.Animate):
        motion = motion_of(body.motion, places)
        return Animate(file_of(body.source, places), motion, output, right, draw_options(body.options, body.title))
    if isinstance(body, (spec.Speak, spec.Dub)):
        text, speech = text_of(body.speech), _speech(body.speech, places)
        options, shape = draw_options(body.options, body.title), _shape(body)
        if isinstance(body, spec.Speak):
            return Speak(file_of(body.source, places), text, output, right, speech, options, shape)
        bed = None if body.bed is None else file_of(body.bed, places)
        return Dub(file_of(body.plate, places), text, output, right, speech, options, bed, shape)
    said = body.options
    swapping = SwapOptions(
        face=said.face, area=said.area, shape=said.shape, years=said.years, current_age=said.current_age,
        glasses=said.glasses, start=spec.exact(said.start), end=None if said.end is None else spec.exact(said.end),
        seed=said.seed, label=_label(said.label), language=said.language, title=body.title,
    )  # fmt: skip
    plate = file_of(body.plate, places)
    if isinstance(body, spec.Swap):
        double = None if body.double_right is None else right_of(body.double_right, settings)
        return Swap(plate, likeness_of(body.likeness, settings, places), output, right, double, swapping)
    return Reage(plate, output, right, swapping)


def _shape(body: spec.Speak | spec.Dub) -> AspectShape | None:
    from fractions import Fraction

    from countenance.render.reframing import AspectShape

    width, _, height = body.shape.partition(":")
    return AspectShape(Fraction(int(width), int(height)), body.fit) if height else None


def text_of(said: spec.Speech) -> list[Cue] | None:
    """What is said; None where a recording says it. Raises BadDocument, EmptyFile: subtitles that are none."""
    from countenance.speech.script import parse_script

    return parse_script(said.text, "The text", said.format) if said.text.strip() else None


def _speech(said: spec.Speech, places: Places) -> Any:
    from countenance.render.speech_source import SpeechOptions

    return SpeechOptions(
        voice=said.voice,
        language=said.language,
        pace=said.pace,
        liveliness=said.liveliness,
        audio=None if said.recording is None else file_of(said.recording, places),
        confirm_script=said.confirm_script,
    )


def _label(said: spec.Label) -> Any:
    from countenance.marking.render_spec import LabelChoice

    return LabelChoice.parse(said.style, said.corner, said.opacity)


def _told(result: RenderResult) -> dict[str, Any]:
    said = result.as_dict()
    for name in ("output", "sidecar", "captions"):
        said[name] = Path(said[name]).name if said[name] else None
    told: dict[str, Any] = json.loads(json.dumps(said))
    return told
