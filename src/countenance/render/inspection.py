"""What is looked at in pictures that go in and in key frames that leave: nudity, and where faces are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType

from countenance.face.people import FaceFinder
from countenance.face.subject import PictureSubject, Subject
from countenance.marking.face_layout import Box
from countenance.media.frames import Pixels
from countenance.permission.nudity import refuse_nudity
from countenance.permission.permit import Permit


class Inspection:
    """Looks at pictures of one job; a context manager, since the face finder's models stay open from the first one on.

    Old works of art may show what they show, but not where somebody's grant is used beside them, as a body double's.

    Args:
        permit: of the job.
    """

    def __init__(self, permit: Permit) -> None:
        self._art = permit.kind == "public-domain" and not permit.rests_on
        self._finder: FaceFinder | None = None

    def refuse_nudity(self, pixels: Pixels) -> None:
        """Refuse a picture, (h, w, 3) uint8 RGB, that may not be used. Raises PermissionRefused: permission.nudity."""
        if not self._art:
            refuse_nudity(pixels)

    def refuse_inputs(self, subjects: Iterable[Subject]) -> None:
        """Refuse what goes in, where it is a picture. Raises as `refuse_nudity`."""
        seen = [one for one in subjects if isinstance(one, PictureSubject)]
        for pixels in {one.source.sha256: one.pixels for one in seen}.values():
            self.refuse_nudity(pixels)

    def without_faces(self, pixels: Pixels) -> Sequence[Box]:
        """A key frame of which nobody asks where its faces are. Raises as `refuse_nudity`."""
        self.refuse_nudity(pixels)
        return ()

    def key_frame(self, pixels: Pixels) -> Sequence[Box]:
        """A key frame that leaves: where its faces are, shares of width and height. Raises as `refuse_nudity`."""
        self.refuse_nudity(pixels)
        if self._finder is None:
            self._finder = FaceFinder()
        return self._finder.boxes(pixels)

    def __enter__(self) -> Inspection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._finder is not None:
            self._finder.close()
            self._finder = None
