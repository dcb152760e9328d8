"""What there is of a person, by pose and expression, and what is missing, in plain words. Pure; knows no faces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

POSES = ("far right", "right", "front", "left", "far left", "up", "down")
EXPRESSIONS = ("at rest", "smiling", "mouth open", "lips rounded", "brows raised")

TURNED, FAR = 12.0, 35.0  # degrees of yaw
NODDED = 11.0  # degrees of pitch against the person's usual
SMILES, OPENS, ROUNDS, RAISES = 0.35, 0.25, 0.45, 0.35  # of the blendshapes


@dataclass(frozen=True)
class Seen:
    """What the coverage is told of one take.

    Attributes:
        yaw: degrees, positive towards the person's left. pitch: degrees down, against the person's usual.
        smile, jaw, rounded, brows: 0 to 1.
        light: where it comes from: `front`, `left`, `right`, `above` or `below`, of the person.
        quality: 0 to 1, of what the smallest atlas holds.
    """

    yaw: float
    pitch: float
    smile: float
    jaw: float
    rounded: float
    brows: float
    light: str = "front"
    quality: float = 1.0

    @property
    def pose(self) -> str:
        """One of POSES. Turning counts before nodding."""
        if abs(self.yaw) >= TURNED:
            side = "left" if self.yaw > 0 else "right"
            return f"far {side}" if abs(self.yaw) >= FAR else side
        if abs(self.pitch) >= NODDED:
            return "down" if self.pitch > 0 else "up"
        return "front"

    @property
    def expression(self) -> str:
        """One of EXPRESSIONS: the strongest, against where each begins."""
        shown = {
            "smiling": self.smile / SMILES,
            "mouth open": self.jaw / OPENS,
            "lips rounded": self.rounded / ROUNDS,
            "brows raised": self.brows / RAISES,
        }
        strongest = max(shown, key=lambda name: shown[name])
        return strongest if shown[strongest] >= 1 else "at rest"


@dataclass(frozen=True)
class Coverage:
    """What went in.

    Attributes:
        counts: (expression, pose) in the order of EXPRESSIONS and POSES → takes that could be used.
        quality: the same → the best one's, 0 to 1.
        lights: where light came from, and in how many takes.
        files: how many were looked at, and how many of them gave something.
        looks: how many faces were looked at.
        dropped: why faces were left out, and how many.
        missing: in plain words.
    """

    counts: tuple[tuple[int, ...], ...]
    quality: tuple[tuple[float, ...], ...]
    lights: tuple[tuple[str, int], ...] = ()
    files: tuple[int, int] = (0, 0)
    looks: int = 0
    dropped: tuple[tuple[str, int], ...] = ()
    missing: tuple[str, ...] = field(default=())

    @property
    def takes(self) -> int:
        """How many could be used."""
        return sum(map(sum, self.counts))

    @property
    def cells(self) -> int:
        """How many of the grid's cells hold something."""
        return sum(count > 0 for row in self.counts for count in row)


def coverage_of(
    seen: Sequence[Seen],
    *,
    files: tuple[int, int] = (0, 0),
    looks: int = 0,
    dropped: Iterable[tuple[str, int]] = (),
) -> Coverage:
    """Sort takes into the grid, and say what it lacks."""
    counts = [[0] * len(POSES) for _ in EXPRESSIONS]
    quality = [[0.0] * len(POSES) for _ in EXPRESSIONS]
    lights: dict[str, int] = {}
    for one in seen:
        row, column = EXPRESSIONS.index(one.expression), POSES.index(one.pose)
        counts[row][column] += 1
        quality[row][column] = max(quality[row][column], one.quality)
        lights[one.light] = lights.get(one.light, 0) + 1
    return Coverage(
        tuple(map(tuple, counts)),
        tuple(tuple(round(value, 3) for value in row) for row in quality),
        tuple(sorted(lights.items())),
        files,
        looks,
        tuple(dropped),
        tuple(_missing(seen)),
    )


def _missing(seen: Sequence[Seen]) -> list[str]:
    poses, expressions = {one.pose for one in seen}, {one.expression for one in seen}
    said = []
    sides = [side for side in ("left", "right") if not poses & {side, f"far {side}"}]
    if len(sides) == 2:
        said.append("Only seen from the front: turned heads will be guessed.")
    said += [f"No view turned to the {side}: that cheek will be guessed." for side in sides if len(sides) == 1]
    far = [side for side in ("left", "right") if f"far {side}" not in poses and side not in sides]
    if far and len(far) + len(sides) == 2:
        said.append(f"Turned {FAR:.0f}° at most: beyond, the side of the face will be guessed.")
    said += [f"No view nodding {way}." for way in ("up", "down") if way not in poses]
    if "at rest" not in expressions:
        said.append("Never at rest: every take shows an expression, and some of it will stay.")
    if "smiling" not in expressions:
        said.append("Never smiles: smile folds will be drawn, not shown.")
    if "mouth open" not in expressions:
        said.append("Never opens the mouth: teeth will be those of the double, or drawn.")
    if len(seen) > 1 and len({one.light for one in seen}) == 1:
        said.append("Only one light: its shadows cannot be told from the skin.")
    return said
