"""The seam of translators: what one is, and finding one by name. None is asked unless somebody names it.

A translator is an entry point of the group `countenance.translators`. `apertium` comes along; it runs the free program
of that name, which translates on this machine and is installed apart (it is GPL). `http` asks a server that the user
names: any with OpenAI's chat completions, LibreTranslate, or DeepL's interface (`online`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from countenance.errors import BadOption, LibraryMissing

GROUP = "countenance.translators"
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to be translated.

    Attributes:
        text: plain, one cue.
        longest: characters that fit its time; 0 where that does not matter.
    """

    text: str
    longest: int = 0


@dataclass(frozen=True)
class Brief:
    """What a translator should know.

    Attributes:
        source, target: BCP 47.
        glossary: words that have one translation here.
        tone: as the client wants it, in plain words.
    """

    source: str
    target: str
    glossary: dict[str, str] = field(default_factory=dict)
    tone: str = ""


@runtime_checkable
class Translator(Protocol):
    """Drafts a script in another language.

    Attributes:
        name: as a plan names it.
    """

    name: str

    def translate(self, lines: Sequence[str], source: str, target: str) -> list[str]:
        """As many lines as were given, in order.

        Args:
            lines: plain text, one cue each.
            source, target: BCP 47.

        Raises:
            BadOption: it does not know this pair. LibraryMissing: a part it needs is not installed.
        """
        ...


@runtime_checkable
class LengthAware(Protocol):
    """A translator that can be asked for lines of a length, by a brief."""

    def alternatives(self, lines: Sequence[Wanted], brief: Brief) -> list[list[str]]:
        """For each line one translation or more, the closest first. Raises as `Translator.translate`."""
        ...


def translator_names() -> list[str]:
    """Names of the translators installed."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def alternatives_of(translator: Translator, lines: Sequence[Wanted], brief: Brief) -> list[list[str]]:
    """For each line one translation or more, from any translator.

    Raises:
        BadOption: it gave another number of lines, or an empty one. Whatever it raises itself.
    """
    if isinstance(translator, LengthAware):
        given = translator.alternatives(lines, brief)
    else:
        given = [[one] for one in translator.translate([line.text for line in lines], brief.source, brief.target)]
    kept = [[" ".join(plain(one).split()) for one in some if one.strip()] for some in given]
    if len(kept) != len(lines) or not all(kept):
        raise BadOption(
            f"The translator {translator.name} gave {sum(map(bool, kept))} lines for {len(lines)}.",
            f"Use another translator, or translate into {brief.target} yourself.",
            code="translate.translator",
        )
    return kept


def plain(text: str) -> str:
    """Without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def load_translator(name: str) -> Translator:
    """The translator of this name, or at this address: `openai=https://…`, `libretranslate=https://…`, `deepl=https://…`.

    Raises:
        BadOption: there is none. LibraryMissing: what it needs is not installed.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            try:
                maker: Callable[[], Translator] = point.load()
            except ImportError as error:
                raise LibraryMissing(
                    f"The translator {name!r} needs {error.name}.", f"Install {error.name}."
                ) from error
            return maker()
    if "=" in name or "://" in name:
        from countenance.translate.online import online_translator

        return online_translator(name)
    known = ", ".join(translator_names()) or "none is installed"
    raise BadOption(f"There is no translator called {name!r}.", f"Use one of: {known}; or write the script yourself.")


class Apertium:
    """The program `apertium`, run for each script."""

    name = "apertium"

    def translate(self, lines: Sequence[str], source: str, target: str) -> list[str]:
        """See Translator."""
        program = shutil.which("apertium")
        if program is None:
            raise LibraryMissing("The program apertium is not installed.", "apt install apertium apertium-en-es, …")
        pair = f"{_three(source)}-{_three(target)}"
        pairs = [f"{source}-{target}", pair]
        listed = subprocess.run([program, "-l"], capture_output=True, text=True, timeout=_SECONDS, check=False)
        known = listed.stdout.split()
        chosen = next((one for one in pairs if one in known), None)
        if chosen is None:
            raise BadOption(
                f"apertium does not translate {source} to {target} here.",
                f"It knows {' '.join(known) or 'no pair'}; install another, or write the script yourself.",
            )
        # A paragraph a line: apertium keeps blank lines, so that cues cannot run into each other.
        ran = subprocess.run(
            [program, "-u", chosen],
            input="\n\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if ran.returncode != 0:
            raise BadOption(f"apertium failed: {ran.stderr.strip()[:200] or ran.returncode}.", "Run it by hand to see.")
        return [line.strip() for line in ran.stdout.strip().split("\n\n")]


# ISO 639-3, by which apertium names its newer pairs.
_THREE = dict(
    pair.split("=")
    for pair in "en=eng es=spa fr=fra it=ita pt=por ca=cat de=deu gl=glg ro=ron nb=nob nn=nno da=dan sv=swe nl=nld "
    "eo=epo pl=pol oc=oci eu=eus cy=cym mk=mkd bg=bul uk=ukr".split()
)


def _three(tag: str) -> str:
    primary = tag.split("-")[0].lower()
    return _THREE.get(primary, primary)
