"""The whole error tree. Knows nothing of the rest of the package.

CountenanceError
├── InputError                 3   what the user handed in cannot be used
│   ├── FileMissing                input.missing
│   ├── NotAFile                   input.not_a_file         (a folder, pipe, device or socket)
│   ├── InputChanged               input.changed            (other bytes than when it was pinned)
│   ├── EmptyFile                  input.empty
│   ├── NotAPicture                input.not_a_picture
│   ├── NotAVideo                  input.not_a_video
│   ├── NoVideoStream              input.no_video_stream      (an audio-only file)
│   ├── Damaged                    input.damaged              (truncated or corrupt)
│   ├── TooLarge                   input.too_large            (more pixels, bytes or time than allowed)
│   ├── BadOption                  input.option               (a value out of range or that contradicts another)
│   ├── BadName                    input.name                 (a file name that this system cannot hold)
│   └── BadDocument                input.document             (a take, a CSV, a grant that does not parse)
├── FaceError                  4   no face that could be drawn
│   ├── NoFace                     face.none
│   ├── FaceTooSmall               face.too_small
│   ├── FaceInProfile              face.profile
│   ├── FaceChoice                 face.choice                (--face names a face that is not there)
│   └── FaceLost                   face.lost                  (--on-missing-face fail)
├── PermissionRefused          5   the likeness may not be used for this (codes permission.*)
├── OutputError                6   the result could not be written
│   ├── OutputFolder               output.folder              (missing, or read-only)
│   ├── OutputFull                 output.full
│   ├── OutputIsInput              output.is_input
│   ├── OutputExists               output.exists
│   ├── OutputBusy                 output.busy               (another run is writing this very file)
│   └── OutputFormat               output.format
├── SetupError                 7   this installation lacks something
│   ├── ModelMissing               model.missing
│   ├── ModelCorrupt               model.corrupt              (its SHA-256 is wrong; never loaded)
│   ├── LibraryMissing             setup.library
│   ├── SettingWrong               setup.setting             (an environment variable without sense)
│   ├── HomeWrong                  setup.home                (not the records that this home began with)
│   ├── ClockWrong                 setup.clock               (before the newest entry of the ledger)
│   └── EngineUnknown              engine.unknown
├── ProvenanceError            8   a mark, key or manifest could not be made or read (codes mark.*)
├── UsageError                 2   the command line cannot be understood
└── Interrupted              130   Ctrl-C; 128 + its number for another signal
    └── Cancelled                  job.cancelled              (by the program that started the job)

Every error has a stable `code`, a sentence about *this* input, and a `remedy`. The number is the exit status.
Rooms with many codes of one kind (permission, marking) subclass here-named bases in place, by code, not by class.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CountenanceError(Exception):
    """Base of every error a user may see.

    Args:
        message: one sentence, with the name of the file or value that was wrong.
        remedy: one sentence that says what to do.
        code: a stable dotted code; the class's own when left out.
        details: anything a machine may want beside the message, JSON-serialisable.
    """

    code: str = "error"
    exit_status: int = 1
    http_status: ClassVar[int] = 500
    default_remedy: ClassVar[str] = "Run `countenance doctor`, and report this with its output."

    def __init__(
        self,
        message: str,
        remedy: str | None = None,
        *,
        code: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.default_remedy
        if code is not None:
            self.code = code
        self.details = details or {}

    def as_dict(self) -> dict[str, Any]:
        """The error for machines: code, message, remedy, exit_status and details."""
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "exit_status": self.exit_status,
            "details": self.details,
        }


class InputError(CountenanceError):
    code = "input"
    exit_status = 3
    http_status = 422
    default_remedy = "Check the file and try another one."


class FileMissing(InputError):
    code = "input.missing"
    http_status = 404
    default_remedy = "Check the path; quote it if it holds spaces."


class NotAFile(InputError):
    code = "input.not_a_file"
    default_remedy = "Give a file; write what comes through a pipe into one first."


class InputChanged(InputError):
    code = "input.changed"
    http_status = 409
    default_remedy = "Leave inputs as they are while a job runs, and start it again; nothing was written."


class EmptyFile(InputError):
    code = "input.empty"
    default_remedy = "The file has no content: copy or download it again."


class NotAPicture(InputError):
    code = "input.not_a_picture"
    default_remedy = "Give a JPEG, PNG, WebP, TIFF or BMP picture."


class NotAVideo(InputError):
    code = "input.not_a_video"
    default_remedy = "Give a video file that FFmpeg can read, such as MP4, MOV, WebM or MKV."


class NoVideoStream(InputError):
    code = "input.no_video_stream"
    default_remedy = "The file holds sound only; give a video that shows a face."


class Damaged(InputError):
    code = "input.damaged"
    default_remedy = "The file is truncated or corrupt: copy it again, or re-export it."


class TooLarge(InputError):
    code = "input.too_large"
    http_status = 413
    default_remedy = "Scale the file down, or raise the limit in the settings if you trust it."


class BadOption(InputError):
    code = "input.option"
    default_remedy = "See `countenance --help` for the values that are taken."


class BadName(InputError):
    code = "input.name"
    default_remedy = "Give the file a shorter name."


class BadDocument(InputError):
    code = "input.document"
    default_remedy = "Check that the file was written by Countenance, or export it again."


class FaceError(CountenanceError):
    code = "face"
    exit_status = 4
    http_status = 422
    default_remedy = "Use a picture in which the face is larger, sharper and seen from the front."


class NoFace(FaceError):
    code = "face.none"


class FaceTooSmall(FaceError):
    code = "face.too_small"
    default_remedy = "Use a larger scan: at least 48 pixels between the outer eye corners."


class FaceInProfile(FaceError):
    code = "face.profile"
    default_remedy = "Use a picture in which both eyes can be seen."


class FaceChoice(FaceError):
    code = "face.choice"
    default_remedy = "Run `countenance faces PICTURE` to see the faces and their numbers."


class FaceLost(FaceError):
    code = "face.lost"
    default_remedy = "Use `--on-missing-face hold` or `relax` to go on through frames without a face."


class PermissionRefused(CountenanceError):
    code = "permission.refused"
    exit_status = 5
    http_status = 403
    default_remedy = "Ask the person shown for a grant: `countenance permission request --help`."


class OutputError(CountenanceError):
    code = "output"
    exit_status = 6
    http_status = 507
    default_remedy = "Choose another output path."


class OutputFolder(OutputError):
    code = "output.folder"
    default_remedy = "Create the folder, or choose one you may write to."


class OutputFull(OutputError):
    code = "output.full"
    default_remedy = "Free some space on that disk, or choose another one; nothing was left behind."


class OutputIsInput(OutputError):
    code = "output.is_input"
    default_remedy = "Choose another name for the output; inputs are never overwritten."


class OutputExists(OutputError):
    code = "output.exists"
    default_remedy = "Choose another name, or allow it with `--overwrite`."


class OutputBusy(OutputError):
    code = "output.busy"
    http_status = 409
    default_remedy = "Wait until that run has ended, or choose another name."


class OutputFormat(OutputError):
    code = "output.format"
    default_remedy = "Use one of the endings the message names."


class SetupError(CountenanceError):
    code = "setup"
    exit_status = 7
    http_status = 503
    default_remedy = "Run `countenance doctor` to see what is missing."


class ModelMissing(SetupError):
    code = "model.missing"
    default_remedy = "Run `countenance models fetch`."


class ModelCorrupt(SetupError):
    code = "model.corrupt"
    default_remedy = "Run `countenance models fetch --force`; the file was not loaded."


class LibraryMissing(SetupError):
    code = "setup.library"


class SettingWrong(SetupError):
    code = "setup.setting"
    default_remedy = "Correct the environment variable that the message names, or unset it."


class HomeWrong(SetupError):
    code = "setup.home"
    default_remedy = "Unset COUNTENANCE_LEDGER_URL and COUNTENANCE_REGISTRY_URL, or use another COUNTENANCE_HOME."


class ClockWrong(SetupError):
    code = "setup.clock"
    default_remedy = "Set this machine's clock right."


class EngineUnknown(SetupError):
    code = "engine.unknown"
    default_remedy = "Run `countenance doctor` to see the engines that are installed."


class ProvenanceError(CountenanceError):
    code = "mark"
    exit_status = 8
    http_status = 422
    default_remedy = "Run `countenance doctor` to check keys and marks."


class UsageError(CountenanceError):
    code = "usage"
    exit_status = 2
    http_status = 400
    default_remedy = "See `countenance --help`."


class Interrupted(CountenanceError):
    code = "interrupted"
    exit_status = 130
    http_status = 499
    default_remedy = "Nothing was written; run the same command again."


class Cancelled(Interrupted):
    code = "job.cancelled"
    default_remedy = "Nothing was written; start the job again."
