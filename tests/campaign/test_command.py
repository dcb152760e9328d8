"""The whole way: a plan is made into marked versions, reported, shown on a sheet; what a crash hid is found again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from countenance.campaign.journal import Journal
from countenance.files import sha256_file
from countenance.media.video import open_video
from countenance.verify import verify_file
from tests.campaign.conftest import PLAN, Write
from tests.end_to_end.command import Command

ONE = PLAN.replace('"Come in."', '"My baby."').replace('{shape: "9:16", size: 320}, ', "") + ("leave_out: []\n")
STRANGER = "faces:\n  stranger: {portrait: grace.jpg}\n"


def test_versions_are_made_marked_reported_and_not_made_twice(write: Write, countenance: Command) -> None:
    path = write(ONE.replace("faces:\n", STRANGER))
    ran = countenance("campaign", path, "--json")
    told = json.loads(ran.out)
    assert ran.status == 5 and told["made"] == 1 and told["left"] == ["stranger.en.hibari.1x1-256"], ran.err
    folder = path.parent / "versions"
    output = folder / "museum-night.grace.en.hibari.1x1-256.mp4"
    with open_video(output) as video:
        assert (video.info.width, video.info.height) == (256, 256)
    assert output.with_suffix(".srt").read_text().count("-->") == 1
    report = json.loads((folder / "report.json").read_text())
    refused, made = report["versions"]
    assert report["counts"] == {"made": 1, "refused": 1} and refused["code"] == "permission.missing"
    assert verify_file(output).outcome == verify_file(folder / "contact.grace.png").outcome == "made"
    assert made["permission"] == "public-domain" and made["permit"] and len(made["render_id"]) == 16
    assert made["sha256"] == sha256_file(output)
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["state"] for line in lines] == ["refused", "made"] and lines[0].keys() == made.keys()
    assert report["sheets"] == ["contact.grace.png"] and (folder / "contact.grace.png").is_file()
    _forget_the_end(folder)
    again = json.loads(countenance("campaign", path, "--json", "--no-sheet").out)
    assert (again["made"], again["found"]) == (0, 1), "finished, though the crash hid it: not made twice"
    assert json.loads(countenance("campaign", path, "--json", "--no-sheet").out)["before"] == 1


def _forget_the_end(folder: Path) -> None:
    """As if the power had failed between the file's last byte and the journal's line."""
    journal = Journal(folder)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    assert b'"made"' in lines[-1]
    journal.path.write_bytes(b"".join(lines[:-1]))


def test_what_cannot_be_done_is_said_in_one_line(write: Write, countenance: Command) -> None:
    path = write(ONE)
    for words, status, said in (
        (["--on", "moon"], 3, "ray://HOST:PORT"),
        (["--workers", "0"], 2, "--workers"),
    ):
        ran = countenance("campaign", path, *words)
        assert ran.status == status and said in ran.err and "Traceback" not in ran.err
    assert countenance("campaign", path.parent / "none.yaml").status == 3
    (path.parent / "versions").write_text("a file where the folder should be")
    assert countenance("campaign", path).status == 6
    assert (path.parent / "versions").read_text().startswith("a file")
