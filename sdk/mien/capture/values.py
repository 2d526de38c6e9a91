"""Values over time as CSV: `t_ns`, then one column per value (truth and `mien track` alike)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.problems import Problem, raise_first, shown
from mien.capture.table_file import Row, number, read_rows, time_ns
from mien.errors import SessionError
from mien.types import Values

VALUES_COLUMNS: Final = ("t_ns", *schema.VALUE_NAMES)

_SLACK = 1e-6
_LOW: Final = {
    name: -schema.GAZE_MAX_RAD if name in schema.GAZE_NAMES else 0.0 for name in schema.VALUE_NAMES
}
_HIGH: Final = {
    name: schema.GAZE_MAX_RAD if name in schema.GAZE_NAMES else 1.0 for name in schema.VALUE_NAMES
}


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Values over time."""

    t_ns: NDArray[np.int64]
    """Shape (N,), int64, nanoseconds: truth strictly increases, tracked states never decrease."""
    values: NDArray[np.float32]
    """Shape (N, VALUE_COUNT), float32; weights 0..1, gaze in radians; NaN: not valid."""

    def __post_init__(self) -> None:
        expected = (len(self.t_ns), schema.VALUE_COUNT)
        if self.values.shape != expected:
            raise SessionError(f"values: expected shape {expected}, got {self.values.shape}")

    def __len__(self) -> int:
        return len(self.t_ns)


def _value_fault(name: str, cell: str) -> str | None:
    value = number(cell)
    low, high = _LOW[name], _HIGH[name]
    if value is not None and low - _SLACK <= value <= high + _SLACK:
        return None
    return f"expected {name} within {low:g}..{high:g}, got {shown(cell)}"


def _row_fault(row: Row, last_ns: int, *, may_be_empty: bool) -> str | None:
    t_ns = time_ns(row.cells[0])
    if t_ns is None:
        return f"expected t_ns as digits, 0..2^63-1, got {shown(row.cells[0])}"
    # Two cameras may see the face at the same time, and each gives a state.
    if t_ns < last_ns or (t_ns == last_ns and not may_be_empty):
        return f"expected t_ns above the row before ({last_ns}), got {t_ns}"
    faults = (
        None if may_be_empty and cell == "" else _value_fault(name, cell)
        for name, cell in zip(schema.VALUE_NAMES, row.cells[1:], strict=True)
    )
    return next((fault for fault in faults if fault is not None), None)


def parse_values(path: Path, *, may_be_empty: bool = False) -> tuple[ValueTable, list[Problem]]:
    """The good rows of a file, and what is wrong with it; see `read_values_csv`."""
    rows, problems = read_rows(path, VALUES_COLUMNS)
    times: list[int] = []
    values: list[list[float]] = []
    for row in rows:
        fault = _row_fault(row, times[-1] if times else -1, may_be_empty=may_be_empty)
        if fault is None:
            times.append(int(row.cells[0]))
            values.append([float(cell or "nan") for cell in row.cells[1:]])
        else:
            problems.append(Problem(str(path), row.number, fault))
    array = np.array(values, dtype=np.float32).reshape(-1, schema.VALUE_COUNT)
    return ValueTable(np.array(times, dtype=np.int64), array), problems


def read_values_csv(path: Path, *, may_be_empty: bool = False) -> ValueTable:
    """Read `truth.csv`, or what `mien track` wrote.

    Args:
        path: The file.
        may_be_empty: True for tracked values: an empty cell is a value that was not valid,
            and becomes NaN. Truth has no such cells.

    Raises:
        SessionError: If the file breaks a rule; it names the row.
    """
    table, problems = parse_values(Path(path), may_be_empty=may_be_empty)
    raise_first(problems)
    return table


class ValuesCsvWriter:
    """Appends one row per state; a row reaches the system before `write` returns."""

    def __init__(self, path: Path) -> None:
        path = Path(path)
        try:
            self._file = path.open("w", encoding="utf-8", newline="\n", buffering=1)
        except OSError as error:
            raise SessionError(f"{path}: expected a file to write, got {error.strerror}") from error
        self._file.write(",".join(VALUES_COLUMNS) + "\n")

    def write(self, t_ns: int, values: Values) -> None:
        """Append one row.

        Args:
            t_ns: Nanoseconds.
            values: Shape (VALUE_COUNT,), float32. Written so that reading gives the same bits.
        """
        cells = values.astype(np.float32, copy=False).astype("U32").tolist()
        self._file.write(f"{t_ns},{','.join(cells)}\n")

    def close(self) -> None:
        """Close the file; may be called again."""
        self._file.close()

    def __enter__(self) -> ValuesCsvWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
