"""The seam of voices: what a voice is, and finding one by name or language among those installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from countenance.errors import BadOption, FileMissing, LibraryMissing
from countenance.media.source import Source
from countenance.speech.utterance import Utterance

GROUP = "countenance.voices"


@runtime_checkable
class Voice(Protocol):
    """Speaks text.

    Attributes:
        name: as `--voice` takes it.
        languages: BCP 47 tags it speaks, its own first.
        licence: SPDX, of the voice itself.
        quality: natural, accented or robotic, as people are told.
    """

    name: str
    languages: tuple[str, ...]
    licence: str
    quality: str

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0) -> Utterance:
        """Speak.

        Args:
            text: one or more sentences, not empty.
            language: one of `languages`.
            rate: 1 is its own pace; 0.5 to 2.
            seed: of anything random.

        Raises:
            LibraryMissing: a part it needs is not installed. InputError: it cannot say this.
        """
        ...


Maker = Callable[[], Voice]


DEFAULT = "hibari"
LAST = "espeak"  # whose speech is robotic


def voice_names() -> list[str]:
    """Names of the voices that are known, the default first, the robotic one last."""
    names = sorted({point.name for point in entry_points(group=GROUP)})
    return sorted(names, key=lambda name: (name != DEFAULT, name == LAST))


def load_voice(name: str, source: Source | None = None) -> Voice:
    """The voice of this name, or of this file: `path/to/voice.onnx`, with `#speaker` where it has several.

    Args:
        name: of the voice, or its file's path; `NAME:pitch=118,tract=0.88,pace=1` shapes it into another one.
        source: the file, where it was pinned already.

    Raises:
        BadOption: there is none, or no such shape. LibraryMissing: it is known, but what it needs is not installed.
        FileMissing, BadDocument, ModelCorrupt: of a file.
    """
    from countenance.speech.shaping import ShapedVoice, split_shape

    name, shape = split_shape(name)
    if shape is not None:
        return ShapedVoice(load_voice(name, source), shape)
    own = own_voice(name)
    if own is not None:
        from countenance.speech.user_voice import voice_of_file

        return voice_of_file(source or _voice_file(own), name.partition("#")[2] or None)
    for point in entry_points(group=GROUP):
        if point.name == name:
            try:
                maker: Maker = point.load()
                return maker()
            except ImportError as error:
                raise LibraryMissing(
                    f"The voice {name!r} needs {error.name}.", f"pip install 'countenance[{name}]'"
                ) from error
    raise BadOption(
        f"There is no voice called {name!r}.", f"Use one of {', '.join(voice_names())}, or a Piper or Kokoro .onnx."
    )


def _voice_file(path: Path) -> Source:
    try:
        return Source.pin(path)
    except FileMissing as error:
        raise FileMissing(
            f"There is no voice {path}.", "Give the voice's .onnx as Piper or Kokoro publish it."
        ) from error


def own_voice(name: str | None) -> Path | None:
    """The file of a voice of the user's own, where `name` says one: `path/to/voice.onnx`, or `….onnx#style`."""
    if name is None:
        return None
    path = Path(name.rpartition(":pitch=")[0] or name)
    path = path.with_name(path.name.partition("#")[0])
    return path if path.suffix.lower() == ".onnx" else None


def speaks(voice: Voice, language: str) -> str | None:
    """The tag of `voice.languages` that serves a language: itself, or one of the same primary tag; None: none."""
    wanted = language.lower()
    for tag in voice.languages:
        if tag.lower() == wanted:
            return tag
    return next((tag for tag in voice.languages if tag.split("-")[0].lower() == wanted.split("-")[0]), None)


def choose_voice(name: str | None, language: str, source: Source | None = None) -> tuple[Voice, str]:
    """A voice for a language, and the language's tag as it knows it. Without a name, the first that speaks it.

    Args:
        name, source: as `load_voice`; a shape alone, `:pitch=…`, shapes the first that speaks the language.
        language: BCP 47.

    Raises:
        BadOption: none speaks it, or the named one does not: the message says which would.
        LibraryMissing: the only one that would lacks something.
    """
    if name is not None and name.startswith(":"):
        from countenance.speech.shaping import ShapedVoice, VoiceShape

        shape = VoiceShape.parse(name[1:])
        voice, tag = choose_voice(None, language)
        return ShapedVoice(voice, shape), tag
    if name is not None:
        voice = load_voice(name, source)
        known = speaks(voice, language)
        if known is not None:
            return voice, known
        others, _ = voices_for(language)
        use = f" --voice {others[0][0].name} speaks {language!r}." if others else ""
        raise BadOption(
            f"The voice {name!r} does not speak {language!r}.",
            f"Give its language with --spoken: {', '.join(voice.languages[:6])}.{use}",
        )
    found, lacking = voices_for(language)
    if found:
        return found[0]
    if lacking is not None:
        raise lacking
    raise BadOption(
        f"No installed voice speaks {language!r}.",
        "See `countenance voices`; a Piper or Kokoro voice of yours is taken with --voice FILE.onnx.",
    )


def voices_for(language: str) -> tuple[list[tuple[Voice, str]], LibraryMissing | None]:
    """The voices that speak a language, best first, with its tag as they know it; and what another one lacks."""
    found, lacking = [], None
    for name in voice_names():
        try:
            voice = load_voice(name)
        except LibraryMissing as error:
            lacking = error if _might_speak(name, language) else lacking
            continue
        tag = speaks(voice, language)
        if tag is not None:
            found.append((voice, tag))
    return found, lacking


def _might_speak(name: str, language: str) -> bool:
    """Whether a voice that is not installed would speak a language; True where it does not say."""
    point = next(point for point in entry_points(group=GROUP) if point.name == name)
    try:
        maker = point.load()
    except ImportError:
        return True
    languages = getattr(maker, "languages", None)
    return languages is None or speaks(maker, language) is not None
