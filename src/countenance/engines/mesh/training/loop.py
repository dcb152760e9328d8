"""The training itself: arrays in, weights out. Needs torch; knows nothing of files, clips or people.

Everything that it keeps is in one state of bytes, so that whoever runs it can stop at any time and go on later.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from countenance.engines.mesh.refiner_config import RefinerConfig
from countenance.engines.mesh.training.augment import Batch, augmented
from countenance.engines.mesh.training.examples import Examples
from countenance.engines.mesh.training.losses import loss_of, restless
from countenance.engines.mesh.training.masked_metrics import psnr, ssim
from countenance.engines.mesh.training.refiner_network import RefinerNet
from countenance.errors import BadDocument, BadOption
from countenance.media.frames import Pixels

STATE = 1  # version
WARM = 50  # steps over which the learning rate rises
AVERAGED = 0.998  # of the running mean of weights that stays each step
EXAMINED = 48  # held-out frames that are looked at, evenly spread
BETTER = 0.01  # dB that count as better
PATIENCE = 0.6  # of the time, without anything better, after which it stops
SHOWN = 4  # held-out frames on a preview
RARE = 4.0  # times the usual spread of motion, from which on a frame counts no more
LEAST_SPREAD = 0.02  # cm or radians: keys that never moved must not be magnified


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        plan: the network.
        minutes: in all, with what was spent before.
        seed: of weights and augmentation.
        batch: frames a step.
        rate: the highest learning rate.
        device: `auto`, `cpu`, `cuda` or `mps`.
    """

    plan: RefinerConfig
    minutes: float
    seed: int = 1
    batch: int = 8
    rate: float = 2e-3
    device: str = "auto"


@dataclass(frozen=True)
class Check:
    """How far it is.

    Attributes:
        step: taken so far.
        minutes: spent so far.
        loss: smoothed.
        psnr, ssim: of the network on held-out frames; `before`: without it.
        best: the best PSNR so far.
        preview: drawing, network and truth of some held-out frames, (h, w, 3) uint8.
    """

    step: int
    minutes: float
    loss: float
    psnr: float
    ssim: float
    before: tuple[float, float]
    best: float
    preview: Pixels = field(repr=False)


def device_of(name: str) -> torch.device:
    """The device of a name; `auto` takes the fastest there is. Raises BadOption."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(name, False):
        raise BadOption(f"There is no device {name} here.", "Use auto, or cpu.")
    return torch.device(name)


def rarity(motion: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) how often each frame is to be seen: a blink is a few frames in hundreds, and learnt last without this.

    Args:
        motion: (N, MOTION) of the frames trained on.
    """
    spread = np.maximum(motion.std(0), LEAST_SPREAD)
    away = np.abs((motion - np.median(motion, axis=0)) / spread)
    strongest = np.sort(away, axis=1)[:, -max(1, motion.shape[1] // 8) :].mean(1)
    return np.asarray(np.clip(strongest, 0.7, RARE), np.float32)


class Trainer:
    """One network in training.

    Args:
        examples: of one person, with some held out.
        recipe: how.
        state: of an earlier run on the same likeness, to go on from.
        shown: previews show held-out ones of so many first examples; None for any.

    Raises:
        BadOption: nothing is held out, or too little to train on. BadDocument: the state is of another network.
    """

    def __init__(
        self, examples: Examples, recipe: Recipe, state: bytes | None = None, *, shown: int | None = None
    ) -> None:
        trained, held = np.flatnonzero(~examples.held), np.flatnonzero(examples.held)
        if len(trained) < 8 or len(held) < 2:
            raise BadOption(
                f"There are {len(trained)} frames to train on and {len(held)} to judge by; 8 and 2 are needed.",
                "Give longer clips.",
            )
        self.recipe, self.examples = recipe, examples
        self.device = device_of(recipe.device)
        torch.manual_seed(recipe.seed)
        self._random = torch.Generator().manual_seed(recipe.seed)
        self.net = RefinerNet(recipe.plan)
        motion = examples.motion[trained]
        self.net.mean.copy_(torch.from_numpy(motion.mean(0)))
        self.net.spread.copy_(torch.from_numpy(np.maximum(motion.std(0), LEAST_SPREAD)))
        self.known = np.percentile(motion, [1, 99], axis=0).astype(np.float32)
        self.net.to(self.device)
        self._mean_net = RefinerNet(recipe.plan).to(self.device)
        self._mean_net.load_state_dict(self.net.state_dict())
        self._optimiser = torch.optim.AdamW(self.net.parameters(), lr=recipe.rate, weight_decay=0.01)
        self.step, self.spent, self._loss = 0, 0.0, float("nan")
        self.best, self.best_at, self.best_ssim = -math.inf, 0.0, 0.0
        self._best: dict[str, Tensor] = {k: v.clone() for k, v in self._mean_net.state_dict().items()}
        if state is not None:
            self._restore(state)
        self._held = held[np.unique(np.linspace(0, len(held) - 1, EXAMINED).astype(int))]
        self._shown = int((self._held < (shown or len(examples))).sum())
        self._trained = torch.from_numpy(trained)
        self._rarity = torch.from_numpy(rarity(motion))
        self._frames = self._loaded(examples, recipe.plan.side)
        self.before = self._judged(None)

    def run(self, say: Callable[[Check], None], every: float = 30.0) -> None:
        """Train until the minutes are spent or nothing gets better.

        Args:
            say: called now and then; what it raises ends the training, with all that was learnt kept.
            every: seconds between two checks.
        """
        budget = self.recipe.minutes * 60
        looked = time.monotonic()
        while self.spent < budget:
            began = time.monotonic()
            self._one_step(self.spent / budget)
            if time.monotonic() - looked >= every:
                self.check(say)
                looked = time.monotonic()
            self.spent += time.monotonic() - began
            if self.spent - self.best_at > PATIENCE * budget and self.best > -math.inf:
                break
        self.check(say)

    def check(self, say: Callable[[Check], None]) -> None:
        """Judge the network on held-out frames, keep it when it is the best so far, and say so."""
        made = self._made(self._held)
        ours = self._judged(made)
        if ours[0] > self.best + BETTER:
            self.best, self.best_ssim, self.best_at = ours[0], ours[1], self.spent
            self._best = {k: v.clone() for k, v in self._mean_net.state_dict().items()}
        say(Check(self.step, self.spent / 60, self._loss, *ours, self.before, self.best, self._preview(made)))

    def weights(self) -> dict[str, NDArray[Any]]:
        """The best so far."""
        return {k: v.detach().float().cpu().numpy() for k, v in self._best.items()}

    def state(self) -> bytes:
        """All that is needed to go on."""
        out = io.BytesIO()
        torch.save(
            {
                "version": STATE, "size": self.recipe.plan.size, "net": self.net.state_dict(),
                "mean": self._mean_net.state_dict(), "best": self._best, "optimiser": self._optimiser.state_dict(),
                "random": self._random.get_state(), "step": self.step, "spent": self.spent,
                "judged": [self.best, self.best_ssim, self.best_at],
            },
            out,
        )  # fmt: skip
        return out.getvalue()

    def _restore(self, state: bytes) -> None:
        try:
            kept = torch.load(io.BytesIO(state), map_location=self.device, weights_only=True)
            if kept["version"] != STATE or kept["size"] != self.recipe.plan.size:
                raise ValueError(f"version {kept['version']}, size {kept['size']}")
            self.net.load_state_dict(kept["net"])
            self._mean_net.load_state_dict(kept["mean"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._random.set_state(kept["random"].cpu())
        except Exception as error:  # torch.load promises no class of error for damaged files
            raise BadDocument(
                f"What was kept of the last training does not fit: {error}.", "Start anew, without --resume."
            ) from error
        self._best = kept["best"]
        self.step, self.spent = int(kept["step"]), float(kept["spent"])
        self.best, self.best_ssim, self.best_at = (float(v) for v in kept["judged"])

    def _loaded(self, examples: Examples, side: int) -> dict[str, Tensor]:
        """Every frame on the device, uint8, at the network's side."""

        def at(pictures: NDArray[np.uint8]) -> Tensor:
            how = cv2.INTER_AREA if pictures.shape[1] > side else cv2.INTER_LINEAR
            sized = [cv2.resize(p, (side, side), interpolation=how) for p in pictures]
            whole = np.stack(sized).reshape(len(pictures), side, side, -1)
            return torch.from_numpy(np.ascontiguousarray(whole.transpose(0, 3, 1, 2))).to(self.device)

        picture = torch.cat([at(examples.drawn), at(examples.maps), at(examples.mask)], 1)
        motion = torch.from_numpy(examples.motion).to(self.device)
        return {"picture": picture, "truth": at(examples.truth), "judged": at(examples.judged), "motion": motion}

    def _batch(self, which: Tensor) -> Batch:
        which = which.to(self.device)
        parts = {k: v[which] if k == "motion" else v[which].float() / 255 for k, v in self._frames.items()}
        return Batch(**parts)

    def _one_step(self, gone: float) -> None:
        rate = self.recipe.rate * min(1, (self.step + 1) / WARM) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * gone)))
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        picks = torch.multinomial(self._rarity, self.recipe.batch, replacement=True, generator=self._random)
        batch = augmented(self._batch(self._trained[picks]), self.net.mean, self.net.spread, self._random)
        self.net.train()
        half = self.device.type == "cuda"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            change = self.net(batch.picture, batch.motion)
        change = change.float()
        idle = (batch.picture[:, -1:] - batch.judged).clamp_min(0)
        loss = loss_of(batch.picture[:, :3] + change, batch.truth, batch.judged) + restless(change, idle)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        stays = min(AVERAGED, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self._mean_net.parameters()), list(self.net.parameters()), 1 - stays)
        if self.step % 10 == 1:
            value = float(loss.detach())
            self._loss = value if math.isnan(self._loss) else 0.8 * self._loss + 0.2 * value

    @torch.no_grad()
    def _made(self, which: NDArray[np.intp]) -> list[NDArray[np.float32]]:
        """Held-out frames through the averaged network, at 256, what it adds brought up as at drawing."""
        self._mean_net.eval()
        out = []
        for at in which:
            batch = self._batch(torch.tensor([int(at)]))
            change = 255 * self._mean_net(batch.picture, batch.motion)[0].float().cpu().numpy().transpose(1, 2, 0)
            drawn = self.examples.drawn[at]
            change = cv2.resize(change, drawn.shape[1::-1], interpolation=cv2.INTER_LINEAR)
            out.append(np.clip(drawn + change, 0, 255).astype(np.float32))
        return out

    def _judged(self, made: list[NDArray[np.float32]] | None) -> tuple[float, float]:
        """PSNR and SSIM, means over held-out frames; of the drawing itself without `made`."""
        scores = []
        for k, at in enumerate(self._held):
            picture = self.examples.drawn[at] if made is None else made[k]
            truth, mask = self.examples.truth[at], self.examples.judged[at] / 255
            scores.append((psnr(picture, truth, mask), ssim(picture, truth, mask)))
        first, second = np.nanmean(scores, 0)
        return float(first), float(second)

    def _preview(self, made: list[NDArray[np.float32]]) -> Pixels:
        rows = []
        for k in np.linspace(0, self._shown - 1, min(SHOWN, self._shown)).astype(int):
            at = self._held[k]
            share = self.examples.judged[at][..., None] / 255
            drawn, truth = self.examples.drawn[at], self.examples.truth[at]
            shown = [truth * (1 - share) + p * share for p in (drawn, made[k])]
            rows.append(np.hstack([*shown, truth]))
        return np.clip(np.vstack(rows) + 0.5, 0, 255).astype(np.uint8)
