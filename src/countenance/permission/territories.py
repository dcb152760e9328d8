"""Countries and languages as grants name them: ISO 3166-1 alpha-2 and BCP 47, with `worldwide` and `any`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from countenance.errors import BadOption

WORLDWIDE = "worldwide"
ANY = "any"

COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
_MARKET = re.compile(r"worldwide|[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")


def is_territory(text: str) -> bool:
    """A country, `EU` or `worldwide`."""
    return text in COUNTRIES or text in ("EU", WORLDWIDE)


def market_codes(text: str) -> tuple[str, ...]:
    """The markets of a list such as `EU,US-CA,KR`, in order, each once: countries, their parts (ISO 3166-2), `EU`,
    `worldwide`. Raises BadOption: market.code."""
    codes = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
    if text.strip() and not codes:
        raise BadOption(f"--market {text!r} names no market.", "Write it like EU,US-CA,IN.", code="market.code")
    for code in codes:
        if not is_territory(territory_of(code)) or not _MARKET.fullmatch(code):
            raise BadOption(
                f"--market {code!r} is no country.",
                "Use two capital letters (IN, CN), a part of a country (US-CA), EU or worldwide, with commas between.",
                code="market.code",
            )
    return tuple(codes)


def territory_of(market: str) -> str:
    """The territory in which a market lies: `US` for `US-CA`."""
    return market.partition("-")[0]


def is_language(text: str) -> bool:
    """A BCP 47 tag in its usual letters (`en`, `pt-BR`, `zh-Hant-TW`) or `any`."""
    return text == ANY or _LANGUAGE.fullmatch(text) is not None


def territory_covered(wanted: str, granted: Iterable[str]) -> bool:
    """Whether all of `wanted` lies within what was granted: DE within EU, EU within worldwide, never the reverse."""
    allowed = set(granted)
    if WORLDWIDE in allowed or wanted in allowed:
        return True
    reach = allowed | (EU if "EU" in allowed else set())
    return wanted in reach or (wanted == "EU" and reach >= EU)


def language_covered(wanted: str, granted: Iterable[str]) -> bool:
    """Whether a language was granted: `en` covers `en-GB`, `en-GB` does not cover `en`."""
    return any(one in (ANY, wanted) or wanted.startswith(f"{one}-") for one in granted)
