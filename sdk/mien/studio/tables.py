"""Measurements as console tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from mien.metrics import Scores
from mien.studio.latency import StageLatency
from mien.studio.live import bar


def number(value: float | None, *, digits: int = 3) -> str:
    """A number for a table; a dash for what is undefined."""
    return "-" if value is None else f"{value:.{digits}f}"


def scores_table(scores: Scores, *, title: str = "against truth") -> Table:
    """A row per value: MAE, r, a bar of r; the means below."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("value")
    for heading in ("MAE", "r", "n"):
        table.add_column(heading, justify="right")
    table.add_column("r as a bar")
    for name, one in scores.units.items():
        style = (
            "dim" if one.r is None else "" if one.r >= 0.8 else "yellow" if one.r >= 0.5 else "red"
        )
        cells = (name, number(one.mae), number(one.r), str(one.n), bar(one.r or 0.0))
        table.add_row(*cells, style=style)
    table.add_section()
    mean = (number(scores.mean_mae), number(scores.mean_r), "", bar(scores.mean_r or 0.0))
    table.add_row("mean of those that move", *mean, style="bold")
    return table


def latency_table(stages: Sequence[StageLatency]) -> Table:
    """A row per stage: p50, p99 and the longest, microseconds."""
    table = Table(
        title="latency per state, all its cameras together",
        title_justify="left",
        header_style="bold",
    )
    table.add_column("stage")
    for heading in ("p50 us", "p99 us", "max us"):
        table.add_column(heading, justify="right")
    for row in stages:
        style = "bold" if row.stage == "total" else ""
        cells = (f"{number:.0f}" for number in (row.p50_us, row.p99_us, row.max_us))
        table.add_row(row.stage, *cells, style=style)
    return table


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print plain rows; the first column is text, the others are numbers."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
