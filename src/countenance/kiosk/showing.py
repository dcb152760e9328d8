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
from countenance.files import check_output, sha256_file, write_atomically
from countenance.kiosk.receipt import issue_receipt
from countenance.kiosk.stopping import stoppable, undisturbed
from countenance.kiosk.template_file import OpenTemplate, open_template
from countenance.kiosk.traces import Gone, Trace, Traces, noted_templates, sweep, trace_of_file, trace_of_partials
from countenance.kiosk.visitor import look_at, take_file
from countenance.marking.registry import Registry
from countenance.permission import authorise
from countenance.permission.templates import TemplateStore
from countenance.permission.vault import make_private_folder
from countenance.render.rights import GrantFile, records_at_home
from countenance.render.studying import Studied, study
from countenance.render.swap import Progress, SwapResult, put_on
from countenance.settings import Settings, default_settings


@dataclass(frozen=True)
class Shown:
    """What came of a showing.

    Attributes:
        result: of the swap; its output may be deleted by now.
        gone: what was deleted, as the ledger has it.
        receipt: of that, signed, kept at home and copied to where it was asked for; None: nothing was deleted.
        left: files of the visitor that are still there.
    """

    result: SwapResult
    gone: tuple[Gone, ...]
    receipt: Path | None
    left: tuple[Path, ...]


@dataclass(frozen=True)
class Checked:
    """A template that can be shown: what it is, who is in the slot, on what their permission rests."""

    template: OpenTemplate
    studied: Studied
    basis: str


def check_template(path: Path) -> Checked:
    """Everything that can go wrong without a visitor.

    Raises:
        As `open_template`; FaceError: nobody in the slot; PermissionRefused: the double's grant does not allow it.
    """
    template = open_template(path)
    template.double.agreed("double")
    studied = _in_slot(template)
    inputs = {"plate": template.clip}
    claim = template.double.claim_for("double", inputs, known={"plate": studied.person})
    with records_at_home() as records:
        permit = authorise(use="double", inputs=inputs, claim=claim, records=records)
    return Checked(template, studied, permit.basis)


def show(
    template: Path,
    take: Path,
    output: Path,
    permission: GrantFile,
    *,
    purpose: str | None = None,
    territories: tuple[str, ...] = (),
    keep_take: bool = False,
    showing: Callable[[SwapResult], None] | None = None,
    receipt: Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> Shown:
    """Put a visitor into an advert and forget them.

    Args:
        template: see `template`.
        take: a clip of the visitor; deleted however this ends, from the moment that it is known to be a clip.
        output: an .mp4, .mov or .webm.
        permission: the visitor's grant, for `kiosk`; its circumstances are replaced by the template's.
        purpose, territories: instead of the template's.
        keep_take: leave the take; what was derived of it goes all the same.
        showing: shows the output and returns when it was shown; the output is deleted then. None: it is kept.
        receipt: where to write the visitor's copy of the receipt.
        overwrite: whether output and receipt may replace what is there.
        progress: called after each frame.
        settings: this process's by default.

    Raises:
        InputError, FaceError, PermissionRefused, OutputError, SetupError, ProvenanceError; `details["deleted"]` says
        what was deleted. OutputFolder: kiosk.not_deleted.
    """
    settings = settings or default_settings()
    template, take, output = Path(template), Path(take), Path(output)
    own = take_file(take, _named(template, output, permission), delete=not keep_take)
    with stoppable(), contextlib.closing(Traces.begin(settings)) as traces:
        done = False
        try:
            digest = sha256_file(own)
            if not keep_take:
                traces.note(trace_of_file("take", own))
                if take.is_symlink():
                    take.unlink()
            sweep_left_overs(settings)
            result, right = _drawn(
                traces, template, own, digest, output, permission, purpose, territories, receipt, overwrite,
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
    left = [right.path, right.face_template or right.path.with_suffix(".face"), *([own] if keep_take else [])]
    return Shown(result, tuple(traces.gone), kept, tuple(path for path in left if path.is_file()))


def end_output(output: Path, settings: Settings | None = None, *, receipt: Path | None = None) -> tuple[Gone, ...]:
    """Delete what a showing made, later; the ledger says so.

    Raises:
        FileMissing; BadDocument: kiosk.output, it is no kiosk's output, or was changed; OutputFolder.
    """
    settings = settings or default_settings()
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


def sweep_left_overs(settings: Settings | None = None) -> list[Gone]:
    """Delete what showings left that were broken off by force. Raises OutputFolder: kiosk.not_deleted."""
    settings = settings or default_settings()
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
    take: Path,
    digest: str,
    output: Path,
    permission: GrantFile,
    purpose: str | None,
    territories: tuple[str, ...],
    receipt: Path | None,
    overwrite: bool,
    delete_output: bool,
    progress: Progress | None,
    settings: Settings,
) -> tuple[SwapResult, GrantFile]:
    """Everything before the deletions, cheap questions first."""
    check_output(output, [take], overwrite=overwrite)
    if receipt is not None:
        check_output(receipt, [take, output], overwrite=overwrite)
    template = open_template(path)
    right = replace(permission, circumstances=template.circumstances(purpose, territories))
    double = replace(template.double, circumstances=right.circumstances)
    signed = right.agreed("kiosk")
    traces.under(signed.grant.id)
    double.agreed("double")
    here = set(TemplateStore.at_home(settings).fingerprints()) - noted_templates(settings)
    for fingerprint in signed.grant.likeness.faces:
        if fingerprint not in here:  # taken in for this showing only
            traces.note(Trace("template", fingerprint))
    visitor = look_at(take, right, signed)
    traces.note(trace_of_partials(output))
    if delete_output:
        traces.note(Trace("output", digest, str(output.resolve())))
    result = put_on(
        template.clip, visitor.likeness, take, output, permission=right, double_permission=double,
        options=template.options(overwrite=overwrite), use="kiosk", progress=progress, settings=settings,
    )  # fmt: skip
    return result, right


def _in_slot(template: OpenTemplate) -> Studied:
    return study(template.clip, template.options())


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
