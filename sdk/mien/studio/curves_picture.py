"""Tracked values over time, beside the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from mien import metrics, schema
from mien.studio.evaluate import Curves
from mien.studio.theme import FAINT, INK, LINE, PANEL, TRUTH, paper, save, side_colour


def curves_picture(
    curves: Curves, path: Path, *, names: tuple[str, ...] | None = None, count: int = 14
) -> Path:
    """Draw what was tracked over time, beside the truth where there is one.

    Args:
        curves: One session.
        path: The PNG to write.
        names: Values to draw; None: those that move most.
        count: How many of those.

    Returns:
        `path`.
    """
    chosen = names or moving_names(curves, count=count)
    columns = 2 if len(chosen) > 1 else 1
    rows = max(-(-len(chosen) // columns), 1)
    figure = paper(15.0, 1.5 + (1.45 if columns == 2 else 2.6) * rows)
    inch = 1 / figure.get_figheight()
    grid = figure.add_gridspec(
        rows, columns, left=0.045, right=0.985, top=1 - 0.95 * inch, bottom=0.45 * inch,
        hspace=0.42, wspace=0.09,
    )  # fmt: skip
    top = 1 - 0.42 * inch
    figure.text(0.045, top, curves.name, fontsize=18, color=INK, weight="bold")
    legend = "gray: exact truth    colour: tracked" if curves.truth is not None else "tracked"
    figure.text(0.985, top, legend, fontsize=11, color=FAINT, ha="right")
    for index, name in enumerate(chosen):
        axes = figure.add_subplot(grid[index % rows, index // rows])
        _draw_curve(axes, name, curves)
        axes.tick_params(labelbottom=index % rows == rows - 1)
    return save(figure, path)


def moving_names(curves: Curves, *, count: int) -> tuple[str, ...]:
    """The values that move most, in schema order."""
    rows = curves.got if curves.truth is None else curves.truth
    spread = np.nan_to_num(rows).std(axis=0) * np.isfinite(curves.got).any(axis=0)
    best = sorted(np.argsort(-spread, kind="stable")[:count].tolist())
    return tuple(schema.VALUE_NAMES[index] for index in best)


def _draw_curve(axes: Axes, name: str, curves: Curves) -> None:
    index, is_gaze = schema.VALUE_INDEX[name], name in schema.GAZE_NAMES
    t_s = (curves.t_ns - curves.t_ns[0]) * 1e-9
    note = ""
    if curves.truth is not None:
        truth = curves.truth[:, index]
        axes.fill_between(t_s, truth, 0, color=TRUTH, alpha=0.16, lw=0)
        axes.plot(t_s, truth, color=TRUTH, lw=1.0, alpha=0.8)
        one = metrics.score_value(truth, curves.got[:, index])
        note = "" if one.r is None or one.mae is None else f"r {one.r:.2f}   MAE {one.mae:.3f}"
    axes.plot(t_s, curves.got[:, index], color=side_colour(name), lw=1.7)
    axes.set_ylim(*((-schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD) if is_gaze else (-0.03, 1.05)))
    axes.set_xlim(t_s[0], max(t_s[-1], t_s[0] + 1e-3))
    unit = " (rad)" if is_gaze else ""
    axes.set_title(name.replace("_", " ") + unit, loc="left", fontsize=10, color=INK, pad=3)
    axes.set_title(note, loc="right", fontsize=9, color=FAINT, pad=3)
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT, labelsize=8, length=2)
    axes.grid(color=LINE, lw=0.6)
    for spine in axes.spines.values():
        spine.set_color(LINE)
