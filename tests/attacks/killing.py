"""A process that makes files and is killed at every step of it: `python -m tests.attacks.killing FOLDER ENDING`.

A child is forked for each step. The interpreter tells of each rename, removal and opening of a file (audit events), and
at its Nth the child kills itself with SIGKILL: no handler runs, no `finally`. Prints a line of JSON for each child.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from countenance.marking.render_receipt import Receipt
from countenance.marking.video_exit import VideoOutput, write_picture
from tests.exit_material import frames, making, permit, picture, settings_in

EVENTS = frozenset({"os.rename", "os.remove", "open"})


def make(path: Path, seed: int) -> Receipt:
    """A small file of any kind, over what is there."""
    settings, pixels = settings_in(path.parent.parent), picture(160, 160, seed)
    if path.suffix in (".png", ".jpg"):
        return write_picture(path, pixels, permit(), making(), settings=settings, overwrite=True)
    with VideoOutput(
        path, permit(), making(), width=160, height=160, rate=Fraction(25), settings=settings, overwrite=True
    ) as out:
        for frame in frames(4, Fraction(25), pixels):
            out.write(frame)
    return out.receipt


def killed_at(folder: Path, step: int) -> None:
    """Die when the `step`th of the events that touch the folder comes."""
    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in EVENTS and any(str(folder) in str(each) for each in arguments):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def main() -> None:
    folder, ending = Path(sys.argv[1]), sys.argv[2]
    make(folder / f"out{ending}", 0)
    for step in range(1, 100):
        child = os.fork()
        if not child:
            killed_at(folder, step)
            make(folder / f"out{ending}", step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"step": step, "killed": os.WIFSIGNALED(status), "code": status}), flush=True)
        if sys.stdin.readline() == "" or not os.WIFSIGNALED(status):
            return


if __name__ == "__main__":
    main()
