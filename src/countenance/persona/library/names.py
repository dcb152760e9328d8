"""Whether a persona would be called like somebody who is known here: one's own identities, trusted people, and those
of the grants and likenesses that are kept. Knows no list of celebrities, and says nothing of names outside.
"""

from __future__ import annotations

from collections.abc import Iterator

from countenance.errors import BadDocument, BadOption
from countenance.permission.confusables import skeleton, unsafe_name
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring
from countenance.permission.likeness_keys import LikenessKeys
from countenance.permission.signed_grant import load_grant
from countenance.settings import Settings


def refuse_name(name: str, settings: Settings) -> None:
    """Names that look alike are the same, whatever their capitals, accents and alphabets.

    Raises:
        BadOption: `persona.name`: somebody here is called so, or the name has signs that no name has.
    """
    if (why := unsafe_name(name)) is not None:
        raise BadOption(f"A persona cannot be called {name!r}: {why}.", "Give a plain name.", code="persona.name")
    mine = skeleton(name)
    for who, other in _named(settings):
        if skeleton(other) == mine:
            raise BadOption(
                f"A persona cannot be called {name!r}: {who} {other!r} is known here, and a persona is nobody.",
                "Give it another name.",
                code="persona.name",
            )


def _named(settings: Settings) -> Iterator[tuple[str, str]]:
    for identity in Keyring.at_home(settings).identities():
        yield "your identity", identity.shown_as
    for issuer in KnownIssuers.at_home(settings).all():
        yield "the trusted identity", issuer.name
    for path in sorted((settings.home / "grants").glob("*.jwt")):
        try:
            grant = load_grant(path).grant
        except BadDocument:
            continue
        if grant.kind != "synthetic":
            yield "a grant's subject", grant.subject.name
            yield "a grant's signer", grant.signer.name
    keys = LikenessKeys.at_home(settings)
    for number in keys.numbers():
        if (key := keys.find(number)) is not None:
            yield "the likeness", key.name
