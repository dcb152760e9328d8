"""A portrait that speaks: text or a script → a voice → a Performance → frames; or the sound alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from countenance._version import __version__
from countenance.engines import load_engine
from countenance.errors import BadOption
from countenance.face.subject import PictureSubject, Subject, VoiceSubject
from countenance.files import check_output
from countenance.marking.render_spec import Making
from countenance.media.source import Source, path_of, pinned
from countenance.performance.shut_lips import lips_shut
from countenance.permission.authorisation import Right, in_language
from countenance.permission.permit import Permit
from countenance.render.animation import moved
from countenance.render.job import Film, Inputs, Recipe, Said, SoundOnly, permitted
from countenance.render.motion_source import Driving
from countenance.render.options import AnimateOptions
from countenance.render.reframing import AspectShape
from countenance.render.script_look import script_of
from countenance.render.speech_source import SpeechOptions, Uttered, check_speech, utter
from countenance.settings import Settings
from countenance.speech.performance import RATE, speech_performance
from countenance.speech.script import Cue
from countenance.speech.utterance import Utterance


class Speak(Recipe):
    """Make a portrait say something.

    Args:
        source: a picture with a face.
        text: words, or cues with times; may be None for a recording.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used to `speak`; of a recording or a voice of one's own, the voice too.
        speech: voice, language, pace, captions; or a recording.
        options: as for `Animate`.
        shape: as for `Animate`.
    """

    use = "speak"

    def __init__(
        self,
        source: str | Path | Source,
        text: str | list[Cue] | None,
        output: str | Path,
        permission: Right,
        speech: SpeechOptions,
        options: AnimateOptions,
        shape: AspectShape | None = None,
    ) -> None:
        self._source, self._text, self._speech = source, text, speech
        self.output, self.overwrite = Path(output), options.overwrite
        self._options, self._shape = options, shape
        self.roles = ("source", *speech.roles)
        self.rights = dict.fromkeys(self.roles, in_language(permission, speech.language))
        self.script = script_of(text, speech)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        check_output(self.output, [path_of(self._source), *self._speech.inputs], overwrite=self.overwrite)
        check_speech(self._text, self._speech, self.output, overwrite=self.overwrite)
        load_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        source = pinned(self._source)
        voice = voice_subject(self._speech)
        subject = PictureSubject(source, self._options.face, least_eyes=settings.min_eye_distance)
        return Inputs({"source": subject, **voice})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film:
        """See Recipe."""
        source = permitted(inputs, "source", PictureSubject, permit)
        spoken = spoken_by(inputs, permit, self._text, self._speech, self._options)
        drive = replace(
            spoken_driving(
                spoken.utterance, self._options, self._speech.liveliness, recorded=spoken.recording is not None
            ),
            captions=spoken.captions,
        )
        drive = replace(drive, performance=lips_shut(drive.performance, source.subject.face))
        said = Said(spoken.voice, spoken.language, spoken.cues, self._speech.captions)
        return moved(source, drive, self._options, self._shape, settings, said, spoken.warnings)


class SpeakSound(Recipe):
    """What a portrait would say, as sound alone. It begins with a spoken notice that it was made.

    Args:
        source: the picture of the one in whose name is spoken.
        text, permission, speech: as for `Speak`; a recording is not taken.
        output: a `.wav` to write.
        options: its face, seed, label, language, title and overwrite count.
    """

    use = "speak"

    def __init__(
        self,
        source: str | Path | Source,
        text: str | list[Cue],
        output: str | Path,
        permission: Right,
        speech: SpeechOptions,
        options: AnimateOptions,
    ) -> None:
        self._source, self._text, self._speech = source, text, speech
        self.output, self.overwrite, self._options = Path(output), options.overwrite, options
        self.roles = ("source", *speech.roles)
        self.rights = dict.fromkeys(self.roles, in_language(permission, speech.language))
        self.script = script_of(text, speech)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        del settings
        if self._speech.audio is not None:
            raise BadOption("Of a recording, sound alone would be a copy.", "Give --text or --script, or make a video.")
        check_output(self.output, [path_of(self._source), *self._speech.inputs], overwrite=self.overwrite)
        check_speech(self._text, self._speech, self.output, overwrite=self.overwrite)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        subject = PictureSubject(pinned(self._source), self._options.face, least_eyes=settings.min_eye_distance)
        return Inputs({"source": subject, **voice_subject(self._speech)})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> SoundOnly:
        """See Recipe."""
        del settings
        spoken = spoken_by(inputs, permit, self._text, self._speech, self._options)
        options = self._options
        making = Making(
            title=options.title or "Spoken text",
            use="speak",
            engine=spoken.voice,
            engine_version=__version__,
            ingredients=(),
            actions=(("c2pa.edited", f"A text was spoken by the synthetic voice {spoken.voice}."),),
            seed=options.seed,
            label=options.label,
            sound_is_synthetic=True,
            language=options.language,
        )
        said = Said(spoken.voice, spoken.language, spoken.cues, self._speech.captions)
        return SoundOnly(making, spoken.utterance, said, spoken.warnings)


def voice_subject(speech: SpeechOptions) -> dict[str, Subject]:
    """The person whose voice is lent, by role; empty where a voice that is nobody's speaks."""
    return {} if speech.lent is None else {"voice": VoiceSubject(pinned(speech.lent))}


def spoken_by(
    inputs: Inputs, permit: Permit, text: str | list[Cue] | None, speech: SpeechOptions, options: AnimateOptions
) -> Uttered:
    """The speech: by a voice of nobody, or with the voice of the person whom the permit names. Raises as `utter`."""
    if "voice" not in inputs.subjects:
        return utter(text, speech, options.seed)
    voice = permitted(inputs, "voice", VoiceSubject, permit).subject
    return utter(text, speech, options.seed, lent=voice.source)


def spoken_driving(
    utterance: Utterance, options: AnimateOptions, liveliness: float = 1.0, *, recorded: bool = False
) -> Driving:
    """An utterance as what drives a face, with its sound.

    Args:
        utterance: what is said.
        options, liveliness: as for `Speak`.
        recorded: whether it was heard in a recording.
    """
    performance = speech_performance(utterance, rate=options.fps or RATE, seed=options.seed, liveliness=liveliness)
    kind = "recording" if recorded else "speech"
    return Driving(performance, None, kind, utterance, Fraction(0), None, options.fps)
