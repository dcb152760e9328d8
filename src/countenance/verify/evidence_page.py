"""The evidence of one render as a page that can be filed: it needs nothing else, runs no script and loads nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from countenance._version import __version__
from countenance.verify.market_evidence import Evidence
from countenance.verify.report_page import template

_WORDS = {"met": "met", "not met": "NOT MET", "yours": "for you to do", "none": "not asked"}


def page(found: Evidence) -> str:
    """The page, in English."""
    return template("evidence.html").render(
        found=found,
        words=_WORDS,
        version=__version__,
        now=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        groups=[
            (profile, [check for check in found.checks if check.market == profile.code])
            for profile in found.terms.profiles
        ],
        everywhere=[check for check in found.checks if check.market == "all"],
    )
