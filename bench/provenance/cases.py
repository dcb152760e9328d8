"""Every tamper on every kind of file, and what three validators say of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.provenance.files import KINDS, leave
from bench.provenance.tampers import HOLDS, IN_MANIFEST, NOTHING, TAMPERS, longer, remuxed, shorter, transplanted
from bench.provenance.validators import NAMES, Answer, encypher, ours, wasm
from countenance.marking.signers import open_signer
from countenance.settings import Settings


@dataclass(frozen=True)
class Case:
    """One changed file.

    Attributes:
        kind: its ending.
        name: what was done.
        path: the file; `store` its manifest where that lies beside.
        media_type: as C2PA names it.
        wanted: the codes of which one must be given.
    """

    kind: str
    name: str
    path: Path
    media_type: str
    store: bytes | None
    wanted: tuple[str, ...]

    def wanted_of(self, validator: str) -> tuple[str, ...]:
        """What a validator must say. Ours is not given the manifest, it finds it: one beside that does not hold may
        be another file's, and says nothing."""
        ours_beside = validator == NAMES[0] and self.store is not None
        return (NOTHING,) if ours_beside and self.wanted not in ((HOLDS,), _STRANGERS) else self.wanted


_STRANGERS = ("signingCredential.untrusted",)


def tabulate(folder: Path, settings: Settings, modules: Path | None) -> int:
    """Print what every tamper gives; return how many of our own answers were other than they must be."""
    anchors = open_signer(settings).anchors
    (folder / "anchors.pem").write_text(anchors)
    (folder / "tampered").mkdir()
    cases = [case for kind in KINDS for case in cases_of(kind, folder, settings)]
    inside = [case for case in cases if case.store is None]
    told = dict(
        zip(inside, wasm([(c.path, c.media_type) for c in inside], folder / "anchors.pem", modules), strict=True)
    )
    answers = {
        case: (
            ours(case.path, anchors),
            encypher(case.path, case.media_type, anchors, case.store),
            told.get(case, Answer(None, note="takes no manifest from beside")),
        )
        for case in cases
    }
    _summary(answers)
    _others(answers)
    wrong = sum(not given[0].agrees(case.wanted_of(NAMES[0])) for case, given in answers.items())
    print(f"\n{len(cases)} cases; countenance gives the code it must in {len(cases) - wrong}.")
    return wrong


def _summary(answers: Mapping[Case, tuple[Answer, ...]]) -> None:
    print("\n## Tampers\n\n| what was done | it must say | files | " + " | ".join(NAMES) + " |")
    print("|---|---|---|---|---|---|")
    for name in dict.fromkeys(case.name for case in answers):
        rows = {case: given for case, given in answers.items() if case.name == name}
        wanted = " or ".join(dict.fromkeys(case.wanted[0] for case in rows))
        cells = []
        for index in range(len(NAMES)):
            asked = [(case, given[index]) for case, given in rows.items() if given[index].asked]
            right = sum(answer.agrees(case.wanted_of(NAMES[index])) for case, answer in asked)
            cells.append(f"{right} of {len(asked)}" if asked else "–")
        kinds = " ".join(case.kind[1:] for case in rows)
        print(f"| {name} | {wanted} | {kinds} | " + " | ".join(cells) + " |")


def _others(answers: Mapping[Case, tuple[Answer, ...]]) -> None:
    print("\nAnswers other than they must be, and files that a validator does not take:\n")
    said: dict[str, None] = {}
    for case, given in answers.items():
        for name, answer in zip(NAMES, given, strict=True):
            if not answer.asked:
                said[f"- {name}: {case.kind}: {answer.note}"] = None
            elif not answer.agrees(case.wanted_of(name)):
                codes = ", ".join(answer.codes) or str(answer)
                said[f"- {name}: {case.kind}, {case.name}: {codes}"] = None
    print("\n".join(said) or "none")


def cases_of(kind: str, folder: Path, settings: Settings, *, seconds: float = 3.0) -> Iterator[Case]:
    """The changed files of one kind, below `folder`, which holds an empty folder `tampered`."""
    left = leave(folder / f"file{kind}", settings, size=(512, 384), seconds=seconds)
    whole, count = left.path.read_bytes(), 0

    def case(name: str, content: bytes, wanted: tuple[str, ...], store: bytes | None) -> Case:
        nonlocal count
        count += 1
        path = folder / "tampered" / f"{kind[1:]}-{count}{kind}"
        path.write_bytes(content)
        if store is not None:
            path.with_suffix(".c2pa").write_bytes(store)
        return Case(kind, name, path, left.media_type, store, wanted)

    for tamper in TAMPERS[IN_MANIFEST if left.store else 0 :]:
        changed = tamper.done(left.store or whole, left.media_type)
        if changed is not None:
            content, store = (whole, changed) if left.store else (changed, None)
            yield case(tamper.name, content, tamper.wanted(left.media_type), store)
    stranger = leave(folder / f"stranger{kind}", _strangers(settings), size=(512, 384), seconds=seconds)
    signed = stranger.path.read_bytes()
    yield case("signed by a stranger", signed, _STRANGERS, stranger.store)
    if left.store is None:
        bare = remuxed(left, folder / f"remuxed{kind}")
        if bare is not None:
            yield case("re-muxed", bare.read_bytes(), (NOTHING,), None)
        other = transplanted(left, leave(folder / f"other{kind}", settings, size=(512, 384), seconds=seconds))
        if other is not None:
            yield case("another file's manifest", other, ("assertion.dataHash.mismatch",), None)
        return
    differs = ("assertion.dataHash.mismatch",)
    yield case(TAMPERS[0].name, whole, (HOLDS,), left.store)
    yield case("a bit of the picture or sound", _flipped_near_end(whole), differs, left.store)
    yield case("bytes added at the end", longer(whole, ""), differs, left.store)
    yield case("cut to nine tenths", shorter(whole, "") or b"", differs, left.store)
    yield case("another file's manifest", signed, differs, left.store)
    yield case("the manifest beside lost", whole, (NOTHING,), None)


def _flipped_near_end(data: bytes) -> bytes:
    return data[:-500] + bytes([data[-500] ^ 1]) + data[-499:]


def _strangers(settings: Settings) -> Settings:
    return settings.model_copy(update={"home": settings.home.with_name("stranger")})
