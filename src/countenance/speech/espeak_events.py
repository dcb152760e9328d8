"""Run as a program of its own (`python -m countenance.speech.espeak_events`): speaks through the espeak-ng library, and
writes sound and phone times. Kept apart because espeak-ng is GPL; nothing of the package but this file is with it.

In: JSON on stdin, {"text", "voice", "rate" (words a minute)}. Out, on stdout: one line of JSON, {"sample_rate",
"events": [[milliseconds, phone], …]} or {"error"}, then 16-bit mono samples, little-endian.
"""

import ctypes
import ctypes.util
import json
import sys

RETRIEVAL = 1  # AUDIO_OUTPUT_RETRIEVAL
PHONEME_EVENTS, PHONEME_IPA = 0x0001, 0x0002
EVENT_PHONEME = 7
UTF8 = 1
RATE_PARAMETER = 1


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def _spoken(text: str, voice: str, rate: int) -> tuple[dict[str, object], bytes]:
    name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return {"error": "missing"}, b""
    sample_rate = library.espeak_Initialize(RETRIEVAL, 0, None, PHONEME_EVENTS | PHONEME_IPA)
    if sample_rate <= 0:
        return {"error": "missing"}, b""
    sound = bytearray()
    events: list[list[object]] = []

    def heard(wave, count, event):  # type: ignore[no-untyped-def]
        if wave and count > 0:
            sound.extend(ctypes.string_at(wave, 2 * count))
        k = 0
        while event[k].type != 0:
            if event[k].type == EVENT_PHONEME:
                events.append([event[k].audio_position, event[k].id.string.decode("utf-8", "ignore")])
            k += 1
        return 0

    callback = _Callback(heard)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        return {"error": "voice"}, b""
    library.espeak_SetParameter(RATE_PARAMETER, rate, 0)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, UTF8, None, None)
    library.espeak_Synchronize()
    return {"sample_rate": sample_rate, "events": events}, bytes(sound)


def main() -> None:
    """The program."""
    asked = json.load(sys.stdin)
    answer, sound = _spoken(asked["text"], asked["voice"], asked["rate"])
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + sound)


if __name__ == "__main__":
    main()
