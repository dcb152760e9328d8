"""What there is of a visitor while they are shown, and its end: noted before it is there, deleted, told the ledger.

    kiosk/open/<number>.jsonl      what one showing has to delete; locked while it is at work, gone when it is done
    kiosk/receipts/<number>.json   the deletions of one showing, see `receipt`

A line a thing, synced before anything else goes on: whatever stops a showing, even a power cut, the next `sweep` finds
what it left. Knows nothing of drawing.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from countenance import partials
from countenance.errors import CountenanceError, OutputFolder, OutputFull
from countenance.files import sha256_file
from countenance.marking import Registry
from countenance.permission import Ledger, Takes, TemplateStore, deletion_body, make_private_folder, shred
from countenance.settings import Settings

What = Literal["take", "template", "partial", "output"]
Why = Literal["shown", "unfinished", "asked"]
IN_LEDGER: dict[str, str] = {"take": "take", "template": "template", "partial": "file", "output": "file"}


@dataclass(frozen=True)
class Trace:
    """One thing that must go.

    Attributes:
        what: `take`, the clip, and its sealed copy at home if there is one; `template`, kept at home; `partial`, what
            an output was being written into; `output`.
        sha256: of the clip; of the template, its fingerprint; of an output that is not written yet, of its take.
        path: of the file; empty for a template.
        place: device and inode of the file, so that another one in its place is left alone.
    """

    what: What
    sha256: str
    path: str = ""
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Gone:
    """One thing that was deleted.

    Attributes:
        what: as the ledger calls it.
        sha256: of what went.
        seq: the ledger's entry.
    """

    what: str
    sha256: str
    seq: int


@dataclass
class Traces:
    """The traces of one showing.

    Attributes:
        number: random, of the showing.
        grant: number of the visitor's grant, once it is known.
        held: what is still there.
        gone: what is not any more.
    """

    number: str
    settings: Settings
    _file: int
    _path: Path
    grant: str | None = None
    held: list[Trace] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    _begun: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    @classmethod
    def begin(cls, settings: Settings) -> Traces:
        """For a new showing. Raises OutputFolder."""
        folder = open_folder(settings)
        while True:
            number = secrets.token_hex(16)
            path = folder / f"{number}.jsonl"
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:  # a sweep was not quicker
                return cls(number, settings, file, path)
            os.close(file)

    def note(self, trace: Trace) -> None:
        """Something is, or will be, there. It is on the disk when this returns."""
        self.held.append(trace)
        self._write({"trace": {**vars(trace), "place": list(trace.place)}})

    def under(self, grant: str) -> None:
        """The visitor's grant, for the ledger."""
        self.grant = grant
        self._write({"grant": grant})

    def end(self, why: Why, *whats: What) -> None:
        """Delete, and tell the ledger. What cannot be deleted is told; the rest goes all the same.

        Args:
            why: `shown`, `unfinished`.
            whats: only these; all by default.

        Raises:
            OutputFolder: kiosk.not_deleted. CountenanceError: the ledger cannot be written; what is gone is gone.
        """
        problems: list[str] = []
        untold: list[CountenanceError] = []
        for trace in [one for one in self.held if not whats or one.what in whats]:
            try:
                for sha256 in self._removed(trace):
                    with Ledger.open(self.settings) as ledger:
                        body = deletion_body(IN_LEDGER[trace.what], sha256, why, self.grant)
                        self.gone.append(Gone(IN_LEDGER[trace.what], sha256, ledger.append("deletion", body).seq))
                self._try({"gone": _key(trace)})
                self.held.remove(trace)
            except OSError as error:
                problems.append(f"{trace.path or trace.what}: {error.strerror or error}")
            except CountenanceError as error:  # it is gone; the sweep tells the ledger
                untold.append(error)
        if problems:
            raise OutputFolder(
                f"Not everything of the visitor could be deleted: {'; '.join(problems)}.",
                "Make it deletable, then run `countenance kiosk sweep`.",
                code="kiosk.not_deleted",
            )
        if untold:
            raise untold[0]

    def close(self) -> None:
        """Give the lock back; the list goes where nothing is left on it. Safe to call twice."""
        if self._file < 0:
            return
        if not self.held:
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1

    def _removed(self, trace: Trace) -> list[str]:
        """Delete one thing; the SHA-256 of what went, now or before this was broken off."""
        begun = self._begun.setdefault(_key(trace), [])
        path = Path(trace.path)
        if trace.what == "template":
            store = TemplateStore.at_home(self.settings)
            if trace.sha256 in store.fingerprints():
                self._begin(trace, trace.sha256)
                store.forget(trace.sha256)
        elif trace.what == "partial":
            for one in partials_of(path, trace.place):
                self._begin(trace, sha256_file(one))
                shred(one)
        elif trace.what == "output":
            if path.is_file() and self._made_of(digest := sha256_file(path), trace.sha256):
                self._begin(trace, digest)
                shred(path)
                path.with_suffix(".c2pa").unlink(missing_ok=True)
        else:
            # Half overwritten it has another hash; another visitor's take in its place has another inode.
            if path.is_file() and (place_of(path) == trace.place if begun else sha256_file(path) == trace.sha256):
                self._begin(trace, trace.sha256)
                shred(path)
            if Takes.at_home(self.settings).delete(trace.sha256) and not begun:
                begun.append(trace.sha256)
        return begun

    def _begin(self, trace: Trace, sha256: str) -> None:
        """Note that something is about to be overwritten; on a full disk it is overwritten all the same."""
        begun = self._begun.setdefault(_key(trace), [])
        if sha256 not in begun:
            begun.append(sha256)
            self._try({"begun": [*_key(trace), sha256]})

    def _made_of(self, output: str, take: str) -> bool:
        """Whether a file is a showing of this take."""
        with Registry.open(self.settings) as registry:
            render = registry.by_file(output)
        return render is not None and render.use == "kiosk" and render.inputs.get("source") == take

    def _write(self, said: dict[str, Any]) -> None:
        try:
            os.write(self._file, json.dumps(said).encode() + b"\n")
            os.fsync(self._file)
        except OSError as error:
            raise OutputFull(
                f"What is to be deleted cannot be noted in {self._path.parent}: {error.strerror}."
            ) from error

    def _try(self, said: dict[str, Any]) -> None:
        with contextlib.suppress(OutputFull):
            self._write(said)


def trace_of_file(what: What, path: Path) -> Trace:
    """A file as it lies there. Raises OSError."""
    return Trace(what, sha256_file(path), str(path), place_of(path))


def trace_of_partials(output: Path) -> Trace:
    """What will be written beside an output; what lies there already is not of this showing."""
    stamp = max((path.stat().st_mtime_ns for path in partials_of(output)), default=0)
    return Trace("partial", "", str(output), (stamp, 0))


def partials_of(output: Path, since: tuple[int, int] = (0, 0)) -> list[Path]:
    """Files that `files.partial_beside` began for an output, after a moment (ns)."""
    return sorted(
        path for path in partials.partials_of(output) if path.is_file() and path.stat().st_mtime_ns > since[0]
    )


def place_of(path: Path) -> tuple[int, int]:
    """Device and inode."""
    there = path.stat()
    return there.st_dev, there.st_ino


def open_folder(settings: Settings) -> Path:
    """Where lists lie."""
    make_private_folder(settings.home / "kiosk")
    folder = settings.home / "kiosk" / "open"
    make_private_folder(folder)
    return folder


def left_over(settings: Settings) -> Iterator[Traces]:
    """Lists of showings that ended without finishing theirs; each is locked while it is in hand."""
    folder = settings.home / "kiosk" / "open"
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # at work
            os.close(file)
            continue
        if not os.fstat(file).st_nlink:  # it ended a moment ago
            os.close(file)
            continue
        traces = _read(path, file, settings)
        try:
            yield traces
        finally:
            traces.close()


def noted_templates(settings: Settings) -> set[str]:
    """Fingerprints of templates that are on anybody's list: they were not kept here before."""
    folder = settings.home / "kiosk" / "open"
    found: set[str] = set()
    for path in folder.glob("*.jsonl") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            said = _said(path.read_bytes())
            found |= {one["trace"]["sha256"] for one in said if one.get("trace", {}).get("what") == "template"}
    return found


def _said(data: bytes) -> Iterator[dict[str, Any]]:
    """The lines of a list, but for one that a crash cut short."""
    for line in data.splitlines():
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def _read(path: Path, file: int, settings: Settings) -> Traces:
    traces = Traces(path.stem, settings, file, path)
    for said in _said(path.read_bytes()):
        if "trace" in said:
            one = said["trace"]
            traces.held.append(Trace(one["what"], one["sha256"], one["path"], (one["place"][0], one["place"][1])))
        elif "grant" in said:
            traces.grant = said["grant"]
        elif "begun" in said:
            *key, sha256 = said["begun"]
            traces._begun.setdefault((key[0], key[1], key[2]), []).append(sha256)
        elif "gone" in said:
            traces.held = [trace for trace in traces.held if list(_key(trace)) != said["gone"]]
    return traces


def _key(trace: Trace) -> tuple[str, str, str]:
    return trace.what, trace.sha256, trace.path


def sweep(settings: Settings) -> tuple[list[Traces], list[CountenanceError]]:
    """Delete what broken showings left; their lists, and what stood in the way."""
    swept: list[Traces] = []
    problems: list[CountenanceError] = []
    for traces in left_over(settings):
        try:
            traces.end("unfinished")
        except CountenanceError as error:
            problems.append(error)
        swept.append(traces)
    return swept, problems
