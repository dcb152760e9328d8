"""A voice of the user's own from its file: Piper's or Kokoro's, told apart by what the graph takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from countenance.errors import BadDocument, BadOption, FileMissing, ModelCorrupt
from countenance.media.source import Source
from countenance.speech.kokoro import ESPEAK, KokoroModel
from countenance.speech.piper import PiperVoice
from countenance.speech.utterance import Utterance
from countenance.speech.voice import Voice

NOT_FOUND = "Give the voice's .onnx as Piper or Kokoro publish it."


def voice_of_file(source: Source, speaker: str | None = None) -> Voice:
    """A voice from `voice.onnx`; a Piper voice has `voice.onnx.json` beside it, Kokoro its `voices….bin` or `.npz`.

    Args:
        source: the file; its speakers and symbols lie beside it and are read from there.
        speaker: of a voice with several.

    Raises:
        FileMissing, BadDocument, ModelCorrupt, BadOption.
    """
    inputs = _inputs(source)
    if "style" in inputs:
        return OwnKokoro(source, speaker)
    if "scales" in inputs:
        return PiperVoice(source, speaker)
    raise ModelCorrupt(f"{source.name} is neither a Piper nor a Kokoro voice.", NOT_FOUND)


class OwnKokoro:
    """The user's Kokoro: another export, or other speakers."""

    languages = tuple(ESPEAK)
    licence = "yours to check"
    quality = "your own"

    def __init__(self, source: Source, speaker: str | None = None) -> None:
        model = source.path
        self.name = model.stem
        beside = sorted([*model.parent.glob("voices*.bin"), *model.parent.glob("*.npz")])
        if not beside:
            raise FileMissing(f"There are no speakers beside {model.name}.", "Add Kokoro's voices….bin, or an .npz.")
        try:
            with np.load(beside[0], allow_pickle=False) as found:
                styles = {name: found[name].astype(np.float32) for name in found.files if found[name].shape[-1] == 256}
        except (OSError, ValueError, EOFError, AttributeError) as error:
            raise BadDocument(f"{beside[0].name} holds no speakers.", "Use the file it came with.") from error
        if not styles:
            raise BadDocument(f"{beside[0].name} holds no speakers.", "Use the file it came with.")
        self._style = speaker or next(iter(styles))
        if self._style not in styles:
            raise BadOption(f"{beside[0].name} has no speaker {speaker!r}.", f"It has {', '.join(list(styles)[:12])}.")
        self._model = KokoroModel(source.read_bytes(), _vocabulary(model.parent), styles)

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0) -> Utterance:
        """See Voice; nothing is random."""
        del seed
        return self._model.say(text, language, self._style, rate)


def _vocabulary(folder: Path) -> dict[str, int]:
    """Kokoro's symbols: those of a file beside it, else the built-in voice's, which are the same."""
    for name in ("config.json", "vocab.json", "tokenizer.json"):
        path = folder / name
        if path.is_file():
            try:
                said = json.loads(path.read_bytes())
                found = said.get("vocab") or said.get("model", {}).get("vocab")
                if found:
                    return {str(symbol): int(token) for symbol, token in found.items()}
            except (TypeError, ValueError, AttributeError) as error:
                raise BadDocument(f"{name} holds no vocabulary.", "Use the file it came with.") from error
    from hibari import Hibari

    return dict(Hibari().vocab)


def _inputs(source: Source) -> set[str]:
    import onnx

    try:
        graph: Any = onnx.load_from_string(source.read_bytes()).graph
    except Exception as error:  # protobuf raises its own, undocumented kinds
        raise ModelCorrupt(f"{source.name} is not a model that can be read.", NOT_FOUND) from error
    return {one.name for one in graph.input}
