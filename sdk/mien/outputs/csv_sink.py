"""Face states as CSV: `t_ns`, then the values by name."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from mien import schema
from mien.errors import MienError
from mien.types import FaceState

COLUMNS: Final = ("t_ns", *schema.VALUE_NAMES)
DIGITS: Final = 6


class CsvSink:
    """Writes a row per state; every row reaches the system at once.

    The cell of a value that is not valid stays empty. `capture.values.read_values_csv` with
    `may_be_empty=True` reads the file back.
    """

    def __init__(self, path: str | Path) -> None:
        """Create the file, and its folder if needed.

        Raises:
            MienError: If it cannot be created.
        """
        self.path = Path(path)
        self.rows = 0
        """Rows written so far."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Line buffering: a session that is cut off loses no row.
            self._file = self.path.open("w", encoding="utf-8", newline="\n", buffering=1)
        except OSError as exc:
            raise MienError(f"{path}: expected a file to write, got {exc.strerror}") from exc
        self._file.write(",".join(COLUMNS) + "\n")

    def __enter__(self) -> CsvSink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, state: FaceState) -> None:
        """Append a row."""
        cells = [
            f"{value:.{DIGITS}g}" if is_valid else ""
            for value, is_valid in zip(state.values.tolist(), state.valid.tolist(), strict=True)
        ]
        self._file.write(f"{state.t_ns},{','.join(cells)}\n")
        self.rows += 1

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._file.close()
