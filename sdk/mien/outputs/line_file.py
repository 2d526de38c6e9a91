"""Face states in a text file, a line each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from mien.errors import MienError
from mien.outputs.sink import Closing
from mien.types import FaceState


class LineFile(Closing, ABC):
    """Writes a line per state; every line reaches the system at once."""

    HEADING = ""
    """The first line, if there is one."""

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
        self._file.write(self.HEADING)

    def add(self, state: FaceState) -> None:
        """Append a line."""
        self._file.write(self._line(state) + "\n")
        self.rows += 1

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._file.close()

    @abstractmethod
    def _line(self, state: FaceState) -> str:
        """The state as text, without the end of the line."""
