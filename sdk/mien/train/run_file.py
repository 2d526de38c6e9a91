"""A run's settings as a TOML file: its keys are the fields of `TrainConfig`, its tables theirs.

The dataclasses are the schema: a key that is none of their fields, a value of another type and
one out of range are refused with the key's name.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from mien.capture.toml_file import parse_toml, parsed_value, toml_text
from mien.errors import ConfigError
from mien.train.config import TrainConfig

_NAMES: Final = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def read_run_file(path: Path) -> dict[str, Any]:
    """The settings that a file gives, as arguments of `TrainConfig`.

    Paths are read as on the command line: relative to where the program runs.

    Raises:
        ConfigError: If it is no TOML, or a key is unknown, of another type or, within a table,
            out of range.
    """
    content, problems = parse_toml(path)
    if problems:
        raise ConfigError(str(problems[0]))
    return _fields(TrainConfig, content, where=f"{path}: ")


def with_setting(settings: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    """The settings with one of them changed.

    Args:
        settings: Arguments of `TrainConfig`.
        key: As in a run file; `augment.bend` is in a table.
        text: The value as TOML has it; what is no TOML is text.

    Raises:
        ConfigError: As `read_run_file`.
    """
    return {**settings, **_changed(TrainConfig, settings, key=key, text=text, where="")}


def _changed(
    of: type, given: Mapping[str, Any], *, key: str, text: str, where: str
) -> dict[str, Any]:
    name, _, rest = key.partition(".")
    if not rest:
        return _fields(of, {name: parsed_value(text)}, where=where)
    defaults = {field.name: field.default for field in fields(of)}
    table = given.get(name, defaults.get(name))
    if not is_dataclass(table) or isinstance(table, type):
        raise ConfigError(f"{where}{name}: expected a table of settings, got {key}")
    own = {field.name: getattr(table, field.name) for field in fields(table)}
    inner = _changed(type(table), own, key=rest, text=text, where=f"{where}{name}.")
    try:
        return {name: replace(table, **inner)}
    except ConfigError as exc:
        raise ConfigError(f"{where}{name}.{exc}") from exc


def run_text(settings: Mapping[str, Any]) -> str:
    """All settings of a run as TOML, the defaults too; `read_run_file` reads it.

    Args:
        settings: Arguments of `TrainConfig`. What it needs and is missing is left out, and so
            is what is None.
    """
    return toml_text(
        {
            field.name: _plain(settings.get(field.name, field.default))
            for field in fields(TrainConfig)
            if settings.get(field.name, field.default) not in (MISSING, None)
        }
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever TOML can hold
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _fields(of: type, table: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    hints = get_type_hints(of)
    for key in table:
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            remedy = f"did you mean {near[0]}" if near else f"known are {', '.join(hints)}"
            raise ConfigError(f"{where}{key}: expected a known key, got {key}; {remedy}")
    return {key: _value(hints[key], value, where=f"{where}{key}") for key, value in table.items()}


def _value(hint: Any, value: Any, *, where: str) -> Any:  # noqa: ANN401 - of the hint's type
    if isinstance(hint, types.UnionType):  # `Path | None`; TOML has no None
        hint = get_args(hint)[0]
    if is_dataclass(hint) and isinstance(hint, type):
        return _table(hint, value, where=where)
    if get_args(hint):  # `tuple[Path, ...]`
        if not isinstance(value, list):
            raise ConfigError(f"{where}: expected a list, got {value!r}")
        return tuple(_value(get_args(hint)[0], one, where=where) for one in value)
    if hint is Path:
        return Path(_value(str, value, where=where))
    is_whole = hint is float and type(value) is int
    if type(value) is not hint and not is_whole:
        raise ConfigError(f"{where}: expected {_NAMES[hint]}, got {value!r}")
    return float(value) if is_whole else value


def _table(of: type, value: Any, *, where: str) -> Any:  # noqa: ANN401 - of type `of`
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected a table, got {value!r}")
    given = _fields(of, value, where=f"{where}.")
    try:
        return of(**given)
    except ConfigError as exc:
        raise ConfigError(f"{where}.{exc}") from exc
