"""Face states as CSV: `t_ns`, then the values by name."""

from __future__ import annotations

import math
from typing import Final

from mien import schema
from mien.outputs.line_file import LineFile
from mien.types import FaceState

COLUMNS: Final = ("t_ns", *schema.VALUE_NAMES)
DIGITS: Final = 6


class CsvSink(LineFile):
    """Writes a row per state; every row reaches the system at once.

    The cell of a value that is not valid stays empty. `capture.values.read_values_csv` with
    `may_be_empty=True` reads the file back.
    """

    HEADING = ",".join(COLUMNS) + "\n"

    def _line(self, state: FaceState) -> str:
        cells = [
            f"{value:.{DIGITS}g}" if is_valid and math.isfinite(value) else ""
            for value, is_valid in zip(state.values.tolist(), state.valid.tolist(), strict=True)
        ]
        return f"{state.t_ns},{','.join(cells)}"
