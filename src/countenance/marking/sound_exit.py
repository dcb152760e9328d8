"""Sound alone out: 16-bit WAV, announced, marked and signed."""

from __future__ import annotations

import contextlib
import json
import struct
import wave
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from countenance.errors import BadOption, OutputError
from countenance.marking.acoustic import SoundPrint
from countenance.marking.containers import sound_type
from countenance.marking.market_terms import file_metadata, in_markets
from countenance.marking.read_back import hear, unreadable
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Making
from countenance.marking.sealing import Encoded, Seal
from countenance.marking.sound_encoding import SoundSource, staged
from countenance.marking.sound_marks import SoundMarks, sound_marks
from countenance.marking.spoken_notice import Announced
from countenance.permission.ledger import Ledger
from countenance.permission.permit import Permit
from countenance.settings import Settings, default_settings


def write_sound(
    path: Path,
    sound: SoundSource,
    permit: Permit,
    making: Making,
    *,
    settings: Settings | None = None,
    overwrite: bool = False,
    ledger: Ledger | None = None,
) -> Receipt:
    """Mark, write, sign and record one sound, streamed. Sound that was made begins with a spoken notice.

    Args:
        path: .wav.
        sound: what to write.
        permit, making, settings, overwrite, ledger: as for `VideoOutput`.

    Raises:
        PermissionRefused, OutputFormat, OutputFolder, OutputIsInput, OutputExists, OutputBusy, OutputFull, OutputError;
        ProvenanceError: mark.unreadable, if the sound is too short or too soft to bear a mark.
    """
    path = Path(path)
    settings = settings or default_settings()
    media_type = sound_type(path)
    making = in_markets(making, settings)
    if sound.channels not in (1, 2):
        raise BadOption(f"Sound with {sound.channels} channels is not written.", "Mix it down to one or two.")
    announced = Announced(sound, making) if making.sound_is_synthetic else None
    with contextlib.closing(
        Seal(path, permit, making, settings, overwrite=overwrite, embeds=True, ledger=ledger)
    ) as seal:
        stage = sound_marks(seal.payload, sound, making, lambda: seal.prior)
        with seal.partial() as (raw, signed):
            heard = SoundPrint(sound.sample_rate)
            seal.spend()
            samples = _encode(raw, announced or sound, stage, heard)
            if samples == 0:
                raise OutputError(f"No sound was written to {path.name}.", code="output.empty")
            _comment(raw, file_metadata(making, settings, seal.payload))
            marks = ("sound",) if stage is not None and stage.laid else ()
            if marks and not hear(raw, seal.payload):
                raise unreadable("sound")
            label = announced.text if announced else ""
            made = Encoded(
                media_type, 0, 0, 0, Fraction(samples, sound.sample_rate), marks, label, sound_fingerprint=heard.data
            )
            return seal.apply(raw, signed, made)


def _encode(path: Path, sound: SoundSource, stage: SoundMarks | None, heard: SoundPrint) -> int:
    written = 0
    with path.open("wb") as file, wave.open(file, "wb") as out:
        out.setnchannels(sound.channels)
        out.setsampwidth(2)
        out.setframerate(sound.sample_rate)
        for block in staged(sound.blocks(), stage):
            heard.see(block)
            levels = np.rint(np.clip(block, -1.0, 1.0) * 32767.0).astype("<i2")
            out.writeframes(levels.tobytes())
            written += len(block)
    return written


def _comment(path: Path, fields: Mapping[str, str]) -> None:
    """Append fields as the comment of a RIFF file, the one place in WAV that every reader shows."""
    if not fields:
        return
    text = json.dumps(dict(fields), ensure_ascii=False).encode() + b"\0"
    text += b"\0" * (len(text) % 2)
    body = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(b"\0" * (file.tell() % 2) + b"LIST" + struct.pack("<I", len(body)) + body)
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))
