"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, stdev


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


def spread(values: Iterable[float | None], *, digits: int = 3) -> str:
    """Mean and deviation of what is defined, for a cell."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return number(known[0] if known else None, digits=digits)
    return f"{fmean(known):.{digits}f} ± {stdev(known):.{digits}f}"
