"""What a shopper tries on, with its files read: cosmetics by colour, glasses by their model. Knows no faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.errors import BadOption
from countenance.tryon.look import Cosmetic, Eyewear, read_look

GLASSES_PARTS = ("frame", "lens", "shadow")


@dataclass(frozen=True)
class Goods:
    """Things to try on together.

    Attributes:
        cosmetics: of each kind one at most.
        files: that were read.
        name: of the look.
    """

    cosmetics: tuple[Cosmetic, ...] = ()
    files: tuple[Path, ...] = ()
    name: str = ""

    def told(self) -> list[tuple[dict[str, Any], Sequence[str]]]:
        """Each item as manifest and receipt tell it, with the names of the masks that are its."""
        return [(_told(item), (item.kind,)) for item in self.cosmetics]

    def sentences(self) -> list[str]:
        """Each item in words, for the manifest's actions."""
        return [f"Tried on: {_words(told)}." for told, _ in self.told()]


def open_goods(
    items: Sequence[Cosmetic | Eyewear] = (), *, look: Path | None = None, folder: Path = Path()
) -> Goods:
    """Read what is to be tried on.

    Args:
        items: given one by one; each stands in for the look's item of its kind.
        look: a look file.
        folder: where files that `items` name lie.

    Raises:
        BadOption: nothing is to be tried on. FileMissing, EmptyFile; BadDocument: tryon.look.
    """
    by_kind: dict[str, tuple[Cosmetic | Eyewear, Path]] = {}
    name, files = "", []
    if look is not None:
        read = read_look(look)
        name = read.name
        files.append(Path(look))
        by_kind = {item.kind: (item, Path(look).parent) for item in read.items}
    by_kind |= {item.kind: (item, folder) for item in items}
    if not by_kind:
        raise BadOption(
            "Nothing is to be tried on.", "Add --glasses frame.glb, --lips '#a01024', or --look look.json."
        )
    cosmetics = tuple(item for item, _ in by_kind.values() if isinstance(item, Cosmetic))
    return Goods(cosmetics, tuple(files), name)


def _told(item: Cosmetic) -> dict[str, Any]:
    told = item.model_dump(exclude_defaults=True, mode="json")
    return {**told, "finish": item.finish} if item.kind in ("lip", "shadow") else told


def _words(told: Mapping[str, Any]) -> str:
    name = f" “{told['product']}”" if told.get("product") else ""
    number = f" (GTIN {told['gtin']})" if told.get("gtin") else ""
    variant = f", {told['variant']}" if told.get("variant") else ""
    return f"{told['kind']}{name}{variant}{number}"
