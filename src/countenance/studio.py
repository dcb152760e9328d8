"""The front door for programs: an installation, and every job it can do.

    from countenance import Studio, public_domain

    studio = Studio()
    right = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
    studio.animate("portrait.jpg", "driving.mp4", "out.mp4", permission=right)

Each job takes `progress` (called with frames done and their total) and `cancel`, and gives a RenderResult. The command
line, campaigns and the kiosk are written on what is named here and in `countenance`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countenance.likeness.library.creation import MadeLikeness
    from countenance.media.source import Source
    from countenance.performance.take import Performance
    from countenance.permission.authorisation import Right
    from countenance.permission.intended_use import Circumstances
    from countenance.persona.library.comparison import Comparison
    from countenance.persona.library.folder import Persona
    from countenance.persona.recipe import Recipe as PersonaRecipe
    from countenance.persona.shot import Shot
    from countenance.render.cancel import Cancel
    from countenance.render.face_swap import SwapOptions
    from countenance.render.game_head import HeadOptions
    from countenance.render.job import Progress, Recipe
    from countenance.render.motion_stream import Streamed
    from countenance.render.options import AnimateOptions
    from countenance.render.people import People
    from countenance.render.reframing import AspectShape
    from countenance.render.result import RenderResult
    from countenance.render.speech_source import SpeechOptions
    from countenance.settings import Settings
    from countenance.speech.script import Cue
    from countenance.tryon.goods import Goods
    from countenance.tryon.recipe import TryOnOptions

    File = str | Path | Source
    Text = str | list[Cue] | None


class Studio:
    """An installation.

    Args:
        settings: its home, limits and keys; from the environment (`COUNTENANCE_…`) when left out.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        from countenance.settings import Settings

        self.settings = settings or Settings.load()

    def run(self, recipe: Recipe, *, progress: Progress | None = None, cancel: Cancel | None = None) -> RenderResult:
        """Make what a recipe describes.

        Raises:
            InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError, Cancelled; nothing is
            left behind.
        """
        from countenance.render.job import RenderJob

        return RenderJob(recipe, self.settings, progress=progress, cancel=cancel).run()

    def animate(
        self,
        source: File,
        driving: File | Performance | None,
        output: str | Path,
        *,
        permission: People,
        options: AnimateOptions | None = None,
        shape: AspectShape | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """Bring a portrait to life. Arguments as `render.animate.Animate`; raises as `run`."""
        from countenance.render.animation import Animate
        from countenance.render.options import AnimateOptions

        recipe = Animate(source, driving, output, permission, options or AnimateOptions(), shape)
        return self.run(recipe, progress=progress, cancel=cancel)

    def speak(
        self,
        source: File,
        text: Text,
        output: str | Path,
        *,
        permission: People,
        speech: SpeechOptions | None = None,
        options: AnimateOptions | None = None,
        shape: AspectShape | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """Make a portrait say something. Arguments as `render.speak.Speak`; raises as `run`."""
        from countenance.render.options import AnimateOptions
        from countenance.render.speaking import Speak
        from countenance.render.speech_source import SpeechOptions

        recipe = Speak(source, text, output, permission, speech or SpeechOptions(), options or AnimateOptions(), shape)
        return self.run(recipe, progress=progress, cancel=cancel)

    def speak_sound(
        self,
        source: File,
        text: str | list[Cue],
        output: str | Path,
        *,
        permission: Right,
        speech: SpeechOptions | None = None,
        options: AnimateOptions | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """What a portrait would say, as sound alone. Arguments as `render.speak.SpeakSound`; raises as `run`."""
        from countenance.render.options import AnimateOptions
        from countenance.render.speaking import SpeakSound
        from countenance.render.speech_source import SpeechOptions

        recipe = SpeakSound(source, text, output, permission, speech or SpeechOptions(), options or AnimateOptions())
        return self.run(recipe, cancel=cancel)

    def dub(
        self,
        plate: File,
        text: Text,
        output: str | Path,
        *,
        permission: People,
        speech: SpeechOptions | None = None,
        options: AnimateOptions | None = None,
        bed: File | None = None,
        shape: AspectShape | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """Redraw the mouth of one person in a clip to new speech. Arguments as `render.dub.Dub`; raises as `run`."""
        from countenance.render.dubbing import Dub
        from countenance.render.options import AnimateOptions
        from countenance.render.speech_source import SpeechOptions

        recipe = Dub(
            plate, text, output, permission, speech or SpeechOptions(), options or AnimateOptions(), bed, shape
        )
        return self.run(recipe, progress=progress, cancel=cancel)

    def swap(
        self,
        plate: File,
        likeness: File | None,
        output: str | Path,
        *,
        permission: People,
        double_permission: Right | None = None,
        options: SwapOptions | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """Put a likeness on a body double. Arguments as `render.swap.Swap`; raises as `run`."""
        from countenance.render.face_swap import Swap, SwapOptions

        recipe = Swap(plate, likeness, output, permission, double_permission, options or SwapOptions())
        return self.run(recipe, progress=progress, cancel=cancel)

    def reage(
        self,
        plate: File,
        output: str | Path,
        *,
        permission: Right,
        options: SwapOptions,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """Make a person older or younger. Arguments as `render.swap.Reage`; raises as `run`."""
        from countenance.render.face_swap import Reage

        return self.run(Reage(plate, output, permission, options), progress=progress, cancel=cancel)

    def try_on(
        self,
        plate: File,
        goods: Goods,
        output: str | Path,
        *,
        permission: Right,
        options: TryOnOptions | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """Put glasses and make-up on a person. Arguments as `tryon.recipe.TryOn`; raises as `run`."""
        from countenance.tryon.account import write_receipt
        from countenance.tryon.recipe import TryOn, TryOnOptions

        options = options or TryOnOptions()
        recipe = TryOn(plate, goods, output, permission, options)
        made = self.run(recipe, progress=progress, cancel=cancel)
        if options.receipt is not None:
            write_receipt(options.receipt, made, recipe.account)
        return made

    def contact_sheet(
        self, source: File, driving: File | Performance, output: str | Path, *, permission: Right
    ) -> RenderResult:
        """A portrait at moments spread over a performance, in one marked picture. Raises as `run`."""
        from countenance.render.contact_sheet import ContactSheet

        return self.run(ContactSheet(source, driving, output, permission))

    def create_head(
        self,
        sources: Sequence[File],
        output: str | Path,
        *,
        permission: Right,
        options: HeadOptions | None = None,
        cancel: Cancel | None = None,
    ) -> RenderResult:
        """A head for games out of one person's pictures and clips. As `render.game_head.GameHead`; raises as `run`."""
        from countenance.render.game_head import GameHead, HeadOptions

        return self.run(GameHead(sources, Path(output), permission, options or HeadOptions()), cancel=cancel)

    def create_persona(
        self,
        recipe: PersonaRecipe,
        output: str | Path,
        *,
        identity: str | None = None,
        unlike: str | Path | None = None,
        drawing: Callable[[int, Comparison | None], None] | None = None,
    ) -> Persona:
        """A presenter who is nobody, in a folder of their own. As `persona.library.making.make_persona`.

        Args:
            unlike: a folder of pictures of people whom it must not be like.
        """
        from countenance.persona.library.comparison import faces_in
        from countenance.persona.library.making import make_persona

        faces = faces_in(Path(unlike)) if unlike is not None else ()
        return make_persona(recipe, Path(output), self.settings, identity=identity, unlike=faces, drawing=drawing)

    def change_persona(
        self,
        folder: str | Path,
        output: str | Path,
        changes: dict[str, str | int],
        *,
        identity: str | None = None,
        unlike: str | Path | None = None,
    ) -> Persona:
        """The same persona looking otherwise. As `persona.library.making.change_persona`."""
        from countenance.persona.library.comparison import faces_in
        from countenance.persona.library.folder import open_persona
        from countenance.persona.library.making import change_persona

        faces = faces_in(Path(unlike)) if unlike is not None else ()
        persona = open_persona(Path(folder))
        return change_persona(persona, Path(output), self.settings, changes, identity=identity, unlike=faces)

    def shoot_persona(
        self,
        folder: str | Path,
        output: str | Path,
        shot: Shot,
        *,
        product: str | Path | None = None,
        circumstances: Circumstances | None = None,
        language: str = "en",
        overwrite: bool = False,
    ) -> RenderResult:
        """A persona in a scene. Arguments as `persona.library.shooting.Shoot`; raises as `run`."""
        from countenance.persona.library.shooting import Shoot

        thing = None if product is None else Path(product)
        return self.run(
            Shoot(Path(folder), Path(output), shot, product=thing, circumstances=circumstances, language=language,
                  overwrite=overwrite)
        )  # fmt: skip

    def stream_motion(
        self,
        to: Sequence[str],
        *,
        take: str | Path | Performance | None = None,
        camera: int | None = None,
        name: str = "Countenance",
        loop: bool = False,
        cancel: Cancel | None = None,
    ) -> Streamed:
        """Send a face's motion live to engines. As `render.motion_stream.stream_motion`."""
        from countenance.render.motion_stream import stream_motion

        check = cancel.check if cancel is not None else None
        return stream_motion(to, take=take, camera=camera, name=name, loop=loop, check=check)

    def create_likeness(
        self,
        name: str,
        paths: Sequence[Path],
        output: str | Path,
        *,
        permission: Right,
        side: int | None = None,
        overwrite: bool = False,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> MadeLikeness:
        """A likeness out of one person's pictures and clips. As `likeness.library.creation.create_likeness`."""
        from countenance.likeness.library.creation import create_likeness

        return create_likeness(
            name, paths, Path(output), permission, self.settings, side=side, overwrite=overwrite, progress=progress
        )
