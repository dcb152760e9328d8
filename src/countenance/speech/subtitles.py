"""SubRip and WebVTT as people's programs write them: cues with the line they stand on, and what in them is not speech.

A time line that cannot be read is an error that names its line: passed over, the words would be lost, or the numbers
read aloud. Knows nothing of voices.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from countenance.errors import BadDocument

ARROW = "-->"
BROKEN = re.compile(r"\s*\d{1,3}:\d{2}(?::\d{2})?(?:[.,:]\d+)?\s*(?:-+>?|=+>|[–—→])\s*\d{1,3}:\d{2}\S*\s*")
TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,6}))?")
INLINE_TIME = re.compile(r"<(?:\d{1,3}:)?\d{2}:\d{2}[.,]\d{1,6}>")
RUBY = re.compile(r"<rt\b[^>]*>.*?(?:</rt>|(?=</ruby>)|$)", re.IGNORECASE)
TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|\{\\[^{}\n]*\}|\{[YyFfSsCcPp]:[^{}\n]*\}")
DASH = re.compile(r"^\s*[-–—]\s*(?=\S)")
SOUNDS = re.compile(r"\[[^\[\]\n]{1,80}\]|[♪♫♬♩]+|\([^()\n]{1,60}\)")
HEARD = frozenset(
    "music musik musique música applause applaus laughter laughs laughing chuckles sighs sighing coughs coughing gasps "
    "cheering crying sobbing screams whistling silence inaudible indistinct beep bleep rire rires risas".split()
)
BLINK = Fraction(1, 10)  # seconds: a cue that is shown for less only passes lines on
TOUCH = Fraction(1, 10)  # seconds between two cues that are taken to follow each other


@dataclass(frozen=True)
class Block:
    """A cue as it stands in the file.

    Attributes:
        line: of its times, counted from 1.
        start, end: seconds.
        lines: its text, tags and all.
    """

    line: int
    start: Fraction
    end: Fraction
    lines: tuple[str, ...]


def read_blocks(text: str, name: str) -> list[Block]:
    """The cues of a file, in its order.

    Args:
        text: the whole file.
        name: for messages.

    Raises:
        BadDocument: a time line cannot be read; its line is named.
    """
    lines = text.splitlines()
    for k, line in enumerate(lines):
        if ARROW not in line and BROKEN.fullmatch(line):
            raise _no_time(line, k + 1, name)
    starts = [k for k, line in enumerate(lines) if ARROW in line and not _in_note(lines, k)]
    blocks = []
    for number, at in enumerate(starts):
        start, end = _times(lines[at], at + 1, name)
        until = starts[number + 1] if number + 1 < len(starts) else len(lines)
        body = lines[at + 1 : until]
        if until < len(lines):
            body = _without_identifier(body)
        blocks.append(Block(at + 1, start, end, tuple(_text(body))))
    return blocks


def spoken_lines(block: Block, before: tuple[str, ...], *, rolling: bool) -> tuple[str, ...]:
    """The lines of a cue that are new: captions that roll up show a line again while the next one appears.

    Args:
        block: the cue.
        before: the plain lines of the cue that ends where this one begins; none where none does.
        rolling: whether the file is of that kind, as its inline times tell.
    """
    shown = tuple(line for line in map(plain, block.lines) if line)
    for count in range(min(len(before), len(shown)), 0, -1):
        if shown[:count] == before[-count:]:
            more = len(shown) > count
            return shown[count:] if more or rolling or block.end - block.start < BLINK else shown
    return shown


def plain(line: str) -> str:
    """One line without tags, inline times and entities."""
    line = TAG.sub("", RUBY.sub("", INLINE_TIME.sub("", line)))
    return " ".join(html.unescape(line).replace("\u200b", "").replace("\\N", " ").split())


def rolls(blocks: list[Block]) -> bool:
    """Whether words in it have times of their own, as in captions that were made by listening."""
    return any(INLINE_TIME.search(line) for block in blocks for line in block.lines)


def without_sounds(text: str) -> tuple[str, tuple[str, ...]]:
    """What is said in a line, and what only tells of sounds: `[APPLAUSE]`, `♪`, `(music)`."""
    left: list[str] = []

    def kept(found: re.Match[str]) -> str:
        what = found.group()
        if what[0] == "(" and not _is_sound(what[1:-1]):
            return what
        left.append(what)
        return " "

    said = SOUNDS.sub(kept, text)
    said = DASH.sub("", " ".join(said.split()))
    return said, tuple(left)


def _is_sound(words: str) -> bool:
    bare = re.sub(r"[^\w\s]", "", words).split()
    return bool(bare) and (words.isupper() or any(word.lower() in HEARD for word in bare)) and len(bare) <= 4


def _times(line: str, number: int, name: str) -> tuple[Fraction, Fraction]:
    first, _, rest = line.partition(ARROW)
    second = rest.split()[0] if rest.split() else ""
    begin, end = TIME.fullmatch(first.strip()), TIME.fullmatch(second)
    if begin is None or end is None:
        raise _no_time(line, number, name)
    start, finish = _seconds(begin), _seconds(end)
    if finish < start:
        raise BadDocument(
            f"{name}, line {number}: the cue ends before it begins.", "Mend its times.", details={"line": number}
        )
    return start, finish


def _no_time(line: str, number: int, name: str) -> BadDocument:
    return BadDocument(
        f"{name}, line {number}: {line.strip()[:60]!r} is no time line.",
        "Write 00:00:02,500 --> 00:00:04,500: hours, minutes, seconds and milliseconds.",
        details={"line": number},
    )


def _seconds(found: re.Match[str]) -> Fraction:
    hours, minutes, seconds, part = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (Fraction(int(part), 10 ** len(part)) if part else Fraction(0))


def _without_identifier(body: list[str]) -> list[str]:
    """Without the number, or name, that stands above the next cue's times."""
    apart = not body or not body[-1].strip()  # some programs leave a line between the number and the times
    while body and not body[-1].strip():
        body = body[:-1]
    alone = len(body) == 1 or (len(body) > 1 and not body[-2].strip())
    if body and ((body[-1].strip().isdecimal() and (alone or not apart)) or (alone and not apart)):
        return body[:-1]
    return body


def _text(body: list[str]) -> Iterator[str]:
    """A cue's own lines: up to a note, style or region of WebVTT."""
    after_blank = False
    for line in body:
        if after_blank and re.match(r"(NOTE|STYLE|REGION)(\s|$)", line):
            return
        if line.strip():
            yield line.strip()
        after_blank = not line.strip()


def _in_note(lines: list[str], at: int) -> bool:
    """Whether a line stands in a comment of WebVTT."""
    while at >= 0 and lines[at].strip():
        if re.match(r"NOTE(\s|$)", lines[at]):
            return True
        at -= 1
    return False
