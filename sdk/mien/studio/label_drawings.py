"""Drawings of the label page, as SVG: regions on the face, curves of takes, curves of labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.studio.label_views import CameraView, CurveView, RegionView, Seconds, TakeView
from mien.studio.page import jpeg_url
from mien.types import Gray8, Mask

_Points: TypeAlias = NDArray[np.floating[Any]]
"""Shape (N,), in units of the drawing."""

WIDTH, HEIGHT = 1160, 76
TAKE_WIDTH, TAKE_HEIGHT = 300, 112
STRIP = 6
"""Height of the confidence strip under a curve."""
LEVELS = 8
"""Confidence is drawn in so many steps."""
GAP_S = 0.3
"""A longer stretch without rows breaks a line."""
ARROW = 5.0
"""Crop pixels per root mean square of a unit's way."""


def picture(gray: Gray8, over: str = "", *, title: str = "") -> str:
    """A crop with drawings over it."""
    side = gray.shape[0]
    return (
        f'<svg class="crop" viewBox="0 0 {side} {side}"><title>{escape(title)}</title>'
        f'<image width="{side}" height="{side}" href="{jpeg_url(gray)}"/>{over}</svg>'
    )


def neutral_symbol(camera: CameraView) -> str:
    """The camera's neutral crop, once; `neutral_picture` shows it again and again."""
    side = camera.neutral.shape[0]
    return (
        f'<svg width="0" height="0" style="position:absolute"><symbol id="rest-{camera.name}" '
        f'viewBox="0 0 {side} {side}"><image width="{side}" height="{side}" '
        f'href="{jpeg_url(camera.neutral)}"/></symbol></svg>'
    )


def neutral_picture(camera: CameraView, over: str, *, title: str = "") -> str:
    """The neutral crop with drawings over it."""
    side = camera.neutral.shape[0]
    return (
        f'<svg class="crop" viewBox="0 0 {side} {side}"><title>{escape(title)}</title>'
        f'<use href="#rest-{camera.name}"/>{over}</svg>'
    )


def cells(mask: Mask, side: int, kind: str) -> str:
    """Grid cells of a crop `side` pixels wide as one shape of class `kind`."""
    step = side / mask.shape[1]
    path = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
        for first, last in edges.reshape(-1, 2):
            wide = (last - first) * step
            path.append(f"M{first * step:g} {row * step:g}h{wide:g}v{step:g}h{-wide:g}z")
    return f'<path class="{kind}" d="{"".join(path)}"/>'


def arrows(region: RegionView, side: int) -> str:
    """Which way the skin goes, at every other cell of the region."""
    step = side / region.cells.shape[1]
    lines = []
    for row, column in np.argwhere(region.cells):
        if row % 2 or column % 2:
            continue
        x, y = (column + 0.5) * step, (row + 0.5) * step
        dx, dy = region.way[row, column] * ARROW
        lines.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r=".9"/>'
            f'<path d="M{x:.1f} {y:.1f}l{dx:.1f} {dy:.1f}"/>'
        )
    return f'<g class="arrow">{"".join(lines)}</g>'


def take_curve(take: TakeView, *, largest: float) -> str:
    """The curve of one take: when it was asked for, when it moved, how large it might have been.

    Args:
        take: Any.
        largest: Peak of the session's largest accepted take of it; 0 if there is none.
    """
    low, high = min(float(take.curve.min()), 0.0), max(float(take.curve.max()), largest, 1e-9)
    first, last = float(take.t_s[0]), float(take.t_s[-1])

    def x(at_s: float) -> float:
        return (at_s - first) / max(last - first, 1e-9) * TAKE_WIDTH

    def y(value: float) -> float:
        return TAKE_HEIGHT - 6 - (value - low) / (high - low) * (TAKE_HEIGHT - 18)

    points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(take.t_s, take.curve, strict=True))
    cue = f'<rect class="asked" x="{x(take.cue_s[0]):.1f}" y="0" height="{TAKE_HEIGHT}" '
    cue += f'width="{x(take.cue_s[1]) - x(take.cue_s[0]):.1f}"/>'
    marks = "".join(
        f'<line class="mark" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="0" y2="{TAKE_HEIGHT}"/>'
        for at in (take.start_s, take.peak_s, take.end_s)
    )
    top = (
        f'<line class="largest" x1="0" x2="{TAKE_WIDTH}" y1="{y(largest):.1f}" '
        f'y2="{y(largest):.1f}"/><text x="4" y="{y(largest) - 3:.1f}">largest accepted: '
        f"{largest:.2f} {escape(take.unit)}</text>"
        if largest
        else '<text x="4" y="11">no take of it was accepted</text>'
    )
    zero = f'<line class="axis" x1="0" x2="{TAKE_WIDTH}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>'
    return (
        f'<svg class="take" viewBox="0 0 {TAKE_WIDTH} {TAKE_HEIGHT}">{cue}{zero}{marks}{top}'
        f'<polyline class="{side_of(take.name)}" points="{points}"/></svg>'
    )


def label_curve(curve: CurveView, takes: Sequence[TakeView], *, seconds: float) -> str:
    """All labels of a value over the session, with its takes and its confidence."""
    is_gaze = curve.name in schema.GAZE_NAMES
    low, high = (-schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD) if is_gaze else (0.0, 1.0)
    floor = HEIGHT - STRIP - 3
    x = curve.t_s / max(seconds, 1e-9) * WIDTH
    y = floor - (np.clip(curve.value, low, high) - low) / (high - low) * (floor - 6)
    lines = "".join(
        _line(x[run], y[run], _kind(curve, run)) for run in runs(curve.t_s, _state(curve))
    )
    strips = "".join(
        _strip(x[run], level, is_used=bool(curve.mask[run.start])) for run, level in _levels(curve)
    )
    spans = "".join(_span(take, seconds) for take in takes)
    return (
        f'<svg class="label" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{spans}{_seconds_grid(seconds)}{lines}{strips}</svg>"
    )


def runs(t_s: Seconds, state: NDArray[np.int64]) -> Iterator[slice]:
    """Stretches of rows without a gap that have one state."""
    if not len(t_s):
        return
    breaks = np.flatnonzero((np.diff(t_s) > GAP_S) | (np.diff(state) != 0)) + 1
    edges = [0, *breaks.tolist(), len(t_s)]
    for first, last in pairwise(edges):
        yield slice(first, last)


def side_of(name: str) -> str:
    """Class of a value: the wearer's left, right, or neither."""
    return next((side for side in schema.SIDES if name.endswith(f"_{side}")), "middle")


def _state(curve: CurveView) -> NDArray[np.int64]:
    state: NDArray[np.int64] = (
        curve.mask.astype(np.int64) + 2 * curve.is_cue + 4 * curve.is_spontaneous
    )
    return state


def _kind(curve: CurveView, run: slice) -> str:
    at = run.start
    if not curve.mask[at]:
        return "masked"
    if curve.is_cue[at]:
        return "known"
    extra = " free" if curve.is_spontaneous[at] else ""
    return side_of(curve.name) + extra


def _line(x: _Points, y: _Points, kind: str) -> str:
    if kind == "known" and np.ptp(y) < 0.1:
        x, y = x[[0, -1]], y[[0, -1]]
    keep = np.unique(np.round(x * 2), return_index=True)[1]  # two points a pixel
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[keep], y[keep], strict=True))
    return f'<polyline class="{kind}" points="{points}"/>'


def _levels(curve: CurveView) -> Iterator[tuple[slice, int]]:
    """Stretches of measured or masked rows of about one confidence, which counts to `LEVELS`."""
    level = np.ceil(curve.confidence * LEVELS).astype(np.int64)
    state = 4 * level + 2 * curve.mask + curve.is_cue
    for run in runs(curve.t_s, state):
        if not curve.is_cue[run.start] or not curve.mask[run.start]:
            yield run, int(level[run.start])


def _strip(x: _Points, level: int, *, is_used: bool) -> str:
    wide = max(float(x[-1] - x[0]), 1.0)
    kind = "trust" if is_used else "mistrust"
    opacity = max(level / LEVELS, 0.1) if is_used else 1.0
    return (
        f'<rect class="{kind}" x="{x[0]:.1f}" y="{HEIGHT - STRIP}" width="{wide:.1f}" '
        f'height="{STRIP}" fill-opacity="{opacity:.2f}"/>'
    )


def _span(take: TakeView, seconds: float) -> str:
    scale = WIDTH / max(seconds, 1e-9)
    first, last = take.start_s * scale, take.end_s * scale
    if take.refusal:
        first, last = (at * scale for at in take.cue_s)
    kind = "refused" if take.refusal else "asked"
    title = f"take {take.number}, {take.camera}: {take.refusal or 'used'}"
    peak = take.peak_s * scale
    marks = "" if take.refusal else f'<path class="peak" d="M{peak - 3:.1f} 0h6l-3 6z"/>'
    return (
        f'<g><title>{escape(title)}</title><rect class="{kind}" x="{first:.1f}" y="0" '
        f'width="{max(last - first, 1.0):.1f}" height="{HEIGHT - STRIP - 3}"/>{marks}</g>'
    )


def seconds_axis(seconds: float) -> str:
    """The seconds, to stand above curves."""
    scale = WIDTH / max(seconds, 1e-9)
    shown = "".join(f'<text x="{at * scale:.1f}" y="10">{at} s</text>' for at in _ticks(seconds))
    return f'<svg viewBox="0 0 {WIDTH} 13">{shown}</svg>'


def _seconds_grid(seconds: float) -> str:
    scale = WIDTH / max(seconds, 1e-9)
    return "".join(
        f'<line class="second" x1="{at * scale:.1f}" x2="{at * scale:.1f}" y1="0" y2="{HEIGHT}"/>'
        for at in _ticks(seconds)
    )


def _ticks(seconds: float) -> range:
    every = next((step for step in (5, 10, 30, 60, 120, 300) if seconds / step <= 16), 600)
    return range(0, int(seconds), every)
