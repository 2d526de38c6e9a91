"""Renders the sessions of a recipe, several wearers at once, skipping those already done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import META_FILE, is_complete
from mien.capture.session_writer import SessionWriter
from mien.capture.toml_file import read_toml
from mien.config import require
from mien.jobs import Step, finished
from mien.synth.exposure import Shutter, exposed
from mien.synth.flow import ExactFlow, FlowRenderer, Instant
from mien.synth.geometry import seen_triangles
from mien.synth.head import Head, load_head
from mien.synth.hidden import behind_glasses, seen_flow
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
from mien.synth.truth_files import TruthWriter
from mien.synth.visits import seeds_of, seen_again, visit_of
from mien.types import Frame

Progress = Callable[[str, int, int], None]
"""Called with the session's name, sessions done and sessions in all."""

_SPLIT_CODE: Final = {"train": 1, "validation": 2, "test": 3}
_SKEW_NS: Final = 3_000_000


class Job(NamedTuple):
    """One session to be rendered."""

    path: Path
    recipe: Recipe
    wearer: int


def render_sessions(
    out: Path,
    recipe: Recipe,
    *,
    workers: int = 1,
    ray_address: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Render every wearer of a recipe into `out/<split>_<number>`.

    Sessions that are complete and of this recipe are kept; a half-written one, or one of a
    recipe that has changed, is rendered anew. The bytes depend on the recipe alone, not on
    who renders.

    Args:
        out: Folder of the session folders; made if missing.
        recipe: What to render.
        workers: Processes, 1 or more; 1 renders in this process.
        ray_address: Render on this Ray cluster instead ("auto": the running one, "local": one
            started here with `workers` workers); it must see `out` and the heads at their paths.
        progress: Told after each session.

    Raises:
        HeadError: If a head file cannot be used.
        SourceError: If the motion file cannot be read.
        ConfigError: If Ray is asked for and not installed.
    """
    for path in (recipe.head, *recipe.more_heads):
        load_head(path)
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / session_name(recipe, wearer) for wearer in range(recipe.sessions)]
    jobs = [
        Job(path, recipe, wearer)
        for wearer, path in enumerate(paths)
        if not _is_done(path, recipe.digest(wearer))
    ]
    done = len(paths) - len(jobs)
    for name in finished(render_job, jobs, workers=workers, ray_address=ray_address):
        done += 1
        if progress is not None:
            progress(name, done, len(paths))
    return paths


def session_name(recipe: Recipe, wearer: int) -> str:
    """Folder name of one session of a recipe."""
    return f"{recipe.split}_{_who(recipe, wearer)}"


def _who(recipe: Recipe, wearer: int) -> str:
    visit = visit_of(recipe, wearer)
    again = f"v{visit.number}" if recipe.visits > 1 else ""
    return f"{recipe.seed}_w{visit.person:04d}{again}"


def _is_done(path: Path, digest: str) -> bool:
    return is_complete(path) and read_toml(path / META_FILE).get("digest") == digest


def render_job(job: Job, _step: Step) -> str:
    """Render a session in a process of its own; its name."""
    # One rasteriser thread per process: the parallelism is over wearers.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    render_session(job.path, job.recipe, job.wearer)
    return job.path.name


def render_session(path: Path, recipe: Recipe, wearer: int) -> None:
    """Render one wearer of a recipe into `path`, which gets its name only when whole."""
    head = load_head(recipe.head_of(wearer))
    draws = draw_session(head, recipe, wearer)
    part = path.with_name(path.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)
    write_session(part, recipe, draws, meta=_meta(head, recipe, wearer, draws=draws))
    part.rename(path)


def write_session(
    folder: Path, recipe: Recipe, draws: Draws, *, meta: Mapping[str, object]
) -> None:
    """Render what was drawn into a new folder.

    Args:
        folder: Must not exist.
        recipe: Tells the rate and which truth is written.
        draws: The session.
        meta: What `session.toml` says.
    """
    cameras, motion = draws.plan.cameras, draws.motion
    renderer = Renderer(draws.mesh, cameras, draws.look, skin=draws.skin, seed=draws.noise_seed)
    try:
        with SessionWriter(folder, cameras, meta=meta) as writer:
            eye, extras = draws.look.eye, recipe.truth
            truth = TruthWriter(folder, draws.mesh, cameras, eye=eye, extras=extras, fps=recipe.fps)
            with truth:
                frames = range(0, len(motion.t_ns), recipe.frame_step)
                _write_frames(writer, truth, renderer, draws=draws, frames=frames)
            writer.write_cues(motion.cues)
            writer.write_truth(motion.t_ns, motion.values)
    finally:
        renderer.close()
    for video in sorted(folder.rglob("*.mkv")):
        settle_identifiers(video, f"{meta.get('wearer')} {video.relative_to(folder)}")


def exact_flow(recipe: Recipe, wearer: int, *, first: int, second: int) -> dict[str, ExactFlow]:
    """Flow between two frames of a session, per camera, in sensor pixels.

    Args:
        recipe: As the session was rendered.
        wearer: Number of the session, 0..recipe.wearers-1.
        first: Number of the first frame.
        second: Number of the second frame, before or after.

    Raises:
        ConfigError: If there is no such wearer or frame.
    """
    require("wearer", wearer, 0, recipe.sessions - 1)
    draws = draw_session(load_head(recipe.head_of(wearer)), recipe, wearer)
    for name, frame in (("first", first), ("second", second)):
        require(name, frame, 0, len(draws.motion.t_ns) - 1)
    renderer = FlowRenderer(draws.mesh, draws.plan.cameras, draws.look.eye)
    instants = [
        Instant(draws.motion.values[frame], slip_matrix(draws.slip[frame]))
        for frame in (first, second)
    ]
    flow = renderer.flow(instants[0], instants[1])
    renderer.close()
    hidden = behind_glasses(draws.mesh, draws.plan.cameras, draws.look, instants=instants)
    return seen_flow(flow, _sensors(draws), hidden)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Draws:
    """Everything that chance decides about a session."""

    plan: RigPlan
    look: Look
    motion: Motion
    slip: NDArray[np.float64]
    mesh: FaceMesh
    skin: NDArray[np.uint8]
    noise_seed: int
    of_sensor: np.random.Generator


def draw_session(head: Head, recipe: Recipe, wearer: int) -> Draws:
    """Draw everything of one wearer's session that is left to chance."""
    seeds = seeds_of(recipe, wearer, _SPLIT_CODE[recipe.split])
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
        mix=recipe.mix,
        motion_path=recipe.motion,
        unavailable=head.missing_values(),
    )
    # Half of the fits are loose; the others ride on the face more or less.
    tightness = max(0.0, float(of_slip.uniform(-1.0, 1.0)))
    slip = draw_slip(len(motion.t_ns), recipe.fps, of_slip)
    slip = slip + ride(motion.values, recipe.fps, tightness)
    identity = of_look.normal(0, of_look.uniform(0.7, 1.0), len(head.identity)).astype(np.float32)
    worn = look
    if recipe.wearers_per_headset > 1:
        shared = draw_look(plan.cameras, np.random.default_rng(seeds[0]), noise=recipe.noise)
        worn = seen_again(look, shared, of_sensor)
    return Draws(
        plan=plan,
        look=worn,
        motion=motion,
        slip=slip,
        mesh=FaceMesh(head, identity, seen=seen_triangles(head, plan.cameras)),
        skin=paint_skin(head, look.skin, of_look),
        noise_seed=int(of_look.integers(2**31)),
        of_sensor=of_sensor,
    )


def _meta(head: Head, recipe: Recipe, wearer: int, *, draws: Draws) -> dict[str, object]:
    return {
        "wearer": f"{recipe.split}{recipe.seed}w{visit_of(recipe, wearer).person:04d}",
        "source": "synth",
        "seed": recipe.seed,
        "fps": recipe.fps,
        "split": recipe.split,
        "head": head.name,
        "rig": draws.plan.name,
        "headset": visit_of(recipe, wearer).headset,
        "missing": list(head.missing_values()),
        "lacks": list(head.lacks),
        "digest": recipe.digest(wearer),
    }


def _sensors(draws: Draws) -> dict[str, Sensor]:
    frames = len(draws.motion.t_ns)
    return {
        name: Sensor(camera, draws.look.cameras[name], draws.of_sensor, frames=frames)
        for name, camera in draws.plan.cameras.items()
    }


def _write_frames(
    writer: SessionWriter,
    truth: TruthWriter,
    renderer: Renderer,
    *,
    draws: Draws,
    frames: Iterable[int],
) -> None:
    motion, slip = draws.motion, draws.slip
    cameras, rng = draws.plan.cameras, draws.of_sensor
    sensors = _sensors(draws)
    neutral = renderer.draw(np.zeros(schema.VALUE_COUNT, np.float32), slip_matrix(slip[0]))
    for name, light in neutral.items():
        sensors[name].expose(light)
    skew_ns = {name: int(rng.integers(0, _SKEW_NS)) for name in cameras}
    looks = draws.look.cameras
    shutter = Shutter(motion.values, slip, tuple(looks.values()))
    for index in frames:
        t_ns = int(motion.t_ns[index])
        offsets = shutter.offsets(index)
        drawn = []
        # The frame's own time comes last: what was drawn last is what the truth is told of.
        for offset in sorted(offsets, key=abs, reverse=True):
            at = shutter.instant(index, float(offset))
            drawn.append((offset, renderer.draw(at.values, at.headset_from_head)))
        drawn.sort(key=lambda each: float(each[0]))
        for name in cameras:
            light = exposed([lights[name] for _, lights in drawn], offsets, looks[name])
            gray = sensors[name].read(light, index)
            writer.add(Frame(name, t_ns + skew_ns[name], gray))
        felt = (int(motion.emotion[index]), float(motion.emotion_intensity[index]))
        at = shutter.instant(index, 0.0)
        truth.add(t_ns, at, renderer.posed, slip=slip[index], felt=felt)
