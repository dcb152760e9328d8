"""What is said of the issuer whose number a mark bears: clauses of the sentence, and rows of the table. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from countenance.verify.findings import IssuerFinding
from countenance.verify.quoting import Said, quoted
from countenance.verify.verdict import Verdict

_NAME, _CONTACT = 80, 200


def recorded_by(verdict: Verdict, said: Said) -> Iterator[str]:
    """Who signed what is on record, where an issuer did that a directory lists."""
    found = verdict.record or next((one.found for one in verdict.strangers), None)
    if found is not None and found.issuer:
        yield str(said["recorded-by"].format(name=quoted(found.issuer[:_NAME], said)))


def whom_to_ask(verdict: Verdict, said: Said) -> Iterator[str]:
    """Whose number it is that no record knows, of the first such number."""
    found = next((one for one in verdict.issuers if one.payload in verdict.unknown), None)
    if found is not None:
        yield told(found, said)


def told(found: IssuerFinding, said: Said) -> str:
    """An issuer in words, by its directory."""
    name, contact = quoted(found.name[:_NAME], said), quoted(found.contact[:_CONTACT], said)
    return str(said["issuer"][found.state].format(name=name, contact=contact))


def issuer_rows(verdict: Verdict, said: Said, language: str) -> Iterator[tuple[str, str]]:
    """Rows of the table: for each number whose issuer a directory lists."""
    label: dict[str, str] = said["label"]
    for one in verdict.issuers:
        yield label["number"], f"{one.payload:016x} ({one.number})"
        yield label["state"], told(one, said)
        yield label["contact"], one.contact
        if one.reason and language == "en":
            yield "", one.reason
        if one.issued is not None:
            yield label["directory"], f"{one.publisher}, {one.issued.date().isoformat()}"
