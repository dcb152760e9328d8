"""Resemble AI's Perth, the inaudible mark of Chatterbox and other voices: is it there? Its network is read from the
weights that its own wheel carries (resemble-perth, MIT) and run in numpy, so that no torch is needed.

The network looks at the lowest 2 kHz of a spectrogram in three speeds and answers with one number, about 1 where the
mark is and mostly about 0 where it isn't. It names nobody. Knows nothing of files beyond the weights.
"""

from __future__ import annotations

import collections
import io
import pickle
import re
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from countenance.models import CATALOGUE, model_state
from countenance.verify.findings import Kind
from countenance.verify.readers.findings import OthersMark
from countenance.verify.readers.protocol import Material, WeightsMissing

MODEL = "perth"
RATE, WINDOW, HOP = 32000, 2048, 320
SUBBAND = 128  # of 1025 frequencies: 2 kHz
FLOOR_DB, HEADROOM_DB = -180.0, 15.0
SECONDS = 8
"""Of sound that are held against the network: about a second and a half of one slow core."""
SHORTEST = 1.0
SURE = 0.95
"""Of the network's answer. `python -m bench.readers` prints what unmarked sounds come to."""
_BRANCHES = (("slow", 1.25), ("normal", 1.0), ("fast", 0.75))
_MOST_WEIGHTS = 64 << 20

Array = NDArray[np.float32]


class _Weights(pickle.Unpickler):
    """Reads a state dictionary's structure and makes nothing but dictionaries and views of numbers."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{name}/data.pkl")))
        self._archive, self._name = archive, name

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("torch", "FloatStorage"):
            return "f4"
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into weights.")

    def persistent_load(self, pid: Any) -> Array:
        _, kind, key, *_ = pid
        if kind != "f4" or not re.fullmatch(r"[0-9]{1,6}", str(key)):
            raise pickle.UnpicklingError("This storage is of another kind.")
        member = f"{self._name}/data/{key}"
        if self._archive.getinfo(member).file_size > _MOST_WEIGHTS:
            raise pickle.UnpicklingError("This storage is too large.")
        return np.frombuffer(self._archive.read(member), "<f4")


def _tensor(storage: Array, offset: int, size: tuple[int, ...], *_rest: Any) -> Array:
    count = int(np.prod(size))
    return storage[offset : offset + count].reshape(size)


def read_weights(path: Path) -> dict[str, Array]:
    """The arrays of a checkpoint by their names.

    Raises:
        ValueError: it is no checkpoint of this network.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = archive.namelist()[0].partition("/")[0]
            model = _Weights(archive, name).load()["model"]
    except (zipfile.BadZipFile, pickle.UnpicklingError, KeyError, IndexError, TypeError, OSError) as error:
        raise ValueError(f"{path.name} is no checkpoint of Perth: {error}") from error
    return dict(model)


def weights_here() -> Path:
    """Where the weights lie; nothing is fetched.

    Raises:
        WeightsMissing.
    """
    model = next(one for one in CATALOGUE if one.name == MODEL)
    state, path = model_state(model)
    if state != "ok" or path is None:
        raise WeightsMissing(f"Perth's weights are not here: countenance models fetch {MODEL}")
    return path


@lru_cache(maxsize=1)
def _weights_at(path: Path) -> dict[str, Array]:
    return read_weights(path)


def layers(x: Array, weights: dict[str, Array], prefix: str) -> Array:
    """Seven one-dimensional convolutions over (channels, time), leaky but for the last."""
    for index in range(7):
        kernel, bias = weights[f"{prefix}.{index}.conv.weight"], weights[f"{prefix}.{index}.conv.bias"]
        width = kernel.shape[2]
        padded = np.pad(x, ((0, 0), (width // 2, width // 2)))
        length = x.shape[1]
        out = np.repeat(bias[:, None], length, axis=1)
        for tap in range(width):
            out += kernel[:, :, tap] @ padded[:, tap : tap + length]
        x = np.where(out >= 0, out, np.float32(0.01) * out) if index < 6 else out
    return x


def spectrogram(samples: Array) -> NDArray[np.complex64]:
    """(1025, t) of mono sound at RATE, centred windows, the ends mirrored."""
    padded = np.pad(samples, WINDOW // 2, mode="reflect")
    count = 1 + (len(padded) - WINDOW) // HOP
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    return np.asarray(np.fft.rfft(views * window, axis=1).T, np.complex64)


def levels(spectrum: NDArray[np.complex64]) -> Array:
    """Magnitudes on the network's scale."""
    db = 20 * np.log10(np.maximum(np.abs(spectrum), 1e-9))
    return np.asarray((db - FLOOR_DB) / (HEADROOM_DB - FLOOR_DB), np.float32)


def loud(magnitudes: Array) -> Array:
    """(t,): 1 where there is sound to speak of."""
    total = magnitudes.sum(axis=0)
    return np.asarray(total > total.max() * 0.05, np.float32)


def mono(samples: NDArray[np.float32], rate: int) -> Array:
    """One channel at RATE."""
    one = samples.mean(axis=1) if samples.ndim == 2 else samples
    divisor = int(np.gcd(rate, RATE))
    return np.asarray(resample_poly(one, RATE // divisor, rate // divisor), np.float32) if rate != RATE else one


def presence(samples: NDArray[np.float32], rate: int, weights: dict[str, Array]) -> float:
    """The network's answer, 0 to 1.

    Args:
        samples: (n, channels) or (n,) float32 at `rate` hertz, a second at least.
    """
    magnitudes = levels(spectrogram(mono(samples, rate)))
    mask = loud(magnitudes)
    band = magnitudes[:SUBBAND]
    length = band.shape[1]
    answers, attention = [], []
    for name, factor in _BRANCHES:
        size = int(length * factor)
        at = np.linspace(0, length - 1, size, dtype=np.float32)
        low = np.minimum(at.astype(int), length - 2)
        part = np.asarray(at - low, np.float32)
        stretched = band[:, low] * (1 - part) + band[:, low + 1] * part if factor != 1.0 else band
        heard = mask[np.minimum((np.arange(size) * length / size).astype(int), length - 1)]
        out = layers(stretched, weights, f"decoder.{name}_layers")
        weight = max(float(heard.sum()), 1.0)
        attention.append(float((out[0] * heard).sum()) / weight)
        answers.append(float((out[1] * heard).sum()) / weight)
    shares = np.exp(np.array(attention) - max(attention))
    return float(np.clip((shares / shares.sum() * np.array(answers)).sum(), 0.0, 1.0))


class PerthReader:
    """Perth in the sound."""

    name: ClassVar[str] = "perth"
    title: ClassVar[str] = "Perth (Resemble AI, Chatterbox)"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"sound", "video"})

    def read(self, material: Material) -> Sequence[OthersMark]:
        path = weights_here()
        sound = material.sound
        if sound is None or len(sound.samples) < SHORTEST * sound.rate or float(np.abs(sound.samples).max()) < 1e-4:
            return []
        found = presence(sound.samples[: SECONDS * sound.rate], sound.rate, _weights_at(path))
        if found < SURE:
            return []
        return [OthersMark(self.name, "mark", "ai", "Resemble AI", f"presence {found:.2f}")]
