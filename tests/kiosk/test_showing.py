"""A visitor is shown and forgotten: nothing of them is left, whatever happened, and a receipt says so."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from countenance import partials
from countenance.errors import CountenanceError, FaceLost, OutputError, OutputFull
from countenance.face.identity import FaceTemplate
from countenance.files import sha256_file
from countenance.kiosk import showing
from countenance.kiosk.deletion_receipt import read_receipt
from countenance.kiosk.showing import end_output, show, sweep_left_overs
from countenance.kiosk.visitor_data import Trace, Traces, trace_of_file
from countenance.media.frames import VideoFrame
from countenance.media.video import open_video
from countenance.permission.ledger import Ledger
from countenance.permission.liveness_check.retention import Takes
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.permission.signed_grant import load_grant
from countenance.permission.templates import TemplateStore
from countenance.settings import default_settings
from tests.end_to_end.command import Command
from tests.kiosk.conftest import TEMPLATE, Kiosk
from tests.likeness.material import BEN
from tests.permission.people import ADA


def deletions() -> list[dict[str, Any]]:
    with Ledger.open(default_settings()) as ledger:
        return [dict(entry.said) for entry in ledger.entries("deletion")]


def files_of(kiosk: Kiosk) -> Iterator[Path]:
    for folder in (kiosk.folder, kiosk.home):
        yield from (path for path in folder.rglob("*") if path.is_file())


def assert_forgotten(kiosk: Kiosk, grace: FaceTemplate, take: bytes) -> None:
    """Search everything byte by byte: the take, the template in clear, and what could open or hold them."""
    # Between the encoder's own words at the beginning, which all clips share, and the container's tables at the end.
    pieces = [take[at : at + 48] for at in range(1024, len(take) - 1024, max(48, len(take) // 40))]
    pieces = [one for one in pieces if len(set(one)) > 16]
    pieces.append(grace.to_bytes())
    pieces.append(np.ascontiguousarray(grace.vector, "<f4").tobytes()[:64])
    for path in files_of(kiosk):
        data = path.read_bytes()
        assert not any(piece in data for piece in pieces), path
        assert not data.startswith(b"\x89LKN"), path
    assert grace.hash not in TemplateStore.at_home(default_settings()).fingerprints()
    assert not list((kiosk.home / "likenesses").glob("*")) and not list((kiosk.home / "takes").glob("*"))
    assert not list((kiosk.home / "kiosk" / "open").glob("*"))
    assert not list((kiosk.folder / "temporary").iterdir()) and not list(kiosk.folder.glob(".*part*"))


def frames(path: Path) -> list[VideoFrame]:
    with open_video(path) as video:
        return list(video.frames())


def test_shown_and_forgotten(kiosk: Kiosk, grace: FaceTemplate, countenance: Command) -> None:
    take, out, receipt = kiosk.take(), kiosk.folder / "out.mp4", kiosk.folder / "receipt.json"
    was = take.read_bytes()
    ran = countenance(
        "kiosk", "show", "-t", kiosk.template, "--take", take, "-o", out, "--permission", kiosk.visitor.path,
        "--receipt", receipt, "--json",
    )  # fmt: skip
    assert ran.status == 0, ran.out + ran.err
    told = json.loads(ran.out)
    assert (told["frames"], told["frames_redrawn"]) == (8, 4)
    assert_forgotten(kiosk, grace, was)

    # Inside the slot the face is another; before and after it the advert is as it was, but for marks and encoding.
    before, after = frames(kiosk.folder / "advert.mp4"), frames(out)
    assert len(before) == len(after) == 8
    face = (slice(60, 200), slice(160, 290))
    changed = [
        float(np.abs(a.pixels[face].astype(int) - b.pixels[face]).mean()) for a, b in zip(before, after, strict=True)
    ]
    outside = max(changed[k] for k in (0, 1, 6, 7))
    assert outside < 6 and all(changed[k] > outside + 3 for k in (2, 3, 4, 5)), changed

    # The entries, the signed root over them, and what a visitor with a copy of the take can check.
    grant = load_grant(kiosk.visitor.path).grant.id
    digest = hashlib.sha256(was).hexdigest()
    assert deletions() == [
        {"what": "take", "sha256": digest, "why": "shown", "grant": grant},
        {"what": "template", "sha256": grace.hash, "why": "shown", "grant": grant},
    ]
    read = read_receipt(receipt)
    assert [(one.what, one.why) for one in read.deletions] == [("take", "shown"), ("template", "shown")]
    assert read.signer == kiosk.studio.signer.identity.did
    (kiosk.folder / "copy.mp4").write_bytes(was)
    ran = countenance("kiosk", "receipt", receipt, "--of", kiosk.folder / "copy.mp4", "--signer", read.signer)
    assert ran.status == 0 and digest in ran.out
    (kiosk.folder / "copy.mp4").unlink()
    assert countenance("kiosk", "receipt", receipt, "--of", out).status == 8
    assert countenance("kiosk", "receipt", receipt, "--signer", "did:key:z6Mk").status == 8
    assert countenance("ledger", "verify").status == 0

    said = json.loads(receipt.read_text())
    said["entries"][0]["entry"]["body"]["sha256"] = "ab" * 32
    receipt.write_text(json.dumps(said))
    ran = countenance("kiosk", "receipt", receipt)
    assert ran.status == 8 and "kiosk.receipt_forged" in ran.err

    # Later the output goes, too; nothing else can be deleted in this way.
    ran = countenance("kiosk", "end", kiosk.folder / "advert.mp4")
    assert ran.status == 3 and "kiosk.output" in ran.err and (kiosk.folder / "advert.mp4").is_file()
    made = sha256_file(out)
    (gone,) = end_output(out, default_settings(), receipt=kiosk.folder / "end.json")
    assert not out.exists() and (gone.what, gone.sha256) == ("file", made)
    assert read_receipt(kiosk.folder / "end.json").deletions[0].sha256 == made


def test_an_output_that_is_deleted_when_it_was_shown(kiosk: Kiosk, grace: FaceTemplate) -> None:
    take, out = kiosk.take(), kiosk.folder / "out.mp4"
    was, seen = take.read_bytes(), []

    def looks(_: object) -> None:
        seen.append((out.is_file(), take.exists(), [one["what"] for one in deletions()]))
        raise KeyboardInterrupt  # somebody pulls the plug while they look

    with pytest.raises(KeyboardInterrupt):
        show(kiosk.template, take, out, kiosk.visitor, default_settings(), showing=looks)
    assert seen == [(True, False, ["take", "template"])], "the take is gone before anybody looks"
    assert not out.exists() and [one["what"] for one in deletions()] == ["take", "template", "file"]
    assert_forgotten(kiosk, grace, was)


def test_a_template_that_was_here_before_and_a_take_that_is_kept(
    kiosk: Kiosk, grace: FaceTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    TemplateStore.at_home(default_settings()).keep(grace)
    monkeypatch.setattr(showing.Studio, "run", lambda *_, **__: "drawn")
    take = kiosk.take()
    shown = show(kiosk.template, take, kiosk.folder / "out.mp4", kiosk.visitor, default_settings(), keep_take=True)
    assert take.is_file() and take.resolve() in shown.left and not shown.gone and shown.receipt is None
    assert grace.hash in TemplateStore.at_home(default_settings()).fingerprints() and deletions() == []


def test_what_was_changed_while_it_was_shown_is_not_passed_over(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A take that grew and an output that was written to are no longer what was noted: they are told to be there."""
    take, out = kiosk.take(), kiosk.folder / "out.mp4"

    def runs(*_: object, **__: object) -> str:
        with take.open("ab") as file:
            file.write(b"more")
        out.write_bytes(b"rewritten by what showed it")
        return "drawn"

    monkeypatch.setattr(showing.Studio, "run", runs)
    shown = show(kiosk.template, take, out, kiosk.visitor, default_settings(), showing=lambda _: None)
    assert take.is_file() and {take.resolve(), out} <= set(shown.left)
    assert "take" not in [one.what for one in shown.gone]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("short", "kiosk.short"),
        ("dark", "kiosk.dark"),
        ("blurred", "likeness.blurred"),
        ("nobody", "face.none"),
        ("other", "permission.face"),
        ("two", "kiosk.people"),
    ],
)
def test_a_take_that_is_none_is_deleted_all_the_same(kiosk: Kiosk, grace: FaceTemplate, name: str, code: str) -> None:
    take = kiosk.take(name)
    was, out = take.read_bytes(), kiosk.folder / "out.mp4"
    with pytest.raises(CountenanceError) as caught:
        show(kiosk.template, take, out, kiosk.visitor, default_settings())
    assert caught.value.code in code.split("|"), (caught.value.code, caught.value.message)
    assert "The take was deleted" in caught.value.remedy
    assert {one["what"] for one in caught.value.details["deleted"]} <= {"take", "template"}
    assert not out.exists() and not take.exists()
    assert deletions()[0] | {"grant": ""} == {
        "what": "take", "sha256": hashlib.sha256(was).hexdigest(), "why": "unfinished", "grant": "",
    }  # fmt: skip
    assert_forgotten(kiosk, grace, was)


def revoke(path: Path, by: Any, folder: Path) -> None:
    grant = load_grant(path).grant
    taken = RevokedGrant(grant=grant.id, since=int(datetime.now(UTC).timestamp()), ends=grant.ends, reason="No more.")
    publish_list(by, folder / "revoked.jwt", [taken], lists=RevocationLists.at_home(default_settings()))


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("visitor revoked", "permission.revoked"),
        ("double revoked", "permission.revoked"),
        ("no kiosk", "permission.use"),
        ("no double", "permission.double"),
        ("no slot face", "face.none"),
        ("output there", "output.exists"),
        ("broken template", "kiosk.template"),
    ],
)
def test_whatever_is_refused_the_take_goes(kiosk: Kiosk, grace: FaceTemplate, what: str, code: str) -> None:
    out, right, take = kiosk.folder / "out.mp4", kiosk.visitor, kiosk.take()
    was = take.read_bytes()
    match what:
        case "visitor revoked":
            revoke(right.path, ADA, kiosk.folder)
        case "double revoked":
            revoke(kiosk.folder / "double.jwt", BEN, kiosk.folder)
        case "no kiosk":
            right = kiosk.studio.grant(ADA, grace, "swap", "animate", keep=False)
        case "no double":
            kiosk.write(TEMPLATE.replace("double: {permission: double.jwt}\n", ""))
        case "no slot face":
            (kiosk.folder / "advert.mp4").write_bytes((kiosk.clips / "nobody.mp4").read_bytes())
        case "output there":
            out.write_bytes(b"precious")
        case "broken template":
            kiosk.write("schema: countenance.kiosk/1\n")
    with pytest.raises(CountenanceError) as caught:
        show(kiosk.template, take, out, right, default_settings())
    assert caught.value.code == code, caught.value.message
    assert not take.exists() and (out.read_bytes() == b"precious" if what == "output there" else not out.exists())
    assert_forgotten(kiosk, grace, was)


def test_what_is_no_take_is_left_alone(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    out = kiosk.folder / "out.mp4"
    picture = kiosk.folder / "me.png"
    from tests.likeness.material import picture_of
    from tests.portraits import grace_hopper

    picture_of(picture, grace_hopper().pixels)
    locked = kiosk.take()
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != locked)
    for path, code in (
        (kiosk.visitor.path, "output.is_input"),
        (kiosk.template, "output.is_input"),
        (kiosk.folder / "advert.mp4", "output.is_input"),
        (picture, "input.option"),
        (locked, "kiosk.not_deletable"),
        (kiosk.folder / "gone.mp4", "input.missing"),
    ):
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(CountenanceError) as caught:
            show(kiosk.template, path, out, kiosk.visitor, default_settings())
        assert caught.value.code == code, path
        assert before is None or path.read_bytes() == before
    assert deletions() == []


def half_a_film(out: Path) -> None:
    """What a killed run leaves beside an output."""
    name = f"{partials._head(out)}.cnt-{partials._host()}-{partials._tag(out)}-0123abcd.part.mp4"
    out.with_name(name).write_bytes(b"half a film")


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt, FaceLost("x"), pytest.param(RuntimeError("a bug"), marks=pytest.mark.soak), MemoryError()],
)
def test_broken_off_while_drawing(
    kiosk: Kiosk, grace: FaceTemplate, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    take, out = kiosk.take(), kiosk.folder / "out.mp4"
    was = take.read_bytes()

    def draw(*_: object, **__: object) -> None:
        assert grace.hash in TemplateStore.at_home(default_settings()).fingerprints()
        half_a_film(out)
        raise error

    monkeypatch.setattr(showing.Studio, "run", draw)
    with pytest.raises(error if isinstance(error, type) else type(error)):
        show(kiosk.template, take, out, kiosk.visitor, default_settings())
    assert [one["what"] for one in deletions()] == ["take", "template", "file"]
    assert_forgotten(kiosk, grace, was)
    (receipt,) = (kiosk.home / "kiosk" / "receipts").iterdir()
    assert len(read_receipt(receipt).deletions) == 3


DRIVER = """
import sys, time
from pathlib import Path
from countenance.cli import main
from countenance.kiosk import showing
def draw(*_, **__):
    Path("drawing").touch()
    time.sleep(120)
showing.Studio.run = draw
sys.argv = ["countenance", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("how", [pytest.param(signal.SIGTERM, marks=pytest.mark.soak), signal.SIGKILL])
def test_stopped_from_outside(kiosk: Kiosk, grace: FaceTemplate, how: signal.Signals) -> None:
    take, out = kiosk.take(), kiosk.folder / "out.mp4"
    was = take.read_bytes()
    words = ["kiosk", "show", "-t", kiosk.template, "--take", take, "-o", out, "--permission", kiosk.visitor.path]
    ran = subprocess.Popen([sys.executable, "-c", DRIVER, *map(str, words)], cwd=kiosk.folder)
    try:
        end = time.monotonic() + 200
        while not (kiosk.folder / "drawing").exists():
            assert ran.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        assert sweep_left_overs(default_settings()) == [] and take.is_file(), "a showing that is at work is left alone"
        ran.send_signal(how)
        status = ran.wait(60)
    finally:
        ran.kill()
        ran.wait()
    if how == signal.SIGTERM:
        assert status in (130, 128 + signal.SIGTERM)
    else:
        assert take.is_file() and deletions() == []
        half_a_film(out)
        assert [one.what for one in sweep_left_overs(default_settings())] == ["take", "template", "file"]
    assert not take.exists() and sweep_left_overs(default_settings()) == []
    assert {one["why"] for one in deletions()} == {"unfinished"}
    assert_forgotten(kiosk, grace, was)


def test_a_sweep_takes_what_was_noted_and_nothing_in_its_place(kiosk: Kiosk) -> None:
    take = kiosk.take()
    traces = Traces.begin(default_settings())
    traces.note(trace_of_file("take", take))
    traces.note(Trace("output", "ab" * 32, str(kiosk.folder / "advert.mp4")))
    os.close(traces._file)  # the process is gone
    kiosk.take("other")  # the next visitor's, under the same name
    assert sweep_left_overs(default_settings()) == [] and take.is_file() and (kiosk.folder / "advert.mp4").is_file()
    assert not list((kiosk.home / "kiosk" / "open").iterdir())


def test_what_cannot_be_deleted_is_told_and_tried_again(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    from countenance.kiosk import visitor_data as room

    take = kiosk.take()

    def stuck(_: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(showing.Studio, "run", lambda *_, **__: "drawn")
    with monkeypatch.context() as patch:
        patch.setattr(room, "shred", stuck)
        with pytest.raises(CountenanceError) as caught:
            show(kiosk.template, take, kiosk.folder / "out.mp4", replace(kiosk.visitor), default_settings())
        assert caught.value.code == "kiosk.not_deleted" and "take.mp4" in caught.value.message
    assert [one["what"] for one in deletions()] == ["template"]
    assert [one.what for one in sweep_left_overs(default_settings())] == ["take"] and not take.exists()


def test_a_full_disk_or_a_ledger_that_cannot_be_written_keeps_nothing(
    kiosk: Kiosk, grace: FaceTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = kiosk.take()
    was = take.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OutputFull("There is no space left.")

    monkeypatch.setattr(showing.Studio, "run", full)
    with monkeypatch.context() as patch:
        patch.setattr(Traces, "_try", lambda *_: None)
        patch.setattr("countenance.permission.ledger.ledger_store.Ledger.append", full)
        with pytest.raises(OutputFull):
            show(kiosk.template, take, kiosk.folder / "out.mp4", kiosk.visitor, default_settings())
        assert not take.exists() and grace.hash not in TemplateStore.at_home(default_settings()).fingerprints()
    assert deletions() == []
    sweep_left_overs(default_settings())
    assert_forgotten(kiosk, grace, was)


def test_what_a_sweep_finds_gone_is_told_the_ledger_once_it_can_be(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = kiosk.take()

    def locked(*_: object, **__: object) -> None:
        raise OutputError("The ledger cannot be written.", code="ledger.write")

    monkeypatch.setattr(showing.Studio, "run", lambda *_, **__: "drawn")
    with monkeypatch.context() as patch:
        patch.setattr("countenance.permission.ledger.ledger_store.Ledger.append", locked)
        patch.setattr(showing, "VisitorSubject", lambda *_: (_ for _ in ()).throw(FaceLost("x")))
        with pytest.raises(CountenanceError):
            show(kiosk.template, take, kiosk.folder / "out.mp4", kiosk.visitor, default_settings())
    assert not take.exists() and deletions() == []
    assert sorted(one.what for one in sweep_left_overs(default_settings())) == ["take", "template"]
    assert [one["why"] for one in deletions()] == ["unfinished"] * 2 and sweep_left_overs(default_settings()) == []


def test_a_sealed_copy_of_the_take_goes_with_it(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `permission grant --keep-take` left it, where grant and showing are of one take and one computer."""
    take = kiosk.take()
    takes = Takes.at_home(default_settings())
    takes.vault.write(takes.folder / f"{sha256_file(take)}.take", take.read_bytes(), f"take {sha256_file(take)}")
    monkeypatch.setattr(showing.Studio, "run", lambda *_, **__: "drawn")
    show(kiosk.template, take, kiosk.folder / "out.mp4", kiosk.visitor, default_settings())
    assert not list(takes.folder.iterdir()) and [one["what"] for one in deletions()] == ["take", "template"]


def test_two_showings_of_one_visitor_at_once(
    kiosk: Kiosk, grace: FaceTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds a template that only the first took in; whoever ends last must delete it."""
    first = Traces.begin(default_settings())
    first.note(Trace("template", grace.hash))
    TemplateStore.at_home(default_settings()).keep(grace)
    monkeypatch.setattr(showing.Studio, "run", lambda *_, **__: "drawn")
    show(kiosk.template, kiosk.take(), kiosk.folder / "out.mp4", kiosk.visitor, default_settings())
    assert grace.hash not in TemplateStore.at_home(default_settings()).fingerprints()
    first.end("shown")
    first.close()
    assert [one["what"] for one in deletions()] == ["take", "template"]
