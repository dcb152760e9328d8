"""Puts a figure together out of its folder: what it decides by, its stage, its speech, a language model."""

from __future__ import annotations

from countenance.errors import SettingWrong
from countenance.figure.answering import Answering
from countenance.figure.ears import load_ears as load_ears
from countenance.figure.folder import Figure
from countenance.figure.host import FigureHost
from countenance.figure.language_model import LanguageModel
from countenance.figure.prepared_speech import PreparedSpeech
from countenance.figure.retrieval import load_vectoriser
from countenance.figure.script_checks import confirmed_script
from countenance.figure.stage import Stage
from countenance.live import Limits, LiveDesk, SessionPlan
from countenance.render.options import AnimateOptions
from countenance.settings import Settings

LONGEST = 24 * 3600.0
"""Seconds that a session lasts; then it is begun anew."""


def figure_plan(figure: Figure, size: int = 512) -> SessionPlan:
    """The figure's live session.

    Args:
        figure: whose.
        size: pixels of the picture's longer side.
    """
    says = figure.says
    options = AnimateOptions(
        face=says.face, crop=says.crop, size=size, language=figure.languages[0].split("-")[0],
        title=f"{says.name}, a speaking figure",
    )  # fmt: skip
    script = confirmed_script(says, figure.knowledge)
    return SessionPlan("speech", figure.portrait, figure.right, options=options, script=script)


def figure_host(
    figure: Figure,
    settings: Settings,
    *,
    size: int = 512,
    writing: bool = False,
    lexical: bool = False,
    language_model: bool = False,
) -> FigureHost:
    """A figure at work, not yet started.

    Args:
        figure: which.
        settings: of the installation.
        size: of the picture.
        writing: without picture and voice.
        lexical: match questions by their words alone, even where the model is here.
        language_model: use the one that figure.yaml names; visitors' questions go there, and its key.

    Raises:
        SettingWrong: the language model's key is not set, or figure.yaml names none; ModelCorrupt.
    """
    says = figure.says
    answering = Answering(figure, None if lexical else load_vectoriser(), settings.home / "figures")
    if language_model and says.language_model is None:
        raise SettingWrong("This figure.yaml names no language model.", "Write language_model there, or go without.")
    seam = says.language_model if language_model else None
    model = None if seam is None else LanguageModel(seam, says.name, says.manner)
    if writing:
        return FigureHost(figure, answering, model=model)
    desk = LiveDesk(settings, Limits(longest=LONGEST, sessions=2))
    stage = Stage(desk, figure_plan(figure, size), says.hours)
    return FigureHost(figure, answering, stage, PreparedSpeech(figure), model)
