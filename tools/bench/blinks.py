"""Blinks of a real clip: where the lid curve passes 0.5, beside the marks a person made.

    .venv/bin/python tools/bench/blinks.py CLIP MARKS.json --picture blinks.png

CLIP is a video of one eye; MARKS.json holds `{"blinks": [{"onset": ..., "reopened": ...}]}` in
frames. Exit status 1 if a marked blink is missed, or a run as long as the shortest marked blink
lies where none is marked.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mien
from mien.studio.tables import print_table
from mien.studio.theme import FAINT, INK, PANEL, TRUTH, paper, save, side_colour

LIMIT = 0.5
LONGEST = 1.5
"""A run above the limit is at most this much longer than the blink it belongs to."""
Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blink:
    """One marked blink, and the run above `LIMIT` that overlaps it; frames, half-open."""

    onset: int
    reopened: int
    found: tuple[int, int] | None
    peak: float


def lid_curve(clip: Path, camera: str, model: Path | None) -> Curve:
    """Lid closure of each frame, 0..1."""
    name = f"lid_closure_{camera.removeprefix('eye_')}"
    with mien.Tracker.load(model) as tracker, mien.open_source(clip, camera=camera) as source:
        return np.array([state.units[name] for state in tracker.track(source)])


def runs_above(curve: Curve, limit: float) -> list[tuple[int, int]]:
    """Half-open stretches of frames above a limit."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], curve > limit, [False]])))
    return [(int(a), int(b)) for a, b in list(pairwise(edges))[::2]]


def match(curve: Curve, marks: list[tuple[int, int]]) -> tuple[list[Blink], list[tuple[int, int]]]:
    """Marked blinks with what was found, and the runs that belong to none of them."""
    runs = runs_above(curve, LIMIT)
    blinks = []
    for onset, reopened in marks:
        # A run far longer than its blink is a lid that sticks, not a blink that was found.
        longest = LONGEST * (reopened - onset)
        own = [r for r in runs if r[0] < reopened and onset < r[1] and r[1] - r[0] <= longest]
        peak = float(curve[onset:reopened].max())
        blinks.append(Blink(onset, reopened, own[0] if own else None, peak))
    stray = [run for run in runs if not any(run[0] < b and a < run[1] for a, b in marks)]
    return blinks, stray


def draw(curve: Curve, blinks: list[Blink], path: Path, *, title: str) -> None:
    """The curve, with the marked blinks shaded."""
    figure = paper(15.0, 3.4)
    axes = figure.add_subplot(figure.add_gridspec(1, 1, left=0.05, right=0.985, bottom=0.16)[0])
    for blink in blinks:
        axes.axvspan(blink.onset, blink.reopened, color=TRUTH, alpha=0.35, lw=0)
    axes.axhline(LIMIT, color=FAINT, lw=0.8, ls="--")
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT)
    axes.plot(curve, color=side_colour("lid_closure_left"), lw=1.8)
    axes.set(xlim=(0, len(curve) - 1), ylim=(-0.03, 1.03))
    axes.set_xlabel("frame", color=FAINT)
    axes.set_title(title, loc="left", color=INK, fontsize=12)
    save(figure, path)


def main() -> int:
    """Track, compare, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("marks", type=Path)
    parser.add_argument("--camera", default="eye_left", choices=("eye_left", "eye_right"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    marks = json.loads(given.marks.read_text(encoding="utf-8"))["blinks"]
    curve = lid_curve(given.clip, given.camera, given.model)
    blinks, stray = match(curve, [(mark["onset"], mark["reopened"]) for mark in marks])
    whole = min(blink.reopened - blink.onset for blink in blinks)
    strays = [run for run in stray if run[1] - run[0] >= whole]
    rows = [(f"{b.onset}..{b.reopened}", str(b.found), f"{b.peak:.2f}") for b in blinks]
    print_table("blinks", ("marked", f"above {LIMIT}", "peak"), rows)
    print(f"runs above {LIMIT} outside the marks: {stray}; as long as a blink: {strays}")
    if given.picture:
        draw(curve, blinks, given.picture, title="lid closure; shaded: blinks marked by hand")
    if given.json:
        found = {"blinks": [asdict(b) for b in blinks], "stray": stray, "curve": curve.tolist()}
        given.json.write_text(json.dumps(found) + "\n", encoding="utf-8")
    return int(bool(strays) or any(b.found is None for b in blinks))


if __name__ == "__main__":
    sys.exit(main())
