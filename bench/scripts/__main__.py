"""How the look at scripts answers what impostors and swindlers say, and what adverts, courses and warnings say.

    python -m bench.scripts [FILE] [--list]

FILE is a JSON file as `tests/permission/script_samples.json`: by language, `wanted` (topic and text) and `innocent`.
The samples that lie there were written for this project by whoever wrote the phrases: they say that nothing was broken,
and little of how others would put it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from countenance.permission.scripts import Script, review

SAMPLES = Path(__file__).parents[2] / "tests" / "permission" / "script_samples.json"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("file", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--list", action="store_true", help="print what was missed and what was asked in vain")
    wanted = parser.parse_args()
    print("| language | of | topic found | anything found | innocent | asked in vain |\n|---|---:|---:|---:|---:|---:|")
    wrong = []
    for language, said in json.loads(wanted.file.read_text("utf-8")).items():
        found = [(topic, text, review(Script((text,), language)).topics) for topic, text in said["wanted"]]
        vain = [(text, review(Script((text,), language)).topics) for text in said["innocent"]]
        right = sum(topic in topics for topic, _, topics in found)
        asked = sum(bool(topics) for _, topics in vain)
        some = sum(bool(topics) for _, _, topics in found)
        print(f"| {language} | {len(found)} | {right} | {some} | {len(vain)} | {asked} |")
        wrong += [f"missed {topic}: {text}  {topics}" for topic, text, topics in found if topic not in topics]
        wrong += [f"in vain {topics}: {text}" for text, topics in vain if topics]
    if wanted.list:
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
