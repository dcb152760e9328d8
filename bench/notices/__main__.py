"""Make `marking/notices/*.opus` again: each language's sentence, spoken by espeak-ng (a separate program), evidently by
a machine. Trimmed, levelled to −20 dBFS, Opus at 24 kbit/s.

    python -m bench.notices [--output FOLDER] [--language TAG …]
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from countenance.marking.label_words import WORDS
from countenance.marking.spoken_notice import FOLDER

RATE = 48_000
LEVEL = 0.1
VOICES = {"nb": "nb", "ne": "ne", "mr": "mr", "ga": "ga", "mt": "mt", "en": "en-gb", "pt": "pt"}


def spoken(text: str, voice: str) -> NDArray[np.float32]:
    """Mono at `RATE`, trimmed and levelled."""
    run = subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "--stdout", text], capture_output=True, check=True)
    with wave.open(io.BytesIO(run.stdout)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(1 << 24), "<i2").astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[max(0, loud[0] - rate // 50) : loud[-1] + rate // 20]
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
    frame.sample_rate = rate
    parts = [piece.to_ndarray()[0] for piece in (*resampler.resample(frame), *resampler.resample(None))]
    whole = np.concatenate(parts)
    return np.asarray(np.clip(whole * (LEVEL / np.sqrt(np.mean(whole**2))), -0.95, 0.95), np.float32)


def written(path: Path, samples: NDArray[np.float32]) -> None:
    """Encode as Opus."""
    with av.open(str(path), "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=RATE, layout="mono")
        stream.codec_context.bit_rate = 24_000
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        fifo = av.AudioFifo()
        fifo.write(frame)
        while piece := fifo.read(960, partial=True):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.notices")
    parser.add_argument("--output", type=Path, default=FOLDER)
    parser.add_argument("--language", nargs="*", default=sorted(set(WORDS) - {"no", "nn"}))
    said = parser.parse_args()
    print("| language | seconds | bytes |\n|---|---|---|")
    for language in said.language:
        samples = spoken(WORDS[language].credit, VOICES.get(language, language))
        path = said.output / f"{language}.opus"
        written(path, samples)
        print(f"| {language} | {len(samples) / RATE:.2f} | {path.stat().st_size} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
