"""Colours and paper of the pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

PAPER: Final = "#10141c"
PANEL: Final = "#151b26"
INK: Final = "#e6e9ef"
FAINT: Final = "#8a94a6"
LINE: Final = "#2a3242"
LEFT: Final = "#5cc8ff"
RIGHT: Final = "#ff9d5c"
MIDDLE: Final = "#b4e06a"
TRUTH: Final = "#c7cedb"
MOTION: Final = "#fff06a"
DPI: Final = 110


def side_colour(name: str) -> str:
    """The colour of a value or camera: the wearer's left, the wearer's right, or neither."""
    return LEFT if name.endswith("_left") else RIGHT if name.endswith("_right") else MIDDLE


def paper(width_in: float, height_in: float) -> Figure:
    """An empty figure that belongs to no window."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, facecolor=PAPER)
    return path


def bare(axes: Axes) -> None:
    """Take ticks off and dim the frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(PAPER)
    for spine in axes.spines.values():
        spine.set_color(LINE)
