"""Capture times of one camera: `<camera>.times.csv`, one row per frame."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.problems import Problem, raise_first, shown
from mien.capture.table_file import read_rows, time_ns

TIMES_COLUMNS: Final = ("t_ns",)


def parse_times(
    path: Path, *, is_cut_allowed: bool = False
) -> tuple[NDArray[np.int64], list[Problem]]:
    """The good times of a file, shape (N,), int64, nanoseconds, and what is wrong with it."""
    rows, problems = read_rows(path, TIMES_COLUMNS, is_cut_allowed=is_cut_allowed)
    times: list[int] = []
    for row in rows:
        t_ns = time_ns(row.cells[0])
        if t_ns is None:
            rule = f"expected t_ns as digits, 0..2^63-1, got {shown(row.cells[0])}"
            problems.append(Problem(str(path), row.number, rule))
        elif times and t_ns <= times[-1]:
            rule = f"expected t_ns above the row before ({times[-1]}), got {t_ns}"
            problems.append(Problem(str(path), row.number, rule))
        else:
            times.append(t_ns)
    return np.array(times, dtype=np.int64), sorted(problems, key=lambda found: found.row or 0)


def read_times(path: Path, *, is_cut_allowed: bool = False) -> NDArray[np.int64]:
    """The times of a file, shape (N,), int64, nanoseconds, strictly increasing.

    Raises:
        SessionError: If the file breaks a rule; it names the row.
    """
    times, problems = parse_times(path, is_cut_allowed=is_cut_allowed)
    raise_first(problems)
    return times


class TimesWriter:
    """Appends one time per frame; each row reaches the system before `add` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("x", encoding="utf-8", newline="\n", buffering=1)
        self._file.write(",".join(TIMES_COLUMNS) + "\n")

    def add(self, t_ns: int) -> None:
        """Append one row."""
        self._file.write(f"{t_ns}\n")

    def close(self) -> None:
        """Close the file; may be called again."""
        self._file.close()

    def __enter__(self) -> TimesWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
