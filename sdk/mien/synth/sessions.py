"""Renders the sessions of a recipe, several wearers at once, skipping those already done."""

from __future__ import annotations

import csv
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import is_complete
from mien.capture.session_writer import SessionWriter
from mien.synth.geometry import seen_triangles
from mien.synth.head import Head, load_head
from mien.synth.look import Look, draw_look
from mien.synth.matroska import settle_identifiers
from mien.synth.mesh import FaceMesh
from mien.synth.motion import Motion, make_motion
from mien.synth.recipe import Recipe
from mien.synth.render import Renderer
from mien.synth.rigs import RigPlan, draw_rig
from mien.synth.sensor import Sensor
from mien.synth.skin import paint_skin
from mien.synth.slip import draw_slip, ride, slip_matrix
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


def _finished(jobs: list[tuple[Path, Recipe, int]], workers: int) -> Iterator[str]:
    if workers <= 1 or len(jobs) <= 1:
        yield from map(_render_job, jobs)
        return
    # Spawned, not forked: a GL context does not survive a fork.
    with multiprocessing.get_context("spawn").Pool(min(workers, len(jobs))) as pool:
        yield from pool.imap_unordered(_render_job, jobs)


def _render_job(job: tuple[Path, Recipe, int]) -> str:
    path, recipe, wearer = job
    # One rasteriser thread per process: the parallelism is over wearers.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    render_session(path, recipe, wearer)
    return path.name


def render_session(path: Path, recipe: Recipe, wearer: int) -> None:
    """Render one wearer of a recipe into `path`, which gets its name only when whole."""
    head = load_head(recipe.head)
    draws = _draw(head, recipe, wearer)
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)
    meta = _meta(head, recipe, wearer, plan=draws.plan)
    renderer = Renderer(
        draws.mesh, draws.plan.cameras, draws.look, skin=draws.skin, seed=draws.noise_seed
    )
    try:
        with SessionWriter(part, draws.plan.cameras, meta=meta) as writer:
            _write_frames(writer, renderer, draws)
            writer.write_cues(draws.motion.cues)
            writer.write_truth(draws.motion.t_ns, draws.motion.values)
            _write_slip(part / "truth_slip.csv", draws.motion.t_ns, draws.slip)
    finally:
        renderer.close()
    for video in sorted(part.glob("*.mkv")):
        settle_identifiers(video, f"{meta['wearer']} {video.name}")
    part.rename(path)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Draws:
    """Everything that chance decides about a session."""

    plan: RigPlan
    look: Look
    motion: Motion
    slip: NDArray[np.float64]
    mesh: FaceMesh
    skin: NDArray[np.uint8]
    noise_seed: int
    of_sensor: np.random.Generator


def _draw(head: Head, recipe: Recipe, wearer: int) -> _Draws:
    seeds = np.random.SeedSequence([recipe.seed, _SPLIT_CODE[recipe.split], wearer]).spawn(5)
    of_rig, of_look, of_motion, of_slip, of_sensor = (np.random.default_rng(s) for s in seeds)
    plan = draw_rig(
        head, recipe.split, of_rig, max_resolution=recipe.max_resolution, names=recipe.rigs
    )
    look = draw_look(plan.cameras, of_look, noise=recipe.noise)
    motion = make_motion(
        recipe.split,
        of_motion,
        fps=recipe.fps,
        seconds=recipe.seconds,
        motion_path=recipe.motion,
        unavailable=head.missing_values(),
    )
    # Half of the fits are loose; the others ride on the face more or less.
    tightness = max(0.0, float(of_slip.uniform(-1.0, 1.0)))
    slip = draw_slip(len(motion.t_ns), recipe.fps, of_slip)
    slip = slip + ride(motion.values, recipe.fps, tightness)
    identity = of_look.normal(0, of_look.uniform(0.7, 1.0), len(head.identity)).astype(np.float32)
    return _Draws(
        plan=plan,
        look=look,
        motion=motion,
        slip=slip,
        mesh=FaceMesh(head, identity, seen=seen_triangles(head, plan.cameras)),
        skin=paint_skin(head, look.skin, of_look),
        noise_seed=int(of_look.integers(2**31)),
        of_sensor=of_sensor,
    )


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
        "lacks": list(head.lacks),
    }


def _write_frames(writer: SessionWriter, renderer: Renderer, draws: _Draws) -> None:
    motion, slip = draws.motion, draws.slip
    cameras, rng = draws.plan.cameras, draws.of_sensor
    sensors = {
        name: Sensor(camera, draws.look.cameras[name], rng, frames=len(motion.t_ns))
        for name, camera in cameras.items()
    }
    neutral = renderer.draw(np.zeros(schema.VALUE_COUNT, np.float32), slip_matrix(slip[0]))
    for name, light in neutral.items():
        sensors[name].expose(light)
    skew_ns = {name: int(rng.integers(0, _SKEW_NS)) for name in cameras}
    for index, t_ns in enumerate(motion.t_ns.tolist()):
        lights = renderer.draw(motion.values[index], slip_matrix(slip[index]))
        for name, light in lights.items():
            gray = sensors[name].read(light, index)
            writer.add(Frame(name, t_ns + skew_ns[name], gray))


def _write_slip(path: Path, t_ns: NDArray[np.int64], slip: NDArray[np.float64]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(SLIP_COLUMNS)
        for t, row in zip(t_ns.tolist(), slip, strict=True):
            table.writerow([t, *(f"{value:.6g}" for value in row)])
