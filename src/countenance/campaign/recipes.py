"""A version as a recipe: the plan's words in the studio's, and the right that the plan states for each face."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from countenance.campaign.version import Reason, Version
from countenance.errors import CountenanceError, PermissionRefused
from countenance.marking import LabelChoice
from countenance.media import Source, open_video
from countenance.permission import Circumstances, GrantFile, Right, public_domain
from countenance.render import AnimateOptions, AspectShape, Dub, Recipe, Speak, SpeechOptions, Swap, SwapOptions


def right_of(reason: Reason, face: str) -> Right:
    """The right that a plan states for one of its faces.

    Raises:
        PermissionRefused: it states none, or one that cannot be. BadOption: an unknown purpose, place or language.
    """
    circumstances = Circumstances(reason.purpose, reason.territories, reason.languages)
    if reason.public_domain is not None:
        return public_domain(reason.public_domain, reason.basis, purpose=reason.purpose, territories=reason.territories)
    if reason.grant is None:
        raise PermissionRefused(
            f"faces.{face}: nothing says that this likeness may be used.",
            "Add permission: grant.jwt for a person who signed one, or public_domain: Work, author, year.",
            code="permission.missing",
        )
    if not reason.grant.is_file():
        raise PermissionRefused(
            f"faces.{face}.permission: there is no grant {reason.grant}.",
            "Ask the person shown for one: countenance permission request --help",
            code="permission.no_grant",
        )
    return GrantFile(reason.grant, circumstances, reason.face_template, reason.documents)


def double_of(version: Version) -> Right:
    """The right to put another face on whoever the version's clip shows.

    Raises:
        PermissionRefused: permission.double, permission.no_grant.
    """
    if version.double is None:
        raise PermissionRefused(
            f"faces.{version.face}: nothing says that another face may be put on the person in {version.source.name}.",
            "Add double: {permission: grant.jwt}, a grant of that person for the use `double`.",
            code="permission.double",
        )
    return right_of(version.double, f"{version.face}.double")


def recipe_of(version: Version) -> Recipe:
    """What makes the version, of the very files that the plan named when the run began.

    Raises:
        CountenanceError: campaign.source, where one of them is another by now; PermissionRefused, BadOption.
    """
    style, corner, opacity = version.label
    label = LabelChoice.parse(style, corner, opacity)
    language = version.language.split("-")[0]
    right = right_of(version.reason, version.face)
    source = _as_planned(version.source, version.source_sha256)
    if version.use == "swap":
        assert version.likeness is not None
        swapped = SwapOptions(
            face=version.reason.face, seed=version.seed, label=label, language=language, title=version.title,
            overwrite=True,  # what may be replaced was decided before
        )  # fmt: skip
        worn = _as_planned(version.likeness, version.likeness_sha256)
        return Swap(source, worn, version.output, right, double_of(version), swapped)
    options = AnimateOptions(
        face=version.reason.face,
        expression=version.expression,
        seed=version.seed,
        size=version.shape.size,
        smooth=0,
        label=label,
        language=language,
        title=version.title,
        overwrite=True,  # what may be replaced was decided before
    )
    audio = None if version.audio is None else _as_planned(version.audio, version.audio_sha256)
    if version.voice_file is not None:
        _as_planned(version.voice_file, version.voice_sha256)
    speech = SpeechOptions(
        version.speaker,
        version.language,
        version.pace,
        captions=version.captions,
        audio=audio,
        confirm_script=version.confirmed,
    )
    ratio = _ratio(version, source)
    shape = None if ratio is None else AspectShape(ratio, version.shape.fit)
    cues = list(version.cues)
    if version.use == "speak":
        return Speak(source, cues, version.output, right, speech, options, shape)
    bed = None if version.bed is None else _as_planned(version.bed, version.bed_sha256)
    return Dub(source, cues, version.output, right, speech, options, bed, shape)


def _as_planned(path: Path, digest: str) -> Source:
    try:
        source = Source.pin(path)
    except CountenanceError:
        source = None
    if source is None or source.sha256 != digest:
        raise CountenanceError(
            f"{path.name} is not the file that the plan named when the run began, or cannot be seen from here.",
            "Let it be while the campaign runs; on a cluster every node must see the plan's folder.",
            code="campaign.source",
        )
    return source


def _ratio(version: Version, source: Source) -> Fraction | None:
    """The shape to bring it into; None: its own, at its own size."""
    if version.shape.ratio is None and version.shape.size is not None and version.use == "dub":
        with open_video(source) as video:
            return Fraction(video.info.width, video.info.height)
    return version.shape.ratio
