"""The tracker on real footage: an eye that blinks, and one picture of a mouth, as one picture.

    .venv/bin/python tools/bench/real_clips.py --eye CLIP --mouth PICTURE --picture real.png

Curves of the eye clip come with its frames only where `--frames` is given: the clip's licence is
not this project's. A lone picture of a mouth is its own neutral, so its values should be near 0.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import mien
from mien.runtime.camera import CameraPath
from mien.runtime.regions import regions_of
from mien.studio.theme import FAINT, INK, LEFT, LINE, MIDDLE, PANEL, TRUTH, bare, paper, save
from mien.types import FaceState, Gray8

SHOWN = 8
"""Frames of the eye clip."""
CURVES = (("lid_closure_left", LEFT), ("gaze_yaw_left", MIDDLE), ("gaze_pitch_left", TRUTH))
STRONGEST = 6
"""Values of the mouth that are named."""


def track(place: Path, camera: str, model: Path | None) -> tuple[list[FaceState], list[Gray8]]:
    """A state and a crop for each frame."""
    states, crops = [], []
    with mien.Tracker.load(model) as tracker, mien.open_source(place, camera=camera) as source:
        for state in tracker.track(source):
            path: CameraPath = tracker.paths[camera]
            states.append(state)
            crops.append(path.crop.copy())
        print(f"{camera}: {len(states)} states; {tracker.health.cameras[camera]}")
    return states, crops


def track_picture(
    picture: Path, camera: str, model: Path | None
) -> tuple[list[FaceState], list[Gray8]]:
    """The same of one picture, as a folder of one frame."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(picture, folder)
        return track(Path(folder), camera, model)


def draw_frames(figure: Figure, crops: list[Gray8], at: NDArray[np.intp]) -> None:
    """The frames above their places on the curves."""
    grid = figure.add_gridspec(1, len(at), left=0.04, right=0.7, top=0.9, bottom=0.56, wspace=0.05)
    for place, frame in enumerate(at):
        axes = figure.add_subplot(grid[place])
        axes.imshow(crops[frame], cmap="gray", vmin=0, vmax=255)
        axes.set_title(str(frame), color=FAINT, fontsize=9)
        bare(axes)


def draw_curves(axes: Axes, states: list[FaceState]) -> None:
    """Lid and gaze over the frames."""
    for name, colour in CURVES:
        axes.plot([one.units[name] for one in states], color=colour, lw=1.6, label=name)
    axes.set(xlim=(0, len(states) - 1), ylim=(-0.65, 1.05))
    axes.set_facecolor(PANEL)
    axes.grid(color=LINE, lw=0.6)
    axes.tick_params(colors=FAINT)
    axes.set_xlabel("frame of the eye clip; weight 0..1, gaze in radians", color=FAINT)
    axes.legend(facecolor=PANEL, edgecolor=LINE, labelcolor=INK, fontsize=9, loc="upper right")


def draw_mouth(axes: Axes, crop: Gray8, state: FaceState) -> None:
    """The crop with its regions, and the strongest values below."""
    axes.imshow(crop, cmap="gray", vmin=0, vmax=255)
    side = crop.shape[0]
    for x0, y0, x1, y1 in regions_of("mouth").values():
        xs, ys = [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0]
        axes.plot([x * side for x in xs], [y * side for y in ys], color=MIDDLE, lw=0.9)
    bare(axes)
    units = sorted(state.units.items(), key=lambda item: -item[1])[:STRONGEST]
    told = "\n".join(f"{name} {value:.2f}" for name, value in units)
    axes.set_title("one real mouth picture", loc="left", color=INK, fontsize=11)
    axes.set_xlabel(f"strongest values\n{told}", color=FAINT, fontsize=9, loc="left")


def main() -> int:
    """Track both, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--eye", type=Path, required=True)
    parser.add_argument("--mouth", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--frames", action="store_true", help="show frames of the eye clip too")
    parser.add_argument("--picture", type=Path, required=True)
    given = parser.parse_args()
    eye, crops = track(given.eye, "eye_left", given.model)
    mouth, mouth_crops = track_picture(given.mouth, "mouth", given.model)
    figure = paper(15.0, 4.6)
    top = 0.5 if given.frames else 0.9
    grid = figure.add_gridspec(1, 1, left=0.04, right=0.7, top=top, bottom=0.13)
    draw_curves(figure.add_subplot(grid[0]), eye)
    if given.frames:
        draw_frames(figure, crops, np.linspace(0, len(eye) - 1, SHOWN).astype(np.intp))
    grid = figure.add_gridspec(1, 1, left=0.74, right=0.98, top=0.9, bottom=0.33)
    draw_mouth(figure.add_subplot(grid[0]), mouth_crops[-1], mouth[-1])
    figure.text(0.04, 0.94, "a real eye, with three blinks", color=INK, fontsize=11)
    save(figure, given.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
