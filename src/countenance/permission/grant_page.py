"""A grant or request as a page to print and sign by hand. Every text from outside is escaped; nothing is fetched."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from countenance.permission.plain_words import Line, grant_lines, request_lines
from countenance.permission.request import SignedRequest
from countenance.permission.signed_grant import SignedGrant

_FOOT_GRANT = (
    "This page says in words what the signed file says; the file is what programs check. Its fingerprint is the "
    "SHA-256 of the file's text. Handwritten signatures are for people's own records and change nothing in the file."
)
_FOOT_REQUEST = (
    "This page is a request and allows nothing by itself. To allow, the person shown signs with their own key: "
    "countenance permission sign, or countenance permission grant with a camera."
)


def grant_page(signed: SignedGrant) -> bytes:
    """The grant as HTML, UTF-8."""
    grant = signed.grant
    return _page(
        "Permission to use a likeness", grant_lines(signed), [grant.signer.name, grant.grantee.name], _FOOT_GRANT
    )


def request_page(signed: SignedRequest) -> bytes:
    """The request as HTML, UTF-8."""
    asked = signed.request
    lines = request_lines(signed)
    return _page("Request to use a likeness", lines, [asked.subject, asked.grantee.name], _FOOT_REQUEST)


def _page(title: str, lines: list[Line], signers: list[str], foot: str) -> bytes:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string((files(__package__) / "page.html").read_text("utf-8"))
    (_, lead), *rest = lines
    rows = [
        {"heading": heading, "text": text, "mono": text.startswith("did:") or heading in ("Number", "Fingerprint")}
        for heading, text in rest
    ]
    names = list(dict.fromkeys(signers))
    return template.render(title=title, lead=lead, rows=rows, signers=names, foot=foot).encode()
