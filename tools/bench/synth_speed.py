"""How many camera frames a second one core renders, and where the time goes.

    export PYTHONPATH=sdk:tools LP_NUM_THREADS=1 OMP_NUM_THREADS=1
    python -m bench.synth_speed --head HEAD.npz

A whole session is written: drawing, motion blur, sensor, truth and lossless video, every camera
at 400 x 400. Frames per second of processor time, so other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mien.capture.session_writer import SessionWriter
from mien.synth import sessions
from mien.synth.flow import FlowRenderer
from mien.synth.head import load_head
from mien.synth.recipe import Recipe
from mien.synth.render import Renderer
from mien.synth.sensor import Sensor
from mien.synth.truth_files import TruthWriter
from mien.types import CameraModel

SIDE_PX: Final = 400
GOAL_FPS: Final = 20.0


def resized(camera: CameraModel) -> CameraModel:
    """The same view on a square sensor of `SIDE_PX`."""
    scale = SIDE_PX / camera.height
    x0, y0, x1, y1 = (edge * scale for edge in camera.crop_xyxy_px)
    aside = (SIDE_PX - camera.width * scale) / 2
    return replace(
        camera,
        width=SIDE_PX,
        height=SIDE_PX,
        fx=camera.fx * scale,
        fy=camera.fy * scale,
        cx=camera.cx * scale + aside,
        cy=camera.cy * scale,
        crop_xyxy_px=(x0 + aside, y0, x1 + aside, y1),
    )


class Stopwatch:
    """Processor time spent in methods, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def wrap(self, owner: type, method: str, name: str) -> None:
        """Count the time of a method of a class from now on."""
        original: Callable[..., Any] = getattr(owner, method)

        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes
            start = time.process_time()
            try:
                return original(*given, **named)
            finally:
                spent = time.process_time() - start
                self.seconds[name] = self.seconds.get(name, 0.0) + spent

        setattr(owner, method, timed)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, required=True)
    parser.add_argument("--wearers", type=int, default=3)
    parser.add_argument("--truth", action="append", choices=("boxes", "labels"), default=[])
    given = parser.parse_args()
    head = load_head(given.head)
    watch = Stopwatch()
    watch.wrap(Renderer, "draw", "draw")
    watch.wrap(Sensor, "read", "sensor")
    watch.wrap(TruthWriter, "add", "truth")
    watch.wrap(SessionWriter, "add", "video")
    watch.wrap(FlowRenderer, "labels", "of which labels")
    frames, setup, total = 0, 0.0, 0.0
    for wearer in range(given.wearers):
        recipe = Recipe(head=given.head, seconds=8.0, seed=wearer, truth=tuple(given.truth))
        start = time.process_time()
        drawn = sessions.draw_session(head, recipe, 0)
        cameras = {name: resized(camera) for name, camera in drawn.plan.cameras.items()}
        setup += time.process_time() - start
        # The session is drawn twice over: once for its plan, once, timed, with square cameras.
        drawn = replace(drawn, plan=replace(drawn.plan, cameras=cameras))
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            sessions.write_session(Path(folder) / "s", recipe, drawn, meta={"fps": recipe.fps})
            total += time.process_time() - start
        frames += len(cameras) * len(drawn.motion.t_ns)
    print(f"{frames} frames of {SIDE_PX} x {SIDE_PX}, {head.name}: {setup:.1f} s to set up")
    for name, seconds in sorted(watch.seconds.items(), key=lambda item: -item[1]):
        print(f"{name:<16} {1e3 * seconds / frames:6.2f} ms per camera frame")
    rate = frames / total
    print(f"{rate:.1f} camera frames per second and core, goal {GOAL_FPS:.0f}")
    return 0 if rate >= GOAL_FPS else 1


if __name__ == "__main__":
    sys.exit(main())
