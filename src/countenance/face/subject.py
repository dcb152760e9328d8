"""The subject: one person in one pinned file, chosen once. The value that permission is asked about is the one drawn.

A subject is made of a `Source` and a choice, and of nothing else: it reads the bytes, finds the faces and measures the
chosen one itself, so that nobody can hand in one face to be checked and another to be drawn. What it measured cannot be
written to. Knows nothing of permission, engines or outputs.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Literal, final

from countenance.errors import BadOption, NoFace, NotAPicture
from countenance.face.following import Followed, follow
from countenance.face.identity import FaceTemplate, describe_still, template_from
from countenance.face.person import PersonView, cut_round, looks_at_one
from countenance.face.tracker import LEAST_EYES, choose_face, find_faces
from countenance.face.types import Face, immutable
from countenance.media.frames import Pixels, VideoFrame, VideoInfo
from countenance.media.picture import read_picture
from countenance.media.source import Source
from countenance.media.video import VideoSource, open_video

LOOKS = 32  # frames of a clip by which a person is known
SEEK_BEYOND = 60  # seconds; in longer clips the looks are sought instead of decoding everything

Lent = Literal["face", "voice"]


class Subject(ABC):
    """A person in a file.

    Attributes:
        source: the file.
        lends: what of the person it holds.
    """

    source: Source
    lends: Lent = "face"

    def __init_subclass__(cls, **more: object) -> None:
        """Those that look at files themselves are final, at run time too: none is made to answer otherwise."""
        super().__init_subclass__(**more)
        if getattr(cls, "__final__", False):
            raise TypeError(f"{cls.__name__} would answer for another subject.")

    def __setattr__(self, name: str, value: object) -> None:
        """Each attribute is set once, by whoever looked: nobody gives it another face's template, or another file."""
        if name in vars(self) or hasattr(type(self), name):
            raise AttributeError(f"What was looked at stays as it is: {name}.")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"What was looked at stays as it is: {name}.")

    @property
    def is_genuine(self) -> bool:
        """Whether its file was pinned in this process, and all that is drawn of it is what was looked at."""
        return self.source.is_genuine

    @property
    @abstractmethod
    def key(self) -> str:
        """SHA-256 hex of what was chosen: the same for the same person in the same bytes, and for nothing else."""

    @property
    def template(self) -> FaceTemplate | None:
        """Whose face; None where it holds a voice. May look at the face (0.1 to 0.5 s). Raises SetupError."""
        return None

    @property
    def material(self) -> tuple[str, ...]:
        """SHA-256 of the files in which the person was seen: this one, or those that a likeness was made of."""
        return (self.source.sha256,)


class SeenSubject(Subject):
    """A person who is seen in a picture or clip.

    Attributes:
        looks: the person at some moments, surely they.
    """

    @property
    @abstractmethod
    def template(self) -> FaceTemplate:
        """See Subject."""

    @property
    @abstractmethod
    def looks(self) -> tuple[PersonView, ...]:
        """See the class."""


@final
class PictureSubject(SeenSubject):
    """One face of a picture.

    Args:
        source: a picture.
        choice: as `face.tracker.choose_face`.
        least_eyes: pixels between the outer eye corners below which a face is too small.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB, the whole picture; cannot be written to.
        face: the chosen one, as measured in it; cannot be written to.
        others: all other faces in it, which nobody has asked about.

    Raises:
        NotAPicture, Damaged, TooLarge, InputChanged; NoFace, FaceChoice, FaceTooSmall, FaceInProfile; SetupError.

    Example:
        >>> subject = PictureSubject(Source.pin(Path("family.jpg")), "left")
        >>> subject.face.eye_distance > 48
        True
    """

    def __init__(self, source: Source, choice: str = "largest", *, least_eyes: float = LEAST_EYES) -> None:
        self.source = source
        pixels = read_picture(source).flattened()
        faces = find_faces(pixels, thorough=True)
        face = choose_face(faces, choice, name=source.name, least_eyes=least_eyes)
        self._pixels, self._face = immutable(pixels), _fixed_face(face)
        self._others = tuple(_fixed_face(one) for one in faces if one is not face)

    @property
    def pixels(self) -> Pixels:
        return self._pixels

    @property
    def face(self) -> Face:
        return self._face

    @property
    def others(self) -> tuple[Face, ...]:
        return self._others

    @cached_property
    def template(self) -> FaceTemplate:
        return template_from(describe_still(self._pixels, self._face), still=True, name=self.source.name)

    @property
    def key(self) -> str:
        return _key(self.source, "picture", self._face.landmarks.tobytes())

    @property
    def looks(self) -> tuple[PersonView, ...]:
        """The face once, cut out."""
        return (cut_round(self._pixels, self._face),)


@final
class ClipSubject(SeenSubject):
    """One person in a clip, known by frames spread over it and then followed frame by frame.

    Args:
        source: a video.
        choice: as `face.tracker.choose_face`, of each frame; the person so chosen most often is meant. With a time,
            as `left@12.5` (seconds, or h:mm:ss), of the frame at that time: for clips that cut from one to another.
        start, end: seconds between which the person is looked for; None: to its end.
        least_eyes: as for PictureSubject.

    Attributes:
        info: of the clip.
        looks: the person at some moments, surely they.

    Raises:
        InputError: the clip cannot be read. NoFace, FaceChoice, FaceTooSmall, FaceInProfile; SetupError.
    """

    def __init__(
        self,
        source: Source,
        choice: str = "largest",
        *,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        least_eyes: float = LEAST_EYES,
    ) -> None:
        self.source = source
        with open_video(source) as video:
            self.info: VideoInfo = video.info
            place, at = _moment(video, choice)
            frames = spread(video, LOOKS, start, end)
            looks, person = looks_at_one(frames, place, name=source.name, least_eyes=least_eyes, at=at)
        if not looks:
            raise NoFace(f"No frame of {source.name} shows one person clearly enough to follow them.")
        self._looks = tuple(PersonView(immutable(look.pixels), _fixed_face(look.face)) for look in looks)
        self._template = person

    @property
    def looks(self) -> tuple[PersonView, ...]:
        return self._looks

    @property
    def template(self) -> FaceTemplate:
        return self._template

    @property
    def key(self) -> str:
        return _key(self.source, "clip", self._template.vector.tobytes())

    def follow(
        self, *, start: Fraction = Fraction(0), end: Fraction | None = None, others: bool = False
    ) -> Iterator[Followed]:
        """All frames of the clip in order, each with the person where they surely are between `start` and `end`.

        `others`: tell the faces about them, too.

        Raises:
            InputError: what is read now is not what was pinned, or is damaged. SetupError.
        """
        with open_video(self.source) as video:
            yield from follow(
                video.frames(),
                self._template,
                meant=lambda f: start <= f.time and not _past(f, end),
                others=others,
            )


@final
class VoiceSubject(Subject):
    """Somebody's voice: a recording, or a voice made from one.

    Args:
        source: the file.
    """

    lends: Lent = "voice"

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def key(self) -> str:
        return _key(self.source, "voice", b"")


def open_plate(
    source: Source,
    choice: str = "largest",
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    least_eyes: float = LEAST_EYES,
) -> PictureSubject | ClipSubject:
    """A person in a picture or in a clip, whichever the file is. Arguments and errors as for the two."""
    try:
        return PictureSubject(source, choice, least_eyes=least_eyes)
    except NotAPicture:
        return ClipSubject(source, choice, start=start, end=end, least_eyes=least_eyes)


def spread(video: VideoSource, count: int, start: Fraction, end: Fraction | None) -> Iterator[Pixels]:
    """Up to about `count` frames spread over a part of a clip."""
    ends = [one for one in (end, video.info.duration) if one is not None]
    length = min(ends) - start if ends else None
    if length is not None and length > SEEK_BEYOND:
        for k in range(count):
            yield from (f.pixels for f in video.frames(start=start + length * k / count, duration=Fraction(1, 1000)))
        return
    rate = video.info.average_rate or Fraction(25)
    step = max(1, round(float((length or Fraction(20)) * rate) / count))
    for frame in video.frames(start=start, duration=length if end is not None else None):
        if frame.index % step == 0:
            yield frame.pixels


def _moment(video: VideoSource, choice: str) -> tuple[str, Pixels | None]:
    """The place a choice names, and the frame at its time where it names one. Raises BadOption."""
    place, sign, when = choice.partition("@")
    if not sign:
        return choice, None
    try:
        time = Fraction(0)
        for part in when.split(":"):
            time = time * 60 + Fraction(part)
        if time < 0:
            raise ValueError
    except (ValueError, ZeroDivisionError) as error:
        raise BadOption(f"{when!r}, in {choice!r}, is no time.", "Write left@12.5 or left@0:12.5.") from error
    first = next(video.frames(start=time), None)
    if first is None:
        raise BadOption(f"There is no frame at {float(time):g} s.", "Give a time within the clip.")
    return place or "largest", first.pixels


def _past(frame: VideoFrame, end: Fraction | None) -> bool:
    return end is not None and frame.time >= end


def _key(source: Source, kind: str, chosen: bytes) -> str:
    return hashlib.sha256(b"\n".join([source.sha256.encode(), kind.encode(), chosen])).hexdigest()


def _fixed_face(face: Face) -> Face:
    parts = [immutable(part) for part in (face.landmarks, face.blendshapes, face.pose)]
    return replace(face, landmarks=parts[0], blendshapes=parts[1], pose=parts[2])
