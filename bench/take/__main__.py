"""`python -m bench.take [FOLDER]`: the measures behind the live take's thresholds, over films and drawn takes.

Films are the .mp4 files of the folder (default ../shared/media); they are nobody's takes, so that each lacks the turns
and the phrase. What counts is that nothing else is said against them, and that drawn takes are told from them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tests.permission.liveness_check.material import Script, camera, drawn, sound, spoken, write_take
from tests.portraits import eileen_collins, grace_hopper

from countenance.errors import CountenanceError
from countenance.permission.liveness_check import challenge_for, liveness, sync, video_measures
from countenance.permission.liveness_check.phrase_recognition import EnglishRecogniser

CHALLENGE = challenge_for("ab" * 16)
VOICES = 12


def material(films: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and clip."""
    for path in sorted(films.glob("*.mp4")):
        yield f"film {path.stem}", path
    script = Script.of(CHALLENGE)
    for name, portrait in (("Collins", eileen_collins()), ("Hopper", grace_hopper())):
        frames = list(drawn(script, portrait))
        for crf in (20, 30):
            yield f"drawn {name}, CRF {crf}", write_take(folder / "drawn.mp4", frames, sound(script), crf=crf)
        yield f"drawn {name}, grain and sway", write_take(folder / "drawn.mp4", camera(frames), sound(script))


def faces(films: Path, console: Console) -> None:
    """What is seen."""
    table = Table("clip", "blinks", "turns", "flatness", "same background", "lacks", title="What is seen")
    video_measures.SHORTEST = 1.0
    with tempfile.TemporaryDirectory() as folder:
        for name, clip in material(films, Path(folder)):
            try:
                series = video_measures.measure_take(clip)
            except CountenanceError as error:
                table.add_row(name, error.code)
                continue
            flat = liveness.flatness(series)
            lacks = [lack.code for lack in liveness.lacking(series, CHALLENGE.turns)]
            table.add_row(
                name,
                str(len(liveness.blinks(series))),
                " ".join(liveness.turns(series)) or "none",
                "–" if flat is None else f"{flat:.3f}",
                "–" if series.still is None else f"{series.still:.3f}",
                " ".join(lacks) or "none",
            )
    console.print(table)


def voices(console: Console) -> None:
    """What is heard, and how mouths go with sounds that are not theirs."""
    from math import gcd

    from scipy.signal import resample_poly

    from countenance.face.topology import BLENDSHAPES
    from countenance.speech.mouthing import mouth_blendshapes

    ears = EnglishRecogniser()
    random = np.random.default_rng(0)
    said, rows = [], []
    for number in range(VOICES):
        phrase = challenge_for(f"{number:032x}").phrase
        utterance = spoken(phrase)
        common = gcd(16_000, utterance.sample_rate)
        plain = resample_poly(utterance.samples, 16_000 // common, utterance.sample_rate // common)
        for noise in (0.001, 0.01, 0.03):
            samples = np.concatenate([np.zeros(8_000), plain, np.zeros(8_000)])
            samples = (samples + random.normal(0, noise, len(samples))).astype(np.float32)
            heard = ears.hear(samples, phrase)
            rows.append((noise, heard.right, heard.said))
            if noise == 0.001:
                times = np.arange(int((float(utterance.duration) + 1) * 25)) / 25
                shapes = mouth_blendshapes(utterance, times - 0.5, 1.0)
                opening = shapes[:, BLENDSHAPES.index("jawOpen")] - shapes[:, BLENDSHAPES.index("mouthClose")]
                mouth = 0.2 * np.clip(opening, 0, 1) + random.normal(0, 0.008, len(times))
                said.append((times, mouth, sync.loudness(samples, 16_000), heard))
    table = Table("noise", "phrases", "words right", "heard", title="What is heard (a synthetic voice)")
    for noise in (0.001, 0.01, 0.03):
        here = [row for row in rows if row[0] == noise]
        table.add_row(
            str(noise), str(len(here)), f"{np.mean([r[1] for r in here]):.2f} of 7", str(sum(r[2] for r in here))
        )
    console.print(table)
    own = [sync.agreement(t, m, level, h.start, h.end, h.phones) for t, m, level, h in said]
    strange = [
        sync.agreement(said[i][0], said[i][1], said[j][2], said[j][3].start, said[j][3].end, said[j][3].phones)
        for i in range(VOICES)
        for j in range(VOICES)
        if i != j
    ]
    table = Table("mouth and sound", "pairs", "5%", "50%", "95%", "taken", title="Do they go together?")
    for name, pairs in (("of one take", own), ("of two takes", strange)):
        near = np.percentile([pair.near for pair in pairs], [5, 50, 95])
        taken = np.mean([pair.together for pair in pairs])
        table.add_row(name, str(len(pairs)), *(f"{value:.2f}" for value in near), f"{100 * taken:.0f}%")
    console.print(table)


def main() -> None:
    films = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/media")
    console = Console(width=120)
    voices(console)
    faces(films, console)


if __name__ == "__main__":
    main()
