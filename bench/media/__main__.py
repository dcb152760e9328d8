"""python -m bench.media [--only GROUP]: clips of many kinds, read by us and by `ffmpeg`; a row a group."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from bench.media.against import Difference, difference
from bench.media.many import kinds


def main() -> None:
    """Print the table, and each clip that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    if shutil.which("ffmpeg") is None:
        sys.exit("ffmpeg is not installed: there is nothing to compare with.")
    os.environ.setdefault("SVT_LOG", "1")  # an encoder that talks
    found: dict[str, list[Difference]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for number, kind in enumerate(kinds()):
            if only not in kind.group:
                continue
            path = kind.clip.write(Path(folder) / f"{number}-{kind.name}")
            one = difference(path, step=1 / kind.clip.rate)
            found[kind.group].append(one)
            if one.words:
                print(f"  {path.name}: {one.words}", flush=True)
            path.unlink()
    print("| what | clips | the same |\n|---|---|---|")
    for group, all_of in found.items():
        print(f"| {group} | {len(all_of)} | {sum(not one.words for one in all_of)} |")
    every = [one for all_of in found.values() for one in all_of]
    print(f"| all | {len(every)} | {sum(not one.words for one in every)} |")


if __name__ == "__main__":
    main()
