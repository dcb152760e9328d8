"""What is to be said, and when: plain text, SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysubs2

from countenance.errors import BadDocument, BadOption, EmptyFile, FileMissing, TooLarge
from countenance.speech.cast import chosen, labelled, same_speaker, voiced
from countenance.speech.speakable import speakable
from countenance.speech.subtitles import (
    SOUNDS,
    TOUCH,
    Block,
    plain,
    read_blocks,
    rolls,
    spoken_lines,
    without_sounds,
)
from countenance.speech.utterance import SILENCE, Phone, Utterance
from countenance.speech.voice import Voice

FASTEST = 1.35  # how far a cue may be hurried to fit
EDGE = Fraction(1, 20)  # seconds of silence kept round a cue that has its own times
LONGEST_TEXT = 200_000  # characters
LONGEST = 3600  # seconds of speech at a time


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of text.

    Attributes:
        text: what is said.
        start, end: seconds; None where the text has no times of its own.
        speaker: who says it, where the script names them.
        notes: what of the script is not said here, in plain words.
    """

    text: str
    start: Fraction | None = None
    end: Fraction | None = None
    speaker: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Spoken:
    """A script as spoken.

    Attributes:
        utterance: the whole.
        cues: what was said when, with the times as spoken.
        warnings: cues that could not be made to fit, in plain words.
    """

    utterance: Utterance
    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]


def read_script(path: Path) -> list[Cue]:
    """Cues of a .txt, .srt or .vtt file; a .txt is one cue without times.

    Raises:
        FileMissing, EmptyFile, BadDocument, BadOption.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no file {path}.")
    if path.stat().st_size > 4 * LONGEST_TEXT:
        raise BadDocument(f"{path.name} is too long for a script.", "Cut it into parts.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from error
    return parse_script(text, path.name, path.suffix.lower().lstrip("."))


def parse_script(text: str, name: str, kind: str) -> list[Cue]:
    """Cues of a script's text.

    Args:
        text: of the file.
        name: of the file, for messages.
        kind: txt, srt or vtt; a txt is one cue without times.

    Raises:
        EmptyFile, BadDocument, BadOption.
    """
    if not text.strip():
        raise EmptyFile(f"{name} holds no text.")
    if kind == "txt":
        said, left = without_sounds_in(text.strip())
        return [Cue(said, notes=_unsaid(left))]
    if kind not in ("srt", "vtt"):
        raise BadOption(f"{name} is no script.", "Give a .txt, .srt or .vtt file.")
    if kind == "vtt":
        text = voiced(text)
    cues = _cues(read_blocks(text, name))
    if not cues:
        raise EmptyFile(f"{name} holds no cue.")
    for speaker in dict.fromkeys(cue.speaker for cue in cues):
        check_overlaps([cue for cue in cues if same_speaker(cue.speaker, speaker)], name)
    return cues


def _cues(blocks: list[Block]) -> list[Cue]:
    """What is said in them, in the order of their times; what is not, is noted."""
    rolling = rolls(blocks)
    cues: list[Cue] = []
    notes: list[str] = []
    before: Block | None = None
    for block in sorted(blocks, key=lambda block: block.start):
        touching = before is not None and abs(block.start - before.end) <= TOUCH
        shown = tuple(line for line in map(plain, before.lines) if line) if before and touching else ()
        lines = spoken_lines(block, shown, rolling=rolling)
        before = block
        said, left = zip(*map(without_sounds, lines), strict=True) if lines else ((), ())
        notes += _unsaid([one for some in left for one in some])
        speaker, words = labelled(" ".join(" ".join(said).split()))
        if not any(c.isalnum() for c in words):
            continue
        end: Fraction | None = block.end
        if block.end == block.start:
            notes.append(f"The cue in line {block.line} has no length; it takes the time that it needs.")
            end = None
        cues.append(Cue(words, block.start, end, speaker, tuple(notes)))
        notes = []
    if cues and notes:
        cues[-1] = replace(cues[-1], notes=(*cues[-1].notes, *notes))
    return cues


def without_sounds_in(text: str) -> tuple[str, list[str]]:
    """Running text, its paragraphs kept, and what in it only tells of sounds."""
    found: list[str] = []
    lines = []
    for line in text.splitlines():
        said, left = without_sounds(line) if SOUNDS.search(line) else (line, ())
        found += left
        lines.append(said)
    return "\n".join(lines), found


def _unsaid(left: Sequence[str]) -> tuple[str, ...]:
    return (f"Not spoken, as it tells of sounds: {', '.join(dict.fromkeys(left))}.",) if left else ()


def part_of(cues: Sequence[Cue], speaker: str) -> list[Cue]:
    """What one speaker says. Raises BadOption: nothing."""
    return [cue for cue, own in zip(cues, chosen([cue.speaker for cue in cues], speaker), strict=True) if own]


def check_overlaps(cues: Sequence[Cue], name: str = "The script") -> None:
    """Raises BadDocument where a cue begins before the one above ends."""
    for before, after in pairwise(cues):
        if before.end is not None and after.start is not None and after.start < before.end:
            raise BadDocument(
                f"{name}: the cue at {float(after.start):.2f} s begins before the one above ends.",
                "Cues of one speaker may not overlap; move one of them, or choose whose are spoken (dub --speaker).",
            )


def speak_cues(cues: Sequence[Cue], voice: Voice, language: str, *, rate: float = 1.0, seed: int = 0) -> Spoken:
    """Speak a script. A cue with times begins on time; one that does not fit is spoken faster, within limits.

    Args:
        cues: in order.
        voice, language, rate, seed: as `Voice.say`.

    Raises:
        BadOption: there is nothing to say. TooLarge: it is longer than LONGEST. LibraryMissing: as `Voice.say`.
    """
    _check_length(max((cue.start or Fraction(0) for cue in cues), default=Fraction(0)))
    pieces: list[tuple[Fraction, Utterance, Cue]] = []
    warnings = unspoken(cues, language)
    at = Fraction(0)
    for k, cue in enumerate(cues):
        text = speakable(cue.text, language).text
        if not text:
            if len(cues) == 1:
                raise BadOption(
                    f"Nothing of this text can be said in {language!r}: {cue.text[:40]!r}.",
                    "Give words of the language, or its language with --spoken.",
                )
            continue
        said = voice.say(text, language=language, rate=rate, seed=seed + k)
        if cue.start is not None and cue.end is None:
            said = said.trimmed(EDGE, EDGE)
            at = max(at, cue.start)
        elif cue.start is not None and cue.end is not None:
            room = cue.end - cue.start
            said = said.trimmed(EDGE, EDGE)
            pace = rate
            while said.duration > room and pace < rate * FASTEST:
                pace = min(rate * FASTEST, pace * max(1.02, float(said.duration / room)))
                said = voice.say(text, language=language, rate=pace, seed=seed + k).trimmed(EDGE, EDGE)
            if said.duration > room:
                late = float(said.duration - room)
                warnings.append(f"The cue at {float(cue.start):.2f} s is {late:.2f} s too long for its time.")
            at = max(at, cue.start)
        pieces.append((at, said, Cue(cue.text, at, at + said.duration, cue.speaker)))
        at += said.duration
        _check_length(at)
    if not pieces:
        raise BadOption(
            f"Nothing of this script can be said in {language!r}.", "Give its language with --spoken, or its words."
        )
    sample_rate = pieces[0][1].sample_rate
    samples = np.zeros(int(at * sample_rate) + 1, np.float32)
    phones: list[Phone] = []
    for begin, said, _ in pieces:
        first = round(begin * sample_rate)
        length = min(len(said.samples), len(samples) - first)
        samples[first : first + length] += said.samples[:length]
        if phones and phones[-1].end < begin:
            phones.append(Phone(SILENCE, phones[-1].end, begin))
        phones += [phone.later(begin) for phone in said.phones]
    whole = " ".join(cue.text for cue in cues)
    spoken = Utterance(np.clip(samples, -1, 1), sample_rate, tuple(phones), whole, language)
    return Spoken(spoken, tuple(cue for _, _, cue in pieces), tuple(warnings))


def unspoken(cues: Sequence[Cue], language: str) -> list[str]:
    """What of a script will not be spoken, or not as it stands, in plain words; nothing is spoken for it."""
    said = []
    for cue in cues:
        at = "" if cue.start is None else f" (the cue at {float(cue.start):.2f} s)"
        said += [f"{note[:-1]}{at}." for note in (*cue.notes, *speakable(cue.text, language).warnings)]
    return list(dict.fromkeys(said))


def _check_length(seconds: Fraction) -> None:
    if seconds > LONGEST:
        raise TooLarge(
            f"The script goes on for more than {LONGEST // 60} minutes.", "Cut it into parts, and join the videos."
        )


def captions(cues: Sequence[Cue], format_: str) -> bytes:
    """The cues as `srt` or `vtt`, UTF-8."""
    out = pysubs2.SSAFile()
    for cue in cues:
        if cue.start is not None and cue.end is not None:
            begin, end = round(cue.start * 1000), round(cue.end * 1000)
            out.append(pysubs2.SSAEvent(start=begin, end=end, text=cue.text.replace("\n", "\\N")))
    return out.to_string(format_).encode()
