"""How far rendered crops are from real ones, in three statistics of what the model reads.

    MIEN_DATA=DATA .venv/bin/python tools/bench/realism.py --before OLD... --after NEW...

DATA holds `eye_ir/*.mp4` and `mouth_ir/*.png`; OLD and NEW are session folders. All crops go
through the same preprocessing. Distances, 0 = alike: `intensity` is the earth mover's distance
of gray levels of the crop; `gradient` the same of the gradient magnitude of the locally
normalised crop (levels of 1/32); `spectrum` the mean difference in decibels of the radial power
spectrum of the locally normalised crop. Each compares the mean over all real crops with the mean
over all rendered ones; `own` is the median of single sessions against the real crops.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.session import open_session
from mien.capture.sources import open_source
from mien.config import CROP_SIZE
from mien.studio.tables import print_table
from mien.studio.theme import FAINT, INK, LEFT, PANEL, RIGHT, TRUTH, paper, save
from mien.vision.preprocess import Crop, Preprocessor

Floats = NDArray[np.float64]
Statistics = dict[str, Floats]

KINDS: Final = {"eye": ("eye_left", "eye_right"), "mouth": ("mouth",)}
FILES: Final = {"eye": ("eye_ir", "*.mp4"), "mouth": ("mouth_ir", "*.png")}
UNITS: Final = {"intensity": "gray levels", "gradient": "1/32 levels", "spectrum": "dB"}
EVERY, MOST = 40, 15
"""Of each camera every 40th frame is looked at, at most 15 of them."""
_GRADIENT_BINS = 256


def statistics(crop: Crop) -> Statistics:
    """Distributions of one crop: gray levels, gradient magnitudes, radial power in decibels."""
    codes = crop.quant.astype(np.float64)
    down, right = np.gradient(codes)
    gradient = np.minimum(np.hypot(down, right), _GRADIENT_BINS - 1).astype(int)
    return {
        "intensity": np.bincount(crop.gray.ravel(), minlength=256) / crop.gray.size,
        "gradient": np.bincount(gradient.ravel(), minlength=_GRADIENT_BINS) / gradient.size,
        "spectrum": radial_power_db(codes),
    }


def radial_power_db(image: Floats) -> Floats:
    """Power of a square image by frequency, 1..side/2 periods per image, decibels."""
    side = image.shape[0]
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.fft2((image - image.mean()) * window)) ** 2
    turns = np.fft.fftfreq(side) * side
    ring = np.hypot(turns[:, None], turns[None, :]).round().astype(int).ravel()
    total = np.bincount(ring, power.ravel())[1 : side // 2]
    count = np.bincount(ring)[1 : side // 2]
    return np.asarray(10.0 * np.log10(total / count + 1.0))


def mean(all_statistics: Sequence[Statistics]) -> Statistics:
    """Of several crops or sessions, each counting the same."""
    return {key: np.mean([each[key] for each in all_statistics], axis=0) for key in UNITS}


def distances(one: Statistics, other: Statistics) -> dict[str, float]:
    """How far two statistics are apart, in `UNITS`."""
    moved = {
        key: float(np.abs(np.cumsum(one[key] - other[key])).sum())
        for key in ("intensity", "gradient")
    }
    return {**moved, "spectrum": float(np.abs(one["spectrum"] - other["spectrum"]).mean())}


def crops_of(source: Path, camera: str) -> list[Crop]:
    """Crops of a session's camera, or of a clip or folder of pictures through a centred crop."""
    frames: Iterable[Any]
    if (source / "session.toml").is_file():
        session = open_session(source)
        model, frames = session.rig[camera], session.frames(camera)
    else:
        opened = open_source(source, camera=camera, fps=30.0)
        model, frames = opened.rig[camera], opened
    preprocess = Preprocessor(model)
    crops = []
    for frame in islice(frames, 0, EVERY * MOST, EVERY):
        crop = preprocess.run(frame.gray)
        crops.append(Crop(crop.gray.copy(), crop.quant.copy()))
    return crops


def real_crops(data: Path, kind: str) -> list[Crop]:
    """Crops of all real footage of a kind of camera."""
    folder, pattern = FILES[kind]
    sources = sorted((data / folder).glob(pattern))
    if pattern.endswith(".png"):
        sources = sorted({source.parent for source in sources})
    return [crop for source in sources for crop in crops_of(source, KINDS[kind][0])]


def rendered(sessions: Sequence[Path], kind: str) -> list[Statistics]:
    """Statistics of each session."""
    return [
        mean([statistics(crop) for camera in KINDS[kind] for crop in crops_of(session, camera)])
        for session in sessions
    ]


def compare(real: Statistics, sessions: Sequence[Statistics]) -> dict[str, dict[str, float]]:
    """Distances of the pooled sessions and the median of single ones."""
    single = [distances(real, each) for each in sessions]
    own = {key: float(np.median([each[key] for each in single])) for key in UNITS}
    return {"pooled": distances(real, mean(sessions)), "own": own}


def draw(curves: dict[str, dict[str, Statistics]], path: Path) -> None:
    """One row per kind of camera, one column per statistic."""
    figure = paper(9.6, 4.4)
    grid = figure.add_gridspec(
        len(curves), 3, left=0.06, right=0.985, top=0.93, bottom=0.11, hspace=0.42, wspace=0.22
    )
    colours = {"real": TRUTH, "before": RIGHT, "after": LEFT}
    for row, (kind, groups) in enumerate(curves.items()):
        for column, key in enumerate(UNITS):
            axes = figure.add_subplot(grid[row, column])
            axes.set_facecolor(PANEL)
            axes.tick_params(colors=FAINT, labelsize=7)
            for name, each in groups.items():
                axes.plot(each[key], color=colours[name], lw=1.2, label=name)
            if key == "gradient":
                axes.set(xlim=(0, 80))
            axes.set_title(f"{kind}: {key}", loc="left", color=INK, fontsize=9)
            if row == column == 0:
                axes.legend(fontsize=7, facecolor=PANEL, labelcolor=INK, edgecolor=FAINT)
    save(figure, path)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MIEN_DATA"))
    parser.add_argument("--before", type=Path, nargs="+", default=[])
    parser.add_argument("--after", type=Path, nargs="+", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    if given.data is None:
        parser.error("the folder of the real footage: expected --data or MIEN_DATA, got neither")
    curves: dict[str, dict[str, Statistics]] = {}
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for kind in KINDS:
        real = mean([statistics(crop) for crop in real_crops(given.data, kind)])
        curves[kind], found[kind] = {"real": real}, {}
        for name in ("before", "after"):
            if getattr(given, name):
                sessions = rendered(getattr(given, name), kind)
                curves[kind][name] = mean(sessions)
                found[kind][name] = compare(real, sessions)
    rows = [
        (kind, name, which, *(f"{values[key]:.2f}" for key in UNITS))
        for kind, groups in found.items()
        for name, both in groups.items()
        for which, values in both.items()
    ]
    heads = ("camera", "set", "against real", *(f"{key}, {unit}" for key, unit in UNITS.items()))
    print_table(f"distance of crops ({CROP_SIZE} px) from real ones", heads, rows)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if given.picture:
        draw(curves, given.picture)


if __name__ == "__main__":
    main()
