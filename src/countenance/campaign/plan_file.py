"""Reads a plan from its file and tells people what is wrong in it, by key and line.

Plans are YAML 1.2, in which `no` is Norwegian and `16:9` is no number of seconds. Paths are relative to the plan.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from countenance.campaign.plan import Plan
from countenance.errors import BadDocument, EmptyFile, FileMissing

LARGEST_PLAN = 1 << 20  # bytes

_NOT_HERE = {
    "swap": "Faces are not swapped into clips here yet: give each licensed person a clip or a portrait of their own.",
    "double": "Body doubles belong to swapping, which is not available yet.",
}


def read_plan(path: Path) -> Plan:
    """The plan in a YAML file (JSON is YAML too).

    Raises:
        FileMissing, EmptyFile; BadDocument: not YAML, or not a plan; the message names the key and its line.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no plan {path}.")
    if path.stat().st_size > LARGEST_PLAN:
        raise BadDocument(f"{path.name} is too large for a plan.", "A plan is a page or two of text.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from error
    if not text.strip():
        raise EmptyFile(f"{path.name} is empty.", "docs/campaign.md shows a plan to start from.")
    try:
        data = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise BadDocument(f"{path.name}{where}: {error.problem or 'no YAML'}.", "Mend the YAML there.") from error
    except (YAMLError, RecursionError) as error:
        raise BadDocument(f"{path.name} is no YAML: {type(error).__name__}.", "Mend the YAML.") from error
    if not isinstance(data, dict):
        raise BadDocument(f"{path.name} is no plan.", "docs/campaign.md shows a plan to start from.")
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        raise _explained(error, data, path.name) from error


def _explained(error: ValidationError, data: Any, name: str) -> BadDocument:
    """The first thing that is wrong as one sentence; all of them in the details."""
    found = []
    for one in error.errors():
        keys = tuple(key for key in one["loc"] if key != "[key]")
        text = str(one["msg"]).removeprefix("Value error, ")
        remedy = f"Mend it in {name}; docs/campaign.md lists the keys."
        last = str(keys[-1]) if keys else ""
        if one["type"] == "extra_forbidden":
            text = "this key is not known"
            if last in _NOT_HERE:
                text, remedy = "this is not available", _NOT_HERE[last]
        elif one["type"] == "missing":
            text = "this key is missing"
        found.append({"key": _dotted(keys), "line": _line(data, keys), "problem": text, "remedy": remedy})
    first = found[0]
    where = f"line {first['line']}: " if first["line"] else ""
    key = f"{first['key']}: " if first["key"] else ""
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return BadDocument(
        f"{name}, {where}{key}{first['problem']}{more}.",
        str(first["remedy"]),
        code="campaign.plan",
        details={"problems": found},
    )


def _dotted(keys: tuple[int | str, ...]) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def _line(data: Any, keys: tuple[int | str, ...]) -> int | None:
    """Line of the deepest of these keys that is in the file, counted from 1."""
    line: int | None = None
    for key in keys:
        try:
            place = data.lc.item(key) if isinstance(key, int) else data.lc.key(key)
            line, data = place[0] + 1, data[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
