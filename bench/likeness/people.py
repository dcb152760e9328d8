"""Who is taken for whom: `python -m bench.likeness.people FOLDER`, a folder of pictures and clips of one person each.

Everybody's picture, or the rest frame of their clip, is moved through grimaces and turns into an expressive clip of one
person. Each clip is held against a template of its own person and of everybody else; and pairs of clips are joined into
one track without a cut, as if somebody had stepped into another's place. Prints how many of one person are refused, how
many looks of theirs are left out, and how many looks of anybody else are taken.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.likeness.material import clip_of, drawn

from bench.quality.material import clips_in, portrait_of, stills_in
from countenance.engines import Portrait
from countenance.face.identity import FaceTemplate, template_of_still
from countenance.likeness.clustering import sort_people
from countenance.likeness.material import Track, look_at_all

GRIMACES: tuple[dict[str, float], ...] = (
    {},
    {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "jawOpen": 0.35, "cheekSquintLeft": 0.8, "cheekSquintRight": 0.8},
    {"jawOpen": 1.0, "browInnerUp": 1.0, "eyeWideLeft": 1.0, "eyeWideRight": 1.0},
    {"mouthPucker": 1.0, "browDownLeft": 1.0, "browDownRight": 1.0},
    {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0, "mouthLeft": 1.0, "noseSneerLeft": 1.0},
    {"mouthFrownLeft": 1.0, "mouthFrownRight": 1.0, "mouthShrugLower": 1.0, "eyeSquintLeft": 1.0},
)
TURNS = ((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), (0.0, 12.0, -18.0, 22.0, -12.0, 18.0))
HELD = 8  # frames of each


@dataclass(frozen=True)
class Person:
    """One person: their template, and tracks of what they were in."""

    name: str
    template: FaceTemplate
    clips: tuple[tuple[str, Track], ...]


def people(folder: Path) -> Iterator[Person]:
    """Everybody in the folder, with two expressive clips each and their own where there is one."""
    found: list[tuple[str, Portrait, Path | None]] = [(one.name, one.portrait, None) for one in stills_in(folder)]
    found += [(one.name, portrait_of(one.reference[1]), one.path) for one in clips_in(folder)]
    with tempfile.TemporaryDirectory() as scratch:
        for name, portrait, path in found:
            clips = [] if path is None else [("own", path)]
            for k, turns in enumerate(TURNS):
                moments = [
                    (turn, shapes) for turn, shapes in zip(turns, GRIMACES, strict=True) for _ in range(HELD // 2)
                ]
                clips.append((f"expressive {k}", clip_of(Path(scratch) / f"{name}{k}.mp4", drawn(portrait, moments))))
            looked = []
            for label, clip in clips:
                tracks = next(iter(look_at_all([clip])))
                assert isinstance(tracks, list)
                looked.append((label, max(tracks, key=lambda track: len(track.looks))))
            yield Person(name, template_of_still(portrait.pixels, portrait.face), tuple(looked))


def joined(first: Track, second: Track) -> Track:
    """One track that begins as one person and ends as another."""
    begin = len(first.looks)
    return Track(
        [*first.looks, *second.looks],
        [*first.descriptions, *second.descriptions],
        [*first.described, *(begin + k for k in second.described)],
    )


def main(folder: Path) -> None:
    """Print the table."""
    everybody = list(people(folder))
    refused = left_out = looks = clips = 0
    for person in everybody:
        for label, track in person.clips:
            own = len(sort_people([track], [person.template]).own)
            clips, refused = clips + 1, refused + (own == 0)
            looks, left_out = looks + len(track.looks), left_out + len(track.looks) - own
            print(f"{person.name:<14}{label:<14}{len(track.looks):>4} looks, {len(track.looks) - own:>3} left out")
    pairs = taken = mixed = wrong = 0
    for person in everybody:
        for other in everybody:
            if other is person:
                continue
            for _, track in other.clips:
                pairs, taken = pairs + 1, taken + bool(sort_people([track], [person.template]).own)
                both = joined(person.clips[-1][1], track)
                theirs = {id(look) for look in track.looks}
                own = sort_people([both], [person.template]).own
                mixed, wrong = mixed + 1, wrong + any(id(look) in theirs for look in own)
    print(f"one person: {refused} of {clips} clips refused, {left_out} of {looks} looks left out")
    print(f"strangers: {taken} of {pairs} pairs taken; {wrong} of {mixed} joined tracks with a stranger's look taken")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
