"""Resolution between three installations on this computer: one whose service answers, one that is offline, one that is
malicious; and a stranger who has nothing but a copy and a signed directory.

    python -m bench.resolution

Each makes a picture; each copy is a JPEG without its manifest. Every asker looks at every copy, with and without asking
the issuer that the mark names. The malicious one answers every number with its own manifest, under its own key; a
picture of nobody's that was given the honest one's mark is looked at too. Seconds are those of `verify_file`.
"""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.attacks.resolvers import answering, resolving
from tests.attacks.serving import serving
from tests.verify.issuers.material import LOOPBACK, Asker, Installation, asker, installation, issuer, moved_mark

from countenance.marking.render_registry import Registry
from countenance.settings import Settings
from countenance.verify import Inquiry, Verdict, open_record, verify_file
from countenance.verify.issuers import DirectoryStore, IssuerRecord
from countenance.verify.issuers.record_statement import sign_statement
from countenance.verify.permission_status import permission_status
from countenance.verify.service import Service

NUMBERS = {"honest": 0x0A1B01, "offline": 0x0A1B02, "malicious": 0x0A1B03}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = {who: installation(folder / who, number, number & 15) for who, number in NUMBERS.items()}
        stranger = asker(folder / "stranger")
        lies = answering(_lies(made["malicious"]))
        with (
            serving(made["honest"].settings, Service(signer=made["honest"].signer)) as service,
            resolving(lies) as liar,
        ):
            entries = (
                issuer(NUMBERS["honest"], "Honest", made["honest"].signer, service.address),
                issuer(NUMBERS["offline"], "Offline", None, None),
                issuer(NUMBERS["malicious"], "Malicious", made["malicious"].signer, liar.address),
            )
            homes = {who: one.settings for who, one in made.items()} | {"stranger": stranger.settings}
            for settings in homes.values():
                _follow(settings, stranger, stranger.signed(*entries))
            copies = {who: one.copy for who, one in made.items()}
            copies["honest's mark, moved"] = moved_mark(made["honest"], folder / "moved.png")
            _table(homes, copies)
            print(
                f"\nrequests that the malicious one saw: {len(liar.paths)}, with bodies: {sum(map(bool, liar.bodies))}"
            )


def _lies(one: Installation) -> dict[str, bytes]:
    with Registry.open(one.settings) as registry:
        render = registry.by_payload(one.payload)
    assert render is not None
    # It signs whatever it likes of the honest one's number; its own it states under a manifest of something else.
    said = sign_statement(render, NUMBERS["honest"], one.signer, datetime.now(UTC))
    return {
        "/matches/byBinding": json.dumps({"matches": [{"manifestId": render.manifest_id}]}).encode(),
        "/statements/": said.encode(),
        "/manifests/": render.manifest,
    }


def _follow(settings: Settings, stranger: Asker, directory: bytes) -> None:
    from countenance.permission.keyring import Keyring

    store = DirectoryStore(settings)
    known = {one.did: one for one in store.publishers.all()}
    publisher = known.get(stranger.publisher.did) or store.publishers.add(
        stranger.publisher.did,
        stranger.publisher.name,
        mirrors=(),
        compared="in person",
        by=Keyring.at_home(settings).signer("me"),
    )
    store.accept(publisher, directory, datetime.now(UTC))


def _table(homes: dict[str, Settings], copies: dict[str, Path]) -> None:
    print(f"{'asker':10} {'render of':22} {'asks':5} {'outcome':10} {'tie':8} {'issuer':12} {'s':>5}")
    for asking, settings in homes.items():
        for whose, path in copies.items():
            for ask in (False, True):
                begun = time.monotonic()
                found = _verified(settings, path, ask=ask)
                state = found.issuers[0].state if found.issuers else "-"
                seconds = time.monotonic() - begun
                print(
                    f"{asking:10} {whose:22} {'yes' if ask else 'no':5} {found.outcome:10} {found.tie or '-':8} "
                    f"{state:12} {seconds:5.1f}"
                )


def _verified(settings: Settings, path: Path, *, ask: bool) -> Verdict:
    record = open_record(settings, permission_status(settings))
    behind = IssuerRecord(record, settings, ask=ask, may=LOOPBACK)
    return verify_file(path, settings, Inquiry(seconds=1), record=behind)


if __name__ == "__main__":
    main()
