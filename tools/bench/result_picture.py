"""Results over dates, and the newest ones at each frame rate, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes

from mien.bench.result_file import Result
from mien.studio.theme import FAINT, INK, LEFT, LINE, MIDDLE, MOTION, PANEL, RIGHT, paper, save

MOST_TICKS: Final = 6
SHOWN: Final = (
    *("whole step", "step without networks", "flow 128x128, one image ready"),
    *("preprocess gray8 400x400 to 128", "eye network"),
)
"""Stages that are drawn over dates, where a result has them."""
COLOURS: Final = (LEFT, RIGHT, MIDDLE, MOTION, FAINT)
CAMERAS: Final = 3
"""Of the steps that are drawn over dates: both eyes and the mouth."""


def draw_results(results: Sequence[tuple[str, Result]], path: Path) -> Path:
    """Draw a row of two panels per place; return `path`.

    Args:
        results: Place and result, oldest first.
        path: The PNG to write.
    """
    places = list(dict.fromkeys(place for place, _ in results))
    figure = paper(14.0, 0.6 + 3.6 * len(places))
    inch = 1 / figure.get_figheight()
    grid = figure.add_gridspec(
        len(places), 2, left=0.06, right=0.97, top=1 - 0.75 * inch, bottom=0.45 * inch,
        hspace=0.55, wspace=0.16,
    )  # fmt: skip
    for index, place in enumerate(places):
        own = [result for where, result in results if where == place]
        over_dates = figure.add_subplot(grid[index, 0])
        _over_dates(over_dates, own)
        _style(over_dates, f"{place}\np50 over dates, us; a hollow dot: the machine was noisy")
        at_rates = figure.add_subplot(grid[index, 1])
        _at_rates(at_rates, own[-1])
        _style(
            at_rates, "newest: percent of one core at a frame rate\nbeside each bar: frames missed"
        )
    return save(figure, path)


def _over_dates(axes: Axes, results: Sequence[Result]) -> None:
    days = [_day(result) for result in results]
    for colour, stage in zip(COLOURS, SHOWN, strict=True):
        rows = [_row(result, stage) for result in results]
        points = [
            (day, float(row["us"]["p50"]), PANEL if result["noise"]["is_noisy"] else colour)
            for day, row, result in zip(days, rows, results, strict=True)
            if row is not None
        ]
        if not points:
            continue
        at, p50_us, faces = zip(*points, strict=True)
        axes.plot(at, p50_us, color=colour, linewidth=1.4, label=stage)
        axes.scatter(at, p50_us, s=34, c=faces, edgecolors=colour, zorder=3)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.25)
    ticks = range(0, len(results), max(len(results) // MOST_TICKS, 1))
    dates = [str(results[tick]["header"]["date"])[:16].replace("T", "\n") for tick in ticks]
    axes.set_xticks([days[tick] for tick in ticks], dates)
    axes.legend(fontsize=8, facecolor=PANEL, edgecolor=LINE, labelcolor=INK, loc="best")


def _day(result: Result) -> float:
    date = datetime.fromisoformat(result["header"]["date"].replace("Z", "+00:00"))
    return date.timestamp() / 86400


def _row(result: Result, stage: str) -> dict[str, Any] | None:
    """Of steps the one with `CAMERAS` cameras, or the most there are."""
    rows = [row for row in result["stages"] if row["stage"] == stage and row["cameras"] <= CAMERAS]
    return max(rows, key=lambda row: int(row["cameras"])) if rows else None


def _at_rates(axes: Axes, result: Result) -> None:
    rows = result["deadlines"]
    labels = [f"{row['cameras']} at {row['rate_hz']:g} Hz" for row in rows]
    shares = [100 * row["cpu_share"] for row in rows]
    colours = [RIGHT if row["missed"] else LEFT for row in rows]
    axes.barh(range(len(rows)), shares, color=colours, height=0.7)
    for y, row in enumerate(rows):
        words = f" {row['missed']} of {row['frames']}" if row["missed"] else " none"
        axes.text(shares[y], y, words, fontsize=7, color=FAINT, va="center")
    axes.set_yticks(range(len(rows)), labels, fontsize=7)
    axes.margins(x=0.15)
    axes.invert_yaxis()


def _style(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=9, color=INK, loc="left")
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT, labelsize=7)
    axes.set_axisbelow(True)
    axes.grid(visible=True, color=LINE, linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_color(LINE)
