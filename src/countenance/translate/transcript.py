"""What is said in a clip and when: its speech found, heard piece by piece, and put into sentences with times.

Knows nothing of translating. Sound is held in memory while it is listened to, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from countenance.errors import BadOption, InputError
from countenance.media.source import Source
from countenance.speech import Cue
from countenance.speech.hearing import RATE, UNSURE, HeardWord, Hearing, Samples
from countenance.speech.listening.sound import read_recording
from countenance.speech.voice_activity import BEGINS, CHUNK, ENDS, VoiceActivity

BREATH = 0.35
"""Seconds of silence at which what is heard may be cut."""
LONGEST_PIECE = 20.0
"""Seconds that are heard at once."""
AROUND = 0.15
"""Seconds kept round speech."""
PAUSE = 0.7
"""Seconds between two words at which a sentence ends though no mark says so."""
LONGEST_PAUSE = 3.0
"""Seconds between two stretches that are heard together."""
CLOSED = 0.3
"""Seconds of silence that are left between them."""
EARLY = 0.15
"""Seconds before the end of a stretch: what would begin there begins the next one. Times of words tend to be early."""
LONGEST_LINE = 9.0
"""Seconds of a line; what is longer is cut at a comma."""
SURE_LANGUAGE = 0.7
_ENDS_SENTENCE = ".?!…。？！।۔"
_COMMA = ",;:—，、؛،"
_SAMPLE = 20.0  # seconds of speech by which its language is told
SHORTEST_WORD = 0.06


@dataclass(frozen=True)
class Stretch:
    """Where somebody speaks: seconds."""

    start: float
    end: float


@dataclass(frozen=True)
class Transcript:
    """What was said in a clip.

    Attributes:
        lines: sentences, with times.
        language: primary tag.
        speech: where somebody speaks.
        duration: of the sound, seconds.
        warnings: in plain words.
    """

    lines: tuple[Cue, ...]
    language: str
    speech: tuple[Stretch, ...]
    duration: float
    warnings: tuple[str, ...] = ()


def transcribe(
    clip: Source,
    language: str | None = None,
    names: Sequence[str] = (),
    *,
    hearing: Hearing | None = None,
    told: Callable[[float], None] = lambda _share: None,
) -> Transcript:
    """Hear a clip.

    Args:
        clip: anything with sound.
        language: that is spoken, BCP 47; None to have it told from the sound.
        names: of people, products and places that may be said.
        hearing: a model that is loaded already.
        told: called with the share that is done, 0 to 1.

    Raises:
        InputError: it has no sound, or nobody speaks (`translate.no_speech`). ModelMissing, LibraryMissing.
    """
    recording = read_recording(clip)
    samples = recording.heard()
    speech = speech_in(samples)
    if not speech:
        raise InputError(
            f"Nobody is heard to speak in {clip.name}.",
            "Give a clip with clear speech, or write what is said as a .vtt with times and give it with --transcript.",
            code="translate.no_speech",
        )
    hearing = hearing or Hearing()
    warnings = list(recording.warnings)
    heard, sure = hearing.language_of(_sample(samples, speech))
    tag = (language or heard).split("-")[0].lower()
    if language is None and sure < SURE_LANGUAGE:
        warnings.append(f"The language was taken for {heard!r} with a probability of {sure:.0%}; give it with --from.")
    if language is not None and tag != heard and sure >= SURE_LANGUAGE:
        warnings.append(f"{language!r} was said to be spoken, and {heard!r} is heard (probability {sure:.0%}).")
    lines: list[Cue] = []
    pieces = pieces_of(speech, samples)
    for k, piece in enumerate(pieces):
        sound, places = _closed_up(samples, piece)
        words, probability = hearing.hear_words(sound, tag, names)
        if not words or probability <= UNSURE:
            warnings.append(f"What is said at {piece[0].start:.1f} s could not be understood, and is left out.")
            words = []
        lines += _lines(_placed(words, places))
        told((k + 1) / len(pieces))
    if not lines:
        raise InputError(
            f"What is said in {clip.name} could not be understood.",
            "Write it as a .vtt with times and give it with --transcript.",
            code="translate.no_speech",
        )
    return Transcript(tuple(lines), tag, tuple(speech), len(samples) / RATE, tuple(warnings))


def speech_in(samples: Samples) -> list[Stretch]:
    """Where somebody speaks in (n,) float32 at 16 kHz; pauses shorter than a breath are part of it."""
    activity = VoiceActivity()
    chances = [activity.probability(samples[k : k + CHUNK]) for k in range(0, len(samples) - CHUNK + 1, CHUNK)]
    step = CHUNK / RATE
    found: list[Stretch] = []
    begun: float | None = None
    for k, chance in enumerate([*chances, 0.0]):
        if begun is None and chance >= BEGINS:
            begun = k * step
        elif begun is not None and chance < ENDS:
            if found and begun - found[-1].end < BREATH:
                found[-1] = Stretch(found[-1].start, k * step)
            else:
                found.append(Stretch(begun, k * step))
            begun = None
    return [one for one in found if one.end - one.start >= 2 * step]


def pieces_of(speech: Sequence[Stretch], samples: Samples) -> list[list[Stretch]]:
    """Stretches that are heard together: LONGEST_PIECE at most; what is longer is cut where it is quietest."""
    cut: list[Stretch] = []
    for one in speech:
        while one.end - one.start > LONGEST_PIECE:
            first, last = (round((one.start + part * LONGEST_PIECE) * RATE) for part in (0.6, 1.0))
            level = np.convolve(np.square(samples[first:last]), np.ones(RATE // 10), "valid")
            at = (first + int(np.argmin(level)) + RATE // 20) / RATE
            cut.append(Stretch(one.start, at))
            one = Stretch(at, one.end)
        cut.append(one)
    out: list[list[Stretch]] = []
    for one in cut:
        together = out and sum(each.end - each.start + CLOSED for each in [*out[-1], one]) <= LONGEST_PIECE
        if together and one.start - out[-1][-1].end <= LONGEST_PAUSE:
            out[-1].append(one)
        else:
            out.append([one])
    return out


def check_lines(lines: Sequence[Cue], name: str) -> None:
    """Raises BadOption where a transcript that a person wrote cannot be dubbed: it has no times."""
    if any(line.start is None or line.end is None for line in lines):
        raise BadOption(f"{name} has no times.", "Give a .vtt or .srt, as `countenance translate … --draft` writes it.")


def _sample(samples: Samples, speech: Sequence[Stretch]) -> Samples:
    parts, seconds = [], 0.0
    for one in speech:
        parts.append(samples[round(one.start * RATE) : round(one.end * RATE)])
        seconds += one.end - one.start
        if seconds >= _SAMPLE:
            break
    return np.concatenate(parts)[: round(_SAMPLE * RATE)]


def _closed_up(samples: Samples, piece: Sequence[Stretch]) -> tuple[Samples, list[tuple[float, Stretch]]]:
    """The piece's sound with its silences shortened, which mislead the times of words; where each stretch lies in it.

    A word alone is easily misheard; heard together with what is said around, it is not.
    """
    parts: list[Samples] = []
    places: list[tuple[float, Stretch]] = []
    at = 0
    for k, one in enumerate(piece):
        before = AROUND if k == 0 else min(AROUND, (one.start - piece[k - 1].end) / 2)
        after = AROUND if k + 1 == len(piece) else min(AROUND, (piece[k + 1].start - one.end) / 2)
        first, last = max(0, round((one.start - before) * RATE)), round((one.end + after) * RATE)
        parts.append(samples[first:last])
        places.append((at / RATE, Stretch(first / RATE, min(last, len(samples)) / RATE)))
        at += len(parts[-1])
        if k + 1 < len(piece):
            parts.append(np.zeros(round(CLOSED * RATE), np.float32))
            at += len(parts[-1])
    return np.concatenate(parts), places


def _placed(words: Sequence[HeardWord], places: Sequence[tuple[float, Stretch]]) -> list[HeardWord]:
    """Words in the clip's time, one after the other, each inside one stretch of speech."""

    def placed(time: float, *, ends: bool) -> tuple[float, int]:
        for k in reversed(range(len(places))):
            at, stretch = places[k]
            if (time > at if ends else time >= at - CLOSED - EARLY) or k == 0:
                return min(max(stretch.start, stretch.start + time - at), stretch.end), k
        raise AssertionError  # there is a first one

    out: list[HeardWord] = []
    for word in words:
        start, where = placed(word.start, ends=False)
        start = max(start, (out[-1].end or 0.0) if out else 0.0)
        end, there = (places[-1][1].end, len(places) - 1) if word.end is None else placed(word.end, ends=True)
        if there > where:  # it does not reach over a silence
            end = places[where][1].end
        out.append(HeardWord(word.text, start, max(end, start + SHORTEST_WORD), word.sure))
    return out


def _lines(words: Sequence[HeardWord]) -> list[Cue]:
    """Words put into sentences."""
    lines: list[Cue] = []
    begun: list[HeardWord] = []
    for k, word in enumerate(words):
        begun.append(word)
        after = words[k + 1].start if k + 1 < len(words) else float("inf")
        end = word.end or word.start
        long = end - begun[0].start >= LONGEST_LINE
        if word.text[-1] in _ENDS_SENTENCE or after - end >= PAUSE or (long and word.text[-1] in _COMMA):
            lines.append(_line(begun))
            begun = []
    return [*lines, _line(begun)] if begun else lines


def _line(words: Sequence[HeardWord]) -> Cue:
    text = " ".join(word.text for word in words)
    end = words[-1].end or words[-1].start + SHORTEST_WORD
    return Cue(text, _milliseconds(words[0].start), _milliseconds(end))


def _milliseconds(seconds: float) -> Fraction:
    return Fraction(round(seconds * 1000), 1000)
