"""What the real clips showed, as Markdown and as two pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mien.studio.theme import FAINT, INK, LEFT, MIDDLE, PANEL, TRUTH, paper, save
from mien.study.footage import (
    MOUTH_WIDTH_PX,
    ONSET_LEFT,
    REOPENED_LEFT,
    SMILE_LAST,
    SMILE_REST,
    Footage,
)
from mien.study.markdown import number, table

EYE_PICTURE: Final = "footage_blinks.png"
SMILE_PICTURE: Final = "footage_smile.png"


def footage_markdown(found: Mapping[str, Any]) -> str:
    """The section of the page."""
    blinks = table(
        ("blink", "begins: marked", "found", "off", "reopened: marked", "found", "off"),
        [_blink_cells(at, one) for at, one in enumerate(found["blinks"], 1)],
    )
    smile = table(
        ("value", "accepted", "begins at frame", "peak, crop pixels", "r with width of mouth"),
        [_smile_cells(name, one) for name, one in found["smile"]["sides"].items()],
    )
    sky = found["no_face"]
    return (
        "## Real clips\n\n"
        "**Three blinks** (near infrared, 77.86 frames a second; marks by eye, +-1 frame), in "
        "frames. The cues begin and end up to half a second beside the marks. An eye begins to "
        f"close at {ONSET_LEFT:g} of the lid's way, where a take begins (A9). The marks call it "
        "reopened when the lid is off the pupil; a ruler on those three frames says 0.13, 0.09 "
        f"and 0.13 of the way are left then, so {REOPENED_LEFT:g} is what is looked for.\n\n"
        f"{blinks}\n"
        "**A smile** (a telephone's film of a whole face, 30 frames a second). Its fall is cut "
        f"off, so frames 0 to {SMILE_LAST} are played there and back, and a smile is cued from "
        f"frame {SMILE_REST} on. The width of the mouth was measured by eye in "
        f"{found['smile']['marked_frames']} frames; it first grows in frame 17.\n\n"
        f"{smile}\n"
        "**A film without a face**: "
        f"{sky['tries']} takes cued where its letters come, go and stay. Labels that may be used: "
        f"**{sky['usable_rows']}** of {sky['rows']} rows.\n"
    )


def _blink_cells(at: int, one: Mapping[str, Any]) -> tuple[str, ...]:
    cells = [str(at)]
    for marked, got, off in zip(one["marked"], one["found"], one["off"], strict=True):
        cells += [
            str(marked),
            "-" if got is None else str(got),
            "-" if off is None else f"{off:+d}",
        ]
    return tuple(cells)


def _smile_cells(name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        one["refusal"] or "yes",
        str(one["starts_at_frame"]),
        number(one["peak_px"], digits=1),
        number(one["r_with_mouth_width"]),
    )


def footage_pictures(footage: Footage, out: Path) -> list[Path]:
    """Both curves with what was marked by hand; PNGs."""
    return [_eye_picture(footage, out / EYE_PICTURE), _smile_picture(footage, out / SMILE_PICTURE)]


def _eye_picture(footage: Footage, path: Path) -> Path:
    figure, axes = _panel("lid closure by the metric; shaded: from onset to reopened, by hand")
    for blink in footage.table["blinks"]:
        axes.axvspan(*blink["marked"], color=TRUTH, alpha=0.3, lw=0)
    for level in (ONSET_LEFT, REOPENED_LEFT):
        axes.axhline(level, color=FAINT, lw=0.7, ls="--")
    axes.plot(footage.eye, color=LEFT, lw=1.8)
    axes.set(xlim=(0, len(footage.eye) - 1), ylim=(-0.03, 1.05))
    return save(figure, path)


def _smile_picture(footage: Footage, path: Path) -> Path:
    figure, axes = _panel("lip corners by the metric (line), width of the mouth by hand (dots)")
    axes.plot(footage.smile, color=MIDDLE, lw=1.8)
    frames = np.array(list(MOUTH_WIDTH_PX))
    width = np.array(list(MOUTH_WIDTH_PX.values()))
    rest = width[frames <= SMILE_REST].mean()
    share = (width - rest) / (width.max() - rest)
    for at in (frames, 2 * SMILE_LAST - frames):
        axes.plot(at, share, "o", color=TRUTH, ms=4)
    axes.set(xlim=(0, len(footage.smile) - 1), ylim=(-0.15, 1.1))
    return save(figure, path)


def _panel(title: str) -> tuple[Figure, Axes]:
    figure = paper(9.0, 2.8)
    axes = figure.add_subplot(figure.add_gridspec(1, 1, left=0.06, right=0.985, bottom=0.19)[0])
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT)
    axes.set_xlabel("frame", color=FAINT)
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    return figure, axes
