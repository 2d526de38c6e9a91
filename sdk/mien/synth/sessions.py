"""Renders the sessions of a recipe, several wearers at once, skipping those already done."""

from __future__ import annotations

import csv
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import is_complete
from mien.capture.session_writer import SessionWriter
from mien.synth.head import Head, load_head
from mien.synth.look import Look, draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.motion import Motion, make_motion
from mien.synth.recipe import Recipe
from mien.synth.render import Renderer, seen_triangles
from mien.synth.rigs import RigPlan, draw_rig
from mien.synth.sensor import Sensor
from mien.synth.skin import paint_skin
from mien.synth.slip import draw_slip, slip_matrix
from mien.types import Frame

Progress = Callable[[str, int, int], None]
"""Called with the session's name, sessions done and sessions in all."""

_SPLIT_CODE: Final = {"train": 1, "validation": 2, "test": 3}
_SKEW_NS: Final = 3_000_000
SLIP_COLUMNS: Final = ("t_ns", "x_mm", "y_mm", "z_mm", "rx_rad", "ry_rad", "rz_rad")


def render_sessions(
    out: Path, recipe: Recipe, *, workers: int = 1, progress: Progress | None = None
) -> list[Path]:
    """Render every wearer of a recipe into `out/<split>_<number>`.

    Sessions that are complete are kept; a half-written one is rendered anew. The bytes depend
    on the recipe alone, not on `workers`.

    Args:
        out: Folder of the session folders; made if missing.
        recipe: What to render.
        workers: Processes, 1 or more; 1 renders in this process.
        progress: Told after each session.

    Raises:
        HeadError: If the head file cannot be used.
        SourceError: If the motion file cannot be read.
    """
    load_head(recipe.head)
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / session_name(recipe, wearer) for wearer in range(recipe.wearers)]
    jobs = [(path, recipe, wearer) for wearer, path in enumerate(paths) if not is_complete(path)]
    done = len(paths) - len(jobs)
    for name in _finished(jobs, workers):
        done += 1
        if progress is not None:
            progress(name, done, len(paths))
    return paths


def session_name(recipe: Recipe, wearer: int) -> str:
    """Folder name of one wearer of a recipe."""
    return f"{recipe.split}_{recipe.seed}_w{wearer:04d}"


def _finished(jobs: list[tuple[Path, Recipe, int]], workers: int) -> list[str] | map[str]:
    if workers <= 1 or len(jobs) <= 1:
        return map(_render_job, jobs)
    return _pooled(jobs, workers)


def _pooled(jobs: list[tuple[Path, Recipe, int]], workers: int) -> map[str]:
    # Spawned, not forked: a GL context does not survive a fork.
    pool = multiprocessing.get_context("spawn").Pool(workers, maxtasksperchild=8)

    def drain() -> map[str]:
        return map(str, pool.imap_unordered(_render_job, jobs))

    return drain()


def _render_job(job: tuple[Path, Recipe, int]) -> str:
    path, recipe, wearer = job
    # One rasteriser thread per process: the parallelism is over wearers.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    render_session(path, recipe, wearer)
    return path.name


def render_session(path: Path, recipe: Recipe, wearer: int) -> None:
    """Render one wearer of a recipe into `path`, which gets its name only when whole."""
    head = load_head(recipe.head)
    seeds = np.random.SeedSequence([recipe.seed, _SPLIT_CODE[recipe.split], wearer]).spawn(5)
    of_rig, of_look, of_motion, of_slip, of_sensor = (np.random.default_rng(s) for s in seeds)
    plan = draw_rig(
        head, recipe.split, of_rig, max_resolution=recipe.max_resolution, names=recipe.rigs
    )
    look = draw_look(plan.cameras, recipe.split, of_look, noise=recipe.noise)
    motion = make_motion(
        recipe.split,
        of_motion,
        fps=recipe.fps,
        seconds=recipe.seconds,
        motion_path=recipe.motion,
        unavailable=head.missing_values(),
    )
    slip = draw_slip(len(motion.t_ns), recipe.fps, of_slip)
    identity = of_look.normal(0, of_look.uniform(0.7, 1.0), len(head.identity)).astype(np.float32)
    mesh = FaceMesh(head, identity, seen=seen_triangles(head, plan.cameras))
    skin = paint_skin(head, look.skin, of_look)
    renderer = Renderer(mesh, plan.cameras, look, skin=skin, seed=wearer)
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)
    meta = _meta(head, recipe, wearer, plan=plan)
    try:
        with SessionWriter(part, plan.cameras, meta=meta) as writer:
            _write_frames(writer, renderer, motion, slip=slip, look=look, plan=plan, rng=of_sensor)
            writer.write_cues(motion.cues)
            writer.write_truth(motion.t_ns, motion.values)
            _write_slip(part / "truth_slip.csv", motion.t_ns, slip)
    finally:
        renderer.close()
    part.rename(path)


def _meta(head: Head, recipe: Recipe, wearer: int, *, plan: RigPlan) -> dict[str, object]:
    return {
        "wearer": f"{recipe.split}{recipe.seed}w{wearer:04d}",
        "source": "synth",
        "seed": recipe.seed,
        "fps": recipe.fps,
        "split": recipe.split,
        "head": head.name,
        "rig": plan.name,
        "missing": list(head.missing_values()),
    }


def _write_frames(
    writer: SessionWriter,
    renderer: Renderer,
    motion: Motion,
    *,
    slip: NDArray[np.float64],
    look: Look,
    plan: RigPlan,
    rng: np.random.Generator,
) -> None:
    count = len(motion.t_ns)
    sensors = {
        name: Sensor(camera, look.cameras[name], rng, frames=count)
        for name, camera in plan.cameras.items()
    }
    neutral = renderer.draw(np.zeros(schema.VALUE_COUNT, np.float32), slip_matrix(slip[0]))
    for name, light in neutral.items():
        sensors[name].expose(light)
    skew_ns = {name: int(rng.integers(0, _SKEW_NS)) for name in plan.cameras}
    for index in range(count):
        lights = renderer.draw(motion.values[index], slip_matrix(slip[index]))
        for name, light in lights.items():
            t_ns = int(motion.t_ns[index]) + skew_ns[name]
            writer.add(Frame(name, t_ns, sensors[name].read(light, index)))


def _write_slip(path: Path, t_ns: NDArray[np.int64], slip: NDArray[np.float64]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(SLIP_COLUMNS)
        for t, row in zip(t_ns.tolist(), slip, strict=True):
            table.writerow([t, *(f"{value:.6g}" for value in row)])
