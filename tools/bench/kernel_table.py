"""The rows of the kernel benchmark: as text, as JSON, and two files side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

FORMAT: Final = "mien-kernels"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One kernel at one size beside one peer, timed in the same run on the same images."""

    kernel: str
    size: str
    ns: float
    peer: str
    peer_ns: float
    ratio: float
    """`ns` / `peer_ns`."""
    error: float | None
    """In the unit that the kernel's name gives; None where the row is about time alone."""
    peer_error: float | None
    goal_met: bool | None
    """None where no goal is set."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run of the benchmark."""

    header: dict[str, str]
    rows: list[Row]


def row(
    kernel: str,
    size: str,
    *,
    ns: float,
    peer: str,
    peer_ns: float,
    most: float | None = None,
    error: float | None = None,
    peer_error: float | None = None,
    holds: bool = True,
) -> Row:
    """A row whose goal is met by a ratio of at most `most`, an error not above the peer's, `holds`.

    Args:
        kernel: Name of ours, with the unit of the error.
        size: Of the images.
        ns: Time of ours, nanoseconds.
        peer: Name of the other.
        peer_ns: Its time.
        most: Largest ratio that meets the goal; None: the row has no goal.
        error: Of ours.
        peer_error: Of the peer; None: not compared.
        holds: Whether whatever else the goal asks holds.
    """
    ratio = ns / peer_ns
    is_exact = error is None or peer_error is None or error <= peer_error
    is_met = None if most is None else ratio <= most and is_exact and holds
    return Row(kernel, size, ns, peer, peer_ns, ratio, error, peer_error, is_met)


def text(report: Report) -> str:
    """The report as Markdown."""
    lines = [f"{name}: {value}" for name, value in report.header.items()]
    cells = [_cells(row) for row in report.rows]
    titles = ("kernel", "size", "us", "peer", "peer us", "ratio", "error", "peer error", "goal met")
    return "\n".join([*lines, "", *_table(titles, cells)])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.kernel,
        row.size,
        f"{row.ns / 1000:.1f}",
        row.peer,
        f"{row.peer_ns / 1000:.1f}",
        f"{row.ratio:.2f}" if row.ratio >= 0.095 else f"{row.ratio:.3f}",
        _number(row.error),
        _number(row.peer_error),
        {None: "-", True: "yes", False: "NO"}[row.goal_met],
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    rule = "|" + "---|" * len(titles)
    return [f"| {' | '.join(titles)} |", rule, *(f"| {' | '.join(cells)} |" for cells in rows)]


def write(report: Report, path: Path) -> None:
    """Write the report as JSON."""
    data = {"format": FORMAT, "version": VERSION, "header": report.header}
    data["rows"] = [asdict(row) for row in report.rows]
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Report:
    """Read what `write` wrote.

    Raises:
        ValueError: If the file is not one of this version.
    """
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    kind = (data.get("format"), data.get("version"))
    if kind != (FORMAT, VERSION):
        raise ValueError(f"{path}: expected {FORMAT} version {VERSION}, got {kind[0]} {kind[1]}")
    return Report(data["header"], [Row(**row) for row in data["rows"]])


def comparison(before: Report, after: Report) -> str:
    """Both as Markdown, a line for each row of either, matched by kernel, size and peer.

    The change is that of the ratios: times of two runs, or of two machines, do not compare.
    """
    old, new = ({(r.kernel, r.size, r.peer): r for r in report.rows} for report in (before, after))
    lines = [f"before: {_title(before)}", f"after: {_title(after)}", ""]
    titles = ("kernel", "size", "peer", "ratio before", "after", "change", "error before", "after")
    cells = [_change(key, old.get(key), new.get(key)) for key in {**old, **new}]
    return "\n".join([*lines, *_table(titles, cells)])


def _title(report: Report) -> str:
    return ", ".join(report.header.get(name, "-") for name in ("date", "cpu", "kernels"))


def _change(key: tuple[str, str, str], old: Row | None, new: Row | None) -> tuple[str, ...]:
    ratios = [_number(row.ratio if row else None) for row in (old, new)]
    errors = [_number(row.error if row else None) for row in (old, new)]
    change = f"{new.ratio / old.ratio - 1:+.0%}" if old and new else "-"
    return (*key, *ratios, change, *errors)
