"""What is wrong with a file of a session: which file, which row, which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mien.errors import SessionError


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule of the session format."""

    file: str
    """The file, as a path that can be opened, or a name inside the session."""
    row: int | None
    """Line of the file as an editor counts it (the header is row 1); None: the whole file."""
    rule: str
    """`expected <rule>, got <value>; <remedy>`."""

    def __str__(self) -> str:
        row = "" if self.row is None else f" row {self.row}"
        return f"{self.file}{row}: {self.rule}"


def raise_first(problems: Sequence[Problem]) -> None:
    """Raise the first problem, saying how many more there are.

    Raises:
        SessionError: If there is a problem.
    """
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise SessionError(f"{problems[0]}{more}")


def shown(value: object) -> str:
    """A value as it appears in a message: short, on one line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def read_text(path: Path) -> tuple[str, list[Problem]]:
    """The UTF-8 text of a file, or why there is none; never raises for what is on disk."""
    try:
        return path.read_bytes().decode("utf-8-sig"), []
    except FileNotFoundError:
        rule = "expected a file, got none; write it as SESSION.md describes"
    except UnicodeDecodeError as error:
        rule = f"expected UTF-8 text, got byte {error.object[error.start]:#04x} at {error.start}"
    except OSError as error:
        rule = f"expected a readable file, got {error.strerror}; see its permissions"
    return "", [Problem(str(path), None, rule)]
