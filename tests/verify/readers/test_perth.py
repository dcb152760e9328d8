"""Perth's network, on stand-in weights in the format of its own, and on its own where these are here."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from countenance.models import CATALOGUE, model_state
from countenance.verify.readers import perth
from countenance.verify.readers.protocol import WeightsMissing


def checkpoint(path: Path, seed: int = 0) -> Path:
    """Weights of the network's shape, drawn at random, as torch would have saved them."""
    rng = np.random.default_rng(seed)
    arrays: dict[str, np.ndarray] = {}
    for part in ("decoder.slow_layers", "decoder.normal_layers", "decoder.fast_layers"):
        for index in range(7):
            shape = (256, perth.SUBBAND, 1) if index == 0 else (2, 256, 1) if index == 6 else (256, 256, 7)
            arrays[f"{part}.{index}.conv.weight"] = rng.normal(0, 0.02, shape).astype("<f4")
            arrays[f"{part}.{index}.conv.bias"] = np.zeros(shape[0], "<f4")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", _pickled(arrays))
        for index, values in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{index}", values.tobytes())
    return path


def _pickled(arrays: dict[str, np.ndarray]) -> bytes:
    """Protocol 2 by hand: names as GLOBAL, storages as persistent identifiers."""
    out = io.BytesIO()
    write = out.write

    def text(value: str) -> None:
        data = value.encode()
        write(b"X" + len(data).to_bytes(4, "little") + data)

    def number(value: int) -> None:
        write(b"J" + value.to_bytes(4, "little", signed=True))

    write(b"\x80\x02}(")
    text("model")
    write(b"}(")
    for index, (name, values) in enumerate(arrays.items()):
        text(name)
        write(b"ctorch._utils\n_rebuild_tensor_v2\n((")
        text("storage")
        write(b"ctorch\nFloatStorage\n")
        text(str(index))
        text("cpu")
        number(values.size)
        write(b"tQ")
        number(0)
        write(b"(")
        for side in values.shape:
            number(side)
        write(b"t(")
        number(1)
        write(b"t\x89}tR")
    write(b"uu.")
    return out.getvalue()


def test_weights_are_read_and_the_answer_is_a_share(tmp_path: Path) -> None:
    weights = perth.read_weights(checkpoint(tmp_path / "a.pth.tar"))
    assert weights["decoder.fast_layers.3.conv.weight"].shape == (256, 256, 7)
    sound = np.random.default_rng(1).normal(0, 0.1, (48000, 2)).astype(np.float32)
    first = perth.presence(sound, 44100, weights)
    assert 0.0 <= first <= 1.0 and first == perth.presence(sound, 44100, weights)


def test_layers_are_convolutions() -> None:
    rng = np.random.default_rng(2)
    shapes = [(4, 3, 1), *[(4, 4, 7)] * 5, (2, 4, 1)]
    weights = {}
    for index, shape in enumerate(shapes):
        weights[f"x.{index}.conv.weight"] = rng.normal(0, 0.3, shape).astype(np.float32)
        weights[f"x.{index}.conv.bias"] = rng.normal(0, 0.3, shape[0]).astype(np.float32)
    given = rng.normal(0, 1, (3, 20)).astype(np.float32)
    expected = given.astype(np.float64)
    for index, (out, _, width) in enumerate(shapes):
        kernel, bias = weights[f"x.{index}.conv.weight"], weights[f"x.{index}.conv.bias"]
        padded = np.pad(expected, ((0, 0), (width // 2, width // 2)))
        result = np.array(
            [[bias[o] + (kernel[o] * padded[:, t : t + width]).sum() for t in range(20)] for o in range(out)]
        )
        expected = result if index == 6 else np.where(result > 0, result, 0.01 * result)
    assert np.allclose(perth.layers(given, weights, "x"), expected, atol=1e-4)


class _Harm:
    def __reduce__(self) -> Any:
        return print, ("harm",)


def test_a_checkpoint_that_would_run_something(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.pth.tar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"model": _Harm()}))
    with pytest.raises(ValueError, match="no checkpoint of Perth"):
        perth.read_weights(path)
    (tmp_path / "b.pth.tar").write_bytes(b"no zip")
    with pytest.raises(ValueError, match="no checkpoint of Perth"):
        perth.read_weights(tmp_path / "b.pth.tar")
    assert "harm" not in capsys.readouterr().out


def test_without_weights_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from countenance.settings import default_settings

    monkeypatch.setenv("COUNTENANCE_MODELS", str(tmp_path))
    default_settings.cache_clear()
    model = next(one for one in CATALOGUE if one.name == perth.MODEL)
    if model_state(model)[0] == "ok":
        pytest.skip("Perth's own package is installed")
    with pytest.raises(WeightsMissing, match="models fetch perth"):
        perth.weights_here()
    assert not list(tmp_path.iterdir())


def test_its_own_weights_tell_marked_from_unmarked() -> None:
    from bench.readers.making import perth_marked

    try:
        weights = perth.read_weights(perth.weights_here())
    except WeightsMissing:
        pytest.skip("Perth's weights are not here")
    rng = np.random.default_rng(3)
    swell = 0.2 + np.abs(np.sin(np.arange(4 * perth.RATE) / perth.RATE * 5))
    sound = (rng.normal(0, 0.05, 4 * perth.RATE) * swell).astype(np.float32)
    assert perth.presence(sound, perth.RATE, weights) < 0.5
    assert perth.presence(perth_marked(sound, weights), perth.RATE, weights) >= perth.SURE
