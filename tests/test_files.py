"""Written whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from countenance.errors import OutputExists, OutputFolder, OutputFull, OutputIsInput
from countenance.files import check_output, partial_beside, sha256_file, write_atomically


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    for error in (ValueError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), partial_beside(target) as partial:
            partial.write_text("half")
            raise error
    assert target.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, OutputFull), (errno.EROFS, OutputFolder)])
def test_the_systems_errors_are_explained(tmp_path: Path, number: int, kind: type[Exception]) -> None:
    with pytest.raises(kind), partial_beside(tmp_path / "a") as partial:
        partial.write_bytes(b"x")
        raise OSError(number, "told by the system")
    assert not list(tmp_path.iterdir())


def test_written_whole_with_its_mode(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"abc", mode=0o600)
    assert (tmp_path / "a").read_bytes() == b"abc" and (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert sha256_file(tmp_path / "a").startswith("ba7816bf")


def test_where_a_file_may_not_go(tmp_path: Path) -> None:
    here = tmp_path / "a.mp4"
    here.touch()
    (tmp_path / "link.mp4").symlink_to(here)
    with pytest.raises(OutputFolder):
        check_output(tmp_path / "none" / "a.mp4")
    with pytest.raises(OutputFolder):
        check_output(tmp_path)
    with pytest.raises(OutputIsInput):
        check_output(tmp_path / "link.mp4", [here], overwrite=True)
    with pytest.raises(OutputExists):
        check_output(here)
    check_output(here, overwrite=True)
