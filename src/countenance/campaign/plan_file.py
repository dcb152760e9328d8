"""Reads a plan from its file and tells people what is wrong in it, by key and line. Paths are relative to the plan."""

from __future__ import annotations

from pathlib import Path

from countenance.campaign.campaign_plan import CampaignPlan
from countenance.documents import read_document

_NOT_HERE = {
    "swap": "Name the likeness with its face: faces: {ada: {clip: ad.mp4, likeness: ada.likeness, …}}.",
}


def read_plan(path: Path) -> CampaignPlan:
    """The plan in a YAML file (JSON is YAML too).

    Raises:
        FileMissing, EmptyFile; BadDocument: not YAML, or not a plan; the message names the key and its line.
    """
    return read_document(
        path, CampaignPlan, kind="plan", guide="docs/campaign.md", code="campaign.plan", elsewhere=_NOT_HERE
    )
