"""TOML as the session format uses it: scalars, lists of them, and nested tables."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mien.capture.problems import Problem, raise_first, read_text
from mien.capture.table_file import replace_text
from mien.errors import SessionError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def parse_toml(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The content of a TOML file, or why there is none; never raises for what is on disk."""
    text, problems = read_text(path)
    if problems:
        return {}, problems
    try:
        return tomllib.loads(text), []
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = re.search(r"at line (\d+)", str(error))
        row = int(line.group(1)) if line else None
        return {}, [Problem(str(path), row, f"expected TOML, got: {error}")]


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        SessionError: If it is missing or not TOML.
    """
    content, problems = parse_toml(path)
    raise_first(problems)
    return content


def parsed_value(text: str) -> Any:  # noqa: ANN401 - whatever TOML can hold
    """One value as TOML writes it; what is no TOML is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    # JSON escapes are TOML escapes, except that JSON leaves DEL as it is and TOML refuses it.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def toml_value(value: object) -> str:
    """One value in TOML.

    Raises:
        SessionError: If TOML has no such type (None, bytes, arrays).
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    raise SessionError(
        f"session.toml: expected text, numbers, booleans or lists of them, "
        f"got {type(value).__name__}; convert it first"
    )


def _lines(content: Mapping[str, Any], prefix: str) -> list[str]:
    tables = {key: value for key, value in content.items() if isinstance(value, Mapping)}
    lines = [
        f"{_key(key)} = {toml_value(value)}" for key, value in content.items() if key not in tables
    ]
    for key, table in tables.items():
        name = f"{prefix}{_key(key)}"
        lines += ["", f"[{name}]", *_lines(table, f"{name}.")]
    return lines


def toml_text(content: Mapping[str, Any]) -> str:
    """A whole document; plain keys come before tables."""
    return "\n".join(_lines(content, "")) + "\n"


def write_toml(path: Path, content: Mapping[str, Any]) -> None:
    """Write a TOML file, whole or not at all."""
    replace_text(path, toml_text(content))
