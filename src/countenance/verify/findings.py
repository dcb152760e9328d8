"""What can be found in a file, as values. Each says what it is, and none says more than was seen. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from countenance.marking.fingerprint import Fingerprint
from countenance.marks.watermark import PictureGeometry
from countenance.media.frames import Pixels
from countenance.verify.permission_findings import PermissionAssertion as PermissionAssertion
from countenance.verify.permission_findings import PermissionFinding as PermissionFinding
from countenance.verify.permission_findings import PermissionState as PermissionState

Kind = Literal["video", "picture", "head", "sound", "manifest", "unreadable"]
ManifestState = Literal[
    "none", "trusted", "self-issued", "unknown-signer", "invalid", "lapsed", "unchecked", "unreadable"
]
IssuerState = Literal["answered", "unknown", "unasked", "offline", "unreachable", "refused", "expired", "disputed"]


@dataclass(frozen=True, slots=True)
class FileFinding:
    """The file itself.

    Attributes:
        name: without its folder.
        kind: what it holds; `unreadable` where no decoder takes it.
        size: bytes; of what was read where the rest never came.
        sha256: hex; empty where only a part was read.
        whole: whether all of it was at hand.
        format: the container's or picture format's name.
        codec: of the picture track; empty for sound.
        width, height: pixels, upright; 0 for sound.
        duration: seconds; None where unknown or endless.
        has_sound: whether there is a sound track.
        further: pages of a picture or tracks of a clip beside the one that was looked at.
        reason: why it is unreadable.
    """

    name: str
    kind: Kind
    size: int
    sha256: str
    whole: bool
    format: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    duration: Fraction | None = None
    has_sound: bool = False
    further: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a manifest says was done."""

    name: str
    description: str = ""
    source_type: str = ""
    agent: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class IngredientFinding:
    """One thing that a manifest says went in.

    Attributes:
        title, relationship: the manifest's own words.
        manifest_id: of the ingredient's own manifest; empty where it had none.
        signer: of that manifest.
        failures: what its validation at signing time found wrong.
    """

    title: str
    relationship: str
    manifest_id: str = ""
    signer: str = ""
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TriedOn:
    """A product that a manifest says was tried on.

    Attributes:
        kind, product, gtin, variant: as stated; empty where they are not.
        share: of the picture that it took, 0 to 1.
    """

    kind: str
    product: str = ""
    gtin: str = ""
    variant: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class TryOnFinding:
    """What a manifest says of a try-on.

    Attributes:
        items: the products.
        untouched, blocks: how many blocks of the hashed frames were not touched, and of how many.
        sha256: digest of those blocks' keyed hashes, to be held against the shopper's receipt.
    """

    items: tuple[TriedOn, ...]
    untouched: int = 0
    blocks: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class LooksAssertion:
    """What a signed manifest says that its render looks and sounds like: `looks_digest` of so much of the record's
    fingerprints, from the beginning."""

    key_frames: int
    sound_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    """The signed manifest.

    Attributes:
        state: `trusted` (its chain ends at a root that was imported here), `self-issued` (well signed by a chain that
            an installation made for itself), `unknown-signer` (well signed by someone else), `invalid` (does not fit
            the file, or was surely altered), `lapsed` (the signer's certificate has expired), `unchecked` (only a part
            of the file was at hand, or time ran out), `unreadable` (could not be read or checked: it may not even be
            there), `none`.
        where: embedded, beside (a .c2pa file) or remote (named only; never fetched).
        manifest_id: urn:c2pa:….
        signer: the certificate's name; organisation: its organisation.
        identity: of whom a CAWG identity assertion speaks, where its signature holds; nobody here vouches for it.
        serial: of the signer's certificate, decimal; algorithm: of the signature.
        own: signed by this installation's own chain.
        signed_at: as a time-stamp authority says, aware UTC; None without one. `time_trusted` where that authority is
            trusted here.
        title, generator: as stated.
        source_types: IPTC digital source types, the last part of their addresses.
        actions, ingredients, permission: as stated.
        bindings: soft bindings as (algorithm, value).
        tried_on: what was tried on; None where it is no try-on.
        looks: what it looks and sounds like; None where that is not said.
        failures: C2PA failure codes; `remote` its address, where it lies elsewhere.
        reason: in plain words why it is invalid or unchecked.
        chain: ingredient manifests in the store beside the active one.
    """

    state: ManifestState = "none"
    where: Literal["", "embedded", "beside", "remote"] = ""
    manifest_id: str = ""
    signer: str = ""
    organisation: str = ""
    identity: str = ""
    serial: str = ""
    own: bool = False
    algorithm: str = ""
    signed_at: datetime | None = None
    time_trusted: bool = False
    title: str = ""
    generator: str = ""
    source_types: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    ingredients: tuple[IngredientFinding, ...] = ()
    permission: PermissionAssertion | None = None
    bindings: tuple[tuple[str, str], ...] = ()
    tried_on: TryOnFinding | None = None
    looks: LooksAssertion | None = None
    failures: tuple[str, ...] = ()
    remote: str = ""
    reason: str = ""
    chain: int = 0

    @property
    def good(self) -> bool:
        """Well signed, and by all that was checked about this very file."""
        return self.state in ("trusted", "self-issued", "unknown-signer")

    @property
    def says_ai(self) -> bool:
        """Whether it states that AI or another algorithm made some of what is seen or heard."""
        return any(kind in AI_SOURCES for kind in self.source_types)


AI_SOURCES = frozenset(
    {
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
        "algorithmicMedia",
        "algorithmicallyEnhanced",
        "dataDrivenMedia",
        "virtualRecording",
    }
)


@dataclass(frozen=True, slots=True)
class MarkReading:
    """One place where a mark was read.

    Attributes:
        start, end: seconds of the file that were read for it; both 0 for a picture.
        payload: 64-bit number.
        confidence: −log₁₀ of the chance that unmarked media would give any payload.
        geometry: how the marked picture lies in these frames; None for sound.
        speed: of the sound, 1 untouched; None for pictures.
        slot: of the picture mark.
        key: the name of the key under which it was read.
    """

    start: Fraction
    end: Fraction
    payload: int
    confidence: float
    geometry: PictureGeometry | None = None
    speed: float | None = None
    slot: int = 0
    key: str = "public"


@dataclass(frozen=True, slots=True)
class MarkFinding:
    """An invisible mark, of the picture or of the sound.

    Attributes:
        sightings: in time order.
        looked: the stretches that were read, (start, end) seconds.
        complete: whether the whole file was looked through.
        reason: why nothing was looked for, where that is so (too small, no such track, damaged).
    """

    sightings: tuple[MarkReading, ...] = ()
    looked: tuple[tuple[Fraction, Fraction], ...] = ()
    complete: bool = False
    reason: str = ""

    @property
    def best(self) -> MarkReading | None:
        """The surest sighting."""
        return max(self.sightings, key=lambda one: one.confidence, default=None)

    @property
    def payloads(self) -> tuple[int, ...]:
        """Distinct payloads, the most often and most surely read first."""
        weight: dict[int, float] = {}
        for one in self.sightings:
            weight[one.payload] = weight.get(one.payload, 0.0) + one.confidence
        return tuple(sorted(weight, key=lambda payload: -weight[payload]))


@dataclass(frozen=True, slots=True)
class IssuerFinding:
    """Whose number a mark bears, by a directory of issuers. Anybody can lay a mark onto anything.

    Attributes:
        payload: that was read.
        number: of the issuer, six hexadecimal digits; name, contact: as the directory lists them.
        state: answered (it has the number on record, and signed that), unknown (it says that it has not), unasked (it
            can be asked), offline (nothing of it is online), unreachable, refused (its answer does not count), expired
            (the directory is not relied on any more), disputed (two directories give the number to two issuers).
        reason: in plain words; publisher: name of whose directory it is; issued: of the directory, aware UTC.
    """

    payload: int
    number: str
    name: str
    contact: str
    state: IssuerState
    reason: str = ""
    publisher: str = ""
    issued: datetime | None = None


@dataclass(frozen=True, slots=True)
class FrameView:
    """A frame kept for showing what was found.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB, at most 960 on the longer side.
        time: seconds.
        fingerprint: of the frame at full size.
    """

    pixels: Pixels = field(repr=False)
    time: Fraction
    fingerprint: Fingerprint
