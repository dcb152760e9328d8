"""One showing: a visitor's take into a template's slot, then everything of the visitor deleted, whatever happened.

take noted → left-overs swept → template and both grants → take looked at → drawn, marked, written → deleted → receipt
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.errors import BadDocument, CountenanceError, FileMissing
from countenance.face import ClipSubject, PictureSubject, open_plate
from countenance.files import check_output, sha256_file, write_atomically
from countenance.kiosk.deletion_receipt import issue_receipt
from countenance.kiosk.signal_handling import stoppable, undisturbed
from countenance.kiosk.template_file import OpenTemplate, open_template
from countenance.kiosk.visitor import VisitorSubject, take_file
from countenance.kiosk.visitor_data import Gone, Trace, Traces, noted_templates, sweep, trace_of_file, trace_of_partials
from countenance.marking import Registry
from countenance.media import Source
from countenance.permission import Authorisation, GrantClaim, GrantFile, TemplateStore, load_grant, make_private_folder
from countenance.render import Progress, RenderResult, Swap
from countenance.settings import Settings
from countenance.studio import Studio


@dataclass(frozen=True)
class Shown:
    """What came of a showing.

    Attributes:
        result: of the swap; its output may be deleted by now.
        gone: what was deleted, as the ledger has it.
        receipt: of that, signed, kept at home and copied to where it was asked for; None: nothing was deleted.
        left: files of the visitor that are still there.
    """

    result: RenderResult
    gone: tuple[Gone, ...]
    receipt: Path | None
    left: tuple[Path, ...]


@dataclass(frozen=True)
class Checked:
    """A template that can be shown: what it is, who is in the slot, on what their permission rests."""

    template: OpenTemplate
    subject: PictureSubject | ClipSubject
    basis: str


def check_template(path: Path, settings: Settings) -> Checked:
    """Everything that can go wrong without a visitor.

    Raises:
        As `open_template`; FaceError: nobody in the slot; PermissionRefused: the double's grant does not allow it.
    """
    template = open_template(path)
    with Authorisation("double", {"plate": template.double}, settings) as asking:
        asking.preflight(("plate",))
        options = template.options()
        subject = open_plate(
            Source.pin(template.clip), options.face, start=options.start, end=options.end,
            least_eyes=settings.min_eye_distance,
        )  # fmt: skip
        permit = asking.decide({"plate": subject}, {})
    return Checked(template, subject, permit.basis)


def show(
    template: Path,
    take: Path,
    output: Path,
    permission: GrantFile,
    settings: Settings,
    *,
    purpose: str | None = None,
    territories: tuple[str, ...] = (),
    keep_take: bool = False,
    showing: Callable[[RenderResult], None] | None = None,
    receipt: Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Shown:
    """Put a visitor into an advert and forget them.

    Args:
        template: see `template`.
        take: a clip of the visitor; deleted however this ends, from the moment that it is known to be a clip.
        output: an .mp4, .mov or .webm.
        permission: the visitor's grant, for `kiosk`; its circumstances are replaced by the template's.
        settings: of the installation.
        purpose, territories: instead of the template's.
        keep_take: leave the take; what was derived of it goes all the same.
        showing: shows the output and returns when it was shown; the output is deleted then. None: it is kept.
        receipt: where to write the visitor's copy of the receipt.
        overwrite: whether output and receipt may replace what is there.
        progress: called after each frame.

    Raises:
        InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError; `details["deleted"]` says
        what was deleted. OutputFolder: kiosk.not_deleted.
    """
    template, take, output = Path(template), Path(take), Path(output)
    own = take_file(take, _named(template, output, permission), delete=not keep_take)
    with stoppable(), contextlib.closing(Traces.begin(settings)) as traces:
        done = False
        try:
            pinned = Source.pin(own)
            if not keep_take:
                traces.note(trace_of_file("take", own))
                if take.is_symlink():
                    take.unlink()
            sweep_left_overs(settings)
            result, right = _drawn(
                traces, template, pinned, output, permission, purpose, territories, receipt, overwrite,
                showing is not None, progress, settings,
            )  # fmt: skip
            done = True
        except CountenanceError as error:
            with undisturbed():
                _forget(traces, error, receipt)
            raise
        finally:
            if not done and traces.held:
                with undisturbed(), contextlib.suppress(CountenanceError):
                    _forget(traces, None, receipt)
        with undisturbed():
            traces.end("shown", "take", "template", "partial")
        try:
            if showing is not None:
                showing(result)
        finally:
            with undisturbed():
                traces.end("shown")
                kept = _receipt(traces, receipt)
    left = [right.path, right.face_template or right.path.with_suffix(".face"), own]
    left += [output] if showing is not None else []  # one that was changed meanwhile is no longer what was noted
    return Shown(result, tuple(traces.gone), kept, tuple(path for path in left if path.is_file()))


def end_output(output: Path, settings: Settings, *, receipt: Path | None = None) -> tuple[Gone, ...]:
    """Delete what a showing made, later; the ledger says so.

    Raises:
        FileMissing; BadDocument: kiosk.output, it is no kiosk's output, or was changed; OutputFolder.
    """
    if not output.is_file():
        raise FileMissing(f"There is no file {output}.")
    if receipt is not None:
        check_output(receipt, [output])
    own = output.resolve()
    with Registry.open(settings) as registry:
        render = registry.by_file(sha256_file(own))
    if render is None or render.use != "kiosk":
        raise BadDocument(
            f"{output.name} is no output of a kiosk here, or was changed since.",
            "Only what `countenance kiosk show` wrote is deleted so; remove other files by hand.",
            code="kiosk.output",
        )
    with undisturbed(), contextlib.closing(Traces.begin(settings)) as traces:
        traces.note(Trace("output", render.inputs.get("source", ""), str(own)))
        traces.end("shown")
        if output.is_symlink():
            output.unlink()
        _receipt(traces, receipt)
    return tuple(traces.gone)


def sweep_left_overs(settings: Settings) -> list[Gone]:
    """Delete what showings left that were broken off by force. Raises OutputFolder: kiosk.not_deleted."""
    with undisturbed():
        swept, problems = sweep(settings)
        for traces in swept:
            _receipt(traces, None)
    if problems:
        raise problems[0]
    return [gone for traces in swept for gone in traces.gone]


def _drawn(
    traces: Traces,
    path: Path,
    take: Source,
    output: Path,
    permission: GrantFile,
    purpose: str | None,
    territories: tuple[str, ...],
    receipt: Path | None,
    overwrite: bool,
    delete_output: bool,
    progress: Progress | None,
    settings: Settings,
) -> tuple[RenderResult, GrantFile]:
    """Everything before the deletions, cheap questions first."""
    check_output(output, [take.path], overwrite=overwrite)
    if receipt is not None:
        check_output(receipt, [take.path, output], overwrite=overwrite)
    template = open_template(path)
    right = replace(permission, circumstances=template.circumstances(purpose, territories))
    double = replace(template.double, circumstances=right.circumstances)
    signed = load_grant(right.path)
    traces.under(signed.grant.id)
    here = set(TemplateStore.at_home(settings).fingerprints()) - noted_templates(settings)
    for fingerprint in signed.grant.likeness.faces:
        if fingerprint not in here:  # taken in for this showing only
            traces.note(Trace("template", fingerprint))
    with Authorisation("kiosk", {"source": right, "plate": double}, settings) as asking:
        asking.preflight(("source", "plate"))
        claim = asking.claim("source")
        assert isinstance(claim, GrantClaim)
        visitor = VisitorSubject(take, claim)
    traces.note(trace_of_partials(output))
    if delete_output:
        traces.note(Trace("output", take.sha256, str(output.resolve())))
    recipe = Swap(template.clip, visitor, output, right, double, template.options(overwrite=overwrite), "kiosk")
    return Studio(settings).run(recipe, progress=progress), right


def _forget(traces: Traces, error: CountenanceError | None, receipt: Path | None) -> None:
    """A showing that did not come to its end: delete, and say so in the error."""
    traces.end("unfinished")
    with contextlib.suppress(CountenanceError):  # the error that ended it says more
        _receipt(traces, receipt)
    if error is None:
        return
    error.details["deleted"] = [vars(one) for one in traces.gone]
    if any(one.what == "take" for one in traces.gone):
        error.remedy = f"{error.remedy} The take was deleted: a new one is needed."


def _receipt(traces: Traces, copy: Path | None) -> Path | None:
    """Sign what was deleted; it is kept at home, and where it was asked for."""
    if not traces.gone:
        return None
    said = issue_receipt([one.seq for one in traces.gone], traces.settings)
    text = json.dumps(said, indent=1).encode() + b"\n"
    folder = traces.settings.home / "kiosk" / "receipts"
    make_private_folder(folder)
    path = folder / f"{traces.number}.json"
    write_atomically(path, text, mode=0o600)
    if copy is None:
        return path
    write_atomically(copy, text)
    return copy


def _named(template: Path, output: Path, permission: GrantFile) -> tuple[Path, ...]:
    """Files that are named beside the take, as far as they can be known before it counts as one."""
    files = [template, output, permission.path]
    with contextlib.suppress(CountenanceError):
        opened = open_template(template)
        files += [opened.clip, opened.double.path, *([opened.poster] if opened.poster else [])]
    return tuple(files)
