"""A head for games: one person's pictures and clips become a head that other people's engines move.

The recipe is small: what a head is, `countenance.head` knows; what leaves, `marking.head_exit`. The grant must name the
use `game`; all inputs must show its one person.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.errors import BadOption, FaceInProfile, InputChanged, PermissionRefused
from countenance.face.matte import person_matte
from countenance.face.subject import ClipSubject, PictureSubject, SeenSubject, open_plate
from countenance.face.types import Face
from countenance.files import check_output
from countenance.head.export import HeadTerms, head_glb
from countenance.head.hair_mask import STYLES, Style
from countenance.head.model import HeadModel, make_head
from countenance.marking.containers import head_type
from countenance.marking.render_spec import COMPOSITE_SYNTHETIC, Making
from countenance.media.source import Source, pinned
from countenance.permission.authorisation import GrantFile, Right
from countenance.permission.grant import Grant
from countenance.permission.permit import Permit
from countenance.permission.signed_grant import load_grant
from countenance.render.head_file import HeadFile
from countenance.render.job import Inputs, Recipe, permitted
from countenance.settings import Settings

MOST_INPUTS = 8
CLIP_VIEWS = 6  # of a clip, spread over how the head is turned
FRONTAL = 38.0  # degrees of yaw beyond which a picture alone shows too little of a face
POOR_FIT, POOR_COVER = 1.6, 0.45  # millimetres; share of the face
COMMERCIAL = ("advertising", "corporate", "film", "games", "product", "television", "theatre")


@dataclass(frozen=True)
class HeadOptions:
    """What a user may choose about a head.

    Attributes:
        face: which face of each input, as `face.tracker.choose_face`.
        hair: short, bob, long, tied, covered or none; None: as the pictures show it.
        size: side of the texture: 512, 1024 or 2048 pixels.
        title: of the head; empty: the grant's person.
        language: BCP 47 tag of the label's words.
        overwrite: replace an existing output.
    """

    face: str = "largest"
    hair: Style | None = None
    size: int = 1024
    title: str = ""
    language: str = "en"
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.hair is not None and self.hair not in STYLES:
            raise BadOption(f"hair {self.hair} is not one of {', '.join(STYLES)}.")
        if self.size not in (512, 1024, 2048):
            raise BadOption(f"A texture of {self.size} pixels is not made.", "Use 512, 1024 or 2048.")


@dataclass
class GameHead(Recipe):
    """A head out of pictures and clips of one person.

    Args:
        sources: pictures and clips, the most frontal picture first; at most eight.
        output: .vrm or .glb.
        permission: a grant that allows the use `game`.
        options: see HeadOptions.

    Raises, when made:
        PermissionRefused: permission.missing, permission.use, and as every job. FaceInProfile, NoFace, FaceTooSmall.
    """

    sources: Sequence[str | Path | Source]
    output: Path
    permission: Right
    options: HeadOptions = field(default_factory=HeadOptions)

    use = "game"

    def __post_init__(self) -> None:
        self.output = Path(self.output)
        self.overwrite = self.options.overwrite
        self.roles = tuple("source" if k == 0 else f"view-{k + 1}" for k in range(len(self.sources)))
        self.rights: Mapping[str, Right] = dict.fromkeys(self.roles, self.permission)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        del settings
        if not 1 <= len(self.sources) <= MOST_INPUTS:
            raise BadOption(f"A head is made of 1 to {MOST_INPUTS} pictures or clips, not {len(self.sources)}.")
        head_type(self.output)
        paths = [one.path if isinstance(one, Source) else Path(one) for one in self.sources]
        check_output(self.output, paths, overwrite=self.overwrite)
        if not isinstance(self.permission, GrantFile):
            raise PermissionRefused(
                "A head that games move is made under a signed grant alone.",
                "Ask the person: countenance permission request --use game",
                code="permission.use",
            )

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        del settings
        subjects = {
            role: open_plate(pinned(one if isinstance(one, Source) else Path(one)), self.options.face)
            for role, one in zip(self.roles, self.sources, strict=True)
        }
        return Inputs(subjects)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> HeadFile:
        """See Recipe."""
        del settings
        views: list[View] = []
        for role in self.roles:
            kind = type(inputs.subjects[role])
            if not issubclass(kind, SeenSubject):
                raise TypeError(f"the subject in the role {role} is a {kind.__name__}")
            views += _views(permitted(inputs, role, kind, permit).subject)
        views.sort(key=lambda view: abs(view[1].angles[0]))
        yaw = views[0][1].angles[0]
        if abs(yaw) > FRONTAL:
            raise FaceInProfile(
                f"The face is turned by {abs(yaw):.0f}° in the most frontal picture: half of it is never seen.",
                "Add a picture from the front, or a clip in which the head turns.",
            )
        model = make_head(views, style=self.options.hair, side=self.options.size)
        grant = _grant(self.permission, permit)
        title = self.options.title or f"Head of {grant.subject.name}"
        hair = None if model.hair is None else _png(model.hair.texture)
        vrm = self.output.suffix.lower() == ".vrm"

        def assembled(skin: bytes, label: str, number: str) -> bytes:
            return head_glb(model, skin, _terms(title, grant, label, number), hair=hair, vrm=vrm)

        making = Making(
            title=title,
            use=self.use,
            engine="head",
            engine_version="1",
            ingredients=(),
            actions=(("c2pa.edited", "A three-dimensional head was made of the pictures named."),),
            digital_source_type=COMPOSITE_SYNTHETIC,
            language=self.options.language,
        )
        return HeadFile(making, model.texture.pixels, assembled, _warnings(model, len(views)))


View = tuple[NDArray[np.uint8], Face, NDArray[np.float32] | None]


def _views(subject: SeenSubject) -> list[View]:
    """Pictures of the person with their faces and mattes: one of a picture, some of a clip."""
    if isinstance(subject, PictureSubject):
        pixels, face = subject.pixels, subject.face
        return [(pixels, face, person_matte(pixels, face))]
    assert isinstance(subject, ClipSubject)
    looks = sorted(subject.looks, key=lambda look: look.face.angles[0])
    chosen = {round(k) for k in np.linspace(0, len(looks) - 1, min(CLIP_VIEWS, len(looks)))}
    kept = [looks[k] for k in sorted(chosen)]
    return [(look.pixels, look.face, person_matte(look.pixels, look.face)) for look in kept]


def _grant(right: Right, permit: Permit) -> Grant:
    """The grant that was permitted, and no other that lies in its place by now."""
    assert isinstance(right, GrantFile)
    signed = load_grant(right.path)
    if signed.sha256 != permit.grant_hash:
        raise InputChanged(f"{right.path.name} was changed while it was used.")
    return signed.grant


def _terms(title: str, grant: Grant, label: str, number: str) -> HeadTerms:
    scope = grant.scope
    ends = f"{grant.ends_at:%Y-%m-%d}"
    return HeadTerms(
        title=title,
        author=grant.grantee.name,
        copyright=f"{label}. Likeness of {grant.subject.name}, under grant {grant.id} until {ends}; render {number}.",
        commercial=any(purpose in COMMERCIAL for purpose in scope.purposes),
        extras={
            "label": label,
            "render": number,
            "grant": grant.id,
            "grantEnds": f"{grant.ends_at:%Y-%m-%dT%H:%M:%SZ}",
            "purposes": list(scope.purposes),
            "territories": list(scope.territories),
            "uses": scope.times,
            "verify": "countenance verify",
        },
    )


def _warnings(model: HeadModel, views: int) -> tuple[str, ...]:
    said = []
    if model.fit.residual > POOR_FIT:
        said.append(f"The head fits its pictures only to {model.fit.residual:.1f} mm: is it a drawn or masked face?")
    if model.covered < POOR_COVER:
        said.append(f"Only {model.covered:.0%} of the face was seen; the rest is its other side, and plain skin.")
    if views == 1:
        said.append("One picture shows one side: ears, nape and hair are made up. A clip of a turning head shows more.")
    return tuple(said)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()
