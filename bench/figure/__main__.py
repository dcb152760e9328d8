"""How a figure answers, hears and how soon it speaks.

    python -m bench.figure answers            held-out questions, off-topic ones, attempts to put words into its mouth
    python -m bench.figure hearing            word errors, our own voices, clean, in noise and in babble
    python -m bench.figure latency [--count]  end of speech → first sound that leaves with its picture, a real session
    python -m bench.figure knowledge          how long a file of 10,000 entries takes

The questions in this folder were written by the same hand as the entries, later, and before anything was run on them;
`tuning.csv` alone was used to choose thresholds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.figure", description=__doc__)
    parser.add_argument("what", choices=("answers", "hearing", "latency", "knowledge"))
    parser.add_argument("--count", type=int, default=20, help="questions of latency; per condition of hearing")
    parser.add_argument("--show", action="store_true", help="each question that went wrong")
    parser.add_argument("--figure", type=Path, help="a figure's folder; by default Grace Hopper")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figure = said.figure or demo(Path(folder) / "hopper")
        if said.what == "answers":
            from bench.figure.answers import run

            run(figure, said.show)
        elif said.what == "hearing":
            from bench.figure.hearing import run as hear

            hear(figure, said.count, said.show)
        elif said.what == "latency":
            from bench.figure.latency import run as time_it

            time_it(figure, said.count)
        else:
            from bench.figure.knowledge import run as large

            large(Path(folder))


def demo(folder: Path) -> Path:
    """Grace Hopper's folder."""
    from countenance.cli.demo import sample_portrait
    from countenance.figure import demo_figure

    portrait = sample_portrait()
    assert portrait is not None, "matplotlib's sample portrait is not installed"
    return demo_figure(folder, portrait).folder


if __name__ == "__main__":
    main()
