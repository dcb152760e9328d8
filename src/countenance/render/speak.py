"""A portrait that speaks: text or a script → a voice → a Performance → a marked video."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from countenance import __version__
from countenance.errors import BadOption
from countenance.files import check_output, write_atomically
from countenance.marking.making import Ingredient, Making
from countenance.marking.receipt import Receipt
from countenance.marking.waveform import write_sound
from countenance.render.animate import AnimateResult, Progress, animate
from countenance.render.driving import Driving
from countenance.render.options import AnimateOptions
from countenance.render.reframing import Shape
from countenance.render.rights import Right
from countenance.render.uttering import SpeechOptions, check_speech, utter
from countenance.settings import Settings, default_settings
from countenance.speech.performance import RATE, speech_performance
from countenance.speech.script import Cue, captions
from countenance.speech.utterance import Utterance
from countenance.speech.voice import own_voice


@dataclass(frozen=True)
class SpeakResult:
    """What was made.

    Attributes:
        video: see AnimateResult.
        voice: that spoke.
        language: as the voice knows it.
        cues: what was said when.
        warnings: in plain words.
    """

    video: AnimateResult
    voice: str
    language: str
    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]


def speak(
    source: str | Path,
    text: str | list[Cue] | None,
    output: str | Path,
    *,
    permission: Right,
    speech: SpeechOptions | None = None,
    options: AnimateOptions | None = None,
    shape: Shape | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> SpeakResult:
    """Make a portrait say something.

    Args:
        source: a picture with a face.
        text: what it says: words, or cues with times; may be None for a recording.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used.
        speech: voice, language, pace; or a recording.
        shape: as for `animate`.
        options: as for `animate`; its seed also seeds blinks, gaze and head.
        progress, settings: as for `animate`.

    Raises:
        As `animate`; BadOption: no voice for the language, nothing to say; LibraryMissing: the voice's program.
    """
    speech, options = speech or SpeechOptions(), options or AnimateOptions()
    output = Path(output)
    check_output(output, [Path(source), *speech.inputs], overwrite=options.overwrite)
    check_speech(text, speech, output, overwrite=options.overwrite)
    said = utter(text, speech, options.seed)
    drive = replace(
        spoken_driving(
            said.utterance, options, speech.liveliness, recording=said.recording, voice=own_voice(speech.voice)
        ),
        captions=said.captions,
    )
    made = animate(
        source, drive, output, permission=permission, options=options, shape=shape, progress=progress, settings=settings
    )
    if speech.captions is not None:
        write_atomically(speech.captions, captions(said.cues, speech.captions.suffix[1:].lower()))
    return SpeakResult(made, said.voice, said.language, said.cues, (*said.warnings, *made.warnings))


@dataclass(frozen=True)
class SpokenSound:
    """A sound that was made.

    Attributes:
        output: the file.
        duration: seconds, without the notice.
        receipt: the exit's.
        voice, language: who spoke.
        cues: what was said when, without the notice.
        warnings: in plain words.
    """

    output: Path
    duration: Fraction
    receipt: Receipt
    voice: str
    language: str
    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]


def speak_sound(
    source: str | Path,
    text: str | list[Cue],
    output: str | Path,
    *,
    permission: Right,
    speech: SpeechOptions | None = None,
    options: AnimateOptions | None = None,
    settings: Settings | None = None,
) -> SpokenSound:
    """What a portrait would say, as sound alone. It begins with a spoken notice that it was made.

    Args:
        source: the picture of the one in whose name is spoken.
        text, permission, speech, settings: as for `speak`; a recording is not taken.
        output: a `.wav` to write.
        options: its seed, label, language, title and overwrite are heeded.

    Raises:
        As `speak`, without those of the face.
    """
    speech, options, settings = speech or SpeechOptions(), options or AnimateOptions(), settings or default_settings()
    source, output = Path(source), Path(output)
    if speech.audio is not None:
        raise BadOption("Of a recording, sound alone would be a copy.", "Give --text or --script, or make a video.")
    check_output(output, [source, *speech.inputs], overwrite=options.overwrite)
    check_speech(text, speech, output, overwrite=options.overwrite)
    permit = permission.permit_for("speak", {"source": source, **speech.likeness})
    said = utter(text, speech, options.seed)
    making = Making(
        title=options.title or "Spoken text",
        use="speak",
        engine=said.voice,
        engine_version=__version__,
        ingredients=(Ingredient("source", source), *(Ingredient(role, path) for role, path in speech.likeness.items())),
        actions=(("c2pa.edited", f"A text was spoken by the synthetic voice {said.voice}."),),
        seed=options.seed,
        label=options.label,
        sound_is_synthetic=True,
        language=options.language,
    )
    receipt = write_sound(output, said.utterance, permit, making, settings=settings, overwrite=options.overwrite)
    if speech.captions is not None:
        write_atomically(speech.captions, captions(said.cues, speech.captions.suffix[1:].lower()))
    return SpokenSound(output, said.utterance.duration, receipt, said.voice, said.language, said.cues, said.warnings)


def spoken_driving(
    utterance: Utterance,
    options: AnimateOptions,
    liveliness: float = 1.0,
    recording: Path | None = None,
    voice: Path | None = None,
) -> Driving:
    """An utterance as what drives a face, with its sound.

    Args:
        utterance: what is said.
        options, liveliness: as for `speak`.
        recording: the file it was heard in, if it was.
        voice: the user's own voice that spoke it, if it was one.
    """
    performance = speech_performance(utterance, rate=options.fps or RATE, seed=options.seed, liveliness=liveliness)
    kind = "speech" if recording is None else "recording"
    return Driving(performance, recording or voice, kind, utterance, Fraction(0), None, options.fps)


__all__ = ["Cue", "SpeakResult", "SpeechOptions", "SpokenSound", "speak", "speak_sound", "spoken_driving"]
