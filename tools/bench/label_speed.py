"""How many camera frames a second one core labels, and what a second core adds.

    PYTHONPATH=sdk:tools python -m bench.label_speed SESSION [--out tools/bench/results/FILE.json]

Two processes, one thread each, hold the same session. In turns one of them labels alone, then
the other, then both at once: so a busy moment hits all. Rates are frames per second of processor
time. Two workers are compared by processor time too: what a frame costs more when the other core
is at work, be it memory, cache or clock, shows in it, and others' work on the machine mostly not.
The wall clock's ratio stands beside it, and how much of a core each worker got: below 0.95 the
wall clock says nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import numpy as np

from bench.cpu import cpu
from bench.label_worker import Spent, serve
from mien.jobs import ONE_THREAD

GOAL_FPS: Final = 1500.0
GOAL_RATIO: Final = 1.9
MIN_CORE_SHARE: Final = 0.95
"""Share of a core below which a wall clock tells of others' work."""


@dataclass(frozen=True, slots=True)
class LabelSpeed:
    """One run of the benchmark."""

    date: str
    cpu: str
    session: str
    frames: int
    """Camera frames of the session."""
    crops_fps: float
    """Frames a second and core, from crops in memory."""
    video_fps: float
    """The same with decoding and preprocessing."""
    stages_us: dict[str, float]
    """Processor time per camera frame."""
    ratio: float
    """Two workers' rate over one's, by processor time."""
    wall_ratio: float
    core_share: float
    """Least share of a core that a worker had in a timed run."""


Answers = list[Spent]


@contextmanager
def two_workers(path: Path) -> Iterator[list[Connection]]:
    """Two processes that hold the session's crops."""
    os.environ.update(ONE_THREAD)
    context = get_context("spawn")
    pipes = [context.Pipe() for _ in range(2)]
    processes = [context.Process(target=serve, args=(path, there)) for _, there in pipes]
    try:
        for process, (_, there) in zip(processes, pipes, strict=True):
            process.start()
            there.close()
        yield [here for here, _ in pipes]
    finally:
        for here, _ in pipes:
            here.close()
        for process in processes:
            process.join()


def ask(workers: list[Connection], command: str) -> Answers:
    """All of them at once."""
    for worker in workers:
        worker.send(command)
    return [worker.recv() for worker in workers]


def measure(path: Path, rounds: int) -> LabelSpeed:
    """Run the benchmark on one session."""
    with two_workers(path) as workers:
        read = ask(workers[:1], "read") + ask(workers[1:], "read")
        ask(workers, "label")  # what is loaded and made once
        turns = [
            (ask(workers[:1], "label") + ask(workers[1:], "label"), ask(workers, "label"))
            for _ in range(rounds)
        ]
    return speed_of(path.name, read, turns)


def speed_of(session: str, read: Answers, turns: Sequence[tuple[Answers, Answers]]) -> LabelSpeed:
    """What the answers say.

    Args:
        session: Its name.
        read: Of reading it.
        turns: Of labelling it: one worker after the other, then both at once.
    """
    alone = [spent for single, _ in turns for spent in single]
    frames = read[0].frames
    label_s = float(np.median([spent.processor_s for spent in alone]))
    read_s = float(np.median([spent.processor_s for spent in read]))
    ratios = [2 * _processor_s(single) / _processor_s(both) for single, both in turns]
    wall_ratios = [
        sum(s.wall_s for s in single) / max(s.wall_s for s in both) for single, both in turns
    ]
    every = [spent for single, both in turns for spent in (*single, *both)]
    return LabelSpeed(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=cpu()[0],
        session=session,
        frames=frames,
        crops_fps=frames / label_s,
        video_fps=frames / (label_s + read_s),
        stages_us=_stages_us(alone, frames=frames, label_s=label_s, read_s=read_s),
        ratio=float(np.median(ratios)),
        wall_ratio=float(np.median(wall_ratios)),
        core_share=min(spent.processor_s / spent.wall_s for spent in every),
    )


def _processor_s(answers: Answers) -> float:
    return sum(spent.processor_s for spent in answers)


def _stages_us(alone: Answers, *, frames: int, label_s: float, read_s: float) -> dict[str, float]:
    names = alone[0].stages_s
    stages = {name: float(np.median([s.stages_s[name] for s in alone])) for name in names}
    stages["rest"] = label_s - sum(stages.values())
    stages["decoding and preprocessing"] = read_s
    return {name: 1e6 * spent / frames for name, spent in stages.items()}


def report(speed: LabelSpeed) -> str:
    """What was measured, for people."""
    lines = [f"{speed.frames} camera frames of {speed.session}, microseconds of processor time"]
    stages = sorted(speed.stages_us.items(), key=lambda stage: -stage[1])
    lines += [f"{name:<28}{us:8.1f}" for name, us in stages]
    is_quiet = speed.core_share >= MIN_CORE_SHARE
    lines += [
        f"{speed.crops_fps:.0f} frames a second and core from crops, goal {GOAL_FPS:.0f}",
        f"{speed.video_fps:.0f} from video",
        f"two workers: {speed.ratio:.2f} times one by processor time, goal {GOAL_RATIO}",
        f"             {speed.wall_ratio:.2f} by the wall clock"
        + ("" if is_quiet else f"; busy machine, a worker had {speed.core_share:.0%} of a core"),
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure and print; ends with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("session", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    speed = measure(given.session, given.rounds)
    print(report(speed))
    if given.out:
        given.out.write_text(json.dumps(asdict(speed), indent=1) + "\n", encoding="utf-8")
    return 0 if speed.crops_fps >= GOAL_FPS and speed.ratio >= GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
