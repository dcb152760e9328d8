"""What is to be said, and when: plain text, SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysubs2
import pysubs2.exceptions

from countenance.errors import BadDocument, BadOption, EmptyFile, FileMissing, TooLarge
from countenance.speech.cast import chosen, labelled, same_speaker, voiced
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
    """

    text: str
    start: Fraction | None = None
    end: Fraction | None = None
    speaker: str | None = None


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
    if not text.strip():
        raise EmptyFile(f"{path.name} holds no text.")
    if path.suffix.lower() == ".txt":
        return [Cue(text.strip())]
    if path.suffix.lower() not in (".srt", ".vtt"):
        raise BadOption(f"{path.name} is no script.", "Give a .txt, .srt or .vtt file.")
    if path.suffix.lower() == ".vtt":
        text = voiced(text)
    try:
        lines = pysubs2.SSAFile.from_string(text, format_=path.suffix.lower()[1:])
    except (pysubs2.exceptions.Pysubs2Error, ValueError) as error:
        raise BadDocument(f"{path.name} cannot be read: {error}.") from error
    cues = []
    for line in sorted(lines, key=lambda line: line.start):
        speaker, words = labelled(" ".join(line.plaintext.split()))
        if not line.is_comment and words:
            cues.append(Cue(words, Fraction(line.start, 1000), Fraction(line.end, 1000), speaker))
    if not cues:
        raise EmptyFile(f"{path.name} holds no cue.")
    for speaker in dict.fromkeys(cue.speaker for cue in cues):
        check_overlaps([cue for cue in cues if same_speaker(cue.speaker, speaker)], path.name)
    return cues


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
    warnings = []
    at = Fraction(0)
    for k, cue in enumerate(cues):
        said = voice.say(cue.text, language=language, rate=rate, seed=seed + k)
        if cue.start is not None and cue.end is not None:
            room = cue.end - cue.start
            said = said.trimmed(EDGE, EDGE)
            pace = rate
            while said.duration > room and pace < rate * FASTEST:
                pace = min(rate * FASTEST, pace * max(1.02, float(said.duration / room)))
                said = voice.say(cue.text, language=language, rate=pace, seed=seed + k).trimmed(EDGE, EDGE)
            if said.duration > room:
                late = float(said.duration - room)
                warnings.append(f"The cue at {float(cue.start):.2f} s is {late:.2f} s too long for its time.")
            at = max(at, cue.start)
        pieces.append((at, said, Cue(cue.text, at, at + said.duration, cue.speaker)))
        at += said.duration
        _check_length(at)
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
