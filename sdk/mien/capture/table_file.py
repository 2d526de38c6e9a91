"""Plain CSV: a fixed header, no quotes, one record per line.

The `csv` module is not used: it hides line numbers behind quoting rules, and a file cut by
a killed process must be told from a whole one by its last newline.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from mien.capture.problems import Problem, read_text, shown
from mien.errors import SessionError

_INTEGER = re.compile(r"[0-9]{1,19}", re.ASCII)
_INT64_MAX = 2**63 - 1


class Row(NamedTuple):
    """One record and the line it stands on."""

    number: int
    cells: list[str]


def read_rows(
    path: Path, columns: Sequence[str], *, is_cut_allowed: bool = False
) -> tuple[list[Row], list[Problem]]:
    """Read the records under the expected header.

    Args:
        path: The CSV file.
        columns: The exact header.
        is_cut_allowed: True: a last line without its newline is dropped, because the writer
            may have been killed within it.

    Returns:
        The records with as many cells as columns, and what is wrong with the file.
    """
    text, problems = read_text(path)
    if problems:
        return [], problems
    lines = text.split("\n")
    last = lines.pop()
    if last and not is_cut_allowed:
        lines.append(last)
    if is_cut_allowed and not lines:
        return [], []
    if not lines or lines[0].rstrip("\r").split(",") != list(columns):
        return [], [Problem(str(path), 1, _header_rule(lines, columns))]
    return _split(path, lines, width=len(columns))


def _header_rule(lines: list[str], columns: Sequence[str]) -> str:
    got = lines[0].rstrip("\r").split(",") if lines else []
    if len(got) == len(columns):
        at = next(i for i, (a, b) in enumerate(zip(got, columns, strict=True)) if a != b)
        return f"expected column {at + 1} named {columns[at]}, got {shown(got[at])}"
    names = ",".join(columns) if len(columns) < 9 else f"{columns[0]},{columns[1]},..."
    return f"expected {len(columns)} columns {names}, got {len(got)}: {shown(','.join(got))}"


def _split(path: Path, lines: list[str], *, width: int) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.rstrip("\r").split(",")
        if len(cells) == width:
            rows.append(Row(number, cells))
        else:
            rule = f"expected {width} cells, got {len(cells)}: {shown(line)}"
            problems.append(Problem(str(path), number, rule))
    return rows, problems


def time_ns(cell: str) -> int | None:
    """A time: decimal digits, 0..2^63-1; None for anything else."""
    if not _INTEGER.fullmatch(cell):
        return None
    value = int(cell)
    return value if value <= _INT64_MAX else None


def number(cell: str) -> float | None:
    """A finite number; None for anything else."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def part_path(path: Path) -> Path:
    """Where a file is written before it gets its name."""
    return path.with_name(f"{path.name}.part")


def replace_text(path: Path, text: str) -> None:
    """Write a whole file so that a reader sees the old one or the new one, never a part.

    Raises:
        SessionError: If it cannot be written.
    """
    try:
        with part_path(path).open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part_path(path).replace(path)
    except OSError as error:
        raise SessionError(f"{path}: expected to write it, got {error.strerror}") from error


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a whole table at once."""
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    replace_text(path, "\n".join(lines) + "\n")
