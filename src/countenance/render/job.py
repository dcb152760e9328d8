"""The one job. Every recipe runs in this order, and nothing else asks the policy or opens an exit:

    preflight, script → inputs (pinned sources, subjects) → permit → prepare → frames → exit

A recipe says what it needs and what it draws; when, and whether it may, is decided here. What a recipe prepares it
makes of `Permitted` subjects alone: of the people whom the permit names, in the bytes in which they were looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from countenance.face.subject import Subject
from countenance.files import write_atomically
from countenance.marking.caption_track import Caption
from countenance.marking.head_exit import write_head
from countenance.marking.market_terms import label_in, market_notices, settled_terms
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Ingredient, LabelChoice, Making
from countenance.marking.sound_encoding import SoundSource
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.source import Source
from countenance.permission.authorisation import Authorisation, Right
from countenance.permission.permit import Permit, Permitted
from countenance.permission.rules import plain_role
from countenance.permission.scripts import Script
from countenance.render.cancel import Cancel
from countenance.render.head_file import HeadFile
from countenance.render.inspection import Inspection
from countenance.render.result import RenderResult, playable
from countenance.render.script_review import allowed_script, check_said, script_warnings
from countenance.settings import Settings
from countenance.speech.script import Cue, captions
from countenance.speech.utterance import Utterance

Progress = Callable[[int, int | None], None]
"""Called when drawing begins (with 0) and after each frame, with the count so far and the total, where it is known."""

S = TypeVar("S", bound=Subject)


@dataclass(frozen=True)
class Inputs:
    """What a recipe works with, each pinned and looked at once.

    Attributes:
        subjects: role → the person who lends their face or voice.
        others: role → files that lend no likeness: a driver's motion, the sound under a voice.
    """

    subjects: Mapping[str, Subject]
    others: Mapping[str, Source] = field(default_factory=dict)

    def sources(self) -> tuple[Source, ...]:
        """All files that are read."""
        return (*(subject.source for subject in self.subjects.values()), *self.others.values())

    def ingredients(self) -> tuple[Ingredient, ...]:
        """For the manifest, in the permit's roles; a file that shows several people is one."""
        sources = {role: subject.source for role, subject in self.subjects.items()} | dict(self.others)
        once = {(plain_role(role), one.sha256): (role, one) for role, one in reversed(sources.items())}
        return tuple(Ingredient(role, source) for role, source in reversed(once.values()))


@dataclass(frozen=True)
class Drawn:
    """One frame for the exit.

    Attributes:
        frame: pixels and time.
        redrawn: whether the person was redrawn in it, or, where a portrait is driven, whether the driver was seen.
    """

    frame: VideoFrame
    redrawn: bool = True


@dataclass(frozen=True)
class Film:
    """Moving pictures as a recipe draws them.

    Attributes:
        making: what is made, for mark, label and manifest; its ingredients are filled in by the job.
        size: width, height in pixels.
        rate: frames a second on average.
        frames: in order; drawn when they are asked for.
        time_base: as `VideoOutput` takes it.
        total: how many frames there will be, where that is known.
        duration: seconds; None: from the last frame's time.
        audio: sound from time zero.
        captions: a text track.
        redraws: whether `Drawn.redrawn` counts redrawn frames; else frames in which a driver was seen.
        said, warnings, about: further fields of the RenderResult; the last two asked for at the end.
    """

    making: Making
    size: tuple[int, int]
    rate: Fraction
    frames: Iterator[Drawn]
    time_base: Fraction | None = None
    total: int | None = None
    duration: Fraction | None = None
    audio: SoundSource | None = None
    captions: Sequence[Caption] = ()
    redraws: bool = True
    said: Said = field(default_factory=lambda: Said())
    warnings: Callable[[], Sequence[str]] = tuple
    about: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True)
class Still:
    """One picture as a recipe drew it."""

    making: Making
    pixels: Pixels
    warnings: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SoundOnly:
    """Speech without a picture."""

    making: Making
    utterance: Utterance
    said: Said
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What was spoken: voice, language, cues, and the captions' own file, written when all else is."""

    voice: str = ""
    language: str = ""
    cues: tuple[Cue, ...] = ()
    captions: Path | None = None


class Recipe(ABC):
    """Where plate, motion and skin come from. Small; knows nothing of policy and exits.

    Attributes:
        use: the permit's word for it.
        output: the file to write.
        overwrite: whether it may be there already.
        rights: role → on what the use of that likeness rests.
        roles: of all inputs, in the permit's words.
        script: the words that are spoken; None where nothing is.
    """

    use: str
    output: Path
    overwrite: bool = False
    rights: Mapping[str, Right]
    roles: tuple[str, ...]
    script: Script | None = None

    @abstractmethod
    def preflight(self, settings: Settings) -> None:
        """What can be refused without reading any input: the place of the output, options that contradict."""

    @abstractmethod
    def open(self, settings: Settings) -> Inputs:
        """Pin the files, and find the people in them. Raises InputError, FaceError, SetupError."""

    @abstractmethod
    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film | Still | SoundOnly | HeadFile:
        """Make ready to draw. Raises InputError, FaceError, SetupError, PermissionRefused."""


class RenderJob:
    """A recipe being made, once.

    Args:
        recipe: what.
        settings: of the installation.
        progress: told of frames.
        cancel: ends it early.
    """

    def __init__(
        self, recipe: Recipe, settings: Settings, *, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> None:
        self._recipe, self._settings = recipe, settings
        self._progress = progress or (lambda _count, _total: None)
        self._cancel = cancel or Cancel()
        self._sources: Sequence[Source] = ()

    def permit(self) -> Permit:
        """What the policy says of it, without making it. Raises as `run`, without those of the exit."""
        with self._asking() as asking:
            inputs = self._inputs(asking)
            return asking.decide(inputs.subjects, inputs.others)

    def run(self) -> RenderResult:
        """Make it.

        Raises:
            InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError, Cancelled; nothing is
            left behind.
        """
        with self._asking() as asking:
            inputs = self._inputs(asking)
            self._sources = inputs.sources()
            permit = asking.permit(inputs.subjects, inputs.others)
            with Inspection(permit) as inspection:
                inspection.refuse_inputs(inputs.subjects.values())
                made = self._recipe.prepare(inputs, permit, self._settings)
                if isinstance(made, (Film, SoundOnly)):
                    check_said(made.said.cues, self._recipe.script, self._settings)
                making = replace(made.making, ingredients=inputs.ingredients(), inspect=inspection.key_frame)
                self._cancel.check()
                exits = {"settings": self._settings, "overwrite": self._recipe.overwrite, "ledger": asking.ledger}
                return self._made(replace(made, making=making), permit, exits)

    def _asking(self) -> Authorisation:
        """Grants read and the ledger opened, once for the whole job."""
        terms = settled_terms(self._settings)
        label = getattr(getattr(self._recipe, "options", None), "label", None)
        if terms is not None and isinstance(label, LabelChoice):  # the exits look again, at what is really made
            label_in(terms, label)
        self._recipe.preflight(self._settings)
        script = allowed_script(self._recipe.script, self._settings)
        return Authorisation(self._recipe.use, self._recipe.rights, self._settings, script)

    def _inputs(self, asking: Authorisation) -> Inputs:
        asking.preflight(self._recipe.roles)
        self._cancel.check()
        inputs = self._recipe.open(self._settings)
        self._cancel.check()
        return inputs

    def _made(self, made: Film | Still | SoundOnly | HeadFile, permit: Permit, exits: dict[str, Any]) -> RenderResult:
        if isinstance(made, Film):
            return self._filmed(made, permit, exits)
        if isinstance(made, Still):
            receipt = write_picture(self._recipe.output, made.pixels, permit, made.making, **exits)
            size = (made.pixels.shape[1], made.pixels.shape[0])
            more: dict[str, Any] = {"redrawn": 1, "about": made.about}
            return self._result(receipt, permit, 1, size, Fraction(0), Said(), made.warnings, **more)
        if isinstance(made, HeadFile):
            receipt = write_head(self._recipe.output, made.texture, made.assemble, permit, made.making, **exits)
            size = (made.texture.shape[1], made.texture.shape[0])
            return self._result(receipt, permit, 1, size, Fraction(0), Said(), made.warnings)
        receipt = write_sound(self._recipe.output, made.utterance, permit, made.making, **exits)
        return self._result(receipt, permit, 0, (0, 0), made.utterance.duration, made.said, made.warnings)

    def _filmed(self, film: Film, permit: Permit, exits: dict[str, Any]) -> RenderResult:
        count = drawn = 0
        end = Fraction(0)
        with VideoOutput(
            self._recipe.output,
            permit,
            film.making,
            width=film.size[0],
            height=film.size[1],
            rate=film.rate,
            time_base=film.time_base,
            audio=film.audio,
            captions=film.captions,
            **exits,
        ) as out:
            for one in film.frames:
                self._cancel.check()
                if not count:
                    self._progress(0, film.total)
                out.write(replace(one.frame, untouched=film.redraws and not one.redrawn))
                count += 1
                drawn += one.redrawn
                end = one.frame.time + 1 / film.rate
                self._progress(count, film.total)
        duration = end if film.duration is None else film.duration
        counts: dict[str, Any] = {"redrawn": drawn} if film.redraws else {"missing": count - drawn}
        counts["about"] = film.about()
        warnings = (*film.warnings(), *playable(self._recipe.output, film.size))
        return self._result(out.receipt, permit, count, film.size, duration, film.said, warnings, **counts)

    def _result(
        self,
        receipt: Receipt,
        permit: Permit,
        frames: int,
        size: tuple[int, int],
        duration: Fraction,
        said: Said,
        warnings: tuple[str, ...],
        *,
        redrawn: int | None = None,
        missing: int | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> RenderResult:
        lost = [line for source in self._sources for line in source.losses.sentences(source.name)]
        spoken = script_warnings(self._recipe.script)
        warnings = tuple(dict.fromkeys((*lost, *warnings, *spoken, *market_notices(self._settings))))
        if said.captions is not None:
            write_atomically(said.captions, captions(said.cues, said.captions.suffix[1:].lower()))
        return RenderResult(
            self._recipe.use, self._recipe.output, receipt, permit.id, frames, size, duration, redrawn, missing,
            said.voice, said.language, said.cues, said.captions, warnings, about or {}, permit.script,
        )  # fmt: skip


def permitted(inputs: Inputs, role: str, kind: type[S], permit: Permit) -> Permitted[S]:
    """A subject with the permit that names them; what recipes hand to engines comes out of this.

    Raises:
        PermissionRefused: permission.subject, and as `Permit.admit`.
    """
    subject = inputs.subjects[role]
    if not isinstance(subject, kind):
        raise TypeError(f"the subject in the role {role} is a {type(subject).__name__}")
    return Permitted(subject, role, permit)
