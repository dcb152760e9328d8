"""What is to be said, made sound: spoken by a voice, or recorded and listened to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from countenance.errors import BadOption
from countenance.files import check_output
from countenance.marking.caption_track import Caption
from countenance.media.source import Source, path_of, pinned
from countenance.speech.script import Cue, check_overlaps, speak_cues
from countenance.speech.utterance import Utterance
from countenance.speech.voice import choose_voice, own_voice

RECORDED = "recorded"


@dataclass(frozen=True)
class SpeechOptions:
    """How text is spoken.

    Attributes:
        voice: by name; None takes the first that speaks the language.
        language: BCP 47, of the text or the recording.
        pace: 1 is the voice's own, 0.5 to 2.
        liveliness: strength of head, brows and gaze, 0 to 2.
        captions: a .srt or .vtt to write beside, or None.
        audio: recorded speech to use instead of a voice; what is said in it may be given as text.
        confirm_script: digests of words that are meant although they read like an impostor's; the refusal names
            them.
    """

    voice: str | None = None
    language: str = "en"
    pace: float = 1.0
    liveliness: float = 1.0
    captions: Path | None = None
    audio: Path | Source | None = None
    confirm_script: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0.5 <= self.pace <= 2:
            raise BadOption(f"A pace of {self.pace:g} cannot be spoken.", "Use 0.5 to 2.")
        if not 0 <= self.liveliness <= 2:
            raise BadOption(f"A liveliness of {self.liveliness:g} is out of range.", "Use 0 to 2.")
        if self.captions is not None and self.captions.suffix.lower() not in (".srt", ".vtt"):
            raise BadOption(f"{self.captions.name} is no caption file.", "Write a .srt or a .vtt.")
        if self.audio is not None and (self.voice is not None or self.pace != 1):
            raise BadOption(
                "A recording is heard as it is; it takes neither a voice nor a pace.",
                "Leave --voice and --pace away, or --audio.",
            )

    @property
    def lent(self) -> Path | Source | None:
        """The file of somebody's voice: a recording, or a voice of the user's own; None where nobody's speaks."""
        return self.audio or own_voice(self.voice)

    @property
    def roles(self) -> tuple[str, ...]:
        """Of whom is asked beside the face."""
        return () if self.lent is None else ("voice",)

    @property
    def inputs(self) -> list[Path]:
        """Files that are read."""
        return [] if self.lent is None else [path_of(self.lent)]


@dataclass(frozen=True)
class Uttered:
    """Speech, and where it came from.

    Attributes:
        utterance: the sound and its phones.
        cues: what is said when; none where a recording's words are not known.
        voice: that spoke; RECORDED for a recording.
        language: as the voice knows it.
        warnings: in plain words.
        recording: its file; None where a voice spoke.
    """

    utterance: Utterance
    cues: tuple[Cue, ...]
    voice: str
    language: str
    warnings: tuple[str, ...]
    recording: Source | None = None

    @property
    def captions(self) -> tuple[Caption, ...]:
        """The cues as a text track shows them."""
        timed = (cue for cue in self.cues if cue.start is not None and cue.end is not None)
        return tuple(Caption(cue.text, cue.start, cue.end, self.language) for cue in timed)  # type: ignore[arg-type]


def cues_of(text: str | list[Cue] | None) -> list[Cue]:
    """Words as cues; none where there is nothing to say."""
    cues = [Cue(text or "")] if text is None or isinstance(text, str) else text
    return [cue for cue in cues if cue.text.strip()]


def check_speech(text: str | list[Cue] | None, speech: SpeechOptions, output: Path, *, overwrite: bool) -> None:
    """Refuse at once what cannot be said or written.

    Raises:
        BadOption: nothing is to be said, or captions are wanted of words that are not known. OutputIsInput,
        OutputExists, OutputFolder: of the captions.
    """
    cues = cues_of(text)
    if not cues and speech.audio is None:
        raise BadOption(
            "There is no text to speak.", "Give it with --text, a file with --script, or a recording with --audio."
        )
    check_overlaps(cues)
    if speech.captions is not None:
        if not cues:
            raise BadOption(
                "The words of the recording are not known, so there is nothing to caption.",
                "Give them with --text or --script, or leave --captions away.",
            )
        check_output(speech.captions, [output, *speech.inputs], overwrite=overwrite)


def utter(text: str | list[Cue] | None, speech: SpeechOptions, seed: int = 0, *, lent: Source | None = None) -> Uttered:
    """Speak, or listen to the recording.

    Args:
        text, speech: what is said, and how.
        seed: of what is random in a voice.
        lent: the pinned file of `speech.lent`; needed where there is one.

    Raises:
        BadOption: no voice for the language; no speech in the recording, or other words than the text.
        LibraryMissing: the voice's program. InputError: the recording cannot be read.
    """
    cues = cues_of(text)
    if speech.audio is None:
        voice, language = choose_voice(speech.voice, speech.language, lent)
        spoken = speak_cues(cues, voice, language, rate=speech.pace, seed=seed)
        return Uttered(spoken.utterance, spoken.cues, voice.name, language, spoken.warnings)
    from countenance.speech.recorded import listen

    recording = lent or pinned(speech.audio)
    heard = listen(recording, text=" ".join(cue.text for cue in cues) or None, language=speech.language)
    timed = [cue if cue.start is not None else Cue(cue.text, Fraction(0), heard.utterance.duration) for cue in cues]
    return Uttered(heard.utterance, tuple(timed), RECORDED, speech.language, heard.warnings, recording)
