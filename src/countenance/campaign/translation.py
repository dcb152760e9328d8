"""The seam of translators: what one is, and finding one by name. None is asked unless a plan names it.

A translator is an entry point of the group `countenance.translators`. `apertium` comes along; it runs the free program
of that name, which translates on this machine and is installed apart (it is GPL).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from countenance.errors import BadOption, LibraryMissing

GROUP = "countenance.translators"
_SECONDS = 300


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


def translator_names() -> list[str]:
    """Names of the translators installed."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def load_translator(name: str) -> Translator:
    """The translator of this name.

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
