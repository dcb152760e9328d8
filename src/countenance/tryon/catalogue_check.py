"""Whether a catalogue can be tried on: models read, scale and axes held against glasses, colours shown, licences named;
and one small picture of each product. No person is in any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countenance.errors import CountenanceError
from countenance.files import write_atomically
from countenance.tryon.catalogue import Fault, Product, read_catalogue
from countenance.tryon.eyewear import Frame
from countenance.tryon.goods import read_eyewear
from countenance.tryon.look import Eyewear
from countenance.tryon.thumbnail import frame_thumbnail, swatch_thumbnail

MOST_TOLD = 200  # faults that are listed; the others are counted


@dataclass
class CatalogueReport:
    """What a check found.

    Attributes:
        products: how many rows are products.
        faulty, doubtful: how many cannot be tried on; how many others have doubts.
        kinds: how many of each kind.
        faults: the first MOST_TOLD faults and doubts.
    """

    products: int = 0
    faulty: int = 0
    doubtful: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every row can be tried on, and there is one."""
        return self.faulty == 0 and self.products > 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable."""
        return {
            "good": self.good,
            "products": self.products,
            "faulty": self.faulty,
            "doubtful": self.doubtful,
            "kinds": dict(sorted(self.kinds.items())),
            "faults": [vars(fault) for fault in self.faults],
        }


def check_catalogue(
    path: Path, *, thumbnails: Path | None = None, progress: Callable[[int, int | None], None] | None = None
) -> CatalogueReport:
    """Check a catalogue.

    Args:
        path: as `catalogue.read_catalogue`.
        thumbnails: a folder that is there, for one PNG a product.
        progress: told of rows.

    Raises:
        FileMissing, EmptyFile, TooLarge, BadDocument: as `read_catalogue`. OutputFolder, OutputFull.
    """
    report = CatalogueReport()
    for count, one in enumerate(read_catalogue(path), 1):
        found = [one] if isinstance(one, Fault) else _look_at(one, thumbnails)
        if isinstance(one, Product):
            report.products += 1
            report.kinds[one.item.kind] = report.kinds.get(one.item.kind, 0) + 1
        report.faulty += any(not fault.doubt for fault in found)
        report.doubtful += bool(found) and all(fault.doubt for fault in found)
        report.faults += found[: MOST_TOLD - len(report.faults)]
        if progress is not None:
            progress(count, None)
    return report


def _look_at(product: Product, thumbnails: Path | None) -> list[Fault]:
    found = []
    frame: Frame | None = None
    if isinstance(product.item, Eyewear):
        try:
            where = product.folder / product.item.glb
            (_, frame), _ = read_eyewear(product.item, where, within=product.folder)
        except CountenanceError as error:
            return [Fault(product.row, product.id, error.code, error.message)]
        except Exception as error:  # whatever one product meets, the others are looked at
            return [_unreadable(product, error)]
        for doubt in frame.warnings:
            found.append(Fault(product.row, product.id, "tryon.catalogue_doubt", doubt, doubt=True))
    if not product.licence and not (frame is not None and frame.licence):
        found.append(Fault(product.row, product.id, "tryon.catalogue_licence", "Nobody says whose it is.", doubt=True))
    if thumbnails is not None:
        try:
            picture = swatch_thumbnail(product.item) if frame is None else frame_thumbnail(frame)
        except Exception as error:  # as above
            return [_unreadable(product, error)]
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in product.id)[:80]
        write_atomically(thumbnails / f"{product.row:05d}-{safe}.png", picture)
    return found


def _unreadable(product: Product, error: Exception) -> Fault:
    return Fault(product.row, product.id, "tryon.glb", f"It cannot be read or drawn ({type(error).__name__}).")
