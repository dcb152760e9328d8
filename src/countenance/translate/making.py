"""A film in other languages, stage by stage: heard, translated, read over, spoken with the lips in sync.

Each stage's product is a file in the project's folder that a person can edit; going on uses the edit. The films are
made by the one job, under the grant of the person whose mouth is redrawn: it is asked first, before anything is heard.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from countenance.errors import BadOption, FileMissing
from countenance.face.subject import ClipSubject
from countenance.files import sha256_file
from countenance.media.source import Source
from countenance.permission.vault import make_private_folder
from countenance.render.dubbing import Dub
from countenance.render.job import RenderJob
from countenance.render.options import AnimateOptions
from countenance.render.people import People, Person, filmed, people_of
from countenance.render.speech_source import SpeechOptions
from countenance.speech import Cue, captions, choose_voice, read_script
from countenance.translate import drafts
from countenance.translate.bed_file import clip_bed
from countenance.translate.checks import Remark, remarks_on_film, usable_alternatives
from countenance.translate.fitting import Fitted, fit, rooms_of, wanted_of
from countenance.translate.project import Product, Project
from countenance.translate.speakers import lips_of, named, said_by, speakers_kept, with_unseen, written
from countenance.translate.transcript import check_lines, transcribe
from countenance.translate.translation import Translated, TranslateOptions
from countenance.translate.translators import Brief, alternatives_of, load_translator
from countenance.translate.xliff import read_xliff, xliff_of

if TYPE_CHECKING:
    from countenance.studio import Studio

TRANSCRIPT = "transcript.vtt"
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
Told = Callable[[str, float], None]


def _nothing(_stage: str, _share: float) -> None:
    """Told to nobody."""


def translate(
    studio: Studio,
    clip: Path,
    targets: Sequence[str],
    folder: Path,
    *,
    permission: People,
    options: TranslateOptions,
    drawing: AnimateOptions,
    told: Told = _nothing,
) -> list[Translated]:
    """Make a film in other languages, or go on with one.

    Args:
        studio: an installation.
        clip: the film.
        targets: languages, BCP 47.
        folder: of the project.
        permission: of the person whose mouth is redrawn, to `dub`; or several people who speak, a Person each. Who of
            them says which line is told by their lips, and written into the transcript.
        options: see TranslateOptions.
        drawing: face, mouth, label, title, overwrite; the label's language is each target's.
        told: called with a stage and its share, 0 to 1.

    Raises:
        BadOption, BadDocument, InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError.
    """
    _check(targets, options)
    run = _Run(studio, Source.pin(clip), folder, permission, options, drawing, told)
    for target in targets:  # cheap refusals first: a voice, the grant, the face
        choose_voice(options.voices.get(target), target)
        run.ask(target)
    lines, language, warnings = run.heard()
    out = [run.in_language(lines, language, target) for target in targets]
    return [replace(one, warnings=(*warnings, *one.warnings)) for one in out]


def _check(targets: Sequence[str], options: TranslateOptions) -> None:
    if not targets or len({one.casefold() for one in targets}) != len(targets):
        raise BadOption("No language, or one twice, is to be translated into.", "Give --to es,fr,…")
    for tag in (*targets, *([options.spoken] if options.spoken else [])):
        if not TAG.fullmatch(tag):
            raise BadOption(f"{tag!r} is no language.", "Write BCP 47: es, pt-BR, zh-Hant.")
    lacking = [one for one in targets if one not in options.translations]
    if lacking and options.translator is None:
        raise BadOption(
            f"Nobody is named who translates into {', '.join(lacking)}.",
            "Give --translator apertium, openai=https://…/v1#model, libretranslate=https://… or deepl=https://…, or "
            "the finished lines: --translation es=lines.vtt.",
            code="translate.no_translator",
        )
    for given in [*options.translations.values(), *([options.transcript] if options.transcript else [])]:
        if not given.is_file():
            raise FileMissing(f"There is no file {given}.")


class _Run:
    """One run over a project."""

    def __init__(
        self,
        studio: Studio,
        source: Source,
        folder: Path,
        permission: People,
        options: TranslateOptions,
        drawing: AnimateOptions,
        told: Told,
    ) -> None:
        self._studio, self._source = studio, source
        people = people_of(permission, drawing.face, "speaker", "speech")
        self._people = named(people) if isinstance(permission, Sequence) else people
        self._options, self._drawing, self._told = options, drawing, told
        self._project = Project(folder, source.sha256)
        self._asked: set[str | None] = set()

    def ask(self, target: str) -> None:
        """Whether a film in this language may be made at all; nothing is counted. Raises as `translate`."""
        make_private_folder(self._project.folder)
        recipe = self._dub([Cue("…", Fraction(0), Fraction(1), one.speaker) for one in self._people], target, None)
        recipe.preflight(self._studio.settings)
        voice = self._options.voices.get(target)
        if voice not in self._asked:  # the same people in the same roles: looked at once
            RenderJob(recipe, self._studio.settings).permit()
            self._asked.add(voice)

    def heard(self) -> tuple[list[Cue], str, tuple[str, ...]]:
        """The lines as they are said, their language, and warnings."""
        options, project = self._options, self._project
        warnings: list[str] = []

        def hear() -> bytes:
            if options.transcript is not None:
                given = read_script(options.transcript)
                check_lines(given, options.transcript.name)
                if options.spoken is None:
                    raise BadOption("The language of the transcript is not known.", "Give it with --from.")
                project.remember("language", options.spoken)
                return captions(written(self._said_by(given)), "vtt")
            found = transcribe(
                self._source, options.spoken, options.names, told=lambda share: self._told("hearing", share)
            )
            warnings.extend(found.warnings)
            project.remember("language", options.spoken or found.language)
            project.remember("duration", found.duration)
            return captions(written(self._said_by(found.lines)), "vtt")

        who = [(one.face, one.speaker) for one in self._people] if self._several else []
        of = json.dumps([self._source.sha256, options.spoken, list(options.names), _digest(options.transcript), *who])
        if TRANSCRIPT in options.keep:
            project.keep(TRANSCRIPT, of)
        made = project.product(TRANSCRIPT, of, hear)
        lines = read_script(made.path)
        check_lines(lines, made.path.name)
        return lines, str(project.remembered("language")), tuple(warnings)

    @property
    def _several(self) -> bool:
        """Whether lines have speakers."""
        return bool(self._people[0].speaker)

    def _said_by(self, lines: Sequence[Cue]) -> list[Cue]:
        """The lines with who says each, where several people may."""
        if not self._several:
            return list(lines)
        self._told("telling who speaks", 0.0)
        subjects = filmed(self._source, self._people, self._studio.settings).values()
        clips = [one for one in subjects if isinstance(one, ClipSubject)]
        names = [one.speaker for one in self._people if one.seen]
        lips = lips_of(dict(zip(names, clips, strict=True)))
        return said_by(lines, lips, clips[0].info.average_rate)

    def in_language(self, lines: list[Cue], language: str, target: str) -> Translated:
        """Translate, look the lines over, and make the film unless a draft is wanted."""
        options, project = self._options, self._project
        name, glossary = f"{target}.vtt", options.glossary.get(target, {})
        given = options.translations.get(target)
        said = [[one.text, str(one.start), str(one.end), *([one.speaker] if one.speaker else [])] for one in lines]
        of = json.dumps([said, language, target, options.translator, glossary, options.tone, _digest(given)])
        if name in options.keep:
            project.keep(name, of)
        made = project.product(name, of, lambda: self._drafted(lines, language, target, given))
        spoken = read_script(made.path)
        check_lines(spoken, name)
        voice, tag = choose_voice(options.voices.get(target), target)
        remarks = tuple(remarks_on_film(lines, spoken, target, glossary, options.forbidden.get(target, ())))
        if any(one.stops for one in remarks):
            worst = next(one for one in remarks if one.stops)
            raise BadOption(
                f"{name}, line {worst.line}: {worst.words}.",
                f"Mend {made.path} and run again; nothing of it was spoken.",
                code="translate.nonsense",
            )
        fitted = fit(spoken, [[one.text] for one in spoken], voice, tag, seed=self._drawing.seed)
        if len(lines) == len(spoken):
            project.write(f"{target}.xliff", xliff_of(lines, spoken, language, target, self._source.name))
        warnings = tuple(_warnings(made, fitted, remarks))
        found = Translated(target, made.path, remarks, tuple(fitted), self._output(target), None, warnings)
        if options.draft:
            return found
        return self._film(found, spoken)

    def _drafted(self, lines: list[Cue], language: str, target: str, given: Path | None) -> bytes:
        options, rooms = self._options, rooms_of(lines, self._project.remembered("duration"))
        self._told(f"translating into {target}", 0.0)
        if given is not None:
            return captions(written(speakers_kept(_given(given, rooms), lines)), "vtt")
        voice, tag = choose_voice(options.voices.get(target), target)
        translator = load_translator(options.translator or "")
        brief = Brief(language, target, dict(options.glossary.get(target, {})), options.tone)
        alternatives = usable_alternatives(lines, alternatives_of(translator, wanted_of(rooms), brief), target)
        fitted = fit(rooms, alternatives, voice, tag, seed=self._drawing.seed)
        head = f"{drafts.MARK}: {language} to {target} by {translator.name}; delete this note when read"
        return drafts.with_note(written([one.cue for one in fitted]), head)

    def _film(self, found: Translated, spoken: list[Cue]) -> Translated:
        project, options, target, output = self._project, self._options, found.language, found.output
        drawn = {name: str(value) for name, value in asdict(self._drawing).items() if name != "overwrite"}
        voice = options.voices.get(target)
        of = json.dumps([self._source.sha256, sha256_file(found.script), voice, str(options.bed), drawn])
        before = project.remembered(output.name)
        if output.is_file() and before == {"of": of, "sha256": sha256_file(output)}:
            return replace(found, warnings=(*found.warnings, f"{output.name} was made before, of the same lines."))
        warnings = list(found.warnings)
        with clip_bed(self._source, options.bed, self._studio.settings, warnings) as bed:
            recipe = self._dub(spoken, target, bed)
            result = self._studio.run(
                recipe, progress=lambda count, total: self._told(f"dubbing {target}", _share(count, total))
            )
        project.remember(output.name, {"of": of, "sha256": result.receipt.sha256})
        return replace(found, result=result, warnings=(*warnings, *result.warnings))

    def _dub(self, cues: list[Cue], target: str, bed: Path | None) -> Dub:
        output = self._output(target)
        speech = SpeechOptions(
            self._options.voices.get(target),
            target,
            captions=output.with_suffix(".vtt"),
            confirm_script=self._options.confirm_script,
        )
        before = self._project.remembered(output.name)
        ours = isinstance(before, dict) and output.is_file() and before.get("sha256") == sha256_file(output)
        again = self._drawing.overwrite or ours
        shown = replace(self._drawing, language=target.split("-")[0], overwrite=again)
        return Dub(self._source, cues, output, self._drawn(cues, speech), speech, shown, bed)

    def _drawn(self, cues: Sequence[Cue], speech: SpeechOptions) -> list[Person]:
        """Whose mouths are redrawn: those who say something, each in their own voice; and whoever is not seen."""
        if not self._several:
            [one] = self._people
            return [replace(one, speech=None)]
        said = {one.speaker.casefold() for one in cues if one.speaker}
        speak = [one for one in with_unseen(self._people, cues) if one.speaker.casefold() in said]
        return [
            one if one.speech is None else replace(one, speech=replace(speech, voice=one.speech.voice)) for one in speak
        ]

    def _output(self, target: str) -> Path:
        return self._project.folder / f"{Path(self._source.name).stem}.{target}.mp4"


def _given(path: Path, rooms: list[Cue]) -> list[Cue]:
    """A translation that somebody made, in the lines' times where it has none of its own."""
    if path.suffix.lower() in (".xliff", ".xlf"):
        return read_xliff(path.read_bytes(), rooms, path.name)
    given = read_script(path)
    check_lines(given, path.name)
    return given


def _warnings(made: Product, fitted: Sequence[Fitted], remarks: Sequence[Remark]) -> list[str]:
    out = []
    if drafts.is_draft(made.path):
        out.append(f"{made.path.name} is a machine's draft that nobody has read over.")
    for k, one in enumerate(fitted, 1):
        if one.hurried:
            out.append(f"{made.path.name}, line {k} needs {one.pace:.2f} times the voice's pace: say less.")
    return out + [f"{made.path.name}, line {one.line}: {one.words}." for one in remarks]


def _digest(path: Path | None) -> str | None:
    return None if path is None else sha256_file(path)


def _share(count: int, total: int | None) -> float:
    return math.nan if not total else min(1.0, count / total)
