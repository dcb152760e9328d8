"""Which of the fifteen visemes each class of sound looks like most, by the tables that draw the mouth."""

from __future__ import annotations

from openfacefx.ipa import IPA_MAPPING
from openfacefx.visemes import VISEMES

from countenance.speech.listening.phone_classes import NAMES
from countenance.speech.mouthing import BETWEEN

_ROWS = {**IPA_MAPPING.rows, **BETWEEN}
DRAWN = frozenset(_ROWS)  # symbols that the mouth knows how to draw
VISEME_OF: tuple[int, ...] = tuple(
    VISEMES.index(max(_ROWS[name], key=_ROWS[name].__getitem__)) for name in NAMES
)  # of each class, its place in openfacefx's list
