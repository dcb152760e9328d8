"""Live Link Face CSV: what goes out comes back, what recorders write is read, what is wrong is named by its line."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countenance.errors import BadDocument, BadOption, CountenanceError, EmptyFile, FileMissing
from countenance.face.pose import rotation_angle, rotation_from_vector
from countenance.face.topology import BLENDSHAPES, LEFT_EYE_LOWER, LEFT_EYE_UPPER, LEFT_IRIS, LIPS_INNER_LOWER
from countenance.performance.angles import head_angles, head_rotation
from countenance.performance.authored import authored_performance
from countenance.performance.edit import retime, trim
from countenance.performance.expression import landmark_motion
from countenance.performance.live_link import read_live_link, write_live_link
from countenance.performance.live_link_rows import ARKIT, HEADER, TURNS
from countenance.performance.take import Performance, Sample, quantised, rest
from tests.performance.takes import NTSC, random_take

JAW, BLINK = BLENDSHAPES.index("jawOpen"), BLENDSHAPES.index("eyeBlinkLeft")


def measured(count: int = 50, rate: Fraction = Fraction(25)) -> Performance:
    """A take whose landmarks do what its blendshapes say: talking, a blink, a turning head."""

    def one(k: int) -> Sample:
        t = k / float(rate)
        shapes = np.zeros(52, np.float32)
        shapes[JAW] = max(0.0, 0.6 * np.sin(5 * t))
        shapes[BLINK] = shapes[BLINK + 1] = 1.0 if 1.0 < t < 1.12 else 0.02
        rotation = head_rotation(25 * np.sin(2 * t), 10 * np.sin(3 * t), 8 * np.sin(t))
        return replace(
            rest(k / rate),
            blendshapes=shapes,
            rotation=rotation.astype(np.float32),
            offsets=quantised(landmark_motion(shapes)),
        )

    return Performance.of([one(k) for k in range(count)], rate)


def rows(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text().splitlines()]


def write(path: Path, cells: list[list[str]]) -> Path:
    path.write_text("\n".join(",".join(row) for row in cells) + "\n")
    return path


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(60), Fraction(24000, 1001)])
def test_there_and_back(tmp_path: Path, rate: Fraction) -> None:
    take = measured(int(Fraction(12, 5) * rate), rate)
    count = write_live_link(take, tmp_path / "t.csv")
    back = read_live_link(tmp_path / "t.csv")
    grid = Fraction(60000, 1001) if rate.denominator == 1001 else Fraction(60)
    assert back.rate == grid and back.source == "live-link" and not back.has_appearance
    again, wanted = list(back), list(retime(take, rate=grid))
    assert len(again) == len(wanted) == count
    for a, b in zip(wanted, again, strict=True):
        assert abs(a.time - b.time) < Fraction(1, 50_000), "time code is cut after thousandths of a frame"
        turned = rotation_angle(rotation_from_vector(a.rotation), rotation_from_vector(b.rotation))
        assert turned < 0.01
        np.testing.assert_allclose(b.blendshapes[1:], a.blendshapes[1:], atol=1e-6)
    for landmark in (14, 152, LEFT_EYE_UPPER[4]):
        there = np.array([s.offsets[landmark, 1] for s in wanted])
        here = np.array([s.offsets[landmark, 1] for s in again])
        assert np.corrcoef(there, here)[0, 1] > 0.995 and np.ptp(here) == pytest.approx(np.ptp(there), rel=0.1)


def test_what_is_written_is_what_the_app_writes(tmp_path: Path) -> None:
    write_live_link(measured(10), tmp_path / "t.csv")
    header, *body = rows(tmp_path / "t.csv")
    assert header == HEADER and len(header) == 63
    assert header[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert header[-10:-6] == ["TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"]
    assert len(ARKIT) == 52 and len(TURNS) == 9
    assert len(body) == 24 and all(len(row) == 63 and row[1] == "61" for row in body)
    assert [row[0] for row in body[:2]] == ["00:00:00:00.000", "00:00:00:01.000"]
    write_live_link(measured(10, NTSC), tmp_path / "n.csv")
    assert rows(tmp_path / "n.csv")[2][0] == "00:00:00;01.000", "drop-frame"


def test_signs_of_the_head(tmp_path: Path) -> None:
    turn = replace(rest(), rotation=head_rotation(20, 0, 0).astype(np.float32))
    write_live_link(Performance.of([turn], Fraction(60)), tmp_path / "t.csv")
    header, row = rows(tmp_path / "t.csv")
    assert float(row[header.index("HeadYaw")]) == pytest.approx(np.radians(20), abs=1e-6)
    write(tmp_path / "in.csv", [header, [*row[:-9], *map(str, np.radians([20, 10, 5])), *["0"] * 6]])
    (sample,) = read_live_link(tmp_path / "in.csv", centre="recorded")
    assert head_angles(sample.rotation) == pytest.approx((20, 10, -5), abs=1e-4)


def test_gaze_is_carried_by_the_angles_of_the_eyes(tmp_path: Path) -> None:
    header = HEADER
    still = ["0"] * 52
    turn = dict.fromkeys(TURNS, "0")
    away = turn | {"LeftEyeYaw": "0.3", "RightEyeYaw": "0.3", "LeftEyePitch": "-0.2", "RightEyePitch": "-0.2"}
    lines = [[f"00:00:00:{k:02d}.000", "61", *still, *(away if k == 15 else turn).values()] for k in range(20)]
    samples = list(read_live_link(write(tmp_path / "t.csv", [header, *lines])))
    assert samples[15].offsets[LEFT_IRIS, 0].min() == pytest.approx(1.2 * np.sin(0.3), abs=1e-3)
    assert samples[15].offsets[LEFT_IRIS, 1].max() < -0.2, "up"
    assert not samples[3].offsets.any()


def test_eyes_that_are_counted_the_other_way(tmp_path: Path) -> None:
    """The blendshapes say where the eyes look; angles that run against them are of the other sign."""
    write_live_link(trim(authored_performance("look-around"), Fraction(0), Fraction(3)), tmp_path / "t.csv")
    table = rows(tmp_path / "t.csv")
    at = [HEADER.index(f"{side}Eye{way}") for side in ("Left", "Right") for way in ("Yaw", "Pitch")]
    turned = [table[0], *([str(-float(c)) if k in at else c for k, c in enumerate(row)] for row in table[1:])]
    write(tmp_path / "turned.csv", turned)
    for a, b in zip(read_live_link(tmp_path / "t.csv"), read_live_link(tmp_path / "turned.csv"), strict=True):
        np.testing.assert_array_equal(a.offsets, b.offsets)
    assert max(abs(s.offsets[LEFT_IRIS[0], 0]) for s in read_live_link(tmp_path / "t.csv")) > 0.3


def test_a_recording_without_angles(tmp_path: Path) -> None:
    """52 columns, names in the landmarker's capitals, TongueOut left out, a byte-order mark, Windows line ends."""
    take = measured(60, Fraction(60))
    write_live_link(take, tmp_path / "t.csv")
    header, *body = rows(tmp_path / "t.csv")
    names = [name[0].lower() + name[1:] for name in header[2:53]]
    lines = [["Timecode", "BlendShapeCount", *names]] + [[row[0], "51", *row[2:53]] for row in body]
    text = "\r\n".join(",".join(row) for row in lines) + "\r\n\r\n"
    (tmp_path / "old.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (tmp_path / "wide.csv").write_bytes(text.encode("utf-16"))
    for name in ("old.csv", "wide.csv"):
        samples = list(read_live_link(tmp_path / name))
        assert len(samples) == 60 and not any(s.rotation.any() for s in samples)
        blink = LEFT_EYE_UPPER[4]
        jaw = np.array([s.blendshapes[JAW] for s in samples])
        lip = np.array([s.offsets[LIPS_INNER_LOWER[5], 1] for s in samples])
        assert np.corrcoef(jaw, lip)[0, 1] > 0.99
        assert max(abs(s.offsets[blink, 1]) for s in samples) < 0.05, "the blink comes later"


def test_a_blink_closes_the_lids_and_leaves_the_mouth(tmp_path: Path) -> None:
    write_live_link(measured(40, Fraction(30)), tmp_path / "t.csv")
    samples = list(read_live_link(tmp_path / "t.csv"))
    shut = max(samples, key=lambda s: float(s.blendshapes[BLINK]))
    upper, lower = shut.offsets[LEFT_EYE_UPPER[4]], shut.offsets[LEFT_EYE_LOWER[4]]
    assert upper[1] - lower[1] == pytest.approx(0.66, abs=0.1), "the whole of the canonical eye's opening"


def flat(tmp_path: Path, codes: list[str], **columns: float) -> Path:
    """A recording of a face at rest with these time codes."""
    values = [str(columns.get(name, 0.0)) for name in [*ARKIT, *TURNS]]
    return write(tmp_path / "flat.csv", [HEADER, *([code, "61", *values] for code in codes)])


def test_a_telephone_held_at_an_angle_is_straightened(tmp_path: Path) -> None:
    path = flat(tmp_path, [f"10:00:00:{k:02d}.000" for k in range(60)], HeadPitch=0.3, HeadYaw=-0.1)
    assert not any(np.abs(s.rotation).max() > 1e-6 for s in read_live_link(path))
    (first, *_) = read_live_link(path, centre="recorded")
    assert head_angles(first.rotation)[1] == pytest.approx(np.degrees(0.3), abs=1e-3)
    near = flat(tmp_path, ["10:00:00:00.000"], HeadPitch=0.05)
    assert head_angles(next(iter(read_live_link(near))).rotation)[1] == pytest.approx(np.degrees(0.05), abs=1e-3)
    assert not next(iter(read_live_link(near, centre="calm"))).rotation.any()


def test_the_performers_rest_is_not_motion(tmp_path: Path) -> None:
    """Hardly anybody reads 0 at rest."""
    path = flat(tmp_path, [f"00:00:00:{k:02d}.000" for k in range(30)], BrowInnerUp=0.3, MouthPressLeft=0.2)
    for sample in read_live_link(path):
        assert not sample.offsets.any() and sample.blendshapes[BLENDSHAPES.index("browInnerUp")] == np.float32(0.3)


@pytest.mark.parametrize(
    ("codes", "rate", "last"),
    [
        ([f"00:00:{k // 60:02d}:{k % 60:02d}.000" for k in range(150)], Fraction(60), Fraction(149, 60)),
        ([f"00:00:{k // 30:02d}:{k % 30:02d}.000" for k in range(90)], Fraction(30), Fraction(89, 30)),
        ([f"00:00:{k // 24:02d}:{k % 24:02d}.000" for k in range(90)], Fraction(24), Fraction(89, 24)),
        ([f"23:59:59:{k}.000" for k in range(59)] + ["00:00:00:00.000"], Fraction(60), Fraction(1)),
        ([str(k) for k in range(100, 130)], Fraction(60), Fraction(29, 60)),
        (["00:00:00:00.000", "00:00:00:00.000", "00:00:00:01.500"], Fraction(60), Fraction(1, 40)),
        (["00:00:00;59.000", "00:00:01;00.000"], Fraction(60000, 1001), Fraction(1001, 60000)),
    ],
)
def test_clocks(tmp_path: Path, codes: list[str], rate: Fraction, last: Fraction) -> None:
    take = read_live_link(flat(tmp_path, codes))
    samples = list(take)
    assert samples[0].time == 0 and samples[-1].time == last
    assert len(samples) == len(set(codes))
    assert take.rate == rate or len(samples) == 2
    assert take.duration == last + 1 / take.rate


def test_rows_without_a_face(tmp_path: Path) -> None:
    header, *body = HEADER, *rows(flat(tmp_path, [f"00:00:00:{k:02d}.000" for k in range(10)], JawOpen=0.5))[1:]
    body[4] = [body[4][0], "0"]
    body[5] = [body[5][0], "0", *[""] * 61]
    samples = list(read_live_link(write(tmp_path / "t.csv", [header, *body])))
    assert [s.present for s in samples] == [True] * 4 + [False] * 2 + [True] * 4
    assert samples[4].blendshapes[JAW] == 0.5


@pytest.mark.parametrize(
    ("line", "cells", "words"),
    [
        (3, {"JawOpen": "wide"}, "JawOpen is 'wide', not a number"),
        (4, {"JawOpen": "nan"}, "not a number"),
        (5, {"JawOpen": "50"}, "between 0 and 1"),
        (6, {"HeadYaw": "30"}, "radians"),
        (7, {"Timecode": "noon"}, "not a time code"),
        (8, {"Timecode": "00:00:00:00.000"}, "lies before"),
        (9, {"TongueOut": "\x00"}, "not text"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, line: int, cells: dict[str, str], words: str) -> None:
    lines = rows(flat(tmp_path, [f"00:00:00:{k:02d}.000" for k in range(10)]))
    for name, text in cells.items():
        lines[line - 1][HEADER.index(name)] = text
    with pytest.raises(BadDocument, match=words) as caught:
        read_live_link(write(tmp_path / "t.csv", lines))
    assert f"line {line}" in caught.value.message and caught.value.details["line"] == line


def test_short_rows_missing_columns_and_other_files(tmp_path: Path) -> None:
    lines = rows(flat(tmp_path, [f"00:00:00:{k:02d}.000" for k in range(3)]))
    with pytest.raises(BadDocument, match="line 3: it has 60 values for 63 columns"):
        read_live_link(write(tmp_path / "t.csv", [lines[0], lines[1], lines[2][:60]]))
    with pytest.raises(BadDocument, match=r"lacks columns.*JawOpen"):
        read_live_link(write(tmp_path / "t.csv", [[c for c in row if c != "JawOpen"] for row in lines]))
    with pytest.raises(BadDocument, match="two columns called JawOpen"):
        read_live_link(write(tmp_path / "t.csv", [[*row, "JawOpen" if k == 0 else "0"] for k, row in enumerate(lines)]))
    with pytest.raises(BadDocument, match="names no Timecode"):
        read_live_link(write(tmp_path / "t.csv", [["name", "age"], ["Ann", "3"]]))
    with pytest.raises(BadDocument, match="no row with a face"):
        read_live_link(write(tmp_path / "t.csv", lines[:1]))
    with pytest.raises(BadDocument):
        (tmp_path / "t.csv").write_text("\n\n\n")
        read_live_link(tmp_path / "t.csv")
    with pytest.raises(EmptyFile):
        (tmp_path / "t.csv").write_text("")
        read_live_link(tmp_path / "t.csv")
    with pytest.raises(FileMissing):
        read_live_link(tmp_path / "none.csv")
    with pytest.raises(BadOption):
        write_live_link(measured(3), tmp_path / "o.csv", rate=Fraction(0))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_never_shows_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(flat(tmp_path, [f"00:00:00:{k:02d}.000" for k in range(4)]).read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    (tmp_path / "t.csv").write_bytes(content)
    try:
        list(read_live_link(tmp_path / "t.csv"))
    except CountenanceError as error:
        assert error.code in {"input.document", "input.empty"} and "\n" not in error.message


def test_a_take_with_motion_only_gets_blendshapes(tmp_path: Path) -> None:
    """Speech and hand-made takes may move landmarks without naming blendshapes."""
    bare = [replace(s, blendshapes=np.zeros(52, np.float32)) for s in trim(measured(), Fraction(0), Fraction(2, 5))]
    write_live_link(Performance.of(bare, Fraction(25)), tmp_path / "t.csv")
    table = rows(tmp_path / "t.csv")
    jaw = np.array([float(row[HEADER.index("JawOpen")]) for row in table[1:]])
    wanted = np.array([s.blendshapes[JAW] for s in retime(measured(), rate=Fraction(60))])[: len(jaw)]
    assert np.corrcoef(jaw, wanted)[0, 1] > 0.99 and abs(jaw.max() - wanted.max()) < 0.1


def test_an_authored_take_says_what_it_does(tmp_path: Path) -> None:
    write_live_link(authored_performance("smile"), tmp_path / "t.csv")
    table = rows(tmp_path / "t.csv")
    smile = [float(row[HEADER.index("MouthSmileLeft")]) for row in table[1:]]
    assert max(smile) > 0.7 and smile[0] < 0.05 and smile[-1] < 0.05


def test_takes_with_gaps_and_appearance_can_be_exported(tmp_path: Path) -> None:
    assert write_live_link(random_take(20, appearance=True), tmp_path / "t.csv") == 40
    assert len(list(read_live_link(tmp_path / "t.csv"))) == 40
