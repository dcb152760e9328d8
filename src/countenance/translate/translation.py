"""What is wanted of a translation, and what came of it in one language. Values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from countenance.translate.checks import Remark
from countenance.translate.fitting import Fitted

if TYPE_CHECKING:
    from countenance.render.result import RenderResult


@dataclass(frozen=True)
class TranslateOptions:
    """What is wanted.

    Attributes:
        spoken: the film's language, BCP 47; None to have it told from the sound.
        translator: by name or address, see `translators.load_translator`; None where every translation is given.
        glossary: words that have one translation, by language tag.
        forbidden: words that may not be said, by language tag.
        names: that may be said in the film.
        tone: for translators that take one.
        voices: by language tag; otherwise the first that speaks it.
        bed: music and effects: kept from the film, none, or a file.
        transcript: a .vtt or .srt of what is said, instead of hearing.
        translations: a .vtt, .srt or .xliff by language tag, instead of translating.
        draft: stop before films are made.
        keep: products that were edited and are up to date.
        confirm_script: digests of lines that are meant, see `SpeechOptions.confirm_script`.
    """

    spoken: str | None = None
    translator: str | None = None
    glossary: Mapping[str, dict[str, str]] = field(default_factory=dict)
    forbidden: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Sequence[str] = ()
    tone: str = ""
    voices: Mapping[str, str] = field(default_factory=dict)
    bed: Literal["keep", "none"] | Path = "keep"
    transcript: Path | None = None
    translations: Mapping[str, Path] = field(default_factory=dict)
    draft: bool = False
    keep: Sequence[str] = ()
    confirm_script: tuple[str, ...] = ()


@dataclass(frozen=True)
class Translated:
    """One language.

    Attributes:
        language: BCP 47.
        script: the translation's file.
        remarks: on its lines.
        fitted: its lines, and the hurry they need.
        result: of the film; None where it was only drafted, or had been made before (`output` is there then).
        output: the film.
        warnings: in plain words.
    """

    language: str
    script: Path
    remarks: tuple[Remark, ...]
    fitted: tuple[Fitted, ...]
    output: Path
    result: RenderResult | None = None
    warnings: tuple[str, ...] = ()

    @property
    def drafted(self) -> bool:
        """Whether no film of it is there."""
        return self.result is None and not self.output.is_file()

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable."""
        return {
            "language": self.language,
            "script": str(self.script),
            "output": str(self.output) if not self.drafted else None,
            "lines": [
                {
                    "text": one.cue.text,
                    "start": float(one.cue.start or 0),
                    "end": float(one.cue.end or 0),
                    "pace": round(one.pace, 3),
                }
                for one in self.fitted
            ],
            "remarks": [asdict(one) for one in self.remarks],
            "result": self.result.as_dict() if self.result is not None else None,
            "warnings": list(self.warnings),
        }
