"""`python -m training.visemes.train FOLDER --out listener.onnx --minutes 30 --seed 1`: train the listening network on
the training sets of FOLDER (see synthesise), on one thread; print how it does on the test sets; write ONNX."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch  # a venv of its own has it; the package does without
from torch.nn.functional import cross_entropy, log_softmax, nll_loss

from countenance.speech.listening.log_mel import BANDS, STEP, levelled, log_mel
from countenance.speech.listening.phone_classes import NAMES
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.listening.viseme_table import VISEME_OF
from training.visemes.augment import heard
from training.visemes.network import Listener

FRAMES, BATCH = 320, 28
SHARES = {"espeak": 0.35, "kokoro": 0.33, "flite": 0.32}
GROUPS = torch.nn.functional.one_hot(torch.tensor(VISEME_OF)).float()  # (classes, visemes)


class Speech:
    """A set in memory: sound, and the class of each 2.5 ms."""

    FINE = 400

    def __init__(self, path: Path) -> None:
        data = np.load(path)
        self.sound = data["sound"].astype(np.float32) / 32768
        self.labels = np.zeros(len(self.sound) * self.FINE // HEARD_RATE + 2, np.int64)
        first = begin = 0
        self.parts = []
        for end, last in data["ends"]:
            offset = begin / HEARD_RATE
            for start, stop, kind in data["spans"][first:last]:
                self.labels[round((start + offset) * self.FINE) : round((stop + offset) * self.FINE)] = int(kind)
            self.parts.append((begin, int(end)))
            first, begin = last, int(end)

    def stretch(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Log-mel and labels of a few seconds, anywhere."""
        ratio = float(np.exp(random.uniform(-0.2, 0.2)))
        need = int(FRAMES * STEP * ratio) + 2
        at, elsewhere = random.integers(0, len(self.sound) - 2 * FRAMES * STEP, 2)
        mel = heard(
            self.sound[at : at + need], self.sound[elsewhere : elsewhere + FRAMES * STEP], ratio, FRAMES, random
        )
        times = (at + (np.arange(FRAMES) + 0.5) * STEP * ratio) / HEARD_RATE
        return mel, self.labels[(times * self.FINE).astype(int)]


def loss_of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Of the sound, and of the viseme whichever the sound: the lips matter more."""
    flat, want = logits.reshape(-1, len(NAMES)), labels.reshape(-1)
    sound = cross_entropy(flat, want, label_smoothing=0.05)
    visemes = (log_softmax(flat, 1).exp() @ GROUPS).clamp_min(1e-6).log()
    return 0.5 * sound + nll_loss(visemes, torch.tensor(VISEME_OF)[want])


def examine(model: Listener, speech: Speech) -> tuple[float, float]:
    """(viseme accuracy, share of frames of p, b, m seen as such), an utterance at a time."""
    model.eval()
    hits, lips = [], []
    with torch.no_grad():
        for begin, end in speech.parts:
            mel = levelled(log_mel(speech.sound[begin:end]))
            mel = mel[: len(mel) // 2 * 2]
            guess = (torch.softmax(model(torch.from_numpy(mel[None]))[0], 1) @ GROUPS).argmax(1).numpy()
            times = (begin + (np.arange(len(mel)) + 0.5) * STEP) / HEARD_RATE
            want = np.array(VISEME_OF)[speech.labels[(times * Speech.FINE).astype(int)]]
            hits.append(guess == want)
            lips.append(guess[want == 1] == 1)
    model.train()
    return float(np.concatenate(hits).mean()), float(np.concatenate(lips).mean())


def export(model: Listener, path: Path) -> None:
    """As ONNX, any number of frames (even)."""
    model.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = {1: torch.export.Dim("pairs", min=2, max=100_000) * 2}
    torch.onnx.export(
        model, (torch.zeros(1, 200, BANDS),), str(path), input_names=["mel"], output_names=["logits"],
        dynamic_shapes=(frames,), dynamo=True, external_data=False,
    )  # fmt: skip
    model.train()


def training_sets(folder: Path) -> dict[str, list[Speech]]:
    """Every set that there is, by engine."""
    sets = {n: [Speech(p) for p in sorted(folder.glob(f"{n}-*.npz"))] for n in SHARES}
    sets = {name: speech for name, speech in sets.items() if speech}
    print({n: f"{sum(len(s.sound) for s in v) / HEARD_RATE / 60:.0f} min" for n, v in sets.items()}, flush=True)
    return sets


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    random = np.random.default_rng(asked.seed)
    sets = training_sets(asked.folder)
    tests = {p.stem: Speech(p) for p in sorted(asked.folder.glob("test-*.npz"))}
    model = Listener()
    optimiser = torch.optim.AdamW(model.parameters(), lr=asked.rate, weight_decay=0.02)
    began, step, said, running = time.monotonic(), 0, 0.0, 0.0
    while (gone := (time.monotonic() - began) / 60 / asked.minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = asked.rate * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * gone))
        shares = np.array([SHARES[n] for n in sets])
        picks = random.choice(list(sets), BATCH, p=shares / shares.sum())
        drawn = [sets[n][random.integers(len(sets[n]))].stretch(random) for n in map(str, picks)]
        mel = torch.from_numpy(np.stack([m for m, _ in drawn]))
        loss = loss_of(model(mel), torch.from_numpy(np.stack([k for _, k in drawn])))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step, running = step + 1, 0.98 * running + 0.02 * loss.item()
        if gone - said > 0.1:
            said = gone
            seen = {n: "{:.3f} / {:.3f}".format(*examine(model, s)) for n, s in tests.items()}
            print(f"{gone:.0%} step {step} loss {running:.3f} {seen}", flush=True)
            export(model, asked.out)
            sets = training_sets(asked.folder)  # synthesis may go on beside
    print("done", step, {n: "{:.3f} / {:.3f}".format(*examine(model, s)) for n, s in tests.items()})
    export(model, asked.out)


if __name__ == "__main__":
    main()
