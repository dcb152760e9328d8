"""Being ended from outside: SIGTERM, SIGHUP and SIGQUIT end a command as Ctrl-C does, so that partial files go.

The exit status is 128 + the signal's number, as shells say it. Signals that whoever started this had switched off
(`nohup`, a shell's background) stay off. Knows nothing of what is being done.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType

from countenance.errors import Interrupted

ENDING = tuple(
    number for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK") if (number := getattr(signal, name, None))
)
_met: list[int] = []
_leaving_with: list[int] = []


def heed_signals() -> None:
    """Let each of ENDING raise KeyboardInterrupt once; any that follow are ignored, so that tidying up can end."""
    if threading.current_thread() is not threading.main_thread():
        return
    atexit.register(_leave)  # the first that is registered runs last
    for number in ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    _met.append(number)
    for one in ENDING:
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


def interrupted() -> Interrupted:
    """What to say of the KeyboardInterrupt that was just met."""
    if not _met:
        _leaving_with.append(128 + signal.SIGINT)
        return Interrupted("Interrupted; nothing was left behind.")
    number = signal.Signals(_met[-1])
    error = Interrupted(f"Ended by {number.name}; nothing was left behind.", details={"signal": number.name})
    error.exit_status = 128 + number
    _leaving_with.append(128 + number)
    return error


def _leave() -> None:
    """End an interrupted command here: threads of native libraries that are still at work abort when they are torn
    down. All of ours has been tidied up; a program that merely calls us is left alone."""
    if not _leaving_with or Path(sys.argv[0]).stem not in ("countenance", "__main__"):
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(_leaving_with[-1])
