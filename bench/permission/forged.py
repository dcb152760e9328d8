"""Forged and damaged grants against the policy, and what a check costs: `python -m bench.permission.forged`.

Every forgery is brought before the whole policy, with everything else right: a picture that matches, a grantee whose
key is here, a purpose that the honest grant allows. Honest grants go through the same door, so that a policy that
refuses everything would be seen. Ends with status 1 where a forgery was taken or an honest grant was not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from tests.permission.subjects import StandIn, template_named

from bench.permission.forgeries import Forgery, forgeries
from bench.permission.people import ADA, FACE, PUBLISHED, STUDIO, compact, honest
from countenance.errors import PermissionRefused
from countenance.permission import Circumstances, GrantClaim, Permit, Records, authorise, read_grant
from countenance.permission.issuers import KnownIssuers
from countenance.permission.reviews import Reviews


class Desk:
    """A studio that knows Ada, and Eve under her own name."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "ada.png"
        self.source.write_bytes(b"a portrait of Ada")
        self.subject = StandIn(self.source)
        issuers = KnownIssuers(folder / "issuers.json", {STUDIO.identity.did})
        for who in (ADA, PUBLISHED):
            issuers.trust(who.identity.did, who.identity.shown_as, seen="in person", by=STUDIO)
        self.records = Records(frozenset({STUDIO.identity.did}), issuers, Reviews(folder / "reviews"))

    def ask(self, forgery: Forgery) -> Permit:
        """The whole way from the file's text to a permit. Raises PermissionRefused."""
        signed = read_grant(forgery.text)
        claim = GrantClaim(signed, Circumstances("film", ("DE",), ("en",)), (template_named(forgery.face),))
        now = datetime.now(UTC) + timedelta(seconds=forgery.age)
        role = "plate" if forgery.use in ("dub", "double") else "source"
        return authorise(
            use=forgery.use, subjects={role: self.subject}, claims={role: claim}, records=self.records, now=now
        )


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="of each sort; 12 sorts")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        refused: dict[str, Counter[str]] = defaultdict(Counter)
        taken: Counter[str] = Counter()
        for name, forgery in forgeries(chosen.count, chosen.seed):
            try:
                desk.ask(forgery)
                taken[name] += 1
            except PermissionRefused as error:
                refused[name][error.code.removeprefix("permission.")] += 1
        tried = sum(taken.values()) + sum(sum(codes.values()) for codes in refused.values())
        print(f"{'sort':16}{'tried':>7}{'refused':>9}{'taken':>7}  as")
        for name, codes in refused.items():
            told = ", ".join(f"{code} {count}" for code, count in codes.most_common())
            count = sum(codes.values())
            print(f"{name:16}{count + taken[name]:>7}{count:>9}{taken[name]:>7}  {told}")
        print(f"{'all':16}{tried:>7}{tried - sum(taken.values()):>9}{sum(taken.values()):>7}\n")
        wrong, times, work = _honest(desk, 400)
        print(f"honest grants taken: {400 - wrong} of 400")
        for label, one in (("clock", times), ("processor", work)):
            print(f"read and check, ms:  median {np.median(one):.2f}, 99 % {np.percentile(one, 99):.2f}  ({label})")
    return 1 if wrong or taken else 0


def _honest(desk: Desk, count: int) -> tuple[int, list[float], list[float]]:
    """How many honest grants were refused, and milliseconds (clock, processor) for each, from text to permit."""
    wrong, times, work = 0, [], []
    for number in range(count):
        forgery = Forgery(compact(honest(int(time.time()), number), ADA), face=FACE)
        began, spent = time.perf_counter(), time.process_time()
        try:
            desk.ask(forgery)
        except PermissionRefused as error:
            print(f"honest grant refused: {error.code}", file=sys.stderr)
            wrong += 1
        times.append((time.perf_counter() - began) * 1000)
        work.append((time.process_time() - spent) * 1000)
    return wrong, times, work


if __name__ == "__main__":
    sys.exit(main())
