"""`countenance persona`: a presenter who is nobody. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.cli.choices import FaceFlags, OutputFlags, PermissionFlags, ScriptFlags

if TYPE_CHECKING:
    from countenance.persona.library.comparison import Comparison
    from countenance.persona.library.folder import Persona

app = typer.Typer(
    help="A presenter who is nobody: a drawn character with a recipe, a portrait and a grant.", no_args_is_help=True
)
Output = Annotated[Path, typer.Option("-o", "--output", help="The folder to make.", show_default=False)]
As = Annotated[
    str | None, typer.Option("--as", help="Which of your identities signs.", show_default="the one there is")
]
Unlike = Annotated[
    Path | None, typer.Option(help="A folder of pictures of people it must not be like.", show_default=False)
]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="persona")


@app.callback()
def group() -> None:
    """A presenter who is nobody: a drawn character with a recipe, a portrait and a grant."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is called.", show_default=False)],
    output: Output,
    seed: Annotated[int, typer.Option(help="Whose face: another number is another face.")] = 0,
    like: Annotated[
        str, typer.Option(help='Attributes in words: "woman about 30, short black hair, freckles".', show_default=False)
    ] = "",
    unlike: Unlike = None,
    identity: As = None,
    as_json: OutputFlags.Json = False,
) -> None:
    """Make a persona; its face is drawn again until it is like nobody it is compared with."""
    from countenance import Studio
    from countenance.persona.recipe import Recipe
    from countenance.persona.words import parse_description

    recipe = Recipe(name, seed, **parse_description(like))  # type: ignore[arg-type]
    made = Studio().create_persona(recipe, output, identity=identity, unlike=unlike, drawing=_told)
    _print(made, as_json)


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(help="A persona.", show_default=False)], as_json: OutputFlags.Json = False
) -> None:
    """Say what a persona is, if its files are those that were sealed."""
    from countenance.persona.library.folder import open_persona

    _print(open_persona(folder), as_json)


@app.command("set")
def change(
    folder: Annotated[Path, typer.Argument(help="A persona.", show_default=False)],
    attributes: Annotated[list[str], typer.Argument(help="hair=bob eyes=green …", show_default=False)],
    output: Output,
    unlike: Unlike = None,
    identity: As = None,
    as_json: OutputFlags.Json = False,
) -> None:
    """Change how a persona looks, one attribute or more, and not who it is."""
    from countenance import Studio
    from countenance.errors import BadOption

    changes: dict[str, str | int] = {}
    for one in attributes:
        key, equals, value = one.partition("=")
        if not equals or key in changes:
            raise BadOption(f"{one!r} is no change, or the second one of {key}.", "Write hair=bob eyes=green.")
        changes[key] = int(value) if key == "age" and value.isdecimal() else value
    _print(Studio().change_persona(folder, output, changes, identity=identity, unlike=unlike), as_json)


@app.command()
def speak(
    folder: Annotated[Path, typer.Argument(help="A persona.", show_default=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The .mp4, .mov or .webm to write.", show_default=False)
    ],
    text: Annotated[str, typer.Option("-t", "--text", help="What it says.", show_default=False)],
    voice: Annotated[
        str | None, typer.Option(help="Another voice; see countenance voices.", show_default="its own")
    ] = None,
    spoken: Annotated[str, typer.Option("--spoken", help="The text's language, BCP 47.")] = "en",
    purpose: PermissionFlags.Purpose = None,
    confirm_script: ScriptFlags.Confirm = None,
    size: FaceFlags.Size = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Let a persona say something in its own voice, under its own grant. `countenance speak` has every other flag."""
    from countenance.cli.speak import speak as speak_command
    from countenance.persona.library.folder import open_persona
    from countenance.persona.library.voices import shape_of

    persona = open_persona(folder)
    speak_command(
        source=persona.portrait, output=output, text=text, voice=voice or f":{shape_of(persona.recipe)}", spoken=spoken,
        permission=str(persona.grant), purpose=purpose, confirm_script=confirm_script, seed=persona.recipe.seed,
        title=persona.recipe.name, size=size, overwrite=overwrite, as_json=as_json,
    )  # fmt: skip


@app.command()
def shoot(
    folder: Annotated[Path, typer.Argument(help="A persona.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="The picture to write.", show_default=False)],
    scene: Annotated[str, typer.Option(help="studio, street or desk.")] = "studio",
    pose: Annotated[str, typer.Option(help="front, left, right, up or down.")] = "front",
    aspect: Annotated[str, typer.Option(help="1:1, 4:5 or 9:16.")] = "1:1",
    product: Annotated[
        Path | None, typer.Option(help="A picture of a thing, cut out or before a plain ground.", show_default=False)
    ] = None,
    hold: Annotated[str, typer.Option(help="Where the product is: hand or beside.")] = "hand",
    mood: Annotated[str, typer.Option(help="calm, cheerful or serious.", show_default="its own")] = "",
    light: Annotated[str, typer.Option(help="soft, warm or night.", show_default="its own")] = "",
    size: Annotated[int, typer.Option(help="Shorter side, pixels.")] = 1080,
    seed: Annotated[int, typer.Option(help="Of the place.", show_default="the persona's")] = 0,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    language: Annotated[str, typer.Option(help="The viewers' language, for the label.")] = "en",
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Show a persona in a scene, with a product or without, under its own grant."""
    from countenance import Studio
    from countenance.cli.result_output import tell
    from countenance.permission.intended_use import Circumstances
    from countenance.persona.shot import Shot

    shot = Shot(scene, pose, aspect, mood, light, hold, size, seed)
    circumstances = Circumstances(purpose, tuple(territory or ()), (language,))
    made = Studio().shoot_persona(
        folder, output, shot, product=product, circumstances=circumstances, language=language, overwrite=overwrite
    )
    tell(made, as_json=as_json, note=f"; face {made.about['identity_distance']:.2f} from the portrait's")


@app.command()
def series(
    folder: Annotated[Path, typer.Argument(help="A persona.", show_default=False)],
    plan: Annotated[
        Path,
        typer.Argument(
            help="A CSV: at, caption, and scene, pose, aspect, mood, light, product, hold, say, advert as needed.",
            show_default=False,
        ),
    ],
    output: Output,
    language: Annotated[str, typer.Option(help="Of what is said and written, BCP 47.")] = "en",
    purpose: PermissionFlags.Purpose = None,
    as_json: OutputFlags.Json = False,
) -> None:
    """Make a series of posts: pictures, clips, captions with their disclosure, and a calendar for a scheduler."""
    from countenance.persona.library.folder import open_persona
    from countenance.persona.library.series import make_series, read_plan
    from countenance.settings import default_settings

    def told(number: int, count: int, file: Path, there: bool) -> None:
        typer.echo(f"{number} of {count}: {file.name}{', there already' if there else ''}", err=True)

    persona, rows = open_persona(folder), read_plan(plan)
    posts = make_series(persona, rows, output, default_settings(), language=language, purpose=purpose, told=told)
    if as_json:
        typer.echo(json.dumps({"folder": str(output), "posts": [one.file for one in posts]}))
        return
    typer.echo(f"{output}: {len(posts)} posts, calendar.csv, calendar.ics; for the account: profile.txt")


def _told(draw: int, compared: Comparison | None) -> None:
    if compared is None:
        typer.echo(f"draw {draw}: no face was found in it", err=True)
    elif compared.alike:
        typer.echo(f"draw {draw}: {compared.nearest:.2f} from the nearest face, too near", err=True)


def _print(persona: Persona, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(persona.as_dict(), ensure_ascii=False))
        return
    from countenance.persona.traits import traits_of

    recipe = persona.recipe
    typer.echo(f"{persona.folder}: {recipe.name}, seed {recipe.seed}, draw {recipe.draw}")
    traits = traits_of(recipe)
    typer.echo(
        f"{'man' if traits.man else 'woman'}, {traits.age}; "
        f"hair {traits.hair}; clothes {traits.clothes}; {recipe.style}"
    )
    typer.echo(f"voice {persona.said['voice']}")
    typer.echo(persona.said["compared"]["sentence"])
    typer.echo(persona.said["says"])
    typer.echo(f"signed by {persona.issuer}; use it with --permission {persona.grant}")
