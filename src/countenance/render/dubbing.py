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
from countenance.face.together import follow_together
from countenance.files import check_output
from countenance.marking.render_spec import UNASKED_BED, Making
from countenance.media.frames import VideoFrame
from countenance.media.source import Source, path_of, pinned
from countenance.media.video import open_video
from countenance.performance.expression import landmark_motion
from countenance.permission.permit import Permit
from countenance.permission.rules import numbered
from countenance.render.job import Drawn, Film, Inputs, Recipe, Said, permitted
from countenance.render.options import AnimateOptions
from countenance.render.people import People, Tally, filmed, one_only, people_of, redrawn
from countenance.render.plates import plate_of, sized
from countenance.render.prefetch import ahead
from countenance.render.reframing import AspectShape, FacePosition, Reframing, look
from countenance.render.sound_mix import voiceover
from countenance.render.speech_source import SpeechOptions, Uttered, check_speech
from countenance.render.spoken_parts import (
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
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.script import Cue
from countenance.speech.utterance import Utterance

LOOKS = Fraction(5)  # a second, at the clip, to know where its face goes
OVERHANG = Fraction(1, 2)  # seconds by which speech may outlast the clip before people are warned


class Dub(Recipe):
    """Redraw the mouth of one person in a clip, or of several, to new speech; frames without them pass as they are.

    Args:
        plate: the clip.
        text: what is said: words from the clip's start, or cues with times; may be None for a recording.
        output: an `.mp4`, `.mov` or `.webm` to write.
        permission: why this likeness may be used to `dub`; of a recording or a voice of one's own, the voice too. Or
            several people, a Person each, who say their own cues of a script, or their own recording.
        speech: voice, language, pace, captions; or a recording.
        options: `face`, `mouth`, `expression`, `seed`, label, title and overwrite count.
        bed: music and effects to keep under the voice; whose voices are in it is not asked, and the manifest says so.
        shape: the clip's own when None. `options.size` is the longer side.
    """

    use = "dub"

    def __init__(
        self,
        plate: str | Path | Source,
        text: str | list[Cue] | None,
        output: str | Path,
        permission: People,
        speech: SpeechOptions,
        options: AnimateOptions,
        bed: str | Path | Source | None = None,
        shape: AspectShape | None = None,
    ) -> None:
        self._plate, self._options, self._captions = plate, options, speech.captions
        self._people = people_of(permission, options.face, "speaker", "speech")
        self._parts, self._left = spoken_parts(self._people, text, speech), left_out(self._people, text)
        self.output, self.overwrite = Path(output), options.overwrite
        self._bed, self._shape = bed, shape
        faces = [numbered("plate", k) for k, one in enumerate(self._people) if one.seen]
        self.roles = (*faces, *voice_roles(self._parts), *(("bed",) if bed is not None else ()))
        self.rights = rights_of(self._people, self._parts, self.roles)
        self.script = script_of_parts(self._parts)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        read = [path_of(self._plate), *([path_of(self._bed)] if self._bed else [])]
        check_output(
            self.output, [*read, *(p for one in self._parts for p in one.speech.inputs)], overwrite=self.overwrite
        )
        for one in self._parts:
            check_speech(one.text, one.speech, self.output, overwrite=self.overwrite)
        review_parts(self._parts, settings)
        if self._shape is not None:
            one_only(self._people, "A shape")
        load_plate_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        plate = pinned(self._plate)
        with open_video(plate) as video:
            for one in self._parts:
                check_begins(one.text, video.info.duration, plate.name)
        beds = {} if self._bed is None else {"bed": pinned(self._bed)}
        return Inputs({**filmed(plate, self._people, settings), **voices_of(self._parts)}, beds)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film:
        """See Recipe."""
        options = self._options
        seen = [one for one in self._people if one.seen]
        plates = [permitted(inputs, numbered("plate", k), ClipSubject, permit).subject for k in range(len(seen))]
        plate, bed = plates[0], inputs.others.get("bed")
        info = plate.info
        each = [spoken_by(inputs, permit, one, options) for one in self._parts]
        spoken = in_chorus(each)
        length = info.duration if info.duration is not None else spoken.utterance.duration
        warnings = [*self._left, *spoken.warnings]
        if spoken.utterance.duration > length + OVERHANG:
            over = float(spoken.utterance.duration - length)
            warnings.append(f"The speech is {over:.1f} s longer than the clip; its end is cut.")
        framing = None if self._shape is None else _framing(plate, self._shape, options)
        size = (info.width, info.height) if framing is None else framing.size
        if framing is not None:
            warnings += framing.warnings
        engine = load_plate_engine(settings.engine)
        rigs = [
            engine.prepare_dub(
                plate_of(one),
                _motion(said.utterance, info.average_rate, length, options.expression),
                PlateOptions(mouth=options.mouth, seed=options.seed),
            )
            for one, said in zip(plates, each, strict=False)  # who is not seen comes last
        ]
        tally = Tally([one.face for one in seen])

        def frames() -> Iterator[Drawn]:
            for count, there in enumerate(ahead(follow_together(plates), depth=2)):
                time = there[0].frame.time
                pixels = redrawn(there[0].frame.pixels, there, rigs, tally)
                if framing is not None:
                    pixels = framing.draw(pixels, time, there[0].face)
                yield Drawn(VideoFrame(pixels, time, count), any(one.face is not None for one in there))

        def told() -> Sequence[str]:
            return (*warnings, *tally.warnings(info.frame_count))

        film = Film(
            making=Making(
                title=options.title or "Dubbed clip",
                use="dub",
                engine=engine.name,
                engine_version=engine.version,
                ingredients=(),
                actions=(
                    ("c2pa.dubbed", f"{_whose(len(rigs))} redrawn to speech {_by(each)}."),
                    *((("c2pa.edited", UNASKED_BED),) if bed is not None else ()),
                ),
                seed=options.seed,
                label=options.label,
                sound_is_synthetic=any(one.recording is None for one in each),
                language=options.language,
            ),
            size=size,
            rate=info.average_rate,
            frames=frames(),
            total=info.frame_count,
            audio=voiceover(spoken.utterance, plate.source, bed, length),
            captions=spoken.captions,
            said=Said(spoken.voice, spoken.language, spoken.cues, self._captions),
            warnings=told,
            about=tally.about,
        )
        return film if framing is not None else sized(film, options.size)


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


def _whose(people: int) -> str:
    return "The mouth was" if people == 1 else f"The mouths of {people} people were"


def _by(spoken: Sequence[Uttered]) -> str:
    voices = list(dict.fromkeys(one.voice for one in spoken if one.recording is None))
    said = [f"by the synthetic voice {' and '.join(voices)}"] if voices else []
    return " and ".join([*said, *(["that was recorded"] if any(one.recording is not None for one in spoken) else [])])


def _motion(said: Utterance, rate: Fraction, length: Fraction, strength: float) -> MouthMotion:
    count = max(2, int(np.ceil(float(max(length, said.duration) * rate))) + 1)
    times = np.arange(count) / float(rate)
    shapes = mouth_blendshapes(said, times, strength).astype(np.float32)
    return lambda time: landmark_motion(shapes[min(count - 1, round(time * rate))]).astype(np.float32)
