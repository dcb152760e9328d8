"""Flags that several commands share, and what they mean."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.errors import BadOption, PermissionRefused

if TYPE_CHECKING:
    from countenance.marking.making import LabelChoice
    from countenance.render.rights import Right

PANEL = "Permission and label"


class PermissionFlags:
    """Why a likeness may be used."""

    PublicDomain = Annotated[
        str | None,
        typer.Option(
            "--public-domain",
            help='The source is free to use: "Mona Lisa, Leonardo da Vinci, c. 1503".',
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    Basis = Annotated[
        str | None,
        typer.Option(
            "--basis",
            help="Why, where age alone does not tell: us-government-work, author-dead-70 or cc0.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]


def permission_from(public_domain: str | None, basis: str | None, *, what: str) -> Right:
    """The right that the flags state.

    Raises:
        PermissionRefused: none.
    """
    from countenance.render.rights import public_domain as by_public_domain

    if public_domain is not None:
        return by_public_domain(public_domain, basis)
    raise PermissionRefused(
        f"Nothing says that the likeness in {what} may be used.",
        'For art and people long dead add --public-domain "Work, author, year".',
        code="permission.missing",
    )


def seconds(text: str, flag: str) -> Fraction:
    """`12`, `1.5`, `0:01:02.5`, `30000/1001`, `29.97` (taken as NTSC's exact rate) → an exact number.

    Raises:
        BadOption.
    """
    ntsc = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}
    try:
        if flag == "--fps" and text in ntsc:
            return ntsc[text]
        total = Fraction(0)
        for part in text.split(":"):
            total = total * 60 + Fraction(part)
        return total
    except (ValueError, ZeroDivisionError) as error:
        raise BadOption(f"{flag} {text!r} is not a number.", "Write seconds (12.5) or h:mm:ss.") from error


def label_choice(style: str, corner: str, opacity: float) -> LabelChoice:
    """The label as the flags ask for it. Raises BadOption."""
    from countenance.marking.making import LabelChoice

    return LabelChoice.parse(style, corner, opacity)  # type: ignore[arg-type]
