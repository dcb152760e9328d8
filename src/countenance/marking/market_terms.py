"""A render held against the terms of its markets: what every exit does first, so that no recipe can leave it out; and
what then stands in the file beside the signed manifest. Knows nothing of how labels are drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

import countenance
from countenance.errors import BadOption, OutputFormat, SettingWrong
from countenance.market import Terms, terms_of
from countenance.marking.render_spec import LabelChoice, Making
from countenance.settings import Settings

SYSTEM = "Countenance"
AIGC = "AIGC"
UNSTAMPED = (
    "Time-stamped metadata is asked for, and no time-stamp server is set (COUNTENANCE_TIMESTAMP_URL): the time is the "
    "signer's own word, and `market evidence` will say that this is not met."
)


def in_markets(making: Making, settings: Settings) -> Making:
    """The making with the terms of the installation's markets, and its label as they want it; itself without markets.

    Raises:
        BadOption: market.code, market.label. InputError: market.contradiction. SettingWrong: market.provider.
    """
    terms = settled_terms(settings)
    if terms is None:
        return replace(making, terms=None) if making.terms is not None else making
    return replace(making, terms=terms, label=label_in(terms, making.label))


def settled_terms(settings: Settings) -> Terms | None:
    """The terms of the installation's markets; None without.

    Raises:
        BadOption: market.code. InputError: market.contradiction. SettingWrong: market.provider, the metadata must name
        who makes it and nobody is named.
    """
    terms = terms_of(settings.market)
    if terms is not None and "provider" in terms.fields and not settings.organisation.strip():
        raise SettingWrong(
            f"For {', '.join(terms.markets)} the file must name its provider, and no name is set.",
            "Set COUNTENANCE_ORGANISATION to the name of who publishes it.",
            code="market.provider",
        )
    return terms


def market_notices(settings: Settings) -> tuple[str, ...]:
    """What whoever makes a render for the installation's markets is told. Raises as `settled_terms`."""
    terms = settled_terms(settings)
    if terms is None:
        return ()
    unstamped = "timestamp" in terms.fields and not (settings.timestamp_url or "").strip()
    return ((UNSTAMPED,) if unstamped else ()) + terms.notices


def label_in(terms: Terms, choice: LabelChoice) -> LabelChoice:
    """The label that was chosen, where the markets have it moved to its place.

    Raises:
        BadOption: market.label, a style that one of them does not allow, or too short a time.
    """
    if choice.style not in terms.styles:
        against = next(p for p in terms.profiles if choice.style not in p.label.styles)
        raise BadOption(
            f"The label style '{choice.style}' does not meet the rules of {against.name}: {against.label.why}",
            f"Use {' or '.join(terms.styles)}, or make another version for that market.",
            code="market.label",
        )
    if choice.style == "first" and choice.seconds < terms.seconds:
        raise BadOption(
            f"A label for {choice.seconds:g} s is shorter than the {terms.seconds:g} s that these markets ask for.",
            f"Use first:{terms.seconds:g} or longer.",
            code="market.label",
        )
    usual = LabelChoice().corner
    return replace(choice, corner=terms.corner) if terms.corner and choice.corner == usual else choice


def statement(making: Making, settings: Settings, payload: str, made_at: str) -> dict[str, Any]:
    """What the signed manifest says of the markets.

    Args:
        payload: the render's number, 16 hex digits; empty where it has none.
        made_at: ISO 8601.
    """
    if making.terms is None:
        return {}
    terms = making.terms
    said: dict[str, Any] = {
        "markets": list(terms.markets),
        "rules": [f"{profile.code} {profile.as_of}" for profile in terms.profiles],
        "labelStyle": making.label.style,
        "labelCorner": making.label.corner,
        "labelLanguage": making.language,
    }
    values = {
        "provider": settings.organisation,
        "system": SYSTEM,
        "version": countenance.__version__,
        "time": made_at,
        "id": payload,
    }
    fields = {*terms.fields, *(["time"] if "timestamp" in terms.fields else [])}
    return said | {key: value for key, value in values.items() if key in fields}


def file_metadata(making: Making, settings: Settings, payload: int) -> dict[str, str]:
    """Fields that the file itself holds, unsigned, for readers that know no manifests: China's `AIGC`."""
    if making.terms is None or AIGC not in making.terms.fields:
        return {}
    values = {"Label": "1", "ContentProducer": settings.organisation, "ProduceID": f"{payload:016x}"}
    return {AIGC: json.dumps(values, ensure_ascii=False, separators=(",", ":"))}


def xmp(making: Making, fields: dict[str, str]) -> bytes:
    """An XMP packet with IPTC's source type and these fields; empty without markets."""
    if making.terms is None:
        return b""
    own = "".join(f" TC260:{name}={quoteattr(value)}" for name, value in fields.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(making.digital_source_type)}{own}/>"
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def refuse_without_fields(making: Making, kind: str) -> None:
    """For files that hold no such field. Raises OutputFormat: market.metadata."""
    if making.terms is not None and AIGC in making.terms.fields:
        raise OutputFormat(
            f"{kind} have no place for the AIGC field that {', '.join(making.terms.markets)} ask for.",
            "Leave that market out for this file.",
            code="market.metadata",
        )
