"""One moment as the cameras, the flow and the units show it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.runtime.regions import Box, reference_band, region_mask, regions_of
from mien.studio.projection import sensor_points
from mien.studio.snapshot import Snapshot, View
from mien.studio.theme import (
    FAINT,
    INK,
    LEFT,
    LINE,
    MIDDLE,
    MOTION,
    PAPER,
    RIGHT,
    bare,
    paper,
    save,
)
from mien.vision.motion import RegionMotion

COLUMNS: Final = (
    ("eye_right", "wearer's right eye", RIGHT),
    ("mouth", "mouth", MIDDLE),
    ("eye_left", "wearer's left eye", LEFT),
)
"""As one who faces the wearer sees them."""
WIDTH_IN, HEIGHT_IN, MARGIN_IN, GAP_IN, SQUARE_IN, BARS_IN = 15.0, 13.55, 0.45, 0.3, 4.5, 2.9

QUIET_PX, FULL_PX = 0.1, 2.0
"""Flow without colour, and in full colour, crop pixels per frame."""
ARROW_EVERY_PX: Final = 8
ARROW_GAIN: Final = 14.0
"""Region arrows are drawn so much longer than the motion of one frame."""
BAR_COUNT: Final = 10
BAR_START, BAR_WIDTH = 0.41, 0.41


def views_picture(snapshot: Snapshot, path: Path) -> Path:
    """Draw the cameras at one moment: sensor image with crop and regions, flow, units.

    Returns:
        `path`, a PNG.
    """
    figure = paper(WIDTH_IN, HEIGHT_IN)
    t_s = snapshot.state.t_ns * 1e-9
    _write(figure, 0.5, "what mien sees, and what it says", size=21, colour=INK)
    _write(
        figure, 0.82, size=11, colour=FAINT,
        text=f"{t_s:.2f} s    above: camera image, the crop that the network reads, regions    "
        "middle: optical flow to this frame; yellow: a region's own motion, slip removed",
    )  # fmt: skip
    for column, (name, title, colour) in enumerate(COLUMNS):
        sensor, flow, bars = (_panel(figure, column, row) for row in range(3))
        sensor.set_title(title, color=colour, fontsize=14, weight="bold", loc="left", pad=7)
        view = snapshot.views.get(name)
        if view is None:
            for axes in (sensor, flow, bars):
                bare(axes)
            sensor.text(0.5, 0.5, "no camera", color=FAINT, ha="center", fontsize=13)
            continue
        _draw_sensor(sensor, name, view, colour=colour)
        _draw_flow(flow, name, view)
        _draw_bars(bars, name, snapshot, colour=colour)
    return save(figure, path)


def _write(figure: Figure, down_in: float, text: str, *, size: float, colour: str) -> None:
    weight = "bold" if size > 15 else "normal"
    x, y = MARGIN_IN / WIDTH_IN, 1 - down_in / HEIGHT_IN
    figure.text(x, y, text, fontsize=size, color=colour, weight=weight, va="center")


def _panel(figure: Figure, column: int, row: int) -> Axes:
    x_in = MARGIN_IN + column * (SQUARE_IN + GAP_IN)
    height_in = BARS_IN if row == 2 else SQUARE_IN
    down_in = 1.4 + row * (SQUARE_IN + 0.12) + height_in
    return figure.add_axes((
        x_in / WIDTH_IN, 1 - down_in / HEIGHT_IN, SQUARE_IN / WIDTH_IN, height_in / HEIGHT_IN,
    ))  # fmt: skip


def _outline(box: Box, *, points: int = 12) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    share = np.linspace(0, 1, points)
    sides = (
        (x0 + (x1 - x0) * share, np.full(points, y0)),
        (np.full(points, x1), y0 + (y1 - y0) * share),
        (x1 + (x0 - x1) * share, np.full(points, y1)),
        (np.full(points, x0), y1 + (y0 - y1) * share),
    )
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def _draw_sensor(axes: Axes, name: str, view: View, *, colour: str) -> None:
    bare(axes)
    gray = view.frame.gray
    low, high = np.percentile(gray, (1, 99.7))
    axes.imshow(gray, cmap="gray", vmin=low, vmax=max(high, low + 1), interpolation="bilinear")
    crop = sensor_points(view.camera, _outline((0, 0, 1, 1)))
    axes.add_patch(Polygon(crop, fill=False, ec=colour, lw=2.0))
    for label, box in regions_of(name).items():
        outline = sensor_points(view.camera, _outline(box))
        axes.add_patch(Polygon(outline, fc=colour, alpha=0.12, ec="none"))
        axes.add_patch(Polygon(outline, fill=False, ec=colour, lw=1.0))
        x, y = outline.min(axis=0)
        text = axes.text(x + 2, y + 2, label, color=INK, fontsize=8.5, va="top")
        text.set_path_effects([withStroke(linewidth=2.2, foreground=PAPER)])
    axes.set_xlim(-0.5, gray.shape[1] - 0.5)
    axes.set_ylim(gray.shape[0] - 0.5, -0.5)


def flow_colours(
    flow_px: NDArray[np.float32], confidence: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Flow as colour: hue is direction, strength is speed and trust; shape (H, W, 4), 0..1."""
    angle = (np.arctan2(flow_px[..., 1], flow_px[..., 0]) / (2 * np.pi)) % 1.0
    speed_px = np.hypot(flow_px[..., 0], flow_px[..., 1])
    strength = np.clip((speed_px - QUIET_PX) / (FULL_PX - QUIET_PX), 0, 1)
    rgb = hsv_to_rgb(np.stack([angle, np.full_like(angle, 0.9), np.ones_like(angle)], axis=-1))
    alpha = 0.8 * strength**0.7 * np.clip(confidence, 0, 1)
    return np.concatenate([rgb, alpha[..., None]], axis=-1)


def _draw_flow(axes: Axes, name: str, view: View) -> None:
    bare(axes)
    low, high = np.percentile(view.crop, (1, 99.7))
    axes.imshow(view.crop, cmap="gray", vmin=low, vmax=max(1.25 * high, low + 1.0))
    axes.imshow(flow_colours(view.flow_px, view.confidence), interpolation="bilinear")
    at = np.arange(ARROW_EVERY_PX // 2, CROP_SIZE, ARROW_EVERY_PX)
    x, y = np.meshgrid(at, at)
    arrows_px = view.flow_px[y, x] * np.clip(view.confidence[y, x], 0, 1)[..., None]
    is_moving = np.hypot(arrows_px[..., 0], arrows_px[..., 1]) > 2 * QUIET_PX
    if is_moving.any():
        axes.quiver(
            x[is_moving], y[is_moving], arrows_px[is_moving, 0], arrows_px[is_moving, 1],
            angles="xy", scale_units="xy", scale=0.25, color="white", alpha=0.7, width=0.0032,
        )  # fmt: skip
    _draw_region_motion(axes, name, view)
    if view.camera.is_mirrored:
        note = axes.text(2, CROP_SIZE - 3, "mirrored, as the network reads it", color=INK)
        note.set(fontsize=8.5, path_effects=[withStroke(linewidth=2.2, foreground=PAPER)])
    axes.set_xlim(-0.5, CROP_SIZE - 0.5)
    axes.set_ylim(CROP_SIZE - 0.5, -0.5)


def _draw_region_motion(axes: Axes, name: str, view: View) -> None:
    boxes = list(regions_of(name).values())
    masks = [region_mask(box) for box in boxes]
    motion = RegionMotion(masks, reference_band()).run(view.flow_px, view.confidence)
    for box, (dx, dy) in zip(boxes, np.asarray(motion.mean_px).tolist(), strict=True):
        x0, y0, x1, y1 = (share * CROP_SIZE for share in box)
        axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, ec=INK, lw=0.8, alpha=0.6))
        if np.hypot(dx, dy) > QUIET_PX:
            middle = ((x0 + x1) / 2, (y0 + y1) / 2)
            tip = (middle[0] + ARROW_GAIN * dx, middle[1] + ARROW_GAIN * dy)
            shape = {
                "arrowstyle": "-|>,head_width=0.35,head_length=0.6",
                "color": MOTION,
                "lw": 2.6,
            }
            axes.annotate("", tip, middle, arrowprops=shape, annotation_clip=False)


def _seen_by(name: str) -> list[str]:
    if name == schema.MOUTH_CAMERA:
        units = [unit for unit in schema.UNITS if "eye" not in unit.cameras]
        return [value for unit in units for value in schema.value_names(unit)]
    side = name.removeprefix("eye_")
    return [f"{unit}_{side}" for unit in schema.EYE_OUTPUTS]


def _draw_bars(axes: Axes, name: str, snapshot: Snapshot, *, colour: str) -> None:
    state = snapshot.state
    valid = [value for value in _seen_by(name) if state.valid[schema.VALUE_INDEX[value]]]
    strongest = sorted(valid, key=lambda value: -abs(state.units[value]))[:BAR_COUNT]
    chosen = [value for value in valid if value in strongest]
    for row, value in enumerate(chosen):
        amount, is_gaze = state.units[value], value in schema.GAZE_NAMES
        start = BAR_START + (BAR_WIDTH / 2 if is_gaze else 0.0)
        share = amount / schema.GAZE_MAX_RAD / 2 if is_gaze else amount
        axes.barh(row, BAR_WIDTH, left=BAR_START, height=0.6, color=LINE, zorder=1)
        axes.barh(row, share * BAR_WIDTH, left=start, height=0.6, color=colour, zorder=2)
        label = value.removesuffix(f"_{name.removeprefix('eye_')}").replace("_", " ")
        number = f"{amount:+.2f} rad" if is_gaze else f"{amount:.2f}"
        axes.text(BAR_START - 0.02, row, label, va="center", ha="right", fontsize=10, color=INK)
        axes.text(1.0, row, number, va="center", ha="right", fontsize=10, color=FAINT)
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(max(len(chosen), 1) - 0.45, -0.75)
