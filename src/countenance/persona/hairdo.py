"""A persona's hair in every style that a recipe offers, combed lock by lock. Knows nothing of colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from countenance.head.landmarks import load_landmarks
from countenance.head.template import FloatArray
from countenance.persona.headwear import cap, headscarf
from countenance.persona.locks import BAND, Piece, ball, lock, plait, shell, tube
from countenance.persona.scalp import AROUND, Scalp, between, direction, hairline
from countenance.persona.traits import Traits

CROWN = direction(np.array(np.pi), np.radians(72.0))
DEG = np.pi / 180


def hairdo(traits: Traits, head: FloatArray, rng: np.random.Generator) -> list[Piece]:
    """The pieces of a neutral head, (V, 3) template cm; none where it is shaved."""
    scalp = Scalp(head)
    chin = float(load_landmarks().on(head)[152][1])
    comb = _Comb(scalp, traits, rng, chin)
    made: dict[str, Callable[[], list[Piece]]] = {
        "short": comb.short, "fringe": comb.fringe, "bob": comb.bob, "long": comb.long, "tied": comb.tied,
        "curly": comb.curly, "coily": comb.coily, "braided": comb.braided, "shaved": list,
        "headscarf": lambda: headscarf(scalp, chin), "cap": lambda: [*comb.sides(), *cap(scalp)],
    }  # fmt: skip
    return made[traits.hair]()


class _Comb:
    """Locks on one scalp."""

    def __init__(self, scalp: Scalp, traits: Traits, rng: np.random.Generator, chin: float) -> None:
        self.scalp, self.rng, self.chin = scalp, rng, chin
        self.volume = traits.volume
        self.man = traits.man
        self.part = traits.part * 26 * DEG
        self.way = -1.0 if traits.part > 0 else 1.0  # where the long side falls

    def base(self, thick: float = 0.3, low: float = 0.0) -> Piece:
        """Close to the skin, dark: what is seen between locks."""
        azimuth = np.linspace(-np.pi, np.pi, AROUND + 1)
        lift = thick * np.clip((1 - np.linspace(0, 1, 24)) / 0.12, 0.15, 1)[:, None]
        return shell(self.scalp, hairline(azimuth) + low * DEG, lift, tone=-0.35)

    def root(self, azimuth: float) -> FloatArray:
        """Where on the parting hair begins that is combed towards an azimuth."""
        front = direction(np.array(self.part), hairline(np.array(self.part)) + 1 * DEG)
        away = abs((azimuth - self.part + np.pi) % (2 * np.pi) - np.pi)
        return np.asarray(between(front, CROWN, np.array([np.clip(0.06 + away / (105 * DEG), 0, 1) ** 0.85]))[0])

    def combed(
        self,
        root: FloatArray,
        end: FloatArray,
        width: float,
        *,
        lift: tuple[float, float, float] = (0.25, 1.1, 0.4),
        hang: float | None = None,
        flare: tuple[float, float] = (0.3, -0.6),
        curl: tuple[float, float] = (0.0, 1.0),
        tone: float = 0.0,
        tip: float = 0.05,
        bulge: float = 0.3,
    ) -> Piece:
        """A lock from root to end over the skull, and from there down to the height `hang`.

        Args:
            lift: cm off the skin at root, middle and end.
            flare: cm outwards, halfway down and at the tip, of what hangs.
            curl: radius and turns of a helix.
        """
        share = np.linspace(0, 1, 7)
        ways = between(root, end, share)
        lifts = np.interp(share, [0, 0.45, 1], lift)
        points, looks = self.scalp.at(ways, lifts), ways
        if hang is not None and hang > points[-1, 1] + 0.4:
            out = np.array([ways[-1][0], 0, ways[-1][2]])
            out /= max(float(np.linalg.norm(out)), 1e-9)
            down = np.linspace(0, 1, 8)[1:]
            bend = np.interp(down, [0, 0.5, 1], [0, *flare])
            more = points[-1] + np.outer(bend, out) + np.outer(down * (hang - points[-1, 1]), [0, 1, 0])
            points = np.concatenate([points, more])
            looks = np.concatenate([ways, np.tile(out, (len(down), 1))])
        steps = 18
        if curl[0]:
            t, fine = np.linspace(0, 1, len(points)), np.linspace(0, 1, 40)
            points = np.stack([np.interp(fine, t, points[:, k]) for k in range(3)], 1)
            looks = np.stack([np.interp(fine, t, looks[:, k]) for k in range(3)], 1)
            turn = 2 * np.pi * curl[1] * fine + self.rng.uniform(0, 6.28)
            side = np.cross(looks, np.gradient(points, axis=0))
            side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
            grow = curl[0] * np.clip(fine * 3, 0.1, 1)
            points = points + (grow * np.cos(turn))[:, None] * side + (grow * np.sin(turn))[:, None] * looks
            steps = 40
        return lock(points, width, looks, steps=steps, tip=tip, bulge=bulge, tone=tone + self.rng.normal(0, 0.05))

    def sides(self) -> list[Piece]:
        """Short hair round the head, close."""
        out = [self.base(0.35)]
        for azimuth in np.linspace(50, 310, 40):
            a = (azimuth + self.rng.normal(0, 2)) * DEG
            low = float(hairline(np.array(a)))
            root = direction(np.array(a), np.array(low + 24 * DEG))
            end = direction(np.array(a + self.rng.normal(0, 2) * DEG), np.array(low - 2 * DEG))
            out.append(self.combed(root, end, 1.5, lift=(0.3, 0.55, 0.3), tip=0.3))
        return out

    def short(self) -> list[Piece]:
        """Sides close; the top combed over, or up and back."""
        out = self.sides()
        rng, top = self.rng, (1.2 if self.man else 1.35) * self.volume
        style = rng.random()
        if style < 0.5:  # combed over from the parting
            for layer, low in enumerate((14, 4)):
                for azimuth in np.linspace(-115, 115, 17):
                    a = azimuth * DEG + rng.normal(0, 3) * DEG
                    over = self.way * 20 * DEG * np.exp(-((azimuth / 60) ** 2))
                    e = float(hairline(np.array(a + over))) + (low + rng.uniform(-2, 3)) * DEG
                    end = direction(np.array(a + over), np.array(e))
                    lift = (0.95, 1.15 * top * (0.8 + 0.25 * layer), 0.6 + 0.35 * layer)
                    out.append(self.combed(self.root(a), end, rng.uniform(1.9, 2.6), lift=lift, tip=0.08))
        else:  # up from the forehead and back
            for row, (low, high, height) in enumerate(((2, 66, 1.7), (0, 52, 1.3))):
                for azimuth in np.linspace(-62, 62, 13 - row):
                    a = azimuth * DEG + rng.normal(0, 2) * DEG
                    root = direction(np.array(a), hairline(np.array(a)) + low * DEG)
                    to = a * 0.7 + self.way * 26 * DEG
                    end = direction(np.array(to), np.array(high * DEG + rng.normal(0, 3) * DEG))
                    lift = (0.2, height * top, top * (0.9 - 0.2 * row))
                    out.append(self.combed(root, end, rng.uniform(1.7, 2.3), lift=lift, tip=0.1))
            for azimuth in np.linspace(-140, 140, 18):
                a = azimuth * DEG
                end = direction(np.array(a), hairline(np.array(a)) + (24 if abs(azimuth) > 60 else 34) * DEG)
                out.append(self.combed(CROWN, end, 2.4, lift=(top, top, 0.7)))
        return out

    def _cover(self, hang: float | None, *, count: int, width: float, **more: object) -> list[Piece]:
        """Locks from the parting to the side and back of the head, in two layers."""
        out = []
        for layer in (0, 1):
            for azimuth in np.linspace(58 if layer else 66, 302 if layer else 294, count):
                a = ((azimuth + 180) % 360 - 180 + self.rng.normal(0, 2.0)) * DEG
                e = -6 + 10 * np.cos(a) - 4 * layer
                end = direction(np.array(a), np.array(e * DEG))
                tall = None if hang is None else hang + self.rng.normal(0, 0.35) - 0.5 * layer
                lift = (0.5, (1.25 + 0.45 * layer) * self.volume, 0.75 + 0.4 * layer)
                out.append(
                    self.combed(self.root(a), end, width * self.rng.uniform(0.85, 1.15), lift=lift, hang=tall,
                                tone=-0.06 if layer == 0 else 0.0, **more)  # type: ignore[arg-type]
                )  # fmt: skip
        return out

    def _framing(self, hang: float, *, width: float = 2.4, curl: tuple[float, float] = (0.0, 1.0)) -> list[Piece]:
        """What falls from the parting beside the forehead and cheeks."""
        out = []
        for side in (-1.0, 1.0):
            for k, azimuth in enumerate((44, 52, 60, 68, 76)):
                a = side * azimuth * DEG
                end = direction(np.array(a), np.array((6 - 3 * k) * DEG))
                root = self.root(a)
                lift = (0.4, 1.25 * self.volume, 0.75 + 0.12 * k)
                tall = hang - (1.6 if k == 0 else 0.5) + self.rng.normal(0, 0.3)
                out.append(self.combed(root, end, width * 1.1, lift=lift, hang=tall, flare=(0.5, 0.1), curl=curl))
            for azimuth in (14, 26, 38):
                a = side * azimuth * DEG + self.part
                out.append(
                    self.combed(self.root(a), direction(np.array(side * 58 * DEG), np.array(12 * DEG)), 2.2,
                                lift=(0.5, 1.35 * self.volume, 1.0), hang=self.chin - 6, curl=curl)
                )  # fmt: skip
        return out

    def _bangs(self, low: float) -> list[Piece]:
        """Over the forehead, from the crown's front, to `low` degrees of elevation."""
        out = []
        for layer in (0, 1):
            for azimuth in np.linspace(-46, 46, 13 if layer == 0 else 10):
                a = azimuth * DEG + self.rng.normal(0, 1.2) * DEG
                root = direction(np.array(a * 0.7), np.array((66 - 4 * layer) * DEG))
                e = low + 5 * (azimuth / 46) ** 2 * -1 + self.rng.normal(0, 1.2) + 3 * layer
                end = direction(np.array(a * 1.04 + self.way * 2.5 * DEG), np.array(e * DEG))
                lift = (0.7, 1.15 * self.volume, 0.4 + 0.2 * layer)
                out.append(self.combed(root, end, self.rng.uniform(1.5, 2.0), lift=lift, tip=0.12))
        return out

    def fringe(self) -> list[Piece]:
        """Bangs; the rest to the jaw for women, short for men."""
        rest = self.sides() if self.man else [self.base(), *self._cover(self.chin - 1.5, count=20, width=2.6)]
        top = []
        for azimuth in np.linspace(-180, 150, 16):
            a = azimuth * DEG
            e = float(hairline(np.array(a))) * 0.5 + (20 if abs(azimuth) < 60 else 4) * DEG
            end = direction(np.array(a), np.array(e))
            top.append(self.combed(CROWN, end, 3.0, lift=(0.9 * self.volume, 1.25 * self.volume, 0.9)))
        return [*rest, *top, *self._bangs(13)]

    def bob(self) -> list[Piece]:
        """To the chin, its tips turned in."""
        low = self.chin - 0.5
        rest = self._cover(low, count=22, width=2.7, flare=(0.9, -0.7))
        return [self.base(), *rest, *self._framing(low)]

    def long(self) -> list[Piece]:
        """Over the shoulders."""
        low = self.chin + 12
        rest = self._cover(low, count=22, width=3.6, flare=(0.5, 1.2), curl=(0.25, 1.3))
        return [self.base(), *rest, *self._framing(low - 2, width=3.2, curl=(0.3, 1.3))]

    def curly(self) -> list[Piece]:
        """Ringlets."""
        low = self.chin + (-3 if self.man else 3)
        out = [self.base(0.8)]
        turns = 3.0 if self.man else 4.0
        for layer in (0, 1, 2):
            for azimuth in np.linspace(40, 320, 21 - 3 * layer):
                a = ((azimuth + 180) % 360 - 180 + self.rng.normal(0, 3)) * DEG
                end = direction(np.array(a), np.array((2 + 12 * layer) * DEG))
                tall = low - 3.2 * layer + self.rng.normal(0, 0.6)
                lift = (0.6, (1.1 + 0.5 * layer) * self.volume, 1.2 + 0.5 * layer)
                out.append(self.combed(self.root(a), end, 1.9, lift=lift, hang=tall, curl=(0.5, turns), bulge=0.8,
                                       flare=(0.8, 0.6), tip=0.3))  # fmt: skip
        for azimuth in np.linspace(-52, 52, 13):
            a = azimuth * DEG
            end = direction(np.array(a + self.way * 12 * DEG), np.array((24 + self.rng.normal(0, 3)) * DEG))
            root = direction(np.array(a * 0.8), np.array(66 * DEG))
            out.append(self.combed(root, end, 1.7, lift=(1.0, 1.9 * self.volume, 1.0), curl=(0.42, 2.4), bulge=0.8,
                                   tip=0.3))  # fmt: skip
        return out

    def coily(self) -> list[Piece]:
        """A round, soft mass of tufts."""
        tall = (1.1 if self.man else 2.6) * self.volume
        azimuth = np.linspace(-np.pi, np.pi, AROUND + 1)
        rows = np.clip((1 - np.linspace(0, 1, 24)) / 0.3, 0.25, 1)[:, None] ** 0.5
        out = [shell(self.scalp, hairline(azimuth) + 3 * DEG, tall * rows, tone=-0.1)]
        count = 420
        golden = np.pi * (3 - np.sqrt(5))
        for k in range(count):
            e = np.arcsin(1 - 1.55 * (k + 0.5) / count)
            a = (k * golden + np.pi) % (2 * np.pi) - np.pi
            low = float(hairline(np.array(a)))
            if e < low + 3 * DEG:
                continue
            edge = float(np.clip((e - low) / (26 * DEG), 0.25, 1)) ** 0.5
            middle = self.scalp.at(direction(np.array([a]), np.array([e])), tall * edge)[0]
            size = self.rng.uniform(0.62, 0.9) * (0.75 + 0.25 * edge)
            out.append(ball(middle, np.eye(3) * size, tone=float(self.rng.normal(0, 0.05))))
        return out

    def tied(self) -> list[Piece]:
        """Combed back into a bun on the crown, or a tail at the back."""
        high = self.rng.random() < 0.55
        knot = direction(np.array(np.pi), np.array((62 if high else 30) * DEG))
        out = [self.base(0.35)]
        for azimuth in np.linspace(-180, 176, 46):
            a = azimuth * DEG
            root = direction(np.array(a), hairline(np.array(a)) + 0.5 * DEG)
            out.append(self.combed(root, knot, 2.0, lift=(0.12, 0.75, 0.8), tip=0.35, bulge=0.22))
        for side in (-1.0, 1.0):  # a wisp before each ear
            a = side * 60 * DEG
            root = direction(np.array(a), hairline(np.array(a)) + 8 * DEG)
            end = direction(np.array(side * 60 * DEG), np.array(-2 * DEG))
            out.append(self.combed(root, end, 0.7, lift=(0.2, 0.4, 0.35), hang=self.chin - 3.5, flare=(0.3, -0.2)))
        middle = self.scalp.at(knot[None], 2.0 if high else 1.2)[0]
        if high:
            middle = middle + np.array([0, -1.3, -0.8])
            out.append(ball(middle, np.diag([2.9, 2.5, 2.9]) * self.volume, tone=-0.1))
            for k in range(9):
                turn = np.linspace(0, 1.5 * np.pi, 9) + k * 0.7
                tilt = 0.5 * np.sin(k * 2.1)
                ring = np.stack([3.0 * np.cos(turn), 2.4 * np.sin(turn) * np.sin(0.9 + tilt), 2.9 * np.sin(turn)], 1)
                ring *= self.volume
                looks = ring / np.linalg.norm(ring, axis=1, keepdims=True)
                out.append(lock(middle + ring, 1.5, looks, tip=0.2, bulge=0.5))
            return out
        out.append(tube(middle + np.outer(np.linspace(-0.5, 0.5, 4), [0, 0, 1.0]), np.full(4, 1.25), what=BAND))
        for k in range(11):
            side = (k - 5) * 0.9
            points = middle + np.array(
                [[0, 0, 0.4], [0.4 * side, -0.4, 2.2], [side, 3, 3.2], [1.25 * side, 9, 2.6], [1.2 * side, 15, 2.0]]
            )
            out.append(lock(points, 2.0, np.tile([0.0, 0, 1], (5, 1)), root=0.5))
        return out

    def braided(self) -> list[Piece]:
        """Rows from the forehead back, and two braids before the shoulders."""
        out = [self.base(0.2)]
        for azimuth in np.linspace(-150, 150, 21):
            a = azimuth * DEG
            root = direction(np.array(a), hairline(np.array(a)) + 1 * DEG)
            side = 1.0 if azimuth > 0 else -1.0
            end = direction(np.array(side * 118 * DEG), np.array(-20 * DEG))
            if abs(azimuth) < 70:
                high = between(root, CROWN, np.linspace(0, 0.8, 8))
                way = np.concatenate([high, between(high[-1], end, np.linspace(0.15, 1, 8))])
            else:
                way = between(root, end, np.linspace(0, 1, 12))
            out.extend(plait(self.scalp.at(way, 0.25), 0.5, self.scalp))
        for side in (-1.0, 1.0):
            start = self.scalp.at(direction(np.array([side * 112 * DEG]), np.array([-16 * DEG])), 0.6)[0]
            x = abs(start[0])
            points = np.array([start, [side * (x + 0.6), self.chin + 1, start[2] - 1.2],
                               [side * 9.2, self.chin + 6, -6.0], [side * 8.6, self.chin + 11, -9.8],
                               [side * 8.2, self.chin + 18, -10.6]])  # fmt: skip
            out.extend(plait(points, 1.25))
        return out
