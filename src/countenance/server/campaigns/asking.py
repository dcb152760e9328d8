"""The policy asked about a version before anything is made. Runs in the process that draws previews, since it looks at
strangers' pictures; the permit is thrown away, and each job asks again for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from countenance.server.jobs import spec
from countenance.server.jobs.making import file_of, problem_of, recipe_of
from countenance.server.places import Places
from countenance.settings import Settings

_KEPT = 4
_seen: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


def ask(settings: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What the policy says of one job.

    Returns:
        `basis` and `uses` (grant's number, how often it allows it, how often it was used), or `problem`.
    """
    from countenance.permission import Authorisation, Usage

    own = Settings(**settings)
    try:
        places = Places.at_home(own)
        wanted: spec.Speak | spec.Dub = (spec.Dub if body["recipe"] == "dub" else spec.Speak)(**body)
        recipe = recipe_of(wanted, Path("version.mp4"), own, places)
        with Authorisation(recipe.use, recipe.rights, own) as asking:
            asking.preflight(recipe.roles)
            inputs = _inputs(wanted, recipe, own, places)
            permit = asking.decide(inputs.subjects, inputs.others)
            usage = Usage(asking.ledger)
            uses = [[one.grant, one.times, usage.uses(one.grant, one.since)] for one in permit.uses]
            return {"basis": permit.basis, "uses": uses}
    except Exception as error:
        return {"problem": problem_of(error)}


def forget() -> None:
    """Keep no pixels of anybody."""
    _seen.clear()


def _inputs(body: spec.Speak | spec.Dub, recipe: Any, settings: Settings, places: Places) -> Any:
    """A face is looked at once, in however many languages it speaks."""
    source = file_of(body.source if isinstance(body, spec.Speak) else body.plate, places)
    key = (source, source.stat().st_mtime_ns, body.options.face, settings)
    if key not in _seen:
        _seen[key] = recipe.open(settings)
        while len(_seen) > _KEPT:
            _seen.popitem(last=False)
    return _seen[key]
