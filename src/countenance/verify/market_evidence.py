"""What each market asks of a render, and what is found of it in the file itself: read from its pixels, its sound, its
signed manifest and its container, not repeated from the order. No legal advice."""

from __future__ import annotations

import html
import io
import itertools
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import c2pa
from PIL import Image, UnidentifiedImageError

from countenance.errors import BadOption, FileMissing
from countenance.files import sha256_file
from countenance.market import Profile, Terms, terms_of
from countenance.marking.manifest import RENDER_LABEL
from countenance.settings import Settings
from countenance.verify.credentials import beside, read_manifest
from countenance.verify.findings import ManifestFinding
from countenance.verify.label_measuring import HeardNotice, SeenLabel, hear_notice, see_label
from countenance.verify.trust import Trust

Answer = Literal["met", "not met", "yours", "none"]
"""`yours`: no file can show it; `none`: nothing is asked of such a file."""
Kind = Literal["picture", "video", "sound", "other"]
_SECONDS = 120
_LATE = 1.0
_PATIENCE = 60.0
_AIGC = re.compile(r"""\bTC260:AIGC=(["'])(.*?)\1""", re.DOTALL)


@dataclass(frozen=True)
class Check:
    """One rule of one market: what it asks, what was found, and whether that meets it."""

    market: str
    topic: str
    asked: str
    found: str
    answer: Answer


@dataclass(frozen=True)
class Evidence:
    """All that was found in one file.

    Attributes:
        file: its name; `sha256`: hex; `kind`: what it is.
        terms: of the markets.
        manifest: who signed it.
        checks: by market.
    """

    file: str
    sha256: str
    kind: Kind
    terms: Terms
    manifest: ManifestFinding
    checks: tuple[Check, ...]

    @property
    def met(self) -> bool:
        """Nothing that a file can show is missing."""
        return not any(check.answer == "not met" for check in self.checks)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must know of it."""
        return self.terms.notices

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "kind": self.kind,
            "markets": list(self.terms.markets),
            "unknown": list(self.terms.unknown),
            "manifest": {"state": self.manifest.state, "signer": self.manifest.signer, "id": self.manifest.manifest_id},
            "checks": [vars(check) for check in self.checks],
            "met": self.met,
            "notices": list(self.notices),
        }


def examine(path: Path, settings: Settings, markets: str | None = None) -> Evidence:
    """Hold a file against the rules of markets.

    Args:
        path: of the file.
        markets: codes; those that the file's manifest names when left out.
        settings: for trusted roots.

    Raises:
        InputError: as `open_source`; BadOption: market.code, or no markets are named anywhere.
    """
    if not path.is_file():
        raise FileMissing(f"There is no file {path}.")
    digest = sha256_file(path)
    manifest = read_manifest(path, Trust.of(settings), until=time.monotonic() + _SECONDS)
    stated = _stated(path, manifest)
    said = stated.get("market")
    said = said if isinstance(said, dict) else {}
    terms = terms_of(markets or ",".join(str(code) for code in said.get("markets", ())))
    if terms is None:
        raise BadOption(f"{path.name} names no markets.", "Name them: --market EU,US-CA,IN.", code="market.code")
    kind, tags = _container(path)
    language = str(said.get("labelLanguage", "en"))
    label = see_label(path, language, moving=kind == "video") if kind in ("picture", "video") else None
    notice = hear_notice(path, language) if kind == "sound" else None
    checks: list[Check] = []
    for profile in terms.profiles:
        checks += _seen(profile, label) + _heard(profile, notice, stated) + _fields(profile, manifest, said, tags)
        if profile.synthetic_performer:
            told = (label is not None and label.from_start > 0) or (label is not None and label.throughout)
            found = "The label says that it is made by AI." if told else "Sound alone, or no label was seen."
            answer: Answer = "yours" if told or kind == "sound" else "not met"
            checks.append(Check(profile.code, "synthetic performer", profile.synthetic_performer, found, answer))
        checks += [
            Check(profile.code, "who must be told", one, "No file can show it.", "yours") for one in profile.told
        ]
    term = terms.post_mortem
    asked = f"A dead person's likeness is the heirs' in trade for {term.years} years ({term.source})."
    right = manifest.permission
    found = "The manifest names no permission." if right is None else f"The permission rests on: {right.basis}"
    checks.append(Check("all", "after a death", asked, found, "yours"))
    return Evidence(path.name, digest, kind, terms, manifest, tuple(checks))


def _seen(profile: Profile, label: SeenLabel | None) -> list[Check]:
    rule = profile.label
    if label is None:
        return []
    if not label.words:
        return [Check(profile.code, "label", rule.why, "No label was seen in the pixels.", "not met")]
    stays = "in every frame looked at" if label.throughout else f"for {label.from_start:.1f} s from the start"
    found = (
        f"“AI {label.words}” {label.corner}, {stays} ({len(label.times)} looked at); letters "
        f"{label.letters:.0f} px high, {label.share:.1%} of the shorter side."
    )
    enough = label.throughout if rule.styles == ("burn",) else label.throughout or label.from_start >= rule.seconds > 0
    if not rule.seconds and "first" in rule.styles:
        enough = label.seen[0]
    if "credit" in rule.styles:
        enough = label.seen[0] and (label.throughout or label.from_start >= 3.0)
    return [
        Check(profile.code, "label", rule.why, found, "met" if enough and label.share >= rule.letters else "not met")
    ]


def _heard(profile: Profile, notice: HeardNotice | None, stated: dict[str, Any]) -> list[Check]:
    rule = profile.notice
    if notice is None or not rule.at_start:
        return []
    if not stated.get("soundIsSynthetic", True):
        return [Check(profile.code, "spoken notice", rule.why, "The manifest says that the voice is recorded.", "none")]
    at = notice.at
    found = f"Heard at {', '.join(f'{one:.1f} s' for one in at)} of {notice.duration:.1f} s." if at else "Not heard."
    ends = (*at, notice.duration)
    again = not rule.repeat_seconds or all(
        later - earlier <= rule.repeat_seconds + _PATIENCE for earlier, later in itertools.pairwise(ends)
    )
    return [
        Check(profile.code, "spoken notice", rule.why, found, "met" if at and at[0] <= _LATE and again else "not met")
    ]


def _fields(profile: Profile, manifest: ManifestFinding, said: dict[str, Any], tags: dict[str, str]) -> list[Check]:
    out = []
    for field in profile.metadata.fields:
        if field == "AIGC":
            value = tags.get("AIGC", "")
        elif field == "digitalSourceType":
            value = ", ".join(manifest.source_types)
        elif field == "timestamp":
            value = f"{manifest.signed_at:%Y-%m-%dT%H:%M:%SZ}, by a time-stamp authority" if manifest.signed_at else ""
        elif field == "time":
            value = f"{said['time']}, by the signer's own word" if "time" in said else ""
        else:
            value = str(said.get(field, ""))
        good = bool(value) and (field == "AIGC" or manifest.good)
        where = "in the container" if field == "AIGC" else f"in the manifest, signed by {manifest.signer or 'nobody'}"
        found = f"{field}: {value} ({where}; manifest: {manifest.state})" if value else f"{field}: not found"
        if field == "timestamp" and not value and "time" in said:
            found = f"timestamp: only the signer's own word, {said['time']}; COUNTENANCE_TIMESTAMP_URL was not set"
        out.append(
            Check(profile.code, "metadata", f"{field}. {profile.metadata.why}", found, "met" if good else "not met")
        )
    return out


def _stated(path: Path, manifest: ManifestFinding) -> dict[str, Any]:
    """The render assertion of a manifest that holds; else nothing."""
    if not manifest.good:
        return {}
    store = beside(path, manifest)
    try:
        reader = c2pa.Reader("application/c2pa", io.BytesIO(store)) if store else c2pa.Reader(str(path))
        with reader:
            document = json.loads(reader.json())
    except c2pa.C2paError:
        return {}
    active = document.get("manifests", {}).get(document.get("active_manifest"), {})
    data = next((one.get("data") for one in active.get("assertions", ()) if one.get("label") == RENDER_LABEL), None)
    return data if isinstance(data, dict) else {}


def _container(path: Path) -> tuple[Kind, dict[str, str]]:
    """What a file is, and the fields in its container, read by Pillow and FFmpeg's libraries."""
    try:
        with Image.open(path) as image:
            packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
            return "picture", _in_xmp(packet.encode() if isinstance(packet, str) else bytes(packet))
    except (UnidentifiedImageError, OSError):
        pass
    try:
        with av.open(str(path)) as container:
            tags = {key.upper(): value for key, value in container.metadata.items()}
            kind: Kind = "video" if container.streams.video else "sound" if container.streams.audio else "other"
    except (av.FFmpegError, OSError):
        return "other", {}
    if "AIGC" not in tags and (comment := tags.get("COMMENT", "")).startswith("{"):
        try:
            parts = json.loads(comment)
        except ValueError:
            parts = {}
        if isinstance(parts, dict) and "AIGC" in parts:
            tags["AIGC"] = str(parts["AIGC"])
    return kind, tags


def _in_xmp(packet: bytes) -> dict[str, str]:
    """China's field in an XMP packet; no XML is parsed, for the file may be anybody's."""
    found = _AIGC.search(packet.decode("utf-8", "replace"))
    return {} if found is None else {"AIGC": html.unescape(found[2])}
