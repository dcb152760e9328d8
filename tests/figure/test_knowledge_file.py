"""Knowledge out of spreadsheets and YAML: strict, and every mistake told with its line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from countenance.errors import BadDocument, EmptyFile, FileMissing, TooLarge
from countenance.figure.knowledge_file import look_through, read_knowledge
from tests.figure.figures import BIRTH, MOTH, sheet


def problems(path: Path, languages: tuple[str, ...] = ("en",)) -> list[tuple[str, str]]:
    return [(one.place, one.code) for one in look_through([path], languages)[1]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_sheet_as_programs_write_it(tmp_path: Path, delimiter: str) -> None:
    knowledge = read_knowledge([sheet(tmp_path / "k.csv", [BIRTH, MOTH], delimiter)], ["en"])
    assert [(e.name, e.questions, e.line) for e in knowledge] == [
        ("birth", ("When were you born?", "Where were you born?"), 2),
        ("moth", ("Who found the moth?", "Was there a moth?"), 4),
    ]


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    rows = [
        BIRTH,
        ("a", "en", "Why?", "Because.", "", "written"),
        ("b", "en", "", "Because.", "S", "written"),
        ("c", "de", "Wann?", "", "S", "heard"),
        ("birth", "en", "Another?", "I.", "S", "written"),
    ]
    path = sheet(tmp_path / "k.csv", rows)
    assert problems(path) == [
        ("k.csv, line 4", "source"),
        ("k.csv, line 5", "questions"),
        ("k.csv, line 6", "language"),
        ("k.csv, line 6", "answer"),
        ("k.csv, line 6", "by"),
        ("k.csv, line 7", "twice"),
    ]
    with pytest.raises(BadDocument, match=r"k\.csv, line 4: a has an answer without a source \(5 more\)") as told:
        read_knowledge([path], ["en"])
    assert told.value.code == "figure.knowledge" and len(told.value.details["problems"]) == 6


def test_one_question_with_two_answers_is_a_contradiction(tmp_path: Path) -> None:
    other = ("born", "en", "when WERE you born", "I was born in 1907.", "Another book", "written")
    assert problems(sheet(tmp_path / "k.csv", [BIRTH, other])) == [("k.csv, line 4", "contradiction")]
    same = ("born", "en", "When were you born?", BIRTH[3], "Another book", "written")
    assert problems(sheet(tmp_path / "k.csv", [BIRTH, same])) == [("k.csv, line 4", "twice")]


def test_contradictions_between_files_are_found(tmp_path: Path) -> None:
    one, two = sheet(tmp_path / "a.csv", [BIRTH]), sheet(tmp_path / "b.csv", [("x", *BIRTH[1:3], "1907", "S", "said")])
    assert [p.code for p in look_through([one, two], ["en"])[1]] == ["contradiction", "contradiction"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name,language\nx,en\n", "line 1: the first row lacks the columns questions"),
        (b"name,language,questions,answer,source,by\n\xff\xfe,en", "line 2: this is not UTF-8"),
        (b'name,language,questions,answer,source,by\n"open,en', "unexpected end of data"),
    ],
)
def test_what_is_no_sheet(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "k.csv"
    path.write_bytes(content)
    with pytest.raises(BadDocument, match=said):
        read_knowledge([path], ["en"])


def test_missing_empty_and_unknown_files(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_knowledge([tmp_path / "k.csv"], ["en"])
    (tmp_path / "e.csv").touch()
    with pytest.raises(EmptyFile):
        read_knowledge([tmp_path / "e.csv"], ["en"])
    (tmp_path / "k.docx").write_text("x")
    with pytest.raises(BadDocument, match="no knowledge file"):
        read_knowledge([tmp_path / "k.docx"], ["en"])


def test_yaml(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_text(
        "- name: birth\n  language: en\n  questions: [When?, Where?]\n  answer: In 1906.\n  source: A book\n"
        "  by: said\n- name: b\n  colour: red\n"
    )
    knowledge, wrong = look_through([path], ["en"])
    assert [entry.by for entry in knowledge] == ["said"]
    assert [p.place for p in wrong if p.code == "key"] == ["k.yaml, line 7"]
    path.write_text("- name: [\n")
    with pytest.raises(BadDocument, match=r"k\.yaml, line"):
        read_knowledge([path], ["en"])
    path.write_text("name: x\n")
    with pytest.raises(BadDocument, match="no list of entries"):
        read_knowledge([path], ["en"])


def test_a_sheet_of_a_spreadsheet_program(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="the extra [figure] is not installed")
    path = tmp_path / "k.xlsx"
    cells = [("name", "language", "questions", "answer", "source", "by"), BIRTH, ("a", "en", "Why?", "So.", "", "said")]
    _xlsx(path, cells)
    knowledge, wrong = look_through([path], ["en"])
    assert [e.name for e in knowledge] == ["birth"] and [str(p) for p in wrong] == [
        "k.xlsx, line 3: a has an answer without a source"
    ]
    path.write_bytes(b"PK nonsense")
    with pytest.raises(BadDocument, match="no sheet"):
        read_knowledge([path], ["en"])


def test_invisible_letters_are_taken_out(tmp_path: Path) -> None:
    row = ("a", "en", "Who\u200b are\u202e you?", "I\u0007 am.", "S\u2066", "said")
    (entry,) = read_knowledge([sheet(tmp_path / "k.csv", [row])], ["en"])
    assert (entry.title, entry.answer, entry.source) == ("Who are you?", "I am.", "S")


def test_ten_thousand_entries_and_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        (f"n{k}", "en", f"What is number {k}?\nTell me about {k}.", f"It is {k}.", "S", "written")
        for k in range(10_000)
    ]
    path = sheet(tmp_path / "k.csv", rows)
    assert len(read_knowledge([path], ["en"])) == 10_000
    monkeypatch.setattr("countenance.figure.knowledge_file.MOST", 9_999)
    with pytest.raises(TooLarge, match="9,999"):
        read_knowledge([path], ["en"])


def _xlsx(path: Path, rows: list[tuple[str, ...]]) -> None:
    """As little of a workbook as programs read."""
    from xml.sax.saxutils import escape

    lines = "".join(
        f'<row r="{k}">'
        + "".join(f'<c r="{chr(65 + n)}{k}" t="inlineStr"><is><t>{escape(c)}</t></is></c>' for n, c in enumerate(row))
        + "</row>"
        for k, row in enumerate(rows, 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type="{office}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="k" sheetId="1" r:id="a"/></sheets>'
            "</workbook>",
        )
        file.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
        )
