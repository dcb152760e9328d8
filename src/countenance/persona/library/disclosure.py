"""What is said beside a persona's picture or clip where it is shown: post text, profile line, metadata.

The label, the marks and the manifest are in the file; these are the words that a platform shows and that New York's
S.8420-A asks for in an advert with a synthetic performer. Words only: whether a use is an advert, no program knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from countenance.errors import BadOption
from countenance.persona.library.folder import SAYS, Persona
from countenance.render.result import RenderResult

SCHEMA = "countenance.post/1"


class Words(NamedTuple):
    """One language's.

    Attributes:
        post: the line under a caption; {name} is the persona's.
        profile: for the account.
        advert: the same for an advert.
        alt: how a picture is described to who does not see it.
    """

    post: str
    profile: str
    advert: str
    alt: str


WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "en": Words(
            "AI-generated: {name} is a computer-generated character, not a person.",
            "{name} is a computer-generated character. No such person exists; everything here is AI-generated.",
            "Advertisement with a synthetic performer: {name} is computer-generated, not a person.",
            "{name}, a computer-generated character",
        ),
        "de": Words(
            "KI-generiert: {name} ist eine computergenerierte Figur, kein Mensch.",
            "{name} ist eine computergenerierte Figur. Diesen Menschen gibt es nicht; alles hier ist KI-generiert.",
            "Werbung mit einer synthetischen Darstellerin oder einem synthetischen Darsteller: {name} ist "
            "computergeneriert, kein Mensch.",
            "{name}, eine computergenerierte Figur",
        ),
        "fr": Words(
            "Généré par IA : {name} est un personnage de synthèse, pas une personne.",
            "{name} est un personnage de synthèse. Cette personne n’existe pas ; tout ici est généré par IA.",
            "Publicité avec un interprète de synthèse : {name} est généré par ordinateur, ce n’est pas une personne.",
            "{name}, personnage de synthèse",
        ),
        "es": Words(
            "Generado por IA: {name} es un personaje creado por ordenador, no una persona.",
            "{name} es un personaje creado por ordenador. Esta persona no existe; todo aquí está generado por IA.",
            "Anuncio con un intérprete sintético: {name} está creado por ordenador, no es una persona.",
            "{name}, personaje creado por ordenador",
        ),
        "hi": Words(
            "AI-जनित: {name} कंप्यूटर से बनाया गया पात्र है, कोई व्यक्ति नहीं।",
            "{name} कंप्यूटर से बनाया गया पात्र है। ऐसा कोई व्यक्ति नहीं है; यहाँ सब कुछ AI-जनित है।",
            "कृत्रिम कलाकार वाला विज्ञापन: {name} कंप्यूटर से बनाया गया है, कोई व्यक्ति नहीं।",
            "{name}, कंप्यूटर से बनाया गया पात्र",
        ),
    }
)


def words_of(language: str) -> Words:
    """Of a BCP 47 tag. Raises BadOption: persona.language."""
    found = WORDS.get(language.split("-")[0].lower())
    if found is None:
        raise BadOption(
            f"How a persona is disclosed in {language!r} is not known here.",
            f"Use one of {', '.join(WORDS)}, or write the disclosure yourself.",
            code="persona.language",
        )
    return found


def profile_line(name: str, language: str) -> str:
    """For the account under which a persona is shown. Raises as `words_of`."""
    return words_of(language).profile.format(name=name)


def post_text(caption: str, name: str, language: str, *, advert: bool) -> str:
    """A caption with its disclosure, which comes first: what platforms cut off is the end. Raises as `words_of`."""
    words = words_of(language)
    told = (words.advert if advert else words.post).format(name=name)
    return f"{told}\n\n{caption.strip()}" if caption.strip() else told


def metadata(persona: Persona, made: RenderResult, text: str, language: str, *, advert: bool) -> dict[str, Any]:
    """The sidecar of a post, JSON-serialisable.

    Args:
        persona: who is shown.
        made: the picture or clip.
        text: as posted.
        language: BCP 47.
        advert: whether it is one.
    """
    return {
        "schema": SCHEMA,
        "file": made.output.name,
        "sha256": made.receipt.sha256,
        "ai_generated": True,
        "synthetic_performer": True,
        "advertisement": advert,
        "performer": {"name": persona.recipe.name, "who": persona.recipe.who, "says": SAYS},
        "render": made.render_id,
        "language": language,
        "text": text,
        "alt_text": words_of(language).alt.format(name=persona.recipe.name),
    }
