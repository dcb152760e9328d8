"""Material of two people in the public domain, pictures and drawn clips; and grants for it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

import countenance
from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.face.identity import FaceTemplate, template_of_still
from countenance.face.topology import BLENDSHAPES
from countenance.media.frames import Pixels
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.take import Sample
from countenance.permission import GrantFile
from countenance.permission.grant import Grant
from countenance.permission.intended_use import Circumstances
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.signed_grant import SignedGrant, sign_grant
from countenance.permission.templates import TemplateStore
from countenance.settings import default_settings
from tests.permission.people import ADA, grant_said, somebody

BEN = somebody("Ben Double", 7)
SHAPES: tuple[dict[str, float], ...] = (
    {},
    {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9},
    {"jawOpen": 0.6},
    {"browInnerUp": 0.9, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8},
)


def template_of(portrait: Portrait) -> FaceTemplate:
    return template_of_still(portrait.pixels, portrait.face)


def drawn(portrait: Portrait, moments: Iterable[tuple[float, dict[str, float]]]) -> list[Pixels]:
    """The portrait, turned by so many degrees, with these blendshapes."""
    rig = load_engine("mesh").prepare(portrait, canonical_neutral(), DrawOptions())
    frames = []
    for yaw, named in moments:
        shapes = np.zeros(52, np.float32)
        for name, value in named.items():
            shapes[BLENDSHAPES.index(name)] = value
        turn = np.array([0, np.radians(yaw), 0], np.float32)
        offsets = landmark_motion(shapes).astype(np.float32)
        frames.append(rig.draw(Sample(Fraction(0), True, turn, np.zeros(3, np.float32), 0.0, shapes, offsets)))
    return frames


def clip_of(path: Path, frames: Iterable[Pixels], rate: int = 4) -> Path:
    """A clip, `rate` frames a second."""
    with av.open(str(path), "w") as container:
        stream: Any = None
        for pixels in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=rate)
                stream.height, stream.width = (side - side % 2 for side in pixels.shape[:2])
                stream.pix_fmt, stream.options = "yuv420p", {"crf": "10", "preset": "veryfast"}
            cut = np.ascontiguousarray(pixels[: stream.height, : stream.width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(cut, format="rgb24")))
        container.mux(stream.encode())
    return path


def picture_of(path: Path, pixels: Pixels) -> Path:
    Image.fromarray(pixels).save(path)
    return path


class Studio:
    """An installation with an identity, that believes Ada and Ben."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, default_settings()
        self.job = countenance.Studio(self.settings)
        identity = Keyring.at_home(default_settings()).make("Studio North")
        self.signer: Signer = Keyring.at_home(default_settings()).signer(identity.name)
        for one in (ADA, BEN):
            KnownIssuers.at_home(default_settings()).trust(
                one.identity.did, one.identity.shown_as, seen="telephone", by=self.signer
            )  # fmt: skip

    def grant(self, by: Signer, template: FaceTemplate, *uses: str, keep: bool = True, **changed: Any) -> GrantFile:
        """A right under a fresh grant, for films in Germany."""
        signed = self.signed(by, template, *uses, keep=keep, **changed)
        path = self.folder / f"{signed.grant.id[:8]}.jwt"
        path.write_text(signed.document.text)
        return GrantFile(path, Circumstances("film", ("DE",), ("de",)))

    def signed(self, by: Signer, template: FaceTemplate, *uses: str, keep: bool, **changed: Any) -> SignedGrant:
        """The grant itself."""
        if keep:
            TemplateStore.at_home(default_settings()).keep(template)
        name = by.identity.shown_as
        person = {"name": name, "did": by.identity.did}
        said = grant_said(
            by, self.signer, likeness__faces=[template.hash], scope__uses=list(uses), revocation=None,
            subject={**person, "standing": "adult"}, signer=person, jti=secrets.token_hex(16),
        )  # fmt: skip
        return sign_grant(Grant.model_validate_json(json.dumps(said | changed)), by)
