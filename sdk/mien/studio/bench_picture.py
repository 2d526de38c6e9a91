"""Two results of the benchmark as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from mien.bench.compare import Comparison, Pair
from mien.studio.theme import FAINT, INK, LEFT, LINE, PANEL, RIGHT, paper, save

ROW_IN: Final = 0.34
"""Inches for each row."""


def comparison_picture(found: Comparison, path: Path, *, names: tuple[str, str]) -> Path:
    """Draw both p50 of every row as bars up to p99, on a logarithmic scale; return `path`.

    Args:
        found: The rows; what makes them doubtful stands above.
        path: The PNG to write; its folder is made.
        names: What the two results are called.
    """
    panels = [
        ("one call, microseconds", [pair for pair in found.pairs if pair.rate_hz is None]),
        (
            "from a frame's coming until its step is done, microseconds",
            [pair for pair in found.pairs if pair.rate_hz is not None],
        ),
    ]
    shown = [(title, pairs) for title, pairs in panels if pairs]
    rows = [len(pairs) + 1.6 for _, pairs in shown]
    notes = list(found.warnings)
    head_in = 0.75 + 0.24 * len(notes)
    figure = paper(13.0, head_in + ROW_IN * sum(rows) + 0.5)
    inch = 1 / figure.get_figheight()
    figure.text(0.03, 1 - 0.42 * inch, names[0], fontsize=14, color=LEFT, weight="bold")
    figure.text(
        0.97, 1 - 0.42 * inch, names[1], fontsize=14, color=RIGHT, weight="bold", ha="right"
    )
    for index, note in enumerate(notes):
        words = note if len(note) <= 150 else f"{note[:147]}..."
        figure.text(0.03, 1 - (0.72 + 0.24 * index) * inch, words, fontsize=9, color=FAINT)
    grid = figure.add_gridspec(
        len(shown), 1, left=0.3, right=0.9, top=1 - (head_in + 0.2) * inch, bottom=0.45 * inch,
        height_ratios=rows, hspace=0.16,
    )  # fmt: skip
    for index, (title, pairs) in enumerate(shown):
        _draw(figure.add_subplot(grid[index]), title, pairs)
    return save(figure, path)


def _draw(axes: Axes, title: str, pairs: Sequence[Pair]) -> None:
    at = np.arange(len(pairs))
    bars = (
        (-0.18, LEFT, [(pair.first_p50_us, pair.first_p99_us) for pair in pairs]),
        (0.18, RIGHT, [(pair.second_p50_us, pair.second_p99_us) for pair in pairs]),
    )
    for offset, colour, times_us in bars:
        p50, p99 = np.array(times_us).T
        axes.barh(at + offset, p99 - p50, left=p50, height=0.12, color=colour, alpha=0.35)
        axes.scatter(p50, at + offset, s=26, color=colour, zorder=3)
    axes.set_yticks(at, [pair.label for pair in pairs], fontsize=9, color=INK)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_title(f"{title}; dot p50, bar to p99", fontsize=10, color=FAINT, loc="left")
    for y, pair in zip(at, pairs, strict=True):
        axes.text(
            1.01, float(y), f"x {pair.ratio:.2f}", fontsize=9, color=INK, va="center",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT)
    axes.grid(visible=True, axis="x", color=LINE, linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_color(LINE)
