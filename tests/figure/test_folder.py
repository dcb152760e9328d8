"""A figure's folder: what is wrong in it is told by key and line; what it may not do, it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance.errors import BadDocument, BadOption, FileMissing, OutputExists, PermissionRefused
from countenance.figure import new_figure, open_figure
from tests.figure.figures import small
from tests.portraits import grace_hopper_file

CLAIM = "Grace Hopper (1906–1992), US Navy photograph, 1984"


def changed(folder: Path, old: str, new: str) -> Path:
    file = folder / "figure.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    return folder


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("portrait: portrait.jpg", "portrait: ../../etc/passwd", "line 3: portrait: a file of the figure lies in"),
        ("portrait: portrait.jpg", "portrait: /etc/passwd", "lies in its folder"),
        ("languages: [en]", "languages: [en, es]", "greeting has no words in es"),
        ("languages: [en]", "languages: [english please]", "no language"),
        ("name: Ada", "name: Ada\nsecret: x", "secret: this key is not known"),
        ("  basis: us-government-work", "  permission: a.jwt", "either public_domain"),
        ("languages: [en]", 'languages: [en]\nhours: {opens: "18:00", closes: "09:00"}', "closes after it opens"),
        ("languages: [en]", "languages: {en: {voice: ../own.onnx}}", "voice"),
        ("knowledge: [knowledge.csv]", "knowledge: [knowledge.csv]\nsuggestions: [nothing]", "no entry has the name"),
        ("languages: [en]", "languages: [en]\nkeep_declined: yes please", "keep_declined"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = changed(small(tmp_path / "f"), old, new)
    with pytest.raises(BadDocument, match=said):
        open_figure(folder)


@pytest.mark.parametrize("key", ["portrait", "sign_language"])
def test_a_link_that_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    folder = small(tmp_path / "f")
    (tmp_path / "secret").write_text("of somebody else")
    (folder / "link.jpg").symlink_to(tmp_path / "secret")
    text = (folder / "figure.yaml").read_text()
    text = "\n".join(line for line in text.splitlines() if not line.startswith(f"{key}:"))
    (folder / "figure.yaml").write_text(f"{text}\n{key}: link.jpg\n")
    with pytest.raises(BadDocument, match=r"link\.jpg leads out of the folder"):
        open_figure(folder)


def test_a_language_without_phrases(tmp_path: Path) -> None:
    folder = changed(small(tmp_path / "f"), "languages: [en]", "languages: [sw]")
    changed(folder, "{en: Ask me.}", "{sw: Ask me.}")
    with pytest.raises(BadDocument, match="phrases are not there in 'sw'") as told:
        open_figure(folder)
    assert told.value.code == "figure.language"


def test_without_a_right_there_is_no_figure(tmp_path: Path) -> None:
    folder = changed(small(tmp_path / "f"), CLAIM, "a picture I found")
    with pytest.raises(PermissionRefused, match=r"figure\.yaml, line 4, right"):
        open_figure(folder)
    folder = changed(
        small(tmp_path / "g"), f'public_domain: "{CLAIM}"\n  basis: us-government-work', "permission: g.jwt"
    )
    with pytest.raises(PermissionRefused, match="There is no grant"):
        open_figure(folder)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        open_figure(tmp_path / "nothing")
    folder = small(tmp_path / "f")
    (folder / "portrait.jpg").unlink()
    with pytest.raises(FileMissing, match="line 3, portrait"):
        open_figure(folder)


def test_a_new_figure_can_be_opened_and_is_never_laid_over_another(tmp_path: Path) -> None:
    made = new_figure(
        tmp_path / "mona.figure", "Mona", grace_hopper_file(), public_domain=CLAIM, basis="us-government-work",
        languages=("en", "es"),
    )  # fmt: skip
    figure = open_figure(made.parent)
    assert figure.languages == ("en", "es") and len(figure.knowledge) == 2
    with pytest.raises(OutputExists):
        new_figure(tmp_path / "mona.figure", "Mona", grace_hopper_file(), public_domain=CLAIM)
    with pytest.raises(BadOption, match="Why may"):
        new_figure(tmp_path / "b", "B", grace_hopper_file())
    with pytest.raises(BadOption, match="no phrases"):
        new_figure(tmp_path / "c", "C", grace_hopper_file(), public_domain=CLAIM, languages=("xx",))
    assert not (tmp_path / "b").exists() and not (tmp_path / "c").exists()
