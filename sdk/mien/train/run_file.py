"""A run's settings as a TOML file: its keys are the fields of `TrainConfig`, its tables theirs.

The dataclasses are the schema: a key that is none of their fields, a value of another type and
one out of range are refused with the key's name.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Mapping
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


def with_settings(settings: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """The settings with some of them changed, all at once.

    Args:
        settings: Arguments of `TrainConfig`.
        changes: Key as in a run file, `augment.bend` being in a table -> the value as TOML has
            it; what is no TOML is text.

    Raises:
        ConfigError: As `read_run_file`.
    """
    return {**settings, **_changed(TrainConfig, settings, changes, where="")}


def _changed(
    of: type, given: Mapping[str, Any], changes: Mapping[str, str], *, where: str
) -> dict[str, Any]:
    plain = {key: parsed_value(text) for key, text in changes.items() if "." not in key}
    tables: dict[str, dict[str, str]] = {}
    for key, text in changes.items():
        name, _, rest = key.partition(".")
        if rest:
            tables.setdefault(name, {})[rest] = text
    _require_known(of, tables, where=where)
    own = {field.name: given.get(field.name, field.default) for field in fields(of)}
    inner = {
        name: _table_with(own[name], changed, where=f"{where}{name}")
        for name, changed in tables.items()
    }
    return {**_fields(of, plain, where=where), **inner}


def _table_with(table: Any, changes: Mapping[str, str], *, where: str) -> Any:  # noqa: ANN401
    if not is_dataclass(table) or isinstance(table, type):
        raise ConfigError(f"{where}: expected a value, got {where}.{next(iter(changes))}")
    own = {field.name: getattr(table, field.name) for field in fields(table)}
    changed = _changed(type(table), own, changes, where=f"{where}.")
    try:
        return replace(table, **changed)
    except ConfigError as exc:
        raise ConfigError(f"{where}.{exc}") from exc


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
    _require_known(of, table, where=where)
    return {key: _value(hints[key], value, where=f"{where}{key}") for key, value in table.items()}


def _require_known(of: type, keys: Iterable[str], *, where: str) -> None:
    known = get_type_hints(of)
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            remedy = f"did you mean {near[0]}" if near else f"known are {', '.join(known)}"
            raise ConfigError(f"{where}{key}: expected a known key, got {key}; {remedy}")


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
