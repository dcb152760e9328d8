"""A recipe's words, looked at before anything is read: asked about once more, or refused where a market does not allow
them. Every job passes here; so do campaigns, the service and figures before they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from countenance.marking.market_terms import settled_terms
from countenance.permission.scripts import NOT_LOOKED_AT, Script, ScriptReview, known_languages, review
from countenance.render.speech_source import SpeechOptions, cues_of
from countenance.settings import Settings
from countenance.speech.script import Cue


def script_of(text: str | list[Cue] | None, speech: SpeechOptions) -> Script:
    """The words of a recipe that speaks."""
    return script_in(cues_of(text), speech, recorded=speech.audio is not None)


def script_in(cues: Sequence[Cue], speech: SpeechOptions, *, recorded: bool) -> Script:
    """The words of cues, one speaker's after another's; and in the order of their times, where that is another. One
    without a time follows the one before it."""
    texts = tuple(cue.text for cue in cues)
    at, timed = Fraction(0), []
    for cue in cues:
        at = at if cue.start is None else cue.start
        timed.append((at, cue.text))
    heard = tuple(text for _, text in sorted(timed, key=lambda one: one[0]))
    return Script(texts, speech.language, speech.confirm_script, recorded, heard if heard != texts else ())


def allowed_script(script: Script | None, settings: Settings) -> ScriptReview | None:
    """What was found in a script that may be spoken; None where there is none.

    Raises:
        PermissionRefused: permission.script, it has to be confirmed; permission.script_market, a market does not allow
        it. BadOption, InputError, SettingWrong: of the markets, as `settled_terms`.
    """
    return None if script is None else review(script).require(forbidden_topics(settings))


def forbidden_topics(settings: Settings) -> dict[str, str]:
    """Topics of scripts that the installation's markets do not allow, each with its sentence. Raises as
    `settled_terms`."""
    terms = settled_terms(settings)
    return {} if terms is None else terms.forbidden_scripts


def check_said(cues: Sequence[Cue], stated: Script | None, settings: Settings) -> None:
    """What is really said is what was looked at; where a recipe says more than it stated, or says it in an order in
    which it is about more, that is looked at too.

    Raises:
        As `allowed_script`.
    """
    said = tuple(cue.text for cue in cues)
    looked_at = stated or Script(())
    again = replace(looked_at, texts=said, in_time=())
    if not (set(said) <= set(looked_at.texts) and set(review(again).topics) <= set(review(looked_at).topics)):
        allowed_script(again, settings)


def script_warnings(script: Script | None) -> tuple[str, ...]:
    """What was not looked at, in plain words."""
    if script is None:
        return ()
    if script.recorded and not script.texts:
        return (NOT_LOOKED_AT,)
    if script.language.split("-")[0].casefold() in known_languages():
        return ()
    known = ", ".join(known_languages())
    return (f"No phrases of impostors and swindlers are known in {script.language!r}, only in {known}.",)
