"""From a plan to its versions: every combination, with what stands in its way where that can be told beforehand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from countenance.campaign.campaign_plan import CampaignPlan, FacePlan, FormatPlan, LanguagePlan
from countenance.campaign.version import Problem, Reason, Version, VersionShape
from countenance.errors import BadDocument, BadOption, CountenanceError
from countenance.files import sha256_file
from countenance.render import RECORDED
from countenance.settings import Settings
from countenance.speech import Cue, choose_voice, load_voice, own_voice, speaks
from countenance.translate.drafts import draft_path, is_draft, is_outdated, read_lines, write_draft
from countenance.translate.translators import load_translator

DRAFTS = "drafts"
OWN_SOUND = "own"


@dataclass(frozen=True)
class Lines:
    """What is said in one language: cues, whether they are a machine's unreviewed draft, and what is wrong."""

    cues: tuple[Cue, ...] = ()
    draft: bool = False
    problem: Problem | None = None


def expand(plan: CampaignPlan, base: Path, settings: Settings, *, accept_drafts: bool = False) -> tuple[Version, ...]:
    """All versions of a plan, in its order: face, language, voice, shape. May write drafts of translations.

    Args:
        plan: as read.
        base: the folder its paths are relative to.
        settings: of the installation.
        accept_drafts: whether machine drafts may be rendered.

    Raises:
        BadDocument: nothing is left to make.
    """
    expander = _Expander(plan, base, accept_drafts, settings)
    versions = tuple(expander.versions())
    for name, count in Counter(str(version.output).casefold() for version in versions).items():
        if count > 1:
            raise BadDocument(
                f"{count} versions would all be called {Path(name).name}.",
                "Give their faces other names, or their voices' files.",
                code="campaign.plan",
            )
    if not versions:
        raise BadDocument("The plan leaves out everything it names.", "Take an entry out of leave_out.")
    return versions


def slug(title: str) -> str:
    """A title as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "campaign"


class _Expander:
    def __init__(self, plan: CampaignPlan, base: Path, accept_drafts: bool, settings: Settings) -> None:
        self._plan, self._base, self._accept, self._settings = plan, base, accept_drafts, settings
        self._folder = base / plan.output
        self._digests: dict[Path, str] = {}

    def versions(self) -> Iterator[Version]:
        lines = {tag: self._lines(tag, one) for tag, one in self._plan.languages.items()}
        for face_name, face in self._plan.faces.items():
            for tag, language in self._plan.languages.items():
                for voice, trouble in self._voices(tag, language, face_name, face):
                    for form in self._plan.formats:
                        named = {"face": face_name, "language": tag, "voice": voice, "format": form.shape}
                        if not any(one.items() <= named.items() for one in self._plan.leave_out):
                            yield self._version(face_name, tag, voice, form, lines[tag], trouble)

    def _version(
        self, face_name: str, tag: str, voice: str, form: FormatPlan, lines: Lines, trouble: Problem | None
    ) -> Version:
        plan, face, language = self._plan, self._plan.faces[face_name], self._plan.languages[tag]
        shape = shape_of(form)
        own = own_voice(voice)
        voice_file = self._base / own if own is not None else None
        name = f"{face_name}.{tag}.{spoken_name(voice)}.{shape.name}"
        source, bed = self._base / face.source, self._base / face.bed if face.bed is not None else None
        key = f"faces.{face_name}.{'portrait' if face.clip is None else 'clip'}"
        audio = self._base / language.audio if language.audio is not None else None
        likeness = self._base / face.likeness if face.likeness is not None else None
        missing = [
            Problem(
                "input.missing", f"{where}: there is no file {path}.", "Check the path; it is relative to the plan."
            )
            for where, path in (
                (key, source),
                (f"faces.{face_name}.bed", bed),
                (f"faces.{face_name}.likeness", likeness),
                (f"languages.{tag}.audio", audio),
            )
            if path is not None and not path.is_file()
        ]
        output = self._folder / f"{slug(plan.title)}.{name}.mp4"
        territories = plan.territories if language.territories is None else language.territories
        reason = Reason(
            self._grant(face.permission),
            face.public_domain,
            face.basis,
            plan.purpose,
            tuple(territories),
            (tag,),
            face.face,
            self._base / face.face_template if face.face_template is not None else None,
            tuple(self._base / document for document in face.documents),
        )
        double = (
            None
            if face.double is None
            else replace(
                reason,
                grant=self._grant(face.double.permission),
                public_domain=None,
                basis=None,
                face_template=self._base / face.double.face_template if face.double.face_template is not None else None,
                documents=tuple(self._base / document for document in face.double.documents),
            )
        )
        wordless = plan.captions == "none" or language.sound is not None or (audio is not None and not lines.cues)
        return Version(
            name=name,
            use=face.use,
            face=face_name,
            language=tag,
            voice=voice,
            shape=shape,
            source=source,
            source_sha256=self._digest(source),
            cues=lines.cues,
            draft=lines.draft,
            pace=language.pace,
            expression=plan.expression,
            seed=plan.seed,
            bed=bed,
            bed_sha256=self._digest(bed) if bed is not None else "",
            voice_file=voice_file,
            voice_sha256=self._digest(voice_file) if voice_file is not None else "",
            audio=audio,
            audio_sha256=self._digest(audio) if audio is not None else "",
            title=f"{plan.title} (draft translation)" if lines.draft else plan.title,
            label=(plan.label.style, plan.label.corner, plan.label.opacity),
            reason=reason,
            output=output,
            captions=None if wordless else output.with_suffix(f".{plan.captions}"),
            problems=(
                *missing,
                *(one for one in (lines.problem, trouble, _mismatch(face_name, tag, face, language, form)) if one),
            ),
            likeness=likeness,
            likeness_sha256=self._digest(likeness) if likeness is not None else "",
            double=double,
            confirmed=tuple(language.confirm_script),
        )

    def _voices(
        self, tag: str, language: LanguagePlan, face_name: str, face: FacePlan
    ) -> list[tuple[str, Problem | None]]:
        """Voices for a face in a language. Those named for the language must speak it; of others, those that do."""
        if language.sound is not None or face.likeness is not None:
            return [(OWN_SOUND, None)]
        if language.audio is not None:
            return [(RECORDED, None)]
        if language.voices is not None and face.voices is None:
            return [(name, self._voice_problem(name, tag)) for name in dict.fromkeys(language.voices)]
        wanted = face.voices if face.voices is not None else self._plan.voices
        key = f"faces.{face_name}.voices" if face.voices is not None else "voices"
        if wanted:
            fit: list[tuple[str, Problem | None]] = []
            for name in dict.fromkeys(wanted):
                try:
                    if speaks(load_voice(self._speaker(name)), tag) is not None:
                        fit.append((name, None))
                except CountenanceError as error:  # of this voice: the others speak all the same
                    fit.append((name, Problem.of(error, key)))
            return fit or [("none", self._voice_problem(wanted[0], tag, key))]
        try:
            return [(choose_voice(None, tag)[0].name, None)]
        except CountenanceError as error:
            return [("none", Problem.of(error, f"languages.{tag}"))]

    def _voice_problem(self, name: str, tag: str, key: str | None = None) -> Problem | None:
        try:
            choose_voice(self._speaker(name), tag)
        except CountenanceError as error:
            return Problem.of(error, key or f"languages.{tag}.voices")
        return None

    def _speaker(self, name: str) -> str:
        """A voice's name; of one's own file, with the plan's folder before it."""
        return name if own_voice(name) is None else str(self._base / name)

    def _lines(self, tag: str, language: LanguagePlan) -> Lines:
        try:
            if language.sound is not None:
                return Lines()
            if language.text is not None:
                return Lines((Cue(language.text.strip()),))
            if language.script is not None:
                path = self._base / language.script
                return self._read(path, f"languages.{tag}.script")
            return Lines() if language.translate is None else self._drafted(tag, language)
        except CountenanceError as error:
            return Lines(problem=Problem.of(error, f"languages.{tag}"))

    def _read(self, path: Path, key: str) -> Lines:
        cues = tuple(read_lines(path))
        draft = is_draft(path)
        problem = None
        if draft and not self._accept:
            problem = Problem(
                "campaign.draft",
                f"{key}: {path.name} is a draft that needs review.",
                "Read it, mend it, delete the line that says draft; or render it as it is with --accept-draft.",
            )
        return Lines(cues, draft, problem)

    def _drafted(self, tag: str, language: LanguagePlan) -> Lines:
        original = self._plan.original
        assert original is not None and language.translate is not None  # the plan's own check
        own = self._plan.languages[original]
        source = self._lines(original, own)
        if source.problem is not None:
            return source
        path = draft_path(self._folder / DRAFTS, slug(self._plan.title), tag, source.cues)
        write_draft(path, source.cues, load_translator(language.translate), original, tag)
        if is_outdated(path, source.cues):
            raise BadOption(
                f"{path.name} was drafted from another {original} script.",
                f"Delete {path} to have it drafted again, or mend it and name it as script.",
                code="campaign.draft",
            )
        return self._read(path, f"languages.{tag}.translate")

    def _grant(self, name: str | None) -> Path | None:
        """The grant's file beside the plan, or one kept in the home folder by its name, such as `self`."""
        if name is None:
            return None
        path = self._base / name
        kept = self._settings.home / "grants" / f"{name}.jwt"
        return kept if not path.is_file() and "/" not in name and kept.is_file() else path

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = sha256_file(path) if path.is_file() else ""
        return self._digests[path]


def _mismatch(name: str, tag: str, face: FacePlan, language: LanguagePlan, form: FormatPlan) -> Problem | None:
    """What a swapped clip cannot be given, and what nobody but one can."""
    if face.likeness is None:
        if language.sound is None:
            return None
        return Problem(
            "campaign.swap",
            f"faces.{name}: languages.{tag} has a clip's own sound, and this face is to say something.",
            f"Give it words, or take the pair out: leave_out: [{{face: {name}, language: {tag}}}].",
        )
    if language.sound is None:
        return Problem(
            "campaign.swap",
            f"faces.{name}: a clip that a face is swapped into keeps its own sound; languages.{tag} has other words.",
            "Use a language with sound: own. To dub it, swap first, then name the result as the clip of another face.",
        )
    if form.shape != "own" or form.size is not None:
        return Problem(
            "campaign.swap",
            f"faces.{name}: a clip that a face is swapped into keeps its shape and size, not {form.shape}.",
            f'Use the format own for it: leave_out: [{{face: {name}, format: "{form.shape}"}}].',
        )
    return None


def spoken_name(voice: str) -> str:
    """A voice as part of a version's name: of a file its stem, and the speaker."""
    own = own_voice(voice)
    return voice if own is None else "-".join(filter(None, (own.stem, voice.partition("#")[2])))


def shape_of(form: FormatPlan) -> VersionShape:
    """A plan's format as a value."""
    ratio = None
    if form.shape != "own":
        wide, high = form.shape.split(":")
        ratio = Fraction(int(wide), int(high))
    name = form.shape.replace(":", "x")
    if form.fit == "pad":
        name += "-pad"
    if form.size is not None:
        name += f"-{form.size}"
    return VersionShape(ratio, form.fit, form.size, name)
