"""A portrait that speaks: by a voice, to a recording, and as sound alone."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from countenance.media.audio import open_sound
from countenance.render.speech_source import SpeechOptions
from countenance.speech.hibari import HibariVoice
from countenance.speech.script import read_script
from tests.end_to_end.command import Command
from tests.end_to_end.test_dub import Speaker, speaker  # noqa: F401
from tests.portraits import grace_hopper_file

HOPPER = ("--public-domain", "Grace Hopper (1906–1992), US Navy photograph, 1984", "--basis", "us-government-work")
WORDS = "My baby may be bumping a map."


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who says WORDS."""
    path = tmp_path_factory.mktemp("speech") / "recording.wav"
    said = HibariVoice().say(WORDS, language="en")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(said.sample_rate)
        out.writeframes((said.samples * 30_000).astype("<i2").tobytes())
    return path


def sound_of(path: Path) -> np.ndarray:
    track = open_sound(path)
    assert track is not None
    return np.concatenate(list(track.blocks()))[:, 0]


def test_a_recording_moves_the_portrait_and_is_heard(
    countenance: Command,
    recording: Path,
    clip: Path,
    tmp_path: Path,
    speaker: Speaker,  # noqa: F811
) -> None:
    out, srt = tmp_path / "out.mp4", tmp_path / "out.srt"
    words = ("speak", "-s", grace_hopper_file(), "--audio", recording, "--text", WORDS, "-o", out, "--captions", srt)
    refused = countenance(*words, *HOPPER)
    assert refused.status == 5 and "[permission.voice]" in refused.err, "a portrait's freedom lends nobody's voice"
    right = ("--permission", speaker.grant(clip).path, "--purpose", "film", "--territory", "DE")
    ran = countenance(*words, "--size", 256, "--fps", 12, *right)
    assert ran.status == 0, ran.err
    assert "recorded" in ran.out and read_script(srt)[0].text == WORDS
    heard, true = sound_of(out), sound_of(recording)
    assert abs(len(heard) / 48_000 - len(true) / 24_000) < 0.2 or abs(len(heard) - len(true)) < 0.2 * 24_000
    shown = countenance("verify", out)
    assert "Made with AI" in shown.out


def test_sound_alone_begins_with_a_notice(countenance: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    ran = countenance("speak", "-s", grace_hopper_file(), "-t", WORDS, "--audio-only", "-o", out, *HOPPER)
    assert ran.status == 0, ran.err
    spoken = HibariVoice().say(WORDS, language="en")
    assert len(sound_of(out)) / 24_000 > float(spoken.duration) + 0.8
    assert "Made with AI" in countenance("verify", out).out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "input.option"),
        (("--text", "  "), "input.option"),
        (("--text", "One.", "--script", "two.txt"), "input.option"),
        (("--audio", "RECORDING", "--voice", "hibari"), "input.option"),
        (("--audio", "RECORDING", "--captions", "out.srt"), "input.option"),
        (("--audio", "RECORDING", "--audio-only"), "input.option"),
        (("--audio", "PORTRAIT"), None),
        (("--audio", "missing.wav"), "input.missing"),
        (("--text", "Hm.", "--spoken", "tlh"), "input.option"),
    ],
)
def test_what_cannot_be_said_is_refused(
    countenance: Command, recording: Path, tmp_path: Path, words: tuple[str, ...], code: str | None
) -> None:
    files = {"RECORDING": str(recording), "PORTRAIT": str(grace_hopper_file())}
    out = tmp_path / "out.mp4"
    ran = countenance("speak", "-s", grace_hopper_file(), *(files.get(w, w) for w in words), "-o", out, *HOPPER)
    assert ran.status not in (0, 1) and "→" in ran.err, ran.err
    assert code is None or f"[{code}]" in ran.err
    assert not out.exists()


def test_silence_is_no_speech(countenance: Command, tmp_path: Path) -> None:
    path, out = tmp_path / "silence.wav", tmp_path / "out.mp4"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 32_000))
    ran = countenance("speak", "-s", grace_hopper_file(), "--audio", path, "-o", out, *HOPPER)
    assert ran.status not in (0, 1) and "→" in ran.err and not out.exists()


@pytest.mark.parametrize(("ending", "codec"), [(".mp4", "mov_text"), (".webm", "webvtt")])
def test_what_is_said_is_a_text_track(countenance: Command, tmp_path: Path, ending: str, codec: str) -> None:
    out, script = tmp_path / f"out{ending}", tmp_path / "said.srt"
    script.write_text(
        "1\n00:00:00,200 --> 00:00:01,200\nMy baby.\n\n2\n00:00:01,300 --> 00:00:02,400\nBumping\na map.\n"
    )
    ran = countenance(
        "speak", "-s", grace_hopper_file(), "--script", script, "-o", out, "--size", 256, "--fps", 8, *HOPPER
    )
    assert ran.status == 0, ran.err
    with av.open(str(out)) as container:
        track = container.streams.subtitles[0]
        assert track.codec_context.name == codec and track.metadata["language"] == "eng"
        shown = [
            (float(p.pts * p.time_base), p.decode()[0].dialogue.decode()) for p in container.demux(track) if p.size > 2
        ]
    assert [words for _, words in shown] == ["My baby.", "Bumping a map."]
    assert abs(shown[0][0] - 0.2) < 0.002 and abs(shown[1][0] - 1.3) < 0.002


def test_a_clip_is_dubbed_to_a_recording(
    clip: Path,
    recording: Path,
    tmp_path: Path,
    speaker: Speaker,  # noqa: F811
) -> None:
    right = speaker.grant(clip)
    made = speaker.studio.job.dub(
        clip, None, tmp_path / "out.mp4", permission=right, speech=SpeechOptions(audio=recording)
    )
    assert made.voice == "recorded" and made.receipt.state == "Trusted"
