"""The label's words: the EU's mark reads "AI GENERATED" or "AI MODIFIED"; the second word in the viewer's language.

The 24 languages of the European Union, and some more. An unknown language reads as English.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language: the mark's second word, either way, and the credit's sentence."""

    generated: str
    modified: str
    credit: str


WORDS: dict[str, Words] = {
    "bg": Words("ГЕНЕРИРАНО", "ПРОМЕНЕНО", "Създадено с изкуствен интелект"),
    "cs": Words("VYTVOŘENO", "UPRAVENO", "Vytvořeno pomocí umělé inteligence"),
    "da": Words("GENERERET", "ÆNDRET", "Skabt med kunstig intelligens"),
    "de": Words("ERZEUGT", "VERÄNDERT", "Mit künstlicher Intelligenz erstellt"),
    "el": Words("ΔΗΜΙΟΥΡΓΗΘΗΚΕ", "ΤΡΟΠΟΠΟΙΗΘΗΚΕ", "Δημιουργήθηκε με τεχνητή νοημοσύνη"),
    "en": Words("GENERATED", "MODIFIED", "Made with artificial intelligence"),
    "es": Words("GENERADO", "MODIFICADO", "Creado con inteligencia artificial"),
    "et": Words("LOODUD", "MUUDETUD", "Loodud tehisintellekti abil"),
    "fi": Words("LUOTU", "MUOKATTU", "Tehty tekoälyn avulla"),
    "fr": Words("GÉNÉRÉ", "MODIFIÉ", "Créé avec l’intelligence artificielle"),
    "ga": Words("GINTE", "ATHRAITHE", "Déanta le hintleacht shaorga"),
    "hi": Words("निर्मित", "परिवर्तित", "कृत्रिम बुद्धिमत्ता से निर्मित"),
    "hr": Words("GENERIRANO", "IZMIJENJENO", "Izrađeno umjetnom inteligencijom"),
    "hu": Words("GENERÁLT", "MÓDOSÍTOTT", "Mesterséges intelligenciával készült"),
    "it": Words("GENERATO", "MODIFICATO", "Creato con l’intelligenza artificiale"),
    "lt": Words("SUKURTA", "PAKEISTA", "Sukurta naudojant dirbtinį intelektą"),
    "lv": Words("RADĪTS", "PĀRVEIDOTS", "Radīts ar mākslīgo intelektu"),
    "mr": Words("निर्मित", "बदललेले", "कृत्रिम बुद्धिमत्तेने निर्मित"),
    "mt": Words("ĠĠENERAT", "IMMODIFIKAT", "Maħluq bl-intelliġenza artifiċjali"),
    "nb": Words("GENERERT", "ENDRET", "Laget med kunstig intelligens"),
    "ne": Words("निर्मित", "परिमार्जित", "कृत्रिम बौद्धिकताद्वारा निर्मित"),
    "nl": Words("GEGENEREERD", "BEWERKT", "Gemaakt met kunstmatige intelligentie"),
    "pl": Words("WYGENEROWANE", "ZMODYFIKOWANE", "Stworzone przez sztuczną inteligencję"),
    "pt": Words("GERADO", "MODIFICADO", "Criado com inteligência artificial"),
    "ro": Words("GENERAT", "MODIFICAT", "Creat cu inteligență artificială"),
    "sk": Words("VYTVORENÉ", "UPRAVENÉ", "Vytvorené umelou inteligenciou"),
    "sl": Words("USTVARJENO", "SPREMENJENO", "Ustvarjeno z umetno inteligenco"),
    "sr": Words("ГЕНЕРИСАНО", "ИЗМЕЊЕНО", "Направљено вештачком интелигенцијом"),
    "sv": Words("GENERERAD", "ÄNDRAD", "Skapad med artificiell intelligens"),
    "tr": Words("ÜRETİLDİ", "DEĞİŞTİRİLDİ", "Yapay zekâ ile yapıldı"),
    "uk": Words("СТВОРЕНО", "ЗМІНЕНО", "Створено штучним інтелектом"),
}
WORDS["no"] = WORDS["nn"] = WORDS["nb"]
DEVANAGARI = frozenset({"hi", "mr", "ne"})
EUROPEAN_UNION = tuple("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split())


def language_of(tag: str) -> str:
    """The language whose words are used for a BCP 47 tag: `de-AT` reads as `de`, an unknown one as `en`."""
    base = tag.replace("_", "-").split("-")[0].lower()
    return base if base in WORDS else "en"
