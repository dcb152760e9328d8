"""Recorded speech as an Utterance: which sound is made when, from its words where they are known, else by ear."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, LibraryMissing
from countenance.media.source import Source, pinned
from countenance.speech.espeak import EspeakVoice
from countenance.speech.listening.alignment import placed_phones
from countenance.speech.listening.log_mel import FloatArray
from countenance.speech.listening.phone_network import log_likelihoods
from countenance.speech.listening.phone_recognition import phones_of_both
from countenance.speech.listening.segmentation import aligned_in_pieces, guessed_in_pieces
from countenance.speech.listening.sound import Recording, read_recording, recording_of
from countenance.speech.listening.speech_check import HELD_TONES, UNSURE, agreement, certainty, held_tones
from countenance.speech.listening.spelling import english_phones
from countenance.speech.utterance import SILENCE, Phone, Samples, Utterance
from countenance.speech.voice import speaks

ANOTHER = 0.5  # agreement below which the text is another one
POOR = 0.6  # below it a warning: of synthesised speech 40 right texts reached 0.64 to 1.00, 96 others at most 0.60
DOUBTFUL = 0.65  # agreement below which the words are looked for in another way, too
LACKING, MISSING = 0.25, 0.45  # share of the speech that the text lacks: warned of, refused; 0.12 and less if complete


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


def listen(
    sound: str | Path | Source | NDArray[np.floating],
    *,
    text: str | None = None,
    language: str = "en",
    sample_rate: int | None = None,
) -> Listened:
    """Listen to recorded speech.

    Args:
        sound: any file with sound that FFmpeg reads; or samples, (n,) or (n, channels) in [-1, 1].
        text: what is said, word for word; None: it is not known.
        language: BCP 47, of the speech.
        sample_rate: hertz, of samples; a file knows its own.

    Raises:
        FileMissing, NotAVideo, Damaged: the file cannot be read. EmptyFile, TooLarge: it is too short or too long.
        BadOption: it has no sound or no speech, or the text is empty or another one than what is said.

    Without espeak-ng, which says how words other than English are pronounced, the sound alone is followed, with a
    warning.
    """
    if text is not None and not any(c.isalnum() for c in text):
        raise BadOption("The text of the recording is empty.", "Give the words that are spoken, or leave it away.")
    if isinstance(sound, str | Path | Source):
        recording = read_recording(pinned(sound))
    elif sample_rate is None:
        raise BadOption("The rate of the samples is not given.", "Give sample_rate, in hertz.")
    else:
        recording = recording_of(sound, sample_rate, "the recording")
    return _heard(recording, text, language)


def _heard(recording: Recording, text: str | None, language: str) -> Listened:
    sound = recording.heard()
    heard = log_likelihoods(sound)
    warnings = list(recording.warnings)
    phones: tuple[Phone, ...] | None = None
    if text is not None:
        try:
            phones = phones_of_text(sound, text, language, heard=heard)
        except LibraryMissing as error:  # the words cannot be used, but the sound can
            warnings.append(f"{error.message} {error.remedy} Until then the text is left aside and the sound followed.")
    method = "ear" if phones is None else "words"
    warnings += _no_speech(recording.name, sound, heard, known=phones is not None)
    if phones is None:
        phones = phones_by_ear(sound, language, heard=heard)
        if all(phone.symbol == SILENCE for phone in phones):
            raise BadOption(f"No speech can be heard in {recording.name}.", "Give a recording of somebody speaking.")
    else:
        warnings += _other_words(recording.name, heard, phones)
    utterance = Utterance(recording.samples, recording.sample_rate, phones, text or "", language)
    return Listened(utterance, method, tuple(warnings))


def _no_speech(name: str, sound: Samples, heard: FloatArray, *, known: bool) -> list[str]:
    """Warnings where it is doubtful that this is speech. Raises BadOption where it is none."""
    held, sure = held_tones(sound), certainty(sound, heard)
    if held > HELD_TONES and not known:
        raise BadOption(
            f"{name} sounds like music, not like speech: its tones are held.",
            "Give the voice alone, without the music; or the words that are spoken, if there are any.",
        )
    if sure < UNSURE and not known:
        raise BadOption(
            f"{name} does not sound like speech: noise, perhaps.", "Give a recording in which a voice is heard clearly."
        )
    if held > HELD_TONES or sure < UNSURE:
        return [f"{name} does not sound like clear speech; there may be music or noise in it."]
    return []


def _other_words(name: str, heard: FloatArray, phones: tuple[Phone, ...]) -> list[str]:
    """Warnings where other words may be said. Raises BadOption where they are."""
    right, unsaid = agreement(heard, phones)
    if right < ANOTHER or unsaid > MISSING:
        raise BadOption(
            f"The text is not what is said in {name}."
            if right < ANOTHER
            else f"{unsaid:.0%} of the speech in {name} is not in the text.",
            "Give the exact words that are spoken, or leave the text away.",
        )
    warnings = []
    if right < POOR:
        warnings.append(f"The text fits {name} poorly; see that it is what is said, word for word.")
    if unsaid > LACKING:
        warnings.append(f"About {unsaid:.0%} of the speech in {name} is not in the text; the lips stay closed there.")
    return warnings


def recorded_utterance(
    sound: str | Path | Source | NDArray[np.floating],
    *,
    text: str | None = None,
    language: str = "en",
    sample_rate: int | None = None,
) -> Utterance:
    """`listen`, for those who want the Utterance alone; raises the same."""
    return listen(sound, text=text, language=language, sample_rate=sample_rate).utterance


def phones_of_text(sound: Samples, text: str, language: str, *, heard: FloatArray | None = None) -> tuple[Phone, ...]:
    """The phones of a text, at the times at which they are spoken.

    Args:
        sound: (n,) float32 at HEARD_RATE, its peak near 0.7.
        text: that is spoken.
        language: BCP 47.
        heard: what the network makes of the sound, where that is known already.

    Raises:
        BadOption: it is not what is said, or nothing knows how this language is pronounced.
        LibraryMissing: espeak-ng, which knows how it is pronounced, is not installed.
    """
    heard = log_likelihoods(sound) if heard is None else heard
    found: list[tuple[Phone, ...]] = []
    if language.lower().split("-")[0] == "en":
        with suppress(BadOption):  # robots and noise are more than pocketsphinx understands
            found.append(aligned_in_pieces(sound, text, heard))
        if not found or agreement(heard, found[0])[0] < DOUBTFUL:
            found.append(placed_phones(heard, english_phones(text)) or ())
    else:
        found.append(placed_phones(heard, _pronunciation(text, language)) or ())
    best = max(found, key=lambda phones: agreement(heard, phones)[0])
    if not best:
        raise BadOption(
            "The text is longer than what is said in the recording.",
            "Give the exact words that are spoken, or leave the text away.",
        )
    return best


def _pronunciation(text: str, language: str) -> tuple[Phone, ...]:
    """The phones of a text, by espeak-ng's rules; as espeak-ng would time them."""
    voice = EspeakVoice()
    tag = speaks(voice, language)
    if tag is None:
        raise BadOption(
            f"How {language!r} is pronounced is not known here.",
            "Leave the text away: the recording is then listened to by ear.",
        )
    return voice.say(text, language=tag).phones


def phones_by_ear(sound: Samples, language: str, *, heard: FloatArray | None = None) -> tuple[Phone, ...]:
    """The sounds that are heard, whatever the words.

    Args:
        sound: (n,) float32 at HEARD_RATE, its peak near 0.7.
        language: BCP 47; it need not be one that anything here knows.
        heard: what the network makes of the sound, where that is known already.
    """
    return phones_of_both(log_likelihoods(sound) if heard is None else heard, guessed_in_pieces(sound), language)
