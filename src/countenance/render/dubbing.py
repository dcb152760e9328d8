"""Dub a clip: the people in it stay as they are, and one of them says something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from countenance.engines import PlateOptions, load_plate_engine
from countenance.engines.protocol import MouthMotion
from countenance.errors import BadOption
from countenance.face.subject import ClipSubject
from countenance.files import check_output
from countenance.marking.render_spec import UNASKED_BED, Making
from countenance.media.frames import VideoFrame
from countenance.media.source import Source, path_of, pinned
from countenance.media.video import open_video
from countenance.performance.expression import landmark_motion
from countenance.permission.authorisation import Right, in_language
from countenance.permission.permit import Permit
from countenance.render.job import Drawn, Film, Inputs, Recipe, Said, permitted
from countenance.render.options import AnimateOptions
from countenance.render.plates import missed, plate_of
from countenance.render.prefetch import ahead
from countenance.render.reframing import AspectShape, FacePosition, Reframing, look
from countenance.render.script_look import script_of
from countenance.render.sound_mix import voiceover
from countenance.render.speaking import spoken_by, voice_subject
from countenance.render.speech_source import SpeechOptions, Uttered, check_speech
from countenance.settings import Settings
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.script import Cue
from countenance.speech.utterance import Utterance

LOOKS = Fraction(5)  # a second, at the clip, to know where its face goes
OVERHANG = Fraction(1, 2)  # seconds by which speech may outlast the clip before people are warned


class Dub(Recipe):
    """Redraw the mouth of one person in a clip to new speech; frames without them pass as they are.

    Args:
        plate: the clip.
        text: what is said: words from the clip's start, or cues with times; may be None for a recording.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used to `dub`; of a recording or a voice of one's own, the voice too.
        speech: voice, language, pace, captions; or a recording.
        options: `face`, `mouth`, `expression`, `seed`, label, title and overwrite count.
        bed: music and effects to keep under the voice; whose voices are in it is not asked, and the manifest says so.
        shape: the clip's own when None; else `options.size` is the longer side.
    """

    use = "dub"

    def __init__(
        self,
        plate: str | Path | Source,
        text: str | list[Cue] | None,
        output: str | Path,
        permission: Right,
        speech: SpeechOptions,
        options: AnimateOptions,
        bed: str | Path | Source | None = None,
        shape: AspectShape | None = None,
    ) -> None:
        self._plate, self._text, self._speech, self._options = plate, text, speech, options
        self.output, self.overwrite = Path(output), options.overwrite
        self._bed, self._shape = bed, shape
        self.rights = dict.fromkeys(("plate", *speech.roles), in_language(permission, speech.language))
        self.roles = (*self.rights, *(("bed",) if bed is not None else ()))
        self.script = script_of(text, speech)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        read = [path_of(self._plate), *([path_of(self._bed)] if self._bed else []), *self._speech.inputs]
        check_output(self.output, read, overwrite=self.overwrite)
        check_speech(self._text, self._speech, self.output, overwrite=self.overwrite)
        load_plate_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        plate = pinned(self._plate)
        with open_video(plate) as video:
            check_begins(self._text, video.info.duration, plate.name)
        voice = voice_subject(self._speech)
        beds = {} if self._bed is None else {"bed": pinned(self._bed)}
        subject = ClipSubject(plate, self._options.face, least_eyes=settings.min_eye_distance)
        return Inputs({"plate": subject, **voice}, beds)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film:
        """See Recipe."""
        options = self._options
        plate = permitted(inputs, "plate", ClipSubject, permit).subject
        bed = inputs.others.get("bed")
        info = plate.info
        spoken = spoken_by(inputs, permit, self._text, self._speech, options)
        length = info.duration if info.duration is not None else spoken.utterance.duration
        warnings = list(spoken.warnings)
        if spoken.utterance.duration > length + OVERHANG:
            over = float(spoken.utterance.duration - length)
            warnings.append(f"The speech is {over:.1f} s longer than the clip; its end is cut.")
        framing = None if self._shape is None else _framing(plate, self._shape, options)
        size = (info.width, info.height) if framing is None else framing.size
        if framing is not None:
            warnings += framing.warnings
        engine = load_plate_engine(settings.engine)
        rig = engine.prepare_dub(
            plate_of(plate),
            _motion(spoken.utterance, info.average_rate, length, options.expression),
            PlateOptions(mouth=options.mouth, seed=options.seed),
        )
        passed = [0]

        def frames() -> Iterator[Drawn]:
            for count, seen in enumerate(ahead(plate.follow(), depth=2)):
                pixels, time = seen.frame.pixels, seen.frame.time
                if seen.face is not None:
                    pixels = rig.draw(pixels, seen.face, time=time, cut=seen.cut)
                else:
                    passed[0] += 1
                if framing is not None:
                    pixels = framing.draw(pixels, time, seen.face)
                yield Drawn(VideoFrame(pixels, time, count), seen.face is not None)

        def told() -> Sequence[str]:
            return (*warnings, *missed(passed[0], info.frame_count))

        return Film(
            making=Making(
                title=options.title or "Dubbed clip",
                use="dub",
                engine=engine.name,
                engine_version=engine.version,
                ingredients=(),
                actions=(
                    ("c2pa.dubbed", f"The mouth was redrawn to speech {_by(spoken)}."),
                    *((("c2pa.edited", UNASKED_BED),) if bed is not None else ()),
                ),
                seed=options.seed,
                label=options.label,
                sound_is_synthetic=spoken.recording is None,
                language=options.language,
            ),
            size=size,
            rate=info.average_rate,
            frames=frames(),
            total=info.frame_count,
            audio=voiceover(spoken.utterance, plate.source, bed, length),
            captions=spoken.captions,
            said=Said(spoken.voice, spoken.language, spoken.cues, self._speech.captions),
            warnings=told,
        )


def _framing(plate: ClipSubject, shape: AspectShape, options: AnimateOptions) -> Reframing:
    """How a clip is brought into a shape with the person kept in it. Raises InputError, SetupError, BadOption."""
    looks: list[FacePosition] = []
    for seen in plate.follow():
        if seen.face is not None and (not looks or seen.frame.time >= looks[-1].time + 1 / LOOKS):
            looks.append(look(seen.face, seen.frame.time))
    info = plate.info
    return Reframing(info.width, info.height, shape.ratio, looks, shape.fit, options.size)


def check_begins(text: str | list[Cue] | None, length: Fraction | None, name: str) -> None:
    """Raises BadOption where all of a script comes after a clip's end: it belongs to another clip."""
    starts = [cue.start for cue in text if cue.start is not None] if isinstance(text, list) else []
    if length is not None and starts and min(starts) >= length:
        raise BadOption(
            f"The script begins at {float(min(starts)):.1f} s, but {name} ends at {float(length):.1f} s.",
            "Give the script of this clip, or move its times.",
        )


def _by(spoken: Uttered) -> str:
    return "that was recorded" if spoken.recording is not None else f"by the synthetic voice {spoken.voice}"


def _motion(said: Utterance, rate: Fraction, length: Fraction, strength: float) -> MouthMotion:
    count = max(2, int(np.ceil(float(max(length, said.duration) * rate))) + 1)
    times = np.arange(count) / float(rate)
    shapes = mouth_blendshapes(said, times, strength).astype(np.float32)
    return lambda time: landmark_motion(shapes[min(count - 1, round(time * rate))]).astype(np.float32)
