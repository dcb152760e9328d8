"""Notes as tools write them are read, told as theirs, and nothing is read where there is none."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.exit_material import picture
from tests.verify.readers.noted import CAMERA, PARAMETERS, aigc, jpeg, others, png, xmp

_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {}}})


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("texts", "maker", "claim"),
    [
        ({"parameters": PARAMETERS}, "Stable Diffusion web UI", "ai"),
        ({"parameters": PARAMETERS, "fooocus_scheme": "a1111"}, "Fooocus", "ai"),
        ({"parameters": '{"sui_image_params": {"prompt": "a"}}'}, "SwarmUI", "ai"),
        ({"prompt": GRAPH}, "ComfyUI", "ai"),
        ({"prompt": '{"1": {"class_type": "LoadImage", "inputs": {}}}'}, "ComfyUI", "ai-maybe"),
        ({"workflow": '{"nodes": [{"type": "KSampler"}]}'}, "ComfyUI", "ai"),
        ({"invokeai_metadata": '{"positive_prompt": "a"}'}, "InvokeAI", "ai"),
        ({"Software": "NovelAI", "Comment": '{"prompt": "a"}'}, "NovelAI", "ai"),
        ({"Description": "a --v 6 Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3"}, "Midjourney", "ai"),
        ({"use_stable_diffusion_model": "sd-v1-4"}, "Easy Diffusion", "ai"),
        ({"Software": "Adobe Firefly"}, "Adobe Firefly", "ai"),
    ],
)
def test_generators_notes_in_png(tmp_path: Path, texts: dict[str, str], maker: str, claim: str, packed: bool) -> None:
    found = others(png(tmp_path / "a.png", packed=packed, **texts))
    assert {(one.maker, one.claim, one.strength) for one in found.found} >= {(maker, claim, "note")}
    assert found.best is not None and not found.overfull


@pytest.mark.parametrize(
    "texts",
    [
        {"Software": "GIMP 3.0", "Comment": "Created with GIMP", "Title": "prompt"},
        {"Description": "Steps: 20 to the beach. Job ID: 7", "parameters": "f=50mm", "prompt": "what the editor asked"},
        {"workflow": "scan, crop, publish", "Author": "Ada Firefly", "dream": ""},
    ],
)
def test_ordinary_notes_accuse_nobody(tmp_path: Path, texts: dict[str, str]) -> None:
    assert others(png(tmp_path / "a.png", **texts)).best is None


def test_notes_in_exif(tmp_path: Path) -> None:
    for order in ("utf-16-be", "utf-16-le"):
        comment = b"UNICODE\0" + PARAMETERS.encode(order)
        found = others(jpeg(tmp_path / "a.jpg", sub={0x9286: comment}))
        assert [one.maker for one in found.found] == ["Stable Diffusion web UI"], order
        assert found.found[0].where == "EXIF UserComment" and "Sampler: Euler a" in found.found[0].text
    webp = tmp_path / "a.webp"
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + GRAPH
    Image.fromarray(picture(96, 80, seed=4)).save(webp, exif=exif)
    assert [one.maker for one in others(webp).found] == ["ComfyUI"]


@pytest.mark.parametrize(
    ("body", "claim"),
    [
        (f"<Iptc4xmpExt:DigitalSourceType>{_SOURCE}trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>", "ai"),
        (
            "<Iptc4xmpExt:DigitalSourceType>"
            f"{_SOURCE}compositeWithTrainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>",
            "ai-part",
        ),
        (f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{_SOURCE}digitalCapture"/>', "camera"),
        (f"<Iptc4xmpExt:DigitalSourceType>{_SOURCE}humanEdits</Iptc4xmpExt:DigitalSourceType>", "human"),
        (f"<Iptc4xmpExt:DigitalSourceType>{_SOURCE}newWord</Iptc4xmpExt:DigitalSourceType>", "other"),
    ],
)
def test_source_type(tmp_path: Path, body: str, claim: str) -> None:
    (one,) = others(jpeg(tmp_path / "a.jpg", packet=xmp(body))).found
    assert (one.reader, one.claim, one.strength) == ("iptc", claim, "note")


def test_google_s_credit(tmp_path: Path) -> None:
    packet = xmp("<photoshop:Credit>Edited with Google AI</photoshop:Credit>")
    (one,) = others(jpeg(tmp_path / "a.jpg", packet=packet)).found
    assert one.maker == "Google AI" and one.claim == "ai-part"


@pytest.mark.parametrize(("label", "claim"), [("1", "ai"), ("2", "ai-maybe"), ("3", "ai-maybe"), ("", "other")])
def test_china_s_label(tmp_path: Path, label: str, claim: str) -> None:
    text = aigc(label).replace("&", "&amp;")
    paths = [
        jpeg(tmp_path / "a.jpg", packet=xmp(f"<TC260:AIGC>{text}</TC260:AIGC>")),
        png(tmp_path / "b.png", AIGC=aigc(label)),
        jpeg(tmp_path / "c.jpg", sub={0x9286: b"ASCII\0\0\0" + f'{{"AIGC": {aigc(label)}}}'.encode()}),
    ]
    for path in paths:
        (one,) = others(path).found
        assert (one.reader, one.claim, one.maker) == ("aigc", claim, "doubao"), path.name


def test_china_s_label_in_a_clip_and_in_sound(tmp_path: Path) -> None:
    clip, sound = tmp_path / "a.mp4", tmp_path / "b.mp3"
    with av.open(str(clip), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata["AIGC"] = aigc()
        stream = out.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height = 96, 80
        for index in range(5):
            frame = av.VideoFrame.from_ndarray(picture(96, 80, seed=index), format="rgb24")
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    with av.open(str(sound), "w") as out:
        out.metadata["AIGC"] = aigc()
        voice = out.add_stream("libmp3lame", rate=44100)
        voice.layout = "mono"
        noise = np.random.default_rng(0).normal(0, 0.05, (1, 44100)).astype(np.float32)
        piece = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
        piece.sample_rate = 44100
        for packet in [*voice.encode(piece), *voice.encode(None)]:
            out.mux(packet)
    for path in (clip, sound):
        (one,) = others(path).found
        assert (one.reader, one.claim) == ("aigc", "ai"), path.name


def test_a_camera_s_record_and_what_contradicts_it(tmp_path: Path) -> None:
    plain = others(jpeg(tmp_path / "a.jpg", **CAMERA))
    assert plain.camera is not None and plain.camera.maker == "Canon EOS 5D" and plain.best is None
    part = xmp(
        f"<Iptc4xmpExt:DigitalSourceType>{_SOURCE}compositeWithTrainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>"
    )
    edited = others(jpeg(tmp_path / "b.jpg", packet=part, **CAMERA))
    assert edited.camera is not None and not edited.disagree
    sub = {**CAMERA["sub"], 0x9286: b"UNICODE\0" + PARAMETERS.encode("utf-16-be")}
    both = others(jpeg(tmp_path / "c.jpg", exif=CAMERA["exif"], sub=sub))
    assert both.disagree


def test_nothing_in_a_plain_file(tmp_path: Path) -> None:
    for path in (png(tmp_path / "a.png"), jpeg(tmp_path / "a.jpg")):
        found = others(path)
        assert not found.found and len(found.missed) >= 5 and not found.overfull
