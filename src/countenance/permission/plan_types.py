"""Purposes, countries and languages as plans and templates write them: types that say what is wrong. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from countenance.permission.intended_use import PURPOSES, refuse_forbidden
from countenance.permission.territories import ANY, is_language, is_territory


def _purpose(text: str) -> str:
    refuse_forbidden(text)  # what no grant allows is refused as such, not as a slip of the pen
    if text not in PURPOSES:
        raise ValueError(f"{text!r} is no purpose: use one of {', '.join(PURPOSES)}")
    return text


def _territory(text: str) -> str:
    if not is_territory(text):
        raise ValueError(f"{text!r} is no country: use two capital letters (DE, US), EU or worldwide")
    return text


def _language(text: str) -> str:
    if not is_language(text) or text == ANY:
        raise ValueError("no language tag: write it like en, pt-BR or zh-Hant")
    return text


Purpose = Annotated[str, AfterValidator(_purpose)]
Territory = Annotated[str, AfterValidator(_territory)]
Language = Annotated[str, AfterValidator(_language)]
