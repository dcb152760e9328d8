"""YAML documents held to a closed schema; mistakes are told by key and line. Knows nothing of what they say.

YAML 1.2, in which `no` is Norwegian and `16:9` is no number of seconds. JSON is YAML too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from countenance.errors import BadDocument, EmptyFile, FileMissing

LARGEST = 1 << 20  # bytes
Schema = TypeVar("Schema", bound=BaseModel)


def read_document(
    path: Path,
    schema: type[Schema],
    *,
    kind: str,
    guide: str,
    code: str,
    elsewhere: Mapping[str, str] | None = None,
) -> Schema:
    """What a YAML file says.

    Args:
        path: the file.
        schema: what it may say.
        kind: what people call it: `plan`, `template`.
        guide: the page that lists its keys.
        code: of the error where it says something else.
        elsewhere: key that is not taken → what to do instead.

    Raises:
        FileMissing, EmptyFile; BadDocument: not YAML, or not of this schema; the message names the key and its line.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no {kind} {path}.")
    if path.stat().st_size > LARGEST:
        raise BadDocument(f"{path.name} is too large for a {kind}.", f"A {kind} is a page or two of text.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from error
    if not text.strip():
        raise EmptyFile(f"{path.name} is empty.", f"{guide} shows a {kind} to start from.")
    try:
        data = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise BadDocument(f"{path.name}{where}: {error.problem or 'no YAML'}.", "Mend the YAML there.") from error
    except (YAMLError, RecursionError) as error:
        raise BadDocument(f"{path.name} is no YAML: {type(error).__name__}.", "Mend the YAML.") from error
    if not isinstance(data, dict):
        raise BadDocument(f"{path.name} is no {kind}.", f"{guide} shows a {kind} to start from.")
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        raise _explained(error, data, path.name, guide, code, elsewhere or {}) from error


def line_of(path: Path, *keys: str | int) -> int | None:
    """Line of the deepest of these keys in a file that was read before, counted from 1. Raises nothing."""
    try:
        return _line(YAML(typ="rt", pure=True).load(Path(path).read_bytes().decode("utf-8-sig")), keys)
    except (OSError, UnicodeDecodeError, YAMLError, RecursionError):
        return None


def _explained(
    error: ValidationError, data: Any, name: str, guide: str, code: str, elsewhere: Mapping[str, str]
) -> BadDocument:
    """The first thing that is wrong as one sentence; all of them in the details."""
    found = []
    for one in error.errors():
        keys = tuple(key for key in one["loc"] if key != "[key]")
        text = str(one["msg"]).removeprefix("Value error, ")
        remedy = f"Mend it in {name}; {guide} lists the keys."
        last = str(keys[-1]) if keys else ""
        if one["type"] == "extra_forbidden":
            text = "this key is not known"
            if last in elsewhere:
                text, remedy = "this is not available", elsewhere[last]
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
        code=code,
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


def texts_named(said: Any, name: str) -> Iterator[str]:
    """All texts filed under a name, however deep."""
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
            if isinstance(one.get(name), str):
                yield one[name]
        elif isinstance(one, list):
            waiting += one
