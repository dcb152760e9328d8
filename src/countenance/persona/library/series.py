"""A series of a persona's posts from a plan: pictures, clips, captions and a calendar, in one folder for a scheduler.

    plan.csv    at,scene,pose,aspect,mood,light,product,hold,say,caption,advert   (only `at` and `caption` are needed)

    001-….png|.mp4     the picture, or the clip where there is something to say, each through the one job
    001-….txt          what is posted: the disclosure, then the caption
    001-….json         metadata: ai_generated, synthetic_performer, hash, render, alt text
    calendar.csv, calendar.ics, profile.txt

A clip shows the portrait; scenes, poses, shapes and products are of pictures. What all clips say is looked at before
anything is made. A series that was broken off goes on: what is there and is what its metadata says is not made again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from countenance.errors import BadOption, FileMissing, OutputFolder, PermissionRefused
from countenance.files import sha256_file, write_atomically
from countenance.permission.authorisation import GrantFile
from countenance.permission.intended_use import Circumstances
from countenance.persona.library.disclosure import metadata, post_text, profile_line, words_of
from countenance.persona.library.folder import Persona
from countenance.persona.library.post_calendar import Post, calendar_csv, calendar_ics
from countenance.persona.library.shooting import Shoot
from countenance.persona.library.voices import shape_of
from countenance.persona.shot import Shot
from countenance.render.job import RenderJob
from countenance.render.options import AnimateOptions
from countenance.render.script_review import allowed_script, script_of
from countenance.render.speaking import Speak
from countenance.render.speech_source import SpeechOptions
from countenance.settings import Settings

MOST = 400
COLUMNS = ("at", "scene", "pose", "aspect", "mood", "light", "product", "hold", "say", "caption", "advert")
OF_PICTURES = ("scene", "pose", "aspect", "mood", "light", "product", "hold")  # not of clips
TRUE, FALSE = ("yes", "true", "1"), ("no", "false", "0", "")
Told = Callable[[int, int, Path, bool], None]
"""Told of each post: number, of how many, its file, and whether it was there already."""


@dataclass(frozen=True)
class Planned:
    """One row of a plan.

    Attributes:
        at: aware, when it is posted.
        shot: what is shown.
        product: a picture of a thing, or None.
        say: what is said; empty for a picture.
        caption: as posted, without the disclosure.
        advert: whether it is one.
    """

    at: datetime
    shot: Shot
    product: Path | None
    say: str
    caption: str
    advert: bool

    def digest(self, persona: Persona, language: str) -> str:
        """SHA-256 hex of all that the post comes from."""
        thing = None if self.product is None else sha256_file(self.product)
        said = [persona.recipe.digest, self.at.isoformat(), asdict(self.shot), thing, self.say, self.caption,
                self.advert, language]  # fmt: skip
        return sha256(json.dumps(said).encode()).hexdigest()


def read_plan(path: Path) -> list[Planned]:
    """The rows of a plan, earliest first; products are looked for beside it.

    Raises:
        FileMissing: there is none, or no such product. BadOption: persona.plan: a row that cannot be read, by number.
    """
    if not path.is_file():
        raise FileMissing(f"There is no plan {path}.", f"Write a CSV with the columns {', '.join(COLUMNS)}.")
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), strict=True, restval=""))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad(f"{path.name} is no CSV in UTF-8: {error}") from error
    if not 1 <= len(rows) <= MOST:
        raise _bad(f"{path.name} has {len(rows)} posts; a plan has 1 to {MOST}")
    return sorted((_row(number, row, path.parent) for number, row in enumerate(rows, 2)), key=lambda one: one.at)


def make_series(
    persona: Persona,
    plan: list[Planned],
    output: Path,
    settings: Settings,
    *,
    language: str = "en",
    purpose: str | None = None,
    size: int | None = None,
    confirm_script: Sequence[str] = (),
    told: Told | None = None,
) -> list[Post]:
    """Make every post of a plan, and the calendar when all are there.

    Args:
        persona: whose.
        plan: see `read_plan`.
        output: the folder to make, or one that goes on.
        settings: of the installation.
        language: BCP 47, of what is said and written.
        purpose: of posts that are no adverts, see `Circumstances`.
        size: the shorter side, pixels; None for that of `Shot`, and for a clip the portrait's.
        confirm_script: digests of words that are meant, see `SpeechOptions.confirm_script`.
        told: of each post.

    Raises:
        BadOption: persona.language; as `RenderJob.run`. PermissionRefused: permission.script of any clip, before
        anything is made. OutputFolder: the folder cannot be made.
    """
    words_of(language)
    plan = plan if size is None else [replace(one, shot=replace(one.shot, size=size)) for one in plan]
    speech = SpeechOptions(f":{shape_of(persona.recipe)}", language, confirm_script=tuple(confirm_script))
    for one in plan:
        _check_words(one, speech, settings)
    if not output.parent.is_dir():
        raise OutputFolder(f"There is no folder {output.parent}.")
    if output.exists() and not output.is_dir():
        raise OutputFolder(f"{output} is no folder.", "Choose another name.")
    output.mkdir(exist_ok=True)
    posts = []
    for number, one in enumerate(plan, 1):
        name = f"{number:03d}-{one.at.astimezone(UTC):%Y%m%dT%H%MZ}"
        file = output / f"{name}.{'mp4' if one.say else 'png'}"
        there = _kept(file, one.digest(persona, language))
        said = there or _made(persona, one, file, settings, speech, purpose, size)
        if told is not None:
            told(number, len(plan), file, there is not None)
        posts.append(Post(one.at, file.name, said["text"], said["alt_text"], one.advert, said["sha256"]))
    write_atomically(output / "profile.txt", (profile_line(persona.recipe.name, language) + "\n").encode())
    write_atomically(output / "calendar.csv", calendar_csv(posts))
    write_atomically(output / "calendar.ics", calendar_ics(posts, persona.recipe.name))
    return posts


def _made(
    persona: Persona,
    one: Planned,
    file: Path,
    settings: Settings,
    speech: SpeechOptions,
    purpose: str | None,
    size: int | None,
) -> dict[str, Any]:
    language = speech.language
    told = Circumstances("advertising" if one.advert else purpose, (), (language,))
    if one.say:
        options = AnimateOptions(
            seed=persona.recipe.seed, smooth=0, size=size, title=persona.recipe.name,
            language=language.split("-")[0], overwrite=True,
        )  # fmt: skip
        recipe: Speak | Shoot = Speak(persona.portrait, one.say, file, GrantFile(persona.grant, told), speech, options)
    else:
        recipe = Shoot(
            persona.folder, file, one.shot, product=one.product, circumstances=told, language=language.split("-")[0],
            overwrite=True,
        )  # fmt: skip
    made = RenderJob(recipe, settings).run()
    text = post_text(one.caption, persona.recipe.name, language, advert=one.advert)
    said = metadata(persona, made, text, language, advert=one.advert) | {"plan": one.digest(persona, language)}
    write_atomically(file.with_suffix(".txt"), (text + "\n").encode())
    write_atomically(file.with_suffix(".json"), json.dumps(said, ensure_ascii=False, indent=1).encode())
    return said


def _check_words(one: Planned, speech: SpeechOptions, settings: Settings) -> None:
    if not one.say:
        return
    try:
        allowed_script(script_of(one.say, speech), settings)
    except PermissionRefused as error:
        raise PermissionRefused(
            f"The clip of {one.at.isoformat()}: {error.message}", error.remedy, code=error.code, details=error.details
        ) from error


def _kept(file: Path, digest: str) -> dict[str, Any] | None:
    """Metadata of a post that is there and is what the plan says."""
    try:
        said: dict[str, Any] = json.loads(file.with_suffix(".json").read_bytes())
        good = said["plan"] == digest and said["sha256"] == sha256_file(file)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return said if good else None


def _row(number: int, row: dict[str, str], folder: Path) -> Planned:
    unknown = sorted(str(key) for key in row if key not in COLUMNS)
    if unknown:
        raise _bad(f"row {number}: {unknown[0]!r} is no column of a plan")
    told = {key: (value or "").strip() for key, value in row.items()}
    try:
        at = datetime.fromisoformat(told.get("at", ""))
    except ValueError as error:
        raise _bad(f"row {number}: {told.get('at')!r} is no time") from error
    if at.tzinfo is None:
        raise _bad(f"row {number}: {told['at']!r} does not say which time zone: 2026-12-01T09:00+01:00")
    advert = told.get("advert", "").lower()
    if advert not in TRUE + FALSE:
        raise _bad(f"row {number}: advert is yes or no, not {advert!r}")
    if told.get("say") and (idle := [key for key in OF_PICTURES if told.get(key)]):
        raise _bad(f"row {number}: a clip shows the portrait; {', '.join(idle)} can be told of pictures only")
    words = {key: told[key] for key in ("pose", "aspect", "mood", "light", "hold") if told.get(key)}
    try:
        shot = Shot(place=told.get("scene") or "studio", **words)  # type: ignore[arg-type]
    except BadOption as error:
        raise _bad(f"row {number}: {error}") from error
    product = folder / told["product"] if told.get("product") else None
    if product is not None and not product.is_file():
        raise FileMissing(f"row {number}: there is no product {product}.", "Products are looked for beside the plan.")
    return Planned(at, shot, product, told.get("say", ""), told.get("caption", ""), advert in TRUE)


def _bad(why: str) -> BadOption:
    return BadOption(
        f"{why[0].upper()}{why[1:]}.", f"Write a CSV with the columns {', '.join(COLUMNS)}.", code="persona.plan"
    )
