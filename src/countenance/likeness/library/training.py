"""Training a likeness's network under a grant: clips looked at, state kept sealed beside, the result put into the file.

What is kept between two runs is sealed with the likeness's own key: where that is deleted, nobody can open it either.
A preview shows a person, so it leaves as everything does: marked, signed and entered in the ledger.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from countenance._version import __version__
from countenance.engines.mesh.refiner_config import SIZES, Size, plan_of
from countenance.engines.mesh.training.examples import Examples, together
from countenance.errors import (
    BadDocument,
    BadOption,
    FaceTooSmall,
    FileMissing,
    Interrupted,
    LibraryMissing,
    OutputExists,
    PermissionRefused,
)
from countenance.face.identity import ACCEPT
from countenance.face.subject import ClipSubject
from countenance.files import check_output, write_atomically
from countenance.likeness.library.likeness_store import open_likeness, save_likeness
from countenance.likeness.value import resealed
from countenance.marking.picture_exit import write_picture
from countenance.marking.render_spec import Ingredient, Making
from countenance.media.source import Source
from countenance.permission.authorisation import Authorisation, Right
from countenance.permission.likeness_keys import LikenessKeys
from countenance.permission.permit import Permitted
from countenance.settings import Settings

if TYPE_CHECKING:
    from countenance.engines.mesh.training.loop import Check, Trainer
    from countenance.likeness.value import Likeness

SUFFIX = ".training"  # of what is kept beside a likeness between two runs
MINUTES: dict[Size, float] = {"small": 20.0, "large": 60.0}
KEPT_EVERY = 60.0  # seconds between two saves, at least
CHECKED = 40  # checks in all, at most one every LEAST seconds
LEAST = 15.0
ADD_GAIN = 0.1  # dB on held-out frames that a network must gain to be worth its time at every frame
_NONCE = 12


@dataclass(frozen=True)
class TrainingOptions:
    """How a likeness is trained.

    Attributes:
        size: small (for a CPU) or large (wants a GPU).
        minutes: in all, with what an earlier run spent; None for what the size usually takes.
        device: auto, cpu, cuda or mps.
        seed: of weights and augmentation.
        resume: go on from what an interrupted run left.
        overwrite: replace a network that is there, and forget what an interrupted run left.
        preview: a .png to write now and then: the drawing, the network and the truth on held-out frames.
    """

    size: Size = "small"
    minutes: float | None = None
    device: str = "auto"
    seed: int = 1
    resume: bool = False
    overwrite: bool = False
    preview: Path | None = None


@dataclass(frozen=True)
class TrainedLikeness:
    """What came of it.

    Attributes:
        path: of the likeness.
        trained_on, held_out: frames.
        untrained, trained: PSNR and SSIM on held-out frames, in the face, in even light.
        minutes: spent in all.
        bytes: of the network; 0 where it was not kept, since it gained too little.
    """

    path: Path
    trained_on: int
    held_out: int
    untrained: tuple[float, float]
    trained: tuple[float, float]
    minutes: float
    bytes: int


def train_likeness(
    path: Path,
    clips: Sequence[Path],
    permission: Right,
    settings: Settings,
    options: TrainingOptions | None = None,
    *,
    looked: Callable[[int, int | None], None] = lambda _done, _total: None,
    say: Callable[[Check], None] = lambda _check: None,
) -> TrainedLikeness:
    """Train a network on one person's clips and put it into their likeness.

    Args:
        path: a .likeness file; replaced when all went well.
        clips: of that person, under the same grant.
        permission: must allow to train.
        settings: of the installation.
        options: see TrainingOptions.
        looked: told of frames looked at.
        say: told how far the training is.

    Raises:
        LibraryMissing: torch is not installed. PermissionRefused: the grant does not allow it, or a clip shows
        somebody else. Interrupted: with what was learnt kept. BadOption, BadDocument, InputError, FaceError,
        OutputError, SetupError, ProvenanceError.
    """
    options = options or TrainingOptions()
    path = Path(path)
    _checked(path, clips, options)
    with Authorisation("train", {"source": permission}, settings) as asking:
        asking.preflight(("source",))
        likeness = open_likeness(path, settings)
        _may_be_trained(likeness, options)
        subjects = [_shown_in(clip, likeness) for clip in clips]
        shown = [Permitted(one, "source", asking.permit({"source": one}, {})) for one in subjects]
    state = _left(path, likeness, settings) if options.resume else None
    examples = _examples(likeness, shown, looked)

    from countenance.engines.mesh.training.loop import Recipe, Trainer

    minutes = options.minutes or MINUTES[options.size]
    recipe = Recipe(plan_of(options.size), minutes, options.seed, device=options.device)
    trainer = Trainer(together(examples), recipe, state, shown=len(examples[0]))
    watch = _Watch(path, likeness, trainer, options, shown[0], settings, say)
    try:
        trainer.run(watch, every=max(LEAST, minutes * 60 / CHECKED))
    except KeyboardInterrupt as error:
        watch.keep()
        raise Interrupted(
            f"Stopped after {trainer.spent / 60:.1f} minutes of training; what was learnt is kept, sealed, in "
            f"{left_beside(path).name}.",
            f"Go on with: countenance likeness train {path} … --resume",
        ) from error
    return _kept(path, likeness, trainer, settings)


def left_beside(path: Path) -> Path:
    """Where an interrupted run of this likeness leaves its state."""
    return path.with_name(path.name + SUFFIX)


def _checked(path: Path, clips: Sequence[Path], options: TrainingOptions) -> None:
    """What can be said before anything is looked at."""
    if options.size not in SIZES:
        raise BadOption(f"There is no network of size {options.size}.", f"Use {' or '.join(SIZES)}.")
    if options.minutes is not None and not 0 < options.minutes <= 7 * 24 * 60:
        raise BadOption(f"--minutes {options.minutes:g} is no time to train for.", "Give 1 to 10080.")
    if not clips:
        raise BadOption("There is nothing to train on.", "Give clips of the person.")
    for clip in clips:
        if not Path(clip).is_file():
            raise FileMissing(f"There is no clip {clip}.")
    if options.preview is not None:
        check_output(options.preview, clips, overwrite=True)
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise LibraryMissing("Training needs the library torch.", "pip install 'countenance[train]'") from error
    if left_beside(path).exists() and not (options.resume or options.overwrite):
        raise OutputExists(
            f"An earlier training of {path.name} was interrupted.", "Go on with --resume, or start anew: --overwrite."
        )
    if options.resume and not left_beside(path).exists():
        raise FileMissing(f"No interrupted training of {path.name} is here.", "Leave out --resume.")


def _may_be_trained(likeness: Likeness, options: TrainingOptions) -> None:
    if likeness.network is not None and not (options.overwrite or options.resume):
        raise OutputExists(f"{likeness.name}'s likeness has a trained network.", "Replace it with --overwrite.")
    if likeness.years:
        raise BadOption(
            f"This likeness was aged by {likeness.years:+g} years: clips of today would teach it to look as today.",
            "Train the likeness as it was, then age it.",
        )


def _shown_in(clip: Path, likeness: Likeness) -> ClipSubject:
    """The person in a clip, who must be the likeness's."""
    subject = ClipSubject(Source.pin(clip))
    distance = subject.template.distance(likeness.template)
    if distance > ACCEPT:
        raise PermissionRefused(
            f"{clip.name} does not surely show the person of the likeness (distance {distance:.2f}).",
            f"Train on clips of that person alone; under {ACCEPT} they are accepted.",
            code="permission.face",
        )
    return subject


def _examples(
    likeness: Likeness, shown: Sequence[Permitted[ClipSubject]], looked: Callable[[int, int | None], None]
) -> list[Examples]:
    from countenance.engines.mesh.training.clips import MOST, examples_of

    found = []
    for one in shown:
        examples = examples_of(likeness, one.subject, most=MOST // len(shown), say=looked)
        if examples is not None:
            found.append(examples)
    if not found:
        raise FaceTooSmall("In none of the clips is the face large enough to learn from.")
    return found


class _Watch:
    """Keeps the state, writes previews and passes on how far the training is."""

    def __init__(
        self, path: Path, likeness: Likeness, trainer: Trainer, options: TrainingOptions, shown: Permitted[ClipSubject],
        settings: Settings, say: Callable[[Check], None],
    ) -> None:  # fmt: skip
        self._path, self._trainer, self._options = path, trainer, options
        self._shown, self._settings, self._say = shown, settings, say
        self._key = LikenessKeys.at_home(settings).need(likeness.id, path.name).secret
        self._number = likeness.id
        self._kept_at, self._next_preview = trainer.spent, 0.0

    def __call__(self, check: Check) -> None:
        self._say(check)
        if self._trainer.spent - self._kept_at >= KEPT_EVERY:
            self.keep()
        if self._options.preview is not None and check.minutes >= self._next_preview:
            self._next_preview = max(1.0, 2 * check.minutes)  # each is an entry in the ledger
            write_picture(
                self._options.preview, check.preview, self._shown.permit, self._making(), settings=self._settings,
                overwrite=True,
            )  # fmt: skip

    def keep(self) -> None:
        """Write the state, sealed, for its owner alone."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + AESGCM(self._key).encrypt(nonce, self._trainer.state(), _bound_to(self._number))
        write_atomically(left_beside(self._path), sealed, mode=0o600)
        self._kept_at = self._trainer.spent

    def _making(self) -> Making:
        return Making(
            title="Training preview",
            use="train",
            engine="mesh refiner",
            engine_version=__version__,
            ingredients=(Ingredient("source", self._shown.subject.source),),
            actions=(("c2pa.edited", "A network in training, beside what it was given and what it should draw"),),
            seed=self._options.seed,
        )


def _left(path: Path, likeness: Likeness, settings: Settings) -> bytes:
    key = LikenessKeys.at_home(settings).need(likeness.id, path.name).secret
    sealed = left_beside(path).read_bytes()
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(likeness.id))
    except (InvalidTag, ValueError) as error:
        raise BadDocument(
            f"{left_beside(path).name} was altered, or is of another likeness.", "Start anew: --overwrite."
        ) from error


def _bound_to(number: str) -> bytes:
    return b"countenance training " + bytes.fromhex(number)


def _kept(path: Path, likeness: Likeness, trainer: Trainer, settings: Settings) -> TrainedLikeness:
    from countenance.engines.mesh.training.onnx_export import to_onnx

    gained = trainer.best - trainer.before[0]
    data = b""
    if gained >= ADD_GAIN:
        about = {
            "psnr": f"{trainer.best:.2f}", "psnr_untrained": f"{trainer.before[0]:.2f}",
            "ssim": f"{trainer.best_ssim:.4f}", "ssim_untrained": f"{trainer.before[1]:.4f}",
            "minutes": f"{trainer.spent / 60:.1f}", "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }  # fmt: skip
        data = to_onnx(trainer.recipe.plan, trainer.weights(), trainer.examples.rest, trainer.known, about)
        save_likeness(resealed(replace(likeness, network=data)), path, settings, overwrite=True)
    left_beside(path).unlink(missing_ok=True)
    held = int(trainer.examples.held.sum())
    return TrainedLikeness(
        path, len(trainer.examples) - held, held, trainer.before, (trainer.best, trainer.best_ssim),
        trainer.spent / 60, len(data),
    )  # fmt: skip
