"""A text file that grows line by line."""

from __future__ import annotations

from pathlib import Path

from mien.errors import MienError
from mien.outputs.sink import Closing


class LineFile(Closing):
    """Creates a file, and hands every line to the system at once."""

    def __init__(self, path: str | Path) -> None:
        """Create the file, and its folder if needed.

        Raises:
            MienError: If it cannot be created.
        """
        self.path = Path(path)
        self.rows = 0
        """States written so far."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Line buffering: a session that is cut off loses no row.
            self._file = self.path.open("w", encoding="utf-8", newline="\n", buffering=1)
        except OSError as exc:
            raise MienError(f"{path}: expected a file to write, got {exc.strerror}") from exc

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._file.close()

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
