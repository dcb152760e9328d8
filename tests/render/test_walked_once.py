"""From a grant to a film: each thing is read and checked once, and what was checked is what is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import joserfc.jws
import pytest

from countenance.marking import prior_marks
from countenance.media import picture
from countenance.permission import jws as signatures
from countenance.permission.ledger.ledger_store import Ledger
from countenance.render.options import AnimateOptions
from tests.likeness.material import Studio, picture_of, template_of
from tests.permission.people import ADA
from tests.portraits import grace_hopper


def test_one_signature_one_decoding_one_ledger(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del own_home
    studio = Studio(tmp_path)
    grant = studio.grant(ADA, template_of(grace_hopper()), "animate")
    shown = picture_of(tmp_path / "a.png", grace_hopper().pixels)
    text = grant.path.read_text()
    count: Counter[str] = Counter()

    def counted(where: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(where, name)

        def call(*args: Any, **named: Any) -> Any:
            count[args[0] if isinstance(args[0], str) else name] += 1
            return real(*args, **named)

        monkeypatch.setattr(where, name, call)

    signatures._check_signature.cache_clear()
    prior_marks._KNOWN.clear()
    counted(joserfc.jws, "deserialize_compact")
    counted(picture, "_decoded")
    counted(Ledger, "__init__")
    options = AnimateOptions(duration=Fraction(1, 5))
    studio.job.animate(shown, "authored:nod", tmp_path / "a.mp4", permission=grant, options=options)
    assert count.pop("_decoded") == 2  # for the person in it, and beside that for marks it bears
    assert text in count
    assert set(count.values()) == {1}  # every document's signature, and the ledger
