"""What a shopper tries on, with its files read: cosmetics by colour, glasses by their model. Knows no faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.errors import BadDocument, BadOption
from countenance.media.glb import MOST_BYTES
from countenance.media.source import pinned
from countenance.tryon.eyewear import Frame, frame_of
from countenance.tryon.eyewear_rules import check_eyewear
from countenance.tryon.glb_goods import read_model
from countenance.tryon.look import Cosmetic, Eyewear, read_look

GLASSES_PARTS = ("frame", "lens", "shadow")


@dataclass(frozen=True)
class Goods:
    """Things to try on together.

    Attributes:
        cosmetics: of each kind one at most.
        eyewear: a pair of glasses: what was asked for, and its model.
        files: that were read.
        name: of the look.
        model_sha256: of the glasses' file; empty without.
    """

    cosmetics: tuple[Cosmetic, ...] = ()
    eyewear: tuple[Eyewear, Frame] | None = None
    files: tuple[Path, ...] = ()
    name: str = ""
    model_sha256: str = ""

    def told(self) -> list[tuple[dict[str, Any], Sequence[str]]]:
        """Each item as manifest and receipt tell it, with the names of the masks that are its."""
        told: list[tuple[dict[str, Any], Sequence[str]]] = [(_told(item), (item.kind,)) for item in self.cosmetics]
        if self.eyewear is not None:
            item, frame = self.eyewear
            said = {"kind": "glasses", "product": item.product or frame.title or Path(item.glb).stem}
            said |= {name: value for name, value in (("gtin", item.gtin), ("variant", item.variant)) if value}
            told.append(({**said, "model_sha256": self.model_sha256}, GLASSES_PARTS))
        return told

    def sentences(self) -> list[str]:
        """Each item in words, for the manifest's actions."""
        return [f"Tried on: {_words(told)}." for told, _ in self.told()]


def open_goods(items: Sequence[Cosmetic | Eyewear] = (), *, look: Path | None = None, folder: Path = Path()) -> Goods:
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
    given = {item.kind for item in items}
    by_kind |= {item.kind: (item, folder) for item in items}
    if not by_kind:
        raise BadOption("Nothing is to be tried on.", "Add --glasses frame.glb, --lips '#a01024', or --look look.json.")
    cosmetics = tuple(item for item, _ in by_kind.values() if isinstance(item, Cosmetic))
    eyewear, digest = None, ""
    for item, place in by_kind.values():
        if isinstance(item, Eyewear):
            path = place / item.glb
            files.append(path)
            beside = look is not None and item.kind not in given
            eyewear, digest = read_eyewear(item, path, within=place if beside else None)
    return Goods(cosmetics, eyewear, tuple(files), name, digest)


def read_eyewear(item: Eyewear, path: Path, *, within: Path | None = None) -> tuple[tuple[Eyewear, Frame], str]:
    """A pair of glasses from its file, and the file's SHA-256.

    Args:
        item: what is asked for.
        path: of its model.
        within: the folder in which that must lie, links followed; None: anywhere.

    Raises:
        FileMissing, EmptyFile, NotAFile; BadDocument: tryon.place (it lies elsewhere), and as `glb_goods.read_model`,
            `eyewear.frame_of` and `eyewear_rules.check_eyewear`.
    """
    if within is not None:
        real = path.resolve()
        if not real.is_relative_to(within.resolve()):
            raise BadDocument(
                f"{path.name} leads out of its folder.", "Put the file itself beside what names it.", code="tryon.place"
            )
        source = pinned(real)
    else:
        source = pinned(path)
    if source.size > MOST_BYTES:
        raise BadDocument(
            f"{path.name} has {source.size:,} bytes; models of up to {MOST_BYTES:,} are read.",
            "Simplify it for the web.", code="tryon.glb_large",
        )  # fmt: skip
    with source.open() as file:
        model = read_model(file.read(), path.name)
    frame = frame_of(model, item, path.name)
    check_eyewear(frame, path.name)
    return (item, frame), source.sha256


def _told(item: Cosmetic) -> dict[str, Any]:
    told = item.model_dump(exclude_defaults=True, mode="json")
    return {**told, "finish": item.finish} if item.kind in ("lip", "shadow") else told


def _words(told: Mapping[str, Any]) -> str:
    name = f" “{told['product']}”" if told.get("product") else ""
    number = f" (GTIN {told['gtin']})" if told.get("gtin") else ""
    variant = f", {told['variant']}" if told.get("variant") else ""
    return f"{told['kind']}{name}{variant}{number}"
