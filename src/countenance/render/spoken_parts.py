"""Who says what in one run: each person's part of a script or their recording, their voice, and all as one sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import scipy

from countenance.errors import BadOption
from countenance.face.subject import Subject, VoiceSubject
from countenance.media.source import pinned
from countenance.permission.authorisation import Right, in_language
from countenance.permission.permit import Permit
from countenance.permission.rules import numbered
from countenance.permission.scripts import Script
from countenance.render.job import Inputs, permitted
from countenance.render.options import AnimateOptions
from countenance.render.people import Person
from countenance.render.script_review import allowed_script, script_in, script_of
from countenance.render.sound_mix import levelled
from countenance.render.speech_source import SpeechOptions, Uttered, cues_of, utter
from countenance.settings import Settings
from countenance.speech.cast import same_speaker
from countenance.speech.script import Cue, part_of
from countenance.speech.utterance import Utterance


@dataclass(frozen=True)
class SpokenPart:
    """What one person says.

    Attributes:
        text: words, or cues; None for a recording.
        speech: how.
        voice_role: of the file that lends the voice, where one does.
    """

    text: str | list[Cue] | None
    speech: SpeechOptions
    voice_role: str = "voice"


def spoken_parts(
    people: Sequence[Person], text: str | list[Cue] | None, speech: SpeechOptions
) -> tuple[SpokenPart, ...]:
    """Each person's part, in their order.

    Args:
        people: who speaks.
        text: of all; of several people a script that names speakers.
        speech: how those speak who have no way of their own; its captions are the whole script's.

    Raises:
        BadOption: it is not said who says what, a speaker has no cue, or the cues of several have no times.
    """
    parts = []
    for k, one in enumerate(people):
        own = replace(one.speech or speech, captions=speech.captions)
        said = text
        if one.speaker and isinstance(text, list):
            said = part_of(text, one.speaker)
        elif one.speech is not None and one.speech.audio is not None:
            said = text if len(people) == 1 else None
        elif len(people) > 1 or one.speaker:
            raise BadOption(
                f"It is not said which words the person named by {one.face} speaks.",
                "Give a script that names its speakers (.srt or .vtt), and each person's: "
                f"--person {one.face}=grant.jwt,speaker=NAME.",
            )
        if len(people) > 1 and isinstance(said, list) and any(cue.start is None for cue in said):
            raise BadOption("Cues of several speakers need times.", "Give a .srt or .vtt, or make it one person's.")
        parts.append(SpokenPart(said, own if k == 0 or said is not None else replace(own, captions=None), _role(k)))
    names = [one.speaker.casefold() for one in people if one.speaker]
    if len(set(names)) < len(names):
        raise BadOption("Two people are named for one speaker.", "Give each speaker's words to one person.")
    return tuple(parts)


def left_out(people: Sequence[Person], text: str | list[Cue] | None) -> list[str]:
    """Speakers of a script whose words nobody of several people says, in plain words."""
    if len(people) == 1 or not isinstance(text, list):
        return []
    names = dict.fromkeys(cue.speaker for cue in text if cue.speaker)
    left = [name for name in names if not any(same_speaker(name, one.speaker) for one in people)]
    return [f"What {name} says in the script is not spoken: no person is named for it." for name in left]


def script_of_parts(parts: Sequence[SpokenPart]) -> Script:
    """The words of all, to be looked at as one script: one's after the other's, and as they are heard."""
    cues = [cue for one in parts for cue in cues_of(one.text)]
    return script_in(cues, parts[0].speech, recorded=any(one.speech.audio is not None for one in parts))


def review_parts(parts: Sequence[SpokenPart], settings: Settings) -> None:
    """Look at parts in their own languages; the job looks at all in the first one's. Raises as `allowed_script`."""
    for one in parts[1:]:
        if one.speech.language != parts[0].speech.language:
            allowed_script(script_of(one.text, one.speech), settings)


def _role(person: int) -> str:
    return numbered("voice", person)


def voice_roles(parts: Sequence[SpokenPart]) -> tuple[str, ...]:
    """Of whom is asked beside faces."""
    return tuple(one.voice_role for one in parts if one.speech.lent is not None)


def voices_of(parts: Sequence[SpokenPart]) -> dict[str, Subject]:
    """The people whose voices are lent, by role; empty where voices that are nobody's speak."""
    return {one.voice_role: VoiceSubject(pinned(one.speech.lent)) for one in parts if one.speech.lent is not None}


def rights_of(people: Sequence[Person], parts: Sequence[SpokenPart], roles: Sequence[str]) -> dict[str, Right]:
    """On what each face and voice of a speaker rests, asked in the language that they speak too."""
    found: dict[str, Right] = {}
    for k, (one, part) in enumerate(zip(people, parts, strict=True)):
        right = None if one.permission is None else in_language(one.permission, part.speech.language)
        for role in (numbered(plain, k) for plain in ("source", "plate", "voice")):
            if role in roles and right is not None:
                found[role] = right
    return {role: found[role] for role in roles if role in found}


def spoken_by(inputs: Inputs, permit: Permit, part: SpokenPart, options: AnimateOptions) -> Uttered:
    """The speech: by a voice of nobody, or with the voice of the person whom the permit names. Raises as `utter`."""
    if part.voice_role not in inputs.subjects:
        return utter(part.text, part.speech, options.seed)
    voice = permitted(inputs, part.voice_role, VoiceSubject, permit).subject
    return utter(part.text, part.speech, options.seed, lent=voice.source)


def in_chorus(spoken: Sequence[Uttered]) -> Uttered:
    """What several people say as one sound, each as loud as the others; cues in the order of their times.

    Its utterance has no phones where there are several: whose mouth says what, their own tell.
    """
    if len(spoken) == 1:
        return spoken[0]
    rate = max(one.utterance.sample_rate for one in spoken)
    sounds = []
    for one in spoken:
        ratio = Fraction(rate, one.utterance.sample_rate)
        loud = levelled(one.utterance, None)
        sounds.append(scipy.signal.resample_poly(loud, ratio.numerator, ratio.denominator).astype(np.float32))
    whole = np.zeros(max(map(len, sounds)), np.float32)
    for sound in sounds:
        whole[: len(sound)] += sound
    first = spoken[0]
    text = " ".join(one.utterance.text for one in spoken)
    cues = sorted((cue for one in spoken for cue in one.cues), key=lambda cue: cue.start or Fraction(0))
    return Uttered(
        Utterance(np.clip(whole, -1, 1), rate, (), text, first.utterance.language),
        tuple(cues),
        ", ".join(dict.fromkeys(one.voice for one in spoken)),
        first.language,
        tuple(dict.fromkeys(line for one in spoken for line in one.warnings)),
        next((one.recording for one in spoken if one.recording is not None), None),
    )
