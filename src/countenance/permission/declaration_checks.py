"""What a file says against the declaration that it is a public-domain work: dates, cameras, makers, colours.

`traces_of` reads them out of pinned bytes; `check_declaration` holds them against the claim. What contradicts the claim
is refused; what is only odd is told in words, and goes along as a warning.

**A camera is no contradiction.** A museum photographs a painting with a camera, and so does a visitor with a telephone:
the picture of a work of 1503 was taken in this century, by a camera that says so. Only a *photograph* cannot be taken
later than it claims to be, unless a scanner read it off paper. Three things no reproduction is: taken by the camera
that faces its owner (nobody photographs a painting with the lens for selfies), made by a generative model, and in
colour before there was colour photography. A picture without any of these marks may still be false: marks are easily
left out. The claim stays the maker's word.

Knows nothing of grants or of who is shown, but for `refuse_named_face`.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from countenance.documents import texts_named
from countenance.errors import InputChanged, InputError, PermissionRefused
from countenance.face.identity import Embedding, FaceTemplate, judge, nearest
from countenance.media.picture import read_picture
from countenance.media.source import Source
from countenance.permission.works import PublicDomainClaim

FIRST_COLOUR = 1907  # autochrome plates on sale; what is older is a trial, or coloured by hand
FIRST_GENERATED = 2014  # the first faces by a generative network
COLOURFUL = 0.04  # share of pixels; grey and toned prints measured 0.011 at most, colour photographs 0.12 at least
_RESIDUAL = 14.0  # of 255: how far a pixel's colour lies from the tone that its brightness has elsewhere
_SIDE = 160  # pixels that the picture is looked at in
_COLOURED = re.compile(
    r"hand.?colou?r|colou?ri[sz]ed|tinted|photochrom|three.colou?r|trichrom|prokudin|autochrome", re.IGNORECASE
)
_SCANNER = re.compile(
    r"scan|perfection|flextight|imacon|coolscan|nikon ls|plustek|primefilm|creo|dmx|cruse|phase one iq", re.IGNORECASE
)
_MADE = re.compile(r"(trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia|compositeSynthetic)$")
_XMP_DATE = re.compile(
    rb"(?:exif:DateTimeOriginal|photoshop:DateCreated|xmp:CreateDate)(?:=\"|='|>)\s*(\d{4})", re.IGNORECASE
)
_XMP_MAKE = re.compile(rb"tiff:(?:Make|Model)(?:=\"|='|>)\s*([^\"'<]{1,60})")
_XMP_LENS = re.compile(rb"(?:aux:Lens|exifEX:LensModel)(?:=\"|='|>)\s*([^\"'<]{1,80})")
_XMP_SOURCE = re.compile(rb"digitalsourcetype/(\w{1,60})")
_LARGEST = 256 << 20  # bytes that are searched
_LARGEST_MANIFEST = 8 << 20  # characters of JSON


@dataclass(frozen=True)
class Traces:
    """What a file says of its making.

    Attributes:
        captured: years in which it says that it was taken, in all places where it says so.
        camera: make and model, as written; empty where it names none.
        lens: as written.
        source_type: IPTC's digital source type, its last word, as `trainedAlgorithmicMedia`.
        colourful: share of pixels whose colour is not the tone of their brightness; None where it was not looked at.
    """

    captured: tuple[int, ...] = ()
    camera: str = ""
    lens: str = ""
    source_type: str = ""
    colourful: float | None = None


def traces_of(source: Source, *, colours: bool = True) -> Traces:
    """Read a picture's traces; a file that is no picture has those of its manifest alone.

    Args:
        source: the file.
        colours: whether to look at the colours, which decodes it.

    Raises:
        FileMissing; InputChanged: input.changed.
    """
    with source.open() as file:
        data = file.read(_LARGEST)
    years: list[int] = [int(year) for year in _XMP_DATE.findall(data)]
    cameras = [text.decode("utf-8", "replace").strip() for text in _XMP_MAKE.findall(data)]
    lenses = [text.decode("utf-8", "replace").strip() for text in _XMP_LENS.findall(data)]
    kinds = [text.decode("ascii", "replace") for text in _XMP_SOURCE.findall(data)]
    colourful = None
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")  # damaged EXIF is none
            exif = image.getexif()
            details = exif.get_ifd(0x8769)
            years += _years([details.get(0x9003), details.get(0x9004) if details.get(0x9003) is None else None])
            cameras += [str(exif[tag]).strip("\0 ") for tag in (0x010F, 0x0110) if exif.get(tag)]
            lenses += [str(details[0xA434]).strip("\0 ")] if details.get(0xA434) else []
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        KeyError,
        TypeError,
        Image.DecompressionBombError,
    ):
        pass  # whether it can be drawn is decided elsewhere
    if colours:
        try:  # as it is drawn: in any format, through its colour profile
            colourful = _colourful(Image.fromarray(read_picture(source).flattened()))
        except InputChanged:
            raise
        except InputError:
            pass
    for said in _manifest(data, source.suffix):
        kinds += [value.rpartition("/")[2] for value in texts_named(said, "digitalSourceType")]
        years += _years(texts_named(said, "exif:DateTimeOriginal"))
        cameras += [*texts_named(said, "tiff:Make"), *texts_named(said, "tiff:Model"), *texts_named(said, "exif:Make")]
    made = next((kind for kind in kinds if _MADE.match(kind)), kinds[0] if kinds else "")
    return Traces(tuple(dict.fromkeys(years)), " ".join(dict.fromkeys(cameras)), " ".join(lenses), made, colourful)


def check_declaration(claim: PublicDomainClaim, traces: Traces) -> tuple[str, ...]:
    """Hold a file's traces against a claim.

    Returns:
        What is odd and no contradiction, each in a sentence, for the permit and for people.

    Raises:
        PermissionRefused: permission.contradicted.
    """
    what, told = f"{claim.work!r} of {claim.dated or claim.year}", []
    if _MADE.match(traces.source_type) and claim.year < FIRST_GENERATED:
        _refuse(
            f"The file says that a generative model made it ({traces.source_type}); it is not {what}.",
            "Use a picture of the work itself; for a person made by a program, use a grant of the kind synthetic.",
        )
    if re.search(r"front", traces.lens, re.IGNORECASE):
        _refuse(
            f"The picture was taken by the camera that faces its owner ({traces.lens}): it shows a person, not {what}.",
            "Ask the person shown for a grant; for your own face: countenance permission self.",
        )
    latest = max(traces.captured, default=None)
    scanned = _SCANNER.search(traces.camera) is not None
    if claim.of_photograph and latest is not None and latest > claim.year and not scanned:
        _refuse(
            f"The picture says that it was taken in {latest}; it cannot be the photograph {what}.",
            "Name the photograph's own year; a scan of an old print names the scanner that read it.",
        )
    if claim.of_photograph and claim.year < FIRST_COLOUR and (traces.colourful or 0.0) > COLOURFUL:
        if not _COLOURED.search(f"{claim.work}, {claim.author}, {claim.dated}"):
            _refuse(
                f"The picture is in colour; there was no colour photography when {what} was taken.",
                'Use the original; if it was coloured later, say so: "Name, photograph, hand-coloured, author, 1890".',
            )
        told.append(
            "The picture is in colour and claims to be older than colour photography; it is said to be coloured."
        )
    if traces.camera and claim.of_photograph and claim.year < 1990 and not scanned:
        told.append(f"The picture names a camera ({traces.camera}), and claims to be a photograph of {claim.year}.")
    elif (traces.camera or latest is not None) and not scanned and (latest or 2000) > claim.year:
        by = f" by a {traces.camera}" if traces.camera else ""
        when = f" in {latest}" if latest else ""
        told.append(f"The picture was taken{by}{when}: a reproduction of {what}, or not that work.")
    return tuple(told)


def refuse_named_face(seen: Sequence[Embedding], named: Iterable[FaceTemplate], what: str = "the picture") -> None:
    """A face that a grant or likeness here already names is somebody's, whatever is declared of the picture.

    Args:
        seen: descriptions of the face that would be used.
        named: templates of grants and likenesses that are kept here.
        what: for the message.

    Raises:
        PermissionRefused: permission.named_face.
    """
    found = nearest(named, seen)
    if found is not None and judge(found[1]) == "accept":
        raise PermissionRefused(
            f"The face in {what} is one that a grant or likeness here already names ({found[0].hash[:12]}…): "
            "a person who can be asked is in no public domain.",
            "Use their grant: --permission grant.jwt.",
            code="permission.named_face",
        )


def _colourful(image: Image.Image) -> float:
    """Share of pixels that no toning explains: their colour differs from what their brightness has elsewhere."""
    image.thumbnail((_SIDE, _SIDE))
    red, green, blue = (np.asarray(image, np.float32).reshape(-1, 3)[:, k] for k in range(3))
    light: NDArray[np.float32] = (0.3 * red + 0.59 * green + 0.11 * blue) / 255
    tone = np.vander(light, 4)
    off = np.zeros_like(light)
    for opponent in (red - green, (red + green) / 2 - blue):
        fitted, *_ = np.linalg.lstsq(tone, opponent, rcond=None)
        off += (opponent - tone @ fitted) ** 2
    return float(np.mean(np.sqrt(off) > _RESIDUAL))


def _years(values: Iterable[Any]) -> list[int]:
    found = []
    for value in values:
        match = re.match(r"\s*(\d{4})[:\-/.]", str(value)) if value else None
        if match and match[1] != "0000":
            found.append(int(match[1]))
    return found


def _manifest(data: bytes, suffix: str) -> Iterator[Any]:
    """What an embedded C2PA manifest says, its signature not looked at: it speaks against a claim, never for one."""
    if b"jumb" not in data or b"c2pa" not in data:
        return
    import c2pa

    kinds = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
    kind = kinds.get(suffix.lower(), "image/tiff" if suffix.lower() in (".tif", ".tiff") else "video/mp4")
    try:
        reader = c2pa.Reader.try_create(kind, io.BytesIO(data))
        text = "" if reader is None else reader.json()
        if text and len(text) <= _LARGEST_MANIFEST:
            yield json.loads(text)
    except (c2pa.C2paError, OSError, ValueError, RecursionError):
        return


def _refuse(why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code="permission.contradicted")
