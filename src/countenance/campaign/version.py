"""One version of a campaign: everything that is needed to make it, as a value that crosses to other processes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from countenance.campaign.campaign_plan import Fit, Job
from countenance.errors import CountenanceError
from countenance.marking import Corner
from countenance.speech import Cue


@dataclass(frozen=True)
class Problem:
    """Why something cannot be made.

    Attributes:
        code, message, remedy: as an error has them.
    """

    code: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: CountenanceError, where: str = "") -> Problem:
        """An error's words, with the plan's key before them."""
        return cls(error.code, f"{where}: {error.message}" if where else error.message, error.remedy)


@dataclass(frozen=True)
class Reason:
    """Why the likeness may be used, as the plan states it; see `permission.authorisation`.

    Attributes:
        grant: the signed grant, or None.
        public_domain, basis: work, author and year, and why it is free.
        purpose, territories, languages: what for, where, for whom.
        face: which face of the source.
        face_template: the sealed template; by default the one beside the grant.
        documents: what the grant rests on.
    """

    grant: Path | None
    public_domain: str | None
    basis: str | None
    purpose: str | None
    territories: tuple[str, ...]
    languages: tuple[str, ...]
    face: str
    face_template: Path | None
    documents: tuple[Path, ...]


@dataclass(frozen=True)
class VersionShape:
    """The picture's shape.

    Attributes:
        ratio: width / height; None keeps the source's own.
        fit: `crop` cuts to the shape with the face in it, `pad` shows the whole on a blurred ground.
        size: longer side in pixels; None: as many as the source gives.
        name: as the plan and file names have it: `16x9`.
    """

    ratio: Fraction | None
    fit: Fit = "crop"
    size: int | None = None
    name: str = "own"


@dataclass(frozen=True)
class Version:
    """One thing to make.

    Attributes:
        name: unique in its campaign: face.language.voice.shape.
        use: `speak`, `dub` or `swap`.
        face, language, voice: as in the plan; where the voice is somebody's own file, that and its hash as of `source`.
        shape: of the picture.
        source: portrait or clip.
        source_sha256: hex, as it was when the plan was read; empty where it is missing.
        cues: what is said.
        draft: whether a machine translated it and nobody has reviewed that.
        audio, audio_sha256: a recording of somebody saying it, and its hash as of `source`.
        pace, expression, seed: as `render.speak` and `render.dub` take them.
        bed: music and effects, for a dub.
        title: of the work.
        label: style, corner, opacity.
        reason: why the likeness may be used.
        output: the video.
        captions: the captions' own file, or None.
        problems: why it cannot be made, where that is known beforehand.
        likeness, likeness_sha256: of a swap, and its hash as of `source`, which is the double's clip then.
        confirmed: digests of words that are meant, see `SpeechOptions.confirm_script`.
        double: why another face may be put on the double; None where nothing says so.
    """

    name: str
    use: Job
    face: str
    language: str
    voice: str
    shape: VersionShape
    source: Path
    source_sha256: str
    cues: tuple[Cue, ...]
    draft: bool
    pace: float
    expression: float
    seed: int
    bed: Path | None
    bed_sha256: str
    voice_file: Path | None
    voice_sha256: str
    audio: Path | None
    audio_sha256: str
    title: str
    label: tuple[str, Corner, float]
    reason: Reason
    output: Path
    captions: Path | None
    problems: tuple[Problem, ...] = ()
    likeness: Path | None = None
    likeness_sha256: str = ""
    double: Reason | None = None
    confirmed: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """The source's part in the permit."""
        return "source" if self.use == "speak" else "plate"

    @property
    def inputs(self) -> dict[str, Path]:
        """Role → file, as the policy is asked; a recording lends somebody's voice, and so does a voice of one's own."""
        if self.likeness is not None:
            return {"source": self.likeness, self.role: self.source}
        heard = self.audio or self.voice_file
        return {self.role: self.source} | ({"voice": heard} if heard is not None else {})

    @property
    def speaker(self) -> str | None:
        """The voice as `render.speak` and `render.dub` take it; None where there is a recording."""
        if self.audio is not None:
            return None
        name = self.voice.partition("#")
        return self.voice if self.voice_file is None else f"{self.voice_file}{name[1]}{name[2]}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 hex of all that decides what comes out; a finished version with another one is made again."""
        said = [(cue.text, *(None if t is None else str(t) for t in (cue.start, cue.end))) for cue in self.cues]
        shape = (str(self.shape.ratio), self.shape.fit, self.shape.size)
        decides = {
            "what": [self.use, self.language, self.voice, self.source_sha256, self.bed_sha256, said, self.draft],
            "how": [shape, self.pace, self.expression, self.seed, self.title, self.label, self.reason.face],
            "for": [self.reason.purpose, self.reason.territories],
            "where": [self.output.name, None if self.captions is None else self.captions.name],
        }
        heard = [self.audio_sha256, self.voice_sha256]
        if any(heard):  # only where there is one: what was finished before plans could name them stays finished
            decides["heard"] = heard
        if self.likeness is not None:
            decides["likeness"] = [self.likeness_sha256]
        text = json.dumps(decides, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What became of a version.

    Attributes:
        version: its name.
        facts: what the journal keeps of one that was made.
        problem: why it was not made.
    """

    version: str
    facts: dict[str, Any]
    problem: Problem | None = None
