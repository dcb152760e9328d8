"""What a network must not mind: landmarks a little off, a mirrored head, other light, another place on the square."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

from countenance.engines.mesh.refiner_config import MOTION

SHIFTED = 6  # pixels of 256 that a whole batch may lie off
MIRRORED = 0.3
WARPED, WARP = 0.6, 1.3  # share of drawings that are bent, and by how much: pixels of 256, standard deviation
LIGHT, TINT = 0.08, 0.03  # natural log, standard deviation
UNSURE, UNSAID = 0.3, 0.2  # noise on motion, in its own spread, and the share of drawings without any


@dataclass(frozen=True)
class Batch:
    """Tensors of one step.

    Attributes:
        picture: (B, CHANNELS, s, s) in [0, 1].
        motion: (B, MOTION).
        truth: (B, 3, s, s) in [0, 1].
        judged: (B, 1, s, s) in [0, 1].
    """

    picture: Tensor
    motion: Tensor
    truth: Tensor
    judged: Tensor


def augmented(batch: Batch, mean: Tensor, spread: Tensor, random: torch.Generator) -> Batch:
    """The same faces as they may also come.

    Args:
        batch: as it is.
        mean, spread: (MOTION,) of the motion trained on.
        random: on the CPU, seeded: the same course every time.
    """
    picture, motion, truth, judged = batch.picture, batch.motion, batch.truth, batch.judged
    count, side, device = len(picture), picture.shape[-1], picture.device

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=random).to(device, picture.dtype)

    def chance(share: float) -> Tensor:
        return (torch.rand(count, generator=random) < share).to(device)

    reach = max(1, SHIFTED * side // 256)
    by = torch.randint(-reach, reach + 1, (2,), generator=random).tolist()
    picture, truth, judged = (torch.roll(t, by, (2, 3)) for t in (picture, truth, judged))
    if float(torch.rand(1, generator=random)) < MIRRORED:
        # Maps keep their values: the network sees the same places of the face on a mirrored head.
        picture, truth, judged = (t.flip(3) for t in (picture, truth, judged))
        sign = torch.ones(MOTION, device=device, dtype=motion.dtype)
        sign[0 : MOTION - 2 : 2] = -1
        sign[MOTION - 2] = -1
        motion = motion * sign
    rows = torch.linspace(-1, 1, side, device=device, dtype=picture.dtype)
    still = torch.stack(torch.meshgrid(rows, rows, indexing="xy"), -1)
    bent = interpolate(normal(count, 2, 8, 8), size=(side, side), mode="bicubic", align_corners=True)
    bent = bent * (2 * WARP / 256) * chance(WARPED)[:, None, None, None]
    warped = grid_sample(picture[:, :-1], still + bent.permute(0, 2, 3, 1), align_corners=True)
    light = interpolate(LIGHT * normal(count, 1, 4, 4), size=(side, side), mode="bicubic", align_corners=True)
    gain = torch.exp(light + TINT * normal(count, 3, 1, 1))
    drawn = (warped[:, :3] * gain).clamp(0, 1)
    truth = (truth * gain).clamp(0, 1)
    motion = motion + UNSURE * spread * normal(count, MOTION)
    motion = torch.where(chance(UNSAID)[:, None], mean, motion)
    return Batch(torch.cat([drawn, warped[:, 3:], picture[:, -1:]], 1), motion, truth, judged)
