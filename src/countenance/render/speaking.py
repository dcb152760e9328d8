"""A portrait that speaks: text or a script → a voice → a Performance → frames; or the sound alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from countenance._version import __version__
from countenance.engines import load_engine
from countenance.errors import BadOption
from countenance.face.subject import PictureSubject
from countenance.files import check_output
from countenance.marking.render_spec import Making
from countenance.media.source import Source, path_of, pinned
from countenance.performance.shut_lips import lips_shut
from countenance.permission.authorisation import Right, in_language
from countenance.permission.permit import Permit
from countenance.permission.rules import numbered
from countenance.render.animation import moved
from countenance.render.job import Film, Inputs, Recipe, Said, SoundOnly, permitted
from countenance.render.motion_source import Driving
from countenance.render.options import AnimateOptions
from countenance.render.people import People, check_alone, people_of, pictured
from countenance.render.reframing import AspectShape
from countenance.render.script_review import script_of
from countenance.render.speech_source import SpeechOptions, check_speech
from countenance.render.spoken_parts import (
    SpokenPart,
    in_chorus,
    left_out,
    review_parts,
    rights_of,
    script_of_parts,
    spoken_by,
    spoken_parts,
    voice_roles,
    voices_of,
)
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
        permission: why this likeness may be used to `speak`; of a recording or a voice of one's own, the voice too. Or
            several people of the picture, as for `Dub`.
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
        permission: People,
        speech: SpeechOptions,
        options: AnimateOptions,
        shape: AspectShape | None = None,
    ) -> None:
        self._source, self._captions = source, speech.captions
        self.output, self.overwrite = Path(output), options.overwrite
        self._options, self._shape = options, shape
        self._people = people_of(permission, options.face, "speaker", "speech")
        self._parts, self._left = spoken_parts(self._people, text, speech), left_out(self._people, text)
        faces = (numbered("source", k) for k in range(len(self._people)))
        self.roles = (*faces, *voice_roles(self._parts))
        self.rights = rights_of(self._people, self._parts, self.roles)
        self.script = script_of_parts(self._parts)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        read = [path_of(self._source), *(path for one in self._parts for path in one.speech.inputs)]
        check_output(self.output, read, overwrite=self.overwrite)
        for one in self._parts:
            check_speech(one.text, one.speech, self.output, overwrite=self.overwrite)
        review_parts(self._parts, settings)
        check_alone(self._people, self._options, self._shape)
        load_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        return Inputs({**pictured(self._source, self._people, settings), **voices_of(self._parts)})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film:
        """See Recipe."""
        each = [spoken_by(inputs, permit, one, self._options) for one in self._parts]
        spoken = in_chorus(each)
        parts = []
        for k, (said, part) in enumerate(zip(each, self._parts, strict=True)):
            source = permitted(inputs, numbered("source", k), PictureSubject, permit)
            drive = spoken_driving(
                said.utterance,
                replace(self._options, seed=self._options.seed + k),
                part.speech.liveliness,
                recorded=said.recording is not None,
            )
            shut = lips_shut(drive.performance, source.subject.face)
            parts.append((source, replace(drive, performance=shut, sound=spoken.utterance, captions=spoken.captions)))
        result = Said(spoken.voice, spoken.language, spoken.cues, self._captions)
        return moved(parts, self._options, self._shape, settings, result, (*self._left, *spoken.warnings))


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
        return Inputs({"source": subject, **voices_of([SpokenPart(self._text, self._speech)])})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> SoundOnly:
        """See Recipe."""
        del settings
        spoken = spoken_by(inputs, permit, SpokenPart(self._text, self._speech), self._options)
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
