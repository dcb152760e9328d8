"""What a script is about to say, held against what impostors and swindlers say: a public office, a bank, a head of
state speaking; a password, a payment that cannot be had back, emergency money asked for.

A finding is a question to a person, no judgement: whoever means the words says so once more, for these very words. All
languages that are known are looked for whatever the script's own is: words are mixed. Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from countenance.errors import PermissionRefused
from countenance.permission.scripts.letters import Hit, Letters, Phrase, hits, letters_of, phrase_of, within
from countenance.permission.scripts.phrase_data import all_phrases

Topic = Literal["official", "head-of-state", "bank", "secret", "payment", "emergency"]
TOPICS: Mapping[Topic, str] = {
    "official": "it speaks as the police, a court, a tax office or another public office",
    "head-of-state": "it speaks as a head of state or government",
    "bank": "it speaks as the staff of a bank",
    "secret": "it asks for a password, a PIN, a one-time code or bank details",
    "payment": "it asks for money in a way that cannot be had back: gift cards, a crypto wallet, a “safe” account",
    "emergency": "it asks for emergency money in a relative's name",
}
NOT_LOOKED_AT = "What is said in recorded sound without its words was not looked at for impersonation and fraud."
_NAMED, _NEAR, _WIDE, _NEGATED = 26, 70, 240, 14  # letters between the parts of a finding
_NUMBER = re.compile(r"(?:\d[\s.\-/]?){10,}|\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,}", re.IGNORECASE)
_WALLET = re.compile(r"\b(?:bc1[a-z0-9]{20,}|0x[0-9a-f]{40}|[13][1-9A-HJ-NP-Za-km-z]{25,34})\b")


@dataclass(frozen=True)
class Script:
    """Words that are about to be spoken.

    Attributes:
        texts: in the order in which they are said; cues one by one.
        language: BCP 47, of most of them.
        confirmed: digests of texts that somebody has said they mean; those of other texts count for nothing.
        recorded: there is recorded sound, of which `texts` need not be the words.
        in_time: the same texts as they are heard, whoever speaks them, where that is another order; else empty.
    """

    texts: tuple[str, ...]
    language: str = "en"
    confirmed: tuple[str, ...] = ()
    recorded: bool = False
    in_time: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """12 hex digits of these words in this language, in the order they are heard; what somebody confirms."""
        said = [self.language.split("-")[0].casefold(), " ".join(" ".join(self.texts).split())]
        if self.in_time:
            said.append(" ".join(" ".join(self.in_time).split()))
        return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class ScriptReview:
    """What was found in a script.

    Attributes:
        digest: of it, see `Script.digest`.
        topics: what it is about, in the order of `TOPICS`; empty where nothing was found.
        confirmed: somebody has said for these very words that they are meant.
        looked_at: False where there are no words, only recorded sound.
        known: whether phrases in the script's language are known here.
    """

    digest: str
    topics: tuple[Topic, ...] = ()
    confirmed: bool = False
    looked_at: bool = True
    known: bool = True

    @property
    def in_words(self) -> tuple[str, ...]:
        """What it is about, each in a sentence."""
        return tuple(TOPICS[topic] for topic in self.topics)

    def as_dict(self) -> dict[str, Any]:
        """For manifests, results and `--json`: fixed words and sentences, nothing of the script itself."""
        said: dict[str, Any] = {"topics": list(self.topics), "found": list(self.in_words), "lookedAt": self.looked_at}
        if self.confirmed:
            said["confirmed"] = self.digest
        return said if self.known else said | {"languageKnown": False}

    def require(self, forbidden: Mapping[str, str]) -> ScriptReview:
        """Itself, where it may be spoken.

        Args:
            forbidden: topics that a market does not allow, each with its sentence.

        Raises:
            PermissionRefused: permission.script_market, permission.script.
        """
        details = {"topics": list(self.topics), "digest": self.digest}
        for topic in self.topics:
            if topic in forbidden:
                raise PermissionRefused(
                    f"The script cannot be spoken for this market: {TOPICS[topic]}. {forbidden[topic]}",
                    "Write it otherwise, or make another version for that market.",
                    code="permission.script_market",
                    details=details,
                )
        if self.topics and not self.confirmed:
            raise PermissionRefused(
                f"The script says what impostors and swindlers say: {'; '.join(self.in_words)}.",
                "If these very words are meant and deceive nobody, say so with their digest, which is recorded: "
                f"--confirm-script {self.digest} (confirm_script in plans and in the API). A program judged them.",
                code="permission.script",
                details=details,
            )
        return self


def review(script: Script) -> ScriptReview:
    """Look at a script.

    Example:
        >>> review(Script(("This is the police. Tell me your PIN.",))).topics
        ('official', 'secret')
        >>> review(Script(("Never tell anyone your PIN.",))).topics
        ()
    """
    there = {topic for texts in (script.texts, script.in_time) if texts for topic in _topics(texts)}
    found = tuple(topic for topic in TOPICS if topic in there)
    return ScriptReview(
        digest=script.digest,
        topics=found,
        confirmed=bool(found) and script.digest in script.confirmed,
        looked_at=bool(script.texts) or not script.recorded,
        known=script.language.split("-")[0].casefold() in known_languages(),
    )


def known_languages() -> tuple[str, ...]:
    """Languages whose phrases are known."""
    return tuple(all_phrases())


@lru_cache(maxsize=64)
def _topics(texts: tuple[str, ...]) -> tuple[Topic, ...]:
    letters = letters_of(texts)
    there = _Groups(letters)
    found: dict[Topic, bool] = {
        "official": there.claims("official.who"),
        "head-of-state": there.claims("head.who") or there.claims("head.who", said="claim.head", near=8),
        "bank": there.claims("bank.who") or there.claims("bank.plain", said="call.words", near=_NAMED // 2),
        "secret": there.asks("ask.words", "secret.things", "ask.hand"),
        "payment": there.asks("pay.words", "pay.things", "pay.words")
        or there.asks("ask.words", "pay.cards", "ask.words")
        or _to_a_number(texts, there),
        "emergency": there.emergency(),
    }
    return tuple(topic for topic in TOPICS if found[topic])


class _Groups:
    """The phrases of all languages that stand in a text, by group, as they are asked for."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._found: dict[str, list[Hit]] = {}

    def of(self, group: str) -> list[Hit]:
        if group not in self._found:
            self._found[group] = hits(self._letters, _phrases(group))
        return self._found[group]

    def claims(self, who: str, *, said: str = "claim.words", near: int = _NAMED) -> bool:
        """Somebody says that they are one of these."""
        whom = self.of(who)
        if not whom:
            return False
        before = any(True for _ in within(self.of(said), whom, near))
        after = any(True for _ in within(whom, self.of("claim.after"), _NAMED // 2))
        return before or after

    def asks(self, asked: str, things: str, handed: str) -> bool:
        """One of these things is asked for, and no warning against it."""
        wanted = self.of(things)
        if not wanted:
            return False
        warned = {thing for thing, _ in within(wanted, self.of("negation.after"), 2)}
        asking = [one for one in self.of(asked) if not self._negated(one)]
        if any(thing not in warned for _, thing in within(asking, wanted, _NEAR)):
            return True
        handing = [one for one in self.of(handed) if not self._negated(one)]
        return any(thing not in warned for thing, _ in within(wanted, handing, _NAMED))

    def emergency(self) -> bool:
        """Somebody speaks to a relative of their own trouble and of money, near each other."""
        whom, *places = (self.of(group) for group in ("relative.who", "trouble.words", "money.words", "plea.words"))
        return any(all(any(abs(two.start - one.start) <= _WIDE for two in place) for place in places) for one in whom)

    def _negated(self, ask: Hit) -> bool:
        joined = self._letters.joined
        for no in self.of("negation.words"):
            if 0 <= ask.start - no.end <= _NEGATED:
                around = joined[max(0, no.start - _NEGATED) : ask.start]  # "do not hesitate to", "zögern Sie nicht"
                if not any(one.letters in around for one in _phrases("negation.but")):
                    return True
        return False


def _to_a_number(texts: Sequence[str], there: _Groups) -> bool:
    """Money is to go to a long number or a wallet, whether in digits or in words."""
    if not there.of("pay.transfer"):
        return False
    shown = unicodedata.normalize("NFKC", " ".join(texts))
    return bool(_NUMBER.search(shown) or _WALLET.search(shown)) or _spoken_number(there)


def _spoken_number(there: _Groups) -> bool:
    """Ten or more digits that were written as words, one after the other."""
    run, end = 0, -1
    for one in there.of("digits.words"):
        run = run + 1 if one.start == end else 1
        end = one.end
        if run >= 10:
            return True
    return False


@lru_cache(maxsize=64)
def _phrases(group: str) -> tuple[Phrase, ...]:
    """A group's phrases in all languages."""
    part, field = group.split(".")
    said = (text for one in all_phrases().values() for text in getattr(getattr(one, part), field))
    return tuple(dict.fromkeys(phrase_of(text) for text in said))
