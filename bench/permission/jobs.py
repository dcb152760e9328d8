"""Forged jobs through the one job, each with one thing wrong: `python -m bench.permission.jobs --count 10000`.

A job is honest but for one thing that its owner bends: the face, the grant, the use, the place, the file, the person
who is handed to the rig. Drawing is stood in for by a recipe that only says that it was reached; everything before it
is the real thing: pinned files, subjects, grants signed and read, the ledger, the policy, the permit. Honest jobs go
through the same door. Ends with status 1 where a forged job drew, or an honest one did not.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.likeness.material import BEN
from tests.permission.people import ADA, DAY, MALLORY, grant_said
from tests.permission.subjects import StandIn

from countenance.errors import CountenanceError
from countenance.face.identity import FaceTemplate
from countenance.face.subject import Subject
from countenance.permission import Circumstances, GrantFile
from countenance.permission.authorisation import Right, public_domain
from countenance.permission.grant import Grant
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.permit import Permit, Permitted
from countenance.permission.signed_grant import sign_grant
from countenance.permission.templates import TemplateStore
from countenance.render.job import Film, Inputs, Recipe, RenderJob
from countenance.settings import Settings

LENT = {"animate": "source", "dub": "plate", "speak": "source", "re-age": "plate"}


class Drew(Exception):
    """The rig was reached."""


@dataclass
class Job(Recipe):
    """A recipe that draws nothing, and whose owner may change things between its steps."""

    use: str
    rights: dict[str, Right]
    subjects: dict[str, Subject]
    roles: tuple[str, ...] = ()
    output: Path = Path("nothing.mp4")
    after_open: Callable[[], None] = lambda: None
    handed: dict[str, Subject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roles = self.roles or tuple(self.subjects)

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        del settings
        self.after_open()
        return Inputs(self.subjects)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Film:
        """See Recipe."""
        del settings
        for role, subject in (dict(inputs.subjects) | self.handed).items():
            Permitted(subject, role, permit).subject.source.read_bytes()
        raise Drew


class Bench:
    """A studio that trusts Ada and Ben, in a home of its own."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.settings = Settings(home=folder / "home")
        ring = Keyring.at_home(self.settings)
        self.studio: Signer = ring.signer(ring.make("Studio North").name)
        issuers = KnownIssuers.at_home(self.settings)
        for one in (ADA, BEN):
            issuers.trust(one.identity.did, one.identity.shown_as, seen="telephone", by=self.studio)
        zero = StandIn(self._file(), 0.0).template
        assert zero is not None
        self.face = FaceTemplate(zero.vector, 6, False)
        TemplateStore.at_home(self.settings).keep(self.face)

    def _file(self) -> Path:
        path = self.folder / f"{secrets.token_hex(4)}.bin"
        path.write_bytes(secrets.token_bytes(2048))
        return path

    def right(self, by: Signer = ADA, *uses: str, **changed: Any) -> GrantFile:
        """Under a fresh grant of this signer."""
        person = {"name": by.identity.shown_as, "did": by.identity.did}
        said = grant_said(
            by, self.studio, likeness__faces=[self.face.hash], scope__uses=list(uses), revocation=None,
            subject={**person, "standing": "adult"}, signer=person, jti=secrets.token_hex(16),
        )  # fmt: skip
        for name, value in changed.items():
            part, _, inner = name.partition("__")
            said[part] = {**said[part], inner: value} if inner else value
        path = self.folder / f"{secrets.token_hex(6)}.jwt"
        path.write_text(sign_grant(Grant.model_validate_json(json.dumps(said)), by).document.text)
        return GrantFile(path, Circumstances("film", ("DE",), ("de",)))

    def subject(self, distance: float | None = None, lends: Any = "face") -> StandIn:
        """Somebody in a fresh file, as near to Ada's template as is asked."""
        return StandIn(self._file(), self.random.uniform(0.05, 0.36) if distance is None else distance, lends)

    def honest(self) -> Job:
        """A job with nothing wrong."""
        use = self.random.choice(list(LENT))
        return Job(use, {LENT[use]: self.right(ADA, use)}, {LENT[use]: self.subject()})

    def forged(self, wrong: str) -> Job:
        """The same with this one thing wrong."""
        job, now, pick = self.honest(), int(time.time()), self.random
        role = job.roles[0]

        def granted(**changed: Any) -> Job:
            return replace(job, rights={role: self.right(ADA, job.use, **changed)})

        def circumstances(**changed: Any) -> Job:
            right = job.rights[role]
            assert isinstance(right, GrantFile)
            return replace(job, rights={role: replace(right, circumstances=replace(right.circumstances, **changed))})

        match wrong:
            case "another face":
                return replace(job, subjects={role: self.subject(pick.uniform(0.51, 1.3))})
            case "a doubtful face":
                return replace(job, subjects={role: self.subject(pick.uniform(0.39, 0.49))})
            case "another use":
                other = pick.choice([one for one in LENT if one != job.use])
                return replace(job, rights={role: self.right(ADA, other)})
            case "use double":
                return replace(job, rights={role: self.right(ADA, "double")})
            case "another purpose":
                return circumstances(purpose=pick.choice(["advertising", "news", "games"]))
            case "another territory":
                return circumstances(territories=(pick.choice(["US", "CN", "worldwide"]),))
            case "another language":
                changed = {"scope__languages": ["en"]}
                return granted(**changed)
            case "ended":
                return granted(nbf=now - 9 * DAY, exp=now - pick.randint(1, 7 * DAY))
            case "not begun":
                return granted(nbf=now + pick.randint(60, 30 * DAY))
            case "another grantee":
                return granted(aud=MALLORY.identity.did, grantee={"name": "Mallory", "did": MALLORY.identity.did})
            case "an unknown signer":
                return replace(job, rights={role: self.right(MALLORY, job.use)})
            case "one's own key":
                return replace(job, rights={role: self.right(self.studio, job.use)})
            case "a letter changed":
                right = job.rights[role]
                assert isinstance(right, GrantFile)
                text = right.path.read_text()
                at = pick.randrange(len(text))
                other = pick.choice([c for c in "abcXYZ019" if c != text[at]])
                right.path.write_text(text[:at] + other + text[at + 1 :])
                return job
            case "another picture":
                return granted(likeness__pictures=[secrets.token_hex(32)])
            case "no template":
                return granted(likeness__faces=[secrets.token_hex(32)])
            case "a voice not granted":
                subjects = {"source": self.subject(), "voice": self.subject(lends="voice")}
                right = self.right(ADA, "speak")
                return Job("speak", dict.fromkeys(subjects, right), subjects)
            case "a voice of the public domain":
                subjects = {"source": self.subject(1.2), "voice": self.subject(lends="voice")}
                mona = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
                return Job("speak", dict.fromkeys(subjects, mona), subjects)
            case "no double":
                return Job("swap", {"source": self.right(ADA, "swap")},
                           {"source": self.subject(), "plate": self.subject()})  # fmt: skip
            case "the double's grant is another's":
                return Job("swap", {"source": self.right(ADA, "swap"), "plate": self.right(BEN, "double")},
                           {"source": self.subject(), "plate": self.subject(pick.uniform(0.51, 1.3))})  # fmt: skip
            case "nothing stated":
                return replace(job, rights={})
            case "a minor":
                return granted(subject__standing="minor")
            case "the file exchanged":
                return replace(
                    job, after_open=lambda: job.subjects[role].source.path.write_bytes(secrets.token_bytes(2048))
                )
            case "another person handed to the rig":
                return replace(job, handed={role: self.subject()})
            case "the public domain, dubbed":
                mona = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
                return Job("dub", {"plate": mona}, {"plate": self.subject(1.2)})
        raise ValueError(wrong)


WRONG = (
    "another face", "a doubtful face", "another use", "use double", "another purpose", "another territory",
    "another language", "ended", "not begun", "another grantee", "an unknown signer", "one's own key",
    "a letter changed",
    "another picture", "no template", "a voice not granted", "a voice of the public domain", "no double",
    "the double's grant is another's", "nothing stated", "a minor", "the file exchanged",
    "another person handed to the rig", "the public domain, dubbed",
)  # fmt: skip


def outcome(job: Job, settings: Settings) -> str:
    """`drew`, or the code of the refusal."""
    try:
        RenderJob(job, settings).run()
    except Drew:
        return "drew"
    except CountenanceError as error:
        return error.code
    return "ended"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="forged jobs in all")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), chosen.seed)
        begin = time.process_time()
        for number in range(chosen.count):
            wrong = WRONG[number % len(WRONG)]
            codes[wrong][outcome(bench.forged(wrong), bench.settings)] += 1
            for path in bench.folder.glob("*.*"):
                if path.suffix in (".bin", ".jwt"):
                    path.unlink()
        spent = (time.process_time() - begin) / max(chosen.count, 1)
        honest = Counter(outcome(bench.honest(), bench.settings) for _ in range(max(24, chosen.count // 25)))
    print(f"{'one thing wrong':34}{'jobs':>7}{'drew':>6}  refused as")
    for wrong, found in codes.items():
        told = ", ".join(f"{code} {count}" for code, count in found.most_common() if code != "drew")
        print(f"{wrong:34}{found.total():>7}{found['drew']:>6}  {told}")
    drew = sum(found["drew"] for found in codes.values())
    print(f"{'all':34}{chosen.count:>7}{drew:>6}\nhonest jobs that drew: {honest['drew']} of {honest.total()}")
    print(f"a job, with its grant signed: {1000 * spent:.1f} ms of processor time")
    return 1 if drew or honest["drew"] != honest.total() else 0


if __name__ == "__main__":
    sys.exit(main())
