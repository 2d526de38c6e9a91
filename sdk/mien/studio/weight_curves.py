"""What each task of a run counted, step by step, as figures of a page (B8).

It reads the plain lines that a run leaves (`task_weights.jsonl`), so it needs no torch.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

WIDTH: Final = 560
HEIGHT: Final = 150
LOWEST: Final = 0.01
"""Weights below it are drawn at it; the floor of a run is usually this."""
_MOST_POINTS = 400
COLOURS: Final = (
    *("#5cc8ff", "#ff9d5c", "#b4e06a", "#e678d2", "#fff06a", "#8f9bff", "#ff6b6b", "#5fe0c1"),
)
"""One for each task in turn, seen on dark and on light paper."""

Entry = Mapping[str, Any]


def read_weight_entries(path: Path) -> list[Entry]:
    """The lines of `task_weights.jsonl`; none if there is no such file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def weight_figures(entries: Sequence[Entry], steps: Mapping[str, int]) -> str:
    """A figure for each kind of camera: the weights of its tasks by step, logarithmic.

    Args:
        entries: From `read_weight_entries`.
        steps: Training steps by kind, where the curves end.
    """
    figures = []
    for kind, count in steps.items():
        own = [entry for entry in entries if entry["kind"] == kind]
        if own:
            figures.append(_figure(kind, own, max(count, own[-1]["step"] + 1)))
    return "".join(figures)


def _figure(kind: str, entries: Sequence[Entry], steps: int) -> str:
    tasks = list(entries[0]["weights"])
    lines, names = [], []
    for task, colour in zip(tasks, COLOURS, strict=False):
        points = step_points(entries, task, steps)
        lines.append(f'<polyline style="stroke:{colour}" points="{_path(points, len(tasks))}"/>')
        last = entries[-1]["weights"][task]
        names.append(f'<b style="color:{colour}">{escape(task)} {last:.2f}</b>')
    even = HEIGHT * (1 - _height(1.0, len(tasks)))
    return (
        f"<figure><figcaption><b>{escape(kind)}</b><span>{LOWEST} .. {len(tasks)}, "
        f"{steps} steps</span></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<line x1="0" x2="{WIDTH}" y1="{even:.1f}" y2="{even:.1f}"/>{"".join(lines)}</svg>'
        f"<figcaption>{' '.join(names)}</figcaption></figure>"
    )


def step_points(entries: Sequence[Entry], task: str, steps: int) -> list[tuple[float, float]]:
    """Share of the training (0..1) and weight of a task, a weight staying until the next."""
    every = max(1, len(entries) // _MOST_POINTS)
    shown = [entries[0], *entries[1:-1][::every], *entries[1:][-1:]]
    points: list[tuple[float, float]] = []
    for entry in shown:
        at, weight = entry["step"] / steps, entry["weights"][task]
        if points and len(entries) <= _MOST_POINTS:
            points.append((at, points[-1][1]))
        points.append((at, weight))
    return [*points, (1.0, points[-1][1])]


def _path(points: Sequence[tuple[float, float]], most: int) -> str:
    return " ".join(
        f"{WIDTH * at:.1f},{HEIGHT * (1 - _height(weight, most)):.1f}" for at, weight in points
    )


def _height(weight: float, most: int) -> float:
    """0 for the lowest weight, 1 for the most that one task can have."""
    bounded = min(max(weight, LOWEST), most)
    return math.log(bounded / LOWEST) / math.log(max(most, 2) / LOWEST)
