"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its first column is text, the others numbers."""
    lines = [
        f"| {' | '.join(heading)} |",
        f"|---|{'---:|' * (len(heading) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def number(value: float | None, *, digits: int = 3) -> str:
    """A number for a cell; a dash for what is undefined."""
    return "-" if value is None else f"{value:.{digits}f}"
