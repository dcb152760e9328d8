"""A portrait that speaks: text or a script → a voice → a Performance → a marked video."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from countenance.errors import BadOption
from countenance.files import check_output, write_atomically
from countenance.render.animate import AnimateResult, Progress, animate
from countenance.render.driving import Driving
from countenance.render.options import AnimateOptions
from countenance.render.rights import Right
from countenance.settings import Settings
from countenance.speech.performance import RATE, speech_performance
from countenance.speech.script import Cue, Spoken, captions, speak_cues
from countenance.speech.utterance import Utterance
from countenance.speech.voice import choose_voice


@dataclass(frozen=True)
class SpeechOptions:
    """How text is spoken.

    Attributes:
        voice: by name; None takes the first that speaks the language.
        language: BCP 47, of the text.
        pace: 1 is the voice's own, 0.5 to 2.
        liveliness: strength of head, brows and gaze, 0 to 2.
        captions: a .srt or .vtt to write beside, or None.
    """

    voice: str | None = None
    language: str = "en"
    pace: float = 1.0
    liveliness: float = 1.0
    captions: Path | None = None

    def __post_init__(self) -> None:
        if not 0.5 <= self.pace <= 2:
            raise BadOption(f"A pace of {self.pace:g} cannot be spoken.", "Use 0.5 to 2.")
        if not 0 <= self.liveliness <= 2:
            raise BadOption(f"A liveliness of {self.liveliness:g} is out of range.", "Use 0 to 2.")
        if self.captions is not None and self.captions.suffix.lower() not in (".srt", ".vtt"):
            raise BadOption(f"{self.captions.name} is no caption file.", "Write a .srt or a .vtt.")


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
    text: str | list[Cue],
    output: str | Path,
    *,
    permission: Right,
    speech: SpeechOptions | None = None,
    options: AnimateOptions | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> SpeakResult:
    """Make a portrait say something.

    Args:
        source: a picture with a face.
        text: what it says: words, or cues with times.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used.
        speech: voice, language, pace.
        options: as for `animate`; its seed also seeds blinks, gaze and head.
        progress, settings: as for `animate`.

    Raises:
        As `animate`; BadOption: no voice for the language, nothing to say; LibraryMissing: the voice's program.
    """
    speech, options = speech or SpeechOptions(), options or AnimateOptions()
    cues = [Cue(text)] if isinstance(text, str) else text
    if not any(cue.text.strip() for cue in cues):
        raise BadOption("There is no text to speak.", "Give it with --text, or a file with --script.")
    check_output(Path(output), [Path(source)], overwrite=options.overwrite)
    if speech.captions is not None:
        check_output(speech.captions, [Path(source), Path(output)], overwrite=options.overwrite)
    voice, language = choose_voice(speech.voice, speech.language)
    spoken = speak_cues(cues, voice, language, rate=speech.pace, seed=options.seed)
    drive = spoken_driving(spoken.utterance, options, speech.liveliness)
    made = animate(source, drive, output, permission=permission, options=options, progress=progress, settings=settings)
    if speech.captions is not None:
        write_atomically(speech.captions, captions(spoken.cues, speech.captions.suffix[1:].lower()))
    return SpeakResult(made, voice.name, language, spoken.cues, spoken.warnings)


def spoken_driving(utterance: Utterance, options: AnimateOptions, liveliness: float = 1.0) -> Driving:
    """An utterance as what drives a face, with its sound."""
    performance = speech_performance(utterance, rate=options.fps or RATE, seed=options.seed, liveliness=liveliness)
    return Driving(performance, None, "speech", utterance, Fraction(0), None, options.fps)


__all__ = ["Cue", "SpeakResult", "SpeechOptions", "Spoken", "speak", "spoken_driving"]
