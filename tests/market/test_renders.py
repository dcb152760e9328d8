"""Every profile held against a rendered file: the label measured in its pixels, the notice in its sound, the metadata
read by readers that are not our writer (Pillow, FFmpeg's libraries, c2pa)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import c2pa
import numpy as np
import pytest
from PIL import Image

from countenance.errors import BadOption, CountenanceError
from countenance.market import known_profiles
from countenance.marking.head_exit import write_head
from countenance.marking.live.output import LiveOutput
from countenance.marking.market_terms import UNSTAMPED, market_notices
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from countenance.permission.scripts import Script
from countenance.render.script_review import allowed_script
from countenance.settings import Settings
from countenance.verify.evidence_page import page
from countenance.verify.label_measuring import see_label
from countenance.verify.market_evidence import Evidence, examine
from tests.contract.timestamp_server import TimeStamper, served
from tests.exit_material import frames, making, permit, picture, settings_in
from tests.marking.test_sounds import Hum

RATE = Fraction(8)
WHOLE = picture(640, 480)
STAMPED: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def stamper() -> Iterator[None]:
    """A time-stamp authority: the Union's metadata are time-stamped."""
    with served(TimeStamper()) as address:
        STAMPED["timestamp_url"] = address
        yield
        STAMPED.clear()


def of(folder: Path, market: str, **more: object) -> Settings:
    return settings_in(folder, **{"market": market, "organisation": "Acme & Sons", **STAMPED, **more})


def clip(path: Path, settings: Settings, seconds: int = 4, **more: object) -> Path:
    made = making(**more)  # type: ignore[arg-type]
    with VideoOutput(path, permit(), made, width=640, height=480, rate=RATE, settings=settings) as out:
        for frame in frames(seconds * int(RATE), RATE, WHOLE):
            out.write(frame)
    return path


def answers(found: Evidence, topic: str) -> dict[str, str]:
    return {check.market: check.answer for check in found.checks if check.topic == topic}


@pytest.mark.parametrize("market", [*known_profiles(), "BR"])
def test_a_picture_for_each_market_meets_its_rules(tmp_path: Path, market: str) -> None:
    settings = of(tmp_path, market)
    path = tmp_path / "out.png"
    receipt = write_picture(path, WHOLE, permit(), making(), settings=settings)
    found = examine(path, settings=settings)
    assert found.met, [check for check in found.checks if check.answer == "not met"]
    assert found.manifest.good and set(answers(found, "label").values()) == {"met"}
    seen = see_label(path, "en", moving=False)
    assert seen.words == "GENERATED"
    if market in ("CN", "BR"):
        assert 0.05 <= seen.share < 0.06
        with Image.open(path) as image:
            packet = html.unescape(str(image.info["XML:com.adobe.xmp"]))
        field = re.search(r'TC260:AIGC=[\'"](\{.*?\})', packet)
        assert field is not None and json.loads(field[1]) == {
            "Label": "1",
            "ContentProducer": "Acme & Sons",
            "ProduceID": receipt.payload,
        }
        assert "compositeSynthetic" in packet
    if market in ("US-CA", "BR"):
        with c2pa.Reader(str(path)) as reader:
            document = json.loads(reader.json())
        stated = document["manifests"][document["active_manifest"]]["assertions"]
        said = next(one["data"]["market"] for one in stated if one["label"] == "org.countenance.render")
        assert (said["provider"], said["system"]) == ("Acme & Sons", "Countenance")
        assert said["version"] and said["time"] and receipt.payload in said["id"]
    if market == "EU":
        assert seen.corner == "top-right"


def test_the_signer_s_own_word_is_no_time_stamp(tmp_path: Path) -> None:
    settings = of(tmp_path, "EU", timestamp_url=None)
    write_picture(tmp_path / "out.png", WHOLE, permit(), making(), settings=settings)
    found = examine(tmp_path / "out.png", settings=settings)
    stamp = next(check for check in found.checks if check.asked.startswith("timestamp"))
    assert stamp.answer == "not met" and "only the signer's own word" in stamp.found and not found.met
    assert UNSTAMPED in market_notices(settings) and UNSTAMPED not in market_notices(of(tmp_path, "EU"))


@pytest.mark.parametrize("market", [*known_profiles(), "BR"])
def test_scripts_are_held_against_each_profile(tmp_path: Path, market: str) -> None:
    """What a market does not allow is refused though it is confirmed; elsewhere the confirmation counts."""
    words = ("This is the police.",)
    script = Script(words, confirmed=(Script(words).digest,))
    rule = known_profiles()[market].script if market != "BR" else known_profiles()["IN"].script
    if rule is None:
        found = allowed_script(script, of(tmp_path, market))
        assert found is not None and found.confirmed
        return
    with pytest.raises(CountenanceError) as told:
        allowed_script(script, of(tmp_path, market))
    assert told.value.code == "permission.script_market" and "India" in told.value.message


@pytest.mark.parametrize("kind", ["jpg", "webp"])
def test_other_pictures_hold_the_field(tmp_path: Path, kind: str) -> None:
    settings = of(tmp_path, "CN")
    write_picture(tmp_path / f"out.{kind}", WHOLE, permit(), making(), settings=settings)
    assert examine(tmp_path / f"out.{kind}", settings=settings).met


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_clip_for_many_markets_is_labelled_throughout(tmp_path: Path, kind: str) -> None:
    settings = of(tmp_path, "EU,US-CA,US-NY,IN,CN,KR")
    path = clip(tmp_path / f"out.{kind}", settings)
    with av.open(str(path)) as container:
        assert json.loads(container.metadata["AIGC"])["ContentProducer"] == "Acme & Sons"
    found = examine(path, settings=settings)
    assert found.met, [check for check in found.checks if check.answer == "not met"]
    assert set(answers(found, "label")) == {"EU", "DK", "US-CA", "US-NY", "IN", "CN", "KR"}


def test_a_clip_made_for_another_market_is_found_wanting(tmp_path: Path) -> None:
    settings = of(tmp_path, "US-NY")
    path = clip(tmp_path / "out.mp4", settings, 5, label="first:3")
    assert examine(path, settings=settings).met
    found = examine(path, settings, "US-NY,IN,CN")
    assert not found.met
    assert answers(found, "label") == {"US-NY": "met", "IN": "not met", "CN": "not met"}
    assert "3.0 s from the start" in next(c.found for c in found.checks if c.topic == "label")
    assert "AIGC: not found" in {c.found for c in found.checks}


def test_a_file_without_any_label_or_manifest_is_found_wanting(tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    Image.fromarray(WHOLE).save(path)
    found = examine(path, settings_in(tmp_path), "EU,CN")
    assert set(answers(found, "label").values()) == set(answers(found, "metadata").values()) == {"not met"}
    with pytest.raises(BadOption, match="names no markets"):
        examine(path, settings=settings_in(tmp_path))


class Long(Hum):
    """A voice that pauses for a second every ten."""

    def blocks(self) -> Iterator[np.ndarray]:
        for second in range(len(self.samples) // self.sample_rate):
            block = self.samples[second * self.sample_rate : (second + 1) * self.sample_rate]
            yield block * np.float32(0.0 if second % 10 == 9 else 1.0)


def test_the_notice_is_heard_at_the_start_and_again(tmp_path: Path) -> None:
    settings = of(tmp_path, "EU,CN")
    path = tmp_path / "out.wav"
    sound = Long(16000, 1, 400.0)
    write_sound(path, sound, permit(), making(sound_is_synthetic=True, label="credit"), settings=of(tmp_path, "EU"))
    found = examine(path, settings=settings)
    heard = next(c for c in found.checks if c.topic == "spoken notice")
    assert heard.answer == "met" and heard.found.count(" s,") == 1, heard
    assert heard.found.startswith("Heard at 0.0 s, 3")


def test_sound_for_china_holds_the_field_and_readers_show_it(tmp_path: Path) -> None:
    settings = of(tmp_path, "CN")
    path = tmp_path / "out.wav"
    receipt = write_sound(path, Hum(22050, 1, 10.0), permit(), making(sound_is_synthetic=True), settings=settings)
    with av.open(str(path)) as container:
        comment = json.loads(container.metadata["comment"])
    assert json.loads(comment["AIGC"])["ProduceID"] == receipt.payload
    assert examine(path, settings=settings).met
    # Without its notice it is found wanting.
    plain = tmp_path / "plain.wav"
    write_sound(plain, Hum(22050, 1, 10.0), permit(), making(), settings=settings)
    assert answers(examine(plain, settings, "IN"), "spoken notice") == {"IN": "none"}


@pytest.mark.parametrize(
    ("market", "label", "code"),
    [("IN", "first:5", "market.label"), ("CN", "credit", "market.label"), ("EU", "first:5", "market.label")],
)
def test_a_label_that_is_not_enough_is_refused_before_anything_is_written(
    tmp_path: Path, market: str, label: str, code: str
) -> None:
    settings = of(tmp_path, market)
    live = {"width": 640, "height": 480, "opening": [WHOLE], "settings": settings}
    for attempt in (
        lambda: write_picture(tmp_path / "o.png", WHOLE, permit(), making(label=label), settings=settings),
        lambda: VideoOutput(
            tmp_path / "o.mp4", permit(), making(label=label), width=640, height=480, rate=RATE, settings=settings
        ),
        lambda: write_sound(tmp_path / "o.wav", Hum(16000, 1, 3), permit(), making(label=label), settings=settings),
        lambda: write_head(tmp_path / "o.glb", WHOLE, bytes, permit(), making(label=label), settings=settings),  # type: ignore[arg-type]
        lambda: LiveOutput(permit(), making(label=label), **live),  # type: ignore[arg-type]
    ):
        with pytest.raises(CountenanceError) as told:
            attempt()
        assert told.value.code == code and told.value.remedy
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("o.")]


def test_what_cannot_be_met_is_refused(tmp_path: Path) -> None:
    nobody = settings_in(tmp_path, market="US-CA")
    with pytest.raises(CountenanceError) as told:
        write_picture(tmp_path / "o.png", WHOLE, permit(), making(), settings=nobody)
    assert told.value.code == "market.provider"
    with pytest.raises(CountenanceError) as told:
        write_picture(
            tmp_path / "o.png", picture(160, 200), permit(), making(language="el"), settings=of(tmp_path, "CN")
        )
    assert told.value.code == "market.label_size"
    with pytest.raises(CountenanceError) as told:
        write_head(tmp_path / "o.glb", WHOLE, bytes, permit(), making(), settings=of(tmp_path, "CN"))  # type: ignore[arg-type]
    assert told.value.code == "market.metadata"


def test_a_recipe_cannot_bring_terms_of_its_own(tmp_path: Path) -> None:
    from countenance.market import terms_of

    settings = of(tmp_path, "CN")
    write_picture(tmp_path / "o.png", WHOLE, permit(), making(terms=terms_of("US-NY")), settings=settings)
    assert examine(tmp_path / "o.png", settings=settings).terms.markets == ("CN",)


def test_the_page_says_it_all_and_escapes(tmp_path: Path) -> None:
    settings = of(tmp_path, "BR")
    path = tmp_path / "a <b>.png"
    write_picture(path, WHOLE, permit(), making(), settings=settings)
    text = page(examine(path, settings=settings))
    assert "no legal advice" in text and "Nothing is known here of the rules in BR" in text
    assert "a &lt;b&gt;.png" in text and "<script" not in text and "Acme &amp; Sons" in text
    assert all(profile.name in text for profile in known_profiles().values())
