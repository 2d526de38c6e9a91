"""Pictures of what the tracker saw and said."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from mien import metrics, schema
from mien.config import CROP_SIZE
from mien.runtime.regions import Box, reference_band, region_mask, regions_of
from mien.studio.evaluate import Curves
from mien.studio.projection import sensor_points
from mien.studio.snapshot import Snapshot, View
from mien.vision.motion import RegionMotion

PAPER: Final = "#10141c"
INK: Final = "#e6e9ef"
FAINT: Final = "#7d8798"
LINE: Final = "#2a3242"
LEFT: Final = "#5cc8ff"
RIGHT: Final = "#ff9d5c"
MIDDLE: Final = "#b4e06a"
TRUTH: Final = "#c7cedb"
DPI: Final = 110

COLUMNS: Final = (
    ("eye_right", "wearer's right eye", RIGHT),
    ("mouth", "mouth", MIDDLE),
    ("eye_left", "wearer's left eye", LEFT),
)
"""As one who faces the wearer sees them."""
FULL_FLOW_PX: Final = 3.0
"""Flow that is drawn in full colour, crop pixels per frame."""
ARROW_EVERY_PX: Final = 9
BAR_COUNT: Final = 10
BAR_START, BAR_WIDTH = 0.4, 0.44
ARROW_GAIN: Final = 14.0
"""Region arrows are drawn so much longer than the motion of one frame."""


def views_picture(snapshot: Snapshot, path: Path) -> Path:
    """Draw the cameras at one moment: sensor image with crop and regions, flow, units.

    Returns:
        `path`, a PNG.
    """
    figure = _figure(15.0, 12.6)
    grid = figure.add_gridspec(
        3,
        3,
        height_ratios=(1.0, 1.0, 0.62),
        left=0.045,
        right=0.985,
        top=0.9,
        bottom=0.045,
        hspace=0.16,
        wspace=0.12,
    )
    t_s = snapshot.state.t_ns * 1e-9
    figure.text(
        0.045, 0.955, "what mien sees, and what it says", fontsize=20, color=INK, weight="bold"
    )
    figure.text(
        0.045,
        0.93,
        f"t = {t_s:.3f} s   top: camera image, the crop the network reads, regions"
        "   middle: optical flow to this frame, motion of each region without slip"
        "   bottom: units",
        fontsize=10.5,
        color=FAINT,
    )
    for column, (name, title, colour) in enumerate(COLUMNS):
        axes = [figure.add_subplot(grid[row, column]) for row in range(3)]
        view = snapshot.views.get(name)
        if view is None:
            for one in axes:
                one.axis("off")
            axes[0].set_title(f"{title}: no camera", color=FAINT, fontsize=13)
            continue
        _draw_sensor(axes[0], name, view, colour=colour)
        axes[0].set_title(title, color=colour, fontsize=14, weight="bold", loc="left")
        _draw_flow(axes[1], name, view)
        _draw_bars(axes[2], name, snapshot, colour=colour)
    return _save(figure, path)


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
    rows = (len(chosen) + 1) // 2 if len(chosen) > 1 else 1
    columns = 2 if len(chosen) > 1 else 1
    figure = _figure(15.0, 1.5 + 1.45 * rows)
    inch = 1 / figure.get_figheight()
    grid = figure.add_gridspec(
        rows,
        columns,
        left=0.045,
        right=0.985,
        top=1 - 0.95 * inch,
        bottom=0.45 * inch,
        hspace=0.42,
        wspace=0.09,
    )
    figure.text(
        0.045, 1 - 0.42 * inch, f"session {curves.name}", fontsize=18, color=INK, weight="bold"
    )
    figure.text(
        0.985,
        1 - 0.42 * inch,
        "gray: exact truth    colour: tracked" if curves.truth is not None else "tracked",
        fontsize=11,
        color=FAINT,
        ha="right",
    )
    for index, name in enumerate(chosen):
        axes = figure.add_subplot(grid[index % rows, index // rows])
        _draw_curve(axes, name, curves)
        axes.tick_params(labelbottom=index % rows == rows - 1)
    return _save(figure, path)


def moving_names(curves: Curves, *, count: int) -> tuple[str, ...]:
    """The values that move most, in schema order; gaze counts by its share of its range."""
    rows = curves.got if curves.truth is None else curves.truth
    spread = np.nan_to_num(np.nanstd(np.nan_to_num(rows), axis=0))
    has_got = np.isfinite(curves.got).any(axis=0)
    best = sorted(np.argsort(-(spread * has_got), kind="stable")[:count].tolist())
    return tuple(schema.VALUE_NAMES[index] for index in best)


def _figure(width_in: float, height_in: float) -> Figure:
    mpl.rcParams["font.family"] = "DejaVu Sans"
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, facecolor=PAPER)
    return path


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(PAPER)
    for spine in axes.spines.values():
        spine.set_color(LINE)


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
    _bare(axes)
    gray = view.frame.gray
    low, high = np.percentile(gray, (1, 99.5))
    axes.imshow(gray, cmap="gray", vmin=low, vmax=max(high, low + 1), interpolation="bilinear")
    crop = sensor_points(view.camera, _outline((0, 0, 1, 1)))
    axes.add_patch(Polygon(crop, fill=False, ec=colour, lw=1.8, clip_on=True))
    for label, box in regions_of(name).items():
        outline = sensor_points(view.camera, _outline(box))
        axes.add_patch(Polygon(outline, fc=colour, alpha=0.10, ec="none"))
        axes.add_patch(Polygon(outline, fill=False, ec=colour, lw=0.9, alpha=0.9))
        x, y = outline[:, 0].min(), outline[:, 1].min()
        axes.text(x + 3, y + 3, label, color=INK, fontsize=7.5, va="top", alpha=0.9)
    axes.set_xlim(-0.5, gray.shape[1] - 0.5)
    axes.set_ylim(gray.shape[0] - 0.5, -0.5)


def flow_colours(
    flow_px: NDArray[np.float32], confidence: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Flow as colour: hue is direction, strength is speed and trust; shape (H, W, 4), 0..1."""
    angle = (np.arctan2(flow_px[..., 1], flow_px[..., 0]) / (2 * np.pi)) % 1.0
    speed = np.clip(np.hypot(flow_px[..., 0], flow_px[..., 1]) / FULL_FLOW_PX, 0, 1)
    rgb = hsv_to_rgb(np.stack([angle, np.full_like(angle, 0.85), np.ones_like(angle)], axis=-1))
    alpha = 0.75 * np.sqrt(speed) * np.clip(confidence, 0, 1)
    return np.concatenate([rgb, alpha[..., None]], axis=-1)


def _draw_flow(axes: Axes, name: str, view: View) -> None:
    _bare(axes)
    crop = view.crop.astype(np.float32)
    axes.imshow(crop * 0.75, cmap="gray", vmin=0, vmax=max(float(crop.max()), 1.0))
    axes.imshow(flow_colours(view.flow_px, view.confidence), interpolation="bilinear")
    at = np.arange(ARROW_EVERY_PX // 2, CROP_SIZE, ARROW_EVERY_PX)
    x, y = np.meshgrid(at, at)
    sampled = view.flow_px[y, x] * np.clip(view.confidence[y, x], 0, 1)[..., None]
    is_moving = np.hypot(sampled[..., 0], sampled[..., 1]) > 0.15
    axes.quiver(
        x[is_moving],
        y[is_moving],
        sampled[is_moving, 0],
        sampled[is_moving, 1],
        angles="xy",
        scale_units="xy",
        scale=0.35,
        color="white",
        alpha=0.55,
        width=0.0028,
        headwidth=4,
    )
    _draw_region_motion(axes, name, view)
    if view.camera.is_mirrored:
        axes.text(
            2,
            CROP_SIZE - 3,
            "mirrored: both eyes look alike to the network",
            color=FAINT,
            fontsize=8,
            va="bottom",
        )
    axes.set_xlim(-0.5, CROP_SIZE - 0.5)
    axes.set_ylim(CROP_SIZE - 0.5, -0.5)


def _draw_region_motion(axes: Axes, name: str, view: View) -> None:
    boxes = list(regions_of(name).values())
    masks = [region_mask(box) for box in boxes]
    motion = RegionMotion(masks, reference_band()).run(view.flow_px, view.confidence)
    for box, (dx, dy) in zip(boxes, np.asarray(motion.mean_px), strict=True):
        x0, y0, x1, y1 = (share * CROP_SIZE for share in box)
        axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, ec=INK, lw=0.7, alpha=0.5))
        if np.hypot(dx, dy) > 0.05:
            axes.annotate(
                "",
                ((x0 + x1) / 2 + ARROW_GAIN * dx, (y0 + y1) / 2 + ARROW_GAIN * dy),
                ((x0 + x1) / 2, (y0 + y1) / 2),
                arrowprops={"arrowstyle": "-|>", "color": "#fff06a", "lw": 2.2},
            )


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
        axes.text(0.99, row, number, va="center", ha="right", fontsize=10, color=FAINT)
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(max(len(chosen), 1) - 0.45, -0.55)


def _draw_curve(axes: Axes, name: str, curves: Curves) -> None:
    index, is_gaze = schema.VALUE_INDEX[name], name in schema.GAZE_NAMES
    t_s = (curves.t_ns - curves.t_ns[0]) * 1e-9
    colour = LEFT if name.endswith("_left") else RIGHT if name.endswith("_right") else MIDDLE
    axes.set_facecolor("#151b26")
    note = ""
    if curves.truth is not None:
        truth = curves.truth[:, index]
        axes.fill_between(t_s, truth, 0, color=TRUTH, alpha=0.16, lw=0)
        axes.plot(t_s, truth, color=TRUTH, lw=1.0, alpha=0.8)
        one = metrics.score_value(truth, curves.got[:, index])
        note = "" if one.r is None or one.mae is None else f"r {one.r:.2f}   MAE {one.mae:.3f}"
    axes.plot(t_s, curves.got[:, index], color=colour, lw=1.7)
    low, high = (-schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD) if is_gaze else (-0.03, 1.05)
    axes.set_ylim(low, high)
    axes.set_xlim(t_s[0], max(t_s[-1], t_s[0] + 1e-3))
    unit = " (rad)" if is_gaze else ""
    axes.set_title(name.replace("_", " ") + unit, loc="left", fontsize=10, color=INK, pad=3)
    axes.set_title(note, loc="right", fontsize=9, color=FAINT, pad=3)
    axes.tick_params(colors=FAINT, labelsize=8, length=2)
    axes.grid(color=LINE, lw=0.6)
    for spine in axes.spines.values():
        spine.set_color(LINE)
