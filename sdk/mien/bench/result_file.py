"""Reads result files of `mien bench` and mien_bench; refuses all others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.bench.report import FORMAT, VERSION
from mien.errors import MienError

Result = Mapping[str, Any]
"""A file's fields, checked as far as they are read here."""
_NUMBER: Final = (int, float)
_SHAPE: Final[dict[str, dict[str, tuple[type, ...]]]] = {
    "header": {"tool": (str,), "date": (str,), "machine": (str,), "kernels": (str,)},
    "noise": {"is_noisy": (bool,), "reasons": (list,)},
    "state": {},
}
_ROWS: Final[dict[str, dict[str, tuple[type, ...]]]] = {
    "stages": {"stage": (str,), "cameras": (int,), "us": (dict,), "cpu_share": _NUMBER},
    "deadlines": {
        "step": (str,),
        "cameras": (int,),
        "rate_hz": _NUMBER,
        "frames": (int,),
        "missed": (int,),
        "us": (dict,),
        "cpu_share": _NUMBER,
    },
}
_US: Final = dict.fromkeys(("mean", "p50", "p90", "p99", "max"), _NUMBER)


def read_result(path: Path) -> Result:
    """Read and check one result file.

    Raises:
        MienError: If it is no result of this format and version; the message names the field.
        OSError: If it cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise MienError(f"{path}: expected a result file of mien bench, got: {exc}") from exc
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        got = found.get("format") if isinstance(found, dict) else type(found).__name__
        raise MienError(f"{path}: expected format {FORMAT!r}, got {got!r}")
    if found.get("version") != VERSION:
        raise MienError(
            f"{path}: expected version {VERSION} of {FORMAT}, got {found.get('version')!r}; "
            "measure both with the same mien, or read it with one that knows this version"
        )
    for part, fields in _SHAPE.items():
        _require(found, {part: (dict,)}, where=str(path))
        _require(found[part], fields, where=f"{path}: {part}")
    for part, fields in _ROWS.items():
        _require(found, {part: (list,)}, where=str(path))
        for index, row in enumerate(found[part]):
            where = f"{path}: {part}[{index}]"
            if not isinstance(row, dict):
                raise MienError(f"{where}: expected an object, got {type(row).__name__}")
            _require(row, fields, where=where)
            _require(row["us"], _US, where=f"{where}: us")
    return found


def _require(found: Result, fields: Mapping[str, tuple[type, ...]], *, where: str) -> None:
    for name, kinds in fields.items():
        value = found.get(name)
        is_flag = isinstance(value, bool) and bool not in kinds
        if not isinstance(value, kinds) or is_flag:
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise MienError(f"{where}: {name}: expected {wanted}, got {value!r}")
