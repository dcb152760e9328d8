"""Recorded speech as an Utterance: which sound is made when, from its words where they are known, else by ear."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countenance.errors import BadOption
from countenance.speech.listening.sound import read_recording
from countenance.speech.listening.sphinx import aligned_phones, guessed_phones
from countenance.speech.utterance import Utterance


@dataclass(frozen=True)
class Listened:
    """What was heard.

    Attributes:
        utterance: the recording and its phones.
        method: `words` (its text, found in the sound) or `ear` (by sound alone).
        warnings: in plain words.
    """

    utterance: Utterance
    method: str
    warnings: tuple[str, ...]


def listen(path: str | Path, *, text: str | None = None, language: str = "en") -> Listened:
    """Listen to recorded speech.

    Args:
        path: any file with sound that FFmpeg reads.
        text: what is said, word for word; None: it is not known.
        language: BCP 47, of the speech.

    Raises:
        FileMissing, NotAVideo, Damaged: the file cannot be read. EmptyFile, TooLarge: it is too short or too long.
        BadOption: it has no sound or no speech, or the text is empty or another one than what is said.
        LibraryMissing: a part that is needed for this language is not installed.
    """
    if text is not None and not any(c.isalnum() for c in text):
        raise BadOption("The text of the recording is empty.", "Give the words that are spoken, or leave it away.")
    recording = read_recording(Path(path))
    sound = recording.heard()
    phones = aligned_phones(sound, text) if text is not None else guessed_phones(sound)
    method = "ear" if text is None else "words"
    utterance = Utterance(recording.samples, recording.sample_rate, phones, text or "", language)
    return Listened(utterance, method, recording.warnings)


def recorded_utterance(path: str | Path, *, text: str | None = None, language: str = "en") -> Utterance:
    """`listen`, for those who want the Utterance alone; raises the same."""
    return listen(path, text=text, language=language).utterance
