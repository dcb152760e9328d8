"""The seam of voices: what a voice is, and finding one by name or language among those installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from countenance.errors import BadOption, LibraryMissing
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


def voice_names() -> list[str]:
    """Names of the voices installed, the default first."""
    names = sorted({point.name for point in entry_points(group=GROUP)})
    return sorted(names, key=lambda name: name != DEFAULT)


DEFAULT = "hibari"


def load_voice(name: str) -> Voice:
    """The voice of this name.

    Raises:
        BadOption: there is none. LibraryMissing: it is known, but what it needs is not installed.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            try:
                maker: Maker = point.load()
            except ImportError as error:
                raise LibraryMissing(
                    f"The voice {name!r} needs {error.name}.", f"pip install 'countenance[{name}]'"
                ) from error
            return maker()
    raise BadOption(f"There is no voice called {name!r}.", f"Use one of {', '.join(voice_names())}.")


def own_voice(name: str | None) -> Path | None:
    """The file of a voice of the user's own, where `name` says one: `path/to/voice.onnx`, or `….onnx#style`."""
    if name is None:
        return None
    path = Path(name.partition("#")[0])
    return path if path.suffix.lower() == ".onnx" else None


def speaks(voice: Voice, language: str) -> str | None:
    """The tag of `voice.languages` that serves a language: itself, or one of the same primary tag; None: none."""
    wanted = language.lower()
    for tag in voice.languages:
        if tag.lower() == wanted:
            return tag
    return next((tag for tag in voice.languages if tag.split("-")[0].lower() == wanted.split("-")[0]), None)


def choose_voice(name: str | None, language: str) -> tuple[Voice, str]:
    """A voice for a language, and the language's tag as it knows it. Without a name, the first that speaks it.

    Raises:
        BadOption: none speaks it, or the named one does not: the message says which would.
        LibraryMissing: the only one that would lacks something.
    """
    lacking: LibraryMissing | None = None
    if name is not None:
        voice = load_voice(name)
        tag = speaks(voice, language)
        if tag is not None:
            return voice, tag
    for other in voice_names():
        try:
            voice = load_voice(other)
        except LibraryMissing as error:
            lacking = error
            continue
        tag = speaks(voice, language)
        if tag is not None:
            if name is None:
                return voice, tag
            raise BadOption(f"The voice {name!r} does not speak {language!r}.", f"Use --voice {other}.")
    if lacking is not None:
        raise lacking
    raise BadOption(f"No installed voice speaks {language!r}.", "See `countenance voices`.")
