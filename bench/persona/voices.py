"""`python -m bench.persona.voices [COUNT]`: the voices of personas measured: the pitch that was asked for and came out,
formants, how near two of them come, and whether the words are still heard. Says nothing of beauty.
"""

from __future__ import annotations

import sys

import numpy as np

from countenance.persona.library.voices import distinct_shape
from countenance.persona.recipe import Recipe
from countenance.persona.traits import is_man
from countenance.speech.shaping import VoiceShape, pitch_track
from countenance.speech.voice import choose_voice

TEXT = "Hello, this is what I found today, and I would like to tell you about it."


def main(count: int = 8) -> int:
    """Print the table."""
    shapes: list[VoiceShape] = []
    print("seed sex    wanted Hz  came Hz  tract  centre Hz  pace  nearest  seconds spoken")
    for seed in range(count):
        recipe = Recipe("Persona", seed)
        shape = distinct_shape(recipe, shapes)
        voice, tag = choose_voice(f":{shape}", "en")
        said = voice.say(TEXT, language=tag, seed=seed)
        track = pitch_track(said.samples, said.sample_rate)
        near = min((shape.distance(other) for other in shapes), default=9.0)
        sex = "man  " if is_man(recipe) else "woman"
        print(f"{seed:4d} {sex} {shape.pitch:9.1f} {np.median(track[track > 0]):8.1f} "
              f"{shape.tract:7.3f} {_centre(said.samples, said.sample_rate):8.0f} {shape.pace:7.2f} {near:7.2f} "
              f"{float(said.duration):8.1f}")  # fmt: skip
        shapes.append(shape)
    return 0


def _centre(samples: np.ndarray, rate: int) -> float:
    """Hz: the middle of the sound's power between 300 and 5000 Hz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    within = (hertz > 300) & (hertz < 5000)
    return float((power * hertz)[within].sum() / power[within].sum())


if __name__ == "__main__":
    sys.exit(main(*(int(value) for value in sys.argv[1:2])))
